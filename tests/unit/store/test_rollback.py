"""A rollback leaves nothing that no request could have made."""

from typing import Any

import pytest

from seapoint.base.errors import TenantError
from seapoint.intent import request
from seapoint.intent.requests import router_interface
from seapoint.intent.resources import BY_KIND
from seapoint.store.log import Origin
from seapoint.store.store import Store


def create(store: Store, kind: str, change_set: str = "", **body: Any) -> Any:
    origin = Origin("tester", change_set=change_set)
    return store.write(lambda draft: request.create(draft, BY_KIND[kind], body), origin).result


def subnet(store: Store, network: Any, cidr: str) -> Any:
    return create(store, "subnet", network_id=network.id, cidr=cidr, ip_version=6 if ":" in cidr else 4)


def refused(store: Store, change_set: str) -> int:
    """The status of a rollback that must not be; nothing was written."""
    revision = store.snapshot().revision
    with pytest.raises(TenantError) as caught:
        store.rollback(change_set, Origin("tester"))
    assert store.snapshot().revision == revision
    return caught.value.status


@pytest.mark.parametrize(
    ("gone", "since"), [("192.0.2.0/24", "192.0.2.128/25"), ("2001:db8::/48", "2001:db8:0:1::/64")]
)
def test_a_subnet_does_not_come_back_over_another(store: Store, gone: str, since: str) -> None:
    network = create(store, "network")
    old = subnet(store, network, gone)
    store.write(lambda draft: request.delete(draft, BY_KIND["subnet"], old.id), Origin("tester", change_set="gone"))
    subnet(store, network, since)
    assert refused(store, "gone") == 409


@pytest.mark.parametrize("undone", ["gateway", "interface"])
def test_a_floating_ip_keeps_its_way(store: Store, undone: str) -> None:
    outside = create(store, "network", **{"router:external": True})
    subnet(store, outside, "203.0.113.0/24")
    inside = create(store, "network")
    inner = subnet(store, inside, "192.0.2.0/24")
    router = create(store, "router")
    port = create(store, "port", network_id=inside.id)
    info = {"external_gateway_info": {"network_id": outside.id}}
    store.write(
        lambda draft: request.update(draft, BY_KIND["router"], router.id, info), Origin("tester", change_set="gateway")
    )
    store.write(
        lambda draft: router_interface.add(draft, router.id, {"subnet_id": inner.id}),
        Origin("tester", change_set="interface"),
    )
    create(store, "floatingip", floating_network_id=outside.id, port_id=port.id)
    assert refused(store, undone) == 404
