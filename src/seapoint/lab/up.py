"""``lab up`` and ``lab down``: the difference between what a plan wants and what stands, and nothing else."""

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from seapoint.base.errors import EngineError, InputError
from seapoint.lab import cables, control, fabric, host, netns, state
from seapoint.lab.host import Host
from seapoint.lab.state import Lab
from seapoint.lab.topology import Cable, End, HostSpec, LabPlan, SwitchPort
from seapoint.lab.units import OPENVSWITCH

PROGRAMS = (
    "nsenter",
    "ip",
    "nft",
    "ovs-vsctl",
    "ovn-nbctl",
    "vtysh",
    "keepalived",
    "conntrackd",
    "haproxy",
    "pg_ctlcluster",
    "busybox",
    "dhclient",
    "slapd",
    "git",
    "ganesha.nfsd",
    "ldapsearch",
    "nfs-cat",
)

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Progress that nobody watches."""


def up(lab: Lab, plan: LabPlan, progress: Progress = silent) -> dict[str, Host]:
    """Make the lab match the plan: an empty machine, a standing lab, or what a crash has left of one.

    Hosts and cables that fit are not touched, instances neither. Raises InputError for a plan or a machine that
    cannot carry it, EngineError that names host, daemon and log for what does not come up; what stands then stays.
    """
    check(plan)
    with state.locked(lab):
        state.prepare(lab)
        living, written = _hosts(lab, plan, progress)
        plugged = _cables(living, plan, progress)
        for spec in plan.hosts:
            cables.configure(living[spec.name], spec.loopback, spec.routes)
        _fabrics(living, plan, plugged, progress)
        for wave in zip_longest(*(spec.start for spec in plan.hosts)):
            wishes = [(living[spec.name], unit) for spec, unit in zip(plan.hosts, wave, strict=True) if unit]
            progress(f"starting {', '.join(sorted({unit for _, unit in wishes}))}")
            control.start(wishes)
        _take_up(living, plan, written)
        return {spec.name: living[spec.name] for spec in plan.hosts}


def down(lab: Lab, progress: Progress = silent) -> None:
    """Leave nothing of the lab: no process, namespace, mount or file; also after a crash of anything."""
    state.need_root()
    with state.locked(lab):
        pids = state.processes(lab)
        progress(f"hosts to end: {len(pids)}")
        state.end_processes(lab, pids)
        state.remove(lab)


def check(plan: LabPlan) -> None:
    """Refuse, before anything is touched, a plan that contradicts itself and a machine that lacks a program."""
    names = [spec.name for spec in plan.hosts]
    nics = [(end.host, end.nic) for cable in plan.cables for end in cable.ends]
    wrong = [f"host {name!r} stands twice in the plan" for name in sorted({n for n in names if names.count(n) > 1})]
    wrong += [f"{name}: NIC {nic!r} has two cables" for name, nic in sorted({n for n in nics if nics.count(n) > 1})]
    wrong += [
        f"a cable ends at {name!r}, which is no host of the plan" for name in sorted({n for n, _ in nics} - {*names})
    ]
    wrong += [
        f"{name}: {nic!r} is longer than the 15 characters of a NIC's name" for name, nic in nics if len(nic) > 15
    ]
    wrong += [
        f"this machine lacks the program {program!r}: install its package"
        for program in PROGRAMS
        if shutil.which(program) is None
    ]
    if wrong:
        raise InputError("\n".join(wrong))


def _hosts(lab: Lab, plan: LabPlan, progress: Progress) -> tuple[dict[str, Host], set[tuple[str, str]]]:
    """Exactly the hosts of the plan, beside instances; and the hosts and paths of files that were rewritten.

    A host that is dead, or whose init was given other things than it must have now, is started again from its disk.
    """
    wanted = {spec.name: spec for spec in plan.hosts}
    living = host.hosts(lab)
    fitting = {
        name for name, spec in wanted.items() if name in living and _recorded(lab, name)["identity"] == _identity(spec)
    }
    instances = {path.stem for path in lab.instances.iterdir()}
    known = {path.name for path in (lab.root / "hosts").iterdir()} if (lab.root / "hosts").exists() else set()
    again = {name for name in wanted.keys() - fitting if host.has_disk(lab, name)}
    host.halt(lab, again)
    gone = known - fitting - instances - again
    if gone:
        progress(f"ending {', '.join(sorted(gone))}")
        host.end(lab, gone)
    missing = [spec for spec in plan.hosts if spec.name not in fitting]
    if missing:
        progress(f"hosts to start: {len(missing)}")
        host.start_all(lab, missing)
    living = host.hosts(lab)
    written: set[tuple[str, str]] = set()
    for spec in plan.hosts:
        if spec.name not in living:
            raise EngineError(f"{spec.name}: it has ended meanwhile: bring the lab up again")
        if spec.name in fitting:
            before = _recorded(lab, spec.name)["files"]
            for path, text in spec.files:
                if before.get(path) != _hash(text):  # the installer's part has changed; the agent's part is not ours
                    host.write(living[spec.name], path, text)
                    written.add((spec.name, path))
        record = {"identity": _identity(spec), "files": {path: _hash(text) for path, text in spec.files}}
        (lab.host(spec.name) / host.RECORD).write_text(json.dumps(record))
        with netns.inside(living[spec.name]):
            for key, value in spec.sysctls:
                netns.set_sysctl(key, value)
    return living, written


def _take_up(living: Mapping[str, Host], plan: LabPlan, written: Collection[tuple[str, str]]) -> None:
    """Units whose environment file was rewritten start anew with it; one that is to run no more is stopped."""
    for spec in plan.hosts:
        for unit in spec.units:
            if any((spec.name, daemon.environment_file) in written for daemon in unit.daemons):
                does = control.request(living[spec.name], "restart" if unit.name in spec.start else "stop", unit.name)
                if not does["ok"]:
                    raise EngineError(does["error"])


def _recorded(lab: Lab, name: str) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads((lab.host(name) / host.RECORD).read_text())
    except FileNotFoundError:  # the one who started it died before he had written it down
        return {"identity": "", "files": {}}
    return record


def _identity(spec: HostSpec) -> str:
    return _hash(repr((spec.kind, spec.units, spec.listeners)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _cables(living: Mapping[str, Host], plan: LabPlan, progress: Progress) -> set[End]:
    """Exactly the cables of the plan between its hosts; an instance's cable is not the plan's business.

    The result is the ends that were plugged in now.
    """
    wanted = {(near.host, near.nic): (far.host, far.nic) for cable in plan.cables for near, far in _both(cable)}
    standing = {}
    names = {spec.name for spec in plan.hosts}
    for name in names:
        extra = []
        for nic in cables.observe(living[name]).values():
            far = (nic.far_host, nic.far_nic)
            if wanted.get((name, nic.nic)) == far:
                standing[name, nic.nic] = far
            elif nic.far_host in names or nic.far_host not in living:
                extra.append(nic.nic)
        cables.disconnect(living[name], extra)
    missing = [cable for cable in plan.cables if not all((end.host, end.nic) in standing for end in cable.ends)]
    for cable in missing:  # a cable with one end is none
        for end in cable.ends:
            cables.disconnect(living[end.host], [end.nic])
    if missing:
        progress(f"cables to plug: {len(missing)}")
        cables.connect(living, missing)
        for end, other in (pair for cable in missing for pair in _both(cable)):
            if other.port and other.port.trunks and not end.port:
                fabric.reattach(living[end.host], [end.nic])
    return {end for cable in missing for end in cable.ends}


def _both(cable: Cable) -> Sequence[tuple[End, End]]:
    return ((cable.a, cable.b), (cable.b, cable.a))


def _fabrics(living: Mapping[str, Host], plan: LabPlan, plugged: set[End], progress: Progress) -> None:
    ports: dict[str, dict[str, SwitchPort]] = {spec.name: {} for spec in plan.hosts if spec.kind == "fabric"}
    for cable in plan.cables:
        for end in cable.ends:
            if end.port:
                ports[end.host][end.nic] = end.port
    if ports:
        progress(f"switches to configure: {len(ports)}")
        control.start((living[name], OPENVSWITCH.name) for name in ports)
    for name, wanted in ports.items():
        fabric.configure(living[name], wanted, fresh={end.nic for end in plugged if end.host == name})
