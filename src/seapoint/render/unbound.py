"""Unbound's file: pure. Source: unbound.conf(5)."""

from collections.abc import Iterator

from seapoint.render.owner import owner
from seapoint.target.host import File, Unit
from seapoint.target.unbound import Unbound

CONF = "/etc/unbound/unbound.conf"
#: Where it keeps what it has read of the policy zone: after a start it needs nobody to know it.
STATE = "/var/lib/unbound"
CHECK = ("unbound-checkconf", "{}")


def unbound_files(unbound: Unbound) -> tuple[File, ...]:
    """Its one file."""
    return (File(CONF, unbound_conf(unbound), check=CHECK),)


def unbound_units() -> tuple[Unit, ...]:
    """A restart, since a reload as the user that it has become opens no new address at port 53."""
    return (Unit("unbound.service", (CONF,), "restart"),)


def unbound_conf(unbound: Unbound) -> str:
    """The text of unbound.conf."""
    return owner() + "".join(f"{line}\n" for line in _lines(unbound))


def _lines(unbound: Unbound) -> Iterator[str]:
    yield "server:"
    yield "    username: unbound"
    yield '    chroot: ""'
    yield f'    directory: "{STATE}"'
    yield '    pidfile: ""'
    yield "    use-syslog: no"
    yield '    logfile: ""'
    yield from (f"    interface: {address}@{unbound.port}" for address in unbound.listen)
    yield "    ip-freebind: yes"
    yield from (f"    outgoing-interface: {address}" for address in unbound.sources)
    yield "    access-control: 0.0.0.0/0 refuse"
    yield "    access-control: ::/0 refuse"
    yield from (f"    access-control: {network} allow" for network in unbound.serves)
    yield "    hide-identity: yes"
    yield "    hide-version: yes"
    # the policy zone first; no validation
    yield '    module-config: "respip iterator"'
    # Unbound itself says of private addresses that nobody has names: of ours others know better
    yield from (f'    local-zone: "{zone}." transparent' for zone in unbound.zones if zone.endswith(".arpa"))
    yield "remote-control:"
    yield "    control-enable: no"
    for zone in unbound.zones:
        yield "stub-zone:"
        yield f'    name: "{zone}."'
        yield from (f"    stub-addr: {address}@{unbound.port}" for address in unbound.authoritative)
        yield "    stub-no-cache: yes"  # a port's name may be another's a second later
    if unbound.inside:
        yield "rpz:"
        yield f'    name: "{unbound.inside}."'
        yield from (f"    primary: {address}@{unbound.port}" for address in unbound.beside)
        yield f'    zonefile: "{STATE}/{unbound.inside}.zone"'
