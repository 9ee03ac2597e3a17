from __future__ import annotations

import pytest

from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.question import attestation_question, platform_question
from guest_attestation.network.tiers import TierName, attestation_tiers
from tests.network.build import NO_PAIR, addresses, paired, question, service_tags


def test_the_question_is_tcp_443_to_every_ipv4_prefix_of_the_tag() -> None:
    """Facts 9.2, rule 3, and design 5: a set, not a packet."""
    tiers = attestation_tiers(service_tags(), 4, "eastus", NO_PAIR)
    asked = attestation_question(tiers, "10.0.0.4", ("/asg/web",))
    assert (asked.protocol, asked.port, asked.target, asked.family) == ("Tcp", 443, "AzureAttestation", 4)
    assert (asked.source, asked.source_groups) == ("10.0.0.4", ("/asg/web",))
    assert asked.destinations == addresses("203.0.113.0/28", "198.51.100.64/30")
    assert asked.text == "TCP 443 to AzureAttestation"
    assert asked.is_attestation
    assert not asked.is_platform


@pytest.mark.parametrize("prefixes", [None, (), ("2001:db8::/64",), ("203.0.113.0/28", "x.x.x.x"), ("203.0.113.0/33",)])
def test_without_ipv4_prefixes_that_can_all_be_read_the_destinations_are_not_known(
    prefixes: tuple[str, ...] | None,
) -> None:
    asked = question(service_tags(AzureAttestation=prefixes))
    assert asked.destinations
    assert asked.destinations.is_symbolic


def test_some_of_the_destinations_are_asked_for_with_each_tiers_share() -> None:
    asked = question(pair=paired("westus")).within(addresses("203.0.113.4-203.0.113.11"))
    assert asked.destinations == addresses("203.0.113.4-203.0.113.11")
    assert [(tier.name, tier.addresses) for tier in asked.tiers] == [
        (TierName.HOME, addresses("203.0.113.4/30")),
        (TierName.PAIR, addresses("203.0.113.8/30")),
        (TierName.OTHER, addresses()),
    ]


def test_only_the_platforms_own_tags_mean_the_platform() -> None:
    """Facts 4.4."""
    for tag in ("AzurePlatformDNS", "azureplatformimds"):
        asked = platform_question(tag, "Udp", 53, None, ())
        assert asked.is_platform
        assert asked.destinations.is_symbolic
        assert not asked.is_attestation
    assert not question(ServiceTags(), None).is_platform
