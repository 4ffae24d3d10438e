"""Which words of a balanced service mean something in its mode, and where answers are direct."""

from seapoint.intent.cloud.balancer import Answers
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes
from seapoint.intent.cloud.shape.balancers import BalancedServiceShape, BalancerShape
from seapoint.intent.cloud.vip import Vip

#: Words about what stands between a client and a backend: where answers are direct nothing does.
BETWEEN = ("backends", "primary", "balance", "sticky", "check", "client_address", "host", "backend_tls")
#: Words of HTTP, TLS and connections, which are nothing to who passes on questions and answers of DNS.
NOT_OF_DNS = ("sticky", "client_address", "host", "backend_tls")


def check_mode(name: str, one: BalancedServiceShape, answers: Answers, path: Path, mistakes: Mistakes) -> None:
    """Whether what is written of a service can be done."""
    if answers == "direct":
        _direct(name, one, path, mistakes)
    elif one.mode == "tcp":
        _without_http(name, one, path, mistakes)
    elif one.mode == "dns":
        _dns(name, one, path, mistakes)
    elif one.mode == "udp":
        cure = "Write `mode: dns` for DNS; or give it a VIP whose owners serve it, and `answers: direct`."
        mistakes.error((*path, "mode"), f"no balancer passes on the datagrams of {name!r}", cure)


def check_vip(entry: BalancerShape, vip: Vip, path: Path, mistakes: Mistakes) -> None:
    """Whether the VIP of a balancer has the check that it needs."""
    if vip.check is None and entry.answers == "direct":
        message = f"{vip.name!r} has no check: an owner of it that no longer serves is asked for ever"
        mistakes.warning((*path, "vip"), message, f"Add `check:` to {vip.name!r}.", ("vips", vip.name))


def check_direct(entry: BalancerShape, path: Path, mistakes: Mistakes) -> None:
    """Whether a balancer's own words fit answers that are direct."""
    for word in ("certificate", "backends"):
        if word in entry.model_fields_set:
            message = f"answers of {path[-1]!r} are direct: nothing stands before the owners of {entry.vip!r}"
            mistakes.error((*path, word), message, "Take it out, or write `answers: proxied`.", ("vips", entry.vip))


def _direct(name: str, one: BalancedServiceShape, path: Path, mistakes: Mistakes) -> None:
    if one.mode == "http":
        message = f"answers of {name!r} are direct: nobody speaks TLS for it"
        mistakes.error(path, message, "Add `mode: tcp`, `dns` or `udp`.", (*path, "mode"))
    if one.backend_port is not None and (one.backend_port,) != one.ports:
        message = f"answers of {name!r} are direct: nobody leads from {_numbers(one.ports)} to {one.backend_port}"
        mistakes.error((*path, "backend_port"), message, "Take it out: the VIP's owners listen on `ports` themselves.")
    for word in BETWEEN:
        if word in one.model_fields_set:
            message = f"answers of {name!r} are direct: no balancer is there to whom `{word}` could mean anything"
            mistakes.error((*path, word), message, "Take it out: who serves, and while he is well, is the VIP's.")


def _dns(name: str, one: BalancedServiceShape, path: Path, mistakes: Mistakes) -> None:
    message = f"{name!r} is DNS: question by question, each led by itself"
    for word in NOT_OF_DNS:
        if word in one.model_fields_set:
            mistakes.error((*path, word), message, "Take it out.")
    if one.check.path is not None:
        mistakes.error((*path, "check", "path"), message, "Take it out: backends are asked for the VIP's name.")
    if one.balance == "source":
        mistakes.error((*path, "balance"), message, "Write `balance: leastconn` or `balance: roundrobin`.")


def _without_http(name: str, one: BalancedServiceShape, path: Path, mistakes: Mistakes) -> None:
    """What only means something where the balancer reads HTTP."""
    message = f"{name!r} is passed on as it comes: nobody reads HTTP in it"
    if one.check.path is not None:
        mistakes.error((*path, "check", "path"), message, "Take it out, or write `mode: http`.")
    if one.host is not None:
        mistakes.error((*path, "host"), message, "Take it out, or write `mode: http`.")
    if one.client_address == "header":
        mistakes.error((*path, "client_address"), message, "Write `client_address: proxy`, or `mode: http`.")


def _numbers(ports: tuple[int, ...]) -> str:
    return ", ".join(map(str, ports))
