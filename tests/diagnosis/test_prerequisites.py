"""Prerequisites: each thing that must hold, and a near miss that must not be taken for a failure."""

from typing import Any

import pytest

from guest_attestation.diagnosis.check import Check, Confidence, Status
from tests.scenario import VM, Scenario


def vm_body(scenario: Scenario) -> Any:
    return scenario.body("/virtualMachines/web-01")


def check(scenario: Scenario, name: str) -> Check:
    return scenario.diagnose().check(f"prerequisites.{name}")


def codes(found: Check) -> list[str]:
    return [cause.code.value for cause in found.causes]


@pytest.mark.parametrize("security_type", ["TrustedLaunch", "ConfidentialVM", "trustedlaunch"])
def test_a_security_type_whose_boot_can_be_attested_passes(security_type: str) -> None:
    scenario = Scenario.sample("healthy")
    vm_body(scenario)["properties"]["securityProfile"]["securityType"] = security_type
    assert check(scenario, "security-type").status is Status.PASS


@pytest.mark.parametrize("profile", [None, {}, {"securityType": None}, {"securityType": "Standard"}])
def test_an_absent_security_type_means_standard(profile: dict[str, Any] | None) -> None:
    scenario = Scenario.sample("healthy")
    vm_body(scenario)["properties"]["securityProfile"] = profile
    found = check(scenario, "security-type")
    assert found.status is Status.FAIL
    assert codes(found) == ["not-trusted-launch"]
    assert found.causes[0].confidence is Confidence.PROVEN


def test_a_security_type_of_the_future_is_unknown() -> None:
    scenario = Scenario.sample("healthy")
    vm_body(scenario)["properties"]["securityProfile"]["securityType"] = "QuantumVM"
    assert check(scenario, "security-type").status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("field", "name", "code"),
    [("secureBootEnabled", "secure-boot", "secure-boot-off"), ("vTpmEnabled", "vtpm", "vtpm-off")],
)
def test_a_switch_that_is_off_is_proven_and_one_that_is_not_shown_is_unknown(field: str, name: str, code: str) -> None:
    scenario = Scenario.sample("healthy")
    settings = vm_body(scenario)["properties"]["securityProfile"]["uefiSettings"]
    settings[field] = False
    assert codes(check(scenario, name)) == [code]
    del settings[field]
    found = check(scenario, name)
    assert found.status is Status.UNKNOWN
    assert not found.causes


def test_a_plain_vm_is_not_told_to_switch_on_what_it_does_not_have() -> None:
    scenario = Scenario.sample("secure-boot-off")
    vm_body(scenario)["properties"]["securityProfile"]["securityType"] = "Standard"
    diagnosis = scenario.diagnose()
    assert diagnosis.check("prerequisites.secure-boot").status is Status.NOT_APPLICABLE
    assert diagnosis.root_causes[0].code == "not-trusted-launch"
    assert "secure-boot-off" not in [cause.code for cause in diagnosis.root_causes]


def test_generation_1_is_proven_by_the_instance_view() -> None:
    scenario = Scenario.sample("healthy")
    vm_body(scenario)["properties"]["instanceView"]["hyperVGeneration"] = "v1"
    assert codes(check(scenario, "generation")) == ["generation-1"]


def test_generation_and_size_are_taken_for_granted_only_on_trusted_launch() -> None:
    scenario = Scenario.sample("healthy")
    del vm_body(scenario)["properties"]["instanceView"]["hyperVGeneration"]
    assert check(scenario, "generation").status is Status.PASS
    assert check(scenario, "size").status is Status.PASS
    vm_body(scenario)["properties"]["securityProfile"] = None
    assert check(scenario, "generation").status is Status.UNKNOWN
    assert check(scenario, "size").status is Status.UNKNOWN


def stop(scenario: Scenario) -> None:
    statuses = vm_body(scenario)["properties"]["instanceView"]["statuses"]
    next(it for it in statuses if it["code"].startswith("PowerState"))["code"] = "PowerState/deallocated"


def test_a_vm_that_does_not_run_leaves_it_unknown() -> None:
    scenario = Scenario.sample("healthy")
    stop(scenario)
    diagnosis = scenario.diagnose()
    assert diagnosis.check("prerequisites.power-state").status is Status.UNKNOWN
    assert [cause.code.value for cause in diagnosis.root_causes] == ["vm-not-running"]
    assert diagnosis.verdict is Status.UNKNOWN


