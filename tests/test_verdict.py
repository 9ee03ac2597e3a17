"""The verdict document: what stands in it, as text and as exit code."""

from __future__ import annotations

import json

import pytest

from guest_attestation.diagnosis.check import Status
from guest_attestation.verdict import exit_code, verdict_document, verdict_text
from tests.scenario import SUBNET_NSG, VM, Scenario, outbound_rule


@pytest.mark.parametrize(
    ("verdict", "code"), [("pass", 0), ("fail", 3), ("warn", 4), ("unknown", 4), ("not-applicable", 4)]
)
def test_a_verdict_has_its_exit_code(verdict: str, code: int) -> None:
    assert exit_code(Status(verdict)) == code


def test_the_document_says_what_was_found_and_when() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")

    document = verdict_document("case", scenario.facts(), scenario.diagnose())

    assert document["format"] == 1
    assert (document["incident"], document["vm"], document["verdict"]) == ("case", VM, "fail")
    assert document["captured_at"] == "2026-11-20T09:30:00Z"
    assert [cause["rank"] for cause in document["root_causes"]] == [1]
    assert document["root_causes"][0]["resource"] == SUBNET_NSG


def test_a_capture_time_of_another_zone_is_written_in_utc() -> None:
    scenario = Scenario.sample("healthy")
    scenario.captured_at = "2026-11-20T11:00:00+01:30"

    document = verdict_document("case", scenario.facts(), scenario.diagnose())

    assert document["captured_at"] == "2026-11-20T09:30:00Z"


def test_ranks_count_from_one_in_order() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    profile = scenario.body("virtualMachines/web-01")["properties"]["securityProfile"]
    profile["uefiSettings"]["secureBootEnabled"] = False

    causes = verdict_document("case", scenario.facts(), scenario.diagnose())["root_causes"]

    assert [(cause["rank"], cause["code"]) for cause in causes] == [
        (1, "secure-boot-off"),
        (2, "nsg-denies-attestation"),
    ]


def test_the_text_is_plain_json_in_ascii_with_one_last_line_break() -> None:
    text = verdict_text({"a": "ü\u202e\x1b\ud800"})

    assert text == '{\n  "a": "\\u00fc\\u202e\\u001b\\ud800"\n}\n'
    assert text.isascii()
    assert json.loads(text)


def test_a_hops_parts_are_laid_out_by_tier_with_the_prefixes_of_each() -> None:
    scenario = Scenario.sample("healthy")
    narrow = outbound_rule("Narrow", 100, "Deny", "203.0.113.16-203.0.113.80")
    scenario.body(SUBNET_NSG)["properties"]["securityRules"].append(narrow)

    hop = verdict_document("case", scenario.facts(), scenario.diagnose())["path"][2]

    assert (hop["hop"], hop["decision"], hop["rule"]) == ("subnet-nsg", "partial", "Narrow")
    allow = "Allow-AzureAttestation-Out"
    assert hop["parts"] == [
        {"tier": "home", "decision": "deny", "rule": "Narrow", "prefixes": 2, "names": []},
        {"tier": "home", "decision": "allow", "rule": allow, "prefixes": 1, "names": []},
        {"tier": "pair", "decision": "deny", "rule": "Narrow", "prefixes": 1, "names": []},
        {"tier": "pair", "decision": "allow", "rule": allow, "prefixes": 2, "names": []},
        {"tier": "other", "decision": "allow", "rule": allow, "prefixes": 6, "names": []},
    ]


def test_where_names_decide_prefixes_are_not_counted() -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    firewall = scenario.body("providers/Microsoft.Network/azureFirewalls")["value"][0]["properties"]
    firewall["networkRuleCollections"] = []

    path = verdict_document("case", scenario.facts(), scenario.diagnose())["path"]

    parts = next(hop for hop in path if hop["hop"] == "firewall")["parts"]
    assert [(part["tier"], part["prefixes"], part["names"]) for part in parts] == [
        ("home", 0, ["sharedeus.eus.attest.azure.net"]),
        ("pair", 0, ["sharedwus.wus.attest.azure.net"]),
        ("other", 0, ["*.attest.azure.net"]),
    ]


def test_without_prefixes_symbols_decide_and_count_none() -> None:
    scenario = Scenario.sample("healthy").drop("serviceTagDetails", tag="AzureAttestation")

    path = verdict_document("case", scenario.facts(), scenario.diagnose())["path"]

    assert {part["prefixes"] for hop in path for part in hop["parts"]} == {0}
