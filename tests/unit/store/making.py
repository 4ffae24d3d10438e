"""Requests of tenants to a store, and networks of each family."""

from typing import Any

from seapoint.intent import request
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.resources import BY_KIND
from seapoint.store.log import Origin
from seapoint.store.store import Store

ME = Origin("tester", "req-1")

CIDRS = {4: ["192.0.2.0/24"], 6: ["2001:db8::/64"], 46: ["192.0.2.0/24", "2001:db8::/64"]}


def create(store: Store, kind: str, origin: Origin = ME, **body: Any) -> Any:
    return store.write(lambda draft: request.create(draft, BY_KIND[kind], body), origin).result


def update(store: Store, kind: str, identifier: str, origin: Origin = ME, **body: Any) -> Any:
    return store.write(lambda draft: request.update(draft, BY_KIND[kind], identifier, body), origin).result


def delete(store: Store, kind: str, identifier: str, origin: Origin = ME) -> None:
    store.write(lambda draft: request.delete(draft, BY_KIND[kind], identifier), origin)


def network_with(store: Store, family: int) -> Network:
    network: Network = create(store, "network", name=f"family {family}")
    for cidr in CIDRS[family]:
        create(store, "subnet", network_id=network.id, cidr=cidr, ip_version=6 if ":" in cidr else 4)
    return network


def own_ports(store: Store) -> dict[str, Port]:
    """Every port that somebody has asked for: all but the networks' metadata ports."""
    return {identifier: port for identifier, port in store.snapshot().of(Port).items() if not port.is_metadata}
