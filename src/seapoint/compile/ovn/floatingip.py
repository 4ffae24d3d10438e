"""A floating IP: translated on the router's gateway chassis, in both directions."""

from collections.abc import Iterable, Iterator
from typing import Any

from seapoint.base.errors import CompileError
from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.compile.ovn.names import router_name
from seapoint.compile.ovn.router import nat
from seapoint.compile.ovn.tables import keyed
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.port import Port
from seapoint.intent.router import Router
from seapoint.intent.snapshot import Change, Intent
from seapoint.target.changes import Key, Scope
from seapoint.target.rows import OWNER, Link, Row


def compile_floating_ip(floating_id: str, intent: Intent, _cloud: OvnCloud) -> dict[Key, Any]:
    """One ``dnat_and_snat`` row.

    The router's NAT exclusions are no part of it: an instance with a floating IP is seen by that everywhere.
    """
    floating = intent.get(FloatingIp, floating_id)
    if floating is None or floating.router_id is None or floating.fixed_ip_address is None:
        return {}
    router = intent.get(Router, floating.router_id)
    if router is None:
        raise CompileError(f"floating IP {floating_id}: there is no router {floating.router_id}")
    return keyed(_rows(floating, router, floating.fixed_ip_address))


def readers_of_floating_ip(_change: Change, floating: FloatingIp, _intent: Intent) -> Iterable[Scope]:
    """Its port tells it to readers of OVN's databases."""
    return () if floating.port_id is None else (Scope(Port.KIND, floating.port_id),)


def _rows(floating: FloatingIp, router: Router, inside: str) -> Iterator[Row | Link]:
    ids = {
        OWNER: str(Scope("floatingip", floating.id)),
        "neutron:fip_id": floating.id,
        "neutron:fip_network_id": floating.floating_network_id,
        "neutron:fip_port_id": floating.port_id or "",
        "neutron:router_name": router_name(router.id),
        "neutron:revision_number": str(floating.revision_number),
    }
    outside, kind = floating.floating_ip_address, "dnat_and_snat"
    yield from nat(router.id, f"{kind}/{floating.id}", kind, outside, inside, None, ids)
