"""Messages out of a stream of JSON objects that follow each other without a separator (RFC 7047, section 4)."""

import contextlib
import json
from collections.abc import Callable
from typing import Any

from seapoint.base.errors import EngineError

Json = Any
_scan = json.JSONDecoder().raw_decode


def _plain_dumps(message: Json) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


loads: Callable[[bytes | bytearray], Json] = json.loads
dumps: Callable[[Json], bytes] = _plain_dumps
with contextlib.suppress(ImportError):  # three times as quick; hosts need nothing beside the standard library
    import orjson

    loads, dumps = orjson.loads, orjson.dumps


class Framer:
    """Cuts a stream into messages.

    Both parsers are C and neither says where an unfinished object will end, so an attempt on an unfinished one costs
    a parse. An attempt is made only where a message may have ended and the sender pauses, or, so that a sender who
    never pauses is heard, when the buffer has doubled since the last attempt.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._patience = 1 << 20

    def feed(self, chunk: bytes, more: bool) -> list[Json]:
        """The messages that ``chunk`` completes; ``more``: further bytes are waiting already."""
        before = len(self._buffer)
        self._buffer += chunk
        if more and len(self._buffer) < self._patience:
            return []
        if not self._buffer.endswith(b"}") and self._buffer.find(b"}{", max(0, before - 1)) < 0:
            return []
        messages = self._messages()
        self._patience = max(1 << 20, 2 * len(self._buffer))
        return messages

    def _messages(self) -> list[Json]:
        try:
            whole = loads(self._buffer)
        except ValueError:
            return self._several()
        self._buffer.clear()
        return [whole]

    def _several(self) -> list[Json]:
        text = self._buffer.decode(errors="surrogateescape")  # the end may cut a character in two
        messages = []
        place = 0
        while place < len(text):
            if text[place] != "{":
                if not text[place].isspace():
                    raise EngineError(f"an OVSDB server sent {text[place : place + 40]!r} where a message should begin")
                place += 1
                continue
            try:
                message, place = _scan(text, place)
            except json.JSONDecodeError:
                break
            messages.append(message)
        self._buffer = bytearray(text[place:].encode(errors="surrogateescape"))
        return messages
