"""The cloud's authority and what it signs."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from seapoint.base.errors import InputError
from seapoint.engines.pki import LIFETIME, ensure_certificate, open_authority

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def names(path: Path) -> set[str]:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in alternatives}


def test_an_authority_is_made_once(tmp_path: Path) -> None:
    first = open_authority(tmp_path, "codfw1dev", NOW)
    assert open_authority(tmp_path, "codfw1dev").pem == first.pem


def test_private_keys_are_their_owners_only(tmp_path: Path) -> None:
    files = ensure_certificate(open_authority(tmp_path, "c", NOW), tmp_path / "h", "host1", now=NOW)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (files.key, files.certificate, tmp_path / "ca.key")} == {
        0o600
    }


def test_a_certificate_names_host_and_addresses_of_both_families(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, "c", NOW)
    files = ensure_certificate(authority, tmp_path, "host1", ["192.0.2.1", "2001:db8::1", "host1.example"], now=NOW)
    assert names(files.certificate) == {"host1", "192.0.2.1", "2001:db8::1", "host1.example"}
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert certificate.subject.rfc4514_string() == "CN=host1"
    certificate.verify_directly_issued_by(authority.certificate)


def test_it_is_kept_until_a_third_of_its_life_is_left_and_renewed_then(tmp_path: Path) -> None:
    authority = open_authority(tmp_path, "c", NOW)

    def serial(at: datetime, *alternatives: str) -> int:
        files = ensure_certificate(authority, tmp_path, "host1", alternatives, now=at)
        return x509.load_pem_x509_certificate(files.certificate.read_bytes()).serial_number

    first = serial(NOW)
    assert serial(NOW + LIFETIME / 2) == first
    assert serial(NOW + LIFETIME * 0.7) != first
    again = serial(NOW + LIFETIME * 0.7)
    assert serial(NOW + LIFETIME * 0.7, "2001:db8::1") != again


def test_one_of_another_authority_or_broken_is_made_anew(tmp_path: Path) -> None:
    ensure_certificate(open_authority(tmp_path / "a", "c", NOW), tmp_path, "host1", now=NOW)
    other = open_authority(tmp_path / "b", "c", NOW)
    files = ensure_certificate(other, tmp_path, "host1", now=NOW)
    x509.load_pem_x509_certificate(files.certificate.read_bytes()).verify_directly_issued_by(other.certificate)
    assert files.ca.read_bytes() == other.pem
    files.key.write_text("half a k")
    ensure_certificate(other, tmp_path, "host1", now=NOW + timedelta(days=1))
    assert files.key.read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_half_an_authority_is_an_error_and_nothing_is_overwritten(tmp_path: Path) -> None:
    open_authority(tmp_path, "c", NOW)
    key = (tmp_path / "ca.key").read_bytes()
    (tmp_path / "ca.crt").unlink()
    with pytest.raises(InputError, match=r"ca\.crt"):
        open_authority(tmp_path, "c", NOW)
    assert (tmp_path / "ca.key").read_bytes() == key
