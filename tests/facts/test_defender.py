"""Defender for Cloud: assessments and its plan, each from its own answer."""

from __future__ import annotations

import pytest

from guest_attestation.facts.defender import (
    ATTESTATION_ASSESSMENT,
    EXTENSION_ASSESSMENTS,
    RECOMMENDATIONS,
    applies_to,
    parse_assessment,
    parse_plan,
)
from guest_attestation.snapshot.node import Node
from tests.scenario import VM, Scenario

WINDOWS = {
    *("874b14bd-b49e-495a-88c6-46acb89b0a33", "69ad830b-d98c-b1cf-2158-9d69d38c7093"),
    "861bbc73-0a55-8d1d-efc6-e92d9e1176e0",
}
LINUX = {
    *("e94a7421-fc27-7a4d-e9ba-2ba01384cacd", "861bbc73-0a55-8d1d-efc6-e92d9e1176e0"),
    *("0396b18c-41aa-489c-affd-4ee5d1714a59", "ad50b498-f90c-451f-886f-d0a169cc5002"),
    "e2f798b8-621a-4d46-99d7-1310e09eba26",
}


def test_the_assessment_is_found_by_its_key() -> None:
    scenario = Scenario.sample("healthy").drop(f"assessments/{ATTESTATION_ASSESSMENT}")
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


def test_an_assessment_shows_its_cause_where_azure_gives_one() -> None:
    status = {"code": "NotApplicable", "cause": "OffByPolicy", "description": "evaluated to off"}
    found = parse_assessment(Node({"properties": {"displayName": "Boot", "status": status}}, ""))
    assert (found.display_name, found.cause, found.description) == ("Boot", "OffByPolicy", "evaluated to off")
    assert found.has_code("notapplicable")


def test_assessments_that_were_not_read_are_not_known() -> None:
    facts = Scenario.sample("healthy").drop(f"assessments/{ATTESTATION_ASSESSMENT}").facts()
    assert facts.assessment.value is None
    assert {key for key, it in facts.recommendations.items() if it.value is not None} == WINDOWS


def test_the_recommendations_are_the_fact_sheets_for_vms_by_operating_system() -> None:
    assert set(RECOMMENDATIONS) == WINDOWS | LINUX
    assert {key for key in RECOMMENDATIONS if applies_to(key, "Windows")} == WINDOWS
    assert {key for key in RECOMMENDATIONS if applies_to(key, "linux")} == LINUX
    assert all(applies_to(key, None) for key in RECOMMENDATIONS)
    assert set(EXTENSION_ASSESSMENTS) <= set(RECOMMENDATIONS)


@pytest.mark.parametrize(("tier", "off"), [("Free", True), ("free", True), ("Standard", False), (None, False)])
def test_a_plan_is_off_only_where_it_is_free(tier: str | None, off: bool) -> None:
    assert parse_plan(Node({"properties": {"pricingTier": tier}}, "")).is_off is off


def test_the_samples_plan_is_read() -> None:
    found = Scenario.sample("healthy").facts().defender_plan.value
    assert found is not None
    assert (found.pricing_tier, found.sub_plan) == ("Standard", "P2")
    assert found.evidence.endswith("#/response/body/properties/pricingTier")
