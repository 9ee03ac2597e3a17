"""The recordings firewall and ip-groups, and the documented examples of the same.

No recording holds a VM behind a firewall, and no recorded firewall has an address: Azure's own tests make them without
one. Here the recorded VM stands in the recorded network, whose recorded route table leads everything to an address in
that network; a recorded firewall has that address. Rules, policies and IP groups are as recorded, unless a test says
what it changes. In all of them what is expected was worked out by hand.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from guest_attestation.diagnosis.diagnose import Diagnosis
from guest_attestation.facts.firewall import parse_firewall
from guest_attestation.facts.firewall_policy import parse_firewall_policy, parse_rule_collection_group
from guest_attestation.facts.firewall_rules import ApplicationRule, NetworkRule
from guest_attestation.facts.ip_group import parse_ip_group
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.snapshot.node import Node
from tests.network.build import question
from tests.network.firewall_build import HOST, application_rule, decide, with_policy
from tests.recordings.moved import ADDRESS, ROUTE_TABLE, VM, VNET, in_network
from tests.recordings.recorded import SUBSCRIPTION, SUBSCRIPTION_ID, Document, Excerpt, body_of, documented

NEXT_HOP = "20.0.1.4"
POLICY_GROUP = f"{SUBSCRIPTION}/resourceGroups/cli_test_azure_firewall_policy000001/providers/Microsoft.Network"
POLICY = f"{POLICY_GROUP}/firewallPolicies/myclipolicy"
IP_GROUPS = f"{POLICY_GROUP}/ipGroups"
YEARS = ("guy2021", "haroonf2022", "kairu2024")
PLAIN = [f"firewall/{year}.azure_firewall_rules.011" for year in YEARS]
GROUPED = [f"firewall/{year}.azure_firewall_rules_with_ipgroups.035" for year in YEARS]
GROUPS = [
    "firewall/guy2021.azure_firewall_policy.047",
    "firewall/haroonf2022.azure_firewall_policy.047",
    "firewall/kairu2024.azure_firewall_policy.057",
    "firewall/kairu2024.azure_policy_rcg_draft.035",
    "firewall/kairu2024.azure_firewall_policy_app_rules_with_custom_headers.014",
]
BY_IP_GROUP = [
    "firewall/guy2021.azure_firewall_policy_rules_with_ip_groups.042",
    "firewall/haroonf2022.azure_firewall_policy_rules_with_ip_groups.042",
    "firewall/kairu2024.azure_firewall_policy_rules_with_ip_groups.050",
]
BY_FQDN = [
    "firewall/haroonf2022.azure_firewall_policy_rules_with_fqdns.025",
    "firewall/kairu2024.azure_firewall_policy_rules_with_fqdns.030",
]
Change = Callable[[Document], None]


def behind(excerpt: Excerpt, firewall: Document) -> Excerpt:
    """Put the recorded VM behind a firewall: give it the address that the subnet's route table names."""
    table = body_of("route-tables/rt.013")
    table["properties"]["routes"][0]["properties"] |= {
        "addressPrefix": "0.0.0.0/0",
        "nextHopType": "VirtualAppliance",
        "nextHopIpAddress": NEXT_HOP,
    }
    subnet = {"id": f"{VNET}/subnets/AzureFirewallSubnet"}
    firewall["properties"]["ipConfigurations"] = [
        {"properties": {"privateIPAddress": NEXT_HOP, "subnet": subnet, "publicIPAddress": {"id": f"{VNET}-ip"}}}
    ]
    in_network(excerpt, routeTable=ROUTE_TABLE).answered("route_table", table, id=ROUTE_TABLE)
    return excerpt.answered("firewalls", {"value": [firewall]}, subscription=SUBSCRIPTION_ID)


def behind_policy(excerpt: Excerpt, *groups: Document) -> Excerpt:
    """Attach the recorded policy with these groups to a recorded firewall."""
    firewall = body_of(PLAIN[2])
    firewall["properties"]["firewallPolicy"] = {"id": POLICY}
    policy = body_of("firewall/kairu2024.azure_firewall_policy_rules_with_fqdns.006")
    behind(excerpt, firewall).answered("firewall_policy", policy, id=POLICY)
    return excerpt.answered("rule_collection_groups", {"value": list(groups)}, policy=POLICY)


