"""Knot DNS' files: pure. Sources: knot.conf(5), RFC 1035 section 5 (zone files), RFC 3597 (data of unknown types).

The secret of the key that may change zones, and the private key of signed zones, are in no file of ours: whoever
installs the host puts them beside these.
"""

from collections.abc import Iterable, Iterator

from seapoint.base.addresses import Address
from seapoint.render.owner import owner
from seapoint.target.dns import MARK
from seapoint.target.host import File, Unit
from seapoint.target.knot import Knot, Reader, ServedZone

CONF = "/etc/knot/knot.conf"
#: What ``keymgr -t seapoint hmac-sha256`` prints.
KEY_FILE = "/etc/knot/seapoint.key"
KEY = "seapoint"
ZONES = "/var/lib/knot"
CHECK = ("knotc", "--config", "{}", "conf-check")
#: What ``openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`` prints, the same on all name servers.
SIGNING_KEY = "/etc/seapoint/signing.pem"
KEYS_SCRIPT = "/etc/knot/seapoint-keys"
_POLICY = "shared-key"

_KEYS = """# All servers of a signed zone have one key: signatures of either fit the keys that the other tells.
# Run before the server starts, and, as `seapoint-keys reload`, in place of its reload.
set -e
key=%(key)s
copy=%(zones)s/signing-copy.pem
if [ ! -r "$key" ]; then
	echo "signed zones need a private key in $key, the same on all name servers" >&2
	exit 1
fi
trap 'rm -f "$copy"' EXIT
install -o knot -g knot -m 0400 "$key" "$copy"  # keymgr reads it as the server's user
for zone in %(signed)s; do
	# a key that the zone has already is as it was; a new one signs beside the old
	keymgr -c %(conf)s "$zone" import-pem "$copy" algorithm=ecdsap256sha256 ksk=yes zsk=yes
done
if [ "$1" = reload ]; then
	knotc --config %(conf)s --blocking reload
fi
"""


def knot_files(knot: Knot) -> tuple[File, ...]:
    """The zones' beginnings first: the configuration names them."""
    zones = tuple(File(f"{ZONES}/{zone.name}.zone", zone_file(zone)) for zone in knot.zones)
    keys = (File(KEYS_SCRIPT, keys_script(knot), 0o755, check=("sh", "-n", "{}")),) if _signed(knot) else ()
    return (*zones, *keys, File(CONF, knot_conf(knot), check=CHECK))


def knot_units(knot: Knot) -> tuple[Unit, ...]:
    """A reload keeps answering, and keeps what updates have made of the zones."""
    if not _signed(knot):
        return (Unit("knot.service", (CONF,), "reload"),)
    reload = (KEYS_SCRIPT, "reload")
    return (Unit("knot.service", (CONF,), "reload", reload_command=reload, before_start=(KEYS_SCRIPT, "start")),)


def keys_script(knot: Knot) -> str:
    """The text of the script that gives signed zones their key."""
    words = {"key": SIGNING_KEY, "zones": ZONES, "conf": CONF, "signed": " ".join(_signed(knot))}
    return "#!/bin/sh\n" + owner() + _KEYS % words


def _signed(knot: Knot) -> tuple[str, ...]:
    return tuple(zone.name for zone in knot.zones if zone.signed)


def knot_conf(knot: Knot) -> str:
    """The text of knot.conf."""
    return owner() + "".join(f"{line}\n" for line in _lines(knot))


def zone_file(zone: ServedZone) -> str:
    """What makes it a zone: a SOA and a server that say nothing, marked as ours; updates replace them.

    It depends on the name alone, so that it never changes: the server applies its journal to it at every start, and to
    another file (measured) the journal does not fit, which leaves the zone with two SOA records.
    """
    if zone.records:
        return owner(";") + "".join(f"{record}\n" for record in zone.records)
    marks = "".join(f"@ 0 TYPE{MARK} \\# {len(kind)} {kind.encode().hex()}\n" for kind in ("SOA", "NS"))
    return (
        f"{owner(';')}$ORIGIN {zone.name}.\n"
        "@ 3600 SOA localhost. hostmaster.localhost. 1 3600 600 1209600 5\n"
        f"@ 3600 NS localhost.\n{marks}"
    )


def _lines(knot: Knot) -> Iterator[str]:
    yield "server:"
    yield "    user: knot:knot"
    yield f"    listen: [{', '.join(f'{address}@{knot.port}' for address in knot.listen)}]"
    yield "log:"
    yield "  - target: stderr"
    yield "    any: info"
    # journal, timers and keys of signed zones
    yield "database:"
    yield f'    storage: "{ZONES}"'
    if knot.feeders:
        yield f'include: "{KEY_FILE}"'
        yield from _acl(knot.feeders, knot.reader)
    if knot.reader:
        yield from _reader(knot.reader)
    if _signed(knot):
        yield "policy:"
        yield f"  - id: {_POLICY}"
        yield "    manual: on"
        yield "    single-type-signing: on"
    yield "template:"
    yield "  - id: default"
    yield f'    storage: "{ZONES}"'
    yield '    file: "%s.zone"'
    # the file is read once and never written; all that came by updates is in the journal
    yield "    zonefile-load: whole"
    yield "    zonefile-sync: -1"
    yield "    journal-content: changes"
    # after a lost journal serials still grow
    yield "    serial-policy: unixtime"
    if knot.feeders:
        yield "    acl: feeders"
    yield "zone:"
    for zone in knot.zones:
        yield f'  - domain: "{zone.name or "."}"'
        if knot.reader and zone.name == knot.reader.zone:
            yield "    acl: [feeders, reader]"
            yield "    module: mod-queryacl/reader"
            yield "    notify: reader"
        if zone.signed:
            yield "    dnssec-signing: on"
            yield f"    dnssec-policy: {_POLICY}"


def _acl(feeders: Iterable[Address], reader: Reader | None) -> Iterator[str]:
    yield "acl:"
    yield "  - id: feeders"
    yield f"    address: {_list(feeders)}"
    yield f"    key: {KEY}"
    yield "    action: [transfer, update]"
    if reader:
        yield "  - id: reader"
        yield f"    address: {_list(reader.sources)}"
        yield "    action: transfer"


def _reader(reader: Reader) -> Iterator[str]:
    """Who may ask a zone questions at all, and is told when it changes."""
    yield "mod-queryacl:"
    yield "  - id: reader"
    yield f"    address: {_list(reader.sources)}"
    yield "remote:"
    yield "  - id: reader"
    yield f"    address: {_list(reader.told)}"
    yield f"    via: {_list(reader.sources)}"


def _list(addresses: Iterable[Address]) -> str:
    return f"[{', '.join(map(str, addresses))}]"
