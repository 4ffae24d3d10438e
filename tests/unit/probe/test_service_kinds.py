"""What the kinds that ask services make of the output of ldapsearch 2.5.13, git 2.39.5 and nfs-cat 4.0.0, captured."""

from ipaddress import ip_address

import pytest

from seapoint.probe.kinds.git import Git
from seapoint.probe.kinds.ldap import Ldap
from seapoint.probe.kinds.nfs import Nfs
from seapoint.probe.probe import Check, Completed, Verdict

V4, V6 = ip_address("198.51.100.2"), ip_address("2001:db8:2::2")
ENTRY, REPOSITORY, FILE = "dc=wikimedia,dc=org", "integration/config.git", "/srv/shared/README"
LDAP, GIT, NFS = Ldap("ldap-ro", V4, ENTRY), Git("contint", V4, REPOSITORY), Nfs("files", V4, FILE)
HEAD = "f9f27d40ba9086eb1d5ca4ba0e4e7b3f5d1a7f7e"


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (LDAP, ("-H", "ldap://198.51.100.2", "-s", "base", "-b", ENTRY, "dn")),
        (Ldap("ldap-ro", V6, ENTRY), ("-H", "ldap://[2001:db8:2::2]", "-s", "base", "-b", ENTRY, "dn")),
        (GIT, ("ls-remote", "git://198.51.100.2/integration/config.git", "HEAD")),
        (Git("contint", V6, REPOSITORY), ("ls-remote", "git://[2001:db8:2::2]/integration/config.git", "HEAD")),
        (NFS, ("nfs-cat", "nfs://198.51.100.2/srv/shared/README?version=4&nfsport=2049")),
        (Nfs("files", V6, FILE), ("nfs-cat", "nfs://2001:db8:2::2/srv/shared/README?version=4&nfsport=2049")),
    ],
)
def test_what_is_sent_is_of_one_family_and_ends(check: Check, words: tuple[str, ...]) -> None:
    assert check.argv()[-len(words) :] == words
    assert check.argv()[:2] == ("timeout", "5")
    assert check.flow is not None
    assert check.flow.protocol == "tcp"


@pytest.mark.parametrize(
    ("check", "done", "seen"),
    [
        (LDAP, Completed(0, f"dn: {ENTRY}\n\n", ""), f"found {ENTRY}"),
        (GIT, Completed(0, f"{HEAD}\tHEAD\n", ""), "head f9f27d40ba90"),
        (NFS, Completed(0, "This is /srv/shared/README.\n", ""), "read 28 octets"),
    ],
)
def test_what_passes(check: Check, done: Completed, seen: str) -> None:
    assert check.judge(done) == Verdict(True, seen)


@pytest.mark.parametrize("check", [LDAP, GIT, NFS])
def test_silence_and_nothing_at_all_are_no_answer(check: Check) -> None:
    silent = check.judge(Completed(124, "", ""))
    assert (silent.passed, silent.seen) == (False, "no answer within 5 s")
    assert "no route back" in silent.hint
    assert not check.judge(Completed(0, "", "")).passed


@pytest.mark.parametrize(
    ("check", "done", "seen", "hint"),
    [
        (LDAP, Completed(32, "", "No such object (32)\n"), f"ldap-ro has no {ENTRY}", "the directory is another one"),
        (
            LDAP,
            Completed(255, "", "ldap_sasl_bind(SIMPLE): Can't contact LDAP server (-1)\n"),
            "Can't contact LDAP server",
            "nobody listens",
        ),
        (LDAP, Completed(0, "dn: dc=other\n\n", ""), "an answer without the entry", ""),
        (
            GIT,
            Completed(128, "", "fatal: remote error: access denied or repository not exported: /nix.git\n"),
            "repository not exported",
            "does not export the repository",
        ),
        (
            GIT,
            Completed(128, "", "fatal: protocol error: bad line length character: 185.\n"),
            "bad line length",
            "refused or unreachable",
        ),
        (
            NFS,
            Completed(10, "", "Failed to mount nfs share : nfs_service failed\n"),
            "Failed to mount",
            "does not export the file",
        ),
    ],
)
def test_what_fails_says_what_was_seen(check: Check, done: Completed, seen: str, hint: str) -> None:
    verdict = check.judge(done)
    assert not verdict.passed
    assert seen in verdict.seen
    assert hint in verdict.hint
