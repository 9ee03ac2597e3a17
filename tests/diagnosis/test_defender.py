"""Defender's checks: none of them is required, and none of them fails."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.diagnosis.check import Check, Status
from guest_attestation.facts.defender import ATTESTATION_ASSESSMENT
from tests.scenario import VM, Scenario

PLAN = "pricings/VirtualMachines"
ATTESTATION = f"assessments/{ATTESTATION_ASSESSMENT}"
EXTENSION = "assessments/874b14bd-b49e-495a-88c6-46acb89b0a33"
SECURE_BOOT = "assessments/69ad830b-d98c-b1cf-2158-9d69d38c7093"
VTPM = "assessments/861bbc73-0a55-8d1d-efc6-e92d9e1176e0"


def check(scenario: Scenario, name: str) -> Check:
    return scenario.diagnose().check(f"defender.{name}")


def with_plan(tier: Any, **more: Any) -> Scenario:
    scenario = Scenario.sample("healthy")
    scenario.body(PLAN)["properties"] = {"pricingTier": tier, **more}
    return scenario


def with_status(assessment: str, scenario: Scenario | None = None, **status: str) -> Scenario:
    scenario = scenario or Scenario.sample("healthy")
    scenario.body(assessment)["properties"]["status"] = status
    return scenario


def without_recommendations(scenario: Scenario) -> Scenario:
    return scenario.drop(EXTENSION).drop(SECURE_BOOT).drop(VTPM)


@pytest.mark.parametrize(
    ("tier", "status", "said"),
    [
        ("Standard", Status.PASS, "Defender for Servers is on (Standard)"),
        ("standard", Status.PASS, "Defender for Servers is on (standard)"),
        ("Free", Status.NOT_APPLICABLE, "Defender for Servers is off in this subscription (Free)"),
        ("Other", Status.UNKNOWN, "the plan's tier is Other"),
        (None, Status.UNKNOWN, "the plan's tier is not shown"),
    ],
)
def test_the_plan_is_on_off_or_not_known(tier: str | None, status: Status, said: str) -> None:
    found = check(with_plan(tier), "plan")
    assert found.status is status
    assert found.summary.startswith(said)
    assert found.evidence


def test_the_plans_variant_is_shown() -> None:
    assert check(Scenario.sample("healthy"), "plan").summary == "Defender for Servers is on (Standard P2)"


@pytest.mark.parametrize(
    ("status", "ends", "said"),
    [
        ({"code": "Healthy"}, Status.PASS, "Defender sees the boot as Healthy"),
        (
            {"code": "Unhealthy"},
            Status.WARN,
            "Defender sees the boot as Unhealthy, cause not shown: on this alone do not open the network",
        ),
        (
            {"code": "unhealthy", "cause": "Boot", "description": "differs"},
            Status.WARN,
            "Defender sees the boot as Unhealthy (Boot: differs): on this alone do not open the network",
        ),
        ({"code": "NotApplicable"}, Status.NOT_APPLICABLE, "Defender did not assess the boot"),
        (
            {"code": "NotApplicable", "cause": "OffByPolicy"},
            Status.NOT_APPLICABLE,
            "Defender did not assess the boot (OffByPolicy)",
        ),
        ({"code": "Else"}, Status.UNKNOWN, "the assessment's status is Else"),
        ({}, Status.UNKNOWN, "the assessment's status is not shown"),
    ],
)
def test_the_attestation_status_is_what_defender_says(status: dict[str, str], ends: Status, said: str) -> None:
    found = check(with_status(ATTESTATION, None, **status), "attestation-status")
    assert (found.status, found.summary) == (ends, said)
    assert found.evidence


@pytest.mark.parametrize("code", ["Healthy", "Unhealthy"])
def test_with_the_plan_off_an_old_status_says_nothing(code: str) -> None:
    found = check(with_status(ATTESTATION, with_plan("Free"), code=code), "attestation-status")
    assert (found.status, found.causes) == (Status.NOT_APPLICABLE, ())


def test_a_plan_that_was_not_read_leaves_the_status_as_it_is() -> None:
    assert check(Scenario.sample("healthy").answer(PLAN, 403), "attestation-status").status is Status.PASS


def test_recommendations_that_were_all_read_and_are_not_unhealthy_pass() -> None:
    found = check(with_status(VTPM, code="NotApplicable"), "recommendations")
    assert (found.status, found.summary) == (Status.PASS, "none of the 3 recommendations is unhealthy")
    assert len(found.evidence) == 3


def test_unhealthy_recommendations_are_named() -> None:
    scenario = with_status(VTPM, with_status(SECURE_BOOT, code="Unhealthy"), code="unhealthy")
    del scenario.body(VTPM)["properties"]["displayName"]
    found = check(scenario, "recommendations")
    assert found.status is Status.WARN
    assert found.summary == (
        "Defender recommends: Secure Boot should be enabled on supported Windows virtual machines;"
        " vTPM should be enabled on supported VMs"
    )
    assert len(found.evidence) == 2


@pytest.mark.parametrize(("sample", "noted"), [("nsg-denies-attestation", True), ("extension-not-installed", False)])
def test_an_extension_that_failed_is_not_read_as_absent(sample: str, noted: bool) -> None:
    found = check(Scenario.sample(sample), "recommendations")
    assert found.status is Status.WARN
    assert ("the extension is installed" in found.summary) is noted


@pytest.mark.parametrize("status", [None, 403, 404])
def test_without_one_of_them_the_rest_is_no_pass(status: int | None) -> None:
    scenario = Scenario.sample("healthy")
    found = check(scenario.drop(VTPM) if status is None else scenario.answer(VTPM, status), "recommendations")
    assert found.status is Status.UNKNOWN
    assert found.summary.startswith("1 of 3 recommendations are not known: ")
    assert VTPM in found.summary
    assert found.missing_permission == ("Microsoft.Security/assessments/read" if status == 403 else None)


def test_of_several_that_are_missing_the_refused_one_is_named() -> None:
    found = check(Scenario.sample("healthy").drop(EXTENSION).answer(VTPM, 403), "recommendations")
    assert found.missing_permission == "Microsoft.Security/assessments/read"
    assert found.summary.startswith("2 of 3 recommendations are not known: refused (403)")


def test_one_without_a_status_is_not_known() -> None:
    found = check(with_status(VTPM), "recommendations")
    assert (found.status, found.summary) == (
        Status.UNKNOWN, "1 of 3 recommendations are not known: an assessment shows no status",
    )  # fmt: skip


def test_linux_is_given_others() -> None:
    scenario = Scenario.sample("healthy")
    scenario.body("virtualMachines/web-01")["properties"]["storageProfile"]["osDisk"]["osType"] = "Linux"
    assert check(scenario, "recommendations").summary.startswith("4 of 5 recommendations are not known: ")


def test_without_the_vm_its_operating_system_is_not_known() -> None:
    found = check(Scenario.sample("healthy").answer("virtualMachines/web-01", 403), "recommendations")
    assert (found.status, found.missing_permission) == (Status.UNKNOWN, "Microsoft.Compute/virtualMachines/read")


def test_with_the_plan_off_and_none_read_nothing_is_recommended() -> None:
    assert check(without_recommendations(with_plan("Free")), "recommendations").status is Status.NOT_APPLICABLE


def test_with_the_plan_off_recommendations_that_were_all_read_pass() -> None:
    assert check(with_plan("Free"), "recommendations").status is Status.PASS


def test_with_the_plan_off_what_is_unhealthy_is_named_all_the_same() -> None:
    assert check(with_status(VTPM, with_plan("Free"), code="Unhealthy"), "recommendations").status is Status.WARN


@pytest.mark.parametrize(
    ("ending", "name", "permission"),
    [
        (PLAN, "plan", "Microsoft.Security/pricings/read"),
        (ATTESTATION, "attestation-status", "Microsoft.Security/assessments/read"),
    ],
)
@pytest.mark.parametrize("status", [None, 403, 404])
def test_what_was_not_read_is_unknown_and_never_decides(
    ending: str, name: str, permission: str, status: int | None
) -> None:
    scenario = Scenario.sample("healthy")
    scenario = scenario.drop(ending) if status is None else scenario.answer(ending, status)
    found = check(scenario, name)
    assert found.status is Status.UNKNOWN
    assert found.missing_permission == (permission if status == 403 else None)
    assert not found.required
    assert scenario.diagnose().verdict is Status.PASS


def test_an_unhealthy_boot_warns_and_gives_no_cause() -> None:
    diagnosis = with_status(ATTESTATION, code="Unhealthy").diagnose()
    assert (diagnosis.verdict, diagnosis.root_causes) == (Status.WARN, ())


def test_none_of_it_was_recorded_of_a_vm_that_nobody_asked_about() -> None:
    scenario = without_recommendations(Scenario.sample("healthy")).drop(PLAN).drop(ATTESTATION)
    found = [check(scenario, name) for name in ("plan", "attestation-status", "recommendations")]
    assert [it.status for it in found] == [Status.UNKNOWN] * 3
    assert all("not in the snapshot: GET" in it.summary for it in found)
    assert f"{VM}/providers/Microsoft.Security" in found[2].summary
