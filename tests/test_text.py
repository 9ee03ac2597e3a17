"""Text from Azure is made harmless, and stays readable."""

import pytest

from guest_attestation.text import clean


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Timeout was reached", "Timeout was reached"),
        ("두 줄\r\n이름", "두 줄 이름"),
        ("\x1b[2J", "\N{REPLACEMENT CHARACTER}[2J"),
        ("a\u202eb\u2066c", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"),
    ],
)
def test_what_could_rewrite_a_page_is_replaced_and_everything_else_stays(written: str, shown: str) -> None:
    assert clean(written) == shown