def firewall_hop(excerpt: Excerpt) -> tuple[Hop, Diagnosis]:
    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)
    return diagnosis.path.of(HopName.FIREWALL)[0], diagnosis


def shown(hop: Hop) -> list[tuple[str, str | None]]:
    """Where each rule of the trace stands, and the rule."""
    return [(line.place.collection if line.place else "", line.rule) for line in hop.trace]


def assert_denied_by_default(excerpt: Excerpt) -> Hop:
    hop, diagnosis = firewall_hop(excerpt)
    route = diagnosis.path.of(HopName.ROUTE)[0]
    assert (route.decision, route.rule, route.resource) == ("allow", "my-route", ROUTE_TABLE)
    assert f"leads to the virtual appliance at {NEXT_HOP}" in route.summary
    assert (hop.decision, hop.rule) == ("deny", None), hop.summary
    check = diagnosis.check("path.firewall")
    assert [cause.code for cause in check.causes] == ["firewall-denies-attestation"]
    assert [cause.rule for cause in check.causes] == [None]
    for pointer in hop.evidence:
        assert excerpt.evidence(pointer)
    return hop


# Classic rules.


@pytest.mark.parametrize("name", PLAIN)
def test_the_recorded_firewalls_rules_are_for_another_port(excerpt: Excerpt, name: str) -> None:
    hop = assert_denied_by_default(behind(excerpt, body_of(name)))

    assert shown(hop) == [("rc1", "network-rule1")]
    assert hop.trace[0].why == "port 80 is not 443"
    assert (hop.resource or "").endswith("/azureFirewalls/af1")


@pytest.mark.parametrize("name", GROUPED)
def test_the_recorded_firewalls_rules_by_ip_group_are_for_other_ports_and_protocols(
    excerpt: Excerpt, name: str
) -> None:
    hop = assert_denied_by_default(behind(excerpt, body_of(name)))

    assert shown(hop) == [
        ("rc1", "network-rule1"),
        ("rc1", "network-rule2"),
        ("rc3", "app-rule1"),
        ("rc3", "app-rule2"),
    ]
    assert [line.why for line in hop.trace] == [
        "port 80 is not 443",
        "port 81 is not 443",
        "protocol Http:80, Https:8080 is not Https:443",
        "protocol Http:80, Https:8080 is not Https:443",
    ]


@pytest.mark.parametrize("name", PLAIN)
def test_facts_of_the_recorded_firewalls(name: str) -> None:
    firewall = parse_firewall(Node(body_of(name), "fw#"))

    assert (firewall.name, firewall.provisioning_state, firewall.threat_intel_mode) == ("af1", "Succeeded", "Alert")
    assert (firewall.private_ips, firewall.public_ip_ids, firewall.firewall_policy_id) == ((), (), None)
    (collection,) = firewall.collections
    assert (collection.name, collection.priority, collection.action) == ("rc1", 10000, "Allow")
    (rule,) = collection.rules
    assert isinstance(rule, NetworkRule)
    assert (rule.protocols, rule.source_addresses) == (("UDP", "TCP", "ICMP"), ("10.0.0.0", "111.1.0.0/24"))
    assert (rule.destination_fqdns, rule.destination_ports) == (("www.bing.com",), ("80",))


def test_a_firewall_as_recorded_has_no_address_and_is_not_what_a_route_leads_to(excerpt: Excerpt) -> None:
    behind(excerpt, body_of(PLAIN[0])).answered(
        "firewalls", {"value": [body_of(PLAIN[0])]}, subscription=SUBSCRIPTION_ID
    )

    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)

    assert [str(cause.code) for cause in diagnosis.check("path.firewall").causes] == ["next-hop-not-visible"]
    assert diagnosis.check("path.firewall").status == diagnosis.check("path.egress").status == "unknown"


