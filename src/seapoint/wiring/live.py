"""A running cloud as the live tests see it: its file, its tenants' intent, and hosts to run commands on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seapoint.base.errors import InputError
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.snapshot import Intent
from seapoint.lab import host as lab_host
from seapoint.lab import instance as lab_instance
from seapoint.lab.state import Lab
from seapoint.probe.instances import instances
from seapoint.probe.probe import Completed
from seapoint.store.rows import from_json
from seapoint.wiring import lab as wired
from seapoint.wiring.client import Client
from seapoint.wiring.cloudfile import cloud_of


@dataclass(frozen=True, slots=True)
class LabRunner:
    """Runs commands on the hosts and instances of a lab.

    Probes call an instance by its port, whoever made the lab's instance may have named it otherwise: ``named`` tells.
    """

    lab: Lab
    named: Mapping[str, str] = field(default_factory=dict)

    def run(self, where: str, argv: Sequence[str], timeout: float) -> Completed:
        """Run to the end; raises InputError for an unknown host, EngineError when time is over."""
        there = lab_host.find(self.lab, self.named.get(where, where))
        done = lab_host.run(there, argv, check=False, seconds=timeout)
        return Completed(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Live:
    """What probes are generated from and run on."""

    cloud: Cloud
    intent: Intent
    runner: LabRunner
    projects: Mapping[str, str] = field(default_factory=dict)


def live(lab: Lab) -> Live:
    """The cloud that stands in a lab; raises InputError where none does."""
    client = wired.access(lab)
    cloud, intent = standing_cloud(client), intent_of(client)
    hosts = lab_instance.names(lab)
    named = {one.name: hosts[one.port.id] for one in instances(cloud, intent, {}) if one.port.id in hosts}
    return Live(cloud, intent, LabRunner(lab, named))


def standing_cloud(client: Client) -> Cloud:
    """The cloud of a server; raises InputError before it was given one."""
    text = client.get("/seapoint/v1/cloud")["text"]
    if not text:
        raise InputError("the server has no cloud file yet: give it one with `seapoint apply FILE`")
    return cloud_of(text, "the cloud file in force")


def intent_of(client: Client) -> Intent:
    """All that tenants asked for, from a server."""
    told = client.get("/seapoint/v1/intent")
    values = [from_json(kind, text) for kind, text in told["objects"]]
    return Intent.of_values([value for value in values if value is not None], told["revision"])
