"""Names of a cloud file that become names elsewhere: of hosts, directories and words in daemons' configurations."""

import re
from collections.abc import Iterator

from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistake, Mistakes
from seapoint.intent.cloud.shape.cloud import CloudShape

#: What hostname(7), paths, nft(8), FRR, keepalived and OVN all take as one word.
WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", re.ASCII)


def check_names(shape: CloudShape, mistakes: Mistakes) -> None:
    """A name that would end its word in some configuration, or leave its directory, is a mistake at its place."""
    for path, name, at_key in _names(shape):
        if not WORD.fullmatch(name):
            message = f"{name!r} cannot be a name"
            cure = "Take 1 to 63 letters, digits, dots, hyphens or underscores; the first and last a letter or digit."
            mistakes.found.append(Mistake(path, message, cure, at_key=at_key))


def _names(shape: CloudShape) -> Iterator[tuple[Path, str, bool]]:
    """Place and name, and whether the name is the place's key."""
    for section in (
        "prefixes",
        "racks",
        "switches",
        "routers",
        "vlans",
        "hosts",
        "filters",
        "vips",
        "exclusions",
        "balancers",
        "include",
    ):
        yield from (((section, name), name, True) for name in getattr(shape, section))
    for name, balancer in shape.balancers.items():
        yield from ((("balancers", name, "services", service), service, True) for service in balancer.services)
    physical = ("overlay", "physical_networks")
    yield from (((*physical, name), name, True) for name in shape.overlay.physical_networks)
    yield from ((("vlans", name, "realm"), vlan.realm, False) for name, vlan in shape.vlans.items())
    if shape.edge is not None:
        yield ("edge", "vrf", "name"), shape.edge.vrf.name, False
