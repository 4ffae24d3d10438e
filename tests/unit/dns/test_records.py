"""Who is called what, in both families: records of the cloud file, of instances and of floating IPs."""

from dataclasses import replace

import pytest

from dns_world import CLOUD, ZONES, domain
from ovn_world import FLOATING, changed, port, uid, world
from seapoint.change.domain import compile_all, merged
from seapoint.compile.dns.scopes import is_public, scopes
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Change, Intent
from seapoint.target.changes import Scope
from seapoint.target.dns import RecordKey, RecordType


def records(intent: Intent) -> dict[tuple[str, str], tuple[str, ...]]:
    """Every record set by name and type, without the zones' own."""
    compiled = compile_all(domain(), intent)
    assert not compiled.failed
    return {
        (key.name, key.type): one.data
        for key, one in merged(compiled).items()
        if isinstance(key, RecordKey) and key.name != key.zone
    }


def owned(intent: Intent, **more: object) -> Intent:
    """The world's instance in a project whose name is known."""
    vm1 = intent.of(Port)[uid("vm1")]
    return changed(intent, replace(vm1, project_id="p-id", **more), replace(FLOATING, project_id="p-id"))


V6 = "1.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"


def test_an_instance_has_its_addresses_under_its_projects_name_and_id() -> None:
    found = records(owned(world()))
    for project in ("team", "p-id"):
        assert found[f"vm1.{project}.vm.example", "A"] == ("10.0.1.11",)
        assert found[f"vm1.{project}.vm.example", "AAAA"] == ("2001:db8:1::11",)
    assert found["11.1.0.10.in-addr.arpa", "PTR"] == ("vm1.team.vm.example.",)
    assert found[V6, "PTR"] == ("vm1.team.vm.example.",)


def test_a_floating_ip_has_a_name_and_a_classless_reverse_name() -> None:
    found = records(owned(world()))
    assert found["instance-vm1.team.public.example", "A"] == ("203.0.113.20",)
    assert found["20.16-29.113.0.203.in-addr.arpa", "PTR"] == ("instance-vm1.team.public.example.",)


def test_inside_a_floating_ip_is_answered_with_what_it_leads_to() -> None:
    name = "32.20.113.0.203.rpz-ip.inside.infra.example"
    assert records(owned(world()))[name, "A"] == ("10.0.1.11",)
    abroad = replace(FLOATING, fixed_ip_address="192.0.2.9")
    assert (name, "A") not in records(changed(world(), abroad)), "the plan does not route it"
    lone = replace(FLOATING, port_id=None, fixed_ip_address=None, router_id=None, dns_name="shop")
    assert (name, "A") not in records(changed(world(), lone))


def test_an_operator_s_own_server_is_told_neither_the_zones_own_records_nor_what_recursors_read() -> None:
    told = [scope.id for scope in scopes(owned(world()), CLOUD) if is_public(scope, CLOUD)]
    assert "vm1.team.vm.example" in told
    assert "20.16-29.113.0.203.in-addr.arpa" in told
    assert not any(name.endswith("inside.infra.example") or name in [zone.name for zone in ZONES] for name in told)


def test_a_floating_ip_that_leads_nowhere_has_the_name_that_it_was_given_or_none() -> None:
    lone = replace(FLOATING, port_id=None, fixed_ip_address=None, router_id=None, project_id="p-id")
    assert not [name for name, _ in records(changed(world(), lone)) if "public" in name]
    found = records(changed(world(), replace(lone, dns_name="shop")))
    assert found["shop.team.public.example", "A"] == ("203.0.113.20",)


def test_the_dns_name_goes_before_the_ports_name() -> None:
    found = records(owned(world(), dns_name="www"))
    assert found["www.team.vm.example", "A"] == ("10.0.1.11",)
    assert ("vm1.team.vm.example", "A") not in found
    assert found["instance-www.team.public.example", "A"] == ("203.0.113.20",)


def test_a_name_in_capitals_is_the_same_name() -> None:
    assert records(owned(world(), name="VM1"))["vm1.team.vm.example", "AAAA"] == ("2001:db8:1::11",)


@pytest.mark.parametrize("name", ["", "two words", "a.b", "-x", "x" * 64, "a\nb", "ü"])
def test_what_is_no_host_name_is_in_no_zone(name: str) -> None:
    found = records(owned(world(), name=name))
    assert not [key for key in found if key[0].endswith((".team.vm.example", ".team.public.example"))]


def test_ports_of_one_name_share_it_and_keep_their_own_reverse_names() -> None:
    second = port("nic2", "legacy", 33, ("legacy4", "10.0.2.44"), ("legacy6", "2001:db8:2::44"))
    found = records(changed(owned(world()), replace(second, name="vm1", project_id="p-id")))
    assert found["vm1.team.vm.example", "A"] == ("10.0.1.11", "10.0.2.44")
    assert found["vm1.team.vm.example", "AAAA"] == ("2001:db8:1::11", "2001:db8:2::44")
    assert found["44.2.0.10.in-addr.arpa", "PTR"] == ("vm1.team.vm.example.",)


def test_routers_have_no_names_and_the_cloud_file_has() -> None:
    found = records(world())
    assert found["ns0.infra.example", "A"] == ("203.0.113.17",)
    assert found["ns0.infra.example", "AAAA"] == ("2001:db8:f::53",)
    assert found["17.16-29.113.0.203.in-addr.arpa", "PTR"] == ("ns0.infra.example.",)
    assert ("1.1.0.10.in-addr.arpa", "PTR") not in found


def test_each_zone_names_its_servers() -> None:
    items = merged(compile_all(domain(), Intent.empty()))
    for zone in ("vm.example", "8.b.d.0.1.0.0.2.ip6.arpa"):
        kinds: tuple[RecordType, RecordType] = ("SOA", "NS")
        soa, servers = (items[RecordKey(zone, zone, kind)] for kind in kinds)
        assert soa.data[0].startswith("ns0.infra.example. hostmaster.infra.example. 0 ")
        assert servers.data == ("ns0.infra.example.", "ns1.infra.example.")


def test_one_port_costs_its_own_names_only() -> None:
    intent = owned(world())
    vm1 = intent.of(Port)[uid("vm1")]
    found = domain().dirty(Change(None, vm1), world(), intent)
    assert set(found) == {
        Scope("name", name)
        for name in (
            *("vm1.team.vm.example", "vm1.p-id.vm.example", "11.1.0.10.in-addr.arpa", V6),
            *("instance-vm1.team.public.example", "instance-vm1.p-id.public.example"),
            *("20.16-29.113.0.203.in-addr.arpa", "32.20.113.0.203.rpz-ip.inside.infra.example"),
        )
    }
