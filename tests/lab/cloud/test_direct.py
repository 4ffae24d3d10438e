"""DNS through balancers, which backends see, and served directly, where they see the client: on packets."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from lab.edits import WHOAMI, with_whoami
from lab.standing import Standing
from lab.whoami import PROXIED, answered_by
from seapoint.lab import apis
from seapoint.lab import host as lab_host

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

BACKENDS = ("cloudcontrol2005-dev", "cloudcontrol2006-dev", "cloudcontrol2010-dev")
SERVING = ("cloudservices2004-dev", "cloudservices2005-dev")
OF_BALANCERS = {f"{prefix}{number}" for prefix in ("172.20.5.", "2a02:ec80:a100:205::") for number in (3, 4, 6)}
NEIGHBOUR, INSTANCE = "cloudvirt2004-dev", "networktests-vxlan-dualstack"


@contextmanager
def serving(cloud: Standing, host: str) -> Iterator[None]:
    """A host tells who asks it; the process dies with the one that entered the host."""
    command = ("setpriv", "--pdeathsig", "KILL", sys.executable, "-I", "-S", apis.__file__, f"udp:{WHOAMI}")
    process = lab_host.popen(lab_host.find(cloud.lab, host), command)
    try:
        yield
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def whoami(codfw1dev: Standing, tmp_path: Path) -> Iterator[Standing]:
    before, edited = tmp_path / "before.yaml", tmp_path / "cloud.yaml"
    before.write_text(codfw1dev.client.get("/seapoint/v1/cloud")["text"])
    places = {"balancers": "cloudlb", "backends": "cloudcontrol", "serving": "cloudservices"}
    edited.write_text(with_whoami(before.read_text(), **places))
    with ExitStack() as everything:
        everything.callback(codfw1dev.told, "apply", str(before))
        for host in (*BACKENDS, *SERVING):
            everything.enter_context(serving(codfw1dev, host))
        codfw1dev.told("apply", str(edited))
        yield codfw1dev


def own_addresses(cloud: Standing) -> dict[tuple[str, int], str]:
    """What the two who ask have, by family."""
    fixed = [one["ip_address"] for one in next(cloud.api.ports(name=INSTANCE)).fixed_ips]
    own = {(INSTANCE, 6 if ":" in address else 4): address for address in fixed}
    return own | {(NEIGHBOUR, 4): "172.20.5.15", (NEIGHBOUR, 6): "2a02:ec80:a100:205::15"}


def test_backends_see_balancers_and_every_live_test_of_both_ways_passes(whoami: Standing) -> None:
    for (where, family), own in own_addresses(whoami).items():
        told = answered_by(whoami, where, PROXIED[family], 53, {*BACKENDS})
        assert {one.source for one in told} <= OF_BALANCERS - {own}
    whoami.passes("balancer")
