"""Section "sysctls": the kernel's settings; those of interfaces belong to the section that makes the interfaces."""

from collections.abc import Mapping

from seapoint.agent.context import Context, part
from seapoint.agent.sysctls import split_sysctls, wanted_sysctls, write_sysctl
from seapoint.target.report import Part


def hold_sysctls(context: Context) -> list[Part]:
    """Settings of the whole network namespace, before anything else: changing forwarding flushes IPv6 routes."""
    assert context.target is not None
    general, _ = split_sysctls(wanted_sysctls(context.target))
    return write_all(context, general) or [Part("sysctls")]


def write_all(context: Context, wanted: Mapping[str, str]) -> list[Part]:
    """Write settings; a part for each that failed or that this host does not let us set."""
    parts: list[Part] = []
    for path, value in wanted.items():
        with part(parts, f"sysctl {path}"):
            written, limit = write_sysctl(path, value)
            if written:
                context.tell(f"set {path} = {value}")
            if limit:
                parts.append(Part(f"sysctl {path}", ok=True, reason=limit))
    return parts
