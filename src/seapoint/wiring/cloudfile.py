"""A cloud file's text as the values that each part needs."""

from seapoint.base.errors import InputError
from seapoint.compile.ovn.cloud import BfdTimers, GatewayChassis, OvnCloud
from seapoint.intent.cloud.model import Cloud, Function
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.cloud.rules import rules_of
from seapoint.intent.rules import CloudRules

#: OVN's priority of the first gateway chassis; each further one has one less.
FIRST_PRIORITY = 1000


def cloud_of(text: str, file: str = "cloud.yaml") -> Cloud:
    """A cloud file that must be right; raises InputError with every mistake."""
    reading = read_cloud(text, file)
    if reading.cloud is None:
        raise InputError("\n".join(str(mistake) for mistake in reading.mistakes))
    return reading.cloud


def rules_of_text(text: str) -> CloudRules:
    """What a cloud file decides about tenants' requests; raises InputError with every mistake."""
    return rules_of(cloud_of(text))


def ovn_cloud(cloud: Cloud) -> OvnCloud:
    """What OVN's rows need to know of a cloud."""
    bfd = cloud.overlay.bfd
    return OvnCloud(
        gateway_chassis=tuple(
            GatewayChassis(host.name, FIRST_PRIORITY - place)
            for place, host in enumerate(cloud.doing(Function.GATEWAY))
        ),
        # hosts join each provider network's own bridge to its VLAN, so that its packets are untagged for OVN
        physical_networks=dict.fromkeys(cloud.overlay.physical_networks),
        overlay=cloud.overlay.type,
        overlay_mtu=rules_of(cloud).overlay_mtu,
        bfd=BfdTimers(bfd.interval, bfd.interval, bfd.multiplier),
        dns_domain=cloud.domains.instances,
    )
