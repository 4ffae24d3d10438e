"""What OVN cannot carry: said before a cloud comes near it."""

from collections import Counter
from collections.abc import Iterator

from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Intent
from seapoint.target.changes import Finding

# ovn-architecture(7), "Tunnel Encapsulations": 12 bits for the network and 11 for the port in VXLAN's 24
_VXLAN_NETWORKS, _VXLAN_PORTS = 4095, 2047
_NEAR = 0.8  # of a limit


def findings(intent: Intent, cloud: OvnCloud) -> Iterator[Finding]:
    """Networks and ports near VXLAN's limits; Geneve's are far beyond northd's own."""
    if cloud.overlay != "vxlan":
        return
    yield from _near("networks of the cloud", len(intent.of(Network)), _VXLAN_NETWORKS)
    for network, count in Counter(port.network_id for port in intent.of(Port).values()).items():
        yield from _near(f"ports of network {network}", count, _VXLAN_PORTS)


def _near(what: str, count: int, limit: int) -> Iterator[Finding]:
    if count >= _NEAR * limit:
        message = f"{count} of the {limit} that OVN can number with VXLAN"
        yield Finding("vxlan-limits", "error" if count > limit else "warning", what, message)
