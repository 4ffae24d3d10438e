"""dnsdist's file, which is a Lua program: pure. Source: dnsdist's manual, 1.7; nothing newer is used."""

from collections.abc import Iterable, Iterator

from seapoint.base.addresses import Address, Network, host_network
from seapoint.render.owner import owner
from seapoint.target.dnsdist import Dnsdist, Pool
from seapoint.target.host import File, Unit

CONF = "/etc/dnsdist/dnsdist.conf"
CHECK = ("dnsdist", "--check-config", "-C", "{}")

_POLICIES = {"leastoutstanding": "leastOutstanding", "roundrobin": "roundrobin", "ordered": "firstAvailable"}
_MASKS = """
local function masks(...)
  local group = newNMG()
  for _, mask in ipairs({...}) do group:addMask(mask) end
  return group
end
"""


def dnsdist_files(dnsdist: Dnsdist) -> tuple[File, ...]:
    """The configuration."""
    return (File(CONF, dnsdist_conf(dnsdist), check=CHECK),)


def dnsdist_units() -> tuple[Unit, ...]:
    """A restart, since it reads its file only once: what is asked meanwhile is asked again by its resolver."""
    return (Unit("dnsdist.service", (CONF,), "restart"),)


def dnsdist_conf(dnsdist: Dnsdist) -> str:
    """The text of dnsdist.conf."""
    lines = [*_whole(dnsdist), *(line for pool in dnsdist.pools for line in _pool(pool))]
    return owner("--") + "".join(f"{line}\n" for line in lines)


def _whole(dnsdist: Dnsdist) -> Iterator[str]:
    # it would ask its makers for security news
    yield 'setSecurityPollSuffix("")'
    # who is told at once asks somebody else; and a health check of the address sees it
    yield "setServFailWhenNoServer(true)"
    # each pool has its own
    yield 'setACL({"0.0.0.0/0", "::/0"})'
    yield f"webserver({_text(_endpoint(*dnsdist.status))})"
    told = ", ".join(map(str, dnsdist.sources))
    yield f"setWebserverConfig({{acl={_text(told)}, statsRequireAuthentication=false}})"
    yield _MASKS.strip("\n")


def _pool(pool: Pool) -> Iterator[str]:
    name = _text(pool.name)
    yield ""
    yield from (f"addLocal({_text(_endpoint(address, port))})" for address, port in pool.listens)
    for order, server in enumerate(pool.servers, start=1):
        words = (
            f"address={_text(_endpoint(server.address, server.port))}",
            f"name={_text(server.name)}",
            f"pool={name}",
            # of several with equally few that wait it would always be the first
            f"order={order if pool.method == 'ordered' else 1}",
            f"checkName={_text(f'{pool.asked}.')}",
            f"checkInterval={max(1, round(pool.interval / 1000))}",
            f"rise={pool.rise}",
            f"maxCheckFailures={pool.fall}",
        )
        yield f"newServer({{{', '.join(words)}}})"
    yield f"setPoolServerPolicy({_POLICIES[pool.method]}, {name})"
    addresses = dict.fromkeys(host_network(address) for address, _ in pool.listens)
    ports = dict.fromkeys(port for _, port in pool.listens)
    at_port = f"OrRule({{{', '.join(f'DSTPortRule({port})' for port in ports)}}})"
    here = f"NetmaskGroupRule({_masks(addresses)}, false), {at_port}"
    if pool.sources is not None:
        yield f"addAction(AndRule({{{here}, NotRule(NetmaskGroupRule({_masks(pool.sources)}))}}), DropAction())"
    yield f"addAction(AndRule({{{here}}}), PoolAction({name}))"


def _masks(networks: Iterable[Network]) -> str:
    return f"masks({', '.join(_text(str(network)) for network in networks)})"


def _text(text: str) -> str:
    """Names, addresses and networks: nothing in them means anything to Lua."""
    return f'"{text}"'


def _endpoint(address: Address, port: int) -> str:
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
