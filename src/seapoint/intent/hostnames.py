"""Names of instances and floating IPs in DNS: the one place that makes them, for records, answers and live tests.

Source: RFC 1123, section 2.1, and the names that the operators' cloud gives.
"""

import re

from seapoint.base.errors import TenantError
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.port import Port

#: A label of a host name. Tenants choose names: nothing else may reach a zone, a hosts file or a command.
_LABEL = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")
_FLOATING = "instance-"


def label(text: str) -> str | None:
    """The text, in lower case, where it can be a part of a host name."""
    return text.lower() if _LABEL.fullmatch(text) else None


def port_label(port: Port) -> str | None:
    """What a port is called: its ``dns_name``, else its name where that can be one. Routers' ports have none."""
    if port.device_owner.startswith("network:"):
        return None
    return port.dns_name or label(port.name)


def floating_label(floating: FloatingIp, port: Port | None) -> str | None:
    """What a floating IP is called: its ``dns_name``, else ``instance-NAME`` of the port that it leads to."""
    if floating.dns_name:
        return floating.dns_name
    name = port_label(port) if port is not None else None
    return name and label(f"{_FLOATING}{name}")


def ports_called(name: str) -> tuple[str, ...]:
    """The names under which the ports of a floating IP's label can be found."""
    return (name.removeprefix(_FLOATING),) if name.startswith(_FLOATING) else ()


def project_domain(project: str, zone: str) -> str | None:
    """The domain of a project's names in a zone; None where its id or name can be no part of one."""
    part = label(project)
    return f"{part}.{zone}" if part and zone else None


def check_domain(wanted: str, project: str, zone: str) -> None:
    """Refuse a ``dns_domain`` that is not the project's own: names in others' domains are others'.

    Raises TenantError 400.
    """
    own = project_domain(project, zone)
    if wanted and wanted != f"{own}.":
        allowed = f"{own}. or nothing" if own else "nothing: it has no zone for these names"
        raise TenantError("HTTPBadRequest", f"Invalid input for dns_domain. Reason: this cloud takes {allowed}.")
