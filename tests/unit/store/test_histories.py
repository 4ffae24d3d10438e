"""Any history of requests: opening reads what stood in memory, and the claims in SQL are those of the values."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from seapoint.base.errors import TenantError
from seapoint.intent import request
from seapoint.intent.draft import Draft
from seapoint.intent.port import Port
from seapoint.intent.requests import router_interface
from seapoint.intent.resources import BY_KIND
from seapoint.intent.router import Router
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet
from seapoint.store.log import Origin
from seapoint.store.schema import CLAIMS
from seapoint.store.store import Store

PREFIXES = ["192.0.2.0/28", "198.51.100.0/28", "2001:db8::/64", "2001:db8:1::/64"]
STEPS = st.lists(
    st.tuples(st.sampled_from(["create", "update", "delete", "join", "part"]), st.integers(0, 999)), max_size=25
)


def step(draft: Draft, action: str, number: int) -> None:
    """One request, chosen by a number among those that are possible."""
    kinds = ["network", "subnet", "port", "router", "security_group"]
    kind = kinds[number % len(kinds)]
    values = sorted(draft.intent.of(BY_KIND[kind].value).values(), key=lambda value: str(value.id))
    networks = sorted(draft.intent.of(BY_KIND["network"].value))
    subnets = sorted(draft.intent.of(Subnet))
    routers = sorted(draft.intent.of(Router))
    if action == "create":
        body: dict[str, Any] = {"name": str(number)}
        if kind in ("subnet", "port") and networks:
            body["network_id"] = networks[number % len(networks)]
        if kind == "subnet":
            cidr = PREFIXES[number // 7 % len(PREFIXES)]
            slaac = {"ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"} if ":" in cidr and number % 2 else {}
            body |= {"cidr": cidr, "ip_version": 6 if ":" in cidr else 4, **slaac}
        request.create(draft, BY_KIND[kind], body)
    elif action == "update" and values:
        request.update(draft, BY_KIND[kind], values[number % len(values)].id, {"name": f"new {number}"})
    elif action == "delete" and values:
        request.delete(draft, BY_KIND[kind], values[number % len(values)].id)
    elif action in ("join", "part") and routers and subnets:
        act = router_interface.add if action == "join" else router_interface.remove
        act(draft, routers[number % len(routers)], {"subnet_id": subnets[number % len(subnets)]})


def same(one: Intent, other: Intent) -> bool:
    """Whether two snapshots hold the same objects."""
    kinds = {*one.types(), *other.types()}
    return all(dict(one.of(kind)) == dict(other.of(kind)) for kind in kinds)


def bare(intent: Intent) -> dict[str, Any]:
    """The ports' addresses, by id."""
    return {port.id: (port.mac_address, port.fixed_ips, port.device_id) for port in intent.of(Port).values()}


@given(STEPS, STEPS)
@settings(max_examples=25, deadline=None)
def test_any_history(new_url: Callable[[], str], first: list[tuple[str, int]], second: list[tuple[str, int]]) -> None:
    url = new_url()
    store = Store(url, CloudRules())
    run(store, [("create", 0), ("create", 35), ("create", 49), ("create", 3), *first], "first")
    middle = store.snapshot()
    run(store, second, "second")
    again = Store(url, CloudRules())
    assert again.snapshot().revision == store.snapshot().revision
    assert same(again.snapshot(), store.snapshot())
    again.close()
    check_claims(url, store.snapshot())
    if store.snapshot().revision != middle.revision:
        store.rollback("second", Origin())
        assert bare(store.snapshot()) == bare(middle)
        assert all(set(store.snapshot().of(kind)) == set(middle.of(kind)) for kind in middle.types())
        check_claims(url, store.snapshot())
    store.close()


def run(store: Store, steps: list[tuple[str, int]], change_set: str) -> None:
    for action, number in steps:
        try:
            store.write(lambda draft, a=action, n=number: step(draft, a, n), Origin(change_set=change_set))
        except TenantError:
            continue  # refused: so it is not part of the history


def check_claims(url: str, intent: Intent) -> None:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        stored = {(row.space, row.name): row.owner for row in connection.execute(sa.select(CLAIMS))}
    engine.dispose()
    values = [value for kind in intent.types() for value in intent.of(kind).values()]
    assert stored == {claim: value.id for value in values for claim in value.claims()}
