"""Operators' own lines of the cloud file, put into what a device holds: the last step of its compilation."""

from collections.abc import Mapping
from dataclasses import replace

from seapoint.intent.cloud.include import Hook, Include
from seapoint.intent.cloud.model import Cloud
from seapoint.target.device import Device, Service
from seapoint.target.frr import Frr
from seapoint.target.haproxy import Haproxy
from seapoint.target.nftables import Chain, Ruleset

#: What a chain is made as where the device has none of the name.
CHAINS: Mapping[Hook, Chain] = {
    "input": Chain("input", "filter", "input", "filter", "accept", ()),
    "output": Chain("output", "filter", "output", "filter", "accept", ()),
    "forward": Chain("forward", "filter", "forward", "filter", "accept", ()),
    "nat": Chain("nat", "nat", "postrouting", "srcnat", "accept", ()),
}


def with_includes(cloud: Cloud, name: str, device: Device) -> Device:
    """A device, or one realm of a switch, with the lines that the file has for it; ``name`` is the whole device's."""
    for one in cloud.includes:
        if name in one.devices or device.name in one.devices:
            device = _with(device, one)
    return device


def _with(device: Device, one: Include) -> Device:
    ruleset = device.nftables
    for hook, lines in one.nftables.items():
        if lines:
            ruleset = _ruleset(ruleset or Ruleset(), hook, _commented(one, lines))
    services = tuple(_service(service, one) for service in device.services)
    return replace(device, nftables=ruleset, services=services)


def _ruleset(ruleset: Ruleset, hook: Hook, lines: tuple[str, ...]) -> Ruleset:
    chains = ruleset.chains
    if all(chain.name != hook for chain in chains):
        chains = (*chains, CHAINS[hook])
    included = (replace(chain, included=(*chain.included, *lines)) if chain.name == hook else chain for chain in chains)
    return replace(ruleset, chains=tuple(included))


def _service(service: Service, one: Include) -> Service:
    match service:
        case Frr():
            bgp = service.bgp
            if bgp is not None:
                bgp = replace(bgp, included=(*bgp.included, *one.frr["bgp"]))
            return replace(service, bgp=bgp, included=(*service.included, *one.frr["end"]))
        case Haproxy():
            lines = {point: (*service.included.get(point, ()), *more) for point, more in one.haproxy.items()}
            return replace(service, included=lines)
        case _:
            return service


def _commented(one: Include, lines: tuple[str, ...]) -> tuple[str, ...]:
    return (f"# included: {one.name}", *lines)
