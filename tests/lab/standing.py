"""A whole cloud that stands for many tests, brought up by the commands that an operator types."""

import contextlib
import importlib.util
import io
import os
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import openstack

from seapoint.cli.main import run
from seapoint.intent.cloud.model import Function
from seapoint.intent.snapshot import Intent
from seapoint.lab import host as lab_host
from seapoint.lab import state, up
from seapoint.lab.host import Host
from seapoint.lab.state import Lab
from seapoint.probe.probe import Result
from seapoint.probe.report import why
from seapoint.probe.run import run_probes
from seapoint.wiring import lab as wired
from seapoint.wiring.client import Client
from seapoint.wiring.live import intent_of, live

EXAMPLE = Path(__file__).parents[2] / "examples" / "codfw1dev"
ROOTS = "seapoint-test-cloud-"
HYPERVISORS = ("cloudvirt2004-dev", "cloudvirt2005-dev", "cloudvirt2006-dev")
EDGES = ("cloudgw2003-dev", "cloudgw2004-dev")
BALANCERS = ("cloudlb2002-dev", "cloudlb2003-dev", "cloudlb2004-dev")
OWNERS = (*BALANCERS, "cloudservices2004-dev", "cloudservices2005-dev")  # of service addresses
CONTROL = "cloudcontrol2005-dev"
ROUTER, EXTERNAL, GROUP, PROJECT = "cloudinstances2b-gw", "wan-transport-codfw", "networktests", "testlabs"
INTERNET = {4: "198.51.100.10", 6: "2001:db8:ffff::10"}
#: Groups of live tests that together send packets of both families through every device, in seconds; all take longer.
FLOWS = ("source", "instances", "from-the-internet", "vip")
PATIENCE = 60.0  # seconds for which a live test is tried again: other work shares this machine


class Said(NamedTuple):
    """What a command left with and printed."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Standing:
    """A cloud in a lab of its own, with its API."""

    lab: Lab
    file: Path
    api: Any  # openstacksdk's network proxy
    tenants: Any  # examples/codfw1dev/tenants.py

    @property
    def client(self) -> Client:
        return wired.access(self.lab)

    @property
    def hosts(self) -> dict[str, Host]:
        return lab_host.hosts(self.lab)

    def seapoint(self, *words: str) -> Said:
        """One command of the command line on this cloud."""
        return seapoint(*words, "--lab", str(self.lab.root))

    def told(self, *words: str) -> str:
        """What a command that must succeed prints."""
        said = self.seapoint(*words)
        assert said.status == 0, f"seapoint {' '.join(words)}: {said}"
        return said.out

    def run(self, where: str, *argv: str, check: bool = True) -> str:
        """What a command prints on a host or in an instance."""
        return lab_host.run(lab_host.find(self.lab, where), argv, check=check).stdout

    def intent(self) -> Intent:
        return intent_of(self.client)

    def probes(self, only: str = "", patience: float = PATIENCE) -> Sequence[Result]:
        """The live tests, run."""
        now = live(self.lab)
        return run_probes(now.cloud, now.intent, now.runner, only=only, patience=patience, projects=now.projects)

    def passes(self, only: str = "", patience: float = PATIENCE) -> Sequence[Result]:
        """The live tests, each of which must pass."""
        results = self.probes(only, patience)
        failed = [f"{one.probe.name}\n{why(one)}" for one in results if not one.passed]
        assert not failed, "\n\n".join(failed)
        return results

    def forwards(self) -> None:
        """Packets flow everywhere: after a fault is mended. Shared clouds pass all live tests at their end besides."""
        for group in FLOWS:
            self.passes(group)

    def add_instance(self, name: str, network: Any, hypervisor: str, *, virtual: bool = False, **port: Any) -> Any:
        """A port in the group that may be pinged, and an instance on it; ``virtual``: a machine under QEMU."""
        group = next(self.api.security_groups(name=GROUP, project_id=PROJECT))
        body = {"project_id": PROJECT, "security_groups": [group.id], **port}
        made = self.api.create_port(name=name, network_id=network.id, **body)
        how = ["--vm"] if virtual else []
        self.told("lab", "instance", "add", name, "--port", made.id, "--host", hypervisor, *how)
        return made

    def remove_instance(self, name: str, port: Any) -> None:
        self.told("lab", "instance", "remove", name)
        self.api.delete_port(port)


def seapoint(*words: str) -> Said:
    """One command of the command line."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run(words)
    return Said(status, out.getvalue(), err.getvalue())


def held(cloud: Standing) -> set[str]:
    """What tests must leave as it was, a line each: the cloud file, everybody's objects, hosts and instances."""
    intent = cloud.intent()
    objects = {f"{value.KIND} {value.id}" for kind in intent.types() for value in intent.of(kind).values()}
    file = {f"line of the cloud file: {line}" for line in cloud.client.get("/seapoint/v1/cloud")["text"].splitlines()}
    return objects | file | {f"host {name}" for name in cloud.hosts}


@contextmanager
def standing(name: str, file: Path) -> Iterator[Standing]:
    """The cloud of a file with the example's tenants and instances; afterwards nothing of it is left."""
    remove_dead()
    lab = Lab(Path(f"/run/{ROOTS}{os.getpid()}-{name}"))
    up.down(lab)
    try:
        said = seapoint("lab", "up", str(file), "--lab", str(lab.root), "--api-port", str(free_port()))
        assert said.status == 0, f"{said.err}\n{logged(lab, CONTROL)}"
        with connected(lab) as connection:
            cloud = Standing(lab, file, connection.network, _tenants())
            _populate(cloud, cloud.tenants.build(connection)["ports"])
            yield cloud
    finally:
        up.down(lab)
    assert state.processes(lab) == []
    assert not lab.root.exists()


def logged(lab: Lab, host: str, lines: int = 15) -> str:
    """The last lines of each of a host's logs."""
    logs = sorted((lab.host(host) / "log").rglob("*.log"))
    return "\n".join(f"{log.name}:\n" + "\n".join(log.read_text().splitlines()[-lines:]) for log in logs)


def remove_dead() -> None:
    """Remove what test runs that were killed have left; their process identifiers are part of the names."""
    for root in Path("/run").glob(f"{ROOTS}*"):
        owner = re.match(r"\d+", root.name.removeprefix(ROOTS))
        if owner and not Path(f"/proc/{owner[0]}").exists():
            up.down(Lab(root))


@contextmanager
def connected(lab: Lab) -> Iterator[Any]:
    """The real openstacksdk, by the clouds.yaml that `lab up` wrote."""
    config = openstack.config.OpenStackConfig(
        config_files=[str(lab.root / "clouds.yaml")], vendor_files=[], secure_files=[]
    )
    connection = openstack.connection.Connection(config=config.get_one("seapoint-demo"))
    try:
        yield connection
    finally:
        connection.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _tenants() -> Any:
    spec = importlib.util.spec_from_file_location("tenants_of_codfw1dev", EXAMPLE / "tenants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _populate(cloud: Standing, ports: Mapping[str, Any]) -> None:
    """An instance on each of the example's ports, on one hypervisor after the other."""
    hypervisors = [host.name for host in live(cloud.lab).cloud.doing(Function.HYPERVISOR)]
    for place, (name, port) in enumerate(ports.items()):
        hypervisor = hypervisors[place % len(hypervisors)]
        cloud.told("lab", "instance", "add", name, "--port", port.id, "--host", hypervisor)
