"""The topology as a picture: as committed, complete, and without words outside the page or on top of each other."""

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from golden.test_hosts import CASES, HERE, cloud_of
from seapoint.drawing.picture import draw
from seapoint.intent.cloud.model import Cloud

DOCS = HERE.parents[1] / "docs"
CASE = pytest.mark.parametrize("case", CASES)
TEXT = "{http://www.w3.org/2000/svg}text"


def texts(picture: str) -> list[ET.Element]:
    """The words of a picture, in its order."""
    return list(ET.fromstring(picture).iter(TEXT))  # noqa: S314 - what we have just drawn


def words(cloud: Cloud) -> str:
    return "\n".join(str(one.text) for one in texts(draw(cloud)))


def test_the_picture_in_the_documents_is_up_to_date() -> None:
    assert (DOCS / "codfw1dev.svg").read_text() == draw(cloud_of("codfw1dev")), "make reference"


def test_picture_of_two_racks(golden: Any) -> None:
    golden.compare(HERE / "two-racks" / "drawing", {"topology.svg": draw(cloud_of("two-racks"))})


@CASE
def test_everything_of_the_file_is_in_the_picture(case: str) -> None:
    cloud = cloud_of(case)
    told = words(cloud)
    for name in (*cloud.hosts, *cloud.switches, *cloud.routers, *cloud.vlans, *cloud.services):
        assert name in told
    for vlan in cloud.vlans.values():
        assert re.search(rf"^{vlan.id}$", told, re.MULTILINE)
    for networks in (*(vlan.networks for vlan in cloud.vlans.values()), *(link.networks for link in cloud.links)):
        assert all(str(network) in told for network in networks.all())
    for vip in cloud.vips.values():
        assert all(str(address) in told for address in vip.addresses.all())
        assert told.count(f"◆ {vip.name}\n") == len(vip.owners)


@CASE
def test_hosts_that_do_not_run_are_pale_and_no_others(case: str) -> None:
    cloud = cloud_of(case)
    groups = ET.fromstring(draw(cloud)).iter("{http://www.w3.org/2000/svg}g")  # noqa: S314 - what we have just drawn
    pale = {name: "opacity" in one.attrib for one in groups if (name := one.findtext(TEXT)) in cloud.hosts}
    assert pale == {host.name: not host.runs for host in cloud.hosts.values()}


@CASE
def test_no_words_lie_on_others_or_off_the_page(case: str) -> None:
    assert_legible(cloud_of(case))


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_a_cloud_of_one_family_is_drawn_in_it(family: str) -> None:
    text = words(of_family(cloud_of("two-racks"), family))
    assert ("185.15.57.8/29" in text, "2a02:ec80:a100:fe04::/64" in text) == (family == "v4", family == "v6")
    assert ("10.192.254.4/31" in text, "2a02:ec80:a100:fe01::/64" in text) == (family == "v4", family == "v6")
    assert_legible(of_family(cloud_of("two-racks"), family))


def test_a_cloud_without_routers_edge_and_services_is_drawn() -> None:
    cloud = cloud_of("codfw1dev")
    bare = replace(cloud, routers={}, links=(), edge=None, internet=None, vips={}, services={}, filters={})
    assert "cloudgw2003-dev" in words(bare)
    assert_legible(bare)


def of_family(cloud: Cloud, family: str) -> Cloud:
    """The cloud with the addresses of one family only."""

    def of(pair: Any) -> Any:
        return type(pair)(**{family: getattr(pair, family)})

    return replace(
        cloud,
        links=tuple(replace(link, networks=of(link.networks)) for link in cloud.links),
        vlans={
            name: replace(
                vlan,
                networks=of(vlan.networks),
                gateway=of(vlan.gateway),
                addresses={key: of(addresses) for key, addresses in vlan.addresses.items()},
            )
            for name, vlan in cloud.vlans.items()
        },
        hosts={
            name: replace(host, management=of(host.management), private=of(host.private))
            for name, host in cloud.hosts.items()
        },
    )


def assert_legible(cloud: Cloud) -> None:
    """Every character of the fixed-width type is 6 units wide, of a heading 7.3, and 10 units high."""
    picture = draw(cloud)
    width, height = (int(number) for number in re.findall(r'viewBox="0 0 (\d+) (\d+)"', picture)[0])
    boxes = []
    for one in texts(picture):
        long = len(str(one.text)) * (7.3 if one.get("class") == "heading" else 6)
        x, y = int(one.attrib["x"]), int(one.attrib["y"])
        left = x - {"middle": long / 2, "end": long}.get(one.get("text-anchor", ""), 0)
        boxes.append((left, left + long, y - 10, y, str(one.text)))
    assert all(left >= 0 and right <= width and top >= 0 and low <= height for left, right, top, low, _ in boxes)
    overlaps = [
        (one[4], other[4])
        for index, one in enumerate(boxes)
        for other in boxes[index + 1 :]
        if one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]
    ]
    assert overlaps == []
