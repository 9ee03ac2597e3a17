"""Azure's own answer as checks: a disagreement warns, all else only notes, and nothing of it is required (design 5)."""

from __future__ import annotations

import pytest

from guest_attestation.diagnosis.check import Check
from guest_attestation.views import checks
from tests.facts.scale_set import instance_of
from tests.scenario import SUBNET_NSG, SUBSCRIPTION, Scenario
from tests.views.build import runbook_of

DIAGNOSTICS, FLOW, HOP = "networkConfigurationDiagnostic", "ipFlowVerify", "nextHop"
WATCHERS = f"{SUBSCRIPTION}/providers/Microsoft.Network/networkWatchers"
ACTION = "Microsoft.Network/networkWatchers/{}/action"
NAMES = ("answer", "rules", "route")


def _checks(scenario: Scenario) -> dict[str, Check]:
    diagnosis = scenario.diagnose()
    return {name: diagnosis.check(f"path.azure-{name}") for name in NAMES}


def _statuses(scenario: Scenario) -> list[str]:
    return [check.status.value for check in _checks(scenario).values()]


def _healthy() -> Scenario:
    return Scenario.sample("healthy")


def _unasked() -> Scenario:
    return _healthy().drop(DIAGNOSTICS).drop(FLOW).drop(HOP)


@pytest.mark.parametrize("name", ["healthy", "nsg-denies-attestation"])
def test_where_azure_agrees_the_checks_pass_and_are_not_required(name: str) -> None:
    found = _checks(Scenario.sample(name))
    assert [check.status.value for check in found.values()] == ["pass"] * 3
    assert not any(check.required or check.causes for check in found.values())
    assert found["answer"].summary == "Azure's own answers beside this diagnosis: 5 agree"
    assert len(found["rules"].evidence) == 2
    assert len(found["answer"].evidence) == 3


def test_what_azure_says_stands_beside_what_we_say() -> None:
    found = _checks(Scenario.sample("nsg-denies-attestation"))
    assert found["rules"].summary.endswith(
        "; IP flow verify (203.0.113.4) agrees: Azure says Deny by rule securityRules/Deny-Internet-Outbound,"
        " this diagnosis deny by rule Deny-Internet-Outbound"
    )
    assert found["route"].summary == (
        "next hop (203.0.113.4) agrees: Azure says Internet, this diagnosis the system's route to 0.0.0.0/0 leads"
        " AzureAttestation to the Internet"
    )


def test_a_disagreement_about_the_rules_warns_and_so_does_the_verdict() -> None:
    scenario = _healthy()
    scenario.body(FLOW)["access"] = "Deny"
    assert _statuses(scenario) == ["warn", "warn", "pass"]
    assert scenario.diagnose().verdict.value == "warn"
    assert scenario.diagnose().root_causes == ()
    found = _checks(scenario)
    assert found["answer"].summary == "Azure's own answers beside this diagnosis: 4 agree, 1 differ"
    assert "IP flow verify (203.0.113.4) differs: Azure says Deny by rule" in found["rules"].summary


def test_a_disagreement_about_the_route_warns() -> None:
    scenario = _healthy()
    scenario.body(HOP)["nextHopType"] = "None"
    assert _statuses(scenario) == ["warn", "pass", "warn"]
    assert "next hop (203.0.113.4) differs: Azure says None, this" in _checks(scenario)["route"].summary


def test_a_disagreement_does_not_turn_a_failure() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    scenario.body(FLOW)["access"] = "Allow"
    diagnosis = scenario.diagnose()
    assert diagnosis.verdict.value == "fail"
    assert (diagnosis.root_causes[0].code.value, diagnosis.root_causes[0].confidence.value) == (
        "nsg-denies-attestation",
        "proven",
    )


def test_of_another_time_it_is_a_note() -> None:
    scenario = _healthy()
    scenario.body(HOP)["nextHopType"] = "None"
    scenario.document(HOP)["at"] = "2026-11-20T08:00:00Z"
    found = _checks(scenario)["route"]
    assert found.status.value == "pass"
    assert found.summary.startswith("next hop (203.0.113.4) is only noted: it differs, but what ours is made of was")
    assert scenario.diagnose().verdict.value == "pass"


def test_azures_answer_does_not_turn_an_unknown_into_a_pass() -> None:
    scenario = _healthy().answer(SUBNET_NSG, 403).answer("/effectiveNetworkSecurityGroups", 403)
    diagnosis = scenario.diagnose()
    assert diagnosis.check("path.subnet-nsg").status.value == "unknown"
    assert diagnosis.verdict.value == "unknown"
    assert "is only noted: this diagnosis does not decide it" in diagnosis.check("path.azure-rules").summary


def test_no_network_watcher_in_the_region_is_not_applicable() -> None:
    scenario = _unasked()
    scenario.body(WATCHERS)["value"].pop(0)
    assert _statuses(scenario) == ["not-applicable"] * 3
    assert _checks(scenario)["answer"].summary == "no Network Watcher is in the VM's region"


@pytest.mark.parametrize("status", [403, 404, 429])
def test_without_the_list_of_network_watchers_it_is_unknown(status: int) -> None:
    scenario = _unasked().answer(WATCHERS, status)
    assert _statuses(scenario) == ["unknown"] * 3
    wanted = "Microsoft.Network/networkWatchers/read" if status == 403 else None
    assert {check.missing_permission for check in _checks(scenario).values()} == {wanted}


