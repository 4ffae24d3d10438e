"""The cloud file in the store: whole, a version after the other."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.waiting import until
from seapoint.base.errors import ConflictError, InputError
from seapoint.intent.rules import CloudRules
from seapoint.store.log import Origin
from seapoint.store.store import Store
from unit.store.making import ME


def test_the_cloud_file_is_kept_whole_and_goes_back_with_its_rules(store: Store, url: str) -> None:
    def rules_of(text: str) -> CloudRules:
        return CloudRules(overlay_mtu=len(text))

    first = store.put_cloud("sites: [a]\n", rules_of("sites: [a]\n"), Origin("op", "r1"))
    second = store.put_cloud("sites: [a, b]\n", rules_of("sites: [a, b]\n"), Origin("op", "r2", "second"))
    assert (first, second) == (1, 2)
    assert store.rules.overlay_mtu == 14
    third = store.rollback("second", Origin("op", "r3", "third"), rules_of).revision
    assert [version.text for version in store.cloud_versions()] == ["sites: [a]\n", "sites: [a, b]\n", "sites: [a]\n"]
    assert third == 3
    assert store.rules.overlay_mtu == 11
    with pytest.raises(ConflictError, match="cloud file was changed"):
        store.rollback("second", ME, rules_of)
    with pytest.raises(InputError, match="first version"):
        store.rollback("r1", ME, rules_of)
    again = Store(url, CloudRules())
    assert len(again.cloud_versions()) == 3
    again.close()


def test_a_cloud_file_made_from_an_older_version_is_refused(store: Store) -> None:
    assert store.cloud() is None
    first = store.put_cloud("a", CloudRules(), Origin("op", "r1"), follows=0)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        store.put_cloud("b", CloudRules(), Origin("op", "r2"), follows=0)
    store.put_cloud("c", CloudRules(), Origin("op", "r3"), follows=first)
    newest = store.cloud()
    assert newest is not None
    assert (newest.text, newest.actor) == ("c", "op")


def test_of_cloud_files_made_from_one_version_one_wins_also_when_they_are_committed_together(store: Store) -> None:
    first = store.put_cloud("a", CloudRules(), ME, follows=0)
    hold = threading.Event()

    def put(text: str) -> int:
        try:
            return store.put_cloud(text, CloudRules(), ME, follows=first)
        except ConflictError:
            return 0

    with ThreadPoolExecutor(6) as threads:
        busy = store.submit(lambda _: hold.wait(60), ME)
        until(busy.running, "the writer is busy")
        puts = [threads.submit(put, text) for text in "bcdefg"]
        until(lambda: store._jobs.qsize() == len(puts), "all wait for the writer")
        hold.set()
        answers = [one.result() for one in puts]
        busy.result()

    newest = store.cloud()
    assert newest is not None
    assert sorted(answers) == [0, 0, 0, 0, 0, newest.revision]
    assert [version.revision for version in store.cloud_versions()] == [first, newest.revision]
    assert newest.text == "bcdefg"[answers.index(newest.revision)]
