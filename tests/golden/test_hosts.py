"""Every device's files for a whole cloud, as people would read them. ``pytest --update-golden`` writes them anew."""

from pathlib import Path
from typing import Any

import pytest

from seapoint.compile.hosts import compile_device, devices
from seapoint.compile.hosts.tenancy import tenancy
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.read import read_cloud
from seapoint.render.device import host_target, render_files
from tenants import tenants

HERE = Path(__file__).parent
TENANTS = HERE / "tenants.yaml"
EXAMPLES = HERE.parent.parent / "examples"
#: Case (a directory here) and the cloud file of the example that it is about.
CASES = {
    "codfw1dev": EXAMPLES / "codfw1dev" / "cloud.yaml",
    "two-racks": EXAMPLES / "codfw1dev" / "cloud-two-racks.yaml",
    "two-sites-codfw1dev": EXAMPLES / "two-sites" / "codfw1dev.yaml",
    "two-sites-twin1dev": EXAMPLES / "two-sites" / "twin1dev.yaml",
}


def cloud_of(case: str) -> Cloud:
    cloud = read_cloud(CASES[case].read_text()).cloud
    assert cloud is not None
    return cloud


@pytest.mark.parametrize("case", CASES)
def test_files(case: str, golden: Any) -> None:
    cloud = cloud_of(case)
    intent = tenants(TENANTS.read_text())
    files = {
        f"{name}/{path.lstrip('/')}": text
        for device in devices(cloud)
        for name, target in compile_device(cloud, intent, device).items()
        for path, text in render_files(host_target(target)).items()
    }
    findings = "".join(
        f"{finding.severity}: {finding.subject}: {finding.message}\n" for finding in tenancy(cloud, intent).findings
    )
    golden.compare(HERE / case / "hosts", {**files, "findings": findings})


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_tenants_objects_changes_nothing(case: str, seed: int) -> None:
    cloud = cloud_of(case)
    text = TENANTS.read_text()
    for device in devices(cloud):
        assert compile_device(cloud, tenants(text, seed), device) == compile_device(cloud, tenants(text), device)
