"""What an operator does to a running server."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from seapoint.base.errors import EngineError, InputError
from seapoint.change.domain import Domain, compile_all, merged
from seapoint.change.loop import DOMAIN_KIND, Loop
from seapoint.change.plan import Plan, make_plan
from seapoint.change.preview import Preview, preview, target_difference
from seapoint.compile.hosts.drains import drain_findings, why_not
from seapoint.compile.hosts.tenancy import tenancy
from seapoint.compile.ovn import limits
from seapoint.engines.hosts import HostTargets
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.draft import Draft
from seapoint.intent.drain import Drain, drain_of, drained_hosts
from seapoint.intent.snapshot import Intent
from seapoint.store.log import Origin
from seapoint.store.rows import to_json
from seapoint.store.store import Store
from seapoint.target.changes import Finding
from seapoint.target.report import VipReport
from seapoint.wiring.cloudfile import cloud_of, ovn_cloud, rules_of_text
from seapoint.wiring.domains import HOSTS, domains, foreign_targets


def _devices(before: Cloud | None, after: Cloud, intent: Intent) -> dict[str, str]:
    """The differences of devices that other tools configure, by target."""
    old = foreign_targets(before, intent) if before else {}
    new = foreign_targets(after, intent)
    differences = {name: target_difference(old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new])}
    return {name: difference for name, difference in differences.items() if difference}


def _findings(cloud: Cloud, intent: Intent) -> tuple[Finding, ...]:
    tenants = tenancy(cloud, intent)
    return (*tenants.findings, *drain_findings(cloud, tenants), *limits.findings(intent, ovn_cloud(cloud)))


def _drained(intent: Intent) -> str:
    return ", ".join(sorted(drain.name for drain in intent.of(Drain).values())) or "none"


def _of(vip: str, host: str) -> str:
    return f"{vip} of {host}" if vip else host


def _demand_owner(cloud: Cloud, vip: str, host: str) -> None:
    if vip not in cloud.vips:
        raise InputError(f"unknown VIP {vip!r}; there are {', '.join(cloud.vips) or 'none'}")
    if host not in cloud.vips[vip].owners:
        raise InputError(f"{host!r} does not own {vip}; its owners are {', '.join(cloud.vips[vip].owners)}")


def _announced(said: VipReport | None) -> dict[str, Any] | None:
    return None if said is None else {"prepended": said.prepended, "why": said.why}


class Version(NamedTuple):
    """A cloud file as it is in force; revision 0 with an empty text before there is one."""

    revision: int
    text: str
    cloud: Cloud | None


class Clouds:
    """The cloud file in force, read once a version."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read = lru_cache(maxsize=4)(cloud_of)

    def newest(self) -> Version:
        """The version in force."""
        newest = self._store.cloud()
        if newest is None:
            return Version(0, "", None)
        return Version(newest.revision, newest.text, self._read(newest.text, "the cloud file in force"))

    def domains(self) -> Sequence[Domain]:
        """The domains of the version in force; none before there is one."""
        cloud = self.newest().cloud
        return () if cloud is None else domains(cloud)


