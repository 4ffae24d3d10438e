"""From the path of a question to its answer: documents, and lists of what there is below a path."""

from collections.abc import Mapping
from typing import NamedTuple

from seapoint.compile.metadata import ec2, openstack
from seapoint.compile.metadata.instance import Instance

TEXT, JSON, BYTES = "text/plain; charset=utf-8", "application/json", "application/octet-stream"


class Answer(NamedTuple):
    """A document and its media type."""

    body: bytes
    type: str


def answer(instance: Instance, path: str) -> Answer | None:
    """The document at a path, or the names below it; None: there is nothing."""
    parts = [part for part in path.partition("?")[0].split("/") if part]
    if not parts:
        return _listed(ec2.VERSIONS)
    if parts[0] == "openstack":
        return _below(parts[1:], openstack.VERSIONS, openstack.documents(instance))
    return _below(parts, ec2.VERSIONS, ec2.documents(instance))


def _below(parts: list[str], versions: tuple[str, ...], documents: Mapping[str, bytes]) -> Answer | None:
    if not parts:
        return _listed(versions)
    if parts[0] not in versions:
        return None
    wanted = "/".join(parts[1:])
    if wanted in documents:
        return Answer(documents[wanted], _type(wanted))
    prefix = f"{wanted}/" if wanted else ""
    names = [name.removeprefix(prefix) for name in documents if name.startswith(prefix)]
    heads = dict.fromkeys(f"{head}/" if rest else head for head, _, rest in (name.partition("/") for name in names))
    return _listed(tuple(heads)) if heads else None


def _listed(names: tuple[str, ...]) -> Answer:
    return Answer("\n".join(names).encode(), TEXT)


def _type(name: str) -> str:
    if name.endswith(".json"):
        return JSON
    return BYTES if name in ("user-data", "user_data") else TEXT
