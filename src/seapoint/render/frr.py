"""FRR's files: pure. Source: FRR's user manual; written in the form and order of ``show running-config``.

So what ``frr-reload.py`` compares are equal texts where nothing changed, and a line that says FRR's default would be
"missing" for ever.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network

from seapoint.base.addresses import Network
from seapoint.render.owner import owner
from seapoint.target.frr import Bgp, Frr, Lengths, Neighbor, Ospf, Policy, StaticRoute, Timers
from seapoint.target.host import File, Unit, secret

CONF = "/etc/frr/frr.conf"
DAEMONS = "/etc/frr/daemons"
#: Unless told otherwise it writes each line that it changes into its log, passwords too.
RELOAD = ("/usr/lib/frr/frr-reload.py", "--log-level", "error", "--reload", CONF)
CHECK = ("vtysh", "-C", "-f", "{}")
#: What a hand has changed in vtysh is seen here, and put right by a reload.
RUNNING = ("vtysh", "-c", "show running-config")
#: watchfrr may restart a daemon that is slow to come up while it gives the others their configuration: each of the two
#: holds a lock against the other, and one gives nothing. What is given twice changes nothing.
GIVE = ("vtysh", "-b")

#: What FRR's bfdd does when nothing is said.
_DEFAULT_BFD = Timers(interval=300, multiplier=3)

#: watchfrr's own pauses are for routers with full tables: a second death within a minute would cost a minute. And it
#: kills a start of all daemons that takes 20 s, on a slow machine each time, until it gives up for good. No daemon
#: has a terminal on a TCP port (-P 0): vtysh speaks to their sockets. Without --v6-rr-semantics zebra gives an IPv6
#: route other next hops by deleting it first, and packets between are lost; an IPv4 route it replaces.
_DAEMONS = """bgpd=yes
bfdd=yes
{ospf}vtysh_enable=yes
zebra_options="  -P 0 -s 90000000 --v6-rr-semantics"
bgpd_options="   -P 0{bgpd}"
staticd_options="-P 0"
bfdd_options="   -P 0"
watchfrr_options="--interval 1 --min-restart-interval 1 --max-restart-interval 10 --restart-timeout 120"
"""
_OSPF_DAEMONS = """ospfd=yes
ospf6d=yes
ospfd_options="  -P 0"
ospf6d_options=" -P 0"
"""
#: An OSPF neighbour's hello every second: how soon links that come up are used. That one is dead, BFD says first.
_HELLO = ("hello-interval 1", "dead-interval 4")


def frr_files(frr: Frr) -> tuple[File, ...]:
    """The configuration, and the list of daemons with their options."""
    silent = frr.bgp is not None and not frr.bgp.listens
    daemons = _DAEMONS.format(bgpd=" -p 0" if silent else "", ospf=_OSPF_DAEMONS if frr.ospf else "")
    return (
        File(DAEMONS, owner() + daemons, 0o640, "frr"),
        File(CONF, frr_conf(frr), 0o640, "frr", CHECK, secrets=_passwords(frr)),
    )


def frr_units() -> tuple[Unit, ...]:
    """A changed configuration is reloaded line by line, sessions stay; a changed list of daemons needs a restart."""
    return (
        Unit("frr.service", (CONF,), "reload", RELOAD, restart_files=(DAEMONS,), after_start=GIVE, running=RUNNING),
    )


def _passwords(frr: Frr) -> tuple[str, ...]:
    """The files whose words stand in the configuration."""
    return tuple(dict.fromkeys(one.password for one in (frr.bgp.neighbors if frr.bgp else ()) if one.password))


def frr_conf(frr: Frr) -> str:
    """The text of frr.conf."""
    lines = [
        "frr defaults traditional",
        f"hostname {frr.hostname}",
        "log syslog informational",
        # the kernel refuses a next hop of its own while the NIC has no carrier, and zebra never tries that one again
        "no zebra nexthop kernel enable",
        # said by `show running-config` where it is off; left out, a reload would switch it on
        *(() if frr.forwards else ("no ip forwarding", "no ipv6 forwarding")),
        "service integrated-vtysh-config",
        "!",
        *_statics(frr.statics),
        *(_ospf_interfaces(frr.ospf) if frr.ospf else ()),
        *(_bgp(frr.bgp) if frr.bgp else ()),
        *(_ospf(frr.ospf) if frr.ospf else ()),
        *(_policies(frr.bgp) if frr.bgp else ()),
        *_bfd_profiles(frr),
        *frr.included,
        "end",
    ]
    return owner("!") + "\n".join(lines) + "\n"


def _statics(statics: tuple[StaticRoute, ...]) -> Iterator[str]:
    for static in statics:
        for target in static.via or ("blackhole",):
            distance = f" {static.distance}" if static.distance else ""
            table = f" table {static.table}" if static.table else ""
            yield f"{_word(static.destination)} route {static.destination} {target}{distance}{table}"
    yield "!"


def _bgp(bgp: Bgp) -> Iterator[str]:
    yield f"router bgp {bgp.asn}"
    yield f" bgp router-id {bgp.router_id}"
    yield " no bgp default ipv4-unicast"
    if bgp.originates:
        yield " no bgp network import-check"
    yield " timers bgp 3 9"
    for neighbor in bgp.neighbors:
        yield from _session(bgp, neighbor)
    for version, family in ((4, "ipv4"), (6, "ipv6")):
        yield " !"
        yield f" address-family {family} unicast"
        yield from (f"  network {network}" for network in bgp.originates if network.version == version)
        passing = f" route-map {bgp.offering}" if bgp.offering else ""
        yield from (f"  redistribute {kind}{passing}" for kind in sorted(bgp.offers))
        for neighbor in bgp.neighbors:
            if neighbor.address.version == version:
                yield from (f"  neighbor {neighbor.address} {words}" for words in _carried(neighbor))
        yield " exit-address-family"
    yield from (f" {line}" for line in bgp.included)
    yield "exit"
    yield "!"


def _session(bgp: Bgp, neighbor: Neighbor) -> Iterator[str]:
    yield f" neighbor {neighbor.address} remote-as {neighbor.asn}"
    if neighbor.bfd is not None:
        profile = "" if neighbor.bfd == _DEFAULT_BFD else f" profile {_profile(neighbor.bfd)}"
        yield f" neighbor {neighbor.address} bfd{profile}"
    yield f" neighbor {neighbor.address} description {neighbor.description}"
    if neighbor.password is not None:
        yield f" neighbor {neighbor.address} password {secret(neighbor.password)}"
    if neighbor.source is not None:
        yield f" neighbor {neighbor.address} update-source {neighbor.source}"
    if neighbor.asn != bgp.asn:
        yield f" neighbor {neighbor.address} advertisement-interval 0"
    yield f" neighbor {neighbor.address} timers connect 2"


def _carried(neighbor: Neighbor) -> Iterator[str]:
    yield "activate"
    if neighbor.weight:
        yield f"weight {neighbor.weight}"
    if neighbor.client:
        yield "route-reflector-client"
    if neighbor.next_hop_self:
        yield "next-hop-self"
    if neighbor.originate_default:
        yield "default-originate"
    # what was refused is kept, so that a wider policy needs no new session
    yield "soft-reconfiguration inbound"
    if neighbor.maximum is not None:
        yield f"maximum-prefix {neighbor.maximum}"
    yield f"route-map {neighbor.imports} in"
    yield f"route-map {neighbor.exports} out"


def _policies(bgp: Bgp) -> Iterator[str]:
    """A prefix list of each family and one map that asks the list of the session's family."""
    for policy in bgp.policies:
        for word in ("ip", "ipv6"):
            for index, entry in enumerate(_entries(policy, word), 1):
                yield f"{word} prefix-list {policy.name} seq {5 * index} permit {entry}"
    yield "!"
    for policy in bgp.policies:
        if policy.networks is None:
            yield from (f"route-map {policy.name} permit 10", "exit", "!")
            continue
        words = [word for word in ("ip", "ipv6") if _entries(policy, word)]
        if not words:
            yield from (f"route-map {policy.name} deny 10", "exit", "!")
        passing = [(word, *one) for word in words for one in policy.prepends or ((None, 0),)]
        for index, (word, metric, times) in enumerate(passing, 1):
            yield f"route-map {policy.name} permit {10 * index}"
            yield f" match {word} address prefix-list {policy.name}"
            yield from (f" match metric {metric}",) if metric is not None else ()
            yield from (f" set as-path prepend {' '.join([str(bgp.asn)] * times)}",) if times else ()
            if policy.table is not None:
                yield f" set table {policy.table}"
            yield "exit"
            yield "!"


