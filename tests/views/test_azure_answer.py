"""The table of Azure's own answer beside this diagnosis."""

from __future__ import annotations

from guest_attestation.views import azure_answer
from guest_attestation.views.output import look
from tests.scenario import SUBSCRIPTION, Scenario
from tests.views.build import HOSTILE, runbook_of, sample


def test_each_answer_stands_beside_ours() -> None:
    table = azure_answer(sample("nsg-denies-attestation"))
    assert table.columns == ("asked", "about", "Azure's answer", "this diagnosis", "compared", "why")
    assert [row[0] for row in table.rows] == [
        "NSG diagnostics",
        "NSG diagnostics of web-01-nic-nsg",
        "NSG diagnostics of web-subnet-nsg",
        "IP flow verify",
        "next hop",
        "effective rules of web-01-nic-nsg",
        "effective rules of web-subnet-nsg",
    ]
    assert table.rows[3] == (
        "IP flow verify",
        "203.0.113.4",
        "Deny by rule securityRules/Deny-Internet-Outbound",
        "deny by rule Deny-Internet-Outbound",
        look("pass"),
        "–",
    )


def test_a_disagreement_is_marked_and_what_is_not_compared_says_why() -> None:
    scenario = Scenario.sample("healthy").answer("networkConfigurationDiagnostic", 403)
    scenario.body("nextHop")["nextHopType"] = "None"
    scenario.document("ipFlowVerify")["request"]["body"]["remotePort"] = "80"
    rows = azure_answer(runbook_of(scenario)).rows[:3]
    assert [row[4] for row in rows] == [look("unknown"), "not compared", look("warn")]
    assert rows[1][5] == "it is about TCP 80, not about TCP 443"
    assert rows[1][2:4] == ("–", "–")
    assert str(rows[0][5]).startswith("refused (403)")


def test_where_azure_was_not_asked_the_table_is_empty() -> None:
    scenario = Scenario.sample("healthy").drop("nextHop").drop("ipFlowVerify").drop("networkConfigurationDiagnostic")
    scenario.body(f"{SUBSCRIPTION}/providers/Microsoft.Network/networkWatchers")["value"] = []
    scenario.drop("/effectiveNetworkSecurityGroups")
    assert azure_answer(runbook_of(scenario)).rows == ()


def test_hostile_text_is_shown_as_text() -> None:
    scenario = Scenario.sample("healthy")
    scenario.body("ipFlowVerify").update(access=HOSTILE, ruleName=HOSTILE)
    html = azure_answer(runbook_of(scenario))._repr_html_()
    assert "<script" not in html
    assert "<img" not in html
