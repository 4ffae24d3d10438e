"""A whole cloud on this machine: the lab's hosts, with this server and these agents in them."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

from seapoint.base.errors import EngineError, InputError
from seapoint.compile.hosts import compile_device, devices
from seapoint.compile.hosts.balancers import certificate_file
from seapoint.compile.hosts.nameservers import name_servers
from seapoint.engines.kernel import has_gre
from seapoint.engines.pki import Authority, ensure_certificate, new_private_key, open_authority
from seapoint.intent.cloud.model import Cloud, Host, Managed
from seapoint.intent.snapshot import Intent
from seapoint.lab import database, state, up
from seapoint.lab import host as lab_host
from seapoint.lab.kernel import has_vlan_devices
from seapoint.lab.plan import Equipment, agent_with_server, agent_with_target, equipped, lab_plan, server
from seapoint.lab.services import networking_port
from seapoint.lab.state import Lab
from seapoint.lab.topology import LabPlan, Listener
from seapoint.lab.units import POSTGRESQL, SERVER
from seapoint.lab.up import Progress, silent
from seapoint.probe.names import hosts_file
from seapoint.render.device import host_target
from seapoint.render.knot import KEY, KEY_FILE, SIGNING_KEY
from seapoint.settings import ServerSettings
from seapoint.wiring.client import Client
from seapoint.wiring.cloudfile import cloud_of

API_PORT = 9696
AGENTS_PORT = 9697
SETTINGS = "/etc/seapoint/server.toml"
TOKEN = "/etc/seapoint/token"  # noqa: S105 - a path
DNS_KEY = "/etc/seapoint/dns.key"


def start(lab: Lab, text: str, file: str, api_port: int | None, patience: float, progress: Progress = silent) -> Client:
    """Build the hosts of a cloud file and start its server; the file is applied afterwards, as on any cloud.

    ``api_port`` None: the port that a standing lab has, else 9696. ``patience``: seconds to wait for the server. Raises
    InputError for a file with errors and for another port than the standing one, EngineError naming host, daemon and
    log for what does not come up.
    """
    cloud = cloud_of(text, file)
    fresh = not state.mounted(lab)
    state.prepare(lab)
    try:
        client = _built(lab, cloud, text, api_port, progress)
    except InputError:
        if fresh:  # a machine that cannot carry it, a port that is taken: nothing stands, and nothing is left
            up.down(lab)
        raise
    progress("waiting for the server")
    _wait_for_server(lab, cloud, client, patience)
    return client


def _built(lab: Lab, cloud: Cloud, text: str, api_port: int | None, progress: Progress) -> Client:
    _keep_plugged(lab, cloud)
    port = _api_port(lab, api_port)
    if not (lab.root / "token").exists():
        _write_secret(lab.root / "token", secrets.token_urlsafe(32))
    (lab.root / "url").write_text(f"http://127.0.0.1:{port}")
    _build(lab, cloud, _plan(cloud), progress)
    (lab.root / "cloud.yaml").write_text(text)
    client = access(lab)
    _write_clients_file(lab, cloud, client)
    return client


def access(lab: Lab) -> Client:
    """The API of a standing lab; raises InputError where none stands."""
    try:
        return Client((lab.root / "url").read_text(), (lab.root / "token").read_text())
    except OSError as error:
        cure = "start one with `seapoint lab up FILE`"
        if isinstance(error, PermissionError):
            cure = "it is another user's, become root"
        raise InputError(f"no lab stands in {lab.root}: {cure}") from error


def follow(lab: Lab, text: str, *, removing: bool, progress: Progress = silent) -> None:
    """Be the hands in the data centre and the other teams' tools: cables, switches and routers as a cloud file says.

    Once before the file is applied, without ``removing``, and once after, when agents have let go of what is unplugged.
    """
    cloud = cloud_of(text, "the cloud file")
    _keep_plugged(lab, cloud)
    plan = _plan(cloud)
    if not removing:
        plan = _with_cables_of(plan, _plan(cloud_of(standing_file(lab), "the standing cloud file")))
    _build(lab, cloud, plan, progress)
    if removing:
        (lab.root / "cloud.yaml").write_text(text)


@contextmanager
def following(lab: Lab | None, client: Client, text: str) -> Iterator[None]:
    """Around the request that makes ``text`` the cloud file: lay the cables that it needs first.

    They are put back as they were where the server does not take it. Where the answer was lost, the server is asked
    again; where it stays silent, the cables of both files stay.
    """
    if lab is None:
        yield
        return
    try:
        follow(lab, text, removing=False)
        yield
    except BaseException:
        if client.get("/seapoint/v1/cloud")["text"] != text:
            follow(lab, standing_file(lab), removing=True)
        raise


def follows(lab: Lab | None, text: str) -> bool:
    """Whether the cables are those of a cloud file and of no other."""
    return lab is None or standing_file(lab) == text


def name_everybody(lab: Lab, cloud: Cloud, intent: Intent, projects: Mapping[str, str]) -> None:
    """Give every host and instance of a cloud without recursors the names of all addresses, as DNS would.

    And its own: some programs, such as ldapsearch, first look that up, and wait long where nobody answers.
    """
    if cloud.dns and cloud.dns.recursive:
        return
    names = hosts_file(cloud, intent, projects)
    for host in lab_host.hosts(lab).values():
        lab_host.write(host, "/etc/hosts", f"{names}127.0.1.1 {host.name}\n")


def standing_file(lab: Lab) -> str:
    """The cloud file of a lab that stands; raises InputError where none does."""
    try:
        return (lab.root / "cloud.yaml").read_text()
    except OSError as error:
        raise InputError(
            f"the lab in {lab.root} does not stand whole: bring it up with `seapoint lab up FILE`"
        ) from error


def _keep_plugged(lab: Lab, cloud: Cloud) -> None:
    """Refuse a file that gives a standing host tunnels, or takes them, where the kernel has none.

    Open vSwitch would take over the host's NICs, or let them go: what runs on them would not notice the new ones.
    """
    if has_gre() or not (lab.root / "cloud.yaml").exists() or not lab_host.hosts(lab):
        return
    standing = cloud_of(standing_file(lab), "the standing cloud file")
    changed = (_tunnelled(standing) ^ _tunnelled(cloud)) & standing.hosts.keys() & cloud.hosts.keys()
    if changed:
        raise InputError(
            f"joins: this kernel has no GRE, and {', '.join(sorted(changed))} would be plugged in otherwise: "
            "take the lab down and bring it up with this file"
        )


def _tunnelled(cloud: Cloud) -> set[str]:
    return {tunnel.host for tunnel in cloud.joins.tunnels} if cloud.joins else set()


def _plan(cloud: Cloud) -> LabPlan:
    return lab_plan(cloud, has_vlan_devices(), has_gre())


def _api_port(lab: Lab, asked: int | None) -> int:
    """The port that is asked for, else the one that the lab has had; a lab that stands keeps its own.

    With another its control host would have to end first, and a port that is taken would leave the lab without it.
    """
    recorded = _port((lab.root / "url").read_text()) if (lab.root / "url").exists() else API_PORT
    if asked not in (None, recorded) and lab_host.hosts(lab):
        raise InputError(
            f"the lab in {lab.root} stands with its API on port {recorded}: leave --api-port out, "
            "or take the lab down first, and with it all that tenants made"
        )
    return asked or recorded


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _build(lab: Lab, cloud: Cloud, plan: LabPlan, progress: Progress) -> None:
    authority = open_authority(lab.authority.parent, cloud.name)
    listener = Listener(SERVER.name, IPv4Address("127.0.0.1"), _port(access(lab).url))
    equipment = dict(_equipment(lab, cloud, authority, listener))
    up.up(lab, equipped(plan, equipment), progress)


def _with_cables_of(plan: LabPlan, standing: LabPlan) -> LabPlan:
    """The plan, and the cables that stand and use no NIC of it."""
    used = {(end.host, end.nic) for cable in plan.cables for end in cable.ends}
    hosts = {spec.name for spec in plan.hosts}
    kept = (
        cable
        for cable in standing.cables
        if all((end.host, end.nic) not in used and end.host in hosts for end in cable.ends)
    )
    return replace(plan, cables=(*plan.cables, *kept))


def _equipment(lab: Lab, cloud: Cloud, authority: Authority, listener: Listener) -> Iterator[tuple[str, Equipment]]:
    """What each host of the lab is given."""
    passwords = tuple(_passwords(cloud))
    for name, equipment in _agents(lab, cloud, authority, listener):
        yield name, replace(equipment, files=(*equipment.files, *passwords))


def _passwords(cloud: Cloud) -> Iterator[tuple[str, str]]:
    """The words of BGP's sessions: the same in every lab, for labs may be joined."""
    for path in (cloud.servers and cloud.servers.password, cloud.joins and cloud.joins.password):
        if path:
            yield path, f"{hashlib.sha256(path.encode()).hexdigest()[:32]}\n"