def test_the_agent_of_a_stopped_vm_is_unknown_never_not_ready() -> None:
    scenario = Scenario.sample("healthy")
    stop(scenario)
    for agent in (None, {"statuses": [{"code": "ProvisioningState/Unavailable", "displayStatus": "Not Ready"}]}):
        vm_body(scenario)["properties"]["instanceView"]["vmAgent"] = agent
        found = check(scenario, "agent")
        assert found.status is Status.UNKNOWN
        assert not found.causes


def test_a_running_vm_without_an_agent_is_proven() -> None:
    scenario = Scenario.sample("healthy")
    del vm_body(scenario)["properties"]["instanceView"]["vmAgent"]
    assert codes(check(scenario, "agent")) == ["agent-not-ready"]


def test_an_agent_that_says_not_ready_is_proven_with_its_words() -> None:
    scenario = Scenario.sample("healthy")
    status = {"code": "ProvisioningState/Unavailable", "displayStatus": "Not Ready", "message": "blob not populated"}
    vm_body(scenario)["properties"]["instanceView"]["vmAgent"]["statuses"] = [status]
    found = check(scenario, "agent")
    assert codes(found) == ["agent-not-ready"]
    assert "blob not populated" in found.summary


def test_an_agent_without_a_status_or_a_power_state_is_unknown() -> None:
    scenario = Scenario.sample("healthy")
    view = vm_body(scenario)["properties"]["instanceView"]
    view["vmAgent"]["statuses"] = []
    assert check(scenario, "agent").status is Status.UNKNOWN
    view["statuses"] = []
    view.pop("vmAgent")
    diagnosis = scenario.diagnose()
    assert diagnosis.check("prerequisites.agent").status is Status.UNKNOWN
    assert diagnosis.check("prerequisites.power-state").status is Status.UNKNOWN


def test_a_vm_that_was_not_read_leaves_every_prerequisite_unknown_with_the_permission() -> None:
    scenario = Scenario.sample("secure-boot-off").answer("/virtualMachines/web-01", 403)
    for name in ("security-type", "secure-boot", "vtpm", "generation", "size", "power-state", "agent"):
        found = check(scenario, name)
        assert found.status is Status.UNKNOWN
        assert found.missing_permission == "Microsoft.Compute/virtualMachines/read"


def test_a_missing_identity_is_only_told() -> None:
    scenario = Scenario.sample("healthy")
    del vm_body(scenario)["identity"]
    found = check(scenario, "identity")
    assert found.status is Status.PASS
    assert "not known to be needed" in found.summary


def test_the_metadata_proxy_agent_warns_only_when_it_is_on() -> None:
    scenario = Scenario.sample("healthy")
    assert check(scenario, "proxy-agent").status is Status.NOT_APPLICABLE
    vm_body(scenario)["properties"]["securityProfile"]["proxyAgentSettings"] = {"enabled": True}
    assert check(scenario, "proxy-agent").status is Status.WARN


def test_another_extension_that_failed_warns_and_is_named() -> None:
    scenario = Scenario.sample("healthy")
    other = next(it for it in scenario.body("/extensions")["value"] if it["name"] != "GuestAttestation")
    other["properties"]["provisioningState"] = "Failed"
    found = check(scenario, "other-extensions")
    assert found.status is Status.WARN
    assert other["name"] in found.summary
    assert not found.causes


def test_a_failed_guest_attestation_is_not_another_extension() -> None:
    assert check(Scenario.sample("extension-failed"), "other-extensions").status is Status.PASS


def test_other_extensions_are_unknown_where_no_answer_shows_them() -> None:
    scenario = Scenario.sample("healthy").drop("/extensions").drop("/virtualMachines/web-01")
    scenario.add("GET", "/elsewhere", {})
    assert check(scenario, "other-extensions").status is Status.UNKNOWN


def test_not_ready_without_a_power_state_is_unknown() -> None:
    scenario = Scenario.sample("healthy")
    view = vm_body(scenario)["properties"]["instanceView"]
    view["vmAgent"]["statuses"] = [{"code": "ProvisioningState/Unavailable", "displayStatus": "Not Ready"}]
    view["statuses"] = []
    found = check(scenario, "agent")
    assert found.status is Status.UNKNOWN
    assert not found.causes


def test_what_a_switch_means_for_a_security_type_of_the_future_is_unknown() -> None:
    scenario = Scenario.sample("secure-boot-off")
    vm_body(scenario)["properties"]["securityProfile"]["securityType"] = "QuantumVM"
    assert check(scenario, "secure-boot").status is Status.UNKNOWN


def test_an_answer_without_an_id_is_known_by_the_id_that_was_asked_for() -> None:
    scenario = Scenario.sample("secure-boot-off")
    del vm_body(scenario)["id"]
    assert scenario.diagnose().root_causes[0].resource == VM
