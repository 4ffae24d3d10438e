"""A host in a network namespace of the test's own, and an agent that runs in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contract.agent.harness import Agent, Netns, cable


@pytest.fixture
def new_netns() -> Iterator[Callable[[], Netns]]:
    made: list[Netns] = []

    def make() -> Netns:
        made.append(Netns())
        return made[-1]

    yield make
    for netns in made:
        netns.delete()


@pytest.fixture
def host(new_netns: Callable[[], Netns]) -> Netns:
    """A host with NICs eth0, vlan7 and u0, whose other ends hang in a second namespace."""
    host, far = new_netns(), new_netns()
    for nic in ("eth0", "vlan7", "u0"):
        cable(host, nic, far, nic)
    return host


@pytest.fixture
def agent_of(tmp_path: Path) -> Iterator[Callable[[Netns], Agent]]:
    """Agents by namespace: one has one directory, whose state it keeps."""
    made: dict[str, Agent] = {}

    def find(netns: Netns) -> Agent:
        if netns.name not in made:
            directory = tmp_path / netns.name
            directory.mkdir()
            made[netns.name] = Agent(netns, directory)
        return made[netns.name]

    yield find
    for agent in made.values():
        agent.end()


@pytest.fixture
def agent(host: Netns, agent_of: Callable[[Netns], Agent]) -> Agent:
    return agent_of(host)
