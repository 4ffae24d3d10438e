"""Options of OVN's daemons, as Debian's units read them: pure. Source: ovn-ctl(8)."""

from seapoint.render.owner import owner
from seapoint.target.host import File, Unit
from seapoint.target.ovnctl import OvnCentral, OvnController, Tls

HOST_OPTIONS = "/etc/default/ovn-host"
CENTRAL_OPTIONS = "/etc/default/ovn-central"


def controller_files(controller: OvnController) -> tuple[File, ...]:
    """ovn-controller's options."""
    return (_options(HOST_OPTIONS, _tls("ovn-controller", controller.tls)),)


def controller_units() -> tuple[Unit, ...]:
    """Its own restart lets the flows stand."""
    return (Unit("ovn-host.service", (HOST_OPTIONS,), "restart"),)


def central_files(central: OvnCentral) -> tuple[File, ...]:
    """The options of both databases and of northd."""
    closed = ["--db-nb-create-insecure-remote=no", "--db-sb-create-insecure-remote=no"]
    return (_options(CENTRAL_OPTIONS, [*closed, *_tls("ovn-sb-db", central.tls)]),)


def central_units() -> tuple[Unit, ...]:
    """Databases and northd; chassis keep their flows while they are away."""
    return (Unit("ovn-central.service", (CENTRAL_OPTIONS,), "restart"),)


def _tls(daemon: str, tls: Tls) -> list[str]:
    return [
        f"--{daemon}-ssl-key={tls.key}",
        f"--{daemon}-ssl-cert={tls.certificate}",
        f"--{daemon}-ssl-ca-cert={tls.authority}",
    ]


def _options(path: str, options: list[str]) -> File:
    return File(path, f'{owner()}OVN_CTL_OPTS="{" ".join(options)}"\n')
