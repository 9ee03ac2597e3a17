"""The recording attestation, and the documented examples of providers: shared ones and customers' own.

The recorded VMs are in West US, as the recorded shared provider; their extension's settings are null. Where a test
needs an endpoint, it is put into those settings.
"""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.attestation import AttestationProvider, parse_provider
from guest_attestation.network.hop import HopName
from guest_attestation.snapshot.node import Node
from tests.recordings.moved import VM, in_network
from tests.recordings.recorded import (
    RECORDINGS,
    SUBSCRIPTION,
    SUBSCRIPTION_ID,
    Document,
    Excerpt,
    body_of,
    causes,
    documented,
)

CREATED = f"{SUBSCRIPTION}/resourceGroups/clitest000001/providers/Microsoft.Attestation/attestationProviders"
REGIONAL, LISTED_IN_GROUP, LISTED = (
    "attestation/attestation.005",
    "attestation/attestation.002",
    "attestation/attestation.003",
)
SHARED = "/providers/Microsoft.Attestation/attestationProviders/sharedwus"
OWN = "att0000002.wus.attest.azure.net"


def naming(endpoint: str, **changes: str) -> Any:
    """Change the VM's answer: its extension's settings name a provider; `changes` are of the VM itself."""

    def change(vm: Document) -> None:
        settings = {"AttestationConfig": {"MaaSettings": {"maaEndpoint": endpoint}}}
        vm["resources"][0]["properties"]["settings"] = settings
        vm.update(changes)

    return change


def vm_naming(excerpt: Excerpt, endpoint: str, **changes: str) -> Excerpt:
    return in_network(excerpt).changed("guest-attestation/ga.021", naming(endpoint, **changes))


def without_zones(excerpt: Excerpt) -> Excerpt:
    """No recording holds private zones: here none exist."""
    return excerpt.answered("private_dns_zones", {"value": []}, subscription=SUBSCRIPTION_ID)


def listed(excerpt: Excerpt, body: Any) -> Excerpt:
    return excerpt.answered("attestation_providers", body, subscription=SUBSCRIPTION_ID)


def read(body: Document) -> AttestationProvider:
    return parse_provider(Node(body, "body"))


def test_the_recorded_shared_provider_of_west_us_is_the_recorded_vms(excerpt: Excerpt) -> None:
    in_network(excerpt).copy(REGIONAL)

    found = excerpt.facts(VM).shared_provider.value

    assert found is not None
    assert (found.id, found.name, found.location) == (SHARED, "sharedwus", "westus")
    assert (found.attest_uri, found.host) == (
        "https://sharedwus.wus.attest.azure.net", "sharedwus.wus.attest.azure.net",
    )  # fmt: skip
    assert (found.status, found.trust_model, found.public_network_access) == ("Ready", "AAD", None)
    assert excerpt.evidence(found.evidence)["attestUri"] == "https://sharedwus.wus.attest.azure.net"
    hop = excerpt.diagnose(VM, excerpt.prefixes).path.of(HopName.PROVIDER)[0]
    assert (hop.decision, hop.resource, hop.assumptions) == ("allow", SHARED, ())


def test_without_that_answer_the_table_gives_the_same_name_and_says_so(excerpt: Excerpt) -> None:
    check = in_network(excerpt).diagnose(VM, excerpt.prefixes).check("path.provider")

    assert check.status == "pass"
    assert check.summary.startswith("shared provider sharedwus.wus.attest.azure.net: not in the snapshot: GET ")
    assert "not from Azure" in check.assumptions[0]


@pytest.mark.parametrize("status", ["NotReady", "Error"])
def test_the_recorded_shared_provider_out_of_order_is_suspected(excerpt: Excerpt, status: str) -> None:
    in_network(excerpt).changed(REGIONAL, lambda body: body["properties"].update(status=status))

    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)

    assert causes(diagnosis) == [("provider-outage", "suspected")]
    assert diagnosis.check("path.provider").status == "warn"
    assert diagnosis.path.of(HopName.PROVIDER)[0].decision == "deny"


def test_the_recorded_provider_of_another_region_is_not_the_vms(excerpt: Excerpt) -> None:
    def to_east_us(vm: Document) -> None:
        vm["location"] = "eastus"

    in_network(excerpt).changed("guest-attestation/ga.021", to_east_us).copy(REGIONAL)

    check = excerpt.diagnose(VM, excerpt.prefixes).check("path.provider")
    assert "sharedeus.eus.attest.azure.net" in check.summary
    assert check.assumptions


