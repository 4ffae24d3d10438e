"""Runs commands in a virtual machine for callers outside: ``python -I -S inside.py``, standard library only.

Each port of the machine named ``seapoint.N`` (virtio console) serves one caller at a time, lines of JSON both ways.
A caller says ``{"argv": [...], "env": {...}}``, then ``{"in": text}`` as often as it likes, with ``null`` as the end of
the input. It hears ``{"out": text}`` and ``{"err": text}``, bytes as Latin-1, and at last ``{"exit": status}``.
A caller that leaves, or a new one, ends the command of the one before.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

PORTS = Path("/sys/class/virtio-ports")
NAME = "seapoint."
ABSENT_SECONDS = 0.1  # a port without a caller cannot be waited for, only asked again


class Caller:
    """One port, and the command that runs for the caller at its other end."""

    def __init__(self, device: Path) -> None:
        self.port = os.open(device, os.O_RDWR)
        self.heard = b""
        self.command: subprocess.Popen[bytes] | None = None

    def serve(self) -> None:
        while True:
            data = os.read(self.port, 65536)
            if not data:
                self.end()
                time.sleep(ABSENT_SECONDS)
                continue
            self.take(data)

    def take(self, data: bytes) -> None:
        *lines, self.heard = (self.heard + data).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError):  # the rest of what a caller said that was cut off
                self.obey(json.loads(line))

    def obey(self, words: dict[str, Any]) -> None:
        if "argv" in words:
            self.end()
            self.begin(words["argv"], words["env"])
        elif self.command and self.command.stdin:
            with contextlib.suppress(OSError):
                if words["in"] is None:
                    self.command.stdin.close()
                else:
                    self.command.stdin.write(words["in"].encode("latin-1"))
                    self.command.stdin.flush()

    def begin(self, argv: list[str], environment: dict[str, str]) -> None:
        pipe = subprocess.PIPE
        try:
            self.command = subprocess.Popen(
                argv, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True
            )
        except OSError as error:
            self.say(err=f"{error.strerror}: {error.filename}\n")
            self.say(exit=127)
            return
        threading.Thread(target=self.relay, args=(self.command,), daemon=True).start()

    def relay(self, command: subprocess.Popen[bytes]) -> None:
        assert command.stdout is not None
        assert command.stderr is not None
        with selectors.DefaultSelector() as streams:
            streams.register(command.stdout, selectors.EVENT_READ, "out")
            streams.register(command.stderr, selectors.EVENT_READ, "err")
            while streams.get_map():
                for key, _ in streams.select():
                    data = os.read(key.fd, 32768)
                    if not data:
                        streams.unregister(key.fileobj)
                    elif self.command is command:
                        self.say(**{key.data: data.decode("latin-1")})
        status = command.wait()
        if self.command is command:
            self.command = None
            self.say(exit=status)

    def say(self, **words: object) -> None:
        rest = json.dumps(words).encode() + b"\n"
        with contextlib.suppress(OSError):  # the caller has gone
            while rest:
                rest = rest[os.write(self.port, rest) :]

    def end(self) -> None:
        command, self.command = self.command, None
        if command:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(command.pid, signal.SIGKILL)


def main() -> None:
    """Serve every port of ours, for ever."""
    names = {path.parent.name: path.read_text().strip() for path in PORTS.glob("*/name")}
    callers = [Caller(Path("/dev") / device) for device, name in names.items() if name.startswith(NAME)]
    threads = [threading.Thread(target=caller.serve) for caller in callers]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main()
