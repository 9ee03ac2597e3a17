"""The extension: found by publisher and type, its model and its two legs read apart."""

from typing import Any

import pytest

from guest_attestation.diagnosis.check import Check, Confidence, Status
from guest_attestation.facts.defender import ATTESTATION_ASSESSMENT
from tests.scenario import VM, Scenario


def models(scenario: Scenario) -> list[Any]:
    """The Guest Attestation extension's model, in both places."""
    resources = scenario.body("/virtualMachines/web-01")["resources"]
    return [it for it in (*resources, *scenario.body("/extensions")["value"]) if it["name"] == "GuestAttestation"]


def views(scenario: Scenario) -> list[Any]:
    """Its instance view, in both places."""
    extensions = scenario.body("/virtualMachines/web-01")["properties"]["instanceView"]["extensions"]
    own = [it for it in extensions if it["name"] == "GuestAttestation"]
    return own + [it["properties"]["instanceView"] for it in models(scenario) if "instanceView" in it["properties"]]


def set_state(scenario: Scenario, state: str, *, since: str | None) -> None:
    for model in models(scenario):
        model["properties"]["provisioningState"] = state
    for view in views(scenario):
        view["statuses"] = [{"code": "ProvisioningState/transitioning", "level": "Info", "time": since}]
        view["substatuses"] = []


def set_legs(scenario: Scenario, **states: str) -> None:
    legs = [
        {
            "code": f"ComponentStatus/{name}/{state}",
            "level": "Error" if state == "failed" else "Info",
            "message": "said",
        }
        for name, state in states.items()
    ]
    for view in views(scenario):
        view["substatuses"] = legs


def check(scenario: Scenario, name: str) -> Check:
    return scenario.diagnose().check(f"extension.{name}")


def test_the_extension_is_found_by_publisher_and_type_whatever_its_name_and_case() -> None:
    scenario = Scenario.sample("healthy")
    for model in models(scenario):
        model["name"] = "integrity-monitoring"
        model["properties"]["publisher"] = "MICROSOFT.AZURE.SECURITY.WINDOWSATTESTATION"
        model["properties"]["type"] = "guestattestation"
    assert check(scenario, "installed").status is Status.PASS


def test_an_extension_of_that_name_but_another_publisher_is_not_it() -> None:
    scenario = Scenario.sample("healthy")
    for model in models(scenario):
        model["properties"]["publisher"] = "Contoso.Security"
    found = check(scenario, "installed")
    assert found.status is Status.FAIL
    assert found.causes[0].code == "extension-not-installed"


def test_without_the_list_the_vms_own_resources_show_what_is_installed() -> None:
    scenario = Scenario.sample("healthy").drop("/extensions")
    assert check(scenario, "installed").status is Status.PASS
    del scenario.body("/virtualMachines/web-01")["resources"]
    found = check(scenario, "installed")
    assert found.causes[0].confidence is Confidence.PROVEN


def test_nothing_read_is_unknown() -> None:
    scenario = Scenario.sample("extension-not-installed").answer("/extensions", 403).drop("/virtualMachines/web-01")
    for name in ("installed", "state", "reporting"):
        found = check(scenario, name)
        assert found.status is Status.UNKNOWN
        assert found.missing_permission == "Microsoft.Compute/virtualMachines/extensions/read"


def test_a_failed_extension_says_its_own_words() -> None:
    found = check(Scenario.sample("nsg-denies-attestation"), "state")
    assert found.status is Status.FAIL
    assert "Timeout was reached" in found.summary


