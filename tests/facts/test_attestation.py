"""Shared and custom providers: which answer gives them, and what is missing said with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.attestation import AttestationProvider, parse_provider
from guest_attestation.facts.reading import Reading
from guest_attestation.snapshot.node import Node
from tests.own_provider import HOST, PROVIDER, SUBSCRIPTION_ID, naming, own
from tests.scenario import Scenario

REGIONAL = "locations/eastus/defaultProvider"


def provider_json(name: str, location: str, **properties: Any) -> dict[str, Any]:
    abbreviation = name.removeprefix("shared")
    shown = {"attestUri": f"https://{name}.{abbreviation}.attest.azure.net", "status": "Ready", **properties}
    place = f"/providers/Microsoft.Attestation/attestationProviders/{name}"
    return {"id": place, "name": name, "location": location, "properties": shown}


def listing(scenario: Scenario, *providers: dict[str, Any], status: int = 200) -> Scenario:
    return scenario.read("default_providers", {"value": list(providers)}, status=status, subscription=SUBSCRIPTION_ID)


def shared(scenario: Scenario) -> Reading[AttestationProvider]:
    return scenario.facts().shared_provider


def test_every_field_of_a_provider_is_read() -> None:
    body = {
        "id": PROVIDER,
        "name": "shopattest",
        "location": "UK South",
        "properties": {
            "attestUri": "https://ShopAttest.uks.attest.azure.net/",
            "status": "Ready",
            "trustModel": "AAD",
            "publicNetworkAccess": "Disabled",
            "privateEndpointConnections": [{"id": "/connection"}],
        },
    }
    found = parse_provider(Node(body, "f.json#/response/body"))
    assert found == AttestationProvider(
        PROVIDER, "shopattest", "uksouth", "https://ShopAttest.uks.attest.azure.net/", "Ready", "AAD", "Disabled",
        True, "f.json#/response/body/properties",
    )  # fmt: skip
    assert found.host == "shopattest.uks.attest.azure.net"
    assert found.public_access_disabled


@pytest.mark.parametrize(("shown", "disabled"), [("disabled", True), ("Enabled", False), (None, False), ("", False)])
def test_public_access_is_disabled_only_where_azure_says_so(shown: str | None, disabled: bool) -> None:
    body = {"properties": {"publicNetworkAccess": shown}}
    assert parse_provider(Node(body, "")).public_access_disabled is disabled


@pytest.mark.parametrize(("status", "is_error"), [("Error", True), ("error", True), ("Ready", False), ("", False)])
def test_a_status_is_compared_in_any_letter_case(status: str, is_error: bool) -> None:
    assert parse_provider(Node({"properties": {"status": status}}, "")).has_status("NotReady", "Error") is is_error


def test_the_regions_own_answer_comes_first() -> None:
    found = shared(listing(Scenario.sample("healthy"), provider_json("sharedeus", "East US", status="Error"))).value
    assert found is not None
    assert (found.name, found.location, found.status) == ("sharedeus", "eastus", "Ready")


def test_the_regions_own_answer_serves_where_the_extension_names_that_provider() -> None:
    found = shared(naming("https://SharedEUS.eus.attest.azure.net/")).value
    assert found is not None
    assert (found.name, found.status) == ("sharedeus", "Ready")


@pytest.mark.parametrize("location", ["East US", "east us", "EASTUS"])
def test_the_list_serves_where_the_regions_own_answer_was_not_read(location: str) -> None:
    scenario = Scenario.sample("healthy").answer(REGIONAL, 404)
    listing(scenario, provider_json("sharedweu", "West Europe"), provider_json("sharedeus", location))
    found = shared(scenario).value
    assert found is not None
    assert found.host == "sharedeus.eus.attest.azure.net"
    assert found.evidence.endswith("#/response/body/value/1/properties")


def test_without_both_each_reason_and_the_permission_is_kept() -> None:
    found = shared(listing(Scenario.sample("healthy").answer(REGIONAL, 404), status=403))
    assert found.value is None
    assert found.missing_permission == "Microsoft.Attestation/defaultProviders/read"
    assert "answered 404 ResourceNotFound: GET" in found.why_not
    assert "refused (403)" in found.why_not


def test_a_list_without_the_region_is_said() -> None:
    found = shared(listing(Scenario.sample("healthy").drop(REGIONAL), provider_json("sharedweu", "West Europe")))
    assert found.value is None
    assert found.why_not.startswith("not in the snapshot: GET ")
    assert found.why_not.endswith("; Azure lists no shared provider of eastus")


def test_another_regions_shared_provider_that_the_extension_names_is_found_in_the_list() -> None:
    scenario = naming("https://sharedweu.weu.attest.azure.net")
    listing(scenario, provider_json("sharedeus", "East US"), provider_json("sharedweu", "West Europe"))
    found = shared(scenario).value
    assert found is not None
    assert found.location == "westeurope"


@pytest.mark.parametrize(
    ("endpoint", "why_not"),
    [
        ("https://sharedweu.weu.attest.azure.net", "Azure lists no shared provider sharedweu.weu.attest.azure.net"),
        ("https://sharedxyz.xyz.attest.azure.net", "Azure lists no shared provider sharedxyz.xyz.attest.azure.net"),
    ],
)
def test_a_shared_provider_that_the_extension_names_is_not_mistaken_for_the_regions(
    endpoint: str, why_not: str
) -> None:
    found = shared(listing(naming(endpoint), provider_json("sharedeus", "East US")))
    assert (found.value, found.why_not) == (None, why_not)


def test_without_the_vm_its_region_is_not_known() -> None:
    found = shared(Scenario.sample("healthy").answer("virtualMachines/web-01", 403))
    assert (found.value, found.missing_permission) == (None, "Microsoft.Compute/virtualMachines/read")


def test_a_shared_provider_leaves_nothing_of_the_customers_own_to_read() -> None:
    for endpoint in ("", "https://sharedeus.eus.attest.azure.net"):
        assert naming(endpoint).facts().custom_provider is None
    assert Scenario.sample("extension-not-installed").facts().custom_provider is None


@pytest.mark.parametrize("endpoint", [f"https://{HOST}", HOST, f"https://{HOST.upper()}:443/"])
def test_the_customers_own_provider_is_found_by_its_host(endpoint: str) -> None:
    scenario = own()
    extension = next(it for it in scenario.body("web-01/extensions")["value"] if it["name"] == "GuestAttestation")
    extension["properties"]["settings"] = {"maaEndpoint": endpoint}
    custom = scenario.facts().custom_provider
    assert custom is not None
    assert custom.host == HOST
    assert custom.found is not None
    assert custom.found.id == PROVIDER


@pytest.mark.parametrize("uri", ["https://shopattest.weu.attest.azure.net", "https://attest.azure.net", None])
def test_another_provider_of_the_subscription_is_not_taken_for_it(uri: str | None) -> None:
    custom = own(attestUri=uri).facts().custom_provider
    assert custom is not None
    assert custom.listed.value is not None
    assert custom.found is None


def test_a_list_of_providers_that_was_refused_is_not_known() -> None:
    custom = own().answer("attestationProviders", 403).facts().custom_provider
    assert custom is not None
    assert (custom.found, custom.listed.value) == (None, None)
    assert custom.listed.missing_permission == "Microsoft.Attestation/attestationProviders/read"