@pytest.mark.parametrize(
    ("name", "place"),
    [("attestation.001", "att0000002"), ("provider_without_signer.001", "att3000002")],
)
def test_facts_of_a_recorded_provider(name: str, place: str) -> None:
    found = read(body_of(f"attestation/{name}"))

    assert (found.id, found.name, found.location) == (f"{CREATED}/{place}", place, "westus")
    assert found.host == f"{place}.wus.attest.azure.net"
    assert (found.status, found.trust_model, found.public_network_access) == ("Ready", "AAD", None)
    assert not found.public_access_disabled


def test_the_recorded_provider_is_found_where_its_list_answers_for_the_subscription(excerpt: Excerpt) -> None:
    without_zones(vm_naming(excerpt, f"https://{OWN}"))
    excerpt.asked(LISTED_IN_GROUP, "attestation_providers", subscription=SUBSCRIPTION_ID)

    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)

    hop = diagnosis.path.of(HopName.PROVIDER)[0]
    assert (hop.decision, hop.resource) == ("allow", f"{CREATED}/att0000002")
    assert hop.assumptions == ("its public access is on: Azure's answer does not say",)
    decided = {hop.hop.value: hop.decision.value for hop in diagnosis.path.hops}
    assert (decided["nic-nsg"], decided["subnet-nsg"], decided["egress"]) == ("allow", "allow", "allow")
    assert causes(diagnosis) == []


def test_the_recorded_list_of_one_resource_group_is_no_read_of_ours(excerpt: Excerpt) -> None:
    without_zones(vm_naming(excerpt, f"https://{OWN}")).copy(LISTED_IN_GROUP)

    check = excerpt.diagnose(VM, excerpt.prefixes).check("path.provider")

    assert check.status == "unknown"
    assert (
        f"not in the snapshot: GET {SUBSCRIPTION}/providers/Microsoft.Attestation/attestationProviders" in check.summary
    )
    assert check.causes == ()


