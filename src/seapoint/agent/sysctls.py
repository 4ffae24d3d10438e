"""Kernel settings below /proc/sys (sysctl.d(5)): what a target wants and how it is written."""

import re
from collections.abc import Mapping
from pathlib import Path

from seapoint.base.errors import EngineError
from seapoint.target.host import HostTarget

ROOT = Path("/proc/sys")

_OF_INTERFACE = re.compile(r"^net/ipv[46]/(?:conf|neigh)/(?P<name>[^/]+)/")


def wanted_sysctls(target: HostTarget) -> dict[str, str]:
    """Path below /proc/sys -> value: the target's own, and those that its interfaces imply.

    A sealed interface neither answers ARP nor has IPv6. An interface with IPv6 addresses of ours has IPv6 switched on.
    Router advertisements are believed where the target says so, also on a host that forwards (accept_ra=2).
    """
    wanted: dict[str, str] = {}
    for interface in target.interfaces:
        v6, v4 = f"net/ipv6/conf/{interface.name}", f"net/ipv4/conf/{interface.name}"
        if interface.sealed:
            wanted |= {f"{v6}/disable_ipv6": "1", f"{v4}/arp_ignore": "8"}
            continue
        if any(":" in address for address in interface.addresses):
            wanted[f"{v6}/disable_ipv6"] = "0"
        wanted[f"{v6}/accept_ra"] = "2" if interface.accept_ra else "0"
    return wanted | {sysctl_path(key): value for key, value in target.sysctls.items()}


def sysctl_path(key: str) -> str:
    """A key with dots (net.ipv4.ip_forward) or slashes (net/ipv4/conf/eth0.5/rp_filter) as a path.

    The first separator tells which it is (sysctl.d(5)).
    """
    separator = re.search(r"[./]", key)
    if separator is None or separator.group() == "/":
        return key
    return key.translate(str.maketrans("./", "/."))


def interface_of(path: str) -> str | None:
    """The interface that a setting belongs to; None for the whole namespace's."""
    match = _OF_INTERFACE.match(path)
    return None if match is None or match["name"] in {"all", "default"} else match["name"]


def split_sysctls(wanted: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Those of the namespace, written first, and those of interfaces, written once the interfaces are there."""
    general = {path: value for path, value in wanted.items() if interface_of(path) is None}
    return general, {path: value for path, value in wanted.items() if path not in general}


def write_sysctl(path: str, value: str, root: Path = ROOT) -> tuple[bool, str]:
    """Write the value unless it stands already: (whether written, what this kernel does not let us do).

    Some settings belong to the whole machine and are read-only in a network namespace (nf_conntrack_max): told, no
    error. Raises EngineError for a setting that does not exist or a value that the kernel refuses.
    """
    file = root / path
    try:
        if file.read_text().split() == value.split():
            return False, ""
        if not file.stat().st_mode & 0o200:
            return False, "it belongs to the whole machine and cannot be set in this network namespace"
        file.write_text(value)
    except FileNotFoundError as error:
        raise EngineError("this kernel has no such setting, or its interface or module is missing") from error
    except OSError as error:
        raise EngineError(f"the kernel refuses {value!r}: {error.strerror}") from error
    return True, ""
