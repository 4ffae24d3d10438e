"""From a request's body to changes of a draft: what every resource has in common."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from seapoint.base.errors import TenantError
from seapoint.intent.attributes import Attribute, Standard, attributes, by_wire
from seapoint.intent.draft import Draft
from seapoint.intent.formats import Json
from seapoint.intent.resource import Given, Resource

R = TypeVar("R", bound=Standard)


def create(draft: Draft, resource: Resource[R], body: Json) -> R:
    """A new object as the body wants it; raises TenantError."""
    given = _known(resource, body, "POST")
    for row in attributes(resource.value):
        if row.required and row.name not in given:
            raise _refused(f"Failed to parse request. Required attribute '{row.wire}' not specified")
    parsed = _parsed(resource, given)
    project_id = parsed.pop("project_id", "") or draft.project_id
    _check_quota(draft, resource, project_id)
    value = resource.value(id=draft.new_id(), project_id=project_id, **parsed)
    return resource.create(draft, value, given)


def update(draft: Draft, resource: Resource[R], identifier: str, body: Json) -> R:
    """The object as the body wants it from now on; raises TenantError."""
    before = draft.need(resource.value, identifier)
    given = _known(resource, body, "PUT")
    after = dataclasses.replace(before, **_parsed(resource, given))
    return resource.update(draft, before, after, given)


def delete(draft: Draft, resource: Resource[Any], identifier: str) -> None:
    """Delete the object; raises TenantError."""
    resource.delete(draft, draft.need(resource.value, identifier))


def _known(resource: Resource[Any], body: Json, method: str) -> Given:
    """The body under the fields' names; refuses unknown attributes and those that this method may not carry."""
    if not isinstance(body, dict):
        raise _refused(f"Unable to find '{resource.kind}' in request body")
    rows = by_wire(resource.value)
    if unknown := sorted(str(key) for key in body if key not in rows):
        raise _refused(f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    given: dict[str, Json] = {}
    for key, value in body.items():
        row = rows[key]
        if not (row.create if method == "POST" else row.update):
            raise _refused(f"Attribute '{key}' not allowed in {method}")
        if row.name in given and given[row.name] != value:
            raise _refused("'project_id' and 'tenant_id' do not match")
        given[row.name] = value
    return given


def _parsed(resource: Resource[Any], given: Mapping[str, Json]) -> dict[str, Any]:
    rows = {row.name: row for row in attributes(resource.value)}
    return {name: _value(rows[name], value) for name, value in given.items()}


def _value(row: Attribute, value: Json) -> Any:
    if value is None and row.default in ("", (), "{}"):
        return row.default  # clients write null for what is empty: Nova frees a port with "binding:host_id": null
    try:
        return row.format.parse(value)
    except ValueError as error:
        raise _refused(f"Invalid input for {row.wire}. Reason: {error}.") from None


def _check_quota(draft: Draft, resource: Resource[R], project_id: str) -> None:
    limit = draft.rules.quotas.get(resource.kind, -1)
    if 0 <= limit <= len(draft.intent.find(resource.value, project_id=project_id)):
        raise TenantError("OverQuota", f"Quota exceeded for resources: ['{resource.kind}'].", 409)


def _refused(message: str) -> TenantError:
    return TenantError("HTTPBadRequest", message)
