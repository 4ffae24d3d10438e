"""Commands that change a standing cloud, and look at what was changed."""

import json
import time
from pathlib import Path
from typing import Any

import click

from seapoint.base.errors import EngineError, InputError, UnreachableError
from seapoint.cli.client import LAB, server, standing_lab
from seapoint.cli.cloudfile import FILE, JSON, text_of
from seapoint.wiring import lab as wired
from seapoint.wiring.client import Client
from seapoint.wiring.cloudfile import cloud_of

CHANGES = 2
MANY = 3  # objects of one change that a line of the history names
STEP = 0.1  # seconds between two questions to the server
NEWS = 5.0  # seconds between two words about what is waited for


@click.command()
@FILE
@LAB
@JSON
@click.option("--plan", "plan_only", is_flag=True, help="Only show what would change; exit status 2 if anything would.")
@click.option("--timeout", default=120.0, show_default=True, help="Seconds to wait for hosts and engines.")
def apply(file: Path, lab_root: Path, as_json: bool, plan_only: bool, timeout: float) -> int:
    """Make FILE the cloud's file: store it, show what changes, wait until every host concerned has reported.

    A file that says what the stored one says changes nothing. Exit status 0: done or nothing to do, 1: a host or an
    engine failed, 2 (with --plan): there are changes.
    """
    text = text_of(file)
    cloud_of(text, str(file))
    client, lab = server(lab_root), standing_lab(lab_root)
    base = client.get("/seapoint/v1/cloud")
    if base["text"] == text and (plan_only or wired.follows(lab, text)):
        return _nothing(as_json)
    plan = client.ask("POST", "/seapoint/v1/plan", {"text": text})
    if plan_only:
        _print_plan(plan, as_json)
        return CHANGES
    if not as_json:
        _print_plan(plan, as_json=False)
    with wired.following(lab, client, text):
        done = client.ask("PUT", "/seapoint/v1/cloud", {"text": text, "base_revision": base["revision"]})
    return _finish(client, lab_root, text, done, as_json, timeout)


@click.command()
@LAB
@JSON
@click.option("--limit", default=20, show_default=True, help="How many of the newest.")
@click.option("--cloud-file", is_flag=True, help="Only those of the cloud file.")
def history(lab_root: Path, as_json: bool, limit: int, cloud_file: bool) -> None:
    """List the newest changes, newest first: revision, time, who, change set, what.

    `*` marks those of the cloud file; of tenants' objects, `+` was made, `~` changed, `-` deleted.
    """
    only = "&cloud_file=true" if cloud_file else ""
    entries = server(lab_root).get(f"/seapoint/v1/history?limit={limit}{only}")
    if as_json:
        click.echo(json.dumps(entries, indent=2))
        return
    for entry in entries:
        mark = "*" if entry["cloud_file"] else " "
        # what was asked for is written after what it brought with it
        what = (["cloud file"] if entry["cloud_file"] else []) + entry["objects"][::-1]
        more = f", and {len(what) - MANY} more" if len(what) > MANY else ""
        click.echo(
            f"{entry['revision']:>7} {mark} {entry['time']}  {entry['actor']:<10} {entry['change_set']:<40}  "
            f"{', '.join(what[:MANY])}{more}"
        )


@click.command()
@click.argument("change_set", required=False)
@LAB
@JSON
@click.option("--timeout", default=120.0, show_default=True, help="Seconds to wait for hosts and engines.")
def rollback(change_set: str | None, lab_root: Path, as_json: bool, timeout: float) -> int:
    """Restore what CHANGE_SET touched (see `seapoint history`), identically, as a new revision.

    Without CHANGE_SET: the newest change of the cloud file. Refused where somebody has changed any of it since.
    """
    client, lab = server(lab_root), standing_lab(lab_root)
    if change_set is None:
        newest = client.get("/seapoint/v1/history?cloud_file=true&limit=1")
        if not newest:
            raise InputError("no cloud file was ever applied: there is nothing to roll back")
        change_set = newest[0]["change_set"]
    done = client.ask("POST", "/seapoint/v1/rollback", {"change_set": change_set})
    text = client.get("/seapoint/v1/cloud")["text"]
    if lab is not None and done["cloud_file"]:
        wired.follow(lab, text, removing=False)
    if not as_json:
        _print_plan(done, as_json=False)
        if done["objects"]:
            click.echo(f"{done['objects']} objects restored")
    return _finish(client, lab_root, text, done, as_json, timeout)


@click.command()
@click.argument("domain")
@LAB
def approve(domain: str, lab_root: Path) -> None:
    """Let DOMAIN (see `seapoint status`) delete what an audit found and held back, because it was a large share."""
    server(lab_root).ask("POST", "/seapoint/v1/approve", {"domain": domain})
    click.echo(f"{domain}: the next audit deletes it.")


@click.command()
@LAB
@JSON
def status(lab_root: Path, as_json: bool) -> int:
    """Show how far the cloud is: engines, hosts, findings. Exit status 1 if anything is not as it should be."""
    told = server(lab_root).get("/seapoint/v1/status")
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        _print_status(told)
    return 0 if _well(told, told["revision"]) else 1


