"""What a host says of its target: which one it applied, which parts failed and why.

``to_json``/``from_json`` are the form in which a report travels from the host to the server.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a target as the host sees it.

    ``ok`` with a reason: done as far as this kernel lets us, and the reason says what it does not let us.
    """

    part: str
    ok: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VipReport:
    """How a host announces one address of a VIP: its AS stands ``prepended`` times more before the path than need be.

    None: not at all. ``why`` it is not as it would be with everything well.
    """

    vip: str
    address: str
    prepended: int | None
    why: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Of its fields among others; raises KeyError, TypeError or ValueError for data of another shape."""
        times = data["prepended"]
        return cls(str(data["vip"]), str(data["address"]), None if times is None else int(times), str(data["why"]))


@dataclass(frozen=True, slots=True)
class HostReport:
    """One host's word on the target that it holds.

    ``digest`` names the target that was applied last; ``ok``: every part of it holds. ``features``
    says what the host's kernel can or cannot do ("vrf": "no, policy rules"). ``changed`` lists what the agent wrote
    since the report before. ``at``: when, seconds since the epoch by the host's clock. ``vips``: of those that it owns.
    """

    host: str
    digest: str
    ok: bool
    parts: tuple[Part, ...]
    features: Mapping[str, str]
    changed: tuple[str, ...]
    at: float
    vips: tuple[VipReport, ...] = ()

    def failures(self) -> tuple[Part, ...]:
        """The parts that do not hold."""
        return tuple(part for part in self.parts if not part.ok)

    def to_json(self) -> dict[str, Any]:
        """Plain data: dictionaries, lists, strings, numbers and booleans."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of ``to_json``; raises KeyError, TypeError or ValueError for data of another shape."""
        return cls(
            host=str(data["host"]),
            digest=str(data["digest"]),
            ok=bool(data["ok"]),
            parts=tuple(Part(str(row["part"]), bool(row["ok"]), str(row["reason"])) for row in data["parts"]),
            features={str(key): str(value) for key, value in data["features"].items()},
            changed=tuple(str(line) for line in data["changed"]),
            at=float(data["at"]),
            vips=tuple(VipReport.from_json(row) for row in data.get("vips", ())),
        )
