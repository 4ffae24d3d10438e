"""Other teams' services in the lab, by real programs: LDAP by slapd, git by its own daemon, NFS by Ganesha.

Ganesha serves files from user space: the kernel's NFS server serves one network namespace of a machine well, and would
be the machine's own. Sources: slapd(8), slapd.conf(5), slapd-ldif(5), git-daemon(1), ganesha-core-config(8).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from shlex import quote

from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.offer import Protocol
from seapoint.lab.units import Daemon, Unit

SHARED = "/var/lib/shared"
GANESHA_CONF = "/etc/ganesha/ganesha.conf"
SLAPD_CONF = "/etc/ldap/lab.conf"
REPOSITORIES = "/var/lib/repositories"


@dataclass(frozen=True, slots=True)
class Played:
    """A daemon and what it needs: files, pairs of path and text."""

    unit: Unit
    files: tuple[tuple[str, str], ...] = ()


def played(cloud: Cloud) -> tuple[Played, ...]:
    """The daemons for all that the services of a cloud offer."""
    found = []
    for protocol, play in _PLAYERS.items():
        offers = [offer for offer in cloud.offers if offer.protocol == protocol]
        if offers:
            found.append(play(list(dict.fromkeys(offer.what for offer in offers))))
    return tuple(found)


def _ldap(entries: Sequence[str]) -> Played:
    """A directory with these entries, each at the top of a database of its own."""
    databases, adds = [], []
    files = []
    for number, entry in enumerate(entries, start=1):
        attribute, _, value = entry.partition(",")[0].partition("=")
        named = f"{attribute}: {value}\n" if attribute == "o" else f"o: lab\n{attribute}: {value}\n"
        ldif = f"dn: {entry}\nobjectClass: organization\nobjectClass: extensibleObject\n{named}"
        directory = f"/var/lib/ldap-{number}"
        files.append((f"/etc/ldap/entry-{number}.ldif", ldif))
        databases.append(f'database ldif\nsuffix "{entry}"\ndirectory {directory}\n')
        adds.append(f"rm -rf {directory} && mkdir {directory}")
        adds.append(f"slapadd -q -f {SLAPD_CONF} -n {number} -l /etc/ldap/entry-{number}.ldif")
    configuration = "include /etc/ldap/schema/core.schema\npidfile /run/slapd.pid\n" + "".join(databases)
    script = " && ".join([*adds, f"exec slapd -f {SLAPD_CONF} -h ldap:///"])
    daemon = Daemon("slapd", ("sh", "-c", script), kind="forking", pidfile="/run/slapd.pid")
    return Played(Unit("slapd.service", (daemon,)), ((SLAPD_CONF, configuration), *files))


def _git(repositories: Sequence[str]) -> Played:
    """Repositories with a commit each."""
    author = "git -c user.name=lab -c user.email=lab@localhost"
    pidfile = "/run/git-daemon.pid"
    lines = [f"rm -f {pidfile}"]
    for repository in repositories:
        at = f"{REPOSITORIES}/{quote(repository)}"
        lines.append(f"git init -q --bare {at}")
        lines.append(f"cd {at}")
        lines.append(f'git update-ref HEAD "$({author} commit-tree -m first "$(git mktree </dev/null)")"')
    serve = f'"$(git --exec-path)/git-daemon" --reuseaddr --export-all --base-path={REPOSITORIES} --pid-file={pidfile}'
    daemon = Daemon("git-daemon", ("sh", "-c", " && ".join([*lines, f"exec {serve}"])), ready=pidfile)
    return Played(Unit("git-daemon.service", (daemon,), ((REPOSITORIES, "root", 0o755),)))


def _nfs(files: Sequence[str]) -> Played:
    """Files to read, by their directories; without a time of grace, in which nobody could read."""
    directories = list(dict.fromkeys(str(PurePosixPath(file).parent) for file in files))
    exports = "".join(
        f"EXPORT {{ Export_Id = {number}; Path = {SHARED}{directory}; Pseudo = {directory}; Access_Type = RO; "
        f"Squash = None; SecType = sys; FSAL {{ Name = VFS; }} }}\n"
        for number, directory in enumerate(directories, start=1)
    )
    configuration = (
        "NFS_CORE_PARAM { Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; }\n"
        f"NFSv4 {{ Graceless = true; RecoveryBackend = fs; }}\n{exports}"
    )
    pidfile, log = "/run/ganesha/ganesha.pid", "/var/log/ganesha.log"
    # in the foreground: as a daemon it leaves its starter before it has written down its process
    command = ("ganesha.nfsd", "-F", "-f", GANESHA_CONF, "-L", log, "-p", pidfile)
    daemon = Daemon("ganesha", command, logs=(log,))
    directories_of_it = (("/run/ganesha", "root", 0o755), ("/var/lib/nfs/ganesha", "root", 0o755))
    return Played(
        Unit("nfs-ganesha.service", (daemon,), directories_of_it),
        ((GANESHA_CONF, configuration), *((f"{SHARED}{file}", f"This is {file}.\n") for file in files)),
    )


_PLAYERS: dict[Protocol, Callable[[Sequence[str]], Played]] = {"ldap": _ldap, "git": _git, "nfs": _nfs}
