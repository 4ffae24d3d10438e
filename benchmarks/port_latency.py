"""From a port's POST to a network that carries it: ACTIVE on its host, and the first answered ping of its instance.

The instance is there before: namespace, NIC with its MAC and tap at the hypervisor, so that the time is the network's.
As Nova does, the port is created with its binding, its tap is named by ``iface-id`` when the POST was answered, and the
instance boots when the port is ACTIVE: then its NIC comes up and its DHCP clients start. Every 10 ms an instance of
another network, at another hypervisor, pings it through the router.
"""

import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from pyroute2 import IPRoute

from figures import Figure, median, run
from seapoint.base.errors import EngineError
from seapoint.lab import cables, control, guest, host, instance, netns
from seapoint.lab.guest import NIC, Guest
from seapoint.lab.host import Host
from seapoint.lab.networking import Networking
from seapoint.lab.topology import Cable, End
from standing import HYPERVISORS, PROJECT, Cloud, Json, standing

ROUNDS = 15
PATIENCE = 30.0  # seconds until a round has failed
TO_ACTIVE, TO_PING = 1.0, 3.0  # budgets of the medians, in seconds
PINGER, PINGED = HYPERVISORS[0], HYPERVISORS[1]
PINGER_NETWORK = "octavia-lb-mgmt-net"  # dual stack, and none of those below


@dataclass(frozen=True, slots=True)
class Case:
    """A network of the example, how its instances get the address that is pinged, and that address's family.

    ``waits``: seconds that the client's own standard has it wait on average, where these alone are over the budget.
    """

    about: str
    network: str
    family: int
    guest: Guest
    waits: float = 0.0


CASES = (
    Case("IPv4 by DHCPv4", "VXLAN/IPv4-only", 4, Guest()),
    Case("IPv6 by SLAAC", "VXLAN/IPv6-slaac", 6, Guest()),
    # RFC 4862, 5.4: 1 s of duplicate detection for each of two addresses; RFC 8415, 18.2.1: 0 to 1 s at random before
    # the first Solicit, and 1 s for other servers' Advertise
    Case("IPv6 by DHCPv6", "VXLAN/IPv6-dualstack", 6, Guest(dhcp6="stateful"), waits=3.5),
)


class Round(NamedTuple):
    """Seconds since the POST was answered."""

    active: float
    ping: float


def measure() -> Iterator[Figure]:
    """Medians of every case, and of ACTIVE over all of them."""
    with standing() as cloud:
        pinger = _pinger(cloud)
        rounds = {case: [_round(cloud, pinger, case) for _ in range(ROUNDS)] for case in CASES}
    yield median("POST answered -> ACTIVE", [one.active for case in CASES for one in rounds[case]], TO_ACTIVE)
    for case in CASES:
        times = [one.ping for one in rounds[case]]
        yield median(f"POST answered -> ping, {case.about}", times, None if case.waits else TO_PING)
        if case.waits:
            times = [whole - case.waits for whole in times]
            yield median(f"    without the client's own waits ({case.waits} s)", times, TO_PING)
    for case in CASES:
        yield median(f"    ACTIVE -> ping, {case.about}", [one.ping - one.active for one in rounds[case]])


def _pinger(cloud: Cloud) -> Host:
    port = _port(cloud, cloud.named("network", PINGER_NETWORK), host_id="", mac=_mac())
    api = Networking(cloud.client.url, cloud.client.token)
    pinger = instance.add(cloud.lab, api, "benchmark-pinger", port["id"], PINGER, {})
    for family in (4, 6):
        gateway = _gateway(cloud, port, family)
        host.run(pinger, ["sh", "-c", f"until ping -n -c 1 -W 1 {gateway}; do sleep 0.1; done"], seconds=PATIENCE)
    return pinger


def _round(cloud: Cloud, pinger: Host, case: Case) -> Round:
    network = cloud.named("network", case.network)
    mac = _mac()
    with _prepared(cloud, case, mac, network["mtu"]) as waiting:
        port = _port(cloud, network, host_id=PINGED, mac=mac)
        began = time.monotonic()
        try:
            waiting.plug(port["id"])
            with _pinging(pinger, _address(port, case.family)) as answered:
                path = f"/v2.0/ports/{port['id']}?fields=status"
                _until(lambda: cloud.client.get(path)["port"]["status"] == "ACTIVE", f"{case.about}: ACTIVE")
                active = time.monotonic() - began
                waiting.boot()
                answered()
                return Round(active, time.monotonic() - began)
        finally:
            cloud.client.ask("DELETE", f"/v2.0/ports/{port['id']}")


