"""Whatever a request carries, it is done or refused as Neutron refuses: never another fault, never half."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seapoint.base.errors import TenantError
from seapoint.intent import request
from seapoint.intent.attributes import attributes, by_wire
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.requests import router_interface
from seapoint.intent.resources import BY_KIND, RESOURCES
from seapoint.intent.router import Router
from seapoint.intent.security import SecurityGroup
from seapoint.intent.subnet import Subnet

WORDS = st.sampled_from(
    [
        *(
            "",
            "x",
            "flat",
            "vlan",
            "vxlan",
            "wan",
            "trunk",
            "slaac",
            "dhcpv6-stateful",
            "ingress",
            "IPv4",
            "IPv6",
            "tcp",
        ),
        *("192.0.2.0/24", "192.0.2.7", "203.0.113.9", "2001:db8::/64", "2001:db8::7", "2001:db8:7::/64", "fe80::1"),
        *("0.0.0.0/0", "::/0", "::ffff:192.0.2.1", "192.0.2.0/31", "2001:db8:5::/128", "255.255.255.255", "ff02::1"),
        *("06:8c:ba:00:04:77", "00000000-0000-4000-8000-00000000dead", "network:router_gateway", "default"),
        *("THE NETWORK", "THE SUBNET", "THE PORT", "THE ROUTER", "THE GROUP", "THE OUTSIDE"),
    ]
)
KEYS = st.sampled_from(["network_id", "subnet_id", "ip_address", "start", "nexthop", "enable_snat", "nat_exclusions"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 70000), st.floats(allow_nan=False), WORDS, st.text(max_size=4)
)
ANY = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


NAMES = st.sampled_from(["THE NETWORK", "THE SUBNET", "THE PORT", "THE ROUTER", "THE GROUP", "THE OUTSIDE"])
ADDRESSES = st.sampled_from(
    [
        *("192.0.2.7", "192.0.2.1", "192.0.2.3", "192.0.2.255", "203.0.113.2", "203.0.113.4", "203.0.113.12"),
        *("2001:db8::7", "2001:db8::1", "2001:db8:f::9", "2001:db8:7::1", "fe80::1", "198.51.100.1"),
    ]
)
PREFIXES = st.sampled_from(
    [
        *("198.51.100.0/24", "192.0.2.0/24", "192.0.2.128/25", "203.0.113.0/24", "10.0.0.0/31", "10.0.0.0/32"),
        *("2001:db8:7::/64", "2001:db8::/64", "2001:db8::/48", "2001:db8:7::/127", "2001:db8:7::/128"),
        *("::/0", "0.0.0.0/0"),
    ]
)


def plausible(schema: Any) -> st.SearchStrategy[Any]:
    """Values of the form that an attribute has."""
    if "anyOf" in schema:
        return st.one_of([plausible(part) for part in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "array":
        return st.lists(plausible(schema["items"]), max_size=3)
    if schema["type"] == "object":
        parts = {name: plausible(part) for name, part in schema.get("properties", {}).items()}
        needed = {name: parts.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(needed, optional=parts)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "uuid": NAMES,
        "ip": ADDRESSES,
        "cidr": PREFIXES,
        "integer": st.one_of(st.integers(3, 7), st.integers(0, 300)),
        "boolean": st.booleans(),
        "null": st.none(),
        "string": WORDS,
    }
    return simple[schema.get("format", schema["type"])]


def bodies(resource: Any) -> st.SearchStrategy[Any]:
    """Bodies of a resource: mostly values of the right form, now and then anything."""
    rows = [row for row in by_wire(resource.value).values() if row.create or row.update]
    parts = {
        row.wire: st.integers(0, 9).flatmap(lambda n, r=row: plausible(r.format.schema) if n else ANY) for row in rows
    }
    needed = {row.wire: parts.pop(row.wire) for row in rows if row.required}
    few = st.lists(st.sampled_from(sorted(parts)), max_size=4, unique=True)
    return few.flatmap(lambda names: st.fixed_dictionaries({**needed, **{name: parts[name] for name in names}}))


def named(value: Any, names: dict[str, str]) -> Any:
    """The value with identifiers in place of their names."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [named(part, names) for part in value]
    if isinstance(value, dict):
        return {key: named(part, names) for key, part in value.items()}
    return value


@pytest.fixture
def populated(cloud: Any) -> tuple[Any, dict[str, str]]:
    """A cloud with one of everything, and how bodies name it."""
    outside = cloud.external()
    router = cloud.make("router", external_gateway_info={"network_id": outside.id})
    network = cloud.make("network")
    subnet = cloud.subnet(network, "192.0.2.0/24")
    cloud.join(router, subnet_id=subnet.id)
    cloud.join(router, subnet_id=cloud.subnet(network, "2001:db8::/64").id)
    port = cloud.make("port", network_id=network.id)
    cloud.make("floatingip", floating_network_id=outside.id, port_id=port.id)
    group = cloud.make("security_group", name="web")
    things = {"NETWORK": network, "SUBNET": subnet, "PORT": port, "ROUTER": router, "GROUP": group, "OUTSIDE": outside}
    return cloud, {f"THE {name}": thing.id for name, thing in things.items()}


def check(cloud: Any) -> None:
    """No two objects hold one name, every reference leads somewhere, every address lies in its subnet."""
    intent = cloud.draft.intent
    owners: dict[tuple[str, str], str] = {}
    for kind in intent.types():
        for value in intent.of(kind).values():
            for claim in value.claims():
                assert owners.setdefault(claim, value.id) == value.id
                assert intent.owner(claim) == value.id
            for row in attributes(kind):
                for identifier in row.format.keys(getattr(value, row.name)) if row.refers else ():
                    assert identifier in intent.of(BY_KIND[row.refers].value)
    for port in intent.of(Port).values():
        for fixed in port.fixed_ips:
            subnet = intent.of(Subnet)[fixed.subnet_id]
            assert subnet.network_id == port.network_id
            assert fixed.ip_address not in cloud.draft.rules.reserved
    assert all(network.provider_network_type for network in intent.of(Network).values())
    for router in intent.of(Router).values():
        legs = [port for port in intent.find(Port, device_id=router.id) if port.is_router_gateway]
        told = router.external_gateway_info
        assert [leg.fixed_ips for leg in legs] == ([told.external_fixed_ips] if told else [])
    assert {group.id for group in intent.of(SecurityGroup).values()} >= {
        identifier for port in intent.of(Port).values() for identifier in port.security_groups
    }


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda it: it.kind)
@given(data=st.data())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_body(populated: Any, resource: Any, data: Any) -> None:
    cloud, names = populated
    body = named(data.draw(bodies(resource)), names)
    before = cloud.draft.intent
    targets = sorted(before.of(resource.value))
    acts = {
        "create": lambda: request.create(cloud.draft, resource, body),
        "update": lambda: request.update(cloud.draft, resource, data.draw(st.sampled_from(targets)), body),
        "delete": lambda: request.delete(cloud.draft, resource, data.draw(st.sampled_from(targets))),
        "add": lambda: router_interface.add(cloud.draft, names["THE ROUTER"], body),
        "remove": lambda: router_interface.remove(cloud.draft, names["THE ROUTER"], body),
    }
    refusal = None
    try:
        acts[data.draw(st.sampled_from(sorted(acts)))]()
    except TenantError as error:
        refusal = error
    if refusal is None:
        check(cloud)
    else:
        assert refusal.kind
        assert refusal.status in (400, 404, 409, 503)
    cloud.draft.intent = before
    cloud.draft.cursors.clear()
