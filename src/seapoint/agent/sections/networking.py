"""Section "network": links, the seal around some of them, their settings, addresses, rules and routes."""

from dataclasses import replace

from seapoint.agent.context import Context, part
from seapoint.agent.kernel import Netlink, UnsupportedError
from seapoint.agent.network import Kernel, Wanted
from seapoint.agent.plan import (
    AddAddress,
    AddLink,
    AddRule,
    DeleteAddress,
    DeleteLink,
    DeleteRoute,
    DeleteRule,
    Difference,
    Operation,
    PutRoute,
    SetLink,
    plan_addresses,
    plan_links,
    plan_routes,
    plan_rules,
)
from seapoint.agent.realms import wanted_network
from seapoint.agent.ruleset import SEAL, held_tables, seal_text
from seapoint.agent.sections.firewall import keep_loaded
from seapoint.agent.sections.settings import write_all
from seapoint.agent.sysctls import split_sysctls, wanted_sysctls
from seapoint.base.errors import ConflictError, EngineError
from seapoint.target.report import Part


def hold_network(context: Context) -> list[Part]:
    """Everything of netlink. A kind of link that the kernel turns out to lack is made of what it has, at once."""
    assert context.target is not None
    while True:
        try:
            wanted = wanted_network(context.target, context.features)
            context.wanted = wanted
            return _hold(context, wanted)
        except UnsupportedError as error:
            context.features = replace(context.features, **{error.kind: False})
        except (EngineError, ValueError) as error:
            return [Part("interfaces", ok=False, reason=str(error))]


def _hold(context: Context, wanted: Wanted) -> list[Part]:
    kernel = _observe(context)
    difference = plan_links(kernel, wanted)
    links = carry_out(context, context.netlink, kernel, difference)
    if difference.operations:
        kernel = _observe(context)
    links += _seal(context, kernel)
    links += _settings(context, kernel)
    links += _addresses(context, kernel, wanted)
    kernel = _observe(context)
    rules = carry_out(context, context.netlink, kernel, plan_rules(kernel, wanted))
    routes = _routes(context, kernel, wanted)
    return [
        *(links or [Part("interfaces")]),
        *(rules or [Part("rules")]),
        *(routes or [Part("routes")]),
    ]


def _observe(context: Context) -> Kernel:
    kernel, marks = context.netlink.observe(context.memory.addresses)
    context.features = replace(context.features, address_protocol=marks)
    context.links = kernel.links
    return kernel


def _seal(context: Context, kernel: Kernel) -> list[Part]:
    """Hide interfaces that a userspace datapath reads from the host's own kernel.

    The kernel's datapath takes its frames behind the ingress hook and leaves none to the host: there a seal would be in
    its way.
    """
    assert context.target is not None
    devices = [one.name for one in context.target.interfaces if one.sealed and one.name in kernel.links]
    if devices and context.datapath() == "system":
        devices = []
    parts: list[Part] = []
    if not devices and "seal" not in context.memory.rulesets:
        return parts
    with part(parts, "seal"):
        held = [table for table in held_tables() if table[1] == SEAL]
        keep_loaded(context, "seal", seal_text(devices), held)
    return parts


def _settings(context: Context, kernel: Kernel) -> list[Part]:
    """Settings of the interfaces that are there; that one is missing was told by the plan of the links."""
    assert context.target is not None
    _, bound = split_sysctls(wanted_sysctls(context.target))
    named = {one.name for one in context.target.interfaces}
    absent = named - set(kernel.links)
    return write_all(context, {path: value for path, value in bound.items() if path.split("/")[3] not in absent})


def _addresses(context: Context, kernel: Kernel, wanted: Wanted) -> list[Part]:
    difference = plan_addresses(kernel, wanted)
    if not context.features.address_protocol:
        held = {(entry.address.device, entry.address.address) for entry in kernel.addresses if entry.ours}
        added = {
            (operation.address.device, operation.address.address)
            for operation in difference.operations
            if isinstance(operation, AddAddress)
        }
        context.remember(replace(context.memory, addresses=frozenset(held | added)))
    return carry_out(context, context.netlink, kernel, difference)


def _routes(context: Context, kernel: Kernel, wanted: Wanted) -> list[Part]:
    difference = plan_routes(kernel, wanted)
    while True:
        try:
            return carry_out(context, context.netlink, kernel, difference)
        except ConflictError:
            # a route of somebody else is in the way, or is just what we want: look at all of them
            context.netlink.foreign_routes = True
            kernel = _observe(context)
            difference = plan_routes(kernel, wanted)


def carry_out(context: Context, netlink: Netlink, kernel: Kernel, difference: Difference) -> list[Part]:
    """Do what differs in the namespace of a netlink line; a part for each thing that cannot be done.

    Raises UnsupportedError for a kind of link that the kernel lacks, ConflictError for a route that is somebody else's.
    """
    parts = [Part(problem.part, ok=False, reason=problem.reason) for problem in difference.problems]
    indexes = {link.name: link.index for link in kernel.links.values()}
    for operation in difference.operations:
        try:
            netlink.apply(operation, indexes)
        except UnsupportedError:
            raise
        except ConflictError as error:
            if isinstance(operation, PutRoute) and not netlink.foreign_routes:
                raise
            parts.append(Part(_name(operation), ok=False, reason=str(error)))
        except EngineError as error:
            parts.append(Part(_name(operation), ok=False, reason=str(error)))
        else:
            context.tell(str(operation))
    return parts


def _name(operation: Operation) -> str:
    match operation:
        case AddLink(link):
            return f"interface {link.name}"
        case SetLink(name) | DeleteLink(name):
            return f"interface {name}"
        case AddAddress(address) | DeleteAddress(address):
            return f"address {address.address} on {address.device}"
        case PutRoute(route) | DeleteRoute(route):
            return f"route {route}"
        case AddRule(rule) | DeleteRule(rule):
            return f"rule {rule}"
