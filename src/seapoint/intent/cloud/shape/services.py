"""Other teams' services."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from seapoint.intent.cloud.shape.base import AddressPair, Port


def _matching(pattern: str, message: str) -> Callable[[Any], str]:
    """Refuses what is not written in a form; the message tells the form."""

    def matching(value: Any) -> str:
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        raise ValueError(message)

    return matching


_WORD = "[A-Za-z0-9_][A-Za-z0-9._-]*"
_PAIR = "[A-Za-z]+=[A-Za-z0-9_][A-Za-z0-9._ -]*"
ENTRY = f"^{_PAIR}(,{_PAIR})*$"
REPOSITORY = f"^{_WORD}(/{_WORD})*$"
FILE = f"^/{_WORD}(/{_WORD})+$"

Entry = Annotated[
    str,
    BeforeValidator(_matching(ENTRY, "an entry is written as a distinguished name, such as dc=example,dc=org")),
    WithJsonSchema({"type": "string", "pattern": ENTRY, "examples": ["dc=example,dc=org"]}),
]
Repository = Annotated[
    str,
    BeforeValidator(_matching(REPOSITORY, "a repository is written as its path, such as tools/build.git")),
    WithJsonSchema({"type": "string", "pattern": REPOSITORY, "examples": ["tools/build.git"]}),
]
File = Annotated[
    str,
    BeforeValidator(_matching(FILE, "a file is written as its whole path below a directory, such as /data/README")),
    WithJsonSchema({"type": "string", "pattern": FILE, "examples": ["/data/README"]}),
]


class ServiceShape(AddressPair):
    """A service: its addresses, and what live tests of instances ask it for."""

    ldap: Entry | None = Field(None, description="LDAP: the entry that live tests look up.")
    git: Repository | None = Field(None, description="git: the repository of which live tests list the head.")
    nfs: File | None = Field(None, description="NFS, version 4: the file that live tests read.")
    proxy: Port | None = Field(None, description="It is a HTTP proxy for hosts, at this port.")
