"""The documents of Amazon's EC2, in the version of 2009-04-04, which Nova serves too.

Source: Amazon EC2 user guide, "Instance metadata categories"; Nova's metadata service, "EC2-compatible metadata".
"""

from collections.abc import Mapping

from seapoint.compile.metadata.instance import Instance

VERSIONS = (
    "1.0",
    "2007-01-19",
    "2007-03-01",
    "2007-08-29",
    "2007-10-10",
    "2007-12-15",
    "2008-02-01",
    "2008-09-01",
    "2009-04-04",
    "latest",
)


def documents(instance: Instance) -> Mapping[str, bytes]:
    """Path below a version -> document."""
    found = {f"meta-data/{name}": text.encode() for name, text in _metadata(instance).items()}
    if instance.user_data is not None:
        found["user-data"] = instance.user_data
    return found


def _metadata(instance: Instance) -> dict[str, str]:
    nic = instance.nics[0]
    own, public = nic.addresses(4), nic.floating()
    return {
        "ami-launch-index": "0",
        "hostname": instance.hostname,
        "instance-id": instance.id,
        "local-hostname": instance.hostname,
        "local-ipv4": own[0] if own else "",
        "mac": nic.port.mac_address,
        "public-hostname": instance.hostname,
        "public-ipv4": public[0] if public else "",
        "reservation-id": instance.id,
        "security-groups": "\n".join(instance.security_groups),
    }