def _entries(policy: Policy, word: str) -> list[str]:
    """The lines of a policy's prefix list of one family."""
    exact = [str(network) for network in policy.networks or () if _word(network) == word]
    longer = [f"{network} le {network.max_prefixlen}" for network in policy.longer if _word(network) == word]
    return exact + longer + [_part(one) for one in policy.parts if _word(one.network) == word]


def _part(one: Lengths) -> str:
    """As FRR writes it: a bound that is the prefix's own length is left out."""
    least = f" ge {one.shortest}" if one.shortest > one.network.prefixlen else ""
    return f"{one.network}{least}" + (f" le {one.longest}" if one.longest > one.network.prefixlen else "")


def _ospf_interfaces(ospf: Ospf) -> Iterator[str]:
    """The loopback and the links, by name as FRR sorts them."""
    profile = "" if ospf.bfd == _DEFAULT_BFD else f" profile {_profile(ospf.bfd)}"
    for name in sorted(("lo", *ospf.links)):
        yield f"interface {name}"
        for words in ("ip ospf", "ipv6 ospf6"):
            yield f" {words} area 0"
            if name == "lo":
                yield f" {words} passive"
                continue
            yield f" {words} bfd{profile}"
            yield from (f" {words} {hello}" for hello in _HELLO)
            yield f" {words} network point-to-point"
        yield "exit"
        yield "!"


def _ospf(ospf: Ospf) -> Iterator[str]:
    for protocol in ("ospf", "ospf6"):
        yield from (f"router {protocol}", f" {protocol} router-id {ospf.router_id}", "exit", "!")


def _bfd_profiles(frr: Frr) -> Iterator[str]:
    timers_of = [one.bfd for one in (frr.bgp.neighbors if frr.bgp else ())] + ([frr.ospf.bfd] if frr.ospf else [])
    wanted = dict.fromkeys(one for one in timers_of if one not in {None, _DEFAULT_BFD})
    if not wanted:
        return
    yield "bfd"
    for timers in wanted:
        assert timers is not None
        yield f" profile {_profile(timers)}"
        if timers.multiplier != _DEFAULT_BFD.multiplier:
            yield f"  detect-multiplier {timers.multiplier}"
        if timers.interval != _DEFAULT_BFD.interval:
            yield f"  transmit-interval {timers.interval}"
            yield f"  receive-interval {timers.interval}"
        yield " exit"
        yield " !"
    yield "exit"
    yield "!"


def _profile(timers: Timers) -> str:
    return f"every-{timers.interval}-ms-x{timers.multiplier}"


def _word(network: Network) -> str:
    return "ip" if isinstance(network, IPv4Network) else "ipv6"
