"""Scoped compilation of record sets equals full compilation; a key has one scope, which it tells."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dns_world import domain
from ovn_world import uid
from seapoint.change.domain import compile_all, merged
from seapoint.change.pipeline import Pipeline
from seapoint.engines.memory import MemoryEngine
from seapoint.intent.attributes import Standard
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.port import FixedIp, Port
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet

# Few names and addresses, so that objects meet; two subnets have the same prefix, and one lies in another.
PREFIXES = {"a": "10.0.0.0/24", "b": "10.0.0.0/24", "c": "2001:db8::/64", "d": "10.0.0.0/16"}
ids = st.sampled_from([uid(name) for name in "pqr"])
labels = st.sampled_from(["", "web", "Web", "db", "no name"])
projects = st.sampled_from(["p-id", "other", "two words"])
subnets = st.sampled_from(list(PREFIXES)).map(
    lambda name: Subnet(id=uid(name), network_id=uid("n"), cidr=PREFIXES[name], ip_version=6 if name == "c" else 4)
)


@st.composite
def ports(draw: st.DrawFn) -> Port:
    on = draw(st.lists(st.sampled_from(list(PREFIXES)), max_size=2, unique=True))
    own = draw(st.sampled_from("pqr"))
    return Port(
        id=uid(own),
        network_id=uid("n"),
        name=draw(labels),
        dns_name=draw(st.sampled_from(["", "web", "db"])),
        project_id=draw(projects),
        device_owner=draw(st.sampled_from(["", "compute:nova", "network:router_interface"])),
        fixed_ips=tuple(FixedIp(uid(one), _address(own, one)) for one in on),
    )


def _address(port: str, subnet: str) -> str:
    """In one subnet each port has its own address; in two subnets two ports may have the same."""
    number = 5 + ("pqr".index(port) + list(PREFIXES).index(subnet)) % 3
    return f"2001:db8::{number}" if subnet == "c" else f"10.0.0.{number}"


floating = st.builds(
    FloatingIp,
    id=ids,
    floating_network_id=st.just(uid("n")),
    floating_ip_address=st.sampled_from(["203.0.113.17", "203.0.113.18", "10.0.0.5"]),
    port_id=st.none() | ids,
    fixed_ip_address=st.sampled_from([None, "10.0.0.5", "10.0.0.6", "192.0.2.5"]),
    project_id=projects,
    dns_name=st.sampled_from(["", "web", "instance-web"]),
)
steps = st.lists(st.tuples(st.one_of(ports(), floating), st.booleans()), min_size=1, max_size=5)


@settings(deadline=None, max_examples=200)
@given(st.lists(subnets, max_size=4), st.lists(steps, max_size=6))
def test_scoped_compilation_equals_full_compilation(
    first: list[Subnet], history: list[list[tuple[Standard, bool]]]
) -> None:
    dns = domain()
    engine = MemoryEngine()
    pipeline = Pipeline(dns, engine, lambda: None)
    intent = Intent.of_values({one.id: one for one in first}.values())
    pipeline.replace_domain(dns, intent)
    for step in history:
        last = {(type(value), value.id): (value, kept) for value, kept in step}
        wanted = [(intent.get(type(value), value.id), value if kept else None) for value, kept in last.values()]
        changes = [Change(before, after) for before, after in wanted if before is not None or after is not None]
        after = intent.with_changes(changes, intent.revision + 1)
        pipeline.recompile({scope for change in changes for scope in dns.dirty(change, intent, after)}, after)
        intent = after
        pipeline.converge()
        full = compile_all(dns, intent)
        assert not full.failed
        assert dict(engine.observe()) == merged(full)
        assert sum(len(items) for items in full.items.values()) == len(merged(full)), "a key has one scope"
        for scope, items in full.items.items():
            assert {dns.owner(key, items) for key in items} <= {scope}