def test_the_recorded_empty_list_proves_nothing_though_the_provider_existed_then(excerpt: Excerpt) -> None:
    """Both lists were recorded within the same second: one group's holds the provider, the subscription's is empty."""
    without_zones(vm_naming(excerpt, f"https://{OWN}")).copy(LISTED_IN_GROUP, LISTED)

    diagnosis = excerpt.diagnose(VM, excerpt.prefixes)

    assert causes(diagnosis) == [("custom-provider-unreachable", "suspected")]
    assert diagnosis.check("path.provider").status == "unknown"
    assert diagnosis.path.of(HopName.PROVIDER)[0].decision == "unknown"
    assert excerpt.facts(VM).custom_provider is not None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"status": "Error"}, [("custom-provider-unreachable", "proven")]),
        ({"publicNetworkAccess": "Disabled"}, [("custom-provider-unreachable", "proven")]),
        ({"status": "NotReady"}, [("custom-provider-unreachable", "suspected")]),
        ({"publicNetworkAccess": "Enabled"}, []),
    ],
)
def test_the_recorded_provider_with_one_thing_changed(
    excerpt: Excerpt, change: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    body = body_of(LISTED_IN_GROUP)
    body["value"][0]["properties"].update(change)

    diagnosis = listed(without_zones(vm_naming(excerpt, f"https://{OWN}")), body).diagnose(VM, excerpt.prefixes)

    assert causes(diagnosis) == expected


def test_writes_and_the_providers_own_answers_are_no_reads_of_ours(excerpt: Excerpt) -> None:
    """Of 35 exchanges two are ours; the rest created, changed and deleted providers, or asked them for policies."""
    paths = sorted((RECORDINGS / "attestation").glob("*.json"))
    vm_naming(excerpt, f"https://{OWN}").copy(*(f"attestation/{path.name}" for path in paths))

    facts = excerpt.facts(VM)

    assert len(paths) == 35
    assert facts.custom_provider is not None
    assert facts.custom_provider.listed.value == ()
    assert facts.shared_provider.value is not None
    assert facts.shared_provider.value.name == "sharedwus"


VERSIONS = {"": None, "2021-06-01-preview.": "Enabled"}


@pytest.mark.parametrize(("version", "access"), VERSIONS.items())
def test_the_documented_answers_of_shared_providers(version: str, access: str | None) -> None:
    one = read(documented(f"attestation/{version}Get_DefaultProviderByLocation"))
    both = [read(it) for it in documented(f"attestation/{version}Get_DefaultProviders.json")["value"]]

    assert both[0] == one
    place = "providers/Microsoft.Attestation/attestationProviders"
    assert [(it.id, it.location, it.host, it.status) for it in both] == [
        (f"{place}/sharedcus", "centralus", "sharedcus.cus.attest.azure.net", "Ready"),
        (f"{place}/shareduks", "uksouth", "shareduks.uks.attest.azure.net", "Ready"),
    ]
    assert {it.public_network_access for it in both} == {access}


@pytest.mark.parametrize(
    ("location", "endpoint", "host"),
    [
        ("centralus", "", "sharedcus.cus.attest.azure.net"),
        ("UK South", "", "shareduks.uks.attest.azure.net"),
        ("westus", "https://shareduks.uks.attest.azure.net", "shareduks.uks.attest.azure.net"),
    ],
)
def test_the_documented_list_serves_the_regions_that_it_holds(
    excerpt: Excerpt, location: str, endpoint: str, host: str
) -> None:
    body = documented("attestation/Get_DefaultProviders.json")
    vm_naming(excerpt, endpoint, location=location)
    excerpt.answered("default_providers", body, subscription=SUBSCRIPTION_ID)

    check = excerpt.diagnose(VM, excerpt.prefixes).check("path.provider")

    assert (check.status, check.summary, check.assumptions) == ("pass", f"shared provider {host} is Ready", ())


def test_a_region_that_the_documented_list_does_not_hold_has_its_name_from_the_table(excerpt: Excerpt) -> None:
    body = documented("attestation/Get_DefaultProviders.json")
    in_network(excerpt).answered("default_providers", body, subscription=SUBSCRIPTION_ID)

    check = excerpt.diagnose(VM, excerpt.prefixes).check("path.provider")

    assert check.status == "pass"
    assert "Azure lists no shared provider of westus" in check.summary
    assert "not from Azure" in check.assumptions[0]


@pytest.mark.parametrize(("version", "access"), VERSIONS.items())
def test_the_documented_provider_of_a_customer(excerpt: Excerpt, version: str, access: str | None) -> None:
    body = documented(f"attestation/{version}Get_AttestationProvider.json")

    found = read(body)

    assert (found.name, found.location, found.trust_model) == ("myattestationprovider", "eastus", "Isolated")
    assert (found.host, found.public_network_access) == ("superservice.attestation.azure.net", access)
    listed(without_zones(vm_naming(excerpt, "https://superservice.attestation.azure.net")), {"value": [body]})
    assert excerpt.diagnose(VM, excerpt.prefixes).check("path.provider").status == "pass"


@pytest.mark.parametrize(
    "name",
    [f"{version}Get_AttestationProvidersList{kind}.json" for version in VERSIONS for kind in ("", "ByResourceGroup")],
)
def test_documented_lists_without_a_uri_show_no_provider_of_that_name(excerpt: Excerpt, name: str) -> None:
    body = documented(f"attestation/{name}")
    assert [(it.name, it.host, it.status) for it in map(read, body["value"])] == [
        ("myattestationprovider", "", "Ready"),
        ("codes2", "", "Ready"),
    ]

    listed(without_zones(vm_naming(excerpt, "https://codes2.eus.attest.azure.net")), body)

    assert causes(excerpt.diagnose(VM, excerpt.prefixes)) == [("custom-provider-unreachable", "suspected")]


def test_the_documented_private_zone_of_a_provider_is_the_one_that_is_looked_for(excerpt: Excerpt) -> None:
    resources = documented("attestation/2021-06-01-preview.AttestationProviderListPrivateLinkResources")
    (zone,) = resources["value"][0]["properties"]["requiredZoneNames"]
    zones = {"value": [{"id": f"{SUBSCRIPTION}/{zone}", "name": zone}]}
    vm_naming(excerpt, f"https://{OWN}").answered("private_dns_zones", zones, subscription=SUBSCRIPTION_ID)

    custom = excerpt.facts(VM).custom_provider

    assert custom is not None
    assert [it.name for it in custom.zones.value or ()] == ["privatelink.attest.azure.net"]
