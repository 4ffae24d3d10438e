"""Keys, types and ranges of a cloud file: each mistake is told at its place, with a cure."""

import pytest

from unit.cloud.edits import Case, assert_told

CASES: dict[str, Case] = {
    "an unknown key, with the nearest one": (
        [("region: small-r", "▸regoin: x\nregion: small-r")],
        [("error", "unknown key 'regoin'", "Did you mean 'region'?")],
    ),
    "an unknown key in a mapping on one line": (
        [("{id: 52, interval", "{id: 52, ▸intervall: 5ms, interval")],
        [("error", "unknown key 'intervall'", "Did you mean 'interval'?")],
    ),
    "an unknown key unlike any other": (
        [("racks:\n  r1: {switch: sw1}", "racks:\n  r1: {switch: sw1, ▸zzzzz: 1}")],
        [("error", "unknown key 'zzzzz'", "Known here: switch.")],
    ),
    "a missing key": (
        [("  sw1: {asn: 64711}", "  ▸sw1: {}")],
        [("error", "the key 'asn' is missing", "Add `asn:`. AS number.")],
    ),
    "a missing section": (
        [("cloud: small\n", "▸")],
        [("error", "the key 'cloud' is missing", "Add `cloud:`. Name of the deployment.")],
    ),
    "a wrong word": (
        [("use: private", "use: ▸privat")],
        [("error", "use: 'privat' is not possible here", "Write one of 'management' or 'private'.")],
    ),
    "a wrong truth value": (
        [("private: 13}", "private: 13, runs: ▸flase}")],
        [("error", "runs: true or false is needed", "false: it stands here only as name and addresses.")],
    ),
    "a number out of range": (
        [("{id: 10,", "{id: ▸4095,")],
        [("error", "id: the most is 4094", "802.1Q VLAN ID.")],
    ),
    "a truth value for a number": (
        [("{id: 10,", "{id: ▸true,")],
        [("error", "id: a whole number is needed", "802.1Q VLAN ID.")],
    ),
    "an AS number of zero": (
        [("asn: 64711", "asn: ▸0")],
        [("error", "asn: an AS number is a whole number from 1 to 4294967295", "AS number.")],
    ),
    "an entry, a repository and a file that are none": (
        [
            (
                'web: {ipv4: 192.0.2.80, ipv6: "2001:db8:ffff::80"}',
                'web: {ipv4: 192.0.2.80, ipv6: "2001:db8:ffff::80", ldap: ▸people, git: ▸"../x", nfs: ▸/README}',
            )
        ],
        [
            (
                "error",
                "ldap: an entry is written as a distinguished name, such as dc=example,dc=org",
                "LDAP: the entry that live tests look up.",
            ),
            (
                "error",
                "git: a repository is written as its path, such as tools/build.git",
                "git: the repository of which live tests list the head.",
            ),
            (
                "error",
                "nfs: a file is written as its whole path below a directory, such as /data/README",
                "NFS, version 4: the file that live tests read.",
            ),
        ],
    ),
    "an interval without unit": (
        [("interval: 100ms}\n", "interval: ▸100}\n")],
        [("error", "interval: an interval is written as milliseconds, such as 300ms", "Time between packets.")],
    ),
    "a range the wrong way round": (
        [("1-10", "▸10-1")],
        [
            (
                "error",
                "segmentation_ids: a range is written as first-last, such as 1-10",
                "Segmentation IDs that tenants' networks get.",
            )
        ],
    ),
    "an address that is a list": (
        [("management: 7", "▸management: [7]")],
        [
            (
                "error",
                "management: an address is written as a number, a text, or {ipv4: ..., ipv6: ...}",
                "Its address in the rack's management VLAN.",
            )
        ],
    ),
    "an unknown key in an address": (
        [("management: 7", "management: {ipv4: 7, ▸ipv5: 1}")],
        [("error", "unknown key 'ipv5'", "Did you mean 'ipv6'?")],
    ),
    "a link with one end": (
        [("between: [core1, sw1]", "▸between: [core1]")],
        [("error", "between: item 2 is missing", "The two devices.")],
    ),
    "an empty list that must not be": (
        [("terms: [{drop: any, from: [servers]}, {accept: any}]", "▸terms: []")],
        [("error", "terms: too few items, the least is 1", "The first term that matches decides.")],
    ),
    "a rule with two actions": (
        [("{accept: any}", "▸{accept: any, drop: any}")],
        [
            (
                "error",
                "item 2 of terms: a rule has exactly one of accept, reject, drop, with a protocol or any",
                "The first term that matches decides.",
            )
        ],
    ),
    "two bad items of one list, and a good one between": (
        [("ports: [25]", "ports: [▸0, 25, ▸x]")],
        [
            ("error", "item 1 of ports: the least is 1", "Destination ports."),
            ("error", "item 3 of ports: a whole number is needed", "Destination ports."),
        ],
    ),
    "a bad item before one with a mistake of its own": (
        [
            (
                "[{drop: any, from: [servers]}, {accept: any}]",
                "[{drop: ▸anny}, {drop: any, from: [▸severs]}, {accept: any}]",
            )
        ],
        [
            ("error", "drop: 'anny' is not possible here", "Write one of 'any', 'tcp', 'udp' or 'icmp'."),
            ("error", "unknown name 'severs'", "Did you mean 'servers'?"),
        ],
    ),
    "a section that is no mapping": (
        [("  r1: {switch: sw1}", "  r1: ▸sw1")],
        [("error", "r1: a mapping of keys is needed", "Mend this value.")],
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_a_mistake_is_told_at_its_place_with_a_cure(title: str) -> None:
    assert_told(*CASES[title])
