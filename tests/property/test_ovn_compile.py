"""Scoped compilation equals full compilation, order never matters, applying twice changes nothing."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ovn_world import CLOUD, domain, mac, uid
from seapoint.change.diff import diff
from seapoint.change.domain import compile_all, merged
from seapoint.change.pipeline import Pipeline
from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.engines.memory import MemoryEngine
from seapoint.intent.attributes import Standard
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.metadata import metadata_device
from seapoint.intent.network import Network
from seapoint.intent.port import DISTRIBUTED, ROUTER_GATEWAY, ROUTER_INTERFACE, AddressPair, DhcpOption, FixedIp, Port
from seapoint.intent.router import Gateway, Router
from seapoint.intent.security import SecurityGroup, SecurityGroupRule
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet

# Few names, so that objects meet; references may lead nowhere, since the compiler must say so and go on.
names = st.sampled_from(["a", "b", "c"])
ids = names.map(uid)
flags = st.booleans()
networks = st.builds(
    Network,
    id=ids,
    mtu=st.sampled_from([0, 1400, 1500]),
    provider_network_type=st.just("flat"),
    provider_physical_network=st.sampled_from([None, "wan", "unknown"]),
)
MODES = st.sampled_from([None, "slaac", "dhcpv6-stateful", "dhcpv6-stateless"])
PREFIXES = {"a": ("10.0.0.0/24", 4), "b": ("2001:db8::/64", 6), "c": ("2001:db8:c::/64", 6)}


@st.composite
def subnets(draw: st.DrawFn) -> Subnet:
    name = draw(names)
    cidr, version = PREFIXES[name]
    mode = draw(MODES) if version == 6 else None
    return Subnet(
        id=uid(name),
        network_id=draw(ids),
        cidr=cidr,
        ip_version=version,
        enable_dhcp=draw(flags),
        gateway_ip=draw(st.sampled_from([None, "10.0.0.1" if version == 4 else "2001:db8::1"])),
        ipv6_ra_mode=mode,
        ipv6_address_mode=mode,
    )


@st.composite
def ports(draw: st.DrawFn) -> Port:
    number = draw(st.integers(0, 3))
    on = draw(st.lists(names, max_size=2, unique=True))
    address = {"a": f"10.0.0.{number + 5}", "b": f"2001:db8::{number + 5}", "c": f"2001:db8:c::{number + 5}"}
    return Port(
        id=uid(f"port {number}"),
        network_id=draw(ids),
        mac_address=mac(number),
        fixed_ips=tuple(FixedIp(uid(name), address[name]) for name in on),
        device_owner=draw(st.sampled_from(["", ROUTER_INTERFACE, ROUTER_GATEWAY, DISTRIBUTED])),
        device_id=draw(ids | ids.map(metadata_device)),
        security_groups=tuple(draw(st.lists(ids, max_size=2, unique=True))),
        port_security_enabled=draw(flags),
        allowed_address_pairs=draw(st.sampled_from([(), (AddressPair("10.0.0.5"), AddressPair("2001:db8::6"))])),
        extra_dhcp_opts=draw(st.sampled_from([(), (DhcpOption("mtu", "1300"), DhcpOption("23", "2001:db8::2", 6))])),
    )


gateways = st.builds(
    Gateway,
    network_id=ids,
    enable_snat=flags,
    nat_exclusions=st.sampled_from([(), ("192.0.2.0/24",), ("192.0.2.0/24", "2001:db8:9::/48")]),
)
routers = st.builds(Router, id=ids, external_gateway_info=st.none() | gateways, admin_state_up=flags)
floating = st.builds(
    FloatingIp,
    id=ids,
    floating_network_id=ids,
    floating_ip_address=st.just("203.0.113.5"),
    port_id=st.none() | st.integers(0, 3).map(lambda number: uid(f"port {number}")),
    fixed_ip_address=st.just("10.0.0.5"),
    router_id=st.none() | ids,
)
groups = st.builds(SecurityGroup, id=ids, stateful=flags)
rules = st.builds(
    SecurityGroupRule,
    id=ids,
    security_group_id=ids,
    direction=st.sampled_from(["ingress", "egress"]),
    ethertype=st.sampled_from(["IPv4", "IPv6"]),
    remote_group_id=st.none() | ids,
)
values: st.SearchStrategy[Standard] = st.one_of(networks, subnets(), ports(), routers, floating, groups, rules)
#: A step puts some objects and takes others away, all at once.
steps = st.lists(st.tuples(values, flags), min_size=1, max_size=6)
#: A whole beginning, since a change is told to a reader only where there is one.
WHOLE: tuple[Standard, ...] = (
    *(Network(id=uid(name)) for name in PREFIXES),
    *(
        Subnet(id=uid(name), network_id=uid(name), cidr=cidr, ip_version=version)
        for name, (cidr, version) in PREFIXES.items()
    ),
    *(SecurityGroup(id=uid(name)) for name in PREFIXES),
    *(Router(id=uid(name)) for name in PREFIXES),
)
crowds = st.lists(values, min_size=8, max_size=20).map(lambda crowd: [(value, True) for value in (*WHOLE, *crowd)])
histories = st.builds(lambda crowd, rest: [crowd, *rest], crowds, st.lists(steps, max_size=5))


def moved(intent: Intent, step: Sequence[tuple[Standard, bool]]) -> tuple[list[Change], Intent]:
    """The changes that a step makes of an intent; of two words on one object the last holds."""
    last = {(type(value), value.id): (value, kept) for value, kept in step}
    wanted = [(intent.get(type(value), value.id), value if kept else None) for value, kept in last.values()]
    changes = [Change(before, after) for before, after in wanted if before is not None or after is not None]
    return changes, intent.with_changes(changes, intent.revision + 1)


@settings(deadline=None, max_examples=200)
@given(histories)
def test_scoped_compilation_equals_full_compilation(history: list[list[tuple[Standard, bool]]]) -> None:
    ovn = domain()
    intent = Intent.empty()
    items, failed = compile_all(ovn, intent)
    for step in history:
        changes, after = moved(intent, step)
        for scope in {scope for change in changes for scope in ovn.dirty(change, intent, after)}:
            try:
                items[scope] = ovn.compile(scope, after)
                failed.pop(scope, None)
            except Exception as error:  # noqa: BLE001 - as the loop does
                failed[scope] = str(error)
                items.pop(scope, None)
        intent = after
        full = compile_all(ovn, intent)
        assert {scope: of for scope, of in items.items() if of} == {scope: of for scope, of in full.items.items() if of}
        assert failed == full.failed


@settings(deadline=None, max_examples=100)
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_objects_never_matters(history: list[list[tuple[Standard, bool]]], random: st.DataObject) -> None:
    intent = Intent.empty()
    for step in history:
        _, intent = moved(intent, step)
    objects = [value for kind in _KINDS for value in intent.of(kind).values()]
    random.shuffle(objects)  # type: ignore[attr-defined]
    assert compile_all(domain(), Intent.of_values(objects)) == compile_all(domain(), intent)


@settings(deadline=None, max_examples=100)
@given(histories)
def test_an_engine_follows_and_a_second_pass_finds_nothing(history: list[list[tuple[Standard, bool]]]) -> None:
    ovn = domain()
    engine = MemoryEngine()
    pipeline = Pipeline(ovn, engine, lambda: None)
    intent = Intent.empty()
    pipeline.replace_domain(ovn, intent)
    for step in history:
        changes, after = moved(intent, step)
        pipeline.recompile({scope for change in changes for scope in ovn.dirty(change, intent, after)}, after)
        intent = after
        pipeline.converge()
        assert diff(engine.observe(), pipeline.target) == []
    full = compile_all(ovn, intent)
    assert merged(full).items() <= dict(engine.observe()).items(), "what failed keeps its last good target beside it"


@settings(deadline=None, max_examples=50)
@given(histories)
def test_no_key_belongs_to_two_scopes(history: list[list[tuple[Standard, bool]]]) -> None:
    intent = Intent.empty()
    for step in history:
        _, intent = moved(intent, step)
        compiled = compile_all(domain(OvnCloud(CLOUD.gateway_chassis, {"wan": None, "unknown": 5})), intent)
        assert len(merged(compiled)) == sum(len(items) for items in compiled.items.values())


_KINDS: tuple[type[Standard], ...] = (
    Network,
    Subnet,
    Port,
    Router,
    FloatingIp,
    SecurityGroup,
    SecurityGroupRule,
)
