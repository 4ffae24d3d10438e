"""Results as data and as JUnit XML, in the order of the probes."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from xml.etree import ElementTree as ET

from seapoint.probe.probe import Probe, Result
from seapoint.probe.trace.hops import Trace


def sent(probe: Probe) -> str:
    """The exact command, as a shell would take it."""
    return shlex.join(probe.check.argv())


def probe_data(probe: Probe) -> dict[str, Any]:
    """What a probe would do, for JSON."""
    return {
        "name": probe.name,
        "group": probe.group,
        "covers": list(probe.covers),
        "kind": probe.check.KIND,
        "from": probe.where,
        "sent": sent(probe),
        "expected": probe.check.expected(),
    }


def result_data(result: Result) -> dict[str, Any]:
    """What became of a probe, for JSON; ``seconds`` are those until the last answer."""
    return {
        **probe_data(result.probe),
        "passed": result.passed,
        "seen": result.verdict.seen,
        "hint": result.verdict.hint,
        "tries": result.tries,
        "seconds": round(result.seconds, 3),
        **({"trace": _trace_data(result.trace)} if result.trace else {}),
    }


def _trace_data(trace: Trace) -> dict[str, Any]:
    return {
        "text": str(trace),
        "lost": trace.lost,
        "last": asdict(trace.last) if trace.last else None,
        "hops": [asdict(hop) for hop in trace.hops],
        "blind": list(trace.blind),
    }


def summary(results: Sequence[Result]) -> str:
    """``97 passed, 0 failed``."""
    failed = sum(not result.passed for result in results)
    return f"{len(results) - failed} passed, {failed} failed"


def why(result: Result) -> str:
    """All that a person needs to know of a failure, in lines."""
    return "\n".join(
        [
            f"sent:     {sent(result.probe)}   (on {result.probe.where}, {tries(result)})",
            f"expected: {result.probe.check.expected()}",
            f"seen:     {result.verdict.seen}",
            *([f"hint:     {result.verdict.hint}"] if result.verdict.hint else []),
            *(_trace_lines(result.trace) if result.trace else []),
        ]
    )


def _trace_lines(trace: Trace) -> list[str]:
    """The last hop, then the whole way."""
    paths = {leg: trace.path(leg) for leg in ("request", "reply")}
    return [
        f"hops:     {trace}",
        *(f"{leg + ':':<9} {path}" for leg, path in paths.items() if path),
        *([f"blind:    {', '.join(trace.blind)} could not look"] if trace.blind else []),
    ]


def tries(result: Result) -> str:
    """How often it was tried, in words."""
    return "1 try" if result.tries == 1 else f"{result.tries} tries in {result.seconds:.1f} s"


def junit(cloud: str, results: Sequence[Result]) -> str:
    """A JUnit XML report: a suite for each group. Source: the schema of Jenkins' xUnit plugin, junit-10.xsd."""
    root = ET.Element("testsuites", {"name": f"seapoint test {cloud}", **_counts(results)})
    for group in dict.fromkeys(result.probe.group for result in results):
        members = [result for result in results if result.probe.group == group]
        suite = ET.SubElement(root, "testsuite", {"name": group, **_counts(members)})
        for result in members:
            case = ET.SubElement(
                suite, "testcase", classname=group, name=_plain(result.probe.name), time=f"{result.seconds:.3f}"
            )
            if not result.passed:
                failure = ET.SubElement(case, "failure", message=_plain(result.verdict.seen))
                failure.text = _plain(why(result))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _counts(results: Sequence[Result]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(not result.passed for result in results)),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _plain(text: str) -> str:
    """Without the control characters that XML 1.0 cannot carry: programs print what they like."""
    return "".join(character if character >= " " or character in "\n\t" else "?" for character in text)
