"""A uniform scale-set instance goes through facts and diagnosis like a VM, read where Azure answers for it."""

from __future__ import annotations

import pytest

from tests.facts.scale_set import INSTANCE, INSTANCE_NIC, SCALE_SET, instance_of
from tests.scenario import SUBNET_NSG


def test_an_instance_is_gathered_from_its_own_places() -> None:
    facts = instance_of("healthy").facts()

    assert facts.vm.value is not None
    assert (facts.vm.value.id, facts.vm.value.is_running) == (INSTANCE, True)
    assert facts.primary.nic.value is not None
    assert facts.primary.nic.value.id == INSTANCE_NIC
    assert facts.primary.nic.evidence.endswith("#/response/body/value/0")
    assert facts.extensions.value is not None
    assert [extension.type for extension in facts.extensions.value] == ["AzureMonitorWindowsAgent", "GuestAttestation"]
    assert facts.primary.subnet_group is not None
    assert facts.primary.subnet_group.value is not None
    assert facts.primary.subnet_group.value.id == SUBNET_NSG


def test_the_model_serves_what_an_instance_leaves_out_and_is_its_evidence() -> None:
    vm = instance_of("healthy").facts().vm.value

    assert vm is not None
    assert (vm.security_type, vm.secure_boot_enabled, vm.v_tpm_enabled) == ("TrustedLaunch", True, True)
    model = vm.evidence["security_type"]
    assert model.endswith("#/response/body/properties/virtualMachineProfile/securityProfile/securityType")


def test_an_instances_own_security_profile_wins_over_the_models() -> None:
    scenario = instance_of("healthy")
    scenario.body(INSTANCE)["properties"]["securityProfile"] = {
        "securityType": "TrustedLaunch",
        "uefiSettings": {"secureBootEnabled": False, "vTpmEnabled": True},
    }

    assert [cause.code for cause in scenario.diagnose().root_causes] == ["secure-boot-off"]


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        ("nsg-denies-attestation", "nsg-denies-attestation"),
        ("secure-boot-off", "secure-boot-off"),
        ("extension-not-installed", "extension-not-installed"),
        ("extension-failed", "extension-failed"),
    ],
)
def test_an_instance_gets_the_same_diagnosis_as_a_vm(sample: str, code: str) -> None:
    diagnosis = instance_of(sample).diagnose()

    assert diagnosis.root_causes[0].code == code
    assert diagnosis.root_causes[0].confidence == "proven"
    assert diagnosis.verdict == "fail"


def test_a_healthy_instance_lacks_no_more_than_a_healthy_vm() -> None:
    diagnosis = instance_of("healthy").diagnose()

    assert diagnosis.root_causes == ()
    assert [check.id for check in diagnosis.checks if check.required and check.status == "unknown"] == []


def test_the_model_serves_where_an_instances_profile_names_no_security_type() -> None:
    scenario = instance_of("healthy")
    scenario.body(INSTANCE)["properties"]["securityProfile"] = {"encryptionAtHost": True}

    assert scenario.diagnose().check("prerequisites.security-type").status == "pass"


@pytest.mark.parametrize("profile", [None, {}, {"encryptionAtHost": True}, {"securityType": None}], ids=repr)
@pytest.mark.parametrize("status", [None, 403, 404, 429])
def test_without_its_model_an_instance_that_names_no_security_type_proves_nothing(
    status: int | None, profile: object
) -> None:
    scenario = instance_of("healthy")
    scenario.body(INSTANCE)["properties"]["securityProfile"] = profile
    scenario = scenario.drop("/front") if status is None else scenario.answer("/front", status)

    diagnosis = scenario.diagnose()

    assert (diagnosis.verdict, diagnosis.root_causes) == ("unknown", ())
    check = diagnosis.check("prerequisites.security-type")
    assert (check.status, SCALE_SET in check.summary) == ("unknown", True)
    expected = "Microsoft.Compute/virtualMachineScaleSets/read" if status == 403 else None
    assert check.missing_permission == expected


def test_an_instance_with_its_own_profile_needs_no_model() -> None:
    scenario = instance_of("nsg-denies-attestation")
    profile = scenario.body("/front")["properties"]["virtualMachineProfile"]["securityProfile"]
    scenario.body(INSTANCE)["properties"]["securityProfile"] = profile

    assert scenario.drop("/front").diagnose().root_causes[0].code == "nsg-denies-attestation"


@pytest.mark.parametrize(
    ("ending", "check", "permission"),
    [
        (INSTANCE, "prerequisites.agent", "virtualMachines/read"),
        (f"{INSTANCE}/networkInterfaces", "path.nic-nsg", "virtualMachines/networkInterfaces/read"),
    ],
)
def test_a_refused_read_of_an_instance_names_its_own_permission(ending: str, check: str, permission: str) -> None:
    found = instance_of("healthy").answer(ending, 403).diagnose().check(check)

    assert found.status == "unknown"
    assert found.missing_permission == f"Microsoft.Compute/virtualMachineScaleSets/{permission}"


def test_without_its_list_of_extensions_an_instances_own_resources_serve() -> None:
    diagnosis = instance_of("extension-not-installed").drop(f"{INSTANCE}/extensions").diagnose()

    assert diagnosis.root_causes[0].code == "extension-not-installed"


def test_a_nic_that_the_list_does_not_hold_is_said() -> None:
    scenario = instance_of("healthy")
    scenario.body(f"{INSTANCE}/networkInterfaces")["value"] = []

    check = scenario.diagnose().check("path.nic-nsg")

    assert check.status == "unknown"
    assert INSTANCE_NIC in check.summary
