"""The VM: security profile, power, agent and NICs, as today's and as older api-versions write them."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.virtual_machine import VirtualMachine, normalised_location, parse_virtual_machine
from guest_attestation.snapshot.node import Node
from tests.scenario import NIC, VM, Scenario

PLACE = "file.json#/response/body"


def parsed(body: object) -> VirtualMachine:
    return parse_virtual_machine(Node(body, PLACE))


def sample() -> Any:
    return Scenario.sample("nsg-denies-attestation").body("virtualMachines/web-01")


def with_statuses(*codes: str) -> VirtualMachine:
    return parsed({"properties": {"instanceView": {"statuses": [{"code": code} for code in codes]}}})


def test_the_samples_vm_is_read() -> None:
    vm = parsed(sample())

    assert (vm.id, vm.name, vm.location, vm.vm_size) == (VM, "web-01", "eastus", "Standard_D2s_v5")
    assert (vm.security_type, vm.secure_boot_enabled, vm.v_tpm_enabled) == ("TrustedLaunch", True, True)
    assert (vm.hyper_v_generation, vm.identity_type) == ("V2", "SystemAssigned")
    assert (vm.power_state, vm.is_running, vm.is_trusted_launch) == ("running", True, True)
    assert vm.vm_agent is not None
    assert [status.display_status for status in vm.vm_agent] == ["Ready"]
    assert [(nic.id, nic.primary) for nic in vm.network_interfaces] == [(NIC, True)]
    assert [extension.name for extension in vm.extensions] == ["AzureMonitorWindowsAgent", "GuestAttestation"]
    assert [view.name for view in vm.extension_views] == ["AzureMonitorWindowsAgent", "GuestAttestation"]
    assert vm.proxy_agent_enabled is None


def test_evidence_points_to_where_a_fact_stands() -> None:
    evidence = parsed(sample()).evidence

    assert evidence["security_type"] == f"{PLACE}/properties/securityProfile/securityType"
    assert evidence["secure_boot_enabled"] == f"{PLACE}/properties/securityProfile/uefiSettings/secureBootEnabled"
    assert evidence["vm_agent"] == f"{PLACE}/properties/instanceView/vmAgent"
    assert evidence["proxy_agent"] == f"{PLACE}/properties/securityProfile"
    assert evidence["resources"] == f"{PLACE}/resources"


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param({}, id="absent"),
        pytest.param({"securityProfile": None}, id="null"),
        pytest.param({"securityProfile": {}}, id="empty"),
        pytest.param({"securityProfile": {"securityType": None, "uefiSettings": None}}, id="null fields"),
        pytest.param({"securityProfile": {"encryptionAtHost": True}}, id="other fields"),
    ],
)
def test_without_a_security_type_the_vm_is_not_trusted_launch(profile: dict[str, Any]) -> None:
    vm = parsed({"properties": profile})

    assert (vm.security_type, vm.secure_boot_enabled, vm.v_tpm_enabled) == (None, None, None)
    assert not vm.is_trusted_launch


@pytest.mark.parametrize(
    ("security_type", "expected"),
    [
        *(("TrustedLaunch", True), ("trustedlaunch", True), ("ConfidentialVM", True), ("CONFIDENTIALVM", True)),
        *(("Standard", False), ("Something", False), ("", False)),
    ],
)
def test_trusted_launch_is_known_in_any_letter_case(security_type: str, expected: bool) -> None:
    assert parsed({"properties": {"securityProfile": {"securityType": security_type}}}).is_trusted_launch is expected


@pytest.mark.parametrize("text", ["eastus", "EastUS", "East US", "east us", "E a s t U S"])
def test_a_location_is_one_word_in_lower_case(text: str) -> None:
    assert normalised_location(text) == "eastus"
    assert parsed({"location": text}).location == "eastus"


@pytest.mark.parametrize(
    ("codes", "state", "running"),
    [
        (["ProvisioningState/succeeded", "PowerState/running"], "running", True),
        (["powerstate/Running"], "running", True),
        (["PowerState/deallocated"], "deallocated", False),
        (["PowerState/stopped", "ProvisioningState/succeeded"], "stopped", False),
        (["PowerState/starting"], "starting", False),
        (["PowerState/unknown"], None, None),
        (["PowerState/"], None, None),
        (["PowerState"], None, None),
        (["ProvisioningState/succeeded"], None, None),
        ([], None, None),
    ],
)
def test_the_power_state_is_known_or_not(codes: list[str], state: str | None, running: bool | None) -> None:
    vm = with_statuses(*codes)

    assert (vm.power_state, vm.is_running) == (state, running)


@pytest.mark.parametrize(
    ("agent", "count"),
    [({"statuses": []}, 0), ({}, 0), ({"statuses": [{"code": "a/b"}]}, 1), (None, None), ("x", None)],
)
def test_an_agent_is_there_with_its_statuses_or_not_at_all(agent: object, count: int | None) -> None:
    vm = parsed({"properties": {"instanceView": {"vmAgent": agent}}})

    assert (None if vm.vm_agent is None else len(vm.vm_agent)) == count


def test_without_an_instance_view_nothing_of_it_is_known() -> None:
    vm = parsed({"properties": {"provisioningState": "Succeeded"}})

    assert (vm.power_state, vm.vm_agent, vm.hyper_v_generation, vm.extension_views) == (None, None, None, ())


@pytest.mark.parametrize("resources", [{}, {"resources": None}, {"resources": []}, {"resources": "x"}], ids=repr)
def test_absent_resources_are_no_extensions(resources: dict[str, Any]) -> None:
    assert parsed({"properties": {}, **resources}).extensions == ()


@pytest.mark.parametrize(
    ("items", "primary"),
    [
        pytest.param([{"id": "a"}], ["a"], id="alone"),
        pytest.param([{"id": "a", "properties": {"primary": False}}], ["a"], id="alone, said not to be"),
        pytest.param([{"id": "a", "properties": {}}, {"id": "b", "properties": {"primary": True}}], ["b"], id="second"),
        pytest.param([{"id": "a"}, {"id": "b"}], [], id="none says"),
        pytest.param([{"id": "a", "properties": {"primary": "true"}}, {"id": "b"}], ["a"], id="as a word"),
        pytest.param([{}, {"id": "b"}], [], id="one without id"),
        pytest.param([], [], id="none"),
    ],
)
def test_a_nic_is_primary_where_the_vm_says_so_or_alone(items: list[Any], primary: list[str]) -> None:
    vm = parsed({"properties": {"networkProfile": {"networkInterfaces": items}}})

    assert [nic.id for nic in vm.network_interfaces if nic.primary] == primary


def test_the_proxy_agent_is_on_off_or_not_said() -> None:
    states = [{"enabled": True}, {"enabled": False}, {}, None]

    found = [
        parsed({"properties": {"securityProfile": {"proxyAgentSettings": state}}}).proxy_agent_enabled
        for state in states
    ]

    assert found == [True, False, None, None]
