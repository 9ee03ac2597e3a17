"""The oracle's own tests: cases that a reader can decide in their head."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from tests.naive.security_groups import Address, Network
from tests.naive.tiers import tiers, together

ONE: Address = IPv4Address("203.0.113.1")
TWO: Address = IPv4Address("203.0.113.2")
THREE: Address = IPv4Address("203.0.113.3")
TAGS = {
    "AzureAttestation": ["203.0.113.1", "203.0.113.2", "203.0.113.3"],
    "AzureCloud.eastus": ["203.0.113.0/31"],
    "AzureCloud.westus": ["203.0.113.2"],
}


def test_each_address_stands_in_its_region() -> None:
    found = tiers(Network(TAGS), 4, "eastus", ("westus",))
    assert (found.home, found.pair, found.other) == tuple(map(frozenset, ((ONE,), (TWO,), (THREE,))))


@pytest.mark.parametrize(
    ("said", "known", "paired_with_none", "not_told"),
    [
        (("allow", "allow", "deny"), "allow", "allow", "unknown"),
        (("allow", "deny", "allow"), "partial", "allow", "unknown"),
        (("deny", "allow", "allow"), "deny", "deny", "unknown"),
        (("allow", "unknown", "allow"), "unknown", "allow", "unknown"),
        (("unknown", "deny", "deny"), "unknown", "unknown", "unknown"),
        (("deny", "deny", "deny"), "deny", "deny", "deny"),
        (("partial", "partial", "partial"), "partial", "partial", "partial"),
    ],
)
def test_home_comes_first_and_the_rest_does_not_matter(
    said: tuple[str, ...], known: str, paired_with_none: str, not_told: str
) -> None:
    answers = dict(zip((ONE, TWO, THREE), said, strict=True))
    assert tiers(Network(TAGS), 4, "eastus", ("westus",)).decide(answers) == known
    assert tiers(Network(TAGS), 4, "eastus", ()).decide(answers) == paired_with_none
    assert tiers(Network(TAGS), 4, None, None).decide(answers) == not_told


def test_a_pair_that_was_not_read_may_not_exist() -> None:
    found = tiers(Network(TAGS), 4, "eastus", None)
    assert found.decide({ONE: "allow", TWO: "deny", THREE: "deny"}) == "unknown"
    assert found.decide({ONE: "allow", TWO: "allow", THREE: "allow"}) == "allow"


def test_the_worst_answer_of_the_hops_stands() -> None:
    hops = [{ONE: "allow", TWO: "unknown"}, {ONE: "partial", TWO: "deny"}]
    assert together(hops) == {ONE: "partial", TWO: "deny"}
