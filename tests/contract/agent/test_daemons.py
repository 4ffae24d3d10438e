"""Files and units, with the lab's real init as the service manager."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import seapoint
from contract.agent.harness import Agent, Netns, until
from seapoint.agent.units import LabInit
from seapoint.lab.units import Daemon, Unit, as_data
from seapoint.target import host as target
from seapoint.target.host import File, HostTarget

pytestmark = pytest.mark.root

#: A daemon that writes down what it reads, at its start and at every SIGHUP.
TOY = """
trap 'echo reload $(cat {conf}) >>{seen}' HUP
echo start $(cat {conf}) >>{seen}
while :; do sleep 1000 & wait $!; kill $! 2>/dev/null; done
"""


class Host:
    """A first process with one unit, toy.service, and the files of that unit."""

    def __init__(self, directory: Path) -> None:
        self.conf = directory / "toy.conf"
        self.daemons = directory / "daemons"
        self.seen = directory / "seen"
        script = directory / "toy.sh"
        script.write_text(TOY.format(conf=self.conf, seen=self.seen))
        unit = Unit("toy.service", (Daemon("toy", ("/bin/sh", str(script)), reload=("kill", "-HUP", "$MAINPID")),))
        reader, writer = os.pipe()
        boot = "trap '' HUP; "  # as under nohup(1): daemons must hear it all the same
        boot += "mount -t tmpfs none /run && mount -t tmpfs none /var/log && exec "
        boot += f"{sys.executable} -c 'from seapoint.lab.init.main import main; main()'"
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", boot],
            stdin=subprocess.PIPE,
            pass_fds=[writer],
            env=dict(os.environ, PYTHONPATH=str(Path(seapoint.__file__).parent.parent)),
        )
        os.close(writer)
        config = {"host": "h", "units": as_data((unit,)), "listen": {}, "ready": writer}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(config).encode())
        self._process.stdin.close()
        with os.fdopen(reader, "rb") as ready:
            assert ready.read(1) == b"1"
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        self.socket = Path(f"/proc/{children[0]}/root/run/seapoint-init.sock")
        self.init = LabInit(self.socket)

    def state(self) -> str:
        return self.init.status(["toy.service"])["toy.service"].state

    def running(self) -> str:
        return self.init.status(["toy.service"])["toy.service"].running

    def lines(self) -> list[str]:
        return self.seen.read_text().splitlines() if self.seen.exists() else []

    def target(self, text: str, on_change: str = "reload", **more: tuple[str, ...]) -> HostTarget:
        unit = target.Unit("toy.service", (str(self.conf),), on_change, **more)  # type: ignore[arg-type]
        return HostTarget(
            host="h", files=(File(str(self.conf), f"{text}\n", check=("grep", "-v", "bad", "{}")),), units=(unit,)
        )

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path)
    yield host
    host.end()


@pytest.fixture
def agent(toy: Host, new_netns: Callable[[], Netns], agent_of: Callable[[Netns], Agent]) -> Agent:
    agent = agent_of(new_netns())
    agent.options = ["--init", str(toy.socket)]
    return agent


def test_started_with_its_file_then_reloaded_or_restarted_when_it_changes(agent: Agent, toy: Host) -> None:
    agent.once(toy.target("one"))
    until(lambda: toy.lines() == ["start one"], "started")
    first = toy.running()
    agent.once(toy.target("two"))
    until(lambda: toy.lines() == ["start one", "reload two"], "reloaded")
    assert toy.running() == first
    agent.once(toy.target("three", on_change="restart"))
    until(lambda: toy.lines()[2:] == ["start three"], "restarted")
    assert toy.running() != first


def test_a_file_that_needs_a_restart_gets_one_though_others_need_a_reload(agent: Agent, toy: Host) -> None:
    def with_daemons(text: str, daemons: str) -> HostTarget:
        base = toy.target(text, restart_files=(str(toy.daemons),))
        return HostTarget(host="h", files=(*base.files, File(str(toy.daemons), daemons)), units=base.units)

    agent.once(with_daemons("one", "bgpd=no\n"))
    until(toy.lines, "started")
    first = toy.running()
    agent.once(with_daemons("two", "bgpd=no\n"))
    until(lambda: toy.lines() == ["start one", "reload two"], "reloaded")
    assert toy.running() == first
    agent.once(with_daemons("three", "bgpd=yes\n"))
    until(lambda: toy.lines()[2:] == ["start three"], "restarted once, and not reloaded")
    assert toy.running() != first


def test_what_is_to_be_run_after_a_start_is_run_after_each_and_after_no_reload(agent: Agent, toy: Host) -> None:
    after = ("sh", "-c", f"echo after >>{toy.daemons}")

    def ran() -> int:
        return toy.daemons.read_text().count("after") if toy.daemons.exists() else 0

    agent.once(toy.target("one", after_start=after))
    assert ran() == 1
    agent.once(toy.target("two", after_start=after))
    assert ran() == 1
    agent.once(toy.target("three", on_change="restart", after_start=after))
    assert ran() == 2
    until(lambda: toy.lines() == ["start one", "reload two", "start three"], "started, reloaded, restarted")


def test_where_that_fails_the_files_are_taken_up_again(agent: Agent, toy: Host) -> None:
    agent.once(toy.target("one", after_start=("false",)))
    until(lambda: toy.lines() == ["start one", "reload one"], "reloaded, since who knows what it has")


def test_before_a_start_what_a_killed_daemon_has_left_is_removed(agent: Agent, toy: Host) -> None:
    left = toy.conf.with_name("lock")
    left.write_text("")
    agent.once(toy.target("one", before_start=("rm", "-f", str(left))))
    assert not left.exists()
    left.write_text("")
    agent.once(toy.target("two", before_start=("rm", "-f", str(left))))
    assert left.exists(), "it runs: nothing is removed under it"


def test_running_and_unchanged_it_is_not_touched_even_without_memory(agent: Agent, toy: Host) -> None:
    toy.conf.write_text("one\n")
    toy.init.start("toy.service")
    until(toy.lines, "started by somebody else")
    before = toy.running()
    agent.once(toy.target("one"))
    agent.once(toy.target("one"))
    shutil.rmtree(agent.state)
    agent.once(toy.target("one"))
    assert (toy.lines(), toy.running()) == (["start one"], before)
    agent.once(HostTarget(host="h"))
    assert toy.state() == "active"


def test_no_longer_wanted_what_we_started_stops_and_what_we_wrote_goes(agent: Agent, toy: Host) -> None:
    agent.once(toy.target("one"))
    assert toy.state() == "active"
    agent.once(HostTarget(host="h"))
    assert toy.state() == "inactive"
    assert not toy.conf.exists()


def test_a_file_that_its_check_refuses_stays_as_it_was_and_nothing_is_reloaded(agent: Agent, toy: Host) -> None:
    agent.once(toy.target("one"))
    until(toy.lines, "started")
    said = agent.once(toy.target("bad"), code=1)
    assert f"file {toy.conf}: grep failed" in said
    assert toy.conf.read_text() == "one\n"
    assert list(toy.conf.parent.glob(".toy*")) == []
    agent.once(toy.target("one"))
    assert toy.lines() == ["start one"]


def test_a_reload_that_fails_is_told_and_tried_again(agent: Agent, toy: Host) -> None:
    agent.once(toy.target("one"))
    failing = toy.target("two", reload_command=("sh", "-c", "echo no such neighbour; exit 1"))
    assert "unit toy.service: sh failed (1): no such neighbour" in agent.once(failing, code=1)
    agent.once(toy.target("two"))
    until(lambda: toy.lines() == ["start one", "reload two"], "reloaded")


def test_killed_between_a_files_write_and_its_reload_the_next_agent_reloads(agent: Agent, toy: Host) -> None:
    agent.once(toy.target("one"))
    agent.start(toy.target("two", reload_command=("sleep", "1000")))
    until(lambda: toy.conf.read_text() == "two\n", "written")
    agent.end(signal.SIGKILL)
    agent.once(toy.target("two"))
    until(lambda: toy.lines() == ["start one", "reload two"], "reloaded")


def test_a_running_agent_heals_files_and_starts_what_was_stopped(agent: Agent, toy: Host) -> None:
    agent.start(toy.target("one"))
    until(lambda: toy.lines() == ["start one"], "started")
    toy.init.stop("toy.service")
    until(lambda: toy.lines() == ["start one"] * 2, "started again")
    toy.conf.write_text("by hand\n")
    until(lambda: toy.lines()[2:] == ["reload one"], "healed and reloaded")
    toy.conf.unlink()
    until(lambda: toy.conf.exists() and toy.conf.read_text() == "one\n", "there again")
    agent.end(signal.SIGKILL)
    assert toy.state() == "active"


def test_a_unit_that_nobody_knows_is_told_and_the_others_run(agent: Agent, toy: Host) -> None:
    known = toy.target("one")
    said = agent.once(
        HostTarget(host="h", files=known.files, units=(target.Unit("nowhere.service"), *known.units)), code=1
    )
    assert "unit nowhere.service" in said
    assert toy.state() == "active"


def test_on_a_full_disk_the_old_file_stays(agent: Agent, toy: Host, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", full], check=True)
    try:
        agent.once(HostTarget(host="h", files=(File(str(full / "x"), "small\n"),)))
        said = agent.once(HostTarget(host="h", files=(File(str(full / "x"), "large\n" * 20000),)), code=1)
        assert "No space left on device" in said
        assert (full / "x").read_text() == "small\n"
        assert [path.name for path in full.iterdir()] == ["x"]
    finally:
        subprocess.run(["umount", full], check=True)
    assert toy.state() == "inactive"


def test_mode_and_owner_are_held(agent: Agent, tmp_path: Path) -> None:
    path = tmp_path / "sub" / "secret"
    agent.once(HostTarget(host="h", files=(File(str(path), "x\n", mode=0o640, owner="nobody:root"),)))
    assert (path.stat().st_mode & 0o7777, path.owner(), path.group()) == (0o640, "nobody", "root")
    path.chmod(0o644)
    agent.once(HostTarget(host="h", files=(File(str(path), "x\n", mode=0o640, owner="nobody:root"),)))
    assert path.stat().st_mode & 0o7777 == 0o640
