from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from guest_attestation.network.hop import Decision, Hop
from guest_attestation.network.tags import Tags
from tests.network.build import addresses, question, service_tags
from tests.network.firewall_build import (
    classic,
    collection,
    decide,
    group,
    ip_group,
    network_rule,
    with_ip_groups,
    with_policy,
)

EVERY = addresses("203.0.113.0/28", "198.51.100.64/30")


def _decided(rule: dict[str, Any], *, source: str | None = "10.0.0.4", **groups: Iterable[str] | None) -> Hop:
    """Decide one rule that allows, ahead of the denial by default."""
    configuration = with_ip_groups(classic(collection("net", 100, "Allow", rule)), **groups)
    return decide(configuration, asked=question(source=source))


@pytest.mark.parametrize(
    ("destinations", "expected"),
    [
        (["AzureAttestation"], Decision.ALLOW),
        (["azureattestation"], Decision.ALLOW),
        (["*"], Decision.ALLOW),
        (["0.0.0.0/0"], Decision.ALLOW),
        (["AzureCloud"], Decision.ALLOW),
        (["203.0.113.0/24", "198.51.100.64-198.51.100.67"], Decision.ALLOW),
        (["Storage"], Decision.DENY),
        (["10.0.0.0/8", "192.0.2.7"], Decision.DENY),
        (["AzureCloud.eastus"], Decision.ALLOW),
        (["203.0.113.0/24"], Decision.ALLOW),
        (["203.0.113.0/30"], Decision.PARTIAL),
        (["198.51.100.0/24"], Decision.DENY),
        (["AzureCloud.westus"], Decision.UNKNOWN),
        (["203.0.113.0/33"], Decision.UNKNOWN),
        (["VirtualNetwork"], Decision.UNKNOWN),
        ([], Decision.UNKNOWN),
    ],
)
def test_destinations_are_held_against_the_whole_set(destinations: list[str], expected: Decision) -> None:
    assert _decided(network_rule(destinationAddresses=destinations)).decision is expected


def test_what_a_rule_takes_of_the_set_is_exact() -> None:
    hop = _decided(network_rule("net", "203.0.113.4-203.0.113.9", "Storage"))
    taken = {part.tier: part.addresses for part in hop.parts if part.rule == "net"}
    assert taken == {"home": addresses("203.0.113.4-203.0.113.7"), "other": addresses("203.0.113.8-203.0.113.9")}


@pytest.mark.parametrize(
    ("protocols", "expected"),
    [
        (["TCP"], Decision.ALLOW),
        (["tcp", "UDP"], Decision.ALLOW),
        (["Any"], Decision.ALLOW),
        (["UDP", "ICMP"], Decision.DENY),
        (["Any", "ICMP"], Decision.ALLOW),
        (["SCTP"], Decision.UNKNOWN),
        ([], Decision.UNKNOWN),
    ],
)
def test_protocols(protocols: list[str], expected: Decision) -> None:
    assert _decided(network_rule(ipProtocols=protocols)).decision is expected
    assert _decided(network_rule(ipProtocols=None, protocols=protocols)).decision is expected


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        (["443"], Decision.ALLOW),
        (["80", "400-500"], Decision.ALLOW),
        (["*"], Decision.ALLOW),
        (["80"], Decision.DENY),
        (["1-442", "444-65535"], Decision.DENY),
        (["https"], Decision.UNKNOWN),
        ([], Decision.UNKNOWN),
    ],
)
def test_ports(ports: list[str], expected: Decision) -> None:
    assert _decided(network_rule(destinationPorts=ports)).decision is expected


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["*"], Decision.ALLOW),
        (["10.0.0.4"], Decision.ALLOW),
        (["192.0.2.0/24", "10.0.0.0/24"], Decision.ALLOW),
        (["10.0.0.1-10.0.0.9"], Decision.ALLOW),
        (["10.0.0.5"], Decision.DENY),
        (["10.0.0.1-10.0.0.3"], Decision.DENY),
        (["10.0.1.0/24", "2001:db8::/32"], Decision.DENY),
        (["10.0.0.x"], Decision.UNKNOWN),
        (["10.0.0.x", "10.0.0.4"], Decision.ALLOW),
        ([], Decision.UNKNOWN),
    ],
)
def test_a_source_must_hold_the_vms_own_address(sources: list[str], expected: Decision) -> None:
    assert _decided(network_rule(sourceAddresses=sources)).decision is expected


def test_a_source_that_does_not_hold_the_vm_is_said() -> None:
    hop = _decided(network_rule(sourceAddresses=["10.0.1.0/24"]))
    assert hop.trace[0].why == "source 10.0.1.0/24 does not hold 10.0.0.4"


def test_without_the_vms_address_only_a_rule_for_every_source_is_decided() -> None:
    assert _decided(network_rule(), source=None).decision is Decision.ALLOW
    hop = _decided(network_rule(sourceAddresses=["10.0.0.0/8"]), source=None)
    assert hop.decision is Decision.UNKNOWN
    assert "whether source 10.0.0.0/8 holds the VM's address is not known" in hop.summary


