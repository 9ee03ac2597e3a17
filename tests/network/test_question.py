from __future__ import annotations

import pytest

from guest_attestation.facts.service_tag import ServiceTags
from guest_attestation.network.addresses import UNKNOWN_ADDRESSES
from guest_attestation.network.question import attestation_question, platform_question
from tests.network.build import addresses, service_tags


def test_the_question_is_tcp_443_to_every_ipv4_prefix_of_the_tag() -> None:
    asked = attestation_question("10.0.0.4", ("/asg/web",), service_tags())
    assert (asked.protocol, asked.port, asked.tag) == ("Tcp", 443, "AzureAttestation")
    assert (asked.source, asked.source_groups) == ("10.0.0.4", ("/asg/web",))
    assert asked.destinations == addresses("203.0.113.0/28", "198.51.100.64/30")


@pytest.mark.parametrize("prefixes", [None, (), ("2001:db8::/64",), ("203.0.113.0/28", "x.x.x.x"), ("203.0.113.0/33",)])
def test_without_ipv4_prefixes_that_can_all_be_read_the_destinations_are_not_known(
    prefixes: tuple[str, ...] | None,
) -> None:
    asked = attestation_question("10.0.0.4", (), service_tags(AzureAttestation=prefixes))
    assert asked.destinations == UNKNOWN_ADDRESSES


def test_only_the_platforms_own_tags_mean_the_platform() -> None:
    assert platform_question("AzurePlatformDNS", "Udp", 53, None, ()).is_platform
    assert platform_question("azureplatformimds", "Tcp", 80, None, ()).is_platform
    assert not attestation_question(None, (), ServiceTags()).is_platform
