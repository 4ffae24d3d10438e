"""The store's database: what was answered is there, after a kill and an upgrade, and a fault of it is an answer."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import alembic.autogenerate
import alembic.migration
import pytest
import sqlalchemy as sa

from seapoint.base.errors import EngineError
from seapoint.intent import request
from seapoint.intent.port import Port
from seapoint.intent.resources import BY_KIND
from seapoint.intent.rules import CloudRules
from seapoint.store.database import open_database
from seapoint.store.schema import CLAIMS, METADATA, TABLES
from seapoint.store.store import Store
from seapoint.store.writing import Status
from unit.store.making import ME, create, network_with, own_ports


def test_everything_is_there_after_closing_and_opening(store: Store, url: str) -> None:
    network = network_with(store, 46)
    create(
        store,
        "port",
        network_id=network.id,
        allowed_address_pairs=[{"ip_address": "2001:db8:1::/64"}, {"ip_address": "192.0.2.77"}],
        extra_dhcp_opts=[{"opt_name": "mtu", "opt_value": "1400"}],
        **{"binding:profile": {"b": [1], "a": "x"}, "binding:host_id": "host-1"},
    )
    expected = store.snapshot()
    store.set_status([Status("port", next(iter(expected.of(Port))), "ACTIVE", observed_revision=4)])
    again = Store(url, CloudRules())
    found = again.snapshot()
    assert found.revision == expected.revision
    assert set(found.types()) == set(expected.types())
    for kind in expected.types():
        assert dict(found.of(kind)) == dict(expected.of(kind))
    status = again.status("port", next(iter(expected.of(Port))))
    assert status is not None
    assert (status.state, status.observed_revision) == ("ACTIVE", 4)
    again.close()


def test_migrations_lead_to_the_declared_schema(url: str) -> None:
    engine = open_database(url)
    with engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(connection)
        assert alembic.autogenerate.compare_metadata(context, METADATA) == []
    engine.dispose()
    open_database(url).dispose()  # a second time there is nothing to do


WRITER = """
import os
import sys
import threading
from seapoint.intent.request import create
from seapoint.intent.resources import BY_KIND
from seapoint.intent.rules import CloudRules
from seapoint.store.log import Origin
from seapoint.store.store import Store
from concurrent.futures import ThreadPoolExecutor

store = Store(sys.argv[1], CloudRules())
make = lambda kind, **body: store.write(lambda draft: create(draft, BY_KIND[kind], body), Origin("w")).result
network = make("network", name="n")
make("subnet", network_id=network.id, cidr="192.0.2.0/24", ip_version=4)
make("subnet", network_id=network.id, cidr="2001:db8::/64", ip_version=6)
def one(number):
    os.write(1, (make("port", network_id=network.id, name=str(number)).id + "\\n").encode())
with ThreadPoolExecutor(8) as threads:
    list(threads.map(one, range(200)))
"""


def test_a_killed_server_has_every_answered_write_and_none_half(url: str, tmp_path: Path) -> None:
    script = tmp_path / "writer.py"
    script.write_text(WRITER)
    with subprocess.Popen([sys.executable, script, url], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        answered = [writer.stdout.readline().strip() for _ in range(60)]
        os.kill(writer.pid, signal.SIGKILL)
        answered += [line.strip() for line in writer.stdout if len(line.strip()) == 36]
    assert 60 <= len(answered) < 200
    store = Store(url, CloudRules())
    ports = store.snapshot().of(Port)
    assert set(answered) <= set(ports)
    assert all(len(port.fixed_ips) == 2 for port in own_ports(store).values())
    claims = {(fixed.subnet_id, fixed.ip_address) for port in ports.values() for fixed in port.fixed_ips}
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        stored = {(row.space, row.name) for row in connection.execute(sa.select(CLAIMS)) if "fa:16" not in row.name}
        assert claims <= stored
        owners = {row.owner for row in connection.execute(sa.select(CLAIMS)) if "fa:16" in row.name}
        assert owners == set(ports)
        logged = [change for change in store.changes_since(0) if change.kind == "port"]
        assert {change.object_id for change in logged} == set(ports)
        assert connection.execute(sa.select(sa.func.count()).select_from(TABLES["port"])).scalar_one() == len(ports)
    engine.dispose()
    port = create(store, "port", network_id=next(iter(ports.values())).network_id)
    assert not set(port.fixed_ips) & {fixed for one in ports.values() for fixed in one.fixed_ips}
    store.close()


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_a_full_disk_is_an_answer_and_loses_nothing(store: Store) -> None:
    network = network_with(store, 46)
    before = store.snapshot()
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(EngineError, match="full"):
        store.write(
            lambda draft: [request.create(draft, BY_KIND["port"], {"network_id": network.id}) for _ in range(100)], ME
        )
    assert store.snapshot() is before
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    port = create(store, "port", network_id=network.id)
    assert [fixed.ip_address for fixed in port.fixed_ips] == ["192.0.2.2", "2001:db8::2"]


def test_a_column_that_is_newer_than_its_row_has_the_default(store: Store, url: str) -> None:
    network = network_with(store, 46)
    port = create(store, "port", network_id=network.id)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        newer = {"port_security_enabled": None, "extra_dhcp_opts": None, "binding_vnic_type": None}
        connection.execute(TABLES["port"].update().values(newer))
    engine.dispose()
    again = Store(url, store.rules)
    assert again.snapshot().of(Port)[port.id] == port
    again.close()


def test_a_database_that_is_lost_while_it_is_read_anew_stops_no_later_write(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_with(store, 6)

    def lost() -> None:
        raise sa.exc.OperationalError("SELECT", {}, OSError("disk I/O error"))

    engine = sa.create_engine(url)
    with engine.begin() as connection:  # what only another hand would do
        taken = {"space": network.claims()[0][0], "name": "2", "owner": "somebody"}
        connection.execute(CLAIMS.insert(), taken)
    engine.dispose()
    with monkeypatch.context() as patched:
        patched.setattr(store, "_reload", lost)
        with pytest.raises(EngineError):
            store.submit(lambda draft: request.create(draft, BY_KIND["network"], {}), ME).result(10)
    assert create(store, "network", **{"provider:segmentation_id": 5}).provider_segmentation_id == 5
