"""What runs on lab hosts: units named as Debian's, with the commands that Debian's own units run.

One row a daemon. Sources: the ``.service`` files of Debian's packages openvswitch-switch, ovn-central, ovn-host, frr,
keepalived, conntrackd, knot, unbound, haproxy and dnsdist; systemd.service(5) for the meaning of the kinds. Where
Debian splits one service over several units (ovsdb-server and ovs-vswitchd, the three of ovn-central), they are daemons
of the one unit people name.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

OVS_CTL = "/usr/share/openvswitch/scripts/ovs-ctl"
OVN_CTL = "/usr/share/ovn/scripts/ovn-ctl"
FRR_INIT = "/usr/lib/frr/frrinit.sh"
OVS_COMMON = ("--no-monitor", "--system-id=random", "--no-record-hostname", "start", "$OVS_CTL_OPTS")


@dataclass(frozen=True, slots=True)
class Daemon:
    """One long-running process and the commands about it; words like ``$OPTIONS`` are expanded.

    ``kind`` is systemd's Type=: ``simple`` (the process started is the daemon), ``forking`` (the command returns when
    the daemon serves; ``pidfile`` tells its main process), ``notify`` (it says READY=1). ``ready`` is a path that
    appears when a simple daemon serves. ``logs`` are the daemon's own, shown beside the unit's when a start fails.
    """

    name: str
    start: tuple[str, ...]
    kind: Literal["simple", "forking", "notify"] = "simple"
    pidfile: str = ""
    ready: str = ""
    stop: tuple[str, ...] = ()
    reload: tuple[str, ...] = ()
    environment_file: str = ""
    logs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; its daemons start in order and stop in reverse. Directories: path, owner, mode."""

    name: str
    daemons: tuple[Daemon, ...]
    directories: tuple[tuple[str, str, int], ...] = ()


OPENVSWITCH = Unit(
    "openvswitch-switch.service",
    (
        Daemon(
            "ovsdb-server",
            (OVS_CTL, "--no-ovs-vswitchd", *OVS_COMMON),
            kind="forking",
            pidfile="/run/openvswitch/ovsdb-server.pid",
            stop=(OVS_CTL, "--no-ovs-vswitchd", "stop"),
            environment_file="/etc/default/openvswitch-switch",
            logs=("/var/log/openvswitch/ovsdb-server.log",),
        ),
        Daemon(
            "ovs-vswitchd",
            (OVS_CTL, "--no-ovsdb-server", *OVS_COMMON),
            kind="forking",
            pidfile="/run/openvswitch/ovs-vswitchd.pid",
            stop=(OVS_CTL, "--no-ovsdb-server", "stop"),
            environment_file="/etc/default/openvswitch-switch",
            logs=("/var/log/openvswitch/ovs-vswitchd.log",),
        ),
    ),
    (("/run/openvswitch", "root", 0o755), ("/etc/openvswitch", "root", 0o755), ("/var/lib/openvswitch", "root", 0o755)),
)

OVN_DIRECTORIES = (("/run/ovn", "root", 0o755), ("/etc/ovn", "root", 0o755), ("/var/lib/ovn", "root", 0o755))


def _ovn_database(which: Literal["nb", "sb"]) -> Daemon:
    return Daemon(
        f"ovsdb-server-{which}",
        (OVN_CTL, f"run_{which}_ovsdb", "$OVN_CTL_OPTS"),
        ready=f"/run/ovn/ovn{which}_db.sock",
        stop=(OVN_CTL, f"stop_{which}_ovsdb"),
        environment_file="/etc/default/ovn-central",
        logs=(f"/var/log/ovn/ovsdb-server-{which}.log",),
    )


OVN_CENTRAL = Unit(
    "ovn-central.service",
    (
        _ovn_database("nb"),
        _ovn_database("sb"),
        Daemon(
            "ovn-northd",
            (OVN_CTL, "start_northd", "--ovn-manage-ovsdb=no", "--no-monitor", "$OVN_CTL_OPTS"),
            kind="forking",
            pidfile="/run/ovn/ovn-northd.pid",
            stop=(OVN_CTL, "stop_northd", "--no-monitor"),
            environment_file="/etc/default/ovn-central",
            logs=("/var/log/ovn/ovn-northd.log",),
        ),
    ),
    OVN_DIRECTORIES,
)

OVN_HOST = Unit(
    "ovn-host.service",
    (
        Daemon(
            "ovn-controller",
            (OVN_CTL, "start_controller", "--ovn-manage-ovsdb=no", "--no-monitor", "$OVN_CTL_OPTS"),
            kind="forking",
            pidfile="/run/ovn/ovn-controller.pid",
            stop=(OVN_CTL, "stop_controller", "--no-monitor"),
            environment_file="/etc/default/ovn-host",
            logs=("/var/log/ovn/ovn-controller.log",),
        ),
    ),
    OVN_DIRECTORIES,
)

FRR = Unit(
    "frr.service",
    (
        Daemon(
            "watchfrr",
            (FRR_INIT, "start"),
            kind="forking",
            pidfile="/run/frr/watchfrr.pid",
            stop=(FRR_INIT, "stop"),
            reload=(FRR_INIT, "reload"),
            logs=("/var/log/frr/frr.log",),
        ),
    ),
    (("/etc/frr", "frr", 0o755), ("/var/tmp/frr", "frr", 0o755), ("/var/log/frr", "frr", 0o755)),  # noqa: S108 - FRR's
)

