"""What the sections of a pass share: the target, the lines to the host's engines, and the agent's memory."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from seapoint.agent.kernel import Netlink
from seapoint.agent.looks import Looks
from seapoint.agent.memory import Memory, StateDirectory
from seapoint.agent.network import Features, Link, Wanted
from seapoint.agent.switch import Switch, kernel_datapath
from seapoint.agent.tunnels import in_user_space
from seapoint.agent.units import Units
from seapoint.agent.work import Work
from seapoint.base.errors import EngineError
from seapoint.engines.kernel import has_gre
from seapoint.target.host import HostTarget
from seapoint.target.report import Part

_log = logging.getLogger("seapoint.agent")


class Context:
    """State of the agent between passes; used by one thread."""

    def __init__(
        self,
        state: StateDirectory,
        units: Units,
        ovsdb: Path,
        on_switch_change: Callable[[], None],
        on_work_done: Callable[[], None],
    ) -> None:
        self.target: HostTarget | None = None
        self.state = state
        self.units = units
        self.work = Work(on_work_done)
        self.looks = Looks(on_work_done)
        self.netlink = Netlink()
        self.features = Features()
        self.wanted = Wanted()
        self.links: Mapping[str, Link] = {}
        #: What was written since the last report, one line each.
        self.changed: list[str] = []
        self._memory = state.memory()
        self.ovsdb = ovsdb
        self._on_switch_change = on_switch_change
        self._switch: Switch | None = None
        self._datapath: str | None = None
        self._gre: bool | None = None
        #: Whose routes Open vSwitch goes by with tunnels that it carries in user space.
        self.tunnel_routes: str | None = None

    @property
    def memory(self) -> Memory:
        return self._memory

    def remember(self, memory: Memory) -> None:
        """Keep a new memory, on disk before this returns; raises EngineError (a full disk) and then keeps the old."""
        if memory != self._memory:
            self.state.keep_memory(memory)
            self._memory = memory

    def tell(self, line: str) -> None:
        """Note something that was written."""
        _log.info("%s", line)
        self.changed.append(line)

    def switch(self) -> Switch:
        """The line to the host's Open vSwitch, opened when first needed."""
        if self._switch is None:
            self._switch = Switch(self.ovsdb, self._on_switch_change)
        return self._switch

    def serves_switch(self) -> bool:
        """Whether the host has an Open vSwitch whose database is served, or was while we ran."""
        return self._switch is not None or self.ovsdb.exists()

    def datapath(self) -> str:
        """The datapath of bridges here: the kernel's, where it has one, else user space."""
        if self._datapath is None:
            self._datapath = "system" if kernel_datapath() else "netdev"
        return self._datapath

    def hold(self, target: HostTarget) -> None:
        """Take a target as this kernel can carry it out."""
        if any(one.kind == "gre" for one in target.interfaces):
            if self._gre is None:
                self._gre = has_gre()
            target = target if self._gre else in_user_space(target)
        self.target = target

    def feature_words(self) -> dict[str, str]:
        words = self.features.words(self.wanted, self.links)
        if self._datapath is not None:
            words["datapath"] = self._datapath
        if self._gre is not None:
            words["gre"] = "GRE" if self._gre else "no GRE: Open vSwitch's"
        if self.tunnel_routes is not None:
            words["tunnel routes"] = self.tunnel_routes
        return words

    def close(self) -> None:
        self.netlink.close()
        if self._switch is not None:
            self._switch.close()


@contextmanager
def part(parts: list[Part], name: str) -> Iterator[None]:
    """Do one part; its failure is noted and goes no further."""
    try:
        yield
    except (EngineError, ValueError) as error:
        parts.append(Part(name, ok=False, reason=str(error)))
