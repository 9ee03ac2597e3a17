"""The recording defender, and the documented examples of assessments: what they say of the VM, and what not."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.defender import RECOMMENDATIONS, parse_assessment
from guest_attestation.snapshot.node import Node
from tests.recordings.moved import VM, in_network
from tests.recordings.recorded import (
    ATTESTATION_ASSESSMENT,
    SUBSCRIPTION_ID,
    Excerpt,
    body_of,
    causes,
    documented,
    statuses,
)

METADATA = "defender/assess.001"
LINUX_SECURE_BOOT = "0396b18c-41aa-489c-affd-4ee5d1714a59"
LINUX = [
    *("e94a7421-fc27-7a4d-e9ba-2ba01384cacd", "861bbc73-0a55-8d1d-efc6-e92d9e1176e0", LINUX_SECURE_BOOT),
    *("ad50b498-f90c-451f-886f-d0a169cc5002", "e2f798b8-621a-4d46-99d7-1310e09eba26"),
]
NONE_READ = {
    "defender.plan": "unknown",
    "defender.attestation-status": "unknown",
    "defender.recommendations": "unknown",
}


def assessed(excerpt: Excerpt, key: str, body: Any) -> Excerpt:
    return excerpt.answered("assessment", body, vm=VM, key=key)


def example(place: int) -> Any:
    """Return one of the documented assessments: the first is Healthy, the second off by policy."""
    return documented("security-2020-01-01/ListAssessments_example")["value"][place]


def test_of_the_recorded_descriptions_one_is_of_a_recommendation_for_vms() -> None:
    described = {it["name"]: it["properties"]["displayName"] for it in body_of(METADATA)["value"]}

    assert {key: title for key, title in described.items() if key in RECOMMENDATIONS} == {
        LINUX_SECURE_BOOT: "Secure Boot should be enabled on your virtual machine"
    }
    assert "9db92f05-108d-47dc-ae20-4767181bf6b8" in described  # a virtual machine of another vendor's cloud


def test_descriptions_are_no_assessment_of_this_vm(excerpt: Excerpt) -> None:
    in_network(excerpt).copy(METADATA)

    assert statuses(excerpt.diagnose(VM, excerpt.prefixes), "defender") == NONE_READ


@pytest.mark.parametrize("name", ["GetAssessment_example", "GetAssessmentWithExpand_example"])
def test_facts_of_a_documented_assessment(name: str) -> None:
    found = parse_assessment(Node(documented(f"security-2020-01-01/{name}"), "body"))

    assert (found.code, found.cause) == ("NotApplicable", "OffByPolicy")
    assert found.display_name == "Install endpoint protection solution on virtual machine scale sets"
    assert found.description.startswith("The effective policy for the assessment was evaluated to off")
    assert found.evidence == "body/properties/status"


@pytest.mark.parametrize(
    ("place", "status", "said"),
    [
        (0, "pass", "Defender sees the boot as Healthy"),
        (1, "not-applicable", "Defender did not assess the boot (OffByPolicy: The effective policy"),
    ],
    ids=["Healthy", "NotApplicable"],
)
def test_a_documented_assessment_as_the_attestation_status(
    excerpt: Excerpt, place: int, status: str, said: str
) -> None:
    assessed(in_network(excerpt), ATTESTATION_ASSESSMENT, example(place))

    check = excerpt.diagnose(VM, excerpt.prefixes).check("defender.attestation-status")

    assert (check.status, check.summary.startswith(said)) == (status, True)
    assert excerpt.evidence(check.evidence[0])["code"] == ["Healthy", "NotApplicable"][place]


def test_a_documented_assessment_turned_unhealthy_warns_without_a_cause(excerpt: Excerpt) -> None:
    body = example(0)
    body["properties"]["status"]["code"] = "Unhealthy"
    assessed(in_network(excerpt), ATTESTATION_ASSESSMENT, body)

    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)

    check = diagnosis.check("defender.attestation-status")
    assert (check.status, check.causes, causes(diagnosis)) == ("warn", (), [])
    assert "cause not shown: on this alone do not open the network" in check.summary


def test_the_recorded_linux_vm_is_given_five_recommendations(excerpt: Excerpt) -> None:
    in_network(excerpt)
    for place, key in enumerate(LINUX):
        assert excerpt.diagnose(VM, excerpt.prefixes).check("defender.recommendations").status == "unknown"
        assessed(excerpt, key, example(place % 2))

    check = excerpt.diagnose(VM, excerpt.prefixes).check("defender.recommendations")

    assert (check.status, check.summary) == ("pass", "none of the 5 recommendations is unhealthy")


def test_an_unhealthy_recommendation_is_named_as_azure_names_it(excerpt: Excerpt) -> None:
    body = example(0)
    body["properties"]["status"]["code"] = "Unhealthy"
    body["properties"]["displayName"] = body_of(METADATA)["value"][0]["properties"]["displayName"]
    assessed(in_network(excerpt), LINUX_SECURE_BOOT, body)

    check = excerpt.diagnose(VM, excerpt.prefixes).check("defender.recommendations")

    assert check.status == "warn"
    assert check.summary == "Defender recommends: Secure Boot should be enabled on your virtual machine"


@pytest.mark.parametrize(
    ("tier", "plan", "status"), [("Standard", "pass", "pass"), ("Free", "not-applicable", "not-applicable")]
)
def test_whether_the_plan_is_on_decides_what_an_assessment_says(
    excerpt: Excerpt, tier: str, plan: str, status: str
) -> None:
    """No recording holds a plan: its shape is that of Microsoft's SDK (facts 8)."""
    assessed(in_network(excerpt), ATTESTATION_ASSESSMENT, example(0))
    excerpt.answered("defender_plan", {"properties": {"pricingTier": tier}}, subscription=SUBSCRIPTION_ID)

    found = statuses(excerpt.diagnose(VM, excerpt.prefixes), "defender")

    assert (found["defender.plan"], found["defender.attestation-status"]) == (plan, status)
