"""The shared provider as the end of the path: what Azure shows, else what the table has."""

from __future__ import annotations

import pytest

from guest_attestation.network.hop import Decision, Hop
from guest_attestation.network.provider_hop import provider_hop, shared_provider_host
from tests.own_provider import SUBSCRIPTION_ID, naming, own
from tests.scenario import Scenario

REGIONAL = "locations/eastus/defaultProvider"
SHARED = "/providers/Microsoft.Attestation/attestationProviders/sharedeus"


def hop_of(scenario: Scenario) -> Hop:
    return provider_hop(scenario.facts())


def in_region(location: str, *, cloud: str = "AzureCloud") -> Scenario:
    """Move the VM where no answer shows the region's provider."""
    scenario = Scenario.sample("healthy").drop(REGIONAL)
    scenario.body("virtualMachines/web-01")["location"] = location
    scenario.cloud = cloud
    return scenario


def test_a_ready_provider_allows() -> None:
    hop = hop_of(Scenario.sample("healthy"))
    assert (hop.hop, hop.decision, hop.resource) == ("provider", Decision.ALLOW, SHARED)
    assert hop.summary == "shared provider sharedeus.eus.attest.azure.net is Ready"
    assert (hop.assumptions, hop.rule, hop.parts, hop.trace) == ((), None, (), ())
    assert [it.rsplit("#", 1)[1] for it in hop.evidence] == ["/response/body/properties"]


@pytest.mark.parametrize(
    ("status", "decision"),
    [
        ("ready", Decision.ALLOW),
        ("NotReady", Decision.DENY),
        ("Error", Decision.DENY),
        ("ERROR", Decision.DENY),
        ("Updating", Decision.UNKNOWN),
        (None, Decision.UNKNOWN),
    ],
)
def test_only_its_status_decides(status: str | None, decision: Decision) -> None:
    scenario = Scenario.sample("healthy")
    scenario.body(REGIONAL)["properties"]["status"] = status
    hop = hop_of(scenario)
    assert hop.decision is decision
    assert len(hop.evidence) == 1
    if decision is Decision.DENY:
        assert hop.summary == f"Azure shows the shared provider sharedeus.eus.attest.azure.net as {status}"


def test_a_provider_without_a_uri_is_known_by_its_name() -> None:
    scenario = Scenario.sample("healthy")
    scenario.body(REGIONAL)["properties"] = {"status": "Ready"}
    assert hop_of(scenario).summary == "shared provider sharedeus is Ready"


@pytest.mark.parametrize("status", [None, 403, 404])
def test_where_azure_was_not_asked_the_table_serves_and_is_said_to(status: int | None) -> None:
    scenario = Scenario.sample("healthy")
    hop = hop_of(scenario.drop(REGIONAL) if status is None else scenario.answer(REGIONAL, status))
    assert (hop.decision, hop.resource, hop.missing_permission) == (Decision.ALLOW, None, None)
    assert hop.summary.startswith("shared provider sharedeus.eus.attest.azure.net: ")
    assert REGIONAL in hop.summary
    (assumed,) = hop.assumptions
    assert "azure-guest-attestation-sdk" in assumed
    assert "not from Azure" in assumed
    assert hop.evidence[0].endswith("#/response/body")


@pytest.mark.parametrize(
    ("location", "cloud", "host"),
    [
        ("southeastasia", "AzureCloud", "sharedsasia.sasia.attest.azure.net"),
        ("UK South", "AzureCloud", "shareduks.uks.attest.azure.net"),
        ("usgovtexas", "AzureUSGovernment", "shareduga.uga.attest.azure.us"),
    ],
)
def test_the_table_is_the_regions_own(location: str, cloud: str, host: str) -> None:
    hop = hop_of(in_region(location, cloud=cloud))
    assert hop.decision is Decision.ALLOW
    assert host in hop.summary


@pytest.mark.parametrize(
    ("location", "cloud"),
    [
        ("qatarcentral", "AzureCloud"),
        ("chinaeast2", "AzureChinaCloud"),
        ("usgovtexas", "AzureCloud"),
        ("", "AzureCloud"),
    ],
)
def test_a_region_in_neither_is_unknown(location: str, cloud: str) -> None:
    hop = hop_of(in_region(location, cloud=cloud))
    assert (hop.decision, hop.assumptions) == (Decision.UNKNOWN, ())
    assert "not in the snapshot: GET" in hop.summary


def test_a_refused_answer_of_a_region_that_is_not_tabled_names_the_permission() -> None:
    scenario = Scenario.sample("healthy").answer(REGIONAL, 403)
    scenario.document(REGIONAL)["request"]["url"] = scenario.document(REGIONAL)["request"]["url"].replace(
        "eastus", "qatarcentral"
    )
    scenario.body("virtualMachines/web-01")["location"] = "qatarcentral"
    hop = hop_of(scenario)
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Attestation/defaultProviders/read")


def test_without_the_vm_nothing_is_known_of_its_region() -> None:
    hop = hop_of(Scenario.sample("healthy").answer("virtualMachines/web-01", 403))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, "Microsoft.Compute/virtualMachines/read")


def test_another_regions_shared_provider_that_the_extension_names_is_the_one_decided() -> None:
    endpoint = "https://sharedweu.weu.attest.azure.net"
    assert "sharedweu.weu.attest.azure.net" in hop_of(naming(endpoint)).assumptions[0]
    listed = {"id": "/weu", "location": "West Europe", "properties": {"attestUri": endpoint, "status": "Error"}}
    scenario = naming(endpoint).read("default_providers", {"value": [listed]}, subscription=SUBSCRIPTION_ID)
    assert (hop_of(scenario).decision, hop_of(scenario).resource) == (Decision.DENY, "/weu")


def test_a_shared_name_that_nobody_lists_is_unknown() -> None:
    assert hop_of(naming("https://sharedxyz.xyz.attest.azure.net")).decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("scenario", "host"),
    [
        (Scenario.sample("healthy"), "sharedeus.eus.attest.azure.net"),
        (own(), "sharedeus.eus.attest.azure.net"),
        (own().drop(REGIONAL), "sharedeus.eus.attest.azure.net"),
        (in_region("westus3"), "sharedwus3.wus3.attest.azure.net"),
        (in_region("qatarcentral"), None),
        (Scenario.sample("healthy").drop("virtualMachines/web-01"), None),
        (naming("https://sharedweu.weu.attest.azure.net"), "sharedweu.weu.attest.azure.net"),
        (naming("https://sharedxyz.xyz.attest.azure.net"), None),
    ],
)
def test_the_shared_host_is_azures_else_the_tables(scenario: Scenario, host: str | None) -> None:
    assert shared_provider_host(scenario.facts()) == host
