"""A draft: the changes that one request makes, tried on a snapshot before anything is written.

Pure: time and new identifiers are handed in. What a draft refuses leaves nothing behind, because nothing was written.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, TypeVar

from seapoint.base.errors import TenantError
from seapoint.intent.attributes import Standard, attributes
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Change, Intent

R = TypeVar("R", bound=Standard)


class Draft:
    """Changes being made; ``intent`` is always the snapshot as it would be after those made so far."""

    def __init__(
        self,
        intent: Intent,
        rules: CloudRules,
        *,
        now: str,
        new_id: Callable[[], str],
        project_id: str = "",
        cursors: dict[str, int] | None = None,
    ) -> None:
        """``now`` as the API writes times; ``new_id`` gives a new UUID; ``cursors`` see ipam.lowest_free."""
        self.intent = intent
        self.rules = rules
        self.now = now
        self.new_id = new_id
        self.project_id = project_id or rules.default_project
        self.cursors = {} if cursors is None else cursors
        self._before: dict[tuple[type[Standard], str], Standard | None] = {}

    def changes(self) -> tuple[Change, ...]:
        """What the draft changes in all, each object once, in the order in which they were first touched."""
        found = (Change(before, self.intent.get(kind, key)) for (kind, key), before in self._before.items())
        return tuple(change for change in found if change.before is not change.after)

    def need(self, kind: type[R], identifier: str | None) -> R:
        """The object; raises TenantError 404 of Neutron's type for its kind."""
        value = self.intent.get(kind, identifier)
        if value is None:
            raise not_found(kind.NOUN, str(identifier))
        return value

    def put(self, value: R) -> R:
        """Make the object so, new or changed; returns it as it stands, with revision number and times.

        Raises TenantError 404 when it refers to what does not exist, 409 when it claims what another object holds.
        """
        present = self.intent.get(type(value), value.id)
        if present is not None:
            same = dataclasses.replace(
                value, revision_number=present.revision_number, created_at=present.created_at,
                updated_at=present.updated_at,
            )  # fmt: skip
            if same == present:
                return present
        self._check_references(value)
        for space, name in value.claims():
            if self.intent.owner((space, name)) not in (None, value.id):
                raise TenantError("Conflict", f"{value.NOUN}: {name} is already used in {space}.", 409)
        before = self._before.setdefault((type(value), value.id), present)
        stamped = dataclasses.replace(
            value,
            revision_number=0 if before is None else before.revision_number + 1,
            created_at=self.now if before is None else before.created_at,
            updated_at=self.now,
        )
        self._apply(Change(present, stamped))
        return stamped

    def delete(self, value: Standard) -> None:
        """Take the object away; raises TenantError 409 while another object refers to it."""
        self._check_unused(value)
        self._before.setdefault((type(value), value.id), value)
        self._apply(Change(self.intent.of(type(value))[value.id], None))

    def restore(self, changes: Sequence[Change]) -> None:
        """Make objects again what they were, all at once, as when a change set is rolled back.

        Raises TenantError 404 or 409 when others have since taken away what they need or taken what they held.
        """
        stamped = []
        for change in changes:
            after = change.after
            if after is not None:
                number = max(after.revision_number, change.before.revision_number if change.before else 0) + 1
                after = dataclasses.replace(after, revision_number=number, updated_at=self.now)
                for space, name in after.claims():
                    owner = self.intent.owner((space, name))
                    if owner is not None and all(owner != other.id for other in changes):
                        raise TenantError("Conflict", f"{after.NOUN}: {name} is already used in {space}.", 409)
            stamped.append(Change(change.before, after))
            self._before.setdefault((type(change.value), change.id), change.before)
        self.intent = self.intent.with_changes(stamped)
        self.cursors.clear()
        for change in stamped:
            if change.after is not None:
                self._check_references(change.after)
            else:
                self._check_unused(change.value)

    def _check_unused(self, value: Standard) -> None:
        for kind in self.intent.types():
            for row in attributes(kind):
                if row.refers != value.KIND:
                    continue
                users = [user.id for user in self.intent.find(kind, **{row.name: value.id}) if user.id != value.id]
                if users:
                    raise in_use(value, f"{kind.NOUN.lower()} {', '.join(sorted(users)[:10])}")

    def _apply(self, change: Change) -> None:
        self.intent = self.intent.with_changes((change,))
        if change.before is not None:
            for space, name in change.before.claims():
                if space in self.cursors and self.intent.owner((space, name)) is None:
                    self.cursors[space] = min(self.cursors[space], int(ip_address(name)))

    def _check_references(self, value: Standard) -> None:
        for row in attributes(type(value)):
            if not row.refers:
                continue
            kind = next((kind for kind in self.intent.types() if row.refers == kind.KIND), None)
            for identifier in row.format.keys(getattr(value, row.name)):
                if identifier == value.id:
                    continue
                if kind is None or self.intent.get(kind, identifier) is None:
                    raise not_found(row.refers.replace("_", " ").capitalize(), identifier)


def not_found(noun: str, identifier: str) -> TenantError:
    """Neutron's 404 for a kind of object: NetworkNotFound, SecurityGroupRuleNotFound ..."""
    return TenantError(f"{_type_name(noun)}NotFound", f"{noun} {identifier} could not be found.", 404)


def in_use(value: Standard, by: str) -> TenantError:
    """Neutron's 409 for an object that others need: NetworkInUse, SecurityGroupInUse ..."""
    return TenantError(
        f"{_type_name(value.NOUN)}InUse",
        f"Unable to complete operation on {value.NOUN.lower()} {value.id}: it is in use by {by}.",
        409,
    )


def invalid(message: str) -> TenantError:
    """Neutron's 400 for a request that contradicts itself or the cloud."""
    return TenantError("InvalidInput", f"Invalid input for operation: {message}.")


def refuse_null(given: Mapping[str, Any], name: str) -> None:
    """Neutron's 400 for an update with null for a list that null must not empty."""
    if name in given and given[name] is None:
        raise TenantError("HTTPBadRequest", f"Invalid input for {name}. Reason: Invalid data format for list: 'None'.")


def bad_request(noun: str, message: str) -> TenantError:
    """Neutron's 400 for a request that a router or a floating IP cannot follow."""
    return TenantError("BadRequest", f"Bad {noun} request: {message}.")


def _type_name(noun: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in noun.split())
