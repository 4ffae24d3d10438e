"""Load balancers in the standing cloud: our own API behind the VIP, one that stops, a file that HAProxy refuses."""

import json
from pathlib import Path

import pytest

from lab.inspection import paths
from lab.openstack import openstack
from lab.standing import BALANCERS, Standing
from lab.waiting import until
from seapoint.lab import control
from seapoint.lab import host as lab_host

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

VIP = {4: "185.15.57.24/32", 6: "2a02:ec80:a100:4000::1/128"}
CERTIFICATE, CONF = "/etc/seapoint/tls/openstack-codfw1dev.pem", "/etc/haproxy/haproxy.cfg"


def owners_in_use(cloud: Standing) -> set[int]:
    """How many owners of the API's VIP the switch uses, by family."""
    return {paths(cloud, family).get(VIP[family], 0) for family in (4, 6)}


@pytest.mark.parametrize("caller", ["cloudnet2005-dev", "networktests-vxlan-dualstack"])
def test_openstack_s_own_client_reaches_our_api_by_the_vip_s_name(codfw1dev: Standing, caller: str) -> None:
    said = openstack(codfw1dev, caller, "network", "list")
    assert {one["ID"] for one in said} == {one.id for one in codfw1dev.api.networks()}


def test_metrics_are_for_owners_of_services(codfw1dev: Standing) -> None:
    for address in ("172.20.5.3", "[2a02:ec80:a100:205::3]"):
        ask = ("curl", "-s", "-m", "30", f"http://{address}:8081/metrics?scope=frontend")
        assert 'haproxy_frontend_status{proxy="neutron"' in codfw1dev.run("cloudservices2004-dev", *ask)
        ask = ("curl", "-s", "-m", "3", ask[-1])
        assert codfw1dev.run("networktests-vxlan-dualstack", *ask, check=False) == ""


def test_a_balancer_that_stops_is_announced_no_more_until_it_is_well(codfw1dev: Standing) -> None:
    until(lambda: owners_in_use(codfw1dev) == {3}, "three balancers in use")
    host = lab_host.find(codfw1dev.lab, BALANCERS[0])
    try:
        for unit in ("seapoint-agent.service", "haproxy.service"):  # the agent would start it again
            assert control.request(host, "stop", unit)["ok"]
        until(lambda: owners_in_use(codfw1dev) == {2}, "the VIP withdrawn by one")
        codfw1dev.passes("functional-1[56]")
    finally:
        assert control.request(host, "start", "seapoint-agent.service")["ok"]
    until(lambda: owners_in_use(codfw1dev) == {3}, "three balancers in use again")


def test_what_haproxy_refuses_leaves_the_old_and_the_status_says_why(codfw1dev: Standing, tmp_path: Path) -> None:
    file, text = tmp_path / "cloud.yaml", codfw1dev.client.get("/seapoint/v1/cloud")["text"]
    certificate = codfw1dev.run(BALANCERS[0], "cat", CERTIFICATE)
    before = codfw1dev.run(BALANCERS[0], "cat", CONF)
    codfw1dev.run(BALANCERS[0], "rm", CERTIFICATE)
    try:
        assert "magnum: {ports: [29511]}" in text
        file.write_text(text.replace("magnum: {ports: [29511]}", "magnum: {ports: [29511], sticky: 5}"))
        said = codfw1dev.seapoint("apply", str(file), "--timeout", "20")
        assert said.status != 0
        told = codfw1dev.client.get("/seapoint/v1/status")["hosts"]
        assert f"{CERTIFICATE}' : No such file" in json.dumps(told[BALANCERS[0]])
        assert told[BALANCERS[1]]["state"] == "applied"
        assert codfw1dev.run(BALANCERS[0], "cat", CONF) == before
        assert "expire 5m" in codfw1dev.run(BALANCERS[1], "cat", CONF)
        codfw1dev.passes("balancer")
    finally:
        lab_host.write(lab_host.find(codfw1dev.lab, BALANCERS[0]), CERTIFICATE, certificate)
        file.write_text(text)
        codfw1dev.told("apply", str(file))
    assert codfw1dev.run(BALANCERS[0], "cat", CONF) == before
