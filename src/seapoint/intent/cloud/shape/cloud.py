"""The shape of the cloud file: keys, types, defaults, and the sentence that explains each key.

The JSON Schema for editors and the reference derive from these classes. Names and addresses are bound and computed
later, in ``resolve``; nothing here looks at two places of the file at once.
"""

from pydantic import Field

from seapoint.intent.cloud.shape.balancers import BalancerShape
from seapoint.intent.cloud.shape.base import Shape
from seapoint.intent.cloud.shape.bgp import BgpShape, FilterShape, InternetShape
from seapoint.intent.cloud.shape.default_routes import DefaultRouteShape
from seapoint.intent.cloud.shape.dns import DnsShape
from seapoint.intent.cloud.shape.edge import EdgeShape
from seapoint.intent.cloud.shape.include import IncludeShape
from seapoint.intent.cloud.shape.joins import JoinsShape
from seapoint.intent.cloud.shape.overlay import OverlayShape
from seapoint.intent.cloud.shape.plan import (
    DomainsShape,
    HostShape,
    LinkShape,
    PrefixShape,
    RackShape,
    RoleShape,
    RouterShape,
    SiteShape,
    SwitchShape,
    VlanShape,
)
from seapoint.intent.cloud.shape.reach import ExclusionShape, ReachShape
from seapoint.intent.cloud.shape.services import ServiceShape
from seapoint.intent.cloud.shape.vips import VipShape


class CloudShape(Shape):
    """A cloud's network. See the address plan first: every other part names prefixes, VLANs and hosts."""

    cloud: str = Field(description="Name of the deployment.")
    region: str = Field(description="Region as clients name it.")
    site: SiteShape
    domains: DomainsShape
    prefixes: dict[str, PrefixShape] = Field(description="The address plan.")
    racks: dict[str, RackShape]
    switches: dict[str, SwitchShape]
    routers: dict[str, RouterShape] = Field(default_factory=dict)
    links: tuple[LinkShape, ...] = ()
    vlans: dict[str, VlanShape]
    roles: dict[str, RoleShape]
    hosts: dict[str, HostShape]
    default_routes: dict[str, DefaultRouteShape] = Field(
        default_factory=dict, description="Of roles and hosts; without an entry it stays as the installer made it."
    )
    overlay: OverlayShape
    edge: EdgeShape | None = None
    bgp: BgpShape = Field(default_factory=BgpShape)
    filters: dict[str, FilterShape] = Field(default_factory=dict)
    exclusions: dict[str, ExclusionShape] = Field(
        default_factory=dict, description="Other teams' services that see instances' own addresses, in filters' order."
    )
    reach: ReachShape | None = None
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="Names for several names at once.")
    vips: dict[str, VipShape] = Field(default_factory=dict, description="Service addresses announced by BGP.")
    dns: DnsShape | None = None
    balancers: dict[str, BalancerShape] = Field(
        default_factory=dict, description="Load balancers in front of the cloud's own services."
    )
    joins: JoinsShape | None = None
    include: dict[str, IncludeShape] = Field(default_factory=dict, description="Lines of your own, by a name.")
    internet: InternetShape | None = None
    services: dict[str, ServiceShape] = Field(default_factory=dict, description="Other teams' services.")
