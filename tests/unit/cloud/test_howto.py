"""The pieces of docs/howto/write-a-cloud-file.md are, one after the other, a whole cloud."""

import re
from pathlib import Path

from seapoint.intent.cloud.read import read_cloud

HOWTO = Path(__file__).parents[3] / "docs/howto/write-a-cloud-file.md"


def test_the_pieces_of_the_howto_are_a_whole_cloud_without_a_mistake() -> None:
    pieces = re.findall(r"^```yaml\n(.*?)^```", HOWTO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    reading = read_cloud("".join(pieces))
    assert reading.mistakes == ()
    assert reading.cloud is not None
    # and section 1 tells the truth about short addresses
    assert [str(address) for address in reading.cloud.hosts["hv1"].management.all()] == [
        "10.0.1.21",
        "2001:db8:b:0:10:0:1:21",
    ]
