"""The example deployment, compiled: what contract tests give to the real programs."""

from pathlib import Path

import pytest

from seapoint.compile.hosts import compile_device, devices
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.target.device import Device
from tenants import tenants

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def cloud() -> Cloud:
    cloud = read_cloud((ROOT / "examples/codfw1dev/cloud.yaml").read_text()).cloud
    assert cloud is not None
    return cloud


@pytest.fixture(scope="session")
def intent() -> Intent:
    return tenants((ROOT / "tests/golden/tenants.yaml").read_text())


@pytest.fixture(scope="session")
def compiled(cloud: Cloud, intent: Intent) -> dict[str, Device]:
    """Every target by its name."""
    return {name: one for device in devices(cloud) for name, one in compile_device(cloud, intent, device).items()}
