"""Which scopes there are, which ones a change makes dirty, and what one compiles to."""

from collections.abc import Iterator
from typing import Any

from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.compile.ovn.floatingip import compile_floating_ip, readers_of_floating_ip
from seapoint.compile.ovn.network import compile_network, readers_of_network
from seapoint.compile.ovn.port import compile_port, readers_of_port
from seapoint.compile.ovn.readers import Noun, scopes_of
from seapoint.compile.ovn.router import compile_router, readers_of_router
from seapoint.compile.ovn.security import (
    compile_drop_group,
    compile_group,
    compile_rule,
    readers_of_group,
    readers_of_rule,
)
from seapoint.compile.ovn.subnet import compile_subnet, readers_of_subnet
from seapoint.compile.ovn.tables import SETTINGS
from seapoint.intent.drain import Drain
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.router import Router
from seapoint.intent.security import SecurityGroup, SecurityGroupRule
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet
from seapoint.target.changes import Items, Key, Scope
from seapoint.target.rows import OWNER, Link, Row, Setting

#: What the rows of no object of a tenant's belong to.
CLOUD = Scope("cloud", "")

NOUNS = (
    Noun(Network, compile_network, readers_of_network),
    Noun(Subnet, compile_subnet, readers_of_subnet),
    Noun(Port, compile_port, readers_of_port),
    Noun(Router, compile_router, readers_of_router),
    Noun(FloatingIp, compile_floating_ip, readers_of_floating_ip),
    Noun(SecurityGroup, compile_group, readers_of_group),
    Noun(SecurityGroupRule, compile_rule, readers_of_rule),
)
_BY_KIND = {noun.type.KIND: noun for noun in NOUNS}


def scopes(intent: Intent) -> Iterator[Scope]:
    """Every scope of an intent."""
    yield CLOUD
    for noun in NOUNS:
        for identifier in intent.of(noun.type):
            yield Scope(noun.type.KIND, identifier)


def compile_scope(scope: Scope, intent: Intent, cloud: OvnCloud) -> dict[Key, Any]:
    """The scope's rows, links and settings; none when its object is gone. CompileError says why it cannot be."""
    if scope == CLOUD:
        return compile_drop_group() | _settings(cloud)
    return _BY_KIND[scope.kind].compile(scope.id, intent, cloud)


def dirty(change: Change, before: Intent, after: Intent) -> set[Scope]:
    """The scopes that read an object which changed: its own, and those of the objects that depend on it."""
    if isinstance(change.value, Drain):  # of a whole host: it may hold any router's gateway
        return set() if change.value.vip else set(scopes_of(after.of(Router).values()))
    noun = _BY_KIND.get(change.kind)
    if noun is None:  # a resource that OVN has no part in
        return set()
    found = {Scope(change.kind, change.id)}
    for value, intent in ((change.before, before), (change.after, after)):
        if value is not None:
            found.update(noun.readers(change, value, intent))
    return found


def owner(key: Key, observed: Items) -> Scope | None:
    """The scope that an observed item was compiled from; None when it does not tell."""
    if isinstance(key, Setting):
        return CLOUD
    row = observed.get(key.child if isinstance(key, Link) else key)
    if not isinstance(row, Row):
        return None
    kind, _, identifier = row.columns["external_ids"].get(OWNER, "").partition("/")
    return Scope(kind, identifier) if kind == CLOUD.kind or kind in _BY_KIND else None


def _settings(cloud: OvnCloud) -> dict[Key, Any]:
    if cloud.bfd is None:
        return {}
    values = (cloud.bfd.min_rx, cloud.bfd.min_tx, cloud.bfd.multiplier)
    return {setting: str(value) for setting, value in zip(SETTINGS, values, strict=True)}
