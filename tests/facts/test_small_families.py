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
    assert parse_admin_rule(Node(item, "f.json#/value/0")).name == name


def test_the_samples_list_of_admin_rules_is_empty_but_known() -> None:
    admin_rules = Scenario.sample("healthy").facts().admin_rules

    assert admin_rules.value == ()
    assert admin_rules.evidence.endswith("#/response/body")
