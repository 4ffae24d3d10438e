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


def test_codfw1dev_passes_every_live_test(codfw1dev: Standing) -> None:
    results = codfw1dev.passes()

    covered = Counter(label for result in results for label in result.probe.covers)
    assert covered[IPV6] == 42
    assert {label for label in FUNCTIONAL.values() if not covered[label]} == set()
    assert encapsulations(codfw1dev, "cloudvirt2004-dev") == {"vxlan"}
