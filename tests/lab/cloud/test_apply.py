"""A standing cloud's file is changed, and back: only what the diff shows, and no packet of other flows is lost."""

from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from lab.edits import ARCHIVE, LEG4, LEG6, replaced, with_exclusion, with_vlan
from lab.flows import flowing, lost
from lab.inspection import changed, hosts_of_diff, managed, states, without_target
from lab.standing import BALANCERS, CONTROL, EDGES, HYPERVISORS, INTERNET, Standing
from lab.waiting import until
from seapoint.base.errors import ConflictError, InputError
from seapoint.lab import control

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

ALONE, DUAL, PAIR = "networktests-vxlan-ipv4only", "networktests-vxlan-dualstack", "pair"
LEGS = {EDGES[0]: 7, EDGES[1]: 15, HYPERVISORS[1]: 34, CONTROL: 25}


@pytest.fixture(scope="module")
def pair(shared_cloud: Standing) -> Iterator[Any]:
    """A second dual-stack instance, on another hypervisor than the first."""
    network = next(shared_cloud.api.networks(name="VXLAN/IPv6-dualstack"))
    port = shared_cloud.add_instance(PAIR, network, HYPERVISORS[2])
    yield port
    shared_cloud.remove_instance(PAIR, port)


@pytest.fixture
def others(pair: Any) -> dict[str, tuple[str, ...]]:
    """Flows that no change here is about: translated and not, between hosts, from outside; of both families."""
    v4, v6 = (fixed["ip_address"] for fixed in sorted(pair.fixed_ips, key=lambda fixed: ":" in fixed["ip_address"]))
    return {
        ALONE: (f"ping:{INTERNET[4]}", f"tcp:{INTERNET[4]}:7", f"ping:{v4}"),
        DUAL: (f"ping:{INTERNET[6]}", f"tcp:{INTERNET[6]}:7", f"ping:{v4}", f"ping:{v6}"),
        "internet": ("ping:185.15.57.5", f"ping:{v6}"),
    }


@pytest.fixture(autouse=True)
def _restored(shared_cloud: Standing, tmp_path: Path) -> Iterator[None]:
    """A test that failed half-way leaves the others the file that they begin with."""
    file = tmp_path / "before.yaml"
    file.write_text(shared_cloud.client.get("/seapoint/v1/cloud")["text"])
    yield
    shared_cloud.told("apply", str(file))


def seen_by_archive(cloud: Standing) -> str:
    return cloud.run(ALONE, "curl", "-s", "-m", "2", f"http://{ARCHIVE}/", check=False).strip()


def reachable(cloud: Standing, where: str, source: str, address: str) -> bool:
    return " 0% packet loss" in cloud.run(where, "ping", "-c1", "-W1", "-I", source, address, check=False)


def own(cloud: Standing) -> str:
    [port] = cloud.api.ports(name=ALONE)
    address: str = port.fixed_ips[0]["ip_address"]
    return address


