"""A draft on an empty cloud, with identifiers and times that a test can foresee."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from seapoint.base.errors import TenantError
from seapoint.intent import request
from seapoint.intent.draft import Draft
from seapoint.intent.requests import router_interface
from seapoint.intent.resources import BY_KIND
from seapoint.intent.rules import CloudRules, PhysicalNetwork
from seapoint.intent.snapshot import Intent

RULES = CloudRules(
    overlay="vxlan",
    segmentation_ids=(range(1, 4),),
    physical_networks={
        "wan": PhysicalNetwork("wan", vlan_ids=(range(100, 102),)),
        "trunk": PhysicalNetwork("trunk", flat=False, vlan_ids=(range(200, 201),), mtu=9000),
    },
    reserved=("192.0.2.3", "2001:db8::3"),
    overlay_mtu=1450,
    quotas={"router": 3},
)


class Cloud:
    """Requests in short."""

    def __init__(self) -> None:
        numbers = count(1)
        self.draft = Draft(
            Intent.empty(),
            RULES,
            now="2026-01-01T00:00:00Z",
            new_id=lambda: f"00000000-0000-4000-8000-{next(numbers):012x}",
        )

    def make(self, kind: str, **body: Any) -> Any:
        return request.create(self.draft, BY_KIND[kind], body)

    def change(self, value: Any, **body: Any) -> Any:
        return request.update(self.draft, BY_KIND[value.KIND], value.id, body)

    def drop(self, value: Any) -> None:
        request.delete(self.draft, BY_KIND[value.KIND], value.id)

    def now(self, value: Any) -> Any:
        """The object as it stands."""
        return self.draft.intent.of(type(value))[value.id]

    def join(self, router: Any, **body: Any) -> Any:
        return router_interface.add(self.draft, router.id, body)

    def part(self, router: Any, **body: Any) -> Any:
        return router_interface.remove(self.draft, router.id, body)

    def subnet(self, network: Any, cidr: str, **body: Any) -> Any:
        return self.make("subnet", network_id=network.id, cidr=cidr, ip_version=6 if ":" in cidr else 4, **body)

    def external(self) -> Any:
        """An external network of both families, with a floating pool."""
        network = self.make("network", name="outside", **{"router:external": True})
        self.subnet(network, "203.0.113.0/29", service_types=["network:router_gateway"])
        self.subnet(network, "203.0.113.8/29", gateway_ip=None, service_types=["network:floatingip"])
        self.subnet(network, "2001:db8:f::/64")
        return network

    def refused(self, act: Callable[[], Any]) -> tuple[int, str]:
        """Status and type of the refusal; the intent is as before."""
        before = self.draft.intent
        with pytest.raises(TenantError) as caught:
            act()
        self.draft.intent = before  # as the store does: a refused draft is thrown away
        return caught.value.status, caught.value.kind


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()