@pytest.mark.parametrize(
    ("web", "expected"),
    [
        (["10.0.0.0/24"], Decision.ALLOW),
        (["10.0.0.1-10.0.0.9", "192.0.2.7"], Decision.ALLOW),
        (["192.0.2.0/24"], Decision.DENY),
        ([], Decision.DENY),
        (None, Decision.UNKNOWN),
    ],
)
def test_a_source_may_be_an_ip_group(web: list[str] | None, expected: Decision) -> None:
    rule = network_rule(sourceAddresses=[], sourceIpGroups=[ip_group("WEB")])
    assert _decided(rule, web=web).decision is expected


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (["203.0.113.0/28", "198.51.100.64/30"], Decision.ALLOW),
        (["192.0.2.0/24"], Decision.DENY),
        (["203.0.113.0/28"], Decision.ALLOW),
        (["203.0.113.0/30"], Decision.PARTIAL),
        (["203.0.113.8/29"], Decision.DENY),
        (["203.0.113.0/99"], Decision.UNKNOWN),
        (None, Decision.UNKNOWN),
    ],
)
def test_a_destination_may_be_an_ip_group(service: list[str] | None, expected: Decision) -> None:
    rule = network_rule(destinationAddresses=[], destinationIpGroups=[ip_group("service")])
    assert _decided(rule, service=service).decision is expected


def test_an_ip_group_is_named_in_the_reason() -> None:
    rule = network_rule(destinationAddresses=[], destinationIpGroups=[ip_group("service")])
    hop = _decided(rule, service=["203.0.113.0/29"])
    assert hop.trace[0].why == "destination IP group service contains 1 of 2 prefixes of AzureAttestation"


def test_a_destination_by_name_may_be_anything() -> None:
    rule = network_rule(destinationAddresses=[], destinationFqdns=["www.example.com"])
    hop = _decided(rule)
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "net")
    assert "which addresses destination www.example.com stands for is not known" in hop.summary


def test_a_destination_by_name_does_not_matter_where_what_follows_decides_alike() -> None:
    by_name = network_rule("name", destinationAddresses=[], destinationFqdns=["www.example.com"])
    hop = decide(classic(collection("net", 100, "Allow", by_name, network_rule("tag"))))
    assert (hop.decision, hop.rule) == (Decision.ALLOW, "tag")


@pytest.mark.parametrize("field", ["destinationGeoLocations", "sourceGeoLocations", "sourceKubeSelectorGroups"])
def test_a_selector_that_is_not_known_may_take_anything(field: str) -> None:
    hop = _decided(network_rule("net", "*", **{field: ["DE"]}))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "net")
    assert f"which traffic its {field} selects is not known" in hop.summary
    assert _decided(network_rule("net", "*", **{field: ["DE"], "sourceAddresses": []})).decision is Decision.UNKNOWN
    assert _decided(network_rule("net", "*", **{field: ["DE"], "destinationPorts": ["80"]})).decision is Decision.DENY
    assert _decided(network_rule("net", "*", **{field: []})).decision is Decision.ALLOW


def test_the_first_condition_that_excludes_the_traffic_is_the_reason() -> None:
    hop = _decided(
        network_rule(ipProtocols=["SCTP"], destinationPorts=["80"], destinationAddresses=["AzureCloud.west"])
    )
    assert (hop.decision, hop.trace[0].why) == (Decision.DENY, "port 80 is not 443")


def test_without_the_tags_prefixes_documented_containment_decides() -> None:
    tags = service_tags(AzureAttestation=None)
    for destination, expected in (("AzureCloud", Decision.ALLOW), ("10.0.0.0/8", Decision.DENY)):
        configuration = classic(collection("net", 100, "Allow", network_rule("net", destination)))
        hop = decide(configuration, asked=question(tags), tags=Tags(tags))
        assert hop.decision is expected
        assert hop.assumptions == (
            "the IPv4 prefixes of AzureAttestation are not known: only the documented containment of tags is used",
        )


def test_all_of_the_set_is_what_the_tests_take_it_for() -> None:
    assert question().destinations == EVERY


MANY = [f"10.{n}.0.0/16" for n in range(1, 12)]


@pytest.mark.parametrize(
    ("more", "source", "expected"),
    [
        (["10.0.0.0/24"], "10.0.0.4", Decision.ALLOW),
        (["10.0.0.4"], "10.0.0.4", Decision.ALLOW),
        (["10.0.0.1-10.0.0.9"], "10.0.0.4", Decision.ALLOW),
        (["0.0.0.0/0"], "10.0.0.4", Decision.ALLOW),
        (["10.0.1.0/24"], "10.0.0.4", Decision.DENY),
        (["office"], "10.0.0.4", Decision.UNKNOWN),
        (["office", "10.0.0.0/24"], "10.0.0.4", Decision.ALLOW),
        (["10.0.0.0/24"], None, Decision.UNKNOWN),
    ],
)
@pytest.mark.parametrize("by_group", [True, False])
def test_many_sources_are_held_as_few_are(
    more: list[str], source: str | None, expected: Decision, *, by_group: bool
) -> None:
    many = [*MANY, *more]
    if by_group:
        rule = network_rule(sourceAddresses=[], sourceIpGroups=[ip_group("many")])
        assert _decided(rule, source=source, many=many).decision is expected
    assert _decided(network_rule(sourceAddresses=many), source=source).decision is expected


@pytest.mark.parametrize(("proxy", "said"), [(True, False), (False, True)])
def test_a_destination_by_name_needs_a_dns_proxy_and_is_sure_of_nothing_either_way(*, proxy: bool, said: bool) -> None:
    """FQDNs in network rules are compared after resolution, and clients must ask the firewall (facts 6.3)."""
    rule = network_rule(destinationAddresses=[], destinationFqdns=["sharedeus.eus.attest.azure.net"])
    own = classic(collection("net", 100, "Allow", rule), additionalProperties={"Network.DNS.EnableProxy": str(proxy)})
    rules = group("g", 100, collection("net", 100, "Allow", rule))
    for configuration in (own, with_policy(rules, dnsSettings={"enableProxy": proxy})):
        hop = decide(configuration)
        assert hop.decision is Decision.UNKNOWN
        assert ("DNS proxy, which such a rule needs, is off" in hop.summary) is said
