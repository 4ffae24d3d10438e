"""Other clouds than the example's pass their own live tests: over Geneve, and in two racks, with DNS across them."""

from collections import Counter
from pathlib import Path

import pytest

from lab.edits import WHOAMI, with_whoami
from lab.inspection import encapsulations
from lab.standing import EXAMPLE, HYPERVISORS, INTERNET, Standing, standing
from lab.whoami import DIRECT, PROXIED, answered_by
from seapoint.lab import control
from seapoint.lab import host as lab_host
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


def dns_crosses_racks(cloud: Standing) -> None:
    """A balancer asks backends of both racks; a client is answered by its own rack's server, then by the other's."""
    owner = lab_host.find(cloud.lab, "cloudservices2004-dev")
    for address in PROXIED.values():
        for where in ("cloudnet2005-dev", "cloudnet2006-dev"):
            answered_by(cloud, where, address, 53, {*HYPERVISORS})
    for host, then in ((owner.name, "stop"), ("cloudservices2005-dev", "start"), (owner.name, "status")):
        for address in DIRECT.values():
            told = answered_by(cloud, "cloudnet2005-dev", address, WHOAMI, {host})
            assert {one.source for one in told} <= {"172.20.5.13", "2a02:ec80:a100:205::13"}
        assert control.request(owner, then, "services.service")["ok"]


def test_two_racks_carry_packets_of_full_size_on_every_path(tmp_path: Path) -> None:
    file, text = tmp_path / "cloud.yaml", (EXAMPLE / "cloud-two-racks.yaml").read_text()
    places = {"balancers": "cloudservices", "backends": "cloudvirt", "serving": "cloudservices"}
    file.write_text(with_whoami(text, **places))
    with standing("two-racks", file) as cloud:
        network = next(cloud.api.networks(name="VXLAN/IPv6-dualstack"))
        for name, hypervisor in (("second-rack", "cloudvirt2005-dev"), ("same-rack", "cloudvirt2006-dev")):
            cloud.add_instance(name, network, hypervisor)

        results = cloud.passes()
        dns_crosses_racks(cloud)

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
