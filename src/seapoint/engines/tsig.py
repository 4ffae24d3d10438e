"""The key by which a name server knows who may transfer and change its zones (RFC 8945, TSIG)."""

from dataclasses import dataclass, field
from pathlib import Path

import dns.name
import dns.tsig
import yaml

from seapoint.base.errors import InputError


@dataclass(frozen=True, slots=True)
class TsigKey:
    """A name, an algorithm such as hmac-sha256, and a secret in base64, which is never shown."""

    name: str
    algorithm: str
    secret: str = field(repr=False)

    def keyring(self) -> dict[dns.name.Name, dns.tsig.Key]:
        """As dnspython takes it; raises ValueError for a secret that is no base64."""
        name = dns.name.from_text(self.name)
        return {name: dns.tsig.Key(name, self.secret, dns.name.from_text(self.algorithm))}


def read_key(path: Path) -> TsigKey:
    """A key as ``keymgr -t NAME hmac-sha256`` prints it, which is what Knot DNS includes in its configuration.

    Raises InputError, which never tells the secret.
    """
    cure = f"make it with: keymgr -t seapoint hmac-sha256 >{path}"
    try:
        one = yaml.safe_load(path.read_text(encoding="utf-8"))["key"][0]
        key = TsigKey(str(one["id"]), str(one["algorithm"]), str(one["secret"]))
        key.keyring()
    except OSError as error:
        raise InputError(f"the key of the name servers cannot be read from {path}: {error.strerror}; {cure}") from error
    except (yaml.YAMLError, UnicodeDecodeError, LookupError, TypeError, ValueError):
        raise InputError(f"{path} holds no key of name servers; {cure}") from None
    return key
