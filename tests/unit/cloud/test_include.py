"""Operators' own lines: what can be wrong with them in the file, and where they stand in what devices hold."""

import pytest

from seapoint.compile.hosts import compile_device
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.render.device import host_target, render_files
from unit.cloud.edits import Case, assert_told, edited

RIGHT = """monitoring:
    on: [control, core1]
    nftables: {input: ["tcp dport 9100 accept"], nat: ["counter"]}
  learning:
    on: [sw1.inner]
    frr: {bgp: ["bgp bestpath as-path multipath-relax"], end: ["ip prefix-list MINE seq 5 permit 192.0.2.0/24"]}"""


def include(text: str) -> tuple[str, str]:
    return ("groups:\n", f"include:\n  {text}\ngroups:\n")


CASES: dict[str, Case] = {
    "an unknown device": (
        [include('a: {on: [▸cor1], nftables: {input: ["accept"]}}')],
        [("error", "'cor1' is no role, host, switch or router", "Did you mean 'core1'?")],
    ),
    "no line": (
        [include("▸a: {on: [core1]}")],
        [("error", "'a' includes nothing", "Add lines under `nftables:`, `frr:` or `haproxy:`.")],
    ),
    "an empty line": (
        [include('a: {on: [core1], frr: {end: [▸" "]}}')],
        [("error", "one line of printable text is needed", "Write each line as an item of its own.")],
    ),
    "two lines in one": (
        [include(r'a: {on: [core1], nftables: {input: [▸"accept\ndrop"]}}')],
        [("error", "one line of printable text is needed", "Write each line as an item of its own.")],
    ),
    "a rule that ends its table": (
        [include('a: {on: [core1], nftables: {input: [▸"accept } } table ip other { chain c {"]}}')],
        [("error", "its braces do not close each other: it would end its place", "Mend the rule's braces.")],
    ),
    "HAProxy where none runs": (
        [include('a: {▸on: [core1], haproxy: {global: ["nbthread 1"]}}')],
        [("error", "'core1' runs no HAProxy", "Name owners of a balancer's VIP, or take `haproxy:` out.")],
    ),
    "FRR where none runs": (
        [include('a: {▸on: [ctl1], frr: {end: ["!"]}}')],
        [("error", "'ctl1' runs no FRR", "Name switches, routers or owners of VIPs, or take `frr:` out.")],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_told(case: Case) -> None:
    assert_told(*case)


def rendered(device: str, target: str, path: str) -> list[str]:
    text, _ = edited(include(RIGHT))
    cloud = read_cloud(text).cloud
    assert cloud is not None
    files = render_files(host_target(compile_device(cloud, Intent(), device)[target]))
    return [line.strip() for line in files.get(path, "").splitlines()]


@pytest.mark.parametrize("device", ["ctl1", "core1"])
def test_rules_stand_before_ours_and_make_the_chain_where_there_is_none(device: str) -> None:
    lines = rendered(device, device, "/etc/nftables.d/seapoint.nft")
    for chain, rule in (("chain input {", "tcp dport 9100 accept"), ("chain nat {", "counter")):
        place = lines.index(chain)
        assert lines[place + 2 : place + 4] == ["# included: monitoring", rule]


def test_lines_of_frr_end_their_stanza_and_the_file_of_one_realm() -> None:
    lines = rendered("sw1", "sw1.inner", "/etc/frr/frr.conf")
    last_of_bgp = lines.index("bgp bestpath as-path multipath-relax")
    assert lines[last_of_bgp - 1 : last_of_bgp + 2 : 2] == ["exit-address-family", "exit"]
    assert lines[-2:] == ["ip prefix-list MINE seq 5 permit 192.0.2.0/24", "end"]


def test_lines_of_one_realm_are_in_no_other() -> None:
    text, _ = edited(include(RIGHT.replace("sw1.inner", "sw1.outer")))
    cloud = read_cloud(text).cloud
    assert cloud is not None
    assert "bestpath" not in str(compile_device(cloud, Intent(), "sw1"))
