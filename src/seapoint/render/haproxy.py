"""HAProxy's file: pure. Source: HAProxy's configuration manual 2.6; nothing newer is used."""

from collections.abc import Iterator
from typing import Literal

from seapoint.base.addresses import Address, Network
from seapoint.render.owner import owner
from seapoint.target.haproxy import Haproxy, Peer, Proxy, Server, Status
from seapoint.target.host import File, Unit

CONF = "/etc/haproxy/haproxy.cfg"
#: The master's command line, where Debian's unit has it.
MASTER = "/run/haproxy-master.sock"
CHECK = ("haproxy", "-c", "-f", "{}")
#: Whose certificates backends show.
AUTHORITY = "/etc/seapoint/tls/ca.pem"

#: A line of the file has room for 64 words.
_NETWORKS_A_LINE = 16
_LOOPBACK = ("127.0.0.1", "[::1]")


def haproxy_files(haproxy: Haproxy) -> tuple[File, ...]:
    """The configuration."""
    return (File(CONF, haproxy_cfg(haproxy), check=CHECK),)


def haproxy_units() -> tuple[Unit, ...]:
    """A reload hands the listening sockets to a new process; the old one serves its connections to their end.

    A new one that cannot start (an address or port that somebody else has) leaves the old one in force.
    """
    return (Unit("haproxy.service", (CONF,), "reload", master=MASTER),)


def haproxy_cfg(haproxy: Haproxy) -> str:
    """The text of haproxy.cfg."""
    sections = [
        (*_global(haproxy), *_included(haproxy, "global")),
        (*_defaults(), *_included(haproxy, "defaults")),
        _peers(haproxy.name, haproxy.peers),
        _status(haproxy.status),
        *(_proxy(one) for one in haproxy.proxies),
        *((haproxy.included["end"],) if haproxy.included.get("end") else ()),
    ]
    return owner() + "\n".join("".join(f"{line}\n" for line in section) for section in sections)


def _global(haproxy: Haproxy) -> Iterator[str]:
    yield "global"
    yield "    user haproxy"
    yield "    group haproxy"
    yield "    chroot /var/lib/haproxy"
    yield "    stats socket /run/haproxy/admin.sock mode 660 level admin"
    yield f"    localpeer {haproxy.name}"
    # checks of many services at the same moment would be a burst every time
    yield "    spread-checks 5"
    yield "    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets"
    yield "    ssl-default-server-options ssl-min-ver TLSv1.2"


def _included(haproxy: Haproxy, section: Literal["global", "defaults"]) -> Iterator[str]:
    return (f"    {line}" for line in haproxy.included.get(section, ()))


def _defaults() -> Iterator[str]:
    yield "defaults"
    yield "    timeout connect 5s"
    yield "    timeout check 3s"
    yield "    timeout http-request 10s"
    yield "    timeout http-keep-alive 10s"
    # an API call may take minutes
    yield "    timeout client 2m"
    yield "    timeout server 2m"
    # a server that died a moment ago: the next one is tried, also for a client that has kept to it
    yield "    retries 3"
    yield "    option redispatch 1"


def _peers(name: str, peers: tuple[Peer, ...]) -> Iterator[str]:
    yield "peers balancers"
    for peer in peers:
        if peer.name == name:
            yield f"    bind {_endpoint(peer.address, peer.port)}"
            yield f"    server {peer.name}"
        else:
            yield f"    server {peer.name} {_endpoint(peer.address, peer.port)}"


def _status(status: Status) -> Iterator[str]:
    yield "frontend seapoint:status"
    ports = dict.fromkeys(port for _, port in status.listens)
    yield from (f"    bind {address}:{port}" for port in ports for address in _LOOPBACK)
    yield from (f"    bind {_endpoint(address, port)}" for address, port in status.listens)
    yield "    mode http"
    yield from _only("src", "127.0.0.0/8", "::1", *status.sources)
    yield "    http-request use-service prometheus-exporter if { path /metrics }"
    for name, proxies in status.groups:
        for proxy in proxies:
            yield f"    http-request return status 200 if {{ path /{name} }} {{ nbsrv({proxy}) gt 0 }}"
    yield f"    http-request return status 503 if {{ path {' '.join(f'/{name}' for name, _ in status.groups)} }}"
    yield "    http-request return status 404"


def _proxy(proxy: Proxy) -> Iterator[str]:
    yield f"listen {proxy.name}"
    tls = f" ssl crt {proxy.certificate} alpn h2,http/1.1" if proxy.certificate else ""
    yield from (f"    bind {_endpoint(address, port)}{tls}" for address, port in proxy.listens)
    yield f"    mode {proxy.mode}"
    if proxy.sources is not None:
        yield from _only("src", *proxy.sources)
    if proxy.mode == "http":
        yield from _http(proxy)
    else:
        # such a connection is silent for long, and its ends know best when it is over
        yield "    timeout client 8h"
        yield "    timeout server 8h"
        yield "    option clitcpka"
        yield "    option srvtcpka"
    yield f"    balance {proxy.method}"
    if proxy.sticky:
        # both families in one table: an IPv4 client's address stands there in its IPv6 form
        yield f"    stick-table type ipv6 size 100k expire {proxy.sticky}m peers balancers"
        yield "    stick on src"
    yield from _servers(proxy)


def _http(proxy: Proxy) -> Iterator[str]:
    if proxy.host is not None:
        yield f"    http-request deny status 421 unless {{ req.hdr(host),field(1,:) -i {proxy.host} }}"
    # what a client says of itself is nobody's word
    yield "    http-request del-header X-Forwarded-For"
    yield "    http-request set-header X-Forwarded-Proto https"
    if proxy.client_address == "header":
        yield "    option forwardfor"


def _servers(proxy: Proxy) -> Iterator[str]:
    check = proxy.check
    if check.path is not None:
        yield "    option httpchk"
        yield f"    http-check send meth GET uri {check.path} ver HTTP/1.1 hdr Host {proxy.host or proxy.name}"
        yield "    http-check expect rstatus ^[23]"
    ends = " on-marked-down shutdown-sessions on-marked-up shutdown-backup-sessions" if proxy.primary else ""
    yield f"    default-server check inter {check.interval}ms rise {check.rise} fall {check.fall}{ends}"
    yield from (f"    server {_server(one, proxy)}" for one in proxy.servers)


def _server(server: Server, proxy: Proxy) -> str:
    words = [server.name, _endpoint(server.address, server.port)]
    if server.tls_name is not None:
        words.append(f"ssl verify required ca-file {AUTHORITY} verifyhost {server.tls_name}")
    if proxy.client_address == "proxy":
        words.append("send-proxy-v2 check-send-proxy")
    if server.backup:
        words.append("backup")
    return " ".join(words)


def _only(fetch: str, *networks: Network | str) -> Iterator[str]:
    """Nobody else: the connection is ended before a byte is read."""
    words = [str(network) for network in networks]
    for index in range(0, len(words), _NETWORKS_A_LINE):
        yield f"    acl allowed {fetch} {' '.join(words[index : index + _NETWORKS_A_LINE])}"
    yield "    tcp-request connection reject unless allowed"


def _endpoint(address: Address, port: int) -> str:
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
