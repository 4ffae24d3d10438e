"""Asks services that tell who has asked them."""

from typing import NamedTuple

from lab.standing import Standing
from lab.waiting import until

PROXIED = {4: "172.20.254.53", 6: "2a02:ec80:a100:2ff::53"}
DIRECT = {4: "172.20.254.54", 6: "2a02:ec80:a100:2ff::54"}
TIMES = 12
PATIENCE = 120.0


class Told(NamedTuple):
    """Who has asked, as the host sees it that answers."""

    source: str
    host: str


def asked(cloud: Standing, where: str, address: str, port: int) -> list[Told]:
    """The answers to some questions over UDP, each from a port of its own; silence is none."""
    question = ("kdig", "+short", "+time=1", "+retry=0", "-p", str(port), f"@{address}", "whoami.example", "TXT")
    said = [cloud.run(where, *question, check=False).strip() for _ in range(TIMES)]
    return [Told(*one.strip('"').split()) for one in said if one.startswith('"')]


def answered_by(cloud: Standing, where: str, address: str, port: int, hosts: set[str]) -> list[Told]:
    """Wait until every question is answered, and by exactly these hosts."""

    def answered() -> list[Told]:
        told = asked(cloud, where, address, port)
        return told if len(told) == TIMES and {one.host for one in told} == hosts else []

    return until(answered, f"{where} asks {address}: {hosts} answer", PATIENCE)