@pytest.mark.parametrize(
    ("change", "expected", "said"),
    [
        (lambda rule: rule, ("deny", None), "source 10.0.0.0, 111.1.0.0/24 does not hold 20.0.0.4"),
        (lambda rule: rule.update(sourceAddresses=["20.0.0.0/24"]), ("unknown", "network-rule1"), "www.bing.com"),
        (
            lambda rule: rule.update(
                sourceAddresses=[ADDRESS], destinationFqdns=[], destinationAddresses=["AzureAttestation"]
            ),
            ("allow", "network-rule1"),
            "destination is AzureAttestation",
        ),
        (
            lambda rule: rule.update(
                sourceAddresses=["*"], destinationFqdns=[], destinationAddresses=["40.74.147.32/28", "10.0.0.0/8"]
            ),
            ("deny", None),
            "destination 40.74.147.32/28 does not contain AzureAttestation",
        ),
    ],
)
def test_the_recorded_rule_for_port_443(
    excerpt: Excerpt, change: Change, expected: tuple[str, str | None], said: str
) -> None:
    firewall = body_of(PLAIN[2])
    rule = firewall["properties"]["networkRuleCollections"][0]["properties"]["rules"][0]
    rule["destinationPorts"] = ["443"]
    change(rule)

    hop, _ = firewall_hop(behind(excerpt, firewall))

    assert (hop.decision, hop.rule) == expected
    assert said in hop.trace[0].why


def test_the_recorded_application_rule_for_port_443_lets_only_its_name_through(excerpt: Excerpt) -> None:
    firewall = body_of(GROUPED[2])
    rules = firewall["properties"]["applicationRuleCollections"][0]["properties"]["rules"]
    rules[0]["protocols"][1]["port"] = 443
    rules[0] |= {"sourceIpGroups": [], "sourceAddresses": ["*"]}
    hop, diagnosis = firewall_hop(behind(excerpt, firewall))
    host = "sharedwus.wus.attest.azure.net"
    assert (hop.decision, hop.trace[2].why) == ("deny", f"target www.bing.com does not hold {host}")

    rules[0]["targetFqdns"] = [host]
    hop, diagnosis = firewall_hop(behind(excerpt, firewall))
    home = [part for part in hop.parts if part.tier == "home"]
    assert [(part.decision, part.rule, part.names) for part in home] == [("allow", "app-rule1", (host,))]
    assert hop.decision == "unknown", "the pair of West US was not recorded"
    assert any(host in it for it in hop.assumptions)

    rules[0]["targetFqdns"] = ["*.attest.azure.net"]
    hop, diagnosis = firewall_hop(behind(excerpt, firewall))
    assert (hop.decision, hop.rule) == ("allow", "app-rule1")
    assert "by rule app-rule1 of application rule collection rc3" in diagnosis.check("path.firewall").summary


# Policies.


@pytest.mark.parametrize("name", GROUPS)
def test_the_recorded_groups_have_no_rule_for_https_on_443(excerpt: Excerpt, name: str) -> None:
    group = body_of(name)

    hop = assert_denied_by_default(behind_policy(excerpt, group))

    rules = [
        (it["name"], rule["name"], rule["ruleType"])
        for it in sorted(group["properties"]["ruleCollections"], key=lambda it: it["priority"])
        for rule in it["rules"]
        if rule["ruleType"] != "NatRule"
    ]
    network_first = sorted(rules, key=lambda it: it[2] != "NetworkRule")
    assert shown(hop) == [(collection, rule) for collection, rule, _ in network_first]
    for line in hop.trace:
        assert not line.matched
        assert line.place is not None
        assert (line.place.group, line.place.group_priority) == (group["name"], group["properties"]["priority"])
        # Those for other ports or protocols say so; those for URLs name no protocol, and are for other sources.
        assert " is not " in line.why or "does not hold 20.0.0.4" in line.why


@pytest.mark.parametrize("name", [*BY_IP_GROUP, *BY_FQDN])
def test_ip_groups_that_were_not_read_do_not_matter_to_rules_for_other_ports(excerpt: Excerpt, name: str) -> None:
    hop = assert_denied_by_default(behind_policy(excerpt, body_of(name)))

    assert {line.why for line in hop.trace if line.place and line.place.kind == "network"} <= {
        "port 12003 is not 443",
        "port 12003, 12004 is not 443",
    }


