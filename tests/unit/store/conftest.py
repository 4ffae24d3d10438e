"""A store in a directory of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seapoint.intent.rules import CloudRules, PhysicalNetwork
from seapoint.store.store import Store

RULES = CloudRules(
    overlay="vxlan",
    segmentation_ids=(range(1, 11),),
    physical_networks={"wan": PhysicalNetwork("wan", vlan_ids=(range(100, 110),))},
    reserved=("192.0.2.3", "2001:db8::3"),
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/intent.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url, RULES)
    yield opened
    opened.close()