KEEPALIVED = Unit(
    "keepalived.service",
    (
        Daemon(
            "keepalived",
            # --log-console, unlike Debian: a lab host has no syslog
            ("/usr/sbin/keepalived", "--dont-fork", "--log-console", "$DAEMON_ARGS"),
            kind="notify",
            reload=("kill", "-HUP", "$MAINPID"),
            environment_file="/etc/default/keepalived",
        ),
    ),
    (("/etc/keepalived", "root", 0o755),),
)

UNLOCKED = "rm -f /var/lock/conntrack.lock; exec /usr/sbin/conntrackd -C /etc/conntrackd/conntrackd.conf"

CONNTRACKD = Unit(
    "conntrackd.service",
    # unlike Debian's, which cannot start again a daemon that was killed: its lock file stays (and names no process)
    (Daemon("conntrackd", ("sh", "-c", UNLOCKED), kind="notify"),),
    (("/etc/conntrackd", "root", 0o755), ("/run/lock", "root", 0o1777)),
)

KNOT = Unit(
    "knot.service",
    (
        Daemon(
            "knotd",
            # as root, unlike Debian's unit: it becomes the user of its configuration once it has its ports
            ("/usr/sbin/knotd", "$KNOTD_ARGS"),
            kind="notify",
            reload=("kill", "-HUP", "$MAINPID"),
            environment_file="/etc/default/knot",
        ),
    ),
    (("/etc/knot", "knot", 0o750), ("/var/lib/knot", "knot", 0o770), ("/run/knot", "knot", 0o755)),
)

UNBOUND = Unit(
    "unbound.service",
    (
        Daemon(
            "unbound",
            ("/usr/sbin/unbound", "-d", "-p", "$DAEMON_OPTS"),
            kind="notify",
            reload=("kill", "-HUP", "$MAINPID"),
            environment_file="/etc/default/unbound",
        ),
    ),
    (("/etc/unbound", "root", 0o755), ("/var/lib/unbound", "unbound", 0o755)),
)

HAPROXY = Unit(
    "haproxy.service",
    (
        Daemon(
            "haproxy",
            (
                *("/usr/sbin/haproxy", "-Ws", "-f", "/etc/haproxy/haproxy.cfg", "-p", "/run/haproxy.pid"),
                *("-S", "/run/haproxy-master.sock"),
            ),
            kind="notify",
            reload=("kill", "-USR2", "$MAINPID"),  # the agent has checked the file
        ),
    ),
    (("/etc/haproxy", "root", 0o755), ("/run/haproxy", "haproxy", 0o755), ("/var/lib/haproxy", "root", 0o755)),
)

DNSDIST = Unit(
    "dnsdist.service",
    (
        Daemon(
            "dnsdist",
            # a user that may have ports, as Debian's unit says it in systemd's words
            (
                *("setpriv", "--reuid=_dnsdist", "--regid=_dnsdist", "--init-groups"),
                *("--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service"),
                *("/usr/bin/dnsdist", "--supervised", "--disable-syslog"),
            ),
            kind="notify",
        ),
    ),
    (("/etc/dnsdist", "root", 0o755),),
)

POSTGRESQL = Unit(
    "postgresql.service",
    (
        Daemon(
            "postgres",
            # Debian's unit starts every cluster of the machine; a lab host has one, which it makes itself
            ("sh", str(Path(__file__).parent / "postgresql.sh")),
            kind="notify",
            stop=("kill", "-INT", "$MAINPID"),  # sessions are ended, not waited for
        ),
    ),
    (("/var/lib/postgresql", "postgres", 0o755), ("/run/postgresql", "postgres", 0o755)),
)

AGENT = Unit(
    "seapoint-agent.service",
    (Daemon("agent", ("seapoint", "agent", "$SEAPOINT_AGENT_OPTS"), environment_file="/etc/default/seapoint-agent"),),
    (("/etc/seapoint", "root", 0o700), ("/var/lib/seapoint", "root", 0o700)),
)

HEALTH = Unit(
    "seapoint-health.service",
    (Daemon("health", ("seapoint", "health"), reload=("kill", "-HUP", "$MAINPID")),),
    (("/etc/seapoint", "root", 0o700), ("/run/seapoint", "root", 0o755)),
)

METADATA = Unit(
    "seapoint-metadata.service",
    (
        Daemon(
            "metadata",
            ("seapoint", "metadata", "$SEAPOINT_AGENT_OPTS"),  # its line to the server is the agent's
            reload=("kill", "-HUP", "$MAINPID"),
            environment_file="/etc/default/seapoint-agent",
        ),
    ),
)

SERVER = Unit(
    "seapoint-server.service",
    (
        Daemon(
            "server", ("seapoint", "server", "$SEAPOINT_SERVER_OPTS"), environment_file="/etc/default/seapoint-server"
        ),
    ),
    (("/etc/seapoint", "root", 0o700), ("/var/lib/seapoint", "root", 0o700)),
)

UNITS = (
    OPENVSWITCH,
    OVN_CENTRAL,
    OVN_HOST,
    FRR,
    KEEPALIVED,
    CONNTRACKD,
    KNOT,
    UNBOUND,
    HAPROXY,
    DNSDIST,
    AGENT,
    HEALTH,
    METADATA,
    POSTGRESQL,
    SERVER,
)
"""What the init of every host knows; what is started is the agent's business."""


def as_data(units: tuple[Unit, ...]) -> list[dict[str, Any]]:
    """The table as the init reads it."""
    return [asdict(unit) for unit in units]