def test_a_nat_exclusion_comes_and_is_rolled_back(
    codfw1dev: Standing, others: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    cloud, file = codfw1dev, tmp_path / "cloud.yaml"
    text = cloud.client.get("/seapoint/v1/cloud")["text"]
    file.write_text(with_exclusion(text))
    hosts, concerned = managed(cloud), {*EDGES, *BALANCERS}  # who knows production from the internet
    before, entries = states(cloud, hosts), cloud.client.get("/seapoint/v1/history")

    said = cloud.seapoint("apply", str(file), "--plan")
    assert said.status == 2, said
    assert hosts_of_diff(said.out) == concerned
    assert f"+\t\t\t{ARCHIVE}" in said.out or ARCHIVE in said.out
    assert changed(before, states(cloud, hosts)) == {}
    assert cloud.client.get("/seapoint/v1/history") == entries

    with flowing(cloud, others) as told:
        said = cloud.seapoint("apply", str(file))
        assert said.status == 0, said
        assert hosts_of_diff(said.out) == concerned
        until(lambda: seen_by_archive(cloud) == own(cloud), "the archive sees the instance itself")
        between = states(cloud, hosts)
        assert {host: set(what) for host, what in changed(before, between).items()} == {
            host: {"nftables", "target"} for host in concerned
        }
        again = cloud.seapoint("apply", str(file))
        assert (again.status, again.out) == (0, "Nothing to do.\n")
        newest = cloud.told("history", "--limit", "1")
        assert newest.split()[1] == "*", newest

        back = cloud.seapoint("rollback")
        assert back.status == 0, back
        assert hosts_of_diff(back.out) == concerned
    print(told)
    assert lost(told) == {}
    assert cloud.client.get("/seapoint/v1/cloud")["text"] == text
    assert changed(without_target(before), without_target(states(cloud, hosts))) == {}
    assert seen_by_archive(cloud) != own(cloud)
    seen = {about["seen_as"] for flow, about in told.items() if flow.startswith(f"{ALONE} tcp")}
    assert seen == {"185.15.57.1"}, "the connection that survived is a translated one"
    cloud.forwards()


def test_a_vlan_with_its_link_networks_comes_and_goes(
    codfw1dev: Standing, others: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    cloud, wider, narrow = codfw1dev, tmp_path / "wider.yaml", tmp_path / "narrow.yaml"
    text = cloud.client.get("/seapoint/v1/cloud")["text"]
    wider.write_text(with_vlan(text, LEGS))
    narrow.write_text(text)
    hosts = managed(cloud)
    before = states(cloud, hosts)

    def stands() -> None:
        for pattern, (one, number) in product((LEG4, LEG6), LEGS.items()):
            own = pattern.format(number)  # a host of two realms speaks in one by its address there
            for far in (pattern.format(far) for far in (1, *LEGS.values()) if far != number):
                until(partial(reachable, cloud, one, own, far), f"{one} pings {far} from {own}")

    with flowing(cloud, others) as told:
        for step in (
            ("apply", str(wider)),
            ("apply", str(narrow)),
            ("rollback",),  # of the removal
            ("rollback",),  # of that rollback
        ):
            said = cloud.seapoint(*step)
            assert said.status == 0, said
            assert hosts_of_diff(said.out) == {*LEGS}
            now = states(cloud, hosts)
            if cloud.client.get("/seapoint/v1/cloud")["text"] != text:
                assert changed(before, now).keys() == {*LEGS}
                stands()
            else:
                # the synchronizer of connections takes another address to be ignored by starting anew
                left = {host: {*what} for host, what in changed(without_target(before), without_target(now)).items()}
                told_apart = [(host, before[host][one], now[host][one]) for host in left for one in left[host]]
                assert left in ({}, {edge: {"conntrackd.service"} for edge in EDGES}), told_apart
    print(told)
    assert lost(told) == {}, told
    assert cloud.client.get("/seapoint/v1/cloud")["text"] == text
    cloud.forwards()


def test_a_file_with_mistakes_is_refused_whole(codfw1dev: Standing, tmp_path: Path) -> None:
    cloud, file = codfw1dev, tmp_path / "cloud.yaml"
    text = cloud.client.get("/seapoint/v1/cloud")["text"]
    wrong = replaced(
        text,
        ("    id: 2105\n", "    id: 2107\n"),
        ("role: cloudgw, rack: b1, management: 7}", "role: cloudgw, rack: b9, management: 7}"),
        ("vlan: cloud-instances2-b-codfw, roles", "vlan: nowhere, roles"),
    )
    file.write_text(wrong)
    hosts = managed(cloud)
    before, entries = states(cloud, hosts), cloud.client.get("/seapoint/v1/history")

    said = cloud.seapoint("apply", str(file))
    assert said.status == 64, said
    for word in ("b9", "2107", "nowhere"):
        assert word in said.err, said.err
    assert said.err.count(f"{file}:") == 3, "each mistake with file, line and column"
    with pytest.raises(InputError, match="b9"):  # the server does not trust its clients
        cloud.client.ask("PUT", "/seapoint/v1/cloud", {"text": wrong, "base_revision": 0})
    assert cloud.client.get("/seapoint/v1/history") == entries
    assert changed(before, states(cloud, hosts)) == {}


def test_whoever_was_slower_plans_again(codfw1dev: Standing) -> None:
    cloud = codfw1dev
    there = cloud.client.get("/seapoint/v1/cloud")
    body = {"text": with_exclusion(there["text"]), "base_revision": there["revision"] - 1}
    with pytest.raises(ConflictError, match="changed meanwhile"):
        cloud.client.ask("PUT", "/seapoint/v1/cloud", body)
    assert cloud.client.get("/seapoint/v1/cloud") == there


def active_edge(cloud: Standing) -> str:
    """The edge host that holds the inside VIP."""
    holders = [edge for edge in EDGES if " 185.15.57.9/" in cloud.run(edge, "ip", "-o", "addr")]
    return holders[0] if len(holders) == 1 else ""


def test_a_connection_from_before_a_change_survives_the_failover_after_it(codfw1dev: Standing, tmp_path: Path) -> None:
    """The edge hosts' connection tables are in step again, although the change had their synchronizers start anew."""
    cloud, file = codfw1dev, tmp_path / "cloud.yaml"
    file.write_text(with_vlan(cloud.client.get("/seapoint/v1/cloud")["text"], LEGS))
    before = active_edge(cloud)
    with flowing(cloud, {ALONE: (f"tcp:{INTERNET[4]}:7",)}) as told:
        cloud.told("apply", str(file))
        control.request(cloud.hosts[before], "stop", "keepalived.service")
        until(lambda: active_edge(cloud) not in {"", before}, "the other edge host has taken over")
        cloud.passes("gateway")
        cloud.told("rollback")
    assert lost(told) == {}
    assert {about["seen_as"] for about in told.values()} == {"185.15.57.1"}
    cloud.forwards()
