"""Every probe of a cloud, from its file and tenants' intent: the list of rules, and nothing typed."""

from collections.abc import Mapping

from seapoint.intent.cloud.model import Cloud
from seapoint.intent.snapshot import Intent
from seapoint.probe.names import NOBODY
from seapoint.probe.probe import Probe
from seapoint.probe.rules import (
    balancers,
    edge,
    egress,
    gateways,
    inbound,
    joins,
    metadata,
    names,
    outwards,
    pairs,
    reach,
    services,
    sources,
    vips,
)
from seapoint.probe.world import world

RULES = (
    edge.probes,
    gateways.probes,
    pairs.probes,
    sources.probes,
    services.probes,
    outwards.probes,
    egress.probes,
    inbound.probes,
    vips.probes,
    names.probes,
    balancers.probes,
    joins.probes,
    metadata.probes,
    reach.probes,
)


def generate(cloud: Cloud, intent: Intent, projects: Mapping[str, str] = NOBODY) -> tuple[Probe, ...]:
    """The probes, in an order that depends on nothing but names; ``projects`` gives projects' names by their ids."""
    look = world(cloud, intent, projects)
    return tuple(probe for rule in RULES for probe in rule(look))
