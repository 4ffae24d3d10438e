"""Live tests of hosts whose default route the file chooses."""

from pathlib import Path

import pytest

from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.probe.generate import generate

EXAMPLES = Path(__file__).parents[3] / "examples" / "default-route"
SHOP = 'services:\n  shop: {ipv4: 192.0.2.80, ipv6: "2001:db8:ffff::80"}\n'
TERM = "      - {accept: default_routes}"


def told(text: str) -> list[str]:
    cloud = read_cloud(text).cloud
    assert cloud is not None
    probes = [probe for probe in generate(cloud, Intent.empty()) if probe.group == "egress"]
    return [f"{probe.where}: {probe.check.expected()}" for probe in probes]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (
            "production-proxy",
            ["web-proxy answers on tcp/8080", "internet sees 203.0.113.250", "internet sees 2001:db8:a:8000::80"],
        ),
        ("cloud-nat", ["internet sees 203.0.113.1", "internet sees 2001:db8:a:205::11"]),
        ("cloud-public", ["internet sees 203.0.113.34", "internet sees 2001:db8:a:400::34"]),
        (
            "cloud-realm",
            ["internet sees 2001:db8:a:205::11", "web-proxy answers on tcp/8080", "internet sees 203.0.113.250"],
        ),
    ],
)
def test_each_choice_says_which_address_the_internet_must_see(choice: str, expected: list[str]) -> None:
    assert told((EXAMPLES / f"{choice}.yaml").read_text()) == [f"web1: {one}" for one in expected]


def test_who_is_refused_or_not_announced_must_reach_nobody_there() -> None:
    text = (EXAMPLES / "cloud-nat.yaml").read_text().replace("{realm: cloud, nat: true}", "{realm: cloud}")
    refused = "\n".join(line for line in text.splitlines() if not line.startswith(TERM))
    assert told(text) == ["web1: tcp/80 of internet is not reached", "web1: internet sees 2001:db8:a:205::11"]
    assert told(refused) == ["web1: tcp/80 of internet is not reached"] * 2


def test_production_sees_the_host_as_ever() -> None:
    text = (EXAMPLES / "cloud-public.yaml").read_text()
    terms = "    terms:\n      - {accept: tcp, to: [shop], ports: [80]}\n"
    assert told(text.replace("    terms:\n", terms) + SHOP)[2:] == [
        "web1: shop sees 10.0.1.23",
        "web1: shop sees 2001:db8:b::23",
    ]
