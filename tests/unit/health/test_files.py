"""What the daemon reads and writes: its configuration, its word on each address, the kernel's connections."""

import sys
from pathlib import Path

import pytest

from seapoint.agent.vips import announced
from seapoint.base.errors import InputError
from seapoint.health.connections import by_address, with_port
from seapoint.health.judge import Health
from seapoint.health.main import read
from seapoint.health.state import Known, keep, remembered
from seapoint.render.health import health_files
from seapoint.target.health import Check, Watched
from seapoint.target.health import Health as Configuration
from seapoint.target.report import VipReport

CONFIGURATION = Configuration(
    (
        Watched("always", ("192.0.2.1",), order=1),
        Watched("v6", ("2001:db8::1",), check=Check("dns", 53, "example.org"), when_all_sick="keep"),
        Watched("both", ("192.0.2.2", "2001:db8::2"), check=Check("command", command=("/bin/x", "{address}"))),
    ),
    ways=(("192.0.2.9", "192.0.2.10"), ("2001:db8::9",)),
)


def test_a_configuration_is_read_as_it_was_rendered(tmp_path: Path) -> None:
    (file,) = health_files(CONFIGURATION)
    path = tmp_path / "health.json"
    path.write_text(file.text)
    assert read(path) == CONFIGURATION


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"watched": [{"vip": "x"}]}', '{"watched": 3}'])
def test_a_broken_configuration_is_refused_with_its_place(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "health.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=str(path)):
        read(path)


def test_what_is_told_is_remembered_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "run" / "health.json"
    known = (
        Known("v", "192.0.2.1", 2),
        Known("v", "2001:db8::1", None, "sick: refused", well=False, failure="refused"),
    )
    keep(path, known)
    assert remembered(path) == {"192.0.2.1": Health(True), "2001:db8::1": Health(False, 0, "refused")}
    assert announced(path) == (
        VipReport("v", "192.0.2.1", 2),
        VipReport("v", "2001:db8::1", None, "sick: refused"),
    )


@pytest.mark.parametrize("text", ["", "[]", '{"vips": [1]}', '{"vips": {}}'])
def test_a_broken_file_tells_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "health.json"
    assert (remembered(path), announced(path)) == ({}, ())
    path.write_text(text)
    assert (remembered(path), announced(path)) == ({}, ())


@pytest.mark.skipif(sys.byteorder == "big", reason="the lines below are of a little-endian machine")
def test_established_connections_are_counted_by_their_local_address() -> None:
    lines = [
        "   0: 010200C0:0050 0A0200C0:9C40 01 00000000:00000000",
        "   1: 010200C0:0050 0B0200C0:9C40 01 00000000:00000000",
        "   2: 010200C0:0050 00000000:0000 0A 00000000:00000000",
        "   3: B80D0120000000000000000001000000:0050 B80D0120000000000000000002000000:9C40 01 0",
        "   4: 0000000000000000FFFF0000020200C0:0050 0000000000000000FFFF00000A0200C0:9C40 01 0",
    ]
    assert by_address(lines) == {"192.0.2.1": 2, "2001:db8::1": 1, "192.0.2.2": 1}


@pytest.mark.skipif(sys.byteorder == "big", reason="the lines below are of a little-endian machine")
def test_neighbours_are_who_has_a_connection_with_the_port_at_one_end() -> None:
    lines = [
        "   0: 010200C0:00B3 0A0200C0:9C40 01 00000000:00000000",
        "   1: 010200C0:9C41 0B0200C0:00B3 01 00000000:00000000",
        "   2: 010200C0:9C42 0C0200C0:00B3 02 00000000:00000000",
        "   3: 010200C0:00B3 0D0200C0:9C43 08 00000000:00000000",
        "   4: 010200C0:0050 0E0200C0:9C44 01 00000000:00000000",
        "   5: B80D0120000000000000000001000000:9C40 B80D0120000000000000000002000000:00B3 01 0",
    ]
    assert with_port(lines, 179) == {"192.0.2.10", "192.0.2.11", "2001:db8::2"}
