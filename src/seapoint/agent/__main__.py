"""``python -m seapoint.agent``: the agent without the command line's other commands and libraries."""

import argparse
import logging
import sys
from pathlib import Path

from seapoint.agent.main import run
from seapoint.agent.settings import OVSDB_SOCKET, STATE, AgentSettings
from seapoint.agent.units import INIT_SOCKET
from seapoint.base.errors import InputError, SeapointError

EX_USAGE = 64


def main() -> int:
    """Parse the options and run; 0 done, 1 failed, 64 bad usage."""
    parser = argparse.ArgumentParser(
        prog="seapoint agent", description="Hold this host to its target.", allow_abbrev=False
    )
    parser.add_argument("--server", help="URL of the server, https://HOST:PORT")
    parser.add_argument("--ca", type=Path, help="certificates of the authority that signed the server's")
    parser.add_argument("--cert", type=Path, help="this host's certificate")
    parser.add_argument("--key", type=Path, help="its private key")
    parser.add_argument("--target", type=Path, help="file with the target's JSON, instead of a server")
    parser.add_argument("--state", type=Path, default=STATE, help="directory of the agent's own (%(default)s)")
    parser.add_argument("--once", action="store_true", help="apply one target and end")
    parser.add_argument("--ovsdb", type=Path, default=OVSDB_SOCKET, help="Open vSwitch's database (%(default)s)")
    parser.add_argument(
        "--init", type=Path, default=INIT_SOCKET, help="the lab's init, where there is one (%(default)s)"
    )
    options = parser.parse_args()
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("seapoint.agent").setLevel(logging.INFO)
    settings = AgentSettings(
        server=options.server,
        ca=options.ca,
        certificate=options.cert,
        key=options.key,
        target=options.target,
        state=options.state,
        once=options.once,
        ovsdb=options.ovsdb,
        init_socket=options.init,
    )
    try:
        return run(settings)
    except SeapointError as error:
        print(f"seapoint agent: {error}", file=sys.stderr)
        return EX_USAGE if isinstance(error, InputError) else 1


if __name__ == "__main__":
    sys.exit(main())
