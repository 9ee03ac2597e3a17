from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.reading import Reading
from guest_attestation.network.firewall_application import holds_name
from guest_attestation.network.hop import Decision, Hop
from tests.network.build import question, service_tags
from tests.network.firewall_build import (
    HOST,
    SUFFIX,
    application_rule,
    classic,
    collection,
    decide,
    ip_group,
    with_ip_groups,
)

OWN = "shopattest.eus.attest.azure.net"


def _decided(rule: dict[str, Any], *, action: str = "Allow", **more: Any) -> Hop:
    """Decide one rule ahead of the denial by default."""
    return decide(classic(collection("app", 100, action, rule)), **more)


@pytest.mark.parametrize(
    ("pattern", "known", "unknown"),
    [
        # The table of facts 6.4, with the host known, and with only the suffix known.
        ("*.attest.azure.net", True, True),
        ("*.ATTEST.azure.net.", True, True),
        ("*attest.azure.net", True, True),
        ("*.azure.net", True, True),
        ("*", True, True),
        ("sharedeus.eus.attest.azure.net", True, None),
        ("SharedEUS.eus.attest.azure.net", True, None),
        ("*.eus.attest.azure.net", True, None),
        ("sharedweu.weu.attest.azure.net", False, None),
        ("*.weu.attest.azure.net", False, None),
        ("attest.azure.net", False, False),
        ("www.example.com", False, False),
        ("*.example.com", False, False),
        ("*.attest.azure.us", False, False),
        ("*eattest.azure.net", False, False),
        # Unsupported: a * that is not left-most holds nothing.
        ("shared*.attest.azure.net", False, False),
        ("*.attest.*", False, False),
        ("**.attest.azure.net", False, False),
        ("sharedeus.eus.attest.azure.*", False, False),
    ],
)
def test_only_a_left_most_wildcard_holds_anything_to_its_left(
    pattern: str, *, known: bool, unknown: bool | None
) -> None:
    assert holds_name(pattern, HOST, SUFFIX) is known
    assert holds_name(pattern, None, SUFFIX) is unknown
    decisions = {True: Decision.ALLOW, False: Decision.DENY, None: Decision.UNKNOWN}
    rule = application_rule("app", pattern)
    assert _decided(rule).decision is decisions[known]
    assert _decided(rule, host=OWN).decision is decisions[holds_name(pattern, OWN, SUFFIX)]
    assert _decided(rule, host=None).decision is decisions[unknown]


EASTUS, WESTUS, ELSEWHERE = HOST, "sharedwus.wus.attest.azure.net", "sharedweu.weu.attest.azure.net"


@pytest.mark.parametrize("guessed", [True, False])
@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        # Each tier is asked for by its own name: home by the provider's, its pair by the paired region's (facts 6.4).
        ([("Allow", EASTUS)], Decision.PARTIAL),
        ([("Allow", EASTUS), ("Allow", WESTUS)], Decision.ALLOW),
        ([("Allow", EASTUS), ("Allow", "*.wus.attest.azure.net")], Decision.ALLOW),
        ([("Allow", EASTUS), ("Allow", "*.attest.azure.net")], Decision.ALLOW),
        ([("Allow", EASTUS), ("Allow", ELSEWHERE)], Decision.PARTIAL),
        ([("Allow", EASTUS), ("Deny", "*")], Decision.PARTIAL),
        ([("Deny", WESTUS), ("Allow", "*")], Decision.PARTIAL),
        ([("Deny", ELSEWHERE), ("Allow", "*")], Decision.ALLOW),
        ([("Allow", WESTUS), ("Allow", "*")], Decision.ALLOW),
        # What denies the own region's name denies attestation, whatever happens to others.
        ([("Allow", EASTUS, "*.attest.azure.net")], Decision.ALLOW),
        ([("Deny", WESTUS, "www.example.com"), ("Allow", "*")], Decision.PARTIAL),
        ([("Deny", "www.example.com"), ("Allow", "*")], Decision.ALLOW),
        ([("Allow", WESTUS)], Decision.DENY),
        ([("Deny", EASTUS), ("Allow", "*")], Decision.DENY),
        ([("Deny", WESTUS), ("Deny", "*")], Decision.DENY),
        ([("Deny", WESTUS)], Decision.DENY),
    ],
)
def test_a_rule_for_one_regions_name_does_not_let_every_region_through(
    rules: list[tuple[str, ...]], expected: Decision, *, guessed: bool
) -> None:
    made = [collection(f"c{n}", n, it[0], application_rule("app", *it[1:])) for n, it in enumerate(rules, 100)]
    asked = question(pair=Reading(("westus",)))
    assert decide(classic(*made), guessed=guessed, asked=asked, pair=WESTUS).decision is expected


