"""What OVN's own DHCP servers tell: ovn-nb(5), table DHCP_Options; RFC 2132, RFC 3442, RFC 8415."""

from collections.abc import Iterable, Mapping

from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.compile.ovn.names import service_mac
from seapoint.intent.metadata import ADDRESS4
from seapoint.intent.port import DhcpOption, Port
from seapoint.intent.subnet import Subnet
from seapoint.target.rows import Row, Uuid

_LEASE_SECONDS = "43200"

#: Options that Neutron's clients name (dnsmasq's names, or numbers) and OVN's names for them.
_NAMES: Mapping[int, Mapping[str, str]] = {
    4: {
        "netmask": "netmask", "1": "netmask", "router": "router", "3": "router",
        "dns-server": "dns_server", "6": "dns_server", "log-server": "log_server", "7": "log_server",
        "domain-name": "domain_name", "15": "domain_name", "mtu": "mtu", "26": "mtu",
        "ntp-server": "ntp_server", "42": "ntp_server", "lease-time": "lease_time", "51": "lease_time",
        "server-id": "server_id", "54": "server_id", "T1": "T1", "58": "T1", "T2": "T2", "59": "T2",
        "tftp-server": "tftp_server", "66": "tftp_server", "bootfile-name": "bootfile_name", "67": "bootfile_name",
        "domain-search": "domain_search_list", "119": "domain_search_list",
        "classless-static-route": "classless_static_route", "121": "classless_static_route",
        "tftp-server-address": "tftp_server_address", "150": "tftp_server_address",
        "path-prefix": "path_prefix", "210": "path_prefix", "wpad": "wpad", "252": "wpad",
        "server-ip-address": "next_server", "255": "next_server",
    },
    6: {"dns-server": "dns_server", "23": "dns_server", "domain-search": "domain_search", "24": "domain_search"},
}  # fmt: skip

#: OVN reads these options' values as strings: without quotes inside the value it sends no answer at all.
_TEXTS = frozenset(
    ("domain_name", "domain_search_list", "domain_search", "bootfile_name", "path_prefix", "wpad", "tftp_server")
)


def served(subnet: Subnet) -> bool:
    """Whether OVN answers DHCP for the subnet; with plain SLAAC (RFC 4862) there is nothing to ask for."""
    return subnet.enable_dhcp and (subnet.ip_version == 4 or subnet.ipv6_address_mode not in (None, "slaac"))


def options(subnet: Subnet, mtu: int, cloud: OvnCloud, metadata: Port | None) -> dict[str, str]:
    """What every client of a subnet is told; ``metadata`` is its network's metadata port."""
    return _options6(subnet, cloud) if subnet.ip_version == 6 else _options4(subnet, mtu, cloud, metadata)


def own_options(port: Port, version: int) -> dict[str, str] | None:
    """What one port alone is told; None when it must get no answer. Options that OVN does not know are left out."""
    found: dict[str, str] = {}
    for option in port.extra_dhcp_opts:
        if option.ip_version != version or option.opt_value is None:
            continue
        if option.opt_name == "dhcp_disabled" and option.opt_value.lower() == "true":
            return None
        name = _NAMES[version].get(option.opt_name)
        if name is not None:
            found[name] = _text(name, option)
    return found


def row(uuid: Uuid, subnet: Subnet, told: Mapping[str, str], external_ids: Mapping[str, str]) -> Row:
    """The row that LSPs refer to."""
    return Row("DHCP_Options", uuid, {"cidr": subnet.cidr, "options": told, "external_ids": external_ids})


def _options4(subnet: Subnet, mtu: int, cloud: OvnCloud, metadata: Port | None) -> dict[str, str]:
    server = subnet.gateway_ip or str(subnet.prefix.network_address + 1)
    told = {
        "server_id": server,
        "server_mac": service_mac(subnet.id),
        "lease_time": _LEASE_SECONDS,
        "mtu": str(mtu),
    }
    routes = [f"{route.destination},{route.nexthop}" for route in subnet.host_routes]
    asked = (fixed.ip_address for fixed in (metadata.fixed_ips if metadata else ()) if fixed.subnet_id == subnet.id)
    routes += [f"{ADDRESS4}/32,{address}" for address in asked]
    if subnet.gateway_ip is not None:
        told["router"] = subnet.gateway_ip
        routes += [f"0.0.0.0/0,{subnet.gateway_ip}"] if routes else []  # a client that takes 121 drops 3 (RFC 3442)
    if routes:
        told["classless_static_route"] = _list(routes)
    if subnet.dns_nameservers:
        told["dns_server"] = _list(subnet.dns_nameservers)
    if cloud.dns_domain:
        told["domain_name"] = _quoted(cloud.dns_domain)
    return told


def _options6(subnet: Subnet, cloud: OvnCloud) -> dict[str, str]:
    told = {"server_id": service_mac(subnet.id)}
    if subnet.dns_nameservers:
        told["dns_server"] = _list(subnet.dns_nameservers)
    if cloud.dns_domain:
        told["domain_search"] = _quoted(cloud.dns_domain)
    if subnet.ipv6_address_mode == "dhcpv6-stateless":
        told["dhcpv6_stateless"] = "true"
    return told


def _list(values: Iterable[str]) -> str:
    return "{" + ", ".join(values) + "}"


def _text(name: str, option: DhcpOption) -> str:
    value = option.opt_value or ""
    if name in _TEXTS:
        return _quoted(value)
    return _list(part.strip() for part in value.split(",")) if "," in value else value


def _quoted(text: str) -> str:
    escaped = text.strip('"').replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
