from __future__ import annotations

import pytest
import yaml

from guest_attestation import views
from guest_attestation.incident import incident_from
from guest_attestation.runbook import Runbook, open_incident
from tests.scenario import ROOT, SAMPLES, Scenario
from tests.views.build import runbook_of


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def _runbook(name: str) -> Runbook:
    file = SAMPLES / name / "parameters.yaml"
    return open_incident(incident_from(yaml.safe_load(file.read_text("utf-8")), origin=name, folder=file.parent))


def _rows(name: str) -> list[list[str]]:
    """The table without its last column, as plain text."""
    return [list(row[:-1]) for row in views.firewall(_runbook(name)).frame().itertuples(index=False)]


def test_the_rules_stand_in_the_order_of_processing_and_the_deciding_one_is_marked() -> None:
    assert _rows("firewall-denies-attestation") == [
        ["network", "150 net-deny-public-paas", "Deny", "Deny-Smtp-Out", "takes no part"],
        ["network", "150 net-deny-public-paas", "Deny", "Deny-Public-Azure-Ranges", "deny"],
        ["network", "300 net-allow-azure-platform", "Allow", "Allow-AzureActiveDirectory", "takes no part"],
        ["network", "300 net-allow-azure-platform", "Allow", "Allow-AzureMonitor", "takes no part"],
        ["network", "300 net-allow-azure-platform", "Allow", "Allow-AzureAttestation", "takes no part"],
        ["application", "100 app-allow-attestation", "Allow", "Allow-Attestation-Names", "takes no part"],
        ["application", "200 app-allow-updates", "Allow", "Allow-Windows-Update", "takes no part"],
        ["default", "", "Deny", "", "takes no part"],
    ]


def test_a_policys_collections_stand_behind_their_group() -> None:
    rows = _rows("healthy-behind-firewall")
    assert [row[-1] for row in rows].count("allow") == 1
    assert ["network", "200 DefaultNetworkRuleCollectionGroup / 200 net-allow-azure-platform", "Allow",
            "Allow-AzureAttestation", "allow"] in rows  # fmt: skip


def test_a_rule_that_is_sure_of_one_part_and_not_of_another_has_a_row_for_each() -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    properties = scenario.body("providers/Microsoft.Network/azureFirewalls")["value"][0]["properties"]
    deny, allow = (it["properties"]["rules"] for it in properties["networkRuleCollections"])
    deny[1] |= {"destinationAddresses": ["203.0.113.0/26"], "destinationFqdns": ["www.example.com"]}
    rows = [list(row[2:-1]) for row in views.firewall(runbook_of(scenario)).frame().itertuples(index=False)]
    assert rows[:3] == [
        ["Deny", "Deny-Smtp-Out", "takes no part"],
        ["Deny", "Deny-Public-Azure-Ranges", "deny"],
        ["Deny", "Deny-Public-Azure-Ranges", "unknown"],
    ]
    assert rows[-1] == ["Deny", "", "takes no part"]
    allow.clear()
    properties["applicationRuleCollections"].clear()
    rows = [list(row[2:-1]) for row in views.firewall(runbook_of(scenario)).frame().itertuples(index=False)]
    assert rows[1:] == [["Deny", "Deny-Public-Azure-Ranges", "deny"], ["Deny", "", "deny"]]


def test_of_two_rules_with_one_name_only_the_one_that_decides_is_marked() -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    properties = scenario.body("providers/Microsoft.Network/azureFirewalls")["value"][0]["properties"]
    deny = properties["networkRuleCollections"][0]["properties"]["rules"]
    deny[0]["name"] = deny[1]["name"]
    rows = [row[-2] for row in views.firewall(runbook_of(scenario)).frame().itertuples(index=False)]
    assert rows[:2] == ["takes no part", "deny"]


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
