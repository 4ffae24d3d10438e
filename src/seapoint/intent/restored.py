"""What must hold between objects after some were put back to what they were, beside references and claims.

Requests check these while they are made; a rollback makes objects whole, without the requests that led there.
"""

from collections.abc import Iterable

from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.port import Port
from seapoint.intent.requests.floatingip import check_reached
from seapoint.intent.router import Router
from seapoint.intent.snapshot import Change
from seapoint.intent.subnet import Subnet


def check_restored(draft: Draft, changes: Iterable[Change]) -> None:
    """Subnets of a network do not overlap, and floating IPs keep their router. Raises TenantError 409 or 404."""
    routers: set[str] = set()
    for change in changes:
        value = change.value
        if isinstance(value, Subnet) and change.after is not None:
            _check_apart(draft, value)
        if isinstance(value, Router):
            routers.add(value.id)
        if isinstance(value, Port):
            routers.add(value.device_id)
    for router_id in routers:
        for floating in draft.intent.find(FloatingIp, router_id=router_id):
            check_reached(draft, floating)


def _check_apart(draft: Draft, subnet: Subnet) -> None:
    for other in draft.intent.find(Subnet, network_id=subnet.network_id):
        if other.id != subnet.id and other.prefix.overlaps(subnet.prefix):
            message = f"Subnet {subnet.id} ({subnet.cidr}) overlaps with subnet {other.id} ({other.cidr})."
            raise TenantError("Conflict", message, 409)
