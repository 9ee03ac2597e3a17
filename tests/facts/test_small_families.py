"""Attestation endpoints and security admin rules."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.clouds import CLOUDS
from guest_attestation.facts.admin_rule import parse_admin_rule
from guest_attestation.facts.attestation import endpoint_host, is_shared_endpoint
from guest_attestation.snapshot.node import Node
from tests.scenario import Scenario


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://sharedeus.eus.attest.azure.net", "sharedeus.eus.attest.azure.net"),
        ("https://SharedEUS.eus.attest.azure.net:443/attest?x=1", "sharedeus.eus.attest.azure.net"),
        ("sharedeus.eus.attest.azure.net", "sharedeus.eus.attest.azure.net"),
        ("sharedeus.eus.attest.azure.net./", "sharedeus.eus.attest.azure.net"),
        ("https://", ""),
        ("https://[bad", ""),
        ("", ""),
    ],
)
def test_an_endpoint_is_a_url_or_a_bare_name(endpoint: str, host: str) -> None:
    assert endpoint_host(endpoint) == host


@pytest.mark.parametrize(
    ("endpoint", "cloud", "shared"),
    [
        ("https://sharedeus.eus.attest.azure.net", "AzureCloud", True),
        ("https://sharedeus2.eus2.attest.azure.net/", "AzureCloud", True),
        ("sharedsasia.sasia.attest.azure.net", "AzureCloud", True),
        ("https://sharedugv.ugv.attest.azure.us", "AzureUSGovernment", True),
        ("https://sharedugv.ugv.attest.azure.us", "AzureCloud", False),
        ("https://sharedeus.weu.attest.azure.net", "AzureCloud", False),
        ("https://mine.eus.attest.azure.net", "AzureCloud", False),
        ("https://sharedeus.eus.attest.azure.net.evil.example", "AzureCloud", False),
        ("https://sharedeus.eus.attestXazure.net", "AzureCloud", False),
        ("https://[bad", "AzureCloud", False),
    ],
)
def test_a_shared_provider_is_told_from_a_customers_own(endpoint: str, cloud: str, shared: bool) -> None:
    assert is_shared_endpoint(endpoint, CLOUDS[cloud]) is shared


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"id": "/m/rules/Deny-All", "properties": {}}, "Deny-All"),
        ({"name": "Deny-All", "id": "/m/rules/other", "properties": {}}, "Deny-All"),
        ({"kind": "Default", "properties": {"flag": "DenyAll"}}, "DenyAll"),
        ({}, ""),
    ],
)
def test_an_admin_rule_is_known_by_name_id_or_flag(item: Any, name: str) -> None:
    assert parse_admin_rule(Node(item, "f.json#/value/0")).rule.name == name


def test_an_admin_rule_has_the_fields_of_a_security_rule() -> None:
    """Facts 4.5: its addresses are items with a type each; network groups stand for virtual networks."""
    item = {
        "id": "/subscriptions/s/Providers/Microsoft.Network/networkManagers/M/securityAdminConfigurations/c/rules/It",
        "kind": "Custom",
        "properties": {
            "priority": 7,
            "direction": "Outbound",
            "access": "AlwaysAllow",
            "protocol": "Any",
            "sourcePortRanges": ["0-65535"],
            "destinationPortRanges": ["443", "80"],
            "sources": [
                {"addressPrefix": "10.0.0.0/8", "addressPrefixType": "IPPrefix"},
                {"addressPrefix": "/groups/g", "addressPrefixType": "networkgroup"},
            ],
            "destinations": [
                {"addressPrefix": "AzureAttestation", "addressPrefixType": "ServiceTag"},
                {"addressPrefix": "/groups/h", "addressPrefixType": "NetworkGroup"},
                {"addressPrefix": "203.0.113.0/24"},
                {"addressPrefixType": "IPPrefix"},
            ],
        },
    }
    found = parse_admin_rule(Node(item, "f.json#/value/0"))
    rule = found.rule
    assert (rule.priority, rule.direction, rule.access, rule.protocol) == (7, "Outbound", "AlwaysAllow", "Any")
    assert (rule.source_address_prefixes, found.source_groups) == (("10.0.0.0/8",), ("/groups/g",))
    assert rule.destination_address_prefixes == ("AzureAttestation", "203.0.113.0/24")
    assert found.destination_groups == ("/groups/h",)
    assert (rule.source_port_ranges, rule.destination_port_ranges) == (("0-65535",), ("443", "80"))
    assert (rule.source_application_security_groups, rule.destination_application_security_groups) == ((), ())
    assert found.manager == "/subscriptions/s/Providers/Microsoft.Network/networkManagers/M"
    assert rule.evidence == "f.json#/value/0"


def test_a_default_admin_rule_names_no_manager() -> None:
    found = parse_admin_rule(Node({"kind": "Default", "properties": {"flag": "DenyAll"}}, ""))
    assert (found.manager, found.source_groups, found.destination_groups) == ("", (), ())
    assert (found.rule.priority, found.rule.access, found.rule.is_inbound) == (None, "", False)


def test_the_samples_list_of_admin_rules_is_empty_but_known() -> None:
    admin_rules = Scenario.sample("healthy").facts().primary.admin_rules

    assert admin_rules.value == ()
    assert admin_rules.evidence.endswith("#/response/body")
