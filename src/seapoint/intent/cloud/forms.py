"""The short forms of addresses in a cloud file, made whole."""

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, NetmaskValueError

from seapoint.base.addresses import Addresses, Networks, mapped_in
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes
from seapoint.intent.cloud.shape import AddressPair


def ipv4_network(text: str | None, path: Path, mistakes: Mistakes) -> IPv4Network | None:
    """An IPv4 prefix; host bits are a mistake."""
    if text is None:
        return None
    try:
        return IPv4Network(text)
    except (AddressValueError, NetmaskValueError) as error:
        mistakes.error(path, f"{text!r} is no IPv4 prefix: {error}", "Write address/length, such as 172.16.128.0/17.")
    except ValueError:
        mistakes.error(path, f"{text} is not aligned: it has host bits", _aligned(IPv4Network(text, strict=False)))
    return None


def ipv6_network(text: str | None, site: IPv6Network | None, path: Path, mistakes: Mistakes) -> IPv6Network | None:
    """An IPv6 prefix, or ":100::/56", which continues the site's; host bits are a mistake."""
    if text is None:
        return None
    whole = text
    if text.startswith(":") and text != "::/0":
        if site is None:
            mistakes.error(path, f"{text!r} continues the site's prefix, which is missing", "Add `ipv6` to `site`.")
            return None
        groups = site.network_address.exploded.split(":")[: site.prefixlen // 16]
        rest = text[1:] if not text.startswith("::") else "0" + text
        whole = ":".join(groups) + ":" + rest
    try:
        return IPv6Network(whole)
    except (AddressValueError, NetmaskValueError) as error:
        mistakes.error(path, f"{text!r} is no IPv6 prefix: {error}", "Write address/length, such as 2001:db8:1::/64.")
    except ValueError:
        mistakes.error(path, f"{whole} is not aligned: it has host bits", _aligned(IPv6Network(whole, strict=False)))
    return None


def _aligned(network: IPv4Network | IPv6Network) -> str:
    return f"With this length it would be {network}."


def ipv4_address(text: str | None, network: IPv4Network | None, path: Path, mistakes: Mistakes) -> IPv4Address | None:
    """Last octets within a network, or a whole address, which must lie in the network."""
    if text is None:
        return None
    octets = text.lstrip(".").split(".")
    if network is not None and len(octets) < 4:
        octets = str(network.network_address).split(".")[: 4 - len(octets)] + octets
    try:
        address = IPv4Address(".".join(octets))
    except AddressValueError as error:
        mistakes.error(path, f"{text!r} is no IPv4 address: {error}", "Write the last octet, or the whole address.")
        return None
    if network is None or _inside(address, network, path, mistakes):
        return address
    return None


def ipv6_address(text: str | None, network: IPv6Network | None, path: Path, mistakes: Mistakes) -> IPv6Address | None:
    """A host part ("::1:1") within a network, or a whole address, which must lie in the network."""
    if text is None:
        return None
    try:
        address = IPv6Address(text)
    except AddressValueError as error:
        mistakes.error(path, f"{text!r} is no IPv6 address: {error}", 'Write the host part, such as "::1:1".')
        return None
    if network is None:
        return address
    if text.startswith("::") and int(address) <= int(network.hostmask):
        return network.network_address + int(address)
    return address if _inside(address, network, path, mistakes) else None


def _inside(
    address: IPv4Address | IPv6Address, network: IPv4Network | IPv6Network, path: Path, mistakes: Mistakes
) -> bool:
    if address not in network:
        mistakes.error(path, f"{address} lies outside of {network}", "Take an address of the network, or mend that.")
        return False
    if isinstance(network, IPv4Network) and network.prefixlen < 31:
        for end, what in ((network.network_address, "network"), (network.broadcast_address, "broadcast")):
            if address == end:
                mistakes.error(path, f"{address} is the {what} address of {network}", "Take another address.")
                return False
    return True


def pair(shape: AddressPair | str | None, networks: Networks, path: Path, mistakes: Mistakes) -> Addresses:
    """Both addresses of a thing on its networks."""
    if shape is None:
        return Addresses()
    if isinstance(shape, str):
        return Addresses(ipv4_address(shape, networks.v4, path, mistakes))
    return Addresses(
        ipv4_address(shape.ipv4, networks.v4, (*path, "ipv4"), mistakes),
        ipv6_address(shape.ipv6, networks.v6, (*path, "ipv6"), mistakes),
    )


def host_pair(
    shape: AddressPair | str | None, networks: Networks, rule: str, path: Path, mistakes: Mistakes
) -> Addresses:
    """A host's addresses on a VLAN: where only the IPv4 is written, the IPv6 follows from it by the VLAN's rule."""
    written = pair(shape, networks, path, mistakes)
    if written.v4 is None or written.v6 is not None or networks.v6 is None or networks.v4 is None:
        return written
    if rule == "mapped":
        return Addresses(written.v4, mapped_in(networks.v6, written.v4))
    number = int(written.v4) - int(networks.v4.network_address)
    return Addresses(written.v4, networks.v6.network_address + int(str(number), 16))
