"""Changes of the example's cloud file that several tests make."""

ARCHIVE = "208.80.154.99"


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
        text = text.replace(old, new)
    return text


def with_exclusion(text: str) -> str:
    """A service that is excluded from NAT, and so let in by the core routers."""
    return replaced(
        text,
        ("\nexclusions:\n", "\nexclusions:\n  archive: {offers: {tcp: [80, 443]}}\n"),
        ("\nservices:\n", f"\nservices:\n  archive: {{ipv4: {ARCHIVE}}}\n"),
    )
