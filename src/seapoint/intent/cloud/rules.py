"""What a cloud file decides about tenants' requests."""

from seapoint.intent.cloud.model import Cloud
from seapoint.intent.rules import CloudRules, PhysicalNetwork

#: Octets that a packet of an instance grows by on its way between hosts: outer IPv4 and UDP, the encapsulation with its
#: options, inner Ethernet (RFC 7348; RFC 8926 with OVN's 8 octets of options, ovn-architecture(7)).
ENCAPSULATION = {"vxlan": 50, "geneve": 58}

#: What instances get at most: more would need every way out of the cloud to carry it too.
LARGEST = 1500


def rules_of(cloud: Cloud) -> CloudRules:
    """The bounds within which tenants' requests are answered."""
    first, last = cloud.overlay.segmentation_ids
    underlay = min((vlan.mtu for vlan in cloud.vlans.values() if vlan.use == "private"), default=LARGEST)
    return CloudRules(
        overlay=cloud.overlay.type,
        segmentation_ids=(range(first, last + 1),),
        physical_networks={
            name: PhysicalNetwork(name, mtu=min(cloud.vlans[network.vlan].mtu, LARGEST))
            for name, network in cloud.overlay.physical_networks.items()
        },
        reserved=tuple(str(address) for address in cloud.reserved()),
        instances_zone=cloud.domains.instances if cloud.dns else "",
        public_zone=cloud.domains.public if cloud.dns else "",
        overlay_mtu=min(LARGEST, underlay - ENCAPSULATION[cloud.overlay.type]),
    )
