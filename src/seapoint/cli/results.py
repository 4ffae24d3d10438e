"""What became of live tests, for people: by group, one line each on a terminal, no wider than it; failures whole.

Where nobody watches (a pipe, a file), a group is one line. Everything whole is in ``--json`` and JUnit.
"""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from seapoint.probe.probe import Result
from seapoint.probe.report import summary, tries, why

STATE = 8  # columns of ``passed`` and the space after it
BETWEEN = 2
STYLES = {True: "green", False: "red"}


def show(console: Console, results: Sequence[Result], idle: Sequence[str], seconds: float) -> None:
    """Groups, failures, instances that could not be asked, the sum."""
    for line in lines(results, console.width if console.is_terminal else None):
        console.print(line, soft_wrap=True, highlight=False)
    for result in results:
        if not result.passed:
            _say(console, f"\nFAILED {result.probe.name}")
            _say(console, "\n".join(f"  {line}" for line in why(result).splitlines()))
    if idle:
        _say(console, f"\nNot asked, for they run on no host: {', '.join(idle)}")
    _say(console, f"\n{summary(results)} in {seconds:.1f} s")


def _say(console: Console, words: str) -> None:
    console.print(words, soft_wrap=True, highlight=False, markup=False)


def lines(results: Sequence[Result], width: int | None) -> Iterator[Text]:
    """A line for each group, and with a ``width`` one for each of its tests."""
    groups = list(dict.fromkeys(result.probe.group for result in results))
    longest = max(map(len, groups))
    for group in groups:
        members = [result for result in results if result.probe.group == group]
        well = all(result.passed for result in members)
        if width is None:
            yield Text(f"{group:<{longest}}  {summary(members)}")
            continue
        yield Text("")
        yield Text(f"{group}: {summary(members)}", "bold" if well else "bold red")
        for result in members:
            yield _row(result, *_widths(results, width))


def _widths(results: Sequence[Result], width: int) -> tuple[int, int, int]:
    """Columns for where a test starts, what it asks and what is seen: no wider than needed, the last the rest."""
    room = max(width - STATE - 2 * BETWEEN, 3)
    start = min(max(len(result.probe.where) for result in results), room * 3 // 10)
    question = min(max(len(_question(result)) for result in results), room * 45 // 100)
    return start, question, room - start - question


def _row(result: Result, start: int, question: int, seen: int) -> Text:
    told = result.verdict.seen.partition("\n")[0]
    told += f" ({tries(result)})" if result.tries > 1 else ""
    row = Text(f"{'passed' if result.passed else 'FAILED':<{STATE}}", STYLES[result.passed])
    row.append(f"{_without_middle(result.probe.where, start):<{start + BETWEEN}}", "default")
    row.append(f"{_without_end(_question(result), question):<{question + BETWEEN}}", "default")
    return row.append(_without_end(told, seen), "default")


def _question(result: Result) -> str:
    return f"{result.probe.check.KIND} {result.probe.check.about}"


def _without_end(words: str, width: int) -> str:
    return words if len(words) <= width else words[: width - 1] + "…"


def _without_middle(name: str, width: int) -> str:
    """Names of hosts and instances differ at their ends."""
    if len(name) <= width:
        return name
    head = (width - 1) // 2
    return f"{name[:head]}…{name[len(name) - (width - 1 - head) :]}"
