"""The provider's check: an outage is suspected, an unreachable provider proven, both held against what was seen."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status
from guest_attestation.diagnosis.diagnose import Diagnosis
from tests.own_provider import HOST, PROVIDER, SUBSCRIPTION_ID, naming, own, with_zone
from tests.scenario import SUBSCRIPTION, VM, Scenario

REGIONAL = "locations/eastus/defaultProvider"
SHARED = "/providers/Microsoft.Attestation/attestationProviders/sharedeus"
LOG = f"{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"
WINDOW = "eventTimestamp ge '2026-11-06T00:00:00Z' and eventTimestamp le '2026-11-20T09:30:00Z'"
PRIVATE = {"publicNetworkAccess": "Disabled"}


def found(diagnosis: Diagnosis) -> Check:
    return diagnosis.check("path.provider")


def causes(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    return [(cause.code.value, cause.confidence.value) for cause in diagnosis.root_causes]


def cause(diagnosis: Diagnosis) -> RootCause:
    (only,) = found(diagnosis).causes
    return only


def outage(status: str, sample: str = "healthy") -> Scenario:
    scenario = Scenario.sample(sample)
    scenario.body(REGIONAL)["properties"]["status"] = status
    return scenario


def log(scenario: Scenario, *writes: dict[str, Any]) -> Scenario:
    """Record the activity log of the VM's resource group for the two weeks before the capture."""
    return scenario.add("GET", f"{LOG}?$filter={WINDOW} and resourceGroupName eq 'shop-prod-rg'", {"value": [*writes]})


def failing(scenario: Scenario, message: str) -> Scenario:
    """Let the extension report a failure, in every answer that shows it."""
    views = scenario.body("virtualMachines/web-01")["properties"]["instanceView"]["extensions"]
    listed = [it["properties"]["instanceView"] for it in scenario.body("web-01/extensions")["value"]]
    for view in (*views, *listed):
        if view["name"] == "GuestAttestation":
            view["statuses"][0] |= {"code": "ProvisioningState/failed/-7", "level": "Error", "message": message}
            view["substatuses"] = []
    return scenario


@pytest.mark.parametrize("status", ["NotReady", "Error"])
def test_an_outage_is_suspected_and_warns(status: str) -> None:
    diagnosis = outage(status).diagnose()
    assert causes(diagnosis) == [("provider-outage", "suspected")]
    assert found(diagnosis).status is Status.WARN
    assert diagnosis.verdict is Status.WARN
    assert cause(diagnosis).resource == SHARED
    assert cause(diagnosis).evidence == found(diagnosis).evidence
    assert "Ready" in cause(diagnosis).disproof


def test_an_outage_does_not_explain_a_failure_for_sure() -> None:
    diagnosis = failing(outage("Error"), "Timeout was reached").diagnose()
    assert causes(diagnosis) == [("extension-failed", "proven"), ("provider-outage", "suspected")]
    assert found(diagnosis).status is Status.WARN


def test_no_activity_log_is_asked_about_a_provider_of_nobodys_subscription() -> None:
    diagnosis = log(outage("Error")).diagnose()
    assert diagnosis.check("path.model-contradicted").status is Status.PASS


def test_a_proven_cause_comes_before_an_outage() -> None:
    diagnosis = outage("Error", "nsg-denies-attestation").diagnose()
    assert causes(diagnosis) == [("nsg-denies-attestation", "proven"), ("provider-outage", "suspected")]


@pytest.mark.parametrize("status", ["Ready", "ready", "Updating", None])
def test_any_other_status_of_a_shared_provider_gives_no_cause(status: str | None) -> None:
    scenario = Scenario.sample("healthy")
    scenario.body(REGIONAL)["properties"]["status"] = status
    assert causes(scenario.diagnose()) == []


def test_a_shared_provider_that_was_not_read_passes_by_the_table_with_an_assumption() -> None:
    diagnosis = Scenario.sample("healthy").answer(REGIONAL, 403).diagnose()
    assert found(diagnosis).status is Status.PASS
    assert "not from Azure" in found(diagnosis).assumptions[0]
    assert diagnosis.verdict is Status.PASS


def test_a_region_that_is_not_tabled_leaves_the_verdict_unknown() -> None:
    scenario = Scenario.sample("healthy").drop(REGIONAL)
    scenario.body("virtualMachines/web-01")["location"] = "qatarcentral"
    assert (found(scenario.diagnose()).status, scenario.diagnose().verdict) == (Status.UNKNOWN, Status.UNKNOWN)


