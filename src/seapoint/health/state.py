"""The daemon's word on each address, in a file: for the agent's report, and for itself after a restart."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from seapoint.health.judge import Health
from seapoint.target.report import VipReport


@dataclass(frozen=True, slots=True)
class Known(VipReport):
    """What is told, and the health that it follows from."""

    well: bool = True
    failure: str = ""


def keep(path: Path, known: Iterable[Known]) -> None:
    """Replace the file, whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"vips": [asdict(one) for one in known]}, indent=2) + "\n")
    new.replace(path)


def remembered(path: Path) -> dict[str, Health]:
    """What was known of each address when the file was written; nothing where there is none or it is broken."""
    try:
        rows = json.loads(path.read_text())["vips"]
        return {str(row["address"]): Health(bool(row["well"]), 0, str(row["failure"])) for row in rows}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
