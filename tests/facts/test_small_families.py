"""Attestation endpoints, Defender's assessment and security admin rules."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.clouds import CLOUDS
from guest_attestation.facts.admin_rule import parse_admin_rule
from guest_attestation.facts.attestation import endpoint_host, is_shared_endpoint
from guest_attestation.facts.defender import ATTESTATION_ASSESSMENT, parse_assessment
from guest_attestation.snapshot.node import Node
from tests.scenario import VM, Scenario


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


def test_the_assessment_is_found_by_its_key() -> None:
    scenario = Scenario.sample("healthy")
    body = {"name": ATTESTATION_ASSESSMENT, "properties": {"status": {"code": "Healthy"}}}

    found = scenario.read("assessment", body, vm=VM, key=ATTESTATION_ASSESSMENT).facts().assessment

    assert ATTESTATION_ASSESSMENT == "b7604066-ed76-45f9-a5c1-c97e4812dc55"
    assert found.value is not None
    assert found.value.code == "Healthy"
    assert found.value.evidence.endswith("#/response/body/properties/status")


@pytest.mark.parametrize(
    "body", [{"properties": {}}, {"properties": {"status": None}}, {"properties": {"status": "x"}}]
)
def test_an_assessment_without_a_status_has_no_code(body: object) -> None:
    assert parse_assessment(Node(body, "")).code == ""


def test_an_assessment_that_was_not_read_is_not_known() -> None:
    assert Scenario.sample("healthy").facts().assessment.value is None


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
