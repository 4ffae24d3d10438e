"""Tenants' change sets rolled back on the standing cloud: the same objects again, or a refusal that names each."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests

from lab.standing import GROUP, PROJECT, Standing
from lab.waiting import until

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

FLOATING = "185.15.57.6"
CHANGING = {"revision_number", "updated_at"}  # a restored object is the same at a later time

Ask = Callable[..., Any]


def change_set(cloud: Standing) -> tuple[str, Ask]:
    """The name of a change set, and requests that are part of it."""
    name = f"test-{uuid.uuid4().hex[:8]}"

    def ask(method: str, path: str, body: Any = None) -> Any:
        headers = {"X-Auth-Token": cloud.client.token, "X-Change-Set": name}
        answer = requests.request(method, cloud.client.url + path, json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.text else None

    return name, ask


def shown(cloud: Standing, *paths: str) -> list[dict[str, Any]]:
    """Objects as the API shows them, without what any change of them changes."""
    bodies = [next(iter(cloud.client.get(path).values())) for path in paths]
    return [{key: value for key, value in body.items() if key not in CHANGING} for body in bodies]


def answers(cloud: Standing, address: str) -> bool:
    return " 0% packet loss" in cloud.run("internet", "ping", "-c1", "-W1", address, check=False)


def test_what_stopped_packets_is_undone_and_they_flow_again(codfw1dev: Standing) -> None:
    cloud = codfw1dev
    floating = next(cloud.api.ips(floating_ip_address=FLOATING)).id
    group = next(cloud.api.security_groups(name=GROUP, project_id=PROJECT)).id
    icmp = [rule.id for rule in cloud.api.security_group_rules(security_group_id=group) if "icmp" in str(rule.protocol)]
    [port] = cloud.api.ports(name="networktests-vxlan-dualstack")
    own6 = next(fixed["ip_address"] for fixed in port.fixed_ips if ":" in fixed["ip_address"])
    paths = [f"/v2.0/floatingips/{floating}", *(f"/v2.0/security-group-rules/{rule}" for rule in icmp)]
    before = shown(cloud, *paths)
    name, ask = change_set(cloud)

    for path in paths:
        ask("DELETE", path)
    for address in (FLOATING, "185.15.57.5", own6):
        until(lambda address=address: not answers(cloud, address), f"{address} is silent")

    cloud.told("rollback", name)
    assert shown(cloud, *paths) == before
    for address in (FLOATING, "185.15.57.5", own6):
        until(partial(answers, cloud, address), f"{address} answers again")
    cloud.forwards()


def test_deleted_networks_come_back_with_identifiers_addresses_and_macs(codfw1dev: Standing) -> None:
    cloud = codfw1dev
    _, make = change_set(cloud)
    network = make("POST", "/v2.0/networks", {"network": {"name": "lost", "project_id": PROJECT}})["network"]["id"]
    prefixes = (("172.16.134.0/24", 4), ("2a02:ec80:a100:24::/64", 6))
    subnets = [
        make("POST", "/v2.0/subnets", {"subnet": {"network_id": network, "cidr": cidr, "ip_version": version}})
        for cidr, version in prefixes
    ]
    ports = [make("POST", "/v2.0/ports", {"port": {"network_id": network, "name": "lost"}}) for _ in range(2)]
    paths = [
        f"/v2.0/networks/{network}",
        *(f"/v2.0/subnets/{one['subnet']['id']}" for one in subnets),
        *(f"/v2.0/ports/{one['port']['id']}" for one in ports),
    ]
    before = shown(cloud, *paths)
    assert all(len(port["fixed_ips"]) == 2 for port in before[3:])

    name, ask = change_set(cloud)
    for path in reversed(paths):
        ask("DELETE", path)
    cloud.told("rollback", name)
    assert shown(cloud, *paths) == before
    rows = cloud.run("cloudcontrol2005-dev", "ovn-nbctl", "--bare", "--columns=name", "list", "Logical_Switch_Port")
    assert {one["port"]["id"] for one in ports} <= {*rows.split()}

    refused = cloud.seapoint("rollback", name)  # what it deleted is there again: somebody has changed it since
    assert refused.status == 1
    for path in paths:
        assert path.rpartition("/")[2] in refused.err
    for path in reversed(paths):
        ask("DELETE", path)


def test_what_somebody_has_changed_since_is_not_overwritten(codfw1dev: Standing) -> None:
    cloud = codfw1dev
    names = ("networktests-vlan-legacy", "networktests-vxlan-ipv4only")
    ports = [next(cloud.api.ports(name=name)) for name in names]
    paths = [f"/v2.0/ports/{port.id}" for port in ports]
    original = shown(cloud, *paths)
    name, ask = change_set(cloud)
    for path in paths:
        ask("PUT", path, {"port": {"description": "wrong"}})
    _, later = change_set(cloud)
    later("PUT", paths[0], {"port": {"description": "mended by somebody else"}})
    before = shown(cloud, *paths)

    said = cloud.seapoint("rollback", name)
    assert said.status == 1
    assert ports[0].id in said.err
    assert ports[1].id not in said.err
    assert shown(cloud, *paths) == before
    assert cloud.seapoint("rollback", "no-such-change").status == 64

    for path, was in zip(paths, original, strict=True):
        later("PUT", path, {"port": {"description": was["description"]}})
    assert shown(cloud, *paths) == original
