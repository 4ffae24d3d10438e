"""The virtual router's gateway: the outage of the real cloud replayed, and NAT exclusions at the router."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from lab.standing import EXTERNAL, INTERNET, ROUTER, Standing
from lab.waiting import until
from seapoint.probe.kinds.barred import Barred
from seapoint.probe.kinds.closed import Closed
from seapoint.probe.kinds.full_size import FullSize
from seapoint.probe.kinds.https import Https
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.kinds.reaches import Reaches
from seapoint.probe.kinds.resolves import Resolves
from seapoint.probe.kinds.seen_as import SeenAs
from seapoint.probe.probe import Probe, Result

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

OWN4, OWN6 = "185.15.57.10", "2a02:ec80:a100:fe04::2:1"  # the virtual router's
SEEN_AS = "185.15.57.1"
FIXED = {
    "networktests-vxlan-dualstack": "172.16.130.2",
    "networktests-vxlan-ipv4only": "172.16.129.2",
    "networktests-vlan-legacy": "172.16.128.10",
}
IPV4_ONLY = FIXED.keys() - {"networktests-vxlan-dualstack"}  # whose only resolver has an IPv4 address
FLOATING = {"networktests-vxlan-ipv4only-fip": "185.15.57.5", "networktests-vlan-legacy-fip": "185.15.57.6"}
TEXT_LB = "208.80.153.224"
TO_EVERYBODY = (53, 5000, 25000)  # no firewall asks who calls DNS and keystone
EXCLUDED = "208.80.153.0/24"  # with text-lb.codfw in it


class Gateway:
    """Updates of the one thing, as a client sends them."""

    def __init__(self, cloud: Standing) -> None:
        self.cloud = cloud
        self.router = next(cloud.api.routers(name=ROUTER))
        self.network = next(cloud.api.networks(name=EXTERNAL)).id
        self.v4, self.v6 = (self._fixed(cidr, own) for cidr, own in (("185.15.57.8/29", OWN4), (None, OWN6)))

    def _fixed(self, cidr: str | None, address: str) -> dict[str, str]:
        wanted = {"cidr": cidr} if cidr else {"cidr": "2a02:ec80:a100:fe04::/64"}
        return {"subnet_id": next(self.cloud.api.subnets(**wanted)).id, "ip_address": address}

    def update(self, **info: Any) -> dict[str, Any]:
        """Send external_gateway_info; what is stored then."""
        body = {"router": {"external_gateway_info": {"network_id": self.network, **info}}}
        answer = self.cloud.client.ask("PUT", f"/v2.0/routers/{self.router.id}", body)
        stored: dict[str, Any] = answer["router"]["external_gateway_info"]
        return stored


@pytest.fixture
def gateway(codfw1dev: Standing) -> Iterator[Gateway]:
    made = Gateway(codfw1dev)
    before = codfw1dev.client.get(f"/v2.0/routers/{made.router.id}")["router"]["external_gateway_info"]
    yield made
    made.update(external_fixed_ips=[made.v4, made.v6], enable_snat=False, nat_exclusions=[])
    after = codfw1dev.client.get(f"/v2.0/routers/{made.router.id}")["router"]["external_gateway_info"]
    assert after == before
    codfw1dev.forwards()


def failed(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if not result.passed]


def is_from_ipv4(probe: Probe) -> bool:
    """Whether it is asked over IPv4 of who has no floating IP."""
    return probe.where in FIXED and bool(probe.check.flow and probe.check.flow.address.version == 4)


def asks_recursor(probe: Probe) -> bool:
    return isinstance(probe.check, Resolves) and probe.check.server == "ns-recursor.openstack"


def uses_a_name(probe: Probe) -> bool:
    check = probe.check
    return (isinstance(check, Ping | FullSize) and check.target != str(check.address)) or (
        isinstance(check, Https) and check.by_name
    )


def is_unlisted(probe: Probe) -> bool:
    """Whether it calls what the cloud's own addresses may, and others may not: the router's is in no list."""
    check = probe.check
    return is_from_ipv4(probe) and isinstance(check, Reaches | Barred | Https) and check.port not in TO_EVERYBODY


def seen_by(cloud: Standing, instance: str, far: str) -> str:
    return cloud.run(instance, "curl", "-s", "-m", "3", f"http://{far}/", check=False).strip()


def test_the_replay_of_the_outage(codfw1dev: Standing, gateway: Gateway) -> None:
    stored = gateway.update(external_fixed_ips=[gateway.v4], enable_snat=False)
    assert [fixed["ip_address"] for fixed in stored["external_fixed_ips"]] == [OWN4]
    alone = codfw1dev.passes("virtual-router")
    assert {str(result.probe.check.address) for result in alone} == {OWN4}
    codfw1dev.forwards()

    stored = gateway.update(external_fixed_ips=[gateway.v4, gateway.v6])
    assert stored["enable_snat"] is False
    both = codfw1dev.passes("virtual-router")
    assert {str(result.probe.check.address) for result in both} == {OWN4, OWN6}
    codfw1dev.forwards()

    stored = gateway.update(external_fixed_ips=[gateway.v4, gateway.v6], enable_snat=True)
    assert stored["enable_snat"] is True
    until(lambda: seen_by(codfw1dev, "networktests-vlan-legacy", INTERNET[4]) == OWN4, "the router translates")
    results = codfw1dev.probes(patience=15.0)
    # exactly those whose IPv4 without a floating IP matters beyond the router: who sees which address, and the edge's
    # rule on tcp/25 from instances; the recursor's allow-list, and every name that is asked of no other resolver; and
    # services that list who may call them
    translated = {
        one.probe.name: one
        for one in results
        if is_from_ipv4(one.probe) and isinstance(one.probe.check, SeenAs | Closed)
    }
    refused = {one.probe.name: one for one in results if is_from_ipv4(one.probe) and asks_recursor(one.probe)}
    nameless = {one.probe.name: one for one in results if one.probe.where in IPV4_ONLY and uses_a_name(one.probe)}
    unlisted = {one.probe.name for one in results if is_unlisted(one.probe)}
    assert {one.probe.name for one in failed(results)} == {*translated, *refused, *nameless, *unlisted}
    assert unlisted - nameless.keys()
    assert len(translated) == 3 * len(FIXED)
    for one in translated.values():
        assert "SNAT is on at the router" in one.verdict.hint, one
        assert one.verdict.seen in {f"seen as {OWN4}", "tcp/25 is open"}
    assert {one.probe.where for one in refused.values()} == set(FIXED)
    for one in refused.values():
        assert one.verdict.seen == "REFUSED", one
        assert "its allow-list, and the source that it sees" in one.verdict.hint
    assert nameless
    for one in nameless.values():
        assert "name resolution" in one.verdict.seen or one.verdict.seen == "the name is not known", one


def test_exclusions_of_the_routers_own_translation(codfw1dev: Standing, gateway: Gateway) -> None:
    gateway.update(enable_snat=True)
    for name in FIXED:
        until(lambda name=name: seen_by(codfw1dev, name, INTERNET[4]) == OWN4, f"{name} is translated by the router")
        until(lambda name=name: seen_by(codfw1dev, name, TEXT_LB) == OWN4, f"{name} is, towards text-lb too")

    stored = gateway.update(nat_exclusions=[EXCLUDED])
    assert (stored["enable_snat"], stored["nat_exclusions"]) == (True, [EXCLUDED])
    for name, own in FIXED.items():
        until(lambda name=name, own=own: seen_by(codfw1dev, name, TEXT_LB) == own, f"text-lb sees {name} itself")
        assert seen_by(codfw1dev, name, INTERNET[4]) == OWN4, "others see the router"
    for name, floating in FLOATING.items():
        for far in (TEXT_LB, INTERNET[4]):
            until(lambda name=name, far=far, it=floating: seen_by(codfw1dev, name, far) == it, f"{far} sees {floating}")
    # and the other way: from the excluded side, and from the internet, to floating IPs
    for floating in FLOATING.values():
        for far in ("internet", "production"):
            command = ["ping", "-c1", "-W1", *(["-I", TEXT_LB] if far == "production" else []), floating]
            until(
                lambda far=far, it=tuple(command): " 0% packet loss" in codfw1dev.run(far, *it, check=False),
                f"{far} pings {floating}",
            )
    until(lambda: seen_by(codfw1dev, "networktests-vxlan-dualstack", f"[{INTERNET[6]}]").startswith("2a02:"), "IPv6")

    stored = gateway.update(nat_exclusions=[], enable_snat=False)
    assert stored["nat_exclusions"] == []
    for name in FIXED:
        until(lambda name=name: seen_by(codfw1dev, name, INTERNET[4]) == SEEN_AS, "the edge translates alone again")