class ServerOperations:
    """Answers the operator's API from the store and from what engines report.

    ``loop`` None: another server runs it and hears the hosts, the one at ``loop_server``.
    """

    def __init__(
        self, store: Store, clouds: Clouds, hosts: HostTargets, loop: Loop | None, loop_server: str = ""
    ) -> None:
        self._loop = loop
        self._loop_server = loop_server
        self._store = store
        self._clouds = clouds
        self._hosts = hosts

    def status(self) -> dict[str, Any]:
        """Revision, domains with the revision that they have reached, hosts with what they report, and findings."""
        self._own_loop()
        version = self._clouds.newest()
        intent = self._store.snapshot()
        names = [domain.name for domain in self._clouds.domains()]
        told = {name: self._store.status(DOMAIN_KIND, name) for name in names}
        findings = _findings(version.cloud, intent) if version.cloud else ()
        return {
            "revision": intent.revision,
            "cloud": {"revision": version.revision, "name": version.cloud.name if version.cloud else None},
            "domains": {
                name: {"state": status.state, "reason": status.reason, "revision": status.observed_revision}
                if status
                else {"state": "DOWN", "reason": "not looked at yet", "revision": 0}
                for name, status in told.items()
            },
            "hosts": {host: self._host(host) for host in sorted(map(str, self._hosts.observe()))},
            "vips": self._vips(version.cloud) if version.cloud else {},
            "findings": [finding._asdict() for finding in findings],
        }

    def _vips(self, cloud: Cloud) -> dict[str, Any]:
        """By VIP and address: how each owner announces it, by its last report; None: it has not said."""
        reports = {host: report for host in cloud.hosts if (report := self._hosts.report(host))}
        said = {(one.vip, one.address, host): one for host, report in reports.items() for one in report.vips}
        return {
            vip.name: {
                address: {owner: _announced(said.get((vip.name, address, owner))) for owner in vip.owners}
                for address in map(str, vip.addresses.all())
            }
            for vip in cloud.vips.values()
        }

    def _host(self, name: str) -> dict[str, Any]:
        state = self._hosts.state(name)
        report = self._hosts.report(name)
        return {
            "state": state.state,
            "seen_seconds_ago": None if state.seen is None else round(state.seen, 1),
            "failures": [{"part": part.part, "reason": part.reason} for part in state.failures],
            "features": dict(report.features) if report else {},
        }

    def cloud(self) -> dict[str, Any]:
        """The file in force."""
        version = self._clouds.newest()
        return {"revision": version.revision, "text": version.text}

    def intent(self) -> dict[str, Any]:
        """Every object as the change log writes it."""
        intent = self._store.snapshot()
        objects = [value for kind in intent.types() for value in intent.of(kind).values()]
        return {"revision": intent.revision, "objects": [[value.KIND, to_json(value)] for value in objects]}

    def plan(self, text: str) -> dict[str, Any]:
        """What a file would change."""
        return self._preview(self._clouds.newest(), text).to_json()

    def apply(self, text: str, base_revision: int, origin: Origin) -> dict[str, Any]:
        """Store a file; the loop carries it out."""
        version = self._clouds.newest()
        seen = self._preview(version, text)
        if text == version.text:
            return {"revision": version.revision, "changed": False, **seen.to_json()}
        revision = self._store.put_cloud(text, rules_of_text(text), origin, follows=base_revision)
        return {"revision": revision, "changed": True, **seen.to_json()}

    def history(self, limit: int, cloud_file: bool) -> list[dict[str, Any]]:
        """The newest revisions."""
        return [
            {
                "revision": entry.revision,
                "time": entry.time,
                "actor": entry.actor,
                "change_set": entry.change_set,
                "cloud_file": entry.cloud_file,
                "objects": list(entry.objects),
            }
            for entry in self._store.history(limit, cloud_only=cloud_file)
        ]

    def rollback(self, change_set: str, origin: Origin) -> dict[str, Any]:
        """Restore what a change set touched, as a new revision."""
        before = self._clouds.newest()
        restored = self._store.rollback(change_set, origin, rules_of_text)
        after = self._clouds.newest()
        return {
            "revision": restored.revision,
            "objects": len(restored.changes),
            "cloud_file": after.revision != before.revision,
            **self._difference(before, after, self._store.snapshot()).to_json(),
        }

    def drain(self, vip: str, host: str, origin: Origin) -> dict[str, Any]:
        """Have an owner announce a VIP behind all others, and no longer once its connections are gone.

        An empty VIP: all of the host's, and others hold what only one host can. InputError when nobody else could.
        """
        cloud = self._clouds.newest().cloud
        if cloud is None:
            raise InputError("there is no cloud file yet")
        if vip:
            _demand_owner(cloud, vip, host)

        def put(draft: Draft) -> None:
            if drain_of(draft.intent, vip, host) is not None:
                return
            why = "" if vip else why_not(cloud, host, drained_hosts(draft.intent))
            if why:
                raise InputError(why)
            draft.put(Drain(id=draft.new_id(), name=_of(vip, host), vip=vip, host=host))

        return {"revision": self._store.write(put, origin).revision}

    def undrain(self, vip: str, host: str, origin: Origin) -> dict[str, Any]:
        """End a drain, also of what the cloud file no longer has."""

        def end(draft: Draft) -> None:
            drain = drain_of(draft.intent, vip, host)
            if drain is None:
                raise InputError(f"{_of(vip, host)} is not drained; drained are {_drained(draft.intent)}")
            draft.delete(drain)

        return {"revision": self._store.write(end, origin).revision}

    def approve(self, domain: str) -> dict[str, Any]:
        """Let a domain's next audit delete what it has held back."""
        loop = self._own_loop()
        names = [each.name for each in self._clouds.domains()]
        if domain not in names:
            there = f"there are {', '.join(names)}" if names else "there is none before there is a cloud file"
            raise InputError(f"unknown domain {domain!r}; {there}")
        loop.approve_prune(domain)
        return {}

    def _own_loop(self) -> Loop:
        if self._loop is None:
            raise EngineError(f"This server runs no loop and hears no hosts: ask {self._loop_server}, which does.")
        return self._loop

    def _preview(self, version: Version, text: str) -> Preview:
        return self._difference(version, Version(0, text, cloud_of(text)), self._store.snapshot())

    def _difference(self, before: Version, after: Version, intent: Intent) -> Preview:
        if after.cloud is None:
            raise InputError("there is no cloud file")
        old = {domain.name: domain for domain in domains(before.cloud)} if before.cloud else {}
        plans: dict[str, Plan] = {}
        for domain in domains(after.cloud):
            present = merged(compile_all(old[domain.name], intent)) if domain.name in old else {}
            plans[domain.name] = make_plan(domain, intent, present)
        hosts = plans.pop(HOSTS)
        seen = preview(before.revision, before.text, after.text, hosts, list(plans.values()))
        return replace(seen, devices=_devices(before.cloud, after.cloud, intent))
