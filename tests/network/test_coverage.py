"""What an address term holds of the destinations, with and without their prefixes."""

from __future__ import annotations

import pytest

from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.coverage import (
    Coverage,
    everything,
    joined,
    may_take,
    of_prefixes,
    takes_all,
    takes_none,
    taking,
)
from guest_attestation.network.question import Question
from guest_attestation.network.tiers import only_home
from tests.network.build import addresses, paired, question

ASKED = question()
EVERY = ASKED.destinations
UNLISTED = question(ServiceTags(), pair=paired("westus"))


def test_a_term_holds_all_nothing_or_perhaps_some() -> None:
    assert takes_all(EVERY, "why") == Coverage(EVERY, addresses(), "why")
    assert takes_none(EVERY, "why", "assumed") == Coverage(addresses(), addresses(), "why", "assumed")
    assert may_take(EVERY, "why") == Coverage(addresses(), EVERY, "why")


@pytest.mark.parametrize(
    ("prefixes", "takes", "why"),
    [
        (["203.0.113.0/24", "198.51.100.0/24"], EVERY, "destination T contains AzureAttestation"),
        (["203.0.113.0/24"], addresses("203.0.113.0/28"), "destination T contains 1 of 2 prefixes of AzureAttestation"),
        (["192.0.2.0/24"], addresses(), "destination T does not contain AzureAttestation"),
        ([], addresses(), "destination T does not contain AzureAttestation"),
    ],
)
def test_prefixes_hold_what_they_overlap_and_say_how_much(prefixes: list[str], takes: AddressSet, why: str) -> None:
    assert of_prefixes("T", prefixes, ASKED) == Coverage(takes, addresses(), why)
    assert taking("T", takes, ASKED) == Coverage(takes, addresses(), why)


@pytest.mark.parametrize("asked", [ASKED, UNLISTED], ids=["listed", "not listed"])
def test_one_prefix_that_cannot_be_read_leaves_everything_open(asked: Question) -> None:
    held = of_prefixes("T", ["203.0.113.0/24", "x.x.x.x"], asked)
    assert (held.takes, held.may_take) == (asked.destinations.nothing, asked.destinations)
    assert held.why.startswith("destination 'T' cannot be read: 'x.x.x.x' is no IPv4 address")


def _of_symbols(*prefixes: str, family: int = 4) -> Coverage:
    return of_prefixes("T", prefixes, question(ServiceTags(), family=family))


def test_without_the_destinations_prefixes_only_a_default_route_holds_them() -> None:
    assert _of_symbols("10.0.0.0/8", "0.0.0.0/0").takes
    assert _of_symbols("::/0", family=6).takes
    assert not _of_symbols("::/0").takes
    assert not _of_symbols("0.0.0.0/0", family=6).takes


@pytest.mark.parametrize(
    "prefixes",
    [
        (),
        ("10.0.0.0/8", "100.64.0.0/10"),
        ("2001:db8::/32",),
        ("10.0.0.0/16", "168.63.129.16/32", "169.254.169.254", "198.18.0.0/15", "224.0.0.0/4", "127.0.0.0/8"),
    ],
)
def test_without_the_destinations_prefixes_what_is_never_public_holds_none(prefixes: tuple[str, ...]) -> None:
    """As Azure's own expansion of VirtualNetwork lists them beside the network's prefixes (facts 4.4, 4.6)."""
    assert _of_symbols(*prefixes) == takes_none(
        UNLISTED.destinations.nothing, "destination T does not contain AzureAttestation"
    )


@pytest.mark.parametrize("prefix", ["203.0.113.0/24", "8.0.0.0/7", "128.0.0.0/1", "168.63.129.0/24"])
def test_without_the_destinations_prefixes_whether_a_public_prefix_holds_them_is_not_known(prefix: str) -> None:
    held = _of_symbols("10.0.0.0/8", prefix)
    assert not held.takes
    assert held.may_take
    assert "its prefixes were not read" in held.why


def test_terms_are_joined_and_what_is_certain_is_no_longer_a_doubt() -> None:
    low, every = addresses("203.0.113.0/28"), EVERY
    held = joined([Coverage(low, addresses(), "low"), may_take(every, "perhaps"), takes_none(every, "none")], ASKED)
    assert held == Coverage(low, addresses("198.51.100.64/30"), "low")


def test_the_reasons_are_those_that_take_something_else_those_that_may_else_all() -> None:
    none = [takes_none(EVERY, f"none {number}") for number in range(4)]
    may = [may_take(EVERY, "perhaps")]
    assert joined([*none, *may, takes_all(EVERY, "all"), takes_all(EVERY, "all")], ASKED).why == "all"
    assert joined([*none, *may], ASKED).why == "perhaps"
    assert joined(none, ASKED).why == "none 0; none 1; none 2; …"
    assert joined([], ASKED) == Coverage(addresses(), addresses(), "")


def test_what_terms_assume_is_said_once() -> None:
    terms = [takes_none(EVERY, "w", "Sql"), takes_none(EVERY, "w", "Redis"), takes_none(EVERY, "w", "Sql")]
    assert joined(terms, ASKED).assumption == "Sql; Redis"
    assert joined([takes_all(EVERY, "w")], ASKED).assumption is None


def test_the_prefix_of_everything_is_that_of_the_ip_version() -> None:
    assert (everything(4), everything(6)) == ("0.0.0.0/0", "::/0")


def test_an_address_of_ones_own_may_stand_in_a_private_prefix() -> None:
    asked = Question("Udp", 53, "10.0.0.4", (), "DNS server 10.9.0.4", only_home(addresses("10.9.0.4")))
    assert of_prefixes("T", ["10.0.0.0/8"], asked).takes == addresses("10.9.0.4")
