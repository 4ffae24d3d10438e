"""A file whose cables were laid already is refused, or its command dies: the cables are those of the file in force."""

from pathlib import Path

import pytest

from lab.standing import CONTROL, EDGES, Standing
from seapoint.lab.state import Lab
from seapoint.wiring import lab as wired

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

LEGS = {EDGES[0]: 7, CONTROL: 25}
VLAN = f"""\
vlans:
  spare-b1-codfw:
    id: 2198
    realm: cloud
    rack: b1
    ipv4: 172.20.8.0/24
    ipv6: ":208::/64"
    hosts:
{"".join(f'      {host}: {{ipv4: {number}, ipv6: "::{number}"}}' + chr(10) for host, number in LEGS.items())}"""


def nics(cloud: Standing) -> dict[str, list[str]]:
    """The interfaces of every host, by name."""
    return {
        name: sorted(
            line.split(":")[1].split("@")[0].strip() for line in cloud.run(name, "ip", "-o", "link").splitlines()
        )
        for name in cloud.hosts
        if not name.startswith("networktests")
    }


def test_cables_go_back_when_somebody_was_quicker(
    codfw1dev: Standing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, file = codfw1dev, tmp_path / "cloud.yaml"
    text = cloud.client.get("/seapoint/v1/cloud")["text"]
    file.write_text(text.replace("vlans:\n", VLAN))
    standing, before, laid = (cloud.lab.root / "cloud.yaml").read_text(), nics(cloud), []
    follow = wired.follow

    def followed_by_another(lab: Lab, wanted: str, *, removing: bool) -> None:
        """Another operator's file comes between this one's cables and its request."""
        follow(lab, wanted, removing=removing)
        if not laid:
            laid.append(nics(cloud))
            base = cloud.client.get("/seapoint/v1/cloud")["revision"]
            cloud.client.ask("PUT", "/seapoint/v1/cloud", {"text": f"{text}# another's\n", "base_revision": base})

    monkeypatch.setattr(wired, "follow", followed_by_another)
    said = cloud.seapoint("apply", str(file))
    monkeypatch.undo()
    try:
        assert (said.status, "plan again" in said.err) == (1, True), said
        assert {name for name in before if laid[0][name] != before[name]} >= {*LEGS}, "the cables were laid"
        assert nics(cloud) == before
        assert (cloud.lab.root / "cloud.yaml").read_text() == standing
    finally:
        file.write_text(text)
        cloud.told("apply", str(file))
    assert cloud.client.get("/seapoint/v1/cloud")["text"] == text


def test_a_command_that_died_after_the_server_s_answer_is_taken_up(codfw1dev: Standing, tmp_path: Path) -> None:
    cloud, file = codfw1dev, tmp_path / "cloud.yaml"
    there = cloud.client.get("/seapoint/v1/cloud")
    text, before = there["text"], nics(cloud)
    wider = text.replace("vlans:\n", VLAN)
    cloud.client.ask("PUT", "/seapoint/v1/cloud", {"text": wider, "base_revision": there["revision"]})
    try:
        file.write_text(wider)
        assert "Nothing to do" not in cloud.told("apply", str(file)), "its cables are not laid yet"
        assert nics(cloud) != before
        assert cloud.told("apply", str(file)) == "Nothing to do.\n"
    finally:
        file.write_text(text)
        cloud.told("apply", str(file))
    assert nics(cloud) == before
