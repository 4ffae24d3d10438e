"""The metadata proxy's configuration: pure. Its reader is ``seapoint.metadata``."""

import json

from seapoint.render.owner import owner
from seapoint.target.host import File, Unit
from seapoint.target.metadata import MetadataProxy

NETWORKS = "/etc/seapoint/metadata.json"


def metadata_files(proxy: MetadataProxy) -> tuple[File, ...]:
    """The networks by their namespaces."""
    text = json.dumps({"_": owner("").strip(), "networks": proxy.networks}, indent=2, sort_keys=True)
    return (File(NETWORKS, f"{text}\n"),)


def metadata_units() -> tuple[Unit, ...]:
    """A reload opens and closes listeners; questions that are being answered go on."""
    return (Unit("seapoint-metadata.service", (NETWORKS,), "reload"),)
