from __future__ import annotations

import pytest
import yaml

from guest_attestation import views
from guest_attestation.incident import incident_from
from guest_attestation.runbook import Runbook, open_incident
from guest_attestation.views.looks import Look
from guest_attestation.views.output import look
from tests.scenario import ROOT, SAMPLES, Scenario
from tests.views.build import Page, plain_rows, runbook_of
from tests.views.network import firewalls

HOME = "home (eastus)"


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def _runbook(name: str) -> Runbook:
    file = SAMPLES / name / "parameters.yaml"
    return open_incident(incident_from(yaml.safe_load(file.read_text("utf-8")), origin=name, folder=file.parent))


def _cut(runbook: Runbook) -> list[list[str]]:
    """The table as plain text, without why a rule takes what it takes."""
    rows = [list(row) for row in views.firewall(runbook).frame().itertuples(index=False)]
    return [[*row[:-1], row[-1].partition(": ")[0]] for row in rows]


def _rows(name: str) -> list[list[str]]:
    return _cut(_runbook(name))


def _deciding(scenario: Scenario) -> list[list[str]]:
    """The columns from the rule on."""
    return [row[2:] for row in _cut(runbook_of(scenario))]


def test_the_rules_stand_in_the_order_of_processing_and_the_deciding_one_is_marked() -> None:
    in_vain = "allows in vain behind Deny-Public-Azure-Ranges"
    assert _rows("firewall-denies-attestation") == [
        ["network Deny", "150 net-deny-public-paas", "Deny-Smtp-Out", "–", "does not decide"],
        ["network Deny", "150 net-deny-public-paas", "Deny-Public-Azure-Ranges", "deny", "everything"],
        ["network Allow", "300 net-allow-azure-platform", "Allow-AzureActiveDirectory", "–", "not reached"],
        ["network Allow", "300 net-allow-azure-platform", "Allow-AzureMonitor", "–", "not reached"],
        ["network Allow", "300 net-allow-azure-platform", "Allow-AzureAttestation", "warn", in_vain],
        ["application Allow", "100 app-allow-attestation", "Allow-Attestation-Names", "warn", in_vain],
        ["application Allow", "200 app-allow-updates", "Allow-Windows-Update", "–", "not reached"],
        ["default Deny", "", "", "–", "not reached"],
    ]


def test_a_policys_collections_stand_behind_their_group() -> None:
    rows = _rows("healthy-behind-firewall")
    assert [row[-2] for row in rows].count("allow") == 1
    assert ["network Allow", "200 DefaultNetworkRuleCollectionGroup / 200 net-allow-azure-platform",
            "Allow-AzureAttestation", "allow", "everything"] in rows  # fmt: skip


def test_what_a_policy_inherits_comes_first_behind_its_parents_name() -> None:
    rows = _rows("firewall-denies-attestation-parent-policy")
    parent = "parent policy baseline-policy / 40000 baseline-network / 40000 net-deny-quarantined"
    assert [row[1] for row in rows] == [
        parent,
        parent,
        "200 DefaultNetworkRuleCollectionGroup / 100 net-allow-attestation",
        "300 DefaultApplicationRuleCollectionGroup / 100 app-allow-attestation",
        "",
    ]
    assert [row[-2] for row in rows] == ["–", "deny", "warn", "warn", "–"]


def test_a_rule_that_is_sure_of_one_part_and_not_of_another_has_a_row_for_each() -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    properties = scenario.body("providers/Microsoft.Network/azureFirewalls")["value"][0]["properties"]
    deny, allow = (it["properties"]["rules"] for it in properties["networkRuleCollections"])
    deny[1] |= {"destinationAddresses": ["203.0.113.0/26"], "destinationFqdns": ["www.example.com"]}
    rows = _deciding(scenario)
    assert rows[:3] == [
        ["Deny-Smtp-Out", "–", "does not decide"],
        ["Deny-Public-Azure-Ranges", "deny", HOME],
        ["Deny-Public-Azure-Ranges", "unknown", "pair (westus), other regions"],
    ]
    assert rows[-1] == ["", "–", "not reached"]
    allow.clear()
    properties["applicationRuleCollections"].clear()
    rows = _deciding(scenario)
    assert [row[:2] for row in rows[1:]] == [["Deny-Public-Azure-Ranges", "deny"], ["", "deny"]]


def test_of_two_rules_with_one_name_only_the_one_that_decides_is_marked() -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    properties = scenario.body("providers/Microsoft.Network/azureFirewalls")["value"][0]["properties"]
    deny = properties["networkRuleCollections"][0]["properties"]["rules"]
    deny[0]["name"] = deny[1]["name"]
    assert [row[1] for row in _deciding(scenario)[:2]] == ["–", "deny"]


def test_of_several_firewalls_each_row_names_its_own() -> None:
    shown = views.firewall(runbook_of(firewalls("203.0.113.0/26")))
    assert shown.columns[0] == "firewall"
    assert {row[0] for row in shown.rows} == {"hub-fw", "hub-fw-2"}
    marked = [(row[0], cell.word, str(row[-1])) for row in shown.rows if isinstance(cell := row[-2], Look)]
    assert ("hub-fw-2", "allow", f"{HOME}: destination is AzureAttestation") in marked


def test_plain_text_and_html_say_the_same() -> None:
    shown = views.firewall(_runbook("healthy-behind-firewall"))
    assert plain_rows(shown) == Page(shown).rows(len(shown.columns))


def test_rules_that_were_not_read_have_a_row_that_says_so() -> None:
    scenario = Scenario.sample("healthy-behind-firewall").answer("/ruleCollectionGroups", 403)
    shown = views.firewall(runbook_of(scenario))
    (row,) = [row for row in shown.rows if row[0] == "not read"]
    assert row[-2] == look("unknown")
    assert str(row[-1]).startswith("everything: rule collection groups of ")


def test_without_a_firewall_the_table_is_empty() -> None:
    assert _rows("nsg-denies-attestation") == []


@pytest.mark.parametrize(
    ("name", "status", "following"),
    [
        ("firewall-denies-attestation", "fail", "06-verdict"),
        ("healthy-behind-firewall", "pass", "06-verdict"),
        ("nsg-denies-attestation", "pass", "06-verdict"),
    ],
)
def test_the_notebook_on_firewalls_concludes_from_route_firewall_and_egress(
    name: str, status: str, following: str
) -> None:
    concluded = views.conclusion(_runbook(name), "04-firewall-rules")
    assert concluded.status == status
    assert concluded.following is not None
    assert concluded.following.notebook == following


def test_notebook_3_leads_to_the_firewall_where_that_is_not_well() -> None:
    concluded = views.conclusion(_runbook("firewall-denies-attestation"), "03-network-security-groups")
    assert concluded.following is not None
    assert concluded.following.notebook == "04-firewall-rules"
