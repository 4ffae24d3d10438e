"""Names of the standing cloud, asked of its real name servers by way of their announced addresses, in both families."""

from pathlib import Path

import pytest

from lab.edits import replaced
from lab.standing import PROJECT, Standing
from lab.waiting import until
from seapoint.compile.hosts.names import INTERNET

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

SERVERS = ("185.15.57.25", "2a02:ec80:a100:4000::2", "185.15.57.26", "2a02:ec80:a100:4000::3")
RECURSORS = ("172.20.254.1", "2a02:ec80:a100:2ff::1")
INSTANCES, PUBLIC = "codfw1dev.wikimedia.cloud", "codfw1dev.wmcloud.org"
BOTH = "networktests-vxlan-dualstack"
FLOATING = "networktests-vlan-legacy-fip"


def asked(cloud: Standing, server: str, name: str, kind: str, where: str = INTERNET) -> list[str]:
    """The data of one answer; none where there is none."""
    said = cloud.run(where, "kdig", "+short", "+time=1", "+retry=0", f"@{server}", name, kind, check=False)
    return [line for line in said.split("\n") if line and not line.startswith(";;")]


def _answered(cloud: Standing, server: str, name: str, kind: str, data: list[str], where: str = INTERNET) -> None:
    until(lambda: asked(cloud, server, name, kind, where) == data, f"{server} answers {name} {kind} with {data}")


@pytest.mark.parametrize("server", SERVERS)
def test_every_address_of_the_name_servers_answers_the_internet(codfw1dev: Standing, server: str) -> None:
    wanted = {
        (f"{FLOATING}.{PROJECT}.{INSTANCES}", "A"): None,
        (f"instance-{FLOATING}.{PROJECT}.{PUBLIC}", "A"): ["185.15.57.6"],
        ("6.0-29.57.15.185.in-addr.arpa", "PTR"): [f"instance-{FLOATING}.{PROJECT}.{PUBLIC}."],
        ("wan.cloudgw.codfw1dev.wikimediacloud.org", "AAAA"): ["2a02:ec80:a100:fe03::2"],
        ("ns0.openstack.codfw1dev.wikimediacloud.org", "A"): ["185.15.57.25"],
        ("cloudsw1-b1-codfw.private.codfw.wikimedia.cloud", "AAAA"): ["2a02:ec80:a100:205::1"],
    }
    port = next(codfw1dev.api.ports(name=BOTH))
    for fixed in port.fixed_ips:
        wanted[f"{BOTH}.{PROJECT}.{INSTANCES}", "AAAA" if ":" in fixed["ip_address"] else "A"] = [fixed["ip_address"]]
    for (name, kind), data in wanted.items():
        if data is None:
            assert len(asked(codfw1dev, server, name, kind)) == 1
        else:
            assert asked(codfw1dev, server, name, kind) == data


def test_a_zone_is_given_to_nobody_without_the_key(codfw1dev: Standing) -> None:
    for server in SERVERS:
        assert not asked(codfw1dev, server, INSTANCES, "AXFR")
        assert asked(codfw1dev, server, INSTANCES, "NS"), "it answers questions"


def test_names_come_and_go_with_their_port(codfw1dev: Standing) -> None:
    """Recursors, which instances ask, keep no answer about a name that may be another port's a second later."""
    network = next(codfw1dev.api.networks(name="VXLAN/IPv6-dualstack"))
    port = codfw1dev.api.create_port(network_id=network.id, project_id=PROJECT, name="any name", dns_name="WWW")
    try:
        name = f"www.{PROJECT}.{INSTANCES}"
        assert {one["fqdn"] for one in port.dns_assignment} == {f"{name}."}
        for fixed in port.fixed_ips:
            address = fixed["ip_address"]
            kind = "AAAA" if ":" in address else "A"
            for server in SERVERS:
                _answered(codfw1dev, server, name, kind, [address])
                assert f"{name}." in codfw1dev.run(INTERNET, "kdig", "+short", f"@{server}", "-x", address)
            for recursor in RECURSORS:
                _answered(codfw1dev, recursor, name, kind, [address], BOTH)
    finally:
        codfw1dev.api.delete_port(port)
    for server in SERVERS:
        _answered(codfw1dev, server, name, "A", [])
        _answered(codfw1dev, server, name, "AAAA", [])
        assert asked(codfw1dev, server, INSTANCES, "NS"), "it is not silence that took the name away"
    for recursor in RECURSORS:
        _answered(codfw1dev, recursor, name, "A", [], BOTH)
        _answered(codfw1dev, recursor, name, "AAAA", [], BOTH)


