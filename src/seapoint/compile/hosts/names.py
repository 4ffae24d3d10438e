"""Names that compile, lab and tests agree on: of targets, of NICs, of interfaces of links, of bridges."""

from hashlib import sha256

from seapoint.intent.cloud.model import Link, Vlan

#: A host's untagged NIC, which its installer set up (address, default route): ours never to change.
MANAGEMENT_NIC = "eno1"
#: A host's tagged NIC.
TRUNK_NIC = "eno2"
#: The bridge of a host's own Open vSwitch into which its tagged NIC is plugged.
TRUNK_BRIDGE = "br-phy"
INTEGRATION_BRIDGE = "br-int"

#: Stand-ins of a lab for what is not ours: the internet, and other teams' services.
INTERNET = "internet"
PRODUCTION = "production"

#: What the description of a lab's NIC begins with; host and NIC at the other end of its cable follow.
CABLE = "seapoint-lab"

_LONGEST = 15  # IFNAMSIZ without its final zero octet


def instance(switch: str, realm: str) -> str:
    """A switch's routing instance: a target of its own."""
    return f"{switch}.{realm}"


def link_interface(link: Link, target: str) -> str:
    """The name of a link's interface on the target at one of its ends (a switch's end: ``instance(switch, realm)``).

    ``to-PEER``; on a router, whose one routing table meets several realms of a switch, ``REALM-PEER``.
    """
    device = target.removesuffix(f".{link.realm}")
    if link.realm is None or device != target:
        return towards(link.other(device))
    return _fitting(f"{link.realm}-{link.other(device)}")


def towards(peer: str) -> str:
    """The name of an interface with one peer behind it."""
    return _fitting(f"to-{peer}")


def physical_bridge(vlan: Vlan) -> str:
    """The bridge that stands for a provider network: its packets are untagged there."""
    return f"br-{vlan.interface}"


def _fitting(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    return f"{name[:10]}-{sha256(name.encode()).hexdigest()[:4]}"
