"""With whom a device speaks BGP, as the cloud file has it."""

from seapoint.base.addresses import Address
from seapoint.intent.cloud.bgp import Import
from seapoint.intent.cloud.model import Cloud


def peers(cloud: Cloud, one: Import) -> frozenset[Address]:
    """The addresses of the neighbour with which the device has sessions; of the internet none are in the file."""
    links = (link for link in cloud.links_of(one.at, one.realm) if link.other(one.at) == one.sender)
    found = {address for link in links for address in link.addresses_of(one.sender).all()}
    reflected = cloud.reflection.realm if cloud.reflection else None
    if reflected and one.realm in (None, reflected) and {one.at, one.sender} <= {*cloud.neighbours(reflected)}:
        found |= {*cloud.switches[one.sender].loopback.all()}
    host = cloud.hosts.get(one.sender)
    owns = any(one.sender in vip.owners for vip in cloud.vips.values())
    if host is not None and owns and one.at == cloud.racks[host.rack]:
        vlan = cloud.vlan_for("private", host.rack)
        if vlan is not None and one.realm in (None, vlan.realm):
            found |= {*host.private.all()}
    return frozenset(found)
