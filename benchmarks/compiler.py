"""The compiler alone, without engines: 50,000 dual-stack ports in 500 projects.

Run: python benchmarks/compiler.py [PORTS]. Prints figures beside their budgets, and the machine.
"""

import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from uuid import UUID

from seapoint.change.diff import diff
from seapoint.change.domain import Domain, compile_all, merged
from seapoint.compile.ovn.cloud import BfdTimers, GatewayChassis, OvnCloud
from seapoint.compile.ovn.scopes import compile_scope, dirty, owner, scopes
from seapoint.intent.attributes import Standard
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.network import Network
from seapoint.intent.port import ROUTER_GATEWAY, ROUTER_INTERFACE, FixedIp, Port
from seapoint.intent.router import Gateway, Router
from seapoint.intent.security import SecurityGroup, SecurityGroupRule
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet

PORTS_EACH = 100
CLOUD = OvnCloud(
    gateway_chassis=(GatewayChassis("gateway-1", 20), GatewayChassis("gateway-2", 10)),
    physical_networks={"wan": None},
    bfd=BfdTimers(100, 100, 3),
)


def identifier(*numbers: int) -> str:
    """A UUID that names its place."""
    return str(UUID(int=sum(number << (32 * place) for place, number in enumerate(numbers))))


def mac(kind: int, number: int) -> str:
    """A MAC that names its place."""
    return f"fa:16:{kind:02x}:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def world(projects: int) -> Iterator[Standard]:
    """One external network; for each project a network of both families, a router, a group, ports, a floating IP."""
    outside, outside4, outside6 = identifier(1), identifier(1, 1), identifier(1, 2)
    yield Network(
        id=outside, name="wan", router_external=True, provider_network_type="flat", provider_physical_network="wan"
    )
    yield Subnet(id=outside4, network_id=outside, cidr="198.18.0.0/15", gateway_ip="198.18.0.1")
    yield Subnet(id=outside6, network_id=outside, ip_version=6, cidr="2001:db8::/64", gateway_ip="2001:db8::1")
    wan4, wan6 = IPv4Network("198.18.0.0/15"), IPv6Network("2001:db8::/64")
    inner4, inner6 = IPv4Network("10.0.0.0/24"), IPv6Network("2001:db8:1::/64")
    for n in range(projects):
        project, network, router, group = (identifier(n, kind) for kind in (10, 11, 12, 13))
        v4, v6 = identifier(n, 14), identifier(n, 15)
        yield Network(id=network, project_id=project, name=f"net-{n}", provider_network_type="geneve", mtu=1442)
        yield Subnet(id=v4, project_id=project, network_id=network, cidr=str(inner4), gateway_ip=str(inner4[1]))
        yield Subnet(
            id=v6,
            project_id=project,
            network_id=network,
            ip_version=6,
            cidr=str(inner6),
            gateway_ip=str(inner6[1]),
            ipv6_ra_mode="dhcpv6-stateful",
            ipv6_address_mode="dhcpv6-stateful",
        )
        gateway = Gateway(outside, True, (FixedIp(outside4, str(wan4[2 * n + 2])), FixedIp(outside6, str(wan6[n + 2]))))
        yield Router(id=router, project_id=project, name=f"router-{n}", external_gateway_info=gateway)
        yield Port(
            id=identifier(n, 16),
            network_id=outside,
            mac_address=mac(1, n),
            fixed_ips=gateway.external_fixed_ips,
            device_owner=ROUTER_GATEWAY,
            device_id=router,
            project_id=project,
        )
        own = (FixedIp(v4, str(inner4[1])), FixedIp(v6, str(inner6[1])))
        yield Port(
            id=identifier(n, 17),
            network_id=network,
            mac_address=mac(2, n),
            fixed_ips=own,
            device_owner=ROUTER_INTERFACE,
            device_id=router,
            project_id=project,
        )
        yield SecurityGroup(id=group, project_id=project, name="default")
        for m, (direction, family) in enumerate((d, f) for d in ("ingress", "egress") for f in ("IPv4", "IPv6")):
            yield SecurityGroupRule(
                id=identifier(n, 18, m),
                security_group_id=group,
                direction=direction,
                ethertype=family,
                remote_group_id=group if direction == "ingress" else None,
            )
        for m in range(PORTS_EACH):
            yield Port(
                id=identifier(n, 19, m),
                project_id=project,
                name=f"vm-{n}-{m}",
                network_id=network,
                mac_address=mac(3, n * PORTS_EACH + m),
                fixed_ips=(FixedIp(v4, str(inner4[m + 10])), FixedIp(v6, str(inner6[m + 10]))),
                security_groups=(group,),
                device_owner="compute:nova",
                device_id=identifier(n, 20, m),
                binding_host_id=f"hypervisor-{m}",
            )
        yield FloatingIp(
            id=identifier(n, 21),
            project_id=project,
            floating_network_id=outside,
            floating_ip_address=str(wan4[2 * n + 3]),
            port_id=identifier(n, 19, 0),
            fixed_ip_address=str(inner4[10]),
            router_id=router,
        )


DOMAIN = Domain(
    "ovn",
    scopes=scopes,
    dirty=dirty,
    compile=lambda scope, intent: compile_scope(scope, intent, CLOUD),
    owner=owner,
)


def seconds(action: Callable[[], object], times: int) -> list[float]:
    """How much of the processor's time each of several runs took: what others do on the machine does not count."""
    found = []
    for _ in range(times):
        start = time.process_time()
        action()
        found.append(time.process_time() - start)
    return found


def main() -> None:
    """Measure and print."""
    ports = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    intent = Intent.of_values(world(ports // PORTS_EACH))
    runs = seconds(lambda: compile_all(DOMAIN, intent), 5)
    target = merged(compile_all(DOMAIN, intent))
    old = intent.of(Port)[identifier(3, 19, 0)]
    change = Change(old, replace(old, name="renamed", revision_number=1))

    def one_port() -> None:
        after = intent.with_changes([change])
        for scope in dirty(change, intent, after):
            diff({}, compile_scope(scope, after, CLOUD))

    singles = seconds(one_port, 200)
    again = merged(compile_all(DOMAIN, intent))
    same = seconds(lambda: diff(target, again), 3)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu = next((line.split(":")[1].strip() for line in _cpu_lines() if line.startswith("model name")), "unknown CPU")
    print(f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}; processor time")
    print(f"{ports} dual-stack ports, {len(target)} rows and links")
    print(f"full recompute      {min(runs):8.3f} s   best of {len(runs)}, worst {max(runs):.3f} (budget 1.0 s)")
    print(f"one port's scopes   {1000 * statistics.median(singles):8.3f} ms  median of {len(singles)} (budget 5 ms)")
    print(f"diff without change {1000 * min(same):8.3f} ms")
    print(f"memory              {resident:8.0f} MiB at most, with intent and two targets (budget 600 MiB)")


def _cpu_lines() -> list[str]:
    return Path("/proc/cpuinfo").read_text().splitlines()


if __name__ == "__main__":
    main()
