from __future__ import annotations

import pytest

from guest_attestation.network.conditions import (
    all_of,
    holds_every_port,
    holds_port,
    port_condition,
    protocol_condition,
)


def test_one_condition_that_excludes_is_enough_and_gives_the_reason() -> None:
    assert all_of([(None, "perhaps"), (False, "no"), (True, "")]) == (False, ["no"])


def test_one_that_cannot_be_told_leaves_them_all_open() -> None:
    assert all_of([(True, ""), (None, "perhaps"), (None, "who knows")]) == (None, ["perhaps", "who knows"])


def test_all_hold_without_a_reason() -> None:
    assert all_of([(True, ""), (True, "")]) == (True, [])
    assert all_of([]) == (True, [])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("TCP",), (True, "")),
        (("*",), (True, "")),
        (("Udp", "Icmp"), (False, "protocol Udp, Icmp is not Tcp")),
        (("Udp", "Sctp"), (None, "protocol 'Sctp' cannot be read")),
        (("",), (None, "protocol '' cannot be read")),
        ((), (None, "protocol is not given and cannot be read")),
    ],
)
def test_protocols(names: tuple[str, ...], expected: tuple[bool | None, str]) -> None:
    assert protocol_condition(names, "Tcp") == expected


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (("80", "443"), (True, "")),
        (("80", "8080"), (False, "port 80, 8080 is not 443")),
        (("80", "https"), (None, "destination port https cannot be read")),
        (("https", "443"), (True, "")),
        ((), (None, "destination port is not given and cannot be read")),
    ],
)
def test_ports(ranges: tuple[str, ...], expected: tuple[bool | None, str]) -> None:
    assert port_condition(ranges, 443) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("443", True),
        ("400-500", True),
        ("*", True),
        ("Any", True),
        ("0-65535", True),
        ("80", False),
        ("65535", False),
        ("500-400", None),
        ("443-", None),
        ("x", None),
        ("65536", None),
        ("1-65536", None),
    ],
)
def test_a_port_a_range_or_a_star(text: str, *, expected: bool | None) -> None:
    assert holds_port(text, 443) is expected


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (("*",), True),
        (("80", "any"), True),
        (("0-65535",), True),
        (("1-65535",), True),
        (("32768-65535", "0-32767"), True),
        (("1-40000", "2-10", "100-65534", "65535"), True),
        (("x", "0-65535"), True),
        (("2-65535",), False),
        (("1-65534",), False),
        (("0-32767", "32769-65535"), False),
        (("1-65536",), False),
        (("65535-1",), False),
        (("x",), False),
        ((), False),
    ],
)
def test_ranges_hold_every_port_together_or_not(ranges: tuple[str, ...], *, expected: bool) -> None:
    """Port 0 is no client's."""
    assert holds_every_port(ranges) is expected
