"""Lists: filters on any attribute, sorting, paging, and the fields to show.

Source: OpenStack Networking API v2.0, "Filtering and Column Selection", "Sorting", "Pagination".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from seapoint.base.errors import TenantError
from seapoint.intent.attributes import Attribute, Standard, by_wire
from seapoint.intent.draft import not_found
from seapoint.intent.formats import Json
from seapoint.intent.resource import Resource
from seapoint.intent.snapshot import Intent

View = Callable[[Any], dict[str, Json]]
Query = Mapping[str, Sequence[str]]  # repeated keys keep all their values

CONTROLS = ("fields", "sort_key", "sort_dir", "limit", "marker", "page_reverse")
TAGS: Mapping[str, Callable[[set[str], set[str]], bool]] = {
    "tags": lambda wanted, has: wanted <= has,
    "tags-any": lambda wanted, has: bool(wanted & has),
    "not-tags": lambda wanted, has: not wanted <= has,
    "not-tags-any": lambda wanted, has: not wanted & has,
}


def listed(intent: Intent, resource: Resource[Any], query: Query, view: View, url: str) -> dict[str, Json]:
    """The body that answers a list request; ``url`` is that of the list, for links to further pages."""
    values = list(_matching(intent, resource, query, view))
    limit = _limit(query)
    if "sort_key" in query or limit or "marker" in query:
        values = _sorted(resource, values, query)
    page, links = _page(intent, resource, values, query, limit, url)
    fields = set(query.get("fields", ())) - {""}
    views = [view(value) for value in page]
    body: dict[str, Json] = {resource.plural: [only(item, fields) for item in views]}
    if links:
        body[f"{resource.plural}_links"] = links
    return body


def only(item: dict[str, Json], fields: Iterable[str]) -> dict[str, Json]:
    """The fields asked for, or all."""
    wanted = set(fields)
    return {key: part for key, part in item.items() if key in wanted} if wanted else item


def _matching(intent: Intent, resource: Resource[Any], query: Query, view: View) -> Iterable[Any]:
    """The values that fulfil every filter, from the shortest way to them."""
    rows = by_wire(resource.value)
    tests: list[Callable[[Any], bool]] = []
    candidates: Iterable[Any] | None = None
    for key, wanted in query.items():
        if key in CONTROLS:
            continue
        row = rows.get(key)
        if key in TAGS:
            tests.append(_tag_test(key, wanted))
        elif row is not None and row.filter and row.visible:
            tests.append(_test(row, wanted))
            candidates = _looked_up(intent, resource, row, wanted) if candidates is None else candidates
        elif key in resource.extra_filters:
            tests.append(_view_test(key, wanted, view))
        else:
            raise TenantError("HTTPBadRequest", f"'{key}' is invalid attribute for filtering of {resource.plural}.")
    table = intent.of(resource.value)
    return (value for value in (table.values() if candidates is None else candidates) if all(t(value) for t in tests))


def _looked_up(intent: Intent, resource: Resource[Any], row: Attribute, wanted: Sequence[str]) -> Iterable[Any] | None:
    """The candidates by id or by an index; None when there is no index."""
    if row.name == "id":
        return [value for key in dict.fromkeys(wanted) if (value := intent.get(resource.value, key)) is not None]
    if not row.index or any(not word or "=" in word for word in wanted):
        return None
    found: dict[str, Standard] = {}
    for word in wanted:
        found.update((value.id, value) for value in intent.find(resource.value, **{row.name: word}))
    return found.values()


def _test(row: Attribute, wanted: Sequence[str]) -> Callable[[Any], bool]:
    name, column = row.name, row.format.column
    if column == "json":
        return _structure_test(row, wanted)
    if column in ("integer", "boolean"):
        try:
            choice = {row.format.parse(word) for word in wanted}
        except ValueError as error:
            raise TenantError("HTTPBadRequest", f"Invalid input for {row.wire}. Reason: {error}.") from None
        return lambda value: getattr(value, name) in choice
    words = {_canonical(row, word) for word in wanted}
    if "" in words:
        return lambda value: (getattr(value, name) or "") in words
    return lambda value: getattr(value, name) in words


def _canonical(row: Attribute, word: str) -> str:
    """The word as the value would be kept: 2001:DB8::1 finds 2001:db8::1."""
    try:
        return str(row.format.parse(word))
    except ValueError:
        return word  # no value of this attribute looks so: nothing is found


def _structure_test(row: Attribute, wanted: Sequence[str]) -> Callable[[Any], bool]:
    """Lists hold a scalar, or a record with ``key=part`` (``fixed_ips=ip_address=192.0.2.1``); all keys must agree."""
    pairs: dict[str, set[str]] = {}
    words: set[str] = set()
    for word in wanted:
        key, equals, part = word.partition("=")
        if equals:
            pairs.setdefault(key, set()).add(part.lower())
        else:
            words.add(word)

    def agrees(part: Json) -> bool:
        if not isinstance(part, dict):
            return part in words
        return bool(pairs) and all(_holds(part, key, choice) for key, choice in pairs.items())

    def test(value: Any) -> bool:
        shown = row.format.show(getattr(value, row.name))
        return any(agrees(part) for part in (shown if isinstance(shown, list) else [shown]))

    return test


def _holds(part: Mapping[str, Json], key: str, choice: set[str]) -> bool:
    if key.endswith("_substr"):
        return any(word in str(part.get(key.removesuffix("_substr"), "")) for word in choice)
    return str(part.get(key)).lower() in choice


def _tag_test(key: str, wanted: Sequence[str]) -> Callable[[Any], bool]:
    words = {word for text in wanted for word in text.split(",") if word}
    return lambda value: TAGS[key](words, set(value.tags))


def _view_test(key: str, wanted: Sequence[str], view: View) -> Callable[[Any], bool]:
    """A filter on what answers carry beside the attributes: ``status``."""
    words = {word.lower() for word in wanted}

    def test(value: Any) -> bool:
        return str(view(value).get(key)).lower() in words

    return test


def _sorted(resource: Resource[Any], values: list[Any], query: Query) -> list[Any]:
    """Sorted by each key in turn, and by id where all are equal."""
    rows = by_wire(resource.value)
    keys = list(query.get("sort_key", ()))
    directions = list(query.get("sort_dir", ()))
    if directions and len(directions) != len(keys):
        raise TenantError("HTTPBadRequest", "The number of sort_keys and sort_dirs must be same.")
    directions = directions or ["asc"] * len(keys)
    values.sort(key=lambda value: str(value.id))
    for key, direction in reversed(list(zip(keys, directions, strict=True))):
        row = rows.get(key)
        if row is None or not row.filter or row.format.column == "json":
            raise TenantError("HTTPBadRequest", f"{key} is invalid attribute for sort_keys.")
        if direction not in ("asc", "desc"):
            raise TenantError("HTTPBadRequest", f"{direction} is invalid value for sort_dirs, must be asc or desc.")
        values.sort(key=_sort_key(row.name), reverse=direction == "desc")
    return values


def _sort_key(name: str) -> Callable[[Any], tuple[bool, Any]]:
    def key(value: Any) -> tuple[bool, Any]:
        part = getattr(value, name)
        return (part is not None, part)

    return key


def _limit(query: Query) -> int:
    texts = query.get("limit", ())
    if not texts:
        return 0
    try:
        limit = int(texts[-1])
    except ValueError:
        limit = -1
    if limit < 0:
        raise TenantError("HTTPBadRequest", f"Limit must be an integer 0 or greater and not '{texts[-1]}'.")
    return limit


def _page(
    intent: Intent, resource: Resource[Any], values: list[Any], query: Query, limit: int, url: str
) -> tuple[list[Any], list[dict[str, str]]]:
    """The page after the marker, or before it, and links to its neighbours."""
    backwards = query.get("page_reverse", ("",))[-1].lower() in ("true", "1")
    marker = query.get("marker", ("",))[-1]
    if backwards:
        values.reverse()
    if marker:
        places = [place for place, value in enumerate(values) if value.id == marker]
        if not places:
            if intent.get(resource.value, marker) is None:
                raise not_found(resource.value.NOUN, marker)
            raise TenantError("HTTPBadRequest", f"The marker {marker} does not fulfil the filters.")
        values = values[places[0] + 1 :]
    page = values[:limit] if limit else values
    if backwards:
        page.reverse()
    if not limit or not page:
        return page, []
    links = []
    if len(page) == limit or backwards:
        links.append({"rel": "next", "href": _link(url, query, page[-1].id, backwards=False)})
    if (marker and not backwards) or (backwards and len(page) == limit):
        links.append({"rel": "previous", "href": _link(url, query, page[0].id, backwards=True)})
    return page, links


def _link(url: str, query: Query, marker: str, *, backwards: bool) -> str:
    kept = {key: list(parts) for key, parts in query.items() if key not in ("marker", "page_reverse")}
    kept["marker"] = [marker]
    if backwards:
        kept["page_reverse"] = ["True"]
    return f"{url}?{urlencode(kept, doseq=True)}"