@pytest.mark.parametrize(
    ("since", "status", "confidence"),
    [
        ("2026-11-20T07:59:00Z", Status.FAIL, Confidence.PROVEN),
        ("2026-11-20T08:00:00Z", Status.WARN, Confidence.SUSPECTED),
        ("2026-11-20T09:09:00Z", Status.WARN, Confidence.SUSPECTED),
        (None, Status.WARN, Confidence.SUSPECTED),
        ("2026-11-20T09:10:00Z", Status.UNKNOWN, None),
        ("2026-11-20T09:29:00Z", Status.UNKNOWN, None),
    ],
)
@pytest.mark.parametrize("state", ["Creating", "Updating", "Transitioning"])
def test_stuck_is_measured_at_the_time_of_the_capture(
    since: str | None, status: Status, confidence: Confidence | None, state: str
) -> None:
    scenario = Scenario.sample("healthy")
    set_state(scenario, state, since=since)
    diagnosis = scenario.diagnose()
    found = diagnosis.check("extension.state")
    assert found.status is status
    assert [(it.code.value, it.confidence) for it in found.causes] == (
        [("extension-stuck", confidence)] if confidence else []
    )
    if status is not Status.UNKNOWN:
        assert diagnosis.check("extension.reporting").status is Status.NOT_APPLICABLE


def test_a_state_that_is_none_of_the_known_is_unknown() -> None:
    scenario = Scenario.sample("healthy")
    for model in models(scenario):
        model["properties"]["provisioningState"] = "Canceled"
    assert check(scenario, "state").status is Status.UNKNOWN


def test_suppressed_failures_are_told() -> None:
    scenario = Scenario.sample("healthy")
    for model in models(scenario):
        model["properties"]["suppressFailures"] = True
    assert "suppressFailures" in check(scenario, "state").summary


def test_a_report_that_fails_alone_is_defenders_matter() -> None:
    scenario = Scenario.sample("healthy")
    set_legs(scenario, GuestAttestation="succeeded", ReportHealth="failed")
    diagnosis = scenario.diagnose()
    assert [cause.code.value for cause in diagnosis.root_causes] == ["defender-reporting-failed"]
    assert diagnosis.check("extension.state").status is Status.PASS
    assert diagnosis.verdict is Status.FAIL


def test_when_both_legs_fail_the_extension_failed() -> None:
    scenario = Scenario.sample("healthy")
    set_legs(scenario, GuestAttestation="failed", ReportHealth="failed")
    diagnosis = scenario.diagnose()
    assert [cause.code.value for cause in diagnosis.root_causes] == ["extension-failed"]
    assert diagnosis.check("extension.reporting").status is Status.NOT_APPLICABLE


def test_with_the_plan_off_an_old_assessment_shows_no_reports() -> None:
    scenario = Scenario.sample("healthy")
    set_legs(scenario)
    assert scenario.diagnose().check("extension.reporting").status is Status.PASS

    scenario.body("pricings/VirtualMachines")["properties"] = {"pricingTier": "Free"}

    assert scenario.diagnose().check("extension.reporting").status is Status.UNKNOWN


def test_without_legs_only_defenders_healthy_lets_reporting_pass() -> None:
    scenario = Scenario.sample("healthy")
    set_legs(scenario)
    scenario.drop(f"assessments/{ATTESTATION_ASSESSMENT}")
    assert check(scenario, "reporting").status is Status.UNKNOWN
    for code, status in (("Unhealthy", Status.UNKNOWN), ("NotApplicable", Status.UNKNOWN), ("Healthy", Status.PASS)):
        body = {"properties": {"status": {"code": code}}}
        scenario.read("assessment", body, vm=VM, key=ATTESTATION_ASSESSMENT)
        scenario.documents[list(scenario.documents)[-1]]["at"] = f"2026-11-20T09:29:{len(scenario.documents):02}Z"
        found = check(scenario, "reporting")
        assert found.status is status
    assert found.assumptions


def test_a_refused_assessment_names_its_permission() -> None:
    scenario = Scenario.sample("healthy")
    set_legs(scenario)
    scenario.read("assessment", {}, vm=VM, key=ATTESTATION_ASSESSMENT, status=403)
    assert check(scenario, "reporting").missing_permission == "Microsoft.Security/assessments/read"


