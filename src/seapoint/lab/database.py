"""The database that a cloud's servers share in a lab: a PostgreSQL on the control host, over the management network.

A cloud whose balancers lead to the Networking API on one host alone has one server, and SQLite.
"""

from collections.abc import Sequence

from seapoint.intent.cloud.model import Cloud, Host
from seapoint.lab.services import networking_port

DIRECTORY = "/etc/postgresql/seapoint"
PORT = 5432


def other_servers(cloud: Cloud) -> tuple[Host, ...]:
    """The hosts that answer the Networking API beside the one that runs the loop."""
    control = cloud.central()
    running = (host for host in cloud.hosts.values() if host.runs and host is not control)
    return tuple(host for host in running if networking_port(cloud, host) is not None)


def database_url(control: Host) -> str:
    """Where servers find it; they show their hosts' certificates. Literal: no name service is asked."""
    address = control.management.all()[0]
    return f"postgresql://seapoint@{f'[{address}]' if address.version == 6 else address}:{PORT}/seapoint"


def files(control: Host, servers: Sequence[Host]) -> tuple[tuple[str, str], ...]:
    """The configuration: each server with its own certificate from its own addresses, and nobody else.

    Source: PostgreSQL, The pg_hba.conf File, User Name Maps, Secure TCP/IP Connections with SSL.
    """
    addresses = ", ".join(map(str, control.management.all()))
    settings = f"""\
listen_addresses = '{addresses}'
port = {PORT}
unix_socket_directories = '/run/postgresql'
hba_file = '{DIRECTORY}/pg_hba.conf'
ident_file = '{DIRECTORY}/pg_ident.conf'
ssl = on
ssl_min_protocol_version = 'TLSv1.2'
ssl_ca_file = '/var/lib/postgresql/ca.pem'
ssl_cert_file = '/var/lib/postgresql/host.pem'
ssl_key_file = '/var/lib/postgresql/host.key'
shared_buffers = 16MB
"""
    callers = (f"{address}/{address.max_prefixlen}" for host in servers for address in host.management.all())
    rows = (f"hostssl seapoint seapoint {caller} cert map=seapoint\n" for caller in callers)
    return (
        (f"{DIRECTORY}/postgresql.conf", settings),
        (f"{DIRECTORY}/pg_hba.conf", f"local all postgres peer\n{''.join(rows)}"),
        (f"{DIRECTORY}/pg_ident.conf", "".join(f'seapoint "{host.name}" seapoint\n' for host in servers)),
    )
