"""Other clouds than the example's pass their own live tests: over Geneve, and in two racks."""

from collections import Counter
from pathlib import Path

import pytest

from lab.inspection import encapsulations
from lab.standing import EXAMPLE, INTERNET, standing
from seapoint.probe.kinds.full_size import FullSize
from seapoint.probe.labels import IPV6

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


def test_the_same_file_over_geneve(tmp_path: Path) -> None:
    text = (EXAMPLE / "cloud.yaml").read_text()
    assert "type: vxlan" in text
    file = tmp_path / "cloud.yaml"
    file.write_text(text.replace("type: vxlan", "type: geneve"))

    with standing("geneve", file) as cloud:
        assert Counter(label for result in cloud.passes() for label in result.probe.covers)[IPV6] == 42
        assert encapsulations(cloud, "cloudvirt2004-dev") == {"geneve"}


def test_two_racks_carry_packets_of_full_size_on_every_path() -> None:
    with standing("two-racks", EXAMPLE / "cloud-two-racks.yaml") as cloud:
        network = next(cloud.api.networks(name="VXLAN/IPv6-dualstack"))
        for name, hypervisor in (("second-rack", "cloudvirt2005-dev"), ("same-rack", "cloudvirt2006-dev")):
            cloud.add_instance(name, network, hypervisor)

        results = cloud.passes()

        whole = {
            (result.probe.where, result.probe.check.target, result.probe.check.address.version)
            for result in results
            if isinstance(result.probe.check, FullSize)
        }
        dual = ("networktests-vxlan-dualstack", "second-rack", "same-rack")
        for one in dual:
            for family in (4, 6):
                far = {
                    target.partition(".")[0] for where, target, version in whole if (where, version) == (one, family)
                }
                assert {*dual} - {one} <= far, f"{one} sent no full-size packet of family {family} to some of {dual}"
            assert {version for where, target, version in whole if where == one and target in INTERNET.values()} == {
                4,
                6,
            }