@pytest.mark.parametrize(
    ("scenario", "resource"),
    [
        (naming("https://"), f"{VM}/extensions/GuestAttestation"),
        (naming("https://shopattest.ugv.attest.azure.us"), f"{VM}/extensions/GuestAttestation"),
        (own(status="Error"), PROVIDER),
        (own(**PRIVATE), PROVIDER),
    ],
    ids=["no URL", "another cloud", "status Error", "no public access"],
)
def test_a_provider_that_cannot_serve_is_proven_unreachable(scenario: Scenario, resource: str) -> None:
    diagnosis = failing(scenario, "Could not resolve host").diagnose()
    assert causes(diagnosis) == [("custom-provider-unreachable", "proven")]
    assert found(diagnosis).status is Status.FAIL
    assert (cause(diagnosis).resource, diagnosis.verdict) == (resource, Status.FAIL)
    assert "/.well-known/openid-configuration" in cause(diagnosis).disproof
    assert cause(diagnosis).evidence


@pytest.mark.parametrize(
    ("scenario", "confidence"),
    [
        (own(attestUri="https://other.eus.attest.azure.net"), ["suspected"]),
        (own(status="NotReady"), ["suspected"]),
        (own(status="NotReady", **PRIVATE).answer("Microsoft.Network/privateDnsZones", 403), ["suspected"]),
        (own(status="Updating"), []),
        (own(**PRIVATE).answer("Microsoft.Network/privateDnsZones", 403), []),
        (own().answer("/attestationProviders", 403), []),
        (naming(f"https://{HOST}"), []),
    ],
    ids=["elsewhere", "NotReady", "NotReady and zones refused", "no such status", "zones refused", "refused", "absent"],
)
def test_what_is_not_known_of_a_provider_fails_nothing(scenario: Scenario, confidence: list[str]) -> None:
    diagnosis = scenario.diagnose()
    assert causes(diagnosis) == [("custom-provider-unreachable", it) for it in confidence]
    assert found(diagnosis).status is Status.UNKNOWN
    assert diagnosis.verdict is Status.UNKNOWN


@pytest.mark.parametrize("scenario", [own(), with_zone(own(**PRIVATE), shopattest__eus="192.0.2.133")])
def test_a_provider_that_serves_passes(scenario: Scenario) -> None:
    assert found(scenario.diagnose()).status is Status.PASS
    assert causes(scenario.diagnose()) == []


def test_a_public_provider_that_is_ready_makes_a_clean_verdict() -> None:
    assert own().diagnose().verdict is Status.PASS


def test_a_denial_on_the_way_to_a_public_provider_is_proven() -> None:
    diagnosis = own("nsg-denies-attestation").diagnose()
    assert causes(diagnosis) == [("nsg-denies-attestation", "proven")]


def test_an_answer_of_the_host_speaks_against_an_unreachable_provider() -> None:
    diagnosis = failing(own(**PRIVATE), "HTTP status 400, PolicyEvaluationError").diagnose()
    assert causes(diagnosis)[0] == ("extension-failed", "proven")
    assert cause(diagnosis).confidence is Confidence.SUSPECTED


WRITE = {
    "operationName": {"value": "Microsoft.Attestation/attestationProviders/write"},
    "status": {"value": "Succeeded"},
    "eventTimestamp": "2026-11-20T09:28:00Z",
    "resourceId": PROVIDER,
}


@pytest.mark.parametrize(
    ("writes", "confidence", "contradicted"),
    [([], "suspected", Status.WARN), ([WRITE], "proven", Status.NOT_APPLICABLE)],
    ids=["not written since", "written since"],
)
def test_a_success_speaks_against_it_unless_the_provider_was_written_since(
    writes: list[dict[str, Any]], confidence: str, contradicted: Status
) -> None:
    diagnosis = log(own(**PRIVATE), *writes).diagnose()
    assert causes(diagnosis) == [("custom-provider-unreachable", confidence)]
    assert diagnosis.check("path.model-contradicted").status is contradicted


def test_a_declared_proxy_does_not_explain_a_provider_that_cannot_serve() -> None:
    diagnosis = own(**PRIVATE).diagnose(proxy="proxy.corp:3128")
    assert causes(diagnosis) == [("custom-provider-unreachable", "proven")]
    assert diagnosis.check("path.proxy").status is Status.UNKNOWN


def test_another_regions_list_entry_in_error_is_an_outage_too() -> None:
    endpoint = "https://sharedweu.weu.attest.azure.net"
    listed = {"id": "/weu", "location": "West Europe", "properties": {"attestUri": endpoint, "status": "Error"}}
    scenario = naming(endpoint).read("default_providers", {"value": [listed]}, subscription=SUBSCRIPTION_ID)
    assert causes(scenario.diagnose()) == [("provider-outage", "suspected")]
