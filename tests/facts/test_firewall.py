"""Firewalls, their rules, policies and IP groups: classic and policy shapes read alike."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.firewall import AzureFirewall, parse_firewall
from guest_attestation.facts.firewall_policy import parse_firewall_policy, parse_rule_collection_group
from guest_attestation.facts.firewall_rules import (
    ApplicationRule,
    NetworkRule,
    OtherRule,
    RuleCollection,
    parse_classic_collections,
    parse_policy_collections,
)
from guest_attestation.facts.ip_group import parse_ip_group
from guest_attestation.snapshot.node import Node

NETWORK: dict[str, Any] = {
    "name": "by-address",
    "sourceAddresses": ["192.0.2.0/24"],
    "sourceIpGroups": ["/ipGroups/web"],
    "destinationAddresses": ["AzureAttestation"],
    "destinationIpGroups": ["/ipGroups/paas"],
    "destinationFqdns": ["www.example.com"],
    "destinationPorts": ["443"],
}
APPLICATION: dict[str, Any] = {
    "name": "by-name",
    "protocols": [{"protocolType": "Https", "port": 443}, {"protocolType": "Http"}, {}],
    "sourceAddresses": ["*"],
    "sourceIpGroups": ["/ipGroups/web"],
    "targetFqdns": ["*.attest.azure.net"],
    "fqdnTags": ["WindowsUpdate"],
}
POLICY_ONLY: dict[str, Any] = {
    "targetUrls": ["www.example.com/x"],
    "webCategories": ["Hacking"],
    "terminateTLS": True,
    "destinationAddresses": ["192.0.2.9"],
}


def _classic(key: str, rule: dict[str, Any]) -> RuleCollection:
    collection = {"name": "own", "properties": {"priority": 200, "action": {"type": "Allow"}, "rules": [rule]}}
    (parsed,) = parse_classic_collections(Node({key: [collection]}, "fw#"))
    return parsed


def _policy(rule: dict[str, Any], **changes: Any) -> tuple[RuleCollection, ...]:
    kind = "FirewallPolicyFilterRuleCollection"
    collection = {"ruleCollectionType": kind, "name": "own", "priority": 200, "action": {"type": "Allow"}}
    return parse_policy_collections(Node({"ruleCollections": [{**collection, "rules": [rule], **changes}]}, "rcg#"))


def _firewall(**properties: Any) -> AzureFirewall:
    return parse_firewall(Node({"id": "/fw", "name": "fw", "properties": properties}, "fw#"))


def test_a_network_rule_is_read_alike_from_a_firewall_and_from_a_policy() -> None:
    own = _classic("networkRuleCollections", {**NETWORK, "protocols": ["TCP", "UDP"]})
    (policy,) = _policy({**NETWORK, "ruleType": "NetworkRule", "ipProtocols": ["TCP", "UDP"]})
    expected = NetworkRule(
        name="by-address",
        protocols=("TCP", "UDP"),
        source_addresses=("192.0.2.0/24",),
        source_ip_groups=("/ipGroups/web",),
        destination_addresses=("AzureAttestation",),
        destination_ip_groups=("/ipGroups/paas",),
        destination_fqdns=("www.example.com",),
        destination_ports=("443",),
        selectors=(),
        evidence="fw#/networkRuleCollections/0/properties/rules/0",
    )
    assert own.rules == (expected,)
    assert [(it.name, it.priority, it.action) for it in (own, policy)] == [("own", 200, "Allow")] * 2
    assert isinstance(policy.rules[0], NetworkRule)
    assert (policy.rules[0].protocols, policy.rules[0].evidence) == (("TCP", "UDP"), "rcg#/ruleCollections/0/rules/0")


def test_an_application_rule_is_read_alike_and_a_policys_may_say_more() -> None:
    own = _classic("applicationRuleCollections", APPLICATION)
    (policy,) = _policy({**APPLICATION, **POLICY_ONLY, "ruleType": "ApplicationRule"})
    (rule,) = own.rules
    assert isinstance(rule, ApplicationRule)
    assert (rule.name, rule.target_fqdns, rule.fqdn_tags) == ("by-name", ("*.attest.azure.net",), ("WindowsUpdate",))
    assert rule.protocols == (("Https", 443), ("Http", None), ("", None))
    assert (rule.source_addresses, rule.source_ip_groups) == (("*",), ("/ipGroups/web",))
    assert (rule.target_urls, rule.web_categories, rule.terminate_tls, rule.destination_addresses) == (
        (),
        (),
        False,
        (),
    )
    (rule,) = policy.rules
    assert isinstance(rule, ApplicationRule)
    assert (rule.target_urls, rule.web_categories) == (("www.example.com/x",), ("Hacking",))
    assert (rule.terminate_tls, rule.destination_addresses) == (True, ("192.0.2.9",))


def test_rules_that_translate_what_comes_in_are_left_out() -> None:
    nat = {"name": "in", "properties": {"priority": 100, "action": {"type": "Dnat"}, "rules": [{"name": "x"}]}}
    assert parse_classic_collections(Node({"natRuleCollections": [nat]}, "fw#")) == ()
    assert _policy({"ruleType": "NatRule"}, ruleCollectionType="FirewallPolicyNatRuleCollection") == ()


@pytest.mark.parametrize(("rule", "shown"), [({"ruleType": "QuantumRule"}, "QuantumRule"), ({}, "not given")])
def test_a_rule_of_an_unknown_type_is_kept_as_such(rule: dict[str, Any], shown: str) -> None:
    (collection,) = _policy({**rule, "name": "odd"})
    assert collection.rules == (OtherRule("odd", shown, "rcg#/ruleCollections/0/rules/0"),)


def test_a_collection_of_an_unknown_type_is_read_by_its_rules() -> None:
    (collection,) = _policy({**NETWORK, "ruleType": "networkrule"}, ruleCollectionType=None)
    assert isinstance(collection.rules[0], NetworkRule)


def test_a_collection_names_the_ip_groups_of_its_rules() -> None:
    (policy,) = _policy({**NETWORK, "ruleType": "NetworkRule"})
    assert list(policy.ip_groups) == ["/ipGroups/web", "/ipGroups/paas"]
    assert list(_classic("applicationRuleCollections", APPLICATION).ip_groups) == ["/ipGroups/web"]
    assert list(_policy({"ruleType": "odd", "sourceIpGroups": ["/ipGroups/web"]})[0].ip_groups) == []


def test_a_firewall_in_a_network() -> None:
    ip = {"privateIPAddress": "192.0.2.4", "subnet": {"id": "/vnet/subnets/s"}, "publicIPAddress": {"id": "/ip/1"}}
    second = {"publicIPAddress": {"id": "/ip/2"}}
    firewall = _firewall(
        provisioningState="Succeeded",
        threatIntelMode="Alert",
        firewallPolicy={"id": "/policy"},
        ipConfigurations=[{"properties": ip}, {"properties": second}],
        additionalProperties={"Network.SNAT.PrivateRanges": "IANAPrivateRanges, 198.51.100.0/24,"},
    )
    assert firewall == AzureFirewall(
        id="/fw",
        name="fw",
        private_ips=("192.0.2.4",),
        public_ip_ids=("/ip/1", "/ip/2"),
        hub_public_ips=0,
        subnet_id="/vnet/subnets/s",
        management_subnet_id=None,
        virtual_hub_id=None,
        firewall_policy_id="/policy",
        provisioning_state="Succeeded",
        threat_intel_mode="Alert",
        private_ranges=("IANAPrivateRanges", "198.51.100.0/24"),
        dns_proxy=False,
        collections=(),
        evidence="fw#",
    )


def test_a_firewall_in_a_hub() -> None:
    firewall = _firewall(virtualHub={"id": "/hub"}, hubIPAddresses={"privateIPAddress": "192.0.2.4"})
    assert (firewall.private_ips, firewall.virtual_hub_id, firewall.subnet_id) == (("192.0.2.4",), "/hub", None)


@pytest.mark.parametrize(
    ("public", "count"), [({"addresses": [{"address": "192.0.2.9"}]}, 1), ({"count": 2}, 2), ({}, 0), (None, 0)]
)
def test_a_hubs_firewall_has_its_public_addresses_in_its_own_answer(public: Any, count: int) -> None:
    assert _firewall(hubIPAddresses={"publicIPs": public}).hub_public_ips == count


def test_a_firewall_that_is_managed_apart_and_is_a_dns_proxy() -> None:
    management = {"properties": {"subnet": {"id": "/vnet/subnets/m"}}}
    more = {"Network.DNS.EnableProxy": "True"}
    firewall = _firewall(managementIpConfiguration=management, additionalProperties=more)
    assert (firewall.management_subnet_id, firewall.dns_proxy) == ("/vnet/subnets/m", True)
    assert (_firewall().management_subnet_id, _firewall().dns_proxy) == (None, False)


def test_a_firewall_that_was_deallocated_has_no_address() -> None:
    firewall = _firewall(ipConfigurations=[])
    assert (firewall.private_ips, firewall.public_ip_ids, firewall.private_ranges) == ((), (), ())


def test_a_policy() -> None:
    properties = {
        "basePolicy": {"id": "/base"},
        "dnsSettings": {"enableProxy": True},
        "explicitProxy": {"enableExplicitProxy": True},
        "threatIntelMode": "Deny",
        "intrusionDetection": {"mode": "Alert"},
        "snat": {"privateRanges": ["IANAPrivateRanges"]},
    }
    policy = parse_firewall_policy(Node({"id": "/policy", "properties": properties}, "p#"))
    assert (policy.id, policy.base_policy_id, policy.dns_proxy, policy.explicit_proxy) == (
        "/policy",
        "/base",
        True,
        True,
    )
    assert (policy.threat_intel_mode, policy.intrusion_detection_mode) == ("Deny", "Alert")
    assert (policy.private_ranges, policy.evidence) == (("IANAPrivateRanges",), "p#/properties")
    bare = parse_firewall_policy(Node({"id": "/policy", "properties": {}}, "p#"))
    assert (bare.base_policy_id, bare.dns_proxy, bare.explicit_proxy, bare.private_ranges) == (None, False, False, ())


def test_a_rule_collection_group_and_an_ip_group() -> None:
    group = parse_rule_collection_group(Node({"id": "/g", "name": "g", "properties": {"priority": 200}}, "g#"))
    assert (group.id, group.name, group.priority, group.collections) == ("/g", "g", 200, ())
    assert parse_rule_collection_group(Node({"properties": {}}, "")).priority is None
    addresses = ["192.0.2.1", "192.0.2.8-192.0.2.11"]
    ip_group = parse_ip_group(Node({"id": "/ip", "properties": {"ipAddresses": addresses}}, "ip#"))
    assert (ip_group.id, ip_group.ip_addresses) == ("/ip", tuple(addresses))