def test_two_recorded_groups_with_priorities_of_their_own_are_put_in_order(excerpt: Excerpt) -> None:
    late, early = body_of(GROUPS[2]), body_of(BY_FQDN[1])
    early |= {"name": "early", "id": f"{POLICY}/ruleCollectionGroups/early"}

    hop = assert_denied_by_default(behind_policy(excerpt, late, early))

    places = [line.place for line in hop.trace if line.place]
    assert [(it.kind, it.group) for it in places] == [
        *[("network", "early")] * 2,
        *[("network", "myclirulecollectiongroup")] * 2,
        *[("application", "myclirulecollectiongroup")] * 3,
    ]


def _for_443(rule: Document) -> None:
    if rule["ruleType"] == "NetworkRule":
        rule["destinationPorts"] = ["443"]


@pytest.mark.parametrize("name", BY_IP_GROUP)
@pytest.mark.parametrize(
    ("source", "destination", "expected"),
    [
        # The recorded groups: neither holds the VM or an address of the service.
        (["10.0.0.0", "10.0.0.1"], ["10.0.0.2", "10.0.0.3"], ("deny", None)),
        ([ADDRESS], ["10.0.0.2", "10.0.0.3"], ("deny", None)),
        (["20.0.0.1-20.0.0.9"], ["0.0.0.0/0"], ("allow", "network-rule")),
        (["10.0.0.0", "10.0.0.1"], ["0.0.0.0/0"], ("deny", None)),
        (None, ["0.0.0.0/0"], ("unknown", "network-rule")),
        ([ADDRESS], None, ("unknown", "network-rule")),
    ],
)
def test_the_recorded_rules_by_ip_group_for_port_443(
    excerpt: Excerpt,
    name: str,
    source: list[str] | None,
    destination: list[str] | None,
    expected: tuple[str, str | None],
) -> None:
    group = body_of(name)
    for it in group["properties"]["ruleCollections"]:
        for rule in it["rules"]:
            _for_443(rule)
    behind_policy(excerpt, group)
    recorded = (("source", "003", source), ("destination", "007", destination))
    for kind, place, addresses in recorded:
        if addresses is not None:
            body = body_of(f"firewall/kairu2024.azure_firewall_policy_rules_with_ip_groups.{place}")
            body["properties"]["ipAddresses"] = addresses
            excerpt.answered("ip_group", body, id=f"{IP_GROUPS}/{kind}ipgroup")

    hop, diagnosis = firewall_hop(excerpt)

    assert (hop.decision, hop.rule) == expected
    if hop.decision is Decision.ALLOW:
        assert hop.resource == group["id"]
    if hop.decision is Decision.UNKNOWN:
        assert f"not in the snapshot: GET {IP_GROUPS}/" in diagnosis.check("path.firewall").summary


@pytest.mark.parametrize("name", BY_FQDN)
@pytest.mark.parametrize(("source", "expected"), [("10.0.0.1", Decision.UNKNOWN), ("10.0.0.2", Decision.DENY)])
def test_the_recorded_rules_by_fqdn_for_port_443_may_hold_anything(
    excerpt: Excerpt, name: str, source: str, expected: Decision
) -> None:
    group = body_of(name)
    for it in group["properties"]["ruleCollections"]:
        for rule in it["rules"]:
            _for_443(rule)
    behind_policy(excerpt, group)
    excerpt.asked(
        "firewall/kairu2024.azure_firewall_policy_rules_with_fqdns.003", "ip_group", id=f"{IP_GROUPS}/sourceipgroup"
    )
    (configuration,) = excerpt.facts(VM).primary.firewalls.at_next_hop

    hop = decide(configuration, asked=question(source=source))

    assert hop.decision is expected
    assert ("www.bing.com" in hop.trace[0].why) is (expected is Decision.UNKNOWN)


