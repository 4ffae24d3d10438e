"""What is well formed and does nothing is told."""

import pytest

from unit.cloud.edits import Case, assert_told

CASES: dict[str, Case] = {
    "an announcement of what nobody has": (
        [("exactly: {ipv4: [tenants], ipv6: [site]}", "exactly: {▸ipv4: [tenants, 192.0.2.128/25], ipv6: [site]}")],
        [
            (
                "warning",
                "192.0.2.128/25 is announced, and nobody behind it has an address there",
                "Take it out, or mend it: what comes for it would be discarded.",
            )
        ],
    ),
    "an IPv6 announcement of what nobody has": (
        [("ipv6: [site]}", '▸ipv6: [site, "2001:db8:c::/48"]}')],
        [
            (
                "warning",
                "2001:db8:c::/48 is announced, and nobody behind it has an address there",
                "Take it out, or mend it: what comes for it would be discarded.",
            )
        ],
    ),
    "a realm that is nearly another's name": (
        [("own: {id: 20, realm: inner", "own: {id: 20, realm: ▸iner")],
        [("warning", "'own' is alone in the realm 'iner'", "Did you mean 'inner'?")],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_told(case: Case) -> None:
    assert_told(*case)
