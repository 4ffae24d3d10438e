"""FrozenMap: agrees with a plain dict after any changes, and never changes itself."""

from hypothesis import given
from hypothesis import strategies as st

from seapoint.intent.frozenmap import FrozenMap

KEYS = st.integers(0, 400)
STEPS = st.lists(st.tuples(st.dictionaries(KEYS, st.integers(), max_size=80), st.lists(KEYS, max_size=80)), max_size=12)


@given(STEPS)
def test_it_is_a_mapping(steps: list[tuple[dict[int, int], list[int]]]) -> None:
    expected: dict[int, int] = {}
    found: FrozenMap[int, int] = FrozenMap()
    history = []
    for put, drop in steps:
        for key in drop:
            expected.pop(key, None)
        expected.update(put)
        found = found.changed(put, drop)
        history.append((found, dict(expected)))
    for older, then in history:
        assert dict(older) == then
        assert len(older) == len(then)
        assert sorted(older.values()) == sorted(then.values())
        assert all(key in older for key in then)
        assert older.get(1000) is None
