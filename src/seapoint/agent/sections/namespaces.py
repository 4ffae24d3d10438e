"""Section "namespaces": network namespaces of the host, each with one cable out of it."""

from dataclasses import replace

from seapoint.agent.context import Context, part
from seapoint.agent.kernel import Netlink
from seapoint.agent.namespaces import delete_namespace, looked_into, plug, send_whole_packets, unplug
from seapoint.agent.network import Kernel
from seapoint.agent.plan import Difference, plan_addresses, plan_links
from seapoint.agent.realms import wanted_network
from seapoint.agent.sections.networking import carry_out
from seapoint.base.errors import EngineError
from seapoint.target.host import HostTarget, Interface, Namespace
from seapoint.target.report import Part


def hold_namespaces(context: Context) -> list[Part]:
    """Make what is missing, delete what we made and is not wanted; its cable goes with the section "network"."""
    assert context.target is not None
    wanted = context.target.namespaces
    stale = sorted(context.memory.namespaces - {namespace.name for namespace in wanted})
    parts: list[Part] = []
    host, _ = context.netlink.observe() if wanted else (Kernel(), False)
    for namespace in wanted:
        with part(parts, f"namespace {namespace.name}"):
            parts += _hold(context, namespace, host) or [Part(f"namespace {namespace.name}")]
    for name in stale:
        with part(parts, f"namespace {name}"):
            delete_namespace(name)
            context.remember(replace(context.memory, namespaces=context.memory.namespaces - {name}))
            context.tell(f"delete namespace {name}")
    return parts


def _hold(context: Context, namespace: Namespace, host: Kernel) -> list[Part]:
    # remembered before it is made: a crash in between must not leave one that nobody deletes
    context.remember(replace(context.memory, namespaces=context.memory.namespaces | {namespace.name}))
    with looked_into(namespace.name) as netlink:
        return _hold_inside(context, netlink, namespace, host)


def _hold_inside(context: Context, netlink: Netlink, namespace: Namespace, host: Kernel) -> list[Part]:
    kernel, _ = netlink.observe()
    if not _plugged(namespace, host, kernel):
        plug(namespace, context.serves_switch())
        context.tell(f"add namespace {namespace.name} behind {namespace.cable}")
        kernel, _ = netlink.observe()
    if context.datapath() == "netdev":
        send_whole_packets(namespace)
    nic = Interface(namespace.NIC, mtu=namespace.mtu, addresses=namespace.addresses)
    inside = HostTarget(namespace.name, interfaces=(Interface("lo"), nic))
    wanted = wanted_network(inside, context.features)
    differences = plan_links(kernel, wanted), plan_addresses(kernel, wanted)
    return carry_out(
        context,
        netlink,
        kernel,
        Difference(
            tuple(operation for difference in differences for operation in difference.operations),
            tuple(problem for difference in differences for problem in difference.problems),
        ),
    )


def _plugged(namespace: Namespace, host: Kernel, kernel: Kernel) -> bool:
    """Whether its cable leads to it; one of ours that leads elsewhere, or with another MAC, is taken away."""
    outside, inside = host.links.get(namespace.cable), kernel.links.get(namespace.NIC)
    if outside is not None and inside is not None and inside.mac == namespace.mac:
        return True
    if outside is not None and not outside.ours:
        raise EngineError(f"somebody else's interface {namespace.cable} stands there; it is left alone")
    if outside is not None:
        unplug(namespace.cable)
    return False
