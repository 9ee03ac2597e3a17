"""What Network Watcher answered about the VM: which answers are its, and what they hold (design 4.2, facts 4.6)."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.azure_answer import Access, AzureAnswers, Flow, GroupAccess, NextHop
from tests.facts.scale_set import instance_of
from tests.scenario import NETWORK, NIC, NIC_NSG, SUBNET_NSG, SUBSCRIPTION, VM, Scenario

WATCHER = (
    f"{SUBSCRIPTION}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_eastus"
)
READS = ("networkConfigurationDiagnostic", "ipFlowVerify", "nextHop")


def _answers(scenario: Scenario) -> AzureAnswers:
    return scenario.facts().azure_answers


def _without_answers() -> Scenario:
    scenario = Scenario.sample("healthy")
    for read in READS:
        scenario.drop(read)
    return scenario


def test_every_recorded_answer_about_the_vm_is_read() -> None:
    found = _answers(Scenario.sample("nsg-denies-attestation"))
    (diagnostic,), (flow,), (hop,) = found.diagnostics, found.flows, found.next_hops

    assert diagnostic.flow == Flow(VM, None, "192.0.2.4", "AzureAttestation")
    assert diagnostic.answer.value == Access(
        "Deny",
        None,
        (
            GroupAccess(NIC_NSG, "Allow", "DefaultRule_AllowInternetOutBound"),
            GroupAccess(SUBNET_NSG, "Deny", "UserRule_Deny-Internet-Outbound"),
        ),
    )
    assert flow.flow == Flow(VM, NIC, "192.0.2.4", "203.0.113.4")
    assert flow.answer.value == Access("Deny", "securityRules/Deny-Internet-Outbound")
    assert hop.flow == Flow(VM, NIC, "192.0.2.4", "203.0.113.4")
    assert hop.answer.value == NextHop("Internet", None)
    assert hop.at is not None
    assert hop.at.isoformat() == "2026-11-20T09:29:34+00:00"
    assert found.recorded_at[hop.answer.evidence.partition("#")[0]] == hop.at


def test_what_is_asked_is_kept_as_it_was_asked() -> None:
    scenario = Scenario.sample("healthy")
    sent = scenario.document("ipFlowVerify")["request"]["body"]
    sent |= {"direction": "Inbound", "protocol": "UDP", "remotePort": "53", "localIPAddress": "192.0.2.9"}
    (flow,) = _answers(scenario).flows
    assert flow.flow == Flow(VM, NIC, "192.0.2.9", "203.0.113.4", "53", "Inbound", "UDP")


def test_only_network_watchers_of_the_vms_region_count() -> None:
    assert _answers(Scenario.sample("healthy")).watchers.value == (WATCHER,)
    elsewhere = Scenario.sample("healthy")
    elsewhere.body("networkWatchers")["value"].pop(0)
    assert _answers(elsewhere).watchers.value == ()
    nameless = Scenario.sample("healthy")
    del nameless.body("networkWatchers")["value"][0]["id"]
    assert _answers(nameless).watchers.value == ()


def test_without_the_vm_its_region_is_not_known() -> None:
    watchers = _answers(Scenario.sample("healthy").answer("virtualMachines/web-01", 403)).watchers
    assert (watchers.value, watchers.missing_permission) == (None, "Microsoft.Compute/virtualMachines/read")


@pytest.mark.parametrize("target", [VM.replace("web-01", "web-02"), NIC.replace("web-01", "web-02"), "", 7, None])
def test_answers_about_other_targets_are_left_out(target: Any) -> None:
    scenario = Scenario.sample("healthy").drop("networkWatchers")
    for read in READS:
        scenario.document(read)["request"]["body"]["targetResourceId"] = target
    found = _answers(scenario)
    assert (found.diagnostics, found.flows, found.next_hops) == ((), (), ())


def test_a_target_is_known_in_any_letter_case_and_may_be_a_nic() -> None:
    scenario = Scenario.sample("healthy")
    scenario.document("networkConfigurationDiagnostic")["request"]["body"]["targetResourceId"] = NIC.upper()
    (found,) = _answers(scenario).diagnostics
    assert found.flow is not None
    assert found.flow.target == NIC.upper()


def test_each_profile_has_its_own_result() -> None:
    scenario = Scenario.sample("healthy")
    results = scenario.body("networkConfigurationDiagnostic")["results"]
    results.append({"profile": {**results[0]["profile"], "destinationPort": "80"}})
    one, other = _answers(scenario).diagnostics
    assert (one.flow and one.flow.port, other.flow and other.flow.port) == ("443", "80")
    assert other.answer.value == Access("")


def test_a_refusal_stands_for_every_profile_with_its_permission() -> None:
    scenario = Scenario.sample("healthy").answer("networkConfigurationDiagnostic", 403)
    sent = scenario.document("networkConfigurationDiagnostic")["request"]["body"]
    sent["profiles"] *= 2
    found = _answers(scenario).diagnostics
    action = "Microsoft.Network/networkWatchers/networkConfigurationDiagnostic/action"
    assert [it.answer.missing_permission for it in found] == [action] * 2
    assert found[0].flow == Flow(VM, None, "192.0.2.4", "AzureAttestation")


def test_a_question_that_could_have_been_asked_but_was_not_says_so() -> None:
    found = _answers(_without_answers())
    assert [it.flow for it in (found.diagnostics[0], found.flows[0], found.next_hops[0])] == [None] * 3
    why = [found.diagnostics[0].answer.why_not, found.flows[0].answer.why_not, found.next_hops[0].answer.why_not]
    assert why == [f"not in the snapshot: POST {WATCHER}/{read}" for read in READS]


def test_without_a_network_watcher_nothing_could_have_been_asked() -> None:
    scenario = _without_answers()
    scenario.body("networkWatchers")["value"] = []
    found = _answers(scenario)
    assert (found.diagnostics, found.flows, found.next_hops) == ((), (), ())


def test_only_nsg_diagnostics_is_missed_of_a_scale_sets_instance() -> None:
    scenario = instance_of("healthy")
    found = _answers(scenario)
    assert (len(found.diagnostics), found.flows, found.next_hops) == (1, (), ())


@pytest.mark.parametrize(("at", "second"), [("2026-11-20T09:29:50Z", 50), (None, 34)])
def test_a_long_running_answer_counts_from_when_it_came_else_from_when_it_was_asked(
    at: str | None, second: int
) -> None:
    scenario = Scenario.sample("healthy")
    document, place = scenario.document("nextHop"), f"{SUBSCRIPTION}/operations/one"
    scenario.add("GET", place, document["response"]["body"], at=at)
    document["response"] |= {"status": 202, "body": None}
    document["response"]["headers"]["location"] = f"https://management.azure.com{place}"
    (found,) = _answers(scenario).next_hops
    assert found.answer.value == NextHop("Internet", None)
    assert found.at is not None
    assert found.at.second == second


@pytest.mark.parametrize(
    ("read", "body", "lacks"),
    [
        ("ipFlowVerify", {"ruleName": "r"}, "access"),
        ("ipFlowVerify", {"access": 1}, "access"),
        ("nextHop", {}, "nextHopType"),
        ("nextHop", [], "nextHopType"),
        ("networkConfigurationDiagnostic", {}, "results"),
        ("networkConfigurationDiagnostic", {"results": []}, "results"),
        ("networkConfigurationDiagnostic", {"results": "all"}, "results"),
    ],
)
def test_an_answer_without_its_deciding_word_is_none(read: str, body: Any, lacks: str) -> None:
    scenario = Scenario.sample("healthy")
    scenario.document(read)["response"]["body"] = body
    found = _answers(scenario)
    readings: dict[str, list[tuple[object, str]]] = {
        "ipFlowVerify": [(it.answer.value, it.answer.why_not) for it in found.flows],
        "nextHop": [(it.answer.value, it.answer.why_not) for it in found.next_hops],
        "networkConfigurationDiagnostic": [(it.answer.value, it.answer.why_not) for it in found.diagnostics],
    }
    ((value, why_not),) = readings[read]
    assert (value, f"answered 200 without {lacks}: POST" in why_not) == (None, True)


@pytest.mark.parametrize("sent", [None, "text", [], {"profiles": "x"}, {"targetResourceId": VM, "profiles": [1, {}]}])
def test_whatever_was_sent_is_read_without_an_error(sent: Any) -> None:
    scenario = Scenario.sample("healthy").answer("networkConfigurationDiagnostic", 403)
    scenario.document("networkConfigurationDiagnostic")["request"]["body"] = sent
    for asked in _answers(scenario).diagnostics:
        assert asked.flow in (None, Flow(VM, None, "", "", "", "", ""))


def test_the_other_nics_of_the_vm_are_its_too() -> None:
    scenario, second = Scenario.sample("healthy"), f"{NETWORK}/networkInterfaces/web-01-nic-2"
    profile = scenario.body("virtualMachines/web-01")["properties"]["networkProfile"]
    profile["networkInterfaces"].append({"id": second, "properties": {"primary": False}})
    scenario.document("networkConfigurationDiagnostic")["request"]["body"]["targetResourceId"] = second
    assert [it.flow and it.flow.target for it in _answers(scenario).diagnostics] == [second]
