"""The uniform scale sets of the recording guest-attestation.

Only the model and the list of instances were recorded, which no read asks for: an instance is taken out of the list
and recorded as if it had been asked for alone, where a test says so.
"""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.commands.main import main
from guest_attestation.resource_id import parse_vm_id
from tests.recordings.recorded import ATTESTED_GROUP, Excerpt, body_of, causes, documented, statuses

SCALE_SET = f"{ATTESTED_GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss000007"
INSTANCE = f"{SCALE_SET}/virtualMachines/0"
NIC = f"{INSTANCE}/networkInterfaces/vmssne5e8Nic"
MODEL_BEFORE, MODEL_AFTER, LIST = "guest-attestation/ga.100", "guest-attestation/ga.112", "guest-attestation/ga.113"


def instance() -> dict[str, Any]:
    listed: dict[str, Any] = body_of(LIST)["value"][0]
    return listed


def test_the_id_of_a_listed_instance_is_taken_apart() -> None:
    vm = parse_vm_id(instance()["id"])

    assert vm.text == INSTANCE
    assert vm.scale_set_id == SCALE_SET
    assert vm.name == "vmss000007_0"
    assert vm.resource_group == "cli_test_guest_attestation_extension_and_msi000001"


def test_model_and_list_alone_hold_no_vm(excerpt: Excerpt, capsys: pytest.CaptureFixture[str]) -> None:
    folder = excerpt.copy(MODEL_AFTER, LIST).write_header()

    assert main(["diagnose", str(folder)]) == 2

    assert "holds no VM" in capsys.readouterr().err


def test_model_and_list_alone_leave_an_instance_unknown(excerpt: Excerpt) -> None:
    diagnosis = excerpt.copy(MODEL_AFTER, LIST).diagnose(INSTANCE)

    assert str(diagnosis.verdict) == "unknown"
    assert causes(diagnosis) == []
    assert set(statuses(diagnosis, "prerequisites", "extension").values()) == {"unknown"}


def test_facts_of_an_instance_taken_out_of_the_list(excerpt: Excerpt) -> None:
    facts = excerpt.copy(MODEL_AFTER).answered("instance", instance(), vm=INSTANCE).facts(INSTANCE)

    vm = facts.vm.value
    assert vm is not None
    assert (vm.id, vm.name, vm.location) == (INSTANCE, "vmss000007_0", "westus")
    assert (vm.security_type, vm.secure_boot_enabled, vm.v_tpm_enabled) == ("TrustedLaunch", True, True)
    assert (vm.vm_size, vm.identity_type) == ("Standard_DS1_v2", "SystemAssigned")
    assert (vm.power_state, vm.vm_agent, vm.hyper_v_generation) == (None, None, None)
    assert [(nic.id, nic.primary) for nic in vm.network_interfaces] == [(NIC, True)]
    assert [(it.name, it.provisioning_state, it.type_handler_version) for it in facts.extensions.value or ()] == [
        ("GuestAttestation", "Succeeded", "1.0")
    ]
    assert facts.primary.nic.why_not == f"not in the snapshot: GET {INSTANCE}/networkInterfaces"


def test_an_instance_taken_out_of_the_list_is_judged_as_far_as_it_was_read(excerpt: Excerpt) -> None:
    diagnosis = excerpt.copy(MODEL_AFTER).answered("instance", instance(), vm=INSTANCE).diagnose(INSTANCE)

    assert str(diagnosis.verdict) == "unknown"
    assert causes(diagnosis) == []
    assert statuses(diagnosis, "prerequisites", "extension.installed", "extension.reporting") == {
        "prerequisites.security-type": "pass",
        "prerequisites.secure-boot": "pass",
        "prerequisites.vtpm": "pass",
        "prerequisites.generation": "pass",
        "prerequisites.size": "pass",
        "prerequisites.power-state": "unknown",
        "prerequisites.agent": "unknown",
        "prerequisites.identity": "pass",
        "prerequisites.proxy-agent": "not-applicable",
        "prerequisites.other-extensions": "pass",
        "extension.installed": "pass",
        "extension.reporting": "unknown",
    }


@pytest.mark.parametrize("model", [MODEL_BEFORE, MODEL_AFTER])
def test_an_instance_without_a_security_profile_of_its_own_has_the_models(excerpt: Excerpt, model: str) -> None:
    body = instance()
    del body["properties"]["securityProfile"]

    vm = excerpt.copy(model).answered("instance", body, vm=INSTANCE).facts(INSTANCE).vm.value

    assert vm is not None
    assert (vm.security_type, vm.secure_boot_enabled, vm.v_tpm_enabled) == ("TrustedLaunch", True, True)


def test_an_instance_that_was_not_upgraded_to_the_model_has_no_extension(excerpt: Excerpt) -> None:
    body = instance()
    del body["resources"]

    diagnosis = excerpt.copy(MODEL_AFTER).answered("instance", body, vm=INSTANCE).diagnose(INSTANCE)

    assert causes(diagnosis) == [("extension-not-installed", "proven")]


def test_an_instances_documented_extension_list_wins_over_its_resources(excerpt: Excerpt) -> None:
    listed = documented("compute-2021-03-01/ListVirtualMachineScaleSetVMExtensions", subscription="{subscriptionId}")
    excerpt.answered("instance", instance(), vm=INSTANCE).answered("instance_extensions", listed, vm=INSTANCE)

    facts = excerpt.facts(INSTANCE)

    assert [(it.name, it.handler, it.type_handler_version) for it in facts.extensions.value or ()] == [
        ("myVMExtension", "extPublisher.extType", "1.2"),
        ("myVMExtension1", "extPublisher1.extType1", "1.0"),
    ]


def test_an_instances_documented_network_interface_is_found_in_the_list(excerpt: Excerpt) -> None:
    nic = documented("network-2021-02-01/VmssNetworkInterfaceGet")
    other, nic["id"] = dict(nic), NIC
    excerpt.answered("instance", instance(), vm=INSTANCE)
    excerpt.answered("instance_network_interfaces", {"value": [other, nic]}, vm=INSTANCE)

    facts = excerpt.facts(INSTANCE)

    assert facts.primary.nic.value is not None
    assert facts.primary.nic.value.id == NIC
    network = f"/subscriptions/{parse_vm_id(INSTANCE).subscription_id}/resourceGroups/rg1/providers/Microsoft.Network"
    assert facts.primary.nic.value.network_security_group_id == f"{network}/networkSecurityGroups/nsg1"
    ip = facts.primary.ip_configuration
    assert ip is not None
    assert (ip.name, ip.private_ip_address, ip.primary) == ("ip1", "10.0.0.5", True)
    assert ip.subnet_id == f"{network}/virtualNetworks/vnet1/subnets/subnet1"
    assert ip.backend_pools == (f"{network}/loadBalancers/lb1/backendAddressPools/addressPool1",)
    assert ip.public_ip_address_id is not None
    assert ip.public_ip_address_id.endswith("/networkInterfaces/nic1/ipConfigurations/ip1/publicIPAddresses/pub1")
