"""What has to be done for an engine to hold a target: pure."""

from collections.abc import Iterable

from seapoint.target.changes import Change, Items, Key


def diff(observed: Items, target: Items) -> list[Change]:
    """The changes that turn one into the other; none when they are equal."""
    changes = [
        Change("create", key, None, item) if before is None else Change("update", key, before, item)
        for key, item in target.items()
        if (before := observed.get(key)) != item
    ]
    changes += [Change("delete", key, item, None) for key, item in observed.items() if key not in target]
    return changes


def only(items: Items, keys: Iterable[Key]) -> Items:
    """The items under these keys."""
    return {key: items[key] for key in keys if key in items}
