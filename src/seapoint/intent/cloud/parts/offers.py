"""What other teams' services offer, with their addresses."""

from collections.abc import Iterator, Mapping

from seapoint.base.addresses import Addresses
from seapoint.intent.cloud.offer import PORTS, Offer
from seapoint.intent.cloud.shape.cloud import CloudShape


def resolve_offers(shape: CloudShape, services: Mapping[str, Addresses]) -> Iterator[Offer]:
    """Every offer, in the order of the services and of the protocols."""
    for name, entry in shape.services.items():
        for protocol in PORTS:
            what: str | None = getattr(entry, protocol)
            if what is not None:
                yield Offer(name, services[name], protocol, what)
