"""The tables of notebook 05: the provider with its source, and what Defender assessed."""

from __future__ import annotations

from guest_attestation.views import assessments, providers
from guest_attestation.views.output import Cell, Table
from tests.own_provider import HOST, own
from tests.scenario import Scenario
from tests.views.build import runbook_of

SHARED = "sharedeus.eus.attest.azure.net"


def rows(table: Table) -> list[tuple[Cell, ...]]:
    return list(table.rows)


def test_azures_own_answer_is_shown_as_such() -> None:
    found = rows(providers(runbook_of(Scenario.sample("healthy"))))
    assert found == [("shared", SHARED, "eastus", "Ready", "not shown", "Azure")]


def test_the_table_is_named_as_the_source_where_azure_was_not_read() -> None:
    scenario = Scenario.sample("healthy").answer("locations/eastus/defaultProvider", 403)
    ((kind, host, *unknown, source),) = rows(providers(runbook_of(scenario)))
    assert (kind, host, unknown) == ("shared", SHARED, ["not known"] * 3)
    assert isinstance(source, str)
    assert source.startswith("the table of Microsoft's azure-guest-attestation-sdk (2026-07); refused (403)")


def test_a_region_that_nobody_lists_has_no_host() -> None:
    scenario = Scenario.sample("healthy").drop("locations/eastus/defaultProvider")
    scenario.body("virtualMachines/web-01")["location"] = "qatarcentral"
    ((_, host, *_rest, source),) = rows(providers(runbook_of(scenario)))
    assert host == "not known"
    assert str(source).startswith("not in the snapshot: GET ")


def test_an_answer_without_a_host_says_so() -> None:
    scenario = Scenario.sample("healthy")
    scenario.body("locations/eastus/defaultProvider")["properties"] = {"status": "Ready"}
    assert rows(providers(runbook_of(scenario)))[0][:4] == ("shared", "not known", "eastus", "Ready")


def test_the_customers_own_provider_stands_before_the_shared_one() -> None:
    found = rows(providers(runbook_of(own(publicNetworkAccess="Disabled"))))
    assert found[0] == ("the customer's own", HOST, "eastus", "Ready", "Disabled", "Azure")
    assert found[1][:2] == ("shared", SHARED)


def test_a_provider_that_the_subscription_does_not_hold_is_said() -> None:
    first = rows(providers(runbook_of(own(attestUri="https://other.eus.attest.azure.net"))))[0]
    assert first[:3] == ("the customer's own", HOST, "not known")
    assert first[-1] == "Azure; the VM's subscription does not hold it"


def test_each_assessment_has_a_word_of_ours_and_defenders() -> None:
    scenario = Scenario.sample("nsg-denies-attestation").drop("assessments/861bbc73-0a55-8d1d-efc6-e92d9e1176e0")
    status = {"code": "NotApplicable", "cause": "OffByPolicy", "description": "evaluated to off"}
    boot = scenario.body("assessments/69ad830b-d98c-b1cf-2158-9d69d38c7093")["properties"]
    boot.update(displayName=None, status=status)
    shown = assessments(runbook_of(scenario)).frame().values.tolist()
    assert shown == [
        ["Virtual machines guest attestation status should be healthy", "warn", "Unhealthy", "none given"],
        [
            "Guest Attestation extension should be installed on supported Windows virtual machines",
            *("warn", "Unhealthy", "none given"),
        ],
        [
            "Secure Boot should be enabled on supported Windows VMs",
            *("not applicable", "NotApplicable", "OffByPolicy: evaluated to off"),
        ],
    ]


def test_without_any_assessment_the_table_is_empty() -> None:
    scenario = Scenario.sample("healthy")
    for document in list(scenario.documents):
        if "assessments" in document:
            del scenario.documents[document]
    assert rows(assessments(runbook_of(scenario))) == []