def _finish(client: Client, lab_root: Path, text: str, done: dict[str, Any], as_json: bool, timeout: float) -> int:
    """Wait for engines and hosts, unplug what is left over, and say what happened."""
    began = time.monotonic()
    told = wait_settled(client, done["revision"], timeout)
    lab = standing_lab(lab_root)
    if lab is not None:
        wired.follow(lab, text, removing=True)
    well = _well(told, done["revision"])
    if as_json:
        click.echo(json.dumps({**done, "status": told}, indent=2))
    else:
        _print_outcome(done, told, time.monotonic() - began)
    return 0 if well else 1


def wait_settled(client: Client, revision: int, timeout: float) -> dict[str, Any]:
    """Wait until every engine has reached a revision and every host holds its target: the status then.

    Or when time is over; a server that is away meanwhile is waited for just so, UnreachableError at the end. What is
    waited for, and why, is said on standard error where it takes long.
    """
    began = time.monotonic()
    next_news, said = began + NEWS, ""
    while True:
        now = time.monotonic()
        late = now > began + timeout
        try:
            told: dict[str, Any] = client.get("/seapoint/v1/status")
        except UnreachableError:
            if late:
                raise
        else:
            if late or _settled(told, revision):
                return told
            missing = "\n  ".join(_missing(told))
            if now > next_news and missing not in ("", said):
                click.echo(f"waiting for\n  {missing}", err=True)
                next_news, said = now + NEWS, missing
        time.sleep(STEP)


def _settled(told: dict[str, Any], revision: int) -> bool:
    domains, hosts = told["domains"].values(), told["hosts"].values()
    reached = bool(domains) and all(one["revision"] >= revision and one["state"] != "DOWN" for one in domains)
    return reached and all(host["state"] == "applied" for host in hosts)


def _well(told: dict[str, Any], revision: int) -> bool:
    return _settled(told, revision) and all(one["state"] == "ACTIVE" for one in told["domains"].values())


def _nothing(as_json: bool) -> int:
    click.echo(json.dumps({"changed": False}) if as_json else "Nothing to do.")
    return 0


def _print_plan(plan: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(plan, indent=2))
        return
    first = plan["base_revision"] == 0
    if plan["intent"] and not first:
        click.echo(plan["intent"], nl=False)
    for host, difference in plan["hosts"].items():
        click.secho(f"\n=== {host}", bold=True)
        if first:
            click.echo(f"{sum(line.startswith('+') for line in difference.splitlines())} lines")
        else:
            click.echo(difference, nl=False)
    for device, difference in plan["devices"].items() if not first else ():
        click.secho(f"\n~~~ {device}: not ours to write, for whoever configures it", bold=True)
        click.echo(difference, nl=False)
    if plan["rows"]:
        click.secho("\n=== OVN", bold=True)
        click.echo("\n".join(plan["rows"]))
    for finding in plan["findings"]:
        click.secho(f"{finding['severity']}: {finding['subject']}: {finding['message']}", fg="yellow")


def _print_outcome(done: dict[str, Any], told: dict[str, Any], seconds: float) -> None:
    hosts = ", ".join(done["hosts"]) or "no host"
    click.echo(f"\nRevision {done['revision']}: {len(done['rows'])} rows of OVN, and {hosts}.")
    if _well(told, done["revision"]):
        click.echo(f"Every host and engine has it, after {seconds:.1f} s.")
    else:
        _print_status(told)


def _print_status(told: dict[str, Any]) -> None:
    click.echo(f"revision {told['revision']}, cloud file of revision {told['cloud']['revision']}")
    for name, domain in told["domains"].items():
        click.echo(f"{name:<24} {domain['state']:<8} revision {domain['revision']} {domain['reason']}")
    for name, host in told["hosts"].items():
        click.echo(f"{name:<24} {host['state']}")
        for failure in host["failures"]:
            click.secho(f"    {failure['part']}: {failure['reason']}", fg="red")
        for feature, words in host["features"].items():
            click.echo(f"    {feature}: {words}")
    for name, addresses in told["vips"].items():
        for address, owners in addresses.items():
            click.echo(f"{name:<24} {address:<24} {', '.join(_announced(*one) for one in owners.items())}")
    for finding in told["findings"]:
        click.secho(f"{finding['severity']}: {finding['subject']}: {finding['message']}", fg="yellow")


def _announced(owner: str, said: dict[str, Any] | None) -> str:
    """How an owner announces a VIP, in words."""
    if said is None:
        return f"{owner} (not heard of)"
    times = said["prepended"]
    how = "withdrawn" if times is None else "announced" if times == 0 else f"announced with a path {times} longer"
    return f"{owner} {how}" + (f" ({said['why']})" if said["why"] else "")


def explain(told: dict[str, Any]) -> EngineError:
    """What has not settled, as an error."""
    return EngineError("not everything is as the cloud file says:\n" + "\n".join(_missing(told)))


def _missing(told: dict[str, Any]) -> list[str]:
    """The engines and hosts that are not as they should be, each with the reason."""
    parts = [
        f"{name}: {one['reason'] or one['state']}" for name, one in told["domains"].items() if one["state"] != "ACTIVE"
    ]
    for name, host in told["hosts"].items():
        if host["state"] != "applied":
            reasons = "; ".join(f"{failure['part']}: {failure['reason']}" for failure in host["failures"])
            parts.append(f"{name}: {reasons or 'has not reported its newest target'}")
    return parts