@pytest.mark.parametrize("recursor", RECURSORS)
def test_recursors_answer_the_cloud_from_the_root_down(codfw1dev: Standing, recursor: str) -> None:
    for where in (BOTH, "cloudcontrol2005-dev"):
        _answered(codfw1dev, recursor, "www.example.org", "A", ["198.51.100.10"], where)
        _answered(codfw1dev, recursor, "www.example.org", "AAAA", ["2001:db8:ffff::10"], where)
        classless = ["6.0-29.57.15.185.in-addr.arpa.", f"instance-{FLOATING}.{PROJECT}.{PUBLIC}."]
        _answered(codfw1dev, recursor, "6.57.15.185.in-addr.arpa", "PTR", classless, where)


@pytest.mark.parametrize("place", [0, 1])
def test_a_stranger_is_refused_by_the_recursor(codfw1dev: Standing, place: int) -> None:
    """An edge host's own address lies between the realms: routed to the recursors, and none of the cloud's networks."""
    source = ("185.15.57.12", "2a02:ec80:a100:fe04::2003:1")[place]
    said = codfw1dev.run(
        "cloudgw2003-dev", "kdig", "-b", source, f"@{RECURSORS[place]}", "+time=5", "www.example.org", check=False
    )
    assert "status: REFUSED" in said
    assert not asked(codfw1dev, SERVERS[place], "www.example.org", "A"), "nor do name servers recurse for anybody"


def test_a_floating_ip_leads_where_it_leads_now(codfw1dev: Standing) -> None:
    floating = next(codfw1dev.api.ips(floating_ip_address="185.15.57.6"))
    ports = {name: next(codfw1dev.api.ports(name=name)) for name in (FLOATING, "networktests-vlan-legacy")}
    try:
        for name in ("networktests-vlan-legacy", FLOATING):
            codfw1dev.api.update_ip(floating, port_id=ports[name].id)
            called = f"instance-{name}.{PROJECT}.{PUBLIC}"
            fixed = ports[name].fixed_ips[0]["ip_address"]
            for recursor in RECURSORS:
                _answered(codfw1dev, recursor, called, "A", [fixed], BOTH)
            for server in SERVERS:
                _answered(codfw1dev, server, called, "A", ["185.15.57.6"])
    finally:
        codfw1dev.api.update_ip(floating, port_id=ports[FLOATING].id)


def test_what_recursors_alone_read_is_nobody_else_s(codfw1dev: Standing) -> None:
    for server in SERVERS:
        for kind in ("AXFR", "SOA"):
            assert not asked(codfw1dev, server, "inside.codfw1dev.wikimediacloud.org", kind)


def test_no_name_of_the_cloud_is_in_a_hosts_file(codfw1dev: Standing) -> None:
    """The live tests that go by names ask the recursors."""
    for where in (BOTH, "cloudcontrol2005-dev"):
        assert "cloudgw" not in codfw1dev.run(where, "cat", "/etc/hosts")
        assert "208.80.153.190" in codfw1dev.run(where, "getent", "ahosts", "wan.cloudgw.codfw1dev.wikimediacloud.org")


#: Where ports have their names by address.
SIGNED = (
    "16.172.in-addr.arpa",
    "0.0.0.0.1.a.0.8.c.e.2.0.a.2.ip6.arpa",
    "1.0.0.0.1.a.0.8.c.e.2.0.a.2.ip6.arpa",
)


def test_zones_are_signed_on_demand_by_all_their_servers_with_one_key(codfw1dev: Standing, tmp_path: Path) -> None:
    """And so are the names of ports that are made later. Whether it validates: tests/contract/dns/test_signed.py."""
    recursive = "  recursive: [ns-recursor.openstack]\n"
    file = tmp_path / "cloud.yaml"
    signed = (recursive, f"{recursive}  signed: [{', '.join(SIGNED)}]\n")
    file.write_text(replaced(codfw1dev.file.read_text(), signed))
    network = next(codfw1dev.api.networks(name="VXLAN/IPv6-dualstack"))
    try:
        codfw1dev.told("apply", str(file))

        def keys() -> list[list[str]]:
            return [asked(codfw1dev, server, zone, "DNSKEY") for zone in SIGNED for server in SERVERS]

        until(lambda: all(keys()), "every zone is signed on every server", 60.0)
        told = keys()
        assert len(told[0]) == 1
        assert told == [told[0]] * len(told)
        port = codfw1dev.api.create_port(network_id=network.id, project_id=PROJECT, name="signed")
        try:
            for address in (fixed["ip_address"] for fixed in port.fixed_ips):
                for server in SERVERS:
                    words = ("kdig", "+short", "+dnssec", "+time=1", "+retry=0", f"@{server}", "-x", address)
                    until(
                        lambda words=words: "PTR 13 " in codfw1dev.run(INTERNET, *words, check=False),
                        f"{server} tells a signed name of {address}",
                    )
        finally:
            codfw1dev.api.delete_port(port)
    finally:
        codfw1dev.told("apply", str(codfw1dev.file))
