"""The short forms of addresses in a cloud file, made whole."""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, NetmaskValueError

from seapoint.base.addresses import Addresses, Networks, covers, mapped_in
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes
from seapoint.intent.cloud.shape.base import AddressPair


@dataclass(frozen=True, slots=True)
class Ground:
    """The networks that an address must lie in, and the entry of the file that has them.

    ``on_link``: they lie on a wire, where IPv4's first and last address are no host's.
    """

    networks: Networks
    path: Path
    on_link: bool = True


def networks(ipv4: str | None, ipv6: str | None, site: IPv6Network | None, path: Path, mistakes: Mistakes) -> Networks:
    """The networks of an entry that has ``ipv4`` and ``ipv6``."""
    return Networks(ipv4_network(ipv4, (*path, "ipv4"), mistakes), ipv6_network(ipv6, site, (*path, "ipv6"), mistakes))


def ipv4_network(text: str | None, path: Path, mistakes: Mistakes) -> IPv4Network | None:
    """An IPv4 prefix; host bits are a mistake."""
    if text is None:
        return None
    try:
        network = IPv4Network(text)
    except (AddressValueError, NetmaskValueError) as error:
        mistakes.error(path, f"{text!r} is no IPv4 prefix: {error}", "Write address/length, such as 172.16.128.0/17.")
    except ValueError:
        mistakes.error(path, f"{text} is not aligned: it has host bits", _aligned(IPv4Network(text, strict=False)))
    else:
        return network if _has_length(text, path, mistakes) else None
    return None


def ipv6_network(text: str | None, site: IPv6Network | None, path: Path, mistakes: Mistakes) -> IPv6Network | None:
    """An IPv6 prefix, or ":100::/56", which continues the site's; host bits are a mistake."""
    if text is None:
        return None
    continues = text.startswith(":") and text != "::/0"
    whole = text
    if continues:
        if site is None:
            cure = "Add `ipv6` to `site`."
            mistakes.error(path, f"{text!r} continues the site's prefix, which is missing", cure, ("site", "ipv6"))
            return None
        groups = site.network_address.exploded.split(":")[: site.prefixlen // 16]
        rest = text[1:] if not text.startswith("::") else "0" + text
        whole = ":".join(groups) + ":" + rest
    try:
        network = IPv6Network(whole)
    except (AddressValueError, NetmaskValueError) as error:
        mistakes.error(path, f"{text!r} is no IPv6 prefix: {error}", "Write address/length, such as 2001:db8:1::/64.")
        return None
    except ValueError:
        mistakes.error(path, f"{text} is not aligned: it has host bits", _aligned(IPv6Network(whole, strict=False)))
        return None
    if continues and site is not None and not covers(site, network):
        cure = "Write the whole prefix; the short form continues a site's /16, /32, /48 or /64."
        mistakes.error(path, f"{text!r} would be {network}, outside of the site's {site}", cure)
        return None
    return network if _has_length(text, path, mistakes) else None


def _has_length(text: str, path: Path, mistakes: Mistakes) -> bool:
    if "/" not in text:
        mistakes.error(path, f"{text!r} has no length", "Write address/length: a single address is /32 or /128.")
    return "/" in text


def _aligned(network: IPv4Network | IPv6Network) -> str:
    return f"With this length it would be {network}."


def ipv4_address(text: str | None, ground: Ground | None, path: Path, mistakes: Mistakes) -> IPv4Address | None:
    """Last octets within the ground's network, or a whole address, which must lie in it. No ground: anywhere."""
    if text is None:
        return None
    network = ground.networks.v4 if ground else None
    if ground and network is None:
        _no_network("IPv4", text, ground, path, mistakes)
        return None
    octets = text.lstrip(".").split(".")
    if network is not None and len(octets) < 4:
        octets = str(network.network_address).split(".")[: 4 - len(octets)] + octets
    try:
        address = IPv4Address(".".join(octets))
    except AddressValueError as error:
        cure = "Write the last octet, or the whole address." if ground else "Write the whole address."
        mistakes.error(path, f"{text!r} is no IPv4 address: {error}", cure)
        return None
    if ground is None or network is None or _inside(address, network, ground, path, mistakes):
        return address
    return None


def ipv6_address(text: str | None, ground: Ground | None, path: Path, mistakes: Mistakes) -> IPv6Address | None:
    """A host part ("::1:1") within the ground's network, or a whole address, which must lie in it."""
    if text is None:
        return None
    network = ground.networks.v6 if ground else None
    if ground and network is None:
        _no_network("IPv6", text, ground, path, mistakes)
        return None
    try:
        address = IPv6Address(text.replace("%", " zone "))  # a zone would be let in, and names an interface of one host
    except AddressValueError as error:
        cure = 'Write the host part, such as "::1:1".' if ground else "Write the whole address."
        mistakes.error(path, f"{text!r} is no IPv6 address: {error}", cure)
        return None
    if network is None:
        return address
    if text.startswith("::") and int(address) <= int(network.hostmask):
        return network.network_address + int(address)
    return address if ground is None or _inside(address, network, ground, path, mistakes) else None


def _no_network(family: str, text: str, ground: Ground, path: Path, mistakes: Mistakes) -> None:
    key = family.lower()
    cure = f"Add `{key}:` to {str(ground.path[-1])!r}, or take the address out."
    mistakes.error(path, f"{text!r}: there is no {family} network that it could lie in", cure, (*ground.path, key))


def _inside(
    address: IPv4Address | IPv6Address,
    network: IPv4Network | IPv6Network,
    ground: Ground,
    path: Path,
    mistakes: Mistakes,
) -> bool:
    if address not in network:
        mistakes.error(path, f"{address} lies outside of {network}", "Take an address of the network, or mend that.")
        return False
    if ground.on_link and isinstance(network, IPv4Network) and network.prefixlen < 31:
        for end, what in ((network.network_address, "network"), (network.broadcast_address, "broadcast")):
            if address == end:
                mistakes.error(path, f"{address} is the {what} address of {network}", "Take another address.")
                return False
    return True


def pair(shape: AddressPair | str | None, ground: Ground | None, path: Path, mistakes: Mistakes) -> Addresses:
    """Both addresses of a thing on its ground, or anywhere."""
    if shape is None:
        return Addresses()
    if isinstance(shape, str):
        return Addresses(ipv4_address(shape, ground, path, mistakes))
    return Addresses(
        ipv4_address(shape.ipv4, ground, (*path, "ipv4"), mistakes),
        ipv6_address(shape.ipv6, ground, (*path, "ipv6"), mistakes),
    )


def host_pair(shape: AddressPair | str, ground: Ground, rule: str, path: Path, mistakes: Mistakes) -> Addresses:
    """A host's addresses on a VLAN: where only the IPv4 is written, the IPv6 follows from it by the VLAN's rule."""
    written = pair(shape, ground, path, mistakes)
    v4, v6 = ground.networks.v4, ground.networks.v6
    if written.v4 is None or written.v6 is not None or v6 is None or v4 is None:
        return written
    if rule == "mapped":
        host_part = int(mapped_in(IPv6Network("::/64"), written.v4))
    else:
        host_part = int(str(int(written.v4) - int(v4.network_address)), 16)
    if host_part > int(v6.hostmask):
        cure = "Write both: {ipv4: ..., ipv6: ...}, or give the VLAN a /64."
        mistakes.error(path, f"the IPv6 address that follows from {written.v4} has no room in {v6}", cure)
        return written
    return Addresses(written.v4, v6.network_address + host_part)
