"""A resource's value as the API shows it."""

from seapoint.intent.attributes import Standard, attributes
from seapoint.intent.formats import Json


def shown(value: Standard) -> dict[str, Json]:
    """The attributes of a value in JSON, under the names of the wire."""
    view = {row.wire: row.format.show(getattr(value, row.name)) for row in attributes(type(value)) if row.visible}
    view["tenant_id"] = value.project_id
    return view
