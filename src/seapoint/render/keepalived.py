"""keepalived's file: pure. Source: keepalived.conf(5).

Moving addresses have their full length: they bring no route of their own, the routing tables stay as the target says.
"""

from collections.abc import Iterable, Iterator

from seapoint.render.conntrackd import SYNC_SCRIPT
from seapoint.render.owner import owner
from seapoint.target.host import File, Unit
from seapoint.target.keepalived import Keepalived, MovingAddress, VrrpInstance

CONF = "/etc/keepalived/keepalived.conf"
CHECK = ("keepalived", "--config-test", "--use-file", "{}")
#: Seconds for which a host has to be the better one before it takes over: what strikes both is seen by one of them
#: first, up to an interval of BFD before the other.
_HOLD = 0.5
#: Microseconds of CPU time without a pause.
_RESTS_WITHIN = 1_000_000
_FOLLOWED = "followed"
_STATES = (("master", "primary"), ("backup", "backup"), ("fault", "fault"))


def keepalived_files(keepalived: Keepalived) -> tuple[File, ...]:
    """The configuration."""
    return (File(CONF, keepalived_conf(keepalived), check=CHECK),)


def keepalived_units() -> tuple[Unit, ...]:
    """A reload keeps who is active."""
    return (Unit("keepalived.service", (CONF,), "reload"),)


def keepalived_conf(keepalived: Keepalived) -> str:
    """The text of keepalived.conf."""
    common = (*_followed(keepalived), *_notify(keepalived))
    # a group of one is refused by keepalived's test of its file
    alone = len(keepalived.instances) == 1
    blocks = [
        _globals(keepalived),
        *([_file(keepalived.follows)] if keepalived.follows else []),
        *([] if alone else [_group(keepalived, common)]),
        *(_instance(one, bool(keepalived.follows), common if alone else ()) for one in keepalived.instances),
    ]
    return owner() + "\n".join("".join(f"{line}\n" for line in block) for block in blocks)


def _globals(keepalived: Keepalived) -> Iterator[str]:
    yield "global_defs {"
    yield f"    router_id {keepalived.router_id}"
    yield "    vrrp_version 3"
    yield "    enable_script_security"
    yield "    script_user root"
    # the election's timers are short: it must not wait for the CPU. The kernel kills what has a priority and does not
    # rest; by default after 10 ms, which a slow processor is soon over, and keepalived is then away for a minute
    yield "    vrrp_rt_priority 50"
    yield f"    vrrp_rlimit_rttime {_RESTS_WITHIN}"
    # neighbours learn the new owner at once, again after a second, and then every second: to one that missed it the
    # host before still forwards, and what that translates nobody answers
    yield "    vrrp_garp_master_delay 1"
    yield "    vrrp_garp_master_refresh 1"
    yield "}"


def _file(path: str) -> Iterator[str]:
    yield f"track_file {_FOLLOWED} {{"
    yield f'    file "{path}"'
    yield "    weight 1"
    yield "}"


def _followed(keepalived: Keepalived) -> Iterator[str]:
    if keepalived.follows:
        yield "    track_file {"
        yield f"        {_FOLLOWED}"
        yield "    }"


def _notify(keepalived: Keepalived) -> Iterator[str]:
    if keepalived.synchronized:
        yield from (f'    notify_{state} "{SYNC_SCRIPT} {word}"' for state, word in _STATES)


def _group(keepalived: Keepalived, common: Iterable[str]) -> Iterator[str]:
    yield f"vrrp_sync_group {keepalived.group} {{"
    yield "    group {"
    yield from (f"        {_name(one)}" for one in keepalived.instances)
    yield "    }"
    yield from common
    yield "}"


def _instance(one: VrrpInstance, follows: bool, common: Iterable[str]) -> Iterator[str]:
    yield f"vrrp_instance {_name(one)} {{"
    yield "    state BACKUP"
    yield f"    preempt_delay {_HOLD}" if follows else "    nopreempt"
    yield f"    interface {one.interface}"
    yield f"    virtual_router_id {one.id}"
    yield f"    priority {one.priority}"
    yield f"    advert_int {one.interval / 1000:g}"
    if one.peers:
        yield f"    unicast_src_ip {one.source}"
        yield "    unicast_peer {"
        yield from (f"        {peer}" for peer in one.peers)
        yield "    }"
    if one.tracked:
        yield "    track_interface {"
        yield from (f"        {interface}" for interface in one.tracked)
        yield "    }"
    yield from _addresses("virtual_ipaddress", one.advertised)
    yield from _addresses("virtual_ipaddress_excluded", one.carried)
    yield from common
    yield "}"


def _addresses(block: str, addresses: Iterable[MovingAddress]) -> Iterator[str]:
    listed = tuple(addresses)
    if listed:
        yield f"    {block} {{"
        yield from (f"        {one.address}/{one.address.max_prefixlen} dev {one.interface}" for one in listed)
        yield "    }"


def _name(one: VrrpInstance) -> str:
    return f"ipv{one.family}"
