"""Which fix belongs to which root cause, and how both stand in verdict.json and on a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guest_attestation.commands.console import say_verdict
from guest_attestation.diagnosis.check import Confidence, RootCause
from guest_attestation.diagnosis.codes import Code
from guest_attestation.fixes.remedies import remedies
from guest_attestation.verdict import verdict_document
from tests.scenario import SUBNET_NSG, Scenario, outbound_rule

FORMS = ("portal", "az", "powershell", "bicep", "terraform")


def document_of(scenario: Scenario, proxy: str | None = None) -> Any:
    return verdict_document("case", scenario.facts(), scenario.diagnose(proxy))


def test_a_cause_carries_the_fix_of_its_own_resource_in_every_form() -> None:
    document = document_of(Scenario.sample("nsg-denies-attestation"))

    (fix,) = document["root_causes"][0]["fixes"]
    assert fix["proof"] == {"before": "deny", "after": "allow"}
    assert all(fix[form] for form in FORMS)
    assert "web-subnet-nsg" in fix["az"]
    assert document["plan"] == {"steps": [fix["title"]], "proof": {"before": "deny", "after": "allow"}}


def test_what_is_not_the_networks_has_no_fix_of_the_network() -> None:
    document = document_of(Scenario.sample("secure-boot-off"))
    assert [cause["fixes"] for cause in document["root_causes"]] == [[] for _ in document["root_causes"]]
    assert document["plan"] is None


def test_a_mandatory_proxy_offers_the_direct_exemption() -> None:
    document = document_of(Scenario.sample("nsg-denies-attestation"), "192.0.2.10:3128")

    first = document["root_causes"][0]
    assert (first["code"], len(first["fixes"])) == ("proxy-required", 1)


def test_a_path_that_is_too_narrow_is_widened() -> None:
    scenario = Scenario.sample("healthy").drop("/effectiveNetworkSecurityGroups")
    scenario.body("networkSecurityGroups/web-subnet-nsg")["properties"]["securityRules"] = [
        outbound_rule("Home", 100, "Allow", "AzureCloud.eastus"),
        outbound_rule("Rest", 200, "Deny", "Internet"),
    ]

    document = document_of(scenario)

    (cause,) = document["root_causes"]
    assert (cause["code"], cause["fixes"][0]["proof"]) == (
        "allow-list-too-narrow",
        {"before": "partial", "after": "allow"},
    )


def test_a_fix_is_told_apart_by_hop_and_resource() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    offered = remedies(scenario.facts(), scenario.diagnose())
    cause = RootCause(Code.NSG_DENIES, Confidence.PROVEN, SUBNET_NSG.upper(), "", "")

    assert len(offered.of(cause)) == 1
    assert offered.of(replace(cause, resource=f"{SUBNET_NSG}-2")) == ()
    assert offered.of(replace(cause, code=Code.FIREWALL_DENIES)) == ()


def test_a_terminal_shows_the_fix_and_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    say_verdict(document_of(Scenario.sample("nsg-denies-attestation")))

    shown = capsys.readouterr().out
    assert (
        "     fix: allow TCP 443 to AzureAttestation in NSG web-subnet-nsg, with priority 3999 (by the model: deny"
        in shown
    )
    assert "plan for the whole path: allow TCP 443" in shown
