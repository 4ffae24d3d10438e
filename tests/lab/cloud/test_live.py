"""The example's cloud passes all of its own live tests."""

from collections import Counter

import pytest

from lab.inspection import encapsulations
from lab.standing import Standing
from seapoint.probe.labels import FUNCTIONAL, IPV6

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


def hands(cloud: Standing) -> int:
    """How often agents have found FRR with another configuration than it was given."""
    logs = [cloud.lab.host(host) / "log" / "seapoint-agent.log" for host in cloud.hosts]
    assert any(log.exists() for log in logs)
    return sum(log.read_text().count("does not run with what it was given") for log in logs if log.exists())


def test_codfw1dev_passes_every_live_test(codfw1dev: Standing) -> None:
    before = hands(codfw1dev)
    results = codfw1dev.passes()
    assert hands(codfw1dev) == before, "FRR writes in its own way what it was given: an agent knows that from a hand"

    covered = Counter(label for result in results for label in result.probe.covers)
    assert covered[IPV6] == 42
    assert {label for label in FUNCTIONAL.values() if not covered[label]} == set()
    assert encapsulations(codfw1dev, "cloudvirt2004-dev") == {"vxlan"}
