"""The health daemon's file: pure."""

import json

from seapoint.render.owner import owner
from seapoint.target.health import CONFIGURATION, Health
from seapoint.target.host import File, Unit


def health_files(health: Health) -> tuple[File, ...]:
    """The configuration."""
    text = json.dumps({"_": owner("").strip(), **health.to_json()}, indent=2)
    return (File(CONFIGURATION, text + "\n"),)


def health_units() -> tuple[Unit, ...]:
    """A reload keeps what is known of each address."""
    return (Unit("seapoint-health.service", (CONFIGURATION,), "reload"),)
