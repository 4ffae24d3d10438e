"""nftables: our own tables, loaded whole in one transaction, and compared with what the kernel lists.

Source: nft(8). ``nft -f`` commits a file whole or not at all, so a text that the kernel refuses changes nothing, and a
packet meets the old ruleset or the new one. Conntrack entries, and so NAT of running connections, are not part of a
table and outlive its replacement.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from seapoint.agent.programs import run_program
from seapoint.base.errors import EngineError

#: Every table of ours has this name, or begins with it and an underscore.
OWNER = "seapoint"

#: The table behind which an interface is hidden from the host's own kernel.
SEAL = "seapoint_seal"

#: In force where a target's text was refused and none was loaded before: nothing is forwarded.
CLOSED = """table inet seapoint {
	chain forward {
		comment "no ruleset could be loaded: nothing is forwarded"
		type filter hook forward priority filter; policy drop;
	}
}
"""

_TABLE = re.compile(r"^table (?P<family>\w+) (?P<name>\w+) \{")
_TOP = re.compile(r"^(?:table \w+ \w+ \{.*|\}|#.*|define .*)$")

Table = tuple[str, str]


def tables_of(text: str) -> tuple[Table, ...]:
    """The tables that a text declares, as (family, name).

    Raises EngineError where the text does anything else than declare tables of ours: it could touch foreign ones.
    """
    tables = []
    for line in text.splitlines():
        if not line or line[0].isspace():
            continue
        if not _TOP.match(line):
            raise EngineError(f"the ruleset may only declare tables of ours, and says {line!r}")
        match = _TABLE.match(line)
        if match is not None:
            tables.append((match["family"], match["name"]))
            if not _named_ours(match["name"]):
                raise EngineError(f"table {match['name']} is not named {OWNER} or {OWNER}_...")
    return tuple(dict.fromkeys(tables))


def seal_text(devices: Iterable[str]) -> str:
    """The table that drops, behind the tap of a userspace datapath, what the host's own kernel would see."""
    names = ", ".join(f'"{device}"' for device in sorted(devices))
    if not names:
        return ""
    return (
        f"table netdev {SEAL} {{\n\tchain ingress {{\n"
        f"\t\ttype filter hook ingress devices = {{ {names} }} priority -500; policy drop;\n\t}}\n}}\n"
    )


def held_tables() -> tuple[Table, ...]:
    """Tables of ours in the kernel."""
    listing = json.loads(run_program(("nft", "-j", "list", "tables")))
    tables = [row["table"] for row in listing["nftables"] if "table" in row]
    return tuple((table["family"], table["name"]) for table in tables if _named_ours(table["name"]))


def listing_digest(tables: Iterable[Table]) -> str:
    """Names what the kernel holds of these tables, without counters and without what traffic itself puts into sets."""
    listed = []
    for family, name in sorted(tables):
        rows = json.loads(run_program(("nft", "-j", "-s", "list", "table", family, name)))["nftables"]
        listed += [_lasting(row) for row in rows if "metainfo" not in row]
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()


def load(text: str, stale: Iterable[Table] = ()) -> None:
    """Replace our tables by the text's, and remove ``stale`` ones, in one transaction; raises EngineError."""
    replaced = dict.fromkeys([*tables_of(text), *stale])
    # "add" first: deleting a table that is not there would fail the transaction
    lines = [f"add table {family} {name}\ndelete table {family} {name}\n" for family, name in replaced]
    if replaced:
        run_program(("nft", "-f", "-"), "".join(lines) + text)


def _named_ours(name: str) -> bool:
    return name == OWNER or name.startswith(f"{OWNER}_")


def _lasting(row: dict[str, Any]) -> dict[str, Any]:
    kind, body = next(iter(row.items()))
    lasting = {key: value for key, value in body.items() if key != "handle"}
    if kind in {"set", "map"} and {"dynamic", "timeout"} & set(lasting.get("flags", ())):
        lasting.pop("elem", None)
    return {kind: lasting}