def test_answers_count_without_the_list_of_network_watchers() -> None:
    assert _statuses(_healthy().answer(WATCHERS, 403)) == ["pass"] * 3


def test_what_was_not_asked_is_unknown() -> None:
    found = _checks(_unasked())
    assert [check.status.value for check in found.values()] == ["unknown"] * 3
    assert "NSG diagnostics is not known: not in the snapshot: POST " in found["rules"].summary
    assert found["answer"].summary == found["rules"].summary


def test_what_was_refused_is_unknown_with_the_first_permission() -> None:
    scenario = _healthy().answer(DIAGNOSTICS, 403).answer(FLOW, 403).answer(HOP, 403)
    assert _statuses(scenario) == ["unknown"] * 3
    permissions = [check.missing_permission for check in _checks(scenario).values()]
    assert permissions == [ACTION.format(it) for it in (DIAGNOSTICS, DIAGNOSTICS, HOP)]
    assert scenario.diagnose().verdict.value == "pass"


def test_one_answer_is_enough_and_a_refused_one_is_still_said() -> None:
    scenario = _healthy().answer(FLOW, 403)
    found = _checks(scenario)
    assert (found["rules"].status.value, found["rules"].missing_permission) == ("pass", None)
    assert "IP flow verify (203.0.113.4) is not known: refused (403)" in found["rules"].summary
    assert found["answer"].summary == "Azure's own answers beside this diagnosis: 4 agree, 1 not known"


def test_answers_about_other_flows_only_leave_it_unknown_and_say_so() -> None:
    scenario = _healthy().drop(DIAGNOSTICS)
    scenario.document(FLOW)["request"]["body"]["remotePort"] = "80"
    found = _checks(scenario)["rules"]
    assert found.status.value == "unknown"
    assert "IP flow verify (203.0.113.4) is not compared: it is about TCP 80, not about TCP 443" in found.summary


def test_next_hop_knows_no_scale_sets() -> None:
    scenario = instance_of("healthy")
    assert _statuses(scenario) == ["unknown", "unknown", "not-applicable"]
    assert _checks(scenario)["route"].summary == "next hop knows no scale sets"
    scenario.body(WATCHERS)["value"] = []
    assert _statuses(scenario) == ["not-applicable"] * 3


def test_nsg_diagnostics_of_a_scale_sets_instance_is_compared() -> None:
    scenario = instance_of("healthy")
    nic = f"{scenario.vm.text}/networkInterfaces/front-nic"
    scenario.document(DIAGNOSTICS)["request"]["body"]["targetResourceId"] = nic
    assert _statuses(scenario)[1] == "pass"


def test_hostile_words_of_azure_are_shown_harmless() -> None:
    scenario = _healthy()
    scenario.body(FLOW).update(access="\u202eyneD\x07", ruleName="a\nb\u200b")
    scenario.body(HOP)["nextHopType"] = "\x1b[2J"
    shown = repr(checks(runbook_of(scenario), "path.azure-"))
    assert "Azure says \ufffdyneD\ufffd by rule a b\ufffd, this" in shown
    assert "Azure says \ufffd[2J, this" in shown


def _effective(scenario: Scenario) -> Check:
    return scenario.diagnose().check("path.azure-effective-rules")


def test_effective_rules_that_differ_from_the_nsg_warn() -> None:
    scenario = _healthy()
    assert _effective(scenario).status.value == "pass"
    rules = scenario.body("/effectiveNetworkSecurityGroups")["value"][1]["effectiveSecurityRules"]
    rules[:] = [rule for rule in rules if "Attestation" not in rule["name"]]
    found = _effective(scenario)
    assert (found.status.value, found.required, scenario.diagnose().verdict.value) == ("warn", False, "warn")
    assert "effective rules of web-subnet-nsg (AzureAttestation) differs: Azure says deny by rule" in found.summary


def test_effective_rules_that_were_refused_are_unknown() -> None:
    found = _effective(_healthy().answer("/effectiveNetworkSecurityGroups", 403))
    assert found.status.value == "unknown"
    assert found.missing_permission == "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action"


def test_without_an_nsg_as_configured_effective_rules_have_nothing_beside_them() -> None:
    scenario = _healthy().answer("/web-01-nic-nsg", 403).answer(SUBNET_NSG, 403)
    assert _effective(scenario).status.value == "not-applicable"


def test_a_next_hop_that_was_answered_for_a_scale_sets_instance_is_compared() -> None:
    scenario = instance_of("healthy")
    sent = scenario.document(HOP)["request"]["body"]
    sent |= {
        "targetResourceId": scenario.vm.text,
        "targetNicResourceId": f"{scenario.vm.text}/networkInterfaces/front-nic",
    }
    assert "next hop (203.0.113.4)" in _checks(scenario)["route"].summary


def test_a_refused_next_hop_tells_more_than_that_there_is_no_network_watcher() -> None:
    scenario = _healthy().drop(DIAGNOSTICS).drop(FLOW).answer(HOP, 403)
    scenario.body(WATCHERS)["value"] = []
    assert _statuses(scenario) == ["unknown", "not-applicable", "unknown"]
    assert _checks(scenario)["answer"].missing_permission == ACTION.format(HOP)
