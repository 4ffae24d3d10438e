"""Two small joined sites on a stock kernel: each reaches the other's hosts, and the kernel's GRE carries it.

Run by `make test-vm` in a machine of its own; elsewhere it fails where the kernel lacks GRE.
"""

from pathlib import Path

import pytest

from lab.joined import FILES, joined_labs
from lab.standing import seapoint
from vm.counters import packets
from vm.small import one_switch

pytestmark = pytest.mark.root

PATIENCE = 300.0  # seconds: under software emulation everything takes ten times as long
EDGES = (("cloudgw2003-dev", "cloudgw2004-dev"), ("cloudgw3001-twin", "cloudgw3002-twin"))


def test_each_site_reaches_the_other_through_the_kernels_gre(tmp_path: Path) -> None:
    files = [tmp_path / "codfw1dev.yaml", tmp_path / "twin1dev.yaml"]
    for file in files:
        file.write_text(one_switch((FILES / file.name).read_text()))
    with joined_labs(*files) as labs:
        for lab, edges in zip(labs, EDGES, strict=True):
            before = sum(packets(lab, host, "gretap") for host in edges)
            said = seapoint("test", "--lab", str(lab.root), "--only", "other-site", "--patience", str(PATIENCE))
            print(said.out)
            assert said.status == 0, said
            carried = sum(packets(lab, host, "gretap") for host in edges) - before
            print(f"GRE by the kernel: {carried} packets on {' and '.join(edges)}")
            assert carried > 0
