"""Connection tables kept in step between hosts, as data. Source: conntrackd.conf(5), mode FTFW."""

from dataclasses import dataclass

from seapoint.base.addresses import Address


@dataclass(frozen=True, slots=True)
class Conntrackd:
    """``address`` on ``interface`` and ``peer`` of the same family carry the updates.

    Connections from or to ``ignored`` addresses are the host's own and stay with it. ``table_size``: entries at most
    in the kernel's table.
    """

    interface: str
    address: Address
    peer: Address
    ignored: tuple[Address, ...]
    table_size: int
