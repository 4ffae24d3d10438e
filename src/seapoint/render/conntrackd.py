"""conntrackd's file, and the script by which keepalived tells it who is active: pure.

Sources: conntrackd.conf(5), conntrackd(8), the conntrack-tools manual (primary-backup set-ups, mode FTFW).
"""

from collections.abc import Iterator

from seapoint.render.owner import owner
from seapoint.target.conntrackd import Conntrackd
from seapoint.target.host import File, Unit

CONF = "/etc/conntrackd/conntrackd.conf"
LOCK = "/var/lock/conntrack.lock"
SYNC_SCRIPT = "/etc/conntrackd/seapoint-sync"
_PROTOCOLS = ("TCP", "UDP", "SCTP", "DCCP", "ICMP", "IPv6-ICMP")

_SCRIPT = """# keepalived says: primary, backup or fault; the agent: started.
# Each step is tried, whatever became of the one before.
tell() { /usr/sbin/conntrackd -C %(conf)s "$1" || status=1; }
status=0
case "${1:-}" in
primary)
	tell -c  # what the other host knew becomes the kernel's
	tell -f  # both caches empty
	tell -R  # the own cache from the kernel
	tell -B  # and all of it to the other host
	;;
backup)
	tell -t  # what the kernel still holds ends soon
	tell -n  # and the active host is asked for all that it knows
	;;
fault)
	tell -t
	;;
started)
	tell -n  # what the other host knows, and what it must know of us: while both start, each may miss
	tell -B  # what the other says, and the later one makes up for both
	;;
*)
	echo "usage: $0 primary|backup|fault|started" >&2
	exit 64
	;;
esac
exit $status
"""


def conntrackd_files(conntrackd: Conntrackd) -> tuple[File, ...]:
    """The configuration and the script."""
    return (
        File(CONF, conntrackd_conf(conntrackd)),
        File(SYNC_SCRIPT, "#!/bin/sh\n" + owner() + _SCRIPT % {"conf": CONF}, 0o755, check=("sh", "-n", "{}")),
    )


def conntrackd_units() -> tuple[Unit, ...]:
    """It cannot reread its file. A restart loses nothing: it asks the kernel again, and both hosts tell each other."""
    # a killed one leaves its lock file, which names no process, and with it there none starts
    unlock = ("rm", "-f", LOCK)
    return (Unit("conntrackd.service", (CONF,), "restart", before_start=unlock, after_start=(SYNC_SCRIPT, "started")),)


def conntrackd_conf(conntrackd: Conntrackd) -> str:
    """The text of conntrackd.conf."""
    return owner() + "".join(f"{line}\n" for line in _lines(conntrackd))


def _lines(one: Conntrackd) -> Iterator[str]:
    family = f"IPv{one.address.version}"
    yield "Sync {"
    yield "    Mode FTFW {"
    yield "        StartupResync yes"
    yield "    }"
    yield "    UDP {"
    yield f"        {family}_address {one.address}"
    yield f"        {family}_Destination_Address {one.peer}"
    yield "        Port 3780"
    yield f"        Interface {one.interface}"
    yield "        SndSocketBuffer 1249280"
    yield "        RcvSocketBuffer 1249280"
    yield "        Checksum on"
    yield "    }"
    yield "}"
    yield "General {"
    yield "    HashSize 32768"
    # entries that ended are kept until the other host has heard of it
    yield f"    HashLimit {2 * one.table_size}"
    yield "    Syslog on"
    yield f"    LockFile {LOCK}"
    yield "    UNIX {"
    yield "        Path /var/run/conntrackd.ctl"
    yield "    }"
    yield "    NetlinkBufferSize 2097152"
    yield "    NetlinkBufferSizeMaxGrowth 8388608"
    yield "    Filter From Userspace {"
    yield "        Protocol Accept {"
    yield from (f"            {protocol}" for protocol in _PROTOCOLS)
    yield "        }"
    yield "        Address Ignore {"
    yield from (f"            IPv{address.version}_address {address}" for address in one.ignored)
    yield "            IPv4_address 127.0.0.1"
    yield "            IPv6_address ::1"
    yield "        }"
    yield "    }"
    yield "}"
