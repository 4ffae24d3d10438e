"""Section "nftables": the target's ruleset, loaded whole, and nothing forwarded where none could ever be loaded."""

import hashlib
from dataclasses import replace

from seapoint.agent.context import Context
from seapoint.agent.memory import Loaded
from seapoint.agent.ruleset import CLOSED, SEAL, Table, held_tables, listing_digest, load, tables_of
from seapoint.base.errors import EngineError
from seapoint.target.report import Part

CLOSED_WORDS = "no good ruleset is known: nothing is forwarded"


def hold_ruleset(context: Context) -> list[Part]:
    """Load the target's tables where the kernel holds something else; a refused text leaves the old one in force."""
    assert context.target is not None
    text = context.target.nftables
    held = [table for table in held_tables() if table[1] != SEAL]
    try:
        loaded = keep_loaded(context, "main", text, held)
    except EngineError as error:
        return [Part("nftables", ok=False, reason=f"{error}; {_fall_back(context, held)}")]
    if loaded:
        context.state.keep_ruleset(text)
    return [Part("nftables")]


def keep_loaded(context: Context, name: str, text: str, held: list[Table]) -> bool:
    """Load a text unless the kernel lists what it listed after this text was loaded; whether it was loaded."""
    tables = tables_of(text)
    digest = _digest(text)
    before = context.memory.rulesets.get(name)
    same_tables = set(held) == set(tables)
    if before is not None and before.text == digest and same_tables and before.listing == listing_digest(tables):
        return False
    if not tables and not held:
        return False
    load(text, stale=held)
    loaded = Loaded(digest, listing_digest(tables))
    context.remember(replace(context.memory, rulesets={**context.memory.rulesets, name: loaded}))
    context.tell(f"load nftables {', '.join(f'{family} {table}' for family, table in tables) or 'nothing'}")
    return True


def _fall_back(context: Context, held: list[Table]) -> str:
    """What is in force after a refusal: where nothing is (a reboot), the last good ruleset, or one that is closed."""
    before = context.memory.rulesets.get("main")
    if held and before is not None and before.text == _digest(CLOSED):
        return CLOSED_WORDS
    if held:
        return "the ruleset before it stays in force"
    last = context.state.ruleset()
    if last is not None:
        try:
            keep_loaded(context, "main", last, held)
        except EngineError as error:
            keep_loaded(context, "main", CLOSED, held)
            return f"the last good ruleset was refused too ({error}): {CLOSED_WORDS}"
        return "the last good ruleset was loaded again"
    keep_loaded(context, "main", CLOSED, held)
    return CLOSED_WORDS


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
