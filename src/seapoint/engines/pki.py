"""Certificates of one cloud: its authority, and what the authority signs for the server and for hosts.

A host's certificate serves towards the server (agent), towards OVN's databases (its common name must be the chassis'
system-id for the role ``ovn-controller``, ovn-architecture(7)) and as a server, by its addresses and names. EC P-256,
PEM, X.509 v3 (RFC 5280). Private keys are readable by their owner only.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from seapoint.base.errors import InputError

AUTHORITY_LIFETIME = timedelta(days=3650)
LIFETIME = timedelta(days=365)

#: A certificate is renewed when less than this share of its life is left.
RENEWAL_SHARE = 1 / 3

#: Clocks of hosts differ: a certificate is valid from a little before it was made.
CLOCK_SKEW = timedelta(minutes=10)

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority, as one process holds it."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        """The certificate that everybody may have."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Paths of what one party shows (``certificate``, ``key``) and trusts (``ca``)."""

    ca: Path
    certificate: Path
    key: Path


def open_authority(directory: Path, cloud: str, now: datetime | None = None) -> Authority:
    """The authority in ``ca.crt`` and ``ca.key`` of a directory; made there once, for the cloud of that name.

    Raises InputError where only one of the two files is there or they don't belong together.
    """
    certificate_path, key_path = directory / "ca.crt", directory / "ca.key"
    if not certificate_path.exists() and not key_path.exists():
        authority = _new_authority(cloud, now or datetime.now(UTC))
        # the key first: a certificate without its key would look like an authority that was lost
        _write(key_path, _key_pem(authority.key))
        _write(certificate_path, authority.pem, mode=0o644)
        return authority
    try:
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise InputError(f"{directory}: ca.crt and ca.key must both be there and readable: {error}") from error
    if not isinstance(key, Key) or key.public_key() != certificate.public_key():
        raise InputError(f"{directory}: ca.key is not the key of ca.crt")
    return Authority(certificate, key)


def issue(
    authority: Authority,
    name: str,
    alternatives: Collection[str] = (),
    lifetime: timedelta = LIFETIME,
    now: datetime | None = None,
) -> tuple[bytes, bytes]:
    """A certificate for ``name`` (its common name and first alternative) and its new private key, both PEM.

    ``alternatives``: further DNS names, and addresses of both families.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    begin = (now or datetime.now(UTC)) - CLOCK_SKEW
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + CLOCK_SKEW + lifetime)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(x509.SubjectAlternativeName(_alternatives(name, alternatives)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), _key_pem(key)


def ensure_certificate(
    authority: Authority,
    directory: Path,
    name: str,
    alternatives: Collection[str] = (),
    lifetime: timedelta = LIFETIME,
    now: datetime | None = None,
) -> CertificateFiles:
    """Files of a certificate in a directory: ``NAME.crt``, ``NAME.key`` and ``ca.crt``.

    They are kept as they are while they are this authority's, have these alternatives and a third of their life left;
    else they are made anew. Who uses them reads them at its next connection.
    """
    files = CertificateFiles(directory / "ca.crt", directory / f"{name}.crt", directory / f"{name}.key")
    moment = now or datetime.now(UTC)
    if not _serves(authority, files, name, alternatives, moment):
        certificate, key = issue(authority, name, alternatives, lifetime, moment)
        _write(files.key, key)
        _write(files.certificate, certificate)
    if not files.ca.exists() or files.ca.read_bytes() != authority.pem:
        _write(files.ca, authority.pem, mode=0o644)
    return files


def _serves(
    authority: Authority, files: CertificateFiles, name: str, alternatives: Collection[str], now: datetime
) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
        certificate.verify_directly_issued_by(authority.certificate)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound, InvalidSignature):
        return False
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return (
        isinstance(key, Key)
        and key.public_key() == certificate.public_key()
        and certificate.subject == _name(name)
        and set(names) == set(_alternatives(name, alternatives))
        and begin <= now
        and end - now > (end - begin) * RENEWAL_SHARE
    )


def _new_authority(cloud: str, now: datetime) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Seapoint authority of {cloud}")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternatives(name: str, others: Collection[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for text in dict.fromkeys([name, *others]):
        try:
            names.append(x509.IPAddress(ip_address(text)))
        except ValueError:
            names.append(x509.DNSName(text))
    return names


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def new_private_key() -> str:
    """A private key as PEM (PKCS #8, EC P-256), for whatever is no certificate's."""
    return _key_pem(ec.generate_private_key(ec.SECP256R1())).decode()


def _key_pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a file; it never exists with other rights than its own, and never in part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