def test_facts_of_the_recorded_policies() -> None:
    for name, proxy in (
        ("firewall/guy2021.firewall_policy_with_dns_settings.002", False),
        ("firewall/haroonf2022.firewall_policy_with_dns_settings.002", False),
        ("firewall/kairu2024.firewall_policy_with_dns_settings.002", False),
        ("firewall/haroonf2022.azure_firewall_policy_rules_with_fqdns.006", True),
        ("firewall/kairu2024.azure_firewall_policy_rules_with_fqdns.006", True),
    ):
        policy = parse_firewall_policy(Node(body_of(name), "p#"))
        assert (policy.base_policy_id, policy.dns_proxy, policy.explicit_proxy) == (None, proxy, False)
        assert (policy.threat_intel_mode, policy.intrusion_detection_mode, policy.private_ranges) == ("Alert", "", ())


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        ("firewall/guy2021.ip_group.002", ("10.0.0.1", "10.0.0.2")),
        ("firewall/kairu2024.ip_group.002", ("10.0.0.1", "10.0.0.2")),
        ("firewall/guy2021.azure_firewall_rules_with_ipgroups.003", ("10.0.0.0", "10.0.0.1")),
        ("firewall/guy2021.azure_firewall_rules_with_ipgroups.007", ("10.0.0.2", "10.0.0.3")),
        ("firewall/kairu2024.azure_firewall_rules_with_ipgroups.003", ("10.0.0.0", "10.0.0.1")),
        ("firewall/kairu2024.azure_firewall_rules_with_ipgroups.007", ("10.0.0.2", "10.0.0.3")),
        ("ip-groups/ipg.002", ("10.0.0.1", "10.0.0.2")),
        ("ip-groups/ipg.003", ("10.0.0.1", "10.0.0.2")),
        ("ip-groups/ipg.006", ("10.0.1.0",)),
        ("ip-groups/ipg.008", ("10.0.1.0",)),
    ],
)
def test_facts_of_the_recorded_ip_groups(name: str, addresses: tuple[str, ...]) -> None:
    assert parse_ip_group(Node(body_of(name), "ip#")).ip_addresses == addresses


def test_the_newest_recorded_answer_of_an_ip_group_counts(excerpt: Excerpt) -> None:
    numbers = [f"ip-groups/ipg.00{number}" for number in (0, 2, 3, 4, 6, 7, 8, 9)]
    group = f"{SUBSCRIPTION}/resourceGroups/cli_test_ip_group000001/providers/Microsoft.Network/ipGroups/test1"
    firewall = body_of(PLAIN[2])
    rule = firewall["properties"]["networkRuleCollections"][0]["properties"]["rules"][0]
    rule["sourceIpGroups"] = [group]

    (configuration,) = behind(excerpt, firewall).copy(*numbers).facts(VM).primary.firewalls.at_next_hop

    (reading,) = configuration.ip_groups.values()
    assert reading.value is not None
    assert reading.value.ip_addresses == ("10.0.1.0",)


# The documented examples.


def _documented(name: str) -> Document:
    body: Document = documented(f"network-2021-02-01/{name}.json")
    return body


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("192.168.1.5", (Decision.DENY, "L4-traffic")),
        ("192.168.1.13", (Decision.DENY, None)),
        ("10.1.4.12", (Decision.DENY, "L4-traffic")),
        ("10.2.4.12", (Decision.DENY, None)),
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "AzureFirewallGet",
        "AzureFirewallGetWithZones",
        "AzureFirewallGetWithAdditionalProperties",
        "AzureFirewallGetWithMgmtSubnet",
    ],
)
def test_the_documented_firewall_denies_port_443_from_its_listed_sources(
    excerpt: Excerpt, name: str, source: str, expected: tuple[Decision, str | None]
) -> None:
    (configuration,) = behind(excerpt, _documented(name)).facts(VM).primary.firewalls.at_next_hop

    hop = decide(configuration, asked=question(source=source))

    assert (hop.decision, hop.rule) == expected