def _agents(lab: Lab, cloud: Cloud, authority: Authority, listener: Listener) -> Iterator[tuple[str, Equipment]]:
    """Our hosts have an agent of the server, all others an agent of a file."""
    control = _control(cloud)
    key = _dns_key(lab)
    for name in devices(cloud):
        host = cloud.hosts.get(name)
        if host is None or host.managed is not Managed.AGENT:
            for target, device in compile_device(cloud, Intent.empty(), name).items():
                yield target, agent_with_target(json.dumps(host_target(device).to_json()))
            continue
        files = ensure_certificate(
            authority, lab.authority.parent, name, [str(address) for address in host.management.all()]
        )
        agent = agent_with_server(
            f"https://{_literal(control)}:{AGENTS_PORT}",
            files.ca.read_text(),
            files.certificate.read_text(),
            files.key.read_text(),
        )
        agent = replace(agent, files=(*agent.files, *_shown_to_clients(lab, cloud, authority, host)))
        if cloud.dns and host.management.all()[0] in name_servers(cloud, cloud.dns):
            agent = replace(agent, files=(*agent.files, (KEY_FILE, key), (SIGNING_KEY, _signing_key(lab))))
        equipment = _server(lab, cloud, host, listener, key)
        yield name, agent if equipment is None else _together(equipment, agent)  # the agent asks the server


