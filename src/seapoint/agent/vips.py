"""How the host announces its VIPs: its health daemon's word, for the report."""

import json
from pathlib import Path

from seapoint.target.report import VipReport


def announced(told: Path) -> tuple[VipReport, ...]:
    """What the daemon's file tells; nothing where there is none or it is broken."""
    try:
        return tuple(VipReport.from_json(row) for row in json.loads(told.read_text())["vips"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()
