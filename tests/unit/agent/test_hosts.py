"""The registry between the loop and the agents."""

from dataclasses import replace
from threading import Thread

from seapoint.engines.hosts import HostTargets
from seapoint.target.changes import Change
from seapoint.target.host import HostTarget
from seapoint.target.report import HostReport, Part

FIRST = HostTarget(host="h", sysctls={"net.ipv4.ip_forward": "0"})
SECOND = HostTarget(host="h", sysctls={"net.ipv4.ip_forward": "1"})


def said(target: HostTarget, *parts: Part) -> HostReport:
    return HostReport("h", target.digest(), all(part.ok for part in parts), parts, {}, (), 0.0)


def test_as_an_engine_it_holds_what_was_transacted() -> None:
    hosts = HostTargets()
    hosts.transact([Change("create", "h", None, FIRST), Change("create", "i", None, replace(FIRST, host="i"))])
    assert hosts.observe() == {"h": FIRST, "i": replace(FIRST, host="i")}
    hosts.transact([Change("update", "h", FIRST, SECOND), Change("delete", "i", replace(FIRST, host="i"), None)])
    assert hosts.observe() == {"h": SECOND}
    assert hosts.observe(["i"]) == {}


def test_a_host_is_pending_until_it_reports_its_newest_target() -> None:
    hosts = HostTargets()
    hosts.publish("h", FIRST)
    assert hosts.state("h").state == "pending"
    hosts.take_report(said(FIRST))
    assert hosts.state("h").state == "applied"
    hosts.publish("h", SECOND)
    assert hosts.state("h").state == "pending"
    hosts.take_report(said(SECOND, Part("nftables", False, "no"), Part("rules")))
    assert hosts.state("h").state == "failed"
    assert hosts.state("h").failures == (Part("nftables", False, "no"),)


def test_waiting_ends_with_the_last_report_and_else_with_the_time() -> None:
    hosts = HostTargets()
    hosts.publish("h", FIRST)
    assert hosts.wait_reported(["h"], 0.01)["h"].state == "pending"
    reporter = Thread(target=hosts.take_report, args=(said(FIRST),))
    reporter.start()
    assert hosts.wait_reported(["h"], 30.0)["h"].state == "applied"
    reporter.join()


def test_watchers_are_told_news_only_and_listeners_new_targets_only() -> None:
    hosts = HostTargets()
    told: list[object] = []
    rung: list[str] = []
    hosts.watch(told.append)
    end = hosts.listen("h", lambda: rung.append("h"))
    hosts.publish("h", FIRST)
    hosts.publish("h", FIRST)
    hosts.take_report(said(FIRST))
    hosts.take_report(said(FIRST))
    assert (rung, told) == (["h"], [("h",)])
    end()
    hosts.publish("h", SECOND)
    assert rung == ["h"]
