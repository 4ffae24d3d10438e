"""Names of addresses, for /etc/hosts of every host and instance that probes use."""

from collections.abc import Mapping
from types import MappingProxyType

from seapoint.base.addresses import Address
from seapoint.intent.cloud.hostnames import named
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.snapshot import Intent
from seapoint.probe.instances import instances

NOBODY: Mapping[str, str] = MappingProxyType({})
LOCALHOST = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"


def hosts_file(cloud: Cloud, intent: Intent, projects: Mapping[str, str] = NOBODY) -> str:
    """The text of /etc/hosts: every name that probes use, in both families, and ``localhost``.

    ``projects`` gives the names of projects by their ids; an instance then has both of its names. Source: hosts(5).
    """
    lines: dict[tuple[Address, str], None] = {}
    for name, address in named(cloud):
        lines[address, name] = None
    for host in cloud.hosts.values():
        lines.update(dict.fromkeys((address, host.name) for address in host.management.all()))
    for naming in (projects, NOBODY):
        for instance in instances(cloud, intent, naming):
            for leg in instance.legs if instance.fqdn else ():
                lines[leg.address, str(instance.fqdn)] = None
    return LOCALHOST + "".join(f"{address} {name}\n" for address, name in lines)
