"""Where the server listens: bound before anything else begins, so that a second server touches nothing."""

import os
import socket
import ssl
from ipaddress import ip_address

from seapoint.api.agents import agents_tls
from seapoint.base.errors import InputError
from seapoint.engines.pki import CertificateFiles
from seapoint.settings import ServerSettings

#: The first descriptor that a service manager hands over; sd_listen_fds(3).
FIRST_LISTENER = 3
#: linux/in.h; it holds for IPv6 sockets too.
IP_FREEBIND = 15


def api_listeners(settings: ServerSettings) -> list[socket.socket]:
    """Sockets of the API: those that the service manager hands over, else one of our own. Raises InputError."""
    return _handed_over() or [_bound(settings.api_address, settings.api_port)]


def balanced_listeners(settings: ServerSettings) -> tuple[list[socket.socket], ssl.SSLContext | None]:
    """Sockets of the API with TLS, and its TLS; none where no balancer asks. Raises InputError."""
    if not settings.api_tls_addresses:
        return [], None
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        tls.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:
        names = f"{settings.tls_cert}, {settings.tls_key}"
        raise InputError(
            f"these are not a certificate and its key, which the API's TLS needs: {names}: {error}"
        ) from error
    return [_bound_ahead(address, settings.api_tls_port) for address in settings.api_tls_addresses], tls


def agents_listener(settings: ServerSettings) -> tuple[socket.socket, ssl.SSLContext] | None:
    """Where agents connect, with its TLS; None where no agents are served. Raises InputError."""
    if not settings.agents_address:
        return None
    files = CertificateFiles(settings.tls_ca, settings.tls_cert, settings.tls_key)
    for path in files.ca, files.certificate, files.key:
        try:
            path.open("rb").close()
        except OSError as error:
            raise InputError(f"{path}, which agents' TLS needs, cannot be read: {error.strerror}") from error
    try:
        tls = agents_tls(files)
    except OSError as error:
        names = f"{files.ca}, {files.certificate}, {files.key}"
        raise InputError(f"these are not an authority, a certificate of it and its key: {names}: {error}") from error
    return _bound(settings.agents_address, settings.agents_port), tls


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=128)
    except OSError as error:
        raise InputError(f"cannot listen on {address} port {port}: {os.strerror(error.errno or 0)}") from error


def _bound_ahead(address: str, port: int) -> socket.socket:
    """A socket on an address that an agent gives this host only once the server has told it to. Source: ip(7)."""
    listener = socket.socket(socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
        listener.bind((address, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise InputError(f"cannot listen on {address} port {port}: {os.strerror(error.errno or 0)}") from error
    return listener


def _handed_over() -> list[socket.socket]:
    """Sockets from the service manager, which are not handed on; sd_listen_fds(3)."""
    pid, count = os.environ.pop("LISTEN_PID", None), os.environ.pop("LISTEN_FDS", "0")
    if pid not in (None, str(os.getpid())):
        return []
    try:
        descriptors = range(FIRST_LISTENER, FIRST_LISTENER + int(count))
        listeners = [socket.socket(fileno=descriptor) for descriptor in descriptors]
    except (ValueError, OSError) as error:
        raise InputError(f"LISTEN_FDS={count} sockets should be handed over, and are not: {error}") from error
    for listener in listeners:
        os.set_inheritable(listener.fileno(), False)
    return listeners
