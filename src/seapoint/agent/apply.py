"""One pass over a target: every section compares itself with the host and writes what differs.

Sections are independent: one that fails leaves what it had in force, and the others go on. Each is level-triggered: it
reads the host's state and writes the difference, so a pass over a host that holds its target writes nothing, and a
pass after a crash goes on where the last one was cut off.
"""

import logging
from collections.abc import Callable

from seapoint.agent.context import Context
from seapoint.agent.sections.firewall import hold_ruleset
from seapoint.agent.sections.namespaces import hold_namespaces
from seapoint.agent.sections.networking import hold_network
from seapoint.agent.sections.overlay import hold_overlay
from seapoint.agent.sections.services import hold_units
from seapoint.agent.sections.settings import hold_sysctls
from seapoint.agent.sections.switching import hold_switch
from seapoint.agent.sections.texts import hold_files
from seapoint.agent.watch import DAEMONS, NETWORK, RULESET, SWITCH
from seapoint.base.errors import EngineError
from seapoint.target.report import Part

_log = logging.getLogger("seapoint.agent")

Section = Callable[[Context], list[Part]]

#: Name, function, and the topics that wake it (a new target and the audit wake all), in the order of application. The
#: ruleset comes first: nothing may be forwarded before it is in force.
SECTIONS: tuple[tuple[str, Section, frozenset[str]], ...] = (
    ("nftables", hold_ruleset, frozenset({RULESET})),
    ("sysctls", hold_sysctls, frozenset({DAEMONS})),
    ("namespaces", hold_namespaces, frozenset({NETWORK})),
    ("bridges", hold_switch, frozenset({SWITCH})),
    ("network", hold_network, frozenset({NETWORK, RULESET})),
    ("overlay", hold_overlay, frozenset({NETWORK, SWITCH})),
    ("files", hold_files, frozenset({DAEMONS})),
    ("units", hold_units, frozenset({DAEMONS})),
)


def apply_sections(context: Context, results: dict[str, list[Part]], topics: frozenset[str] | None) -> None:
    """Run the sections that these topics wake (None: all) and put each one's parts into ``results``."""
    for name, section, wakes in SECTIONS:
        if topics is None or topics & wakes:
            try:
                results[name] = section(context)
            except EngineError as error:
                results[name] = [Part(name, ok=False, reason=str(error))]
            except Exception as error:  # noqa: BLE001 - the loop's edge: a fault of ours in one section stops no other
                _log.exception("section %s", name)
                results[name] = [Part(name, ok=False, reason=f"a fault of the agent itself: {error!r}")]
