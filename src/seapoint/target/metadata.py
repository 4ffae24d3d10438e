"""The metadata proxy of a hypervisor, as data: whom it listens to."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetadataProxy:
    """``networks``: namespace in which it listens -> id of the network whose instances ask there."""

    networks: Mapping[str, str]