class _Prepared(NamedTuple):
    """An instance that waits for its port."""

    plug: Callable[[str], None]
    boot: Callable[[], None]


@contextmanager
def _prepared(cloud: Cloud, case: Case, mac: str, mtu: int) -> Iterator[_Prepared]:
    """An instance with a tap at its hypervisor that has no ``iface-id`` yet; afterwards nothing of it is left."""
    name, tap, hypervisor = f"benchmark-{mac[-2:]}", f"tap{mac.replace(':', '')[4:]}", cloud.host(PINGED)
    spec = guest.spec(name, case.guest)
    database = f"--db=unix:{cloud.lab.host(PINGED)}/run/openvswitch/db.sock"

    def plug(port: str) -> None:
        words = ["set", "interface", tap, f'external_ids:iface-id="{port}"', f'external_ids:attached-mac="{mac}"']
        subprocess.run(["ovs-vsctl", database, "--no-wait", *words], check=True)

    def boot() -> None:
        _link(there, "up")
        control.start((there, unit) for unit in spec.start)

    try:
        [there] = host.start_all(cloud.lab, [spec])
        with netns.inside(there):
            for key, value in spec.sysctls:
                netns.set_sysctl(key, value)
        cable = Cable(End(PINGED, tap), End(name, NIC, mac=mac), mtu)
        cables.connect({PINGED: hypervisor, name: there}, [cable], taps=[tap])
        _link(there, "down")
        host.run(hypervisor, ["ovs-vsctl", "add-port", instance.INTEGRATION_BRIDGE, tap])
        yield _Prepared(plug, boot)
    finally:
        host.run(hypervisor, ["ovs-vsctl", "--if-exists", "del-port", instance.INTEGRATION_BRIDGE, tap])
        cables.disconnect(hypervisor, [tap])
        host.end(cloud.lab, [name])


def _link(there: Host, state: str) -> None:
    with netns.inside(there), IPRoute() as kernel:
        kernel.link("set", index=kernel.link_lookup(ifname=NIC)[0], state=state)


@contextmanager
def _pinging(pinger: Host, address: str) -> Iterator[Callable[[], None]]:
    """Ping until the block ends; the result waits for the first answer."""
    with host.popen(pinger, ["ping", "-n", "-i", "0.01", "-w", f"{PATIENCE:.0f}", address]) as ping:

        def answered() -> None:
            assert ping.stdout is not None
            said = []
            for line in ping.stdout:
                if "bytes from" in line:
                    return
                said.append(line)
            raise EngineError(f"{address}: no answer within {PATIENCE:.0f} s: {''.join(said[-3:])}")

        try:
            yield answered
        finally:
            ping.kill()


def _port(cloud: Cloud, network: Json, host_id: str, mac: str) -> Json:
    return cloud.make(
        "port",
        network_id=network["id"],
        project_id=PROJECT,
        security_groups=[cloud.group()],
        mac_address=mac,
        **{"binding:host_id": host_id},
    )


def _address(port: Json, family: int) -> str:
    return next(str(it["ip_address"]) for it in port["fixed_ips"] if (":" in it["ip_address"]) == (family == 6))


def _gateway(cloud: Cloud, port: Json, family: int) -> str:
    subnets = (cloud.client.get(f"/v2.0/subnets/{it['subnet_id']}")["subnet"] for it in port["fixed_ips"])
    return next(str(subnet["gateway_ip"]) for subnet in subnets if subnet["ip_version"] == family)


def _mac() -> str:
    return "fa:16:3e:" + secrets.token_bytes(3).hex(":")


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise EngineError(f"{what}: not within {PATIENCE:.0f} s")
        time.sleep(0.01)


if __name__ == "__main__":
    run(f"A port's way into the network, {ROUNDS} times for each family and its address.", measure, root=True)
