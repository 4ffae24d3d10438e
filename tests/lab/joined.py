"""Two labs on one machine, joined like two sites."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.standing import EXAMPLE, ROOTS, free_port, remove_dead, seapoint
from seapoint.lab import state, up
from seapoint.lab.state import Lab

FILES = EXAMPLE.parent / "two-sites"


@contextmanager
def joined_labs(*files: Path) -> Iterator[tuple[Lab, Lab]]:
    """A lab of each of two files, with a cable between the internets of both; nothing is left of them."""
    remove_dead()
    first, second = labs = [Lab(Path(f"/run/{ROOTS}{os.getpid()}-{file.stem}")) for file in files]
    try:
        for lab, file in zip(labs, files, strict=True):
            said = seapoint("lab", "up", str(file), "--lab", str(lab.root), "--api-port", str(free_port()))
            assert said.status == 0, said
        said = seapoint("lab", "join", str(second.root), "--lab", str(first.root))
        assert said.status == 0, said
        yield first, second
    finally:
        for lab in labs:
            up.down(lab)
    assert not [pid for lab in labs for pid in state.processes(lab)]
