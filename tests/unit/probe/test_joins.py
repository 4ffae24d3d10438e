"""Live tests of joined sites."""

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from seapoint.base.addresses import Addresses
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.probe.generate import generate

FILES = Path(__file__).parents[3] / "examples" / "two-sites"


def cloud(name: str) -> Cloud:
    found = read_cloud((FILES / f"{name}.yaml").read_text()).cloud
    assert found is not None
    return found


def names(of: Cloud) -> list[str]:
    return [probe.name for probe in generate(of, Intent.empty()) if probe.group == "other-site"]


@pytest.mark.parametrize(
    ("name", "where", "v4", "v6"),
    [
        ("codfw1dev", "cloudcontrol2005-dev", "172.20.67.10", "2001:db8:2000:243::10"),
        ("twin1dev", "cloudcontrol3001-twin", "172.20.5.10", "2a02:ec80:a100:205::10"),
    ],
)
def test_a_host_of_each_rack_asks_the_other_sites_host_with_small_and_full_packets(
    name: str, where: str, v4: str, v6: str
) -> None:
    assert names(cloud(name)) == [
        f"other-site/{where}/{kind} {family} {address}"
        for family, address in ((4, v4), (6, v6))
        for kind in ("ping", "full_size")
    ]


@pytest.mark.parametrize("family", [4, 6])
def test_a_family_that_the_other_sites_host_has_not_is_not_asked(family: int) -> None:
    whole = cloud("codfw1dev")
    assert whole.joins is not None
    site = whole.joins.sites["twin1dev"]
    one = Addresses(site.host.v4, None) if family == 4 else Addresses(None, site.host.v6)
    joins = replace(whole.joins, sites={"twin1dev": replace(site, host=one)})
    asked = names(replace(whole, joins=joins))
    assert len(asked) == 2
    assert all(ip_address(name.split()[-1]).version == family for name in asked)
