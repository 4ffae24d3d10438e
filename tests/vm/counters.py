"""What a kernel's own counters say of the links of a lab host."""

import json

from seapoint.lab import host as lab_host
from seapoint.lab.state import Lab


def packets(lab: Lab, host: str, kind: str) -> int:
    """Packets of both directions that the links of a kind have carried on a host."""
    argv = ("ip", "-j", "-s", "link", "show", "type", kind)
    found = json.loads(lab_host.run(lab_host.find(lab, host), argv).stdout)
    return sum(link["stats64"][way]["packets"] for link in found for way in ("rx", "tx"))
