"""The documented answers of Network Watcher, asked about our samples' VM: their shapes are the real ones."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guest_attestation.diagnosis.check import Check
from guest_attestation.facts.azure_answer import GroupAccess, NextHop
from tests.recordings.recorded import SUBSCRIPTION, documented, path_of
from tests.scenario import NIC_NSG, SUBNET_NSG, Scenario

FOLDER = "network-2021-02-01/NetworkWatcher"
DIAGNOSTICS, FLOW, HOP = "networkConfigurationDiagnostic", "ipFlowVerify", "nextHop"


def _answer(name: str) -> Any:
    return documented(f"{FOLDER}{name}.json")


def _with(read: str, body: Any) -> Scenario:
    scenario = Scenario.sample("healthy")
    scenario.document(read)["response"]["body"] = body
    return scenario


def _check(scenario: Scenario, name: str) -> Check:
    return scenario.diagnose().check(f"path.azure-{name}")


@pytest.mark.parametrize(
    ("name", "read", "keys"),
    [
        ("IpFlowVerify", FLOW, {"targetResourceId", "localIPAddress", "remoteIPAddress", "remotePort", "direction"}),
        ("NextHopGet", HOP, {"targetResourceId", "targetNicResourceId", "sourceIPAddress", "destinationIPAddress"}),
        ("NetworkConfigurationDiagnostic", DIAGNOSTICS, {"targetResourceId", "profiles"}),
    ],
)
def test_our_samples_ask_in_the_documented_words(name: str, read: str, keys: set[str]) -> None:
    example = json.loads(path_of(f"documented-examples/{FOLDER}{name}.json").read_text("utf-8"))["parameters"]
    asked = example["parameters"]
    sent = Scenario.sample("healthy").document(read)["request"]["body"]
    assert keys <= set(asked) & set(sent)
    assert set(sent) - set(asked) <= {"targetNicResourceId", "verbosityLevel"}


def test_the_documented_ip_flow_verify_names_a_rule_that_we_do_not_have() -> None:
    found = _check(_with(FLOW, _answer("IpFlowVerify")), "rules")
    assert found.status.value == "pass"
    assert "no rule that was read has the name Rule1: Azure says Allow by rule Rule1" in found.summary


def test_the_documented_next_hop_keeps_inside_what_we_lead_to_the_internet() -> None:
    scenario = _with(HOP, _answer("NextHopGet"))
    (asked,) = scenario.facts().azure_answers.next_hops
    assert asked.answer.value == NextHop("VnetLocal", "10.0.0.1")
    found = _check(scenario, "route")
    assert (found.status.value, "differs: Azure says VnetLocal 10.0.0.1" in found.summary) == ("warn", True)


def test_the_documented_diagnostic_is_of_inbound_traffic_and_so_is_not_compared() -> None:
    scenario = _with(DIAGNOSTICS, _answer("NetworkConfigurationDiagnostic")).drop(FLOW)
    (asked,) = scenario.facts().azure_answers.diagnostics
    assert asked.answer.value is not None
    group = f"{SUBSCRIPTION}/resourceGroups/rg2/providers/Microsoft.Network/networkSecurityGroups/nsg1"
    assert asked.answer.value.access == "Allow"
    assert asked.answer.value.groups[0] == GroupAccess(group, "Allow", "UserRule_fe_rule")
    found = _check(scenario, "rules")
    assert found.status.value == "unknown"
    assert "it is about traffic from 10.1.0.4, not from 192.0.2.4" in found.summary


def test_the_documented_diagnostic_moved_to_our_flow_and_nsgs_is_compared() -> None:
    body = _answer("NetworkConfigurationDiagnostic")
    (result,) = body["results"]
    result["profile"] |= {"direction": "Outbound", "source": "192.0.2.4", "destination": "203.0.113.4"}
    result["profile"]["destinationPort"] = "443"
    for group, ours in zip(
        result["networkSecurityGroupResult"]["evaluatedNetworkSecurityGroups"], (SUBNET_NSG, NIC_NSG), strict=True
    ):
        group["networkSecurityGroupId"] = ours
    found = _check(_with(DIAGNOSTICS, body), "rules")
    assert found.status.value == "pass"
    assert "NSG diagnostics (203.0.113.4) agrees: Azure says Allow, this diagnosis allow by" in found.summary
    assert "NSG diagnostics of web-subnet-nsg (203.0.113.4) is only noted: no rule that was read" in found.summary
