"""DNS through balancers, which backends see, and served directly, where they see the client: on packets."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.edits import NAMES, WHOAMI, with_whoami
from lab.standing import Standing
from lab.waiting import until
from lab.whoami import DIRECT, PROXIED, answered_by
from seapoint.lab import control

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

BACKENDS = ("cloudcontrol2005-dev", "cloudcontrol2006-dev", "cloudcontrol2010-dev")
SERVING = ("cloudservices2004-dev", "cloudservices2005-dev")
OF_BALANCERS = {f"{prefix}{number}" for prefix in ("172.20.5.", "2a02:ec80:a100:205::") for number in (3, 4, 6)}
PLAYED = "services.service"
NEIGHBOUR, INSTANCE = "cloudvirt2004-dev", "networktests-vxlan-dualstack"


@pytest.fixture
def whoami(codfw1dev: Standing, tmp_path: Path) -> Iterator[Standing]:
    """The standing cloud with the services of ``with_whoami``, which the lab plays on the hosts that the file names."""
    before, edited = tmp_path / "before.yaml", tmp_path / "cloud.yaml"
    before.write_text(codfw1dev.client.get("/seapoint/v1/cloud")["text"])
    places = {"balancers": "cloudlb", "backends": "cloudcontrol", "serving": "cloudservices", "names": "cloudservices"}
    edited.write_text(with_whoami(before.read_text(), **places))
    try:
        codfw1dev.told("apply", str(edited))
        yield codfw1dev
    finally:
        codfw1dev.told("apply", str(before))


@contextmanager
def stopped(cloud: Standing, host: str) -> Iterator[None]:
    """Nothing that the lab plays on a host answers meanwhile."""
    assert control.request(cloud.hosts[host], "stop", PLAYED)["ok"]
    try:
        yield
    finally:
        assert control.request(cloud.hosts[host], "start", PLAYED)["ok"]


def own_addresses(cloud: Standing) -> dict[tuple[str, int], str]:
    """What the two who ask have, by family."""
    fixed = [one["ip_address"] for one in next(cloud.api.ports(name=INSTANCE)).fixed_ips]
    own = {(INSTANCE, 6 if ":" in address else 4): address for address in fixed}
    return own | {(NEIGHBOUR, 4): "172.20.5.15", (NEIGHBOUR, 6): "2a02:ec80:a100:205::15"}


def test_a_balancer_leads_questions_to_backends_that_are_well(whoami: Standing) -> None:
    cloud = whoami
    for (where, family), own in own_addresses(cloud).items():
        told = answered_by(cloud, where, PROXIED[family], 53, {*BACKENDS})
        assert {one.source for one in told} <= OF_BALANCERS - {own}
    cloud.passes("balancer")

    *others, ends = BACKENDS
    with stopped(cloud, ends):
        for address in PROXIED.values():
            answered_by(cloud, NEIGHBOUR, address, 53, {*others})
    for address in PROXIED.values():
        answered_by(cloud, NEIGHBOUR, address, 53, {*BACKENDS})


def test_a_balancer_before_the_name_servers_takes_tcp_too_and_counts(whoami: Standing) -> None:
    cloud, name = whoami, "ns0.openstack.codfw1dev.wikimediacloud.org"
    for address in PROXIED.values():
        for transport in ("+notcp", "+tcp"):
            question = ("kdig", "+short", "+time=2", transport, "-p", str(NAMES), f"@{address}", name, "A")
            until(
                lambda q=question: cloud.run(NEIGHBOUR, *q, check=False) == "185.15.57.25\n", f"{transport} {address}"
            )
            # it is for hosts in cloud-private subnets
            assert "185.15.57.25" not in cloud.run(INSTANCE, *question, check=False)
    metrics = ("curl", "-s", "-m", "10", "http://172.20.5.3:8083/metrics")
    assert 'dnsdist_server_status{server="cloudservices2004-dev' in cloud.run(NEIGHBOUR, *metrics)
    assert cloud.run(INSTANCE, "curl", "-s", "-m", "3", metrics[-1], check=False) == ""


def test_a_direct_answer_comes_from_the_owner_that_sees_the_client(whoami: Standing) -> None:
    cloud = whoami
    for (where, family), own in own_addresses(cloud).items():
        told = answered_by(cloud, where, DIRECT[family], WHOAMI, {*SERVING})
        assert {one.source for one in told} == {own}
    cloud.passes("balancer")

    stays, ends = SERVING
    with stopped(cloud, ends):
        for address in DIRECT.values():
            answered_by(cloud, NEIGHBOUR, address, WHOAMI, {stays})
    for address in DIRECT.values():
        answered_by(cloud, NEIGHBOUR, address, WHOAMI, {*SERVING})