def test_a_pair_that_is_not_known_has_no_name_of_its_own() -> None:
    by_name = classic(collection("app", 100, "Allow", application_rule("app", EASTUS)))
    by_suffix = classic(collection("app", 100, "Allow", application_rule("app", "*.attest.azure.net")))
    asked = question(pair=Reading(None, "refused"))
    assert decide(by_name, asked=asked).decision is Decision.UNKNOWN
    assert decide(by_suffix, asked=asked).decision is Decision.ALLOW


def test_a_part_that_a_name_decides_carries_the_name_of_its_tier() -> None:
    known = service_tags(AzureCloud__westus=("203.0.113.8/29",))
    by_suffix = classic(collection("app", 100, "Allow", application_rule()))
    hop = decide(by_suffix, asked=question(known, pair=Reading(("westus",))), pair=WESTUS)
    assert {part.tier: part.names for part in hop.parts} == {
        "home": (EASTUS,),
        "pair": (WESTUS,),
        "other": ("*.attest.azure.net",),
    }


@pytest.mark.parametrize(("action", "expected"), [("Allow", Decision.ALLOW), ("Deny", Decision.DENY)])
def test_a_customers_own_provider_has_no_name_beside_its_own(action: str, expected: Decision) -> None:
    assert _decided(application_rule("app", OWN), host=OWN, guessed=False, action=action).decision is expected


def test_an_unsupported_wildcard_says_so() -> None:
    hop = _decided(application_rule("app", "shared*.attest.azure.net", "www.example.com"))
    assert hop.trace[0].why == (
        "target shared*.attest.azure.net (a * that is not left-most holds nothing), www.example.com does not hold"
        f" {HOST}"
    )


def test_one_target_that_holds_the_name_is_enough() -> None:
    assert _decided(application_rule("app", "www.example.com", "*.attest.azure.net")).decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("targets", "guessed", "assumed"),
    [
        (["sharedeus.eus.attest.azure.net"], True, True),
        (["sharedweu.weu.attest.azure.net"], True, True),
        (["sharedeus.eus.attest.azure.net"], False, False),
        (["sharedeus.eus.attest.azure.net", "*.attest.azure.net"], True, False),
        (["*.attest.azure.net"], True, False),
        (["www.example.com"], True, False),
    ],
)
def test_that_the_extension_asks_for_the_regions_host_is_assumed_only_where_it_matters(
    targets: list[str], *, guessed: bool, assumed: bool
) -> None:
    hop = _decided(application_rule("app", *targets), guessed=guessed)
    said = f"the extension asks for {HOST}: which provider it chooses is not documented"
    assert hop.assumptions == ((said,) if assumed else ())


@pytest.mark.parametrize(
    ("protocols", "expected"),
    [
        ([("Https", 443)], Decision.ALLOW),
        ([("Http", 80), ("https", 443)], Decision.ALLOW),
        ([("Http", 443)], Decision.DENY),
        ([("Https", 8080)], Decision.DENY),
        ([("Http", 80), ("Mssql", 1433)], Decision.DENY),
        ([("Https", None)], Decision.UNKNOWN),
        ([], Decision.UNKNOWN),
    ],
)
def test_the_protocol_must_be_https_at_443(protocols: list[tuple[str, int | None]], expected: Decision) -> None:
    listed = [{"protocolType": kind, "port": port} for kind, port in protocols]
    assert _decided(application_rule(protocols=listed)).decision is expected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fqdnTags": ["WindowsUpdate"]}, "FQDN tag WindowsUpdate"),
        ({"webCategories": ["Hacking"]}, "web category Hacking"),
        ({"targetUrls": ["sharedeus.eus.attest.azure.net/attest/*"]}, "target URL sharedeus"),
        ({"targetUrls": ["https://*.attest.azure.net:443/attest"]}, "target URL https"),
        ({"targetUrls": ["sharedeus.*"]}, "target URL sharedeus.*"),
    ],
)
def test_targets_that_may_hold_any_name_leave_it_unknown(changes: dict[str, Any], said: str) -> None:
    hop = _decided(application_rule("app", targetFqdns=[], **changes))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "app")
    assert f"whether {said}" in hop.summary


