"""Runs one command in a virtual machine: ``python -I -S ask.py DIRECTORY SECONDS COMMAND...``, standard library only.

DIRECTORY holds a socket for each port of the machine that ``inside.py`` serves, with its protocol. A port serves one
caller at a time: this one takes the first that nobody has, and waits where there is none. Input, output, errors and
exit status are the command's. A machine that still boots answers when it has booted. The SECONDS that the command has
begin when the port is ours, 0 is no limit; at their end this process ends by SIGALRM, and the command with it.
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

WAIT_SECONDS = 0.05


def free_port(directory: Path) -> socket.socket:
    """A connection to a port that is ours until this process ends."""
    while True:
        for path in sorted(directory.glob("*.sock")):
            lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(path))
            return connection
        time.sleep(WAIT_SECONDS)


def say(connection: socket.socket, **words: object) -> None:
    connection.sendall(b"\n" + json.dumps(words).encode() + b"\n")


def give_input(connection: socket.socket) -> None:
    while data := os.read(0, 16384):
        say(connection, **{"in": data.decode("latin-1")})
    say(connection, **{"in": None})


def main() -> int:
    """Ask, pass everything on, and end as the command has ended."""
    directory, seconds, *argv = sys.argv[1:]
    connection = free_port(Path(directory))
    signal.setitimer(signal.ITIMER_REAL, float(seconds))
    say(connection, argv=argv, env=dict(os.environ))
    threading.Thread(target=give_input, args=(connection,), daemon=True).start()
    with contextlib.suppress(ConnectionError):
        for line in connection.makefile("rb"):
            words = json.loads(line)
            if "exit" in words:
                status: int = words["exit"]
                return status if status >= 0 else 128 - status
            for stream, key in ((1, "out"), (2, "err")):
                if key in words:
                    os.write(stream, words[key].encode("latin-1"))
    sys.stderr.write("the machine has ended meanwhile\n")
    return 255


if __name__ == "__main__":
    sys.exit(main())