@pytest.mark.parametrize(("value", "status"), [(True, Status.PASS), (None, Status.PASS), (False, Status.WARN)])
def test_automatic_upgrade_warns_only_when_it_is_explicitly_off(value: bool | None, status: Status) -> None:
    scenario = Scenario.sample("healthy")
    for model in models(scenario):
        model["properties"]["enableAutomaticUpgrade"] = value
    diagnosis = scenario.diagnose()
    assert diagnosis.check("extension.auto-upgrade").status is status
    assert [cause.code.value for cause in diagnosis.root_causes] == (["auto-upgrade-off"] if value is False else [])


def test_the_model_of_a_stopped_vm_still_passes_but_its_reporting_is_unknown() -> None:
    scenario = Scenario.sample("healthy")
    statuses = scenario.body("/virtualMachines/web-01")["properties"]["instanceView"]["statuses"]
    next(it for it in statuses if it["code"].startswith("PowerState"))["code"] = "PowerState/deallocated"
    assert check(scenario, "state").status is Status.PASS
    assert check(scenario, "state").assumptions
    assert check(scenario, "reporting").assumptions == (
        "Defender's attestation assessment is Healthy; the extension itself shows no legs",
    )
    scenario.drop(f"assessments/{ATTESTATION_ASSESSMENT}")
    assert check(scenario, "reporting").status is Status.UNKNOWN


def unknown_power(scenario: Scenario) -> None:
    scenario.body("/virtualMachines/web-01")["properties"]["instanceView"]["statuses"] = []


def test_a_failure_reported_by_a_vm_that_may_be_stopped_is_unknown_never_pass() -> None:
    for change in (unknown_power, lambda it: it.drop("/virtualMachines/web-01")):
        scenario = Scenario.sample("secure-boot-off")
        change(scenario)
        found = check(scenario, "state")
        assert found.status is Status.UNKNOWN
        assert "HTTP status 400" in found.summary


def test_the_newest_report_of_a_leg_counts() -> None:
    scenario = Scenario.sample("healthy")
    view = scenario.body("/virtualMachines/web-01")["properties"]["instanceView"]
    own = next(it for it in view["extensions"] if it["name"] == "GuestAttestation")
    own["substatuses"] = [
        {"code": "ComponentStatus/ReportHealth/failed", "level": "Error", "time": "2026-11-20T06:00:00Z"}
    ]
    diagnosis = scenario.diagnose()
    assert not diagnosis.root_causes
    assert diagnosis.check("extension.reporting").status is Status.PASS


def test_a_report_that_fails_beside_a_failed_extension_is_not_alone() -> None:
    scenario = Scenario.sample("healthy")
    set_legs(scenario, ReportHealth="failed")
    for view in views(scenario):
        view["statuses"] = [{"code": "ProvisioningState/failed/-7", "level": "Error", "message": "Timeout was reached"}]
    assert [cause.code.value for cause in scenario.diagnose().root_causes] == ["extension-failed"]


def test_one_leg_alone_is_not_taken_for_both_even_where_defender_is_content() -> None:
    scenario = Scenario.sample("healthy")
    set_legs(scenario, GuestAttestation="transitioning")
    scenario.read("assessment", {"properties": {"status": {"code": "Healthy"}}}, vm=VM, key=ATTESTATION_ASSESSMENT)
    assert check(scenario, "reporting").status is Status.UNKNOWN


def test_a_stuck_extension_is_named_by_the_state_that_moves() -> None:
    scenario = Scenario.sample("healthy")
    set_state(scenario, "Succeeded", since="2026-11-20T07:00:00Z")
    assert "transitioning for 150 minutes" in check(scenario, "state").summary


def test_deleting_is_not_stuck_and_policys_spelling_of_success_is_one() -> None:
    scenario = Scenario.sample("healthy")
    for model in models(scenario):
        model["properties"]["provisioningState"] = "Deleting"
    assert check(scenario, "state").status is Status.UNKNOWN
    for model in models(scenario):
        model["properties"]["provisioningState"] = "Provisioning succeeded"
    assert check(scenario, "state").status is Status.PASS
