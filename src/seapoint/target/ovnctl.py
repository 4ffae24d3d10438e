"""How OVN's daemons are started on a host, as data. Source: ovn-ctl(8), ovn-controller(8)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tls:
    """Paths of a host's certificate, its key, and the authority that it believes; the installer puts them there."""

    authority: str = "/etc/seapoint/tls/ca.pem"
    certificate: str = "/etc/seapoint/tls/host.pem"
    key: str = "/etc/seapoint/tls/host.key"


@dataclass(frozen=True, slots=True)
class OvnController:
    """ovn-controller of a chassis; the southbound's role lets it write its own rows if its certificate has its name."""

    tls: Tls = Tls()


@dataclass(frozen=True, slots=True)
class OvnCentral:
    """Both databases and ovn-northd. The databases listen on Unix sockets; for chassis, see the Connection row."""

    tls: Tls = Tls()