def give_user_data(lab: Lab, cloud: Cloud, instance: str, text: str) -> None:
    """What an instance is told at its first start, by its id, written where the server reads it."""
    lab_host.write(lab_host.find(lab, _control(cloud).name), str(ServerSettings().user_data(instance)), text)


def _shown_to_clients(lab: Lab, cloud: Cloud, authority: Authority, host: Host) -> Iterator[tuple[str, str]]:
    """The certificates of balancers whose VIP the host owns, each with its key in one file."""
    for balancer in cloud.balancers.values():
        vip = cloud.vips[balancer.vip]
        if balancer.certificate is None or host.name not in vip.owners:
            continue
        names = [vip.fqdn, *(service.host for service in balancer.services if service.host)]
        names += [str(address) for address in vip.addresses.all()]
        files = ensure_certificate(authority, lab.authority.parent, balancer.certificate, names)
        yield certificate_file(balancer.certificate), files.certificate.read_text() + files.key.read_text()


def _signing_key(lab: Lab) -> str:
    """The lab's own key for signed zones."""
    path = lab.root / "signing.pem"
    if not path.exists():
        _write_secret(path, new_private_key())
    return path.read_text()


def _dns_key(lab: Lab) -> str:
    """The lab's own key of its name servers, as ``keymgr -t`` prints one."""
    path = lab.root / "dns.key"
    if not path.exists():
        secret = base64.b64encode(secrets.token_bytes(32)).decode()
        _write_secret(path, f"key:\n  - id: {KEY}\n    algorithm: hmac-sha256\n    secret: {secret}\n")
    return path.read_text()


def _server(lab: Lab, cloud: Cloud, host: Host, listener: Listener, key: str) -> Equipment | None:
    """The server of a host, if it has one, and the database that servers share."""
    control, others = _control(cloud), database.other_servers(cloud)
    if host is not control and host not in others:
        return None
    settings = f'database = "{database.database_url(control)}"\n' if others else ""
    port = networking_port(cloud, host)
    if port is not None:
        addresses = json.dumps([str(address) for address in host.private.all()])
        settings += f"api_tls_addresses = {addresses}\napi_tls_port = {port}\n"
    token = ((TOKEN, (lab.root / "token").read_text()),)
    if host is not control:
        settings += f'loop_server = "{access(lab).url}"\n'
        return server(f"--settings {SETTINGS}", (), ((SETTINGS, settings), *token))
    settings += f'agents_address = "{control.management.all()[0]}"\nagents_port = {AGENTS_PORT}\n'
    equipment = server(f"--settings {SETTINGS}", (listener,), ((SETTINGS, settings), *token, (DNS_KEY, key)))
    if not others:
        return equipment
    # side by side: the server waits for the database
    return _together(equipment, Equipment(database.files(control, (control, *others)), (POSTGRESQL.name,)))


def _together(one: Equipment, other: Equipment) -> Equipment:
    return Equipment((*one.files, *other.files), (*one.start, *other.start), (*one.listeners, *other.listeners))


def _control(cloud: Cloud) -> Host:
    host = cloud.central()
    if host is None:
        raise InputError(f"{cloud.name} has no running host whose role does control: the server has no place")
    return host


def _literal(host: Host) -> str:
    address = host.management.all()[0]
    return f"[{address}]" if address.version == 6 else str(address)


def _write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _write_clients_file(lab: Lab, cloud: Cloud, client: Client) -> None:
    """A clouds.yaml for OpenStack's clients."""
    text = f"""\
clouds:
  seapoint-demo:
    auth_type: admin_token
    auth:
      endpoint: {client.url}
      token: {client.token}
    region_name: {cloud.region}
    network_endpoint_override: {client.url}
"""
    path = lab.root / "clouds.yaml"
    path.unlink(missing_ok=True)
    _write_secret(path, text)


def _wait_for_server(lab: Lab, cloud: Cloud, client: Client, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            client.get("/seapoint/v1/status")
        except EngineError as error:
            if time.monotonic() > deadline:
                control = _control(cloud).name
                log = lab.host(control) / "log" / f"{SERVER.name}.log"
                raise EngineError(f"{control}: {SERVER.name} does not answer, see {log}: {error}") from error
            time.sleep(0.1)
        else:
            return
