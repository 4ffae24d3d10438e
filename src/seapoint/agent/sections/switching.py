"""Section "bridges": the host's own Open vSwitch."""

from seapoint.agent.context import Context
from seapoint.agent.sections.services import start_units
from seapoint.agent.switch import SWITCH_UNITS
from seapoint.agent.switch_plan import wanted_switch
from seapoint.base.errors import EngineError
from seapoint.target.report import Part


def hold_switch(context: Context) -> list[Part]:
    """Bridges, ports and settings; starts the daemon first where the target has it in its units."""
    target = context.target
    assert target is not None
    if target.open_vswitch is None and not any(interface.bridge for interface in target.interfaces):
        if not context.serves_switch():
            return []
    else:
        failed = start_units(context, [unit for unit in target.units if unit.name in SWITCH_UNITS])
        if failed:
            return failed
    try:
        difference = context.switch().reconcile(wanted_switch(target, context.datapath()))
    except EngineError as error:
        return [Part("bridges", ok=False, reason=str(error))]
    for line in difference.lines:
        context.tell(line)
    return [Part(problem.part, ok=False, reason=problem.reason) for problem in difference.problems] or [Part("bridges")]
