"""A store with a database of its own, SQLite's and PostgreSQL's (which needs root: `make test`)."""

from collections.abc import Callable, Iterator

import pytest

from databases import BOTH, shared_postgres, urls
from seapoint.intent.rules import CloudRules, PhysicalNetwork
from seapoint.store.store import Store

RULES = CloudRules(
    overlay="vxlan",
    segmentation_ids=(range(1, 11),),
    physical_networks={"wan": PhysicalNetwork("wan", vlan_ids=(range(100, 110),))},
    reserved=("192.0.2.3", "2001:db8::3"),
)


__all__ = ["shared_postgres"]


@pytest.fixture(scope="session", params=BOTH)
def new_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    return urls(request, tmp_path_factory.mktemp("databases"))


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    return new_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url, RULES)
    yield opened
    opened.close()
