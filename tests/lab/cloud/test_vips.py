"""Service addresses in the standing cloud: who hears of them, by how many paths, and who must not."""

import json

import pytest

from lab.inspection import FAMILIES, paths
from lab.standing import Standing
from lab.waiting import until

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

ROUTERS = ("cr1-codfw", "cr2-codfw")
#: VIPs of both families and how many hosts own them.
OWNED = {
    4: {"185.15.57.24/32": 3, "185.15.57.25/32": 1, "185.15.57.26/32": 1, "172.20.254.1/32": 2},
    6: {
        "2a02:ec80:a100:4000::1/128": 3,
        "2a02:ec80:a100:4000::2/128": 1,
        "2a02:ec80:a100:4000::3/128": 1,
        "2a02:ec80:a100:2ff::1/128": 2,
    },
}
PRIVATE = {4: "172.20.0.0/16", 6: "2a02:ec80:a100:200::/56"}


@pytest.mark.parametrize("family", [4, 6])
def test_the_switch_uses_every_owner(codfw1dev: Standing, family: int) -> None:
    until(lambda: paths(codfw1dev, family) == OWNED[family], "a path to every owner")


@pytest.mark.parametrize("family", [4, 6])
def test_owners_learn_nothing(codfw1dev: Standing, family: int) -> None:
    for owner in ("cloudlb2002-dev", "cloudservices2004-dev"):
        summary = json.loads(codfw1dev.run(owner, "vtysh", "-c", "show bgp summary json"))
        peers = summary[f"{FAMILIES[family][1]}Unicast"]["peers"]
        assert [peer["pfxRcd"] for peer in peers.values()] == [0]
        assert json.loads(codfw1dev.run(owner, "vtysh", "-c", f"show {FAMILIES[family][0]} route bgp json")) == {}


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("router", ROUTERS)
def test_neither_vips_nor_cloud_private_leave_the_realm(codfw1dev: Standing, router: str, family: int) -> None:
    word = FAMILIES[family][0]
    longer = codfw1dev.run(router, "vtysh", "-c", f"show {word} route {PRIVATE[family]} longer-prefixes json")
    assert json.loads(longer) == {}
    told = json.loads(codfw1dev.run(router, "vtysh", "-c", f"show {word} route json"))
    assert not OWNED[family].keys() & told.keys()


def test_vips_answer(codfw1dev: Standing) -> None:
    results = codfw1dev.passes("vip")
    assert {probe.probe.where for probe in results} >= {"internet", "networktests-vxlan-dualstack", "cloudnet2005-dev"}


def test_a_recursor_that_hangs_is_asked_no_more_until_it_answers_again(codfw1dev: Standing) -> None:
    hanging, recursors = "cloudservices2004-dev", {4: "172.20.254.1/32", 6: "2a02:ec80:a100:2ff::1/128"}

    def owners() -> list[int]:
        return [paths(codfw1dev, family).get(prefix, 0) for family, prefix in recursors.items()]

    try:
        codfw1dev.run(hanging, "sh", "-c", "kill -STOP $(pidof unbound)")
        until(lambda: owners() == [1, 1], "the one that answers is announced")
        codfw1dev.passes("name")
    finally:
        codfw1dev.run(hanging, "sh", "-c", "kill -CONT $(pidof unbound)")
    until(lambda: owners() == [2, 2], "both are", seconds=60.0)