def test_a_url_of_one_host_may_hold_a_name_that_is_not_known() -> None:
    urls = application_rule("app", targetFqdns=[], targetUrls=["sharedeus.eus.attest.azure.net/attest"])
    assert _decided(urls, host=None).decision is Decision.UNKNOWN
    urls["targetUrls"] = ["www.example.com/attest"]
    assert _decided(urls, host=None).decision is Decision.DENY


def test_a_url_of_another_host_holds_nothing() -> None:
    hop = _decided(application_rule("app", targetFqdns=[], targetUrls=["www.example.com/x", "https://example.com"]))
    assert hop.decision is Decision.DENY
    assert "www.example.com/x, https://example.com does not hold" in hop.trace[0].why


def test_a_rule_without_a_target_may_hold_any_name() -> None:
    hop = _decided(application_rule("app", targetFqdns=[]))
    assert hop.decision is Decision.UNKNOWN
    assert "its target is not given" in hop.summary


@pytest.mark.parametrize(
    ("destinations", "expected"),
    [
        ([], Decision.ALLOW),
        (["*"], Decision.ALLOW),
        (["10.0.0.4", "*"], Decision.ALLOW),
        (["10.0.0.4"], Decision.UNKNOWN),
    ],
)
def test_destination_addresses_may_narrow_it(destinations: list[str], expected: Decision) -> None:
    assert _decided(application_rule(destinationAddresses=destinations)).decision is expected


def test_a_rule_that_ends_tls_is_unknown_where_it_allows() -> None:
    hop = _decided(application_rule(terminateTLS=True))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "app")
    assert "it ends TLS, and whether the guest trusts the firewall's certificate is not known" in hop.summary


def test_a_rule_that_ends_tls_is_unknown_even_if_a_later_one_allows() -> None:
    tls = application_rule("tls", terminateTLS=True)
    hop = decide(classic(collection("app", 100, "Allow", tls, application_rule("plain"))))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "tls")


def test_a_rule_that_may_end_tls_is_unknown_even_if_a_later_one_allows() -> None:
    tls = application_rule("tls", targetFqdns=[], targetUrls=[f"{HOST}/attest"], terminateTLS=True)
    hop = decide(classic(collection("app", 100, "Allow", tls, application_rule("plain"))))
    assert (hop.decision, hop.rule) == (Decision.UNKNOWN, "tls")


@pytest.mark.parametrize(
    ("rule", "action"),
    [
        (application_rule("app", terminateTLS=True), "Deny"),
        (application_rule("app", "www.example.com", terminateTLS=True), "Allow"),
    ],
)
def test_ending_tls_does_not_matter_where_nothing_is_allowed(rule: dict[str, Any], action: str) -> None:
    hop = _decided(rule, action=action)
    assert hop.decision is Decision.DENY
    assert "ends TLS" not in hop.trace[0].why


@pytest.mark.parametrize(
    ("sources", "expected"),
    [(["10.0.0.0/24"], Decision.ALLOW), (["10.0.1.0/24"], Decision.DENY), (["office"], Decision.UNKNOWN)],
)
def test_the_source_counts_as_for_network_rules(sources: list[str], expected: Decision) -> None:
    assert _decided(application_rule(sourceAddresses=sources)).decision is expected


def test_a_selector_that_is_not_known_may_take_anything() -> None:
    assert _decided(application_rule(sourceKubeSelectorGroups=["/groups/web"])).decision is Decision.UNKNOWN


def test_a_source_by_ip_group_that_was_not_read_names_the_permission() -> None:
    rule = application_rule(sourceAddresses=[], sourceIpGroups=[ip_group("web")])
    hop = decide(with_ip_groups(classic(collection("app", 100, "Allow", rule)), web=None))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Network/ipGroups/read")


def test_the_address_that_is_asked_for_does_not_matter_to_a_name() -> None:
    hop = _decided(application_rule(), asked=question())
    assert [(part.tier, part.addresses) for part in hop.parts] == [
        (tier.name, tier.addresses) for tier in question().tiers
    ]