def test_the_documented_firewall_with_an_allow_after_it_denies_by_its_rule_or_does_not_know(excerpt: Excerpt) -> None:
    firewall = _documented("AzureFirewallGet")
    allow = {"name": "all", "properties": {"priority": 200, "action": {"type": "Allow"}, "rules": [copy.deepcopy(ANY)]}}
    firewall["properties"]["networkRuleCollections"].append(allow)
    (configuration,) = behind(excerpt, firewall).facts(VM).primary.firewalls.at_next_hop

    expected = {"192.168.1.5": "deny", "20.0.0.4": "allow", "10.2.4.12": "unknown"}  # the last by its rule by FQDN
    assert {it: str(decide(configuration, asked=question(source=it)).decision) for it in expected} == expected


ANY: dict[str, Any] = {
    "name": "everything",
    "protocols": ["Any"],
    "sourceAddresses": ["*"],
    "destinationAddresses": ["*"],
    "destinationPorts": ["*"],
}


def test_the_documented_firewall_with_ip_groups(excerpt: Excerpt) -> None:
    firewall = _documented("AzureFirewallGetWithIpGroups")
    (configuration,) = behind(excerpt, firewall).facts(VM).primary.firewalls.at_next_hop

    assert [it.rsplit("/", 1)[-1] for it in configuration.ip_groups] == ["ipgroups2", "ipgroups3", "ipgroups1"]
    hop = decide(configuration, asked=question(source="192.168.1.5"))
    # A rule that may deny, before the denial by default: denied either way.
    assert (hop.decision, hop.rule) == (Decision.DENY, None)
    assert "IP group ipGroups2: not in the snapshot" in hop.trace[0].why


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("FirewallPolicyRuleCollectionGroupGet", "10.1.25.7", (Decision.DENY, "network-rule1")),
        ("FirewallPolicyRuleCollectionGroupGet", "10.1.26.7", (Decision.ALLOW, "all")),
        ("FirewallPolicyRuleCollectionGroupWithWebCategoriesGet", "10.0.0.4", (Decision.UNKNOWN, "rule1")),
        ("FirewallPolicyRuleCollectionGroupWithWebCategoriesGet", "10.0.1.4", (Decision.ALLOW, "all")),
    ],
)
def test_the_documented_groups_before_one_that_allows_everything_by_name(
    name: str, source: str, expected: tuple[Decision, str | None]
) -> None:
    rule = application_rule("all", "*")
    held = {"name": "last", "priority": 100, "action": {"type": "Allow"}, "rules": [rule]}
    last = {"id": "/last", "name": "last", "properties": {"priority": 60000, "ruleCollections": [held]}}

    hop = decide(with_policy(_documented(name), last), asked=question(source=source), host=HOST)

    assert (hop.decision, hop.rule) == expected


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("FirewallPolicyRuleCollectionGroupList", NetworkRule),
        ("FirewallPolicyRuleCollectionGroupWithIpGroupsList", NetworkRule),
        ("FirewallPolicyRuleCollectionGroupWithWebCategoriesList", ApplicationRule),
    ],
)
def test_facts_of_the_documented_lists_of_groups(name: str, kind: type) -> None:
    (item,) = _documented(name)["value"]
    group = parse_rule_collection_group(Node(item, "g#"))

    assert (group.name, group.priority) == ("ruleCollectionGroup1", 110)
    (collection,) = group.collections
    assert (collection.name, collection.priority, collection.action) == ("Example-Filter-Rule-Collection", 120, "Deny")
    assert [type(rule) for rule in collection.rules] == [kind]


def test_the_documented_group_of_translations_holds_no_rule_for_what_leaves() -> None:
    group = parse_rule_collection_group(Node(_documented("FirewallPolicyNatRuleCollectionGroupGet"), "g#"))

    assert group.collections == ()


def test_facts_of_the_documented_policy_and_ip_group() -> None:
    policy = parse_firewall_policy(Node(_documented("FirewallPolicyGet"), "p#"))
    assert (policy.dns_proxy, policy.threat_intel_mode, policy.intrusion_detection_mode) == (True, "Alert", "Alert")
    assert (policy.private_ranges, policy.base_policy_id) == (("IANAPrivateRanges",), None)
    group = parse_ip_group(Node(_documented("IpGroupsGet"), "ip#"))
    assert group.ip_addresses == ("13.64.39.16/32", "40.74.146.80/31", "40.74.147.32/28")
