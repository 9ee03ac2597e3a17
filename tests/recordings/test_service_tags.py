"""Microsoft's published service tag files and the recorded list of one region, and what the fact sheet says of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from guest_attestation.clouds import CLOUDS
from guest_attestation.commands.main import main
from guest_attestation.facts.service_tag import ServiceTags, service_tags_of
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.hop import Hop, HopName
from guest_attestation.snapshot.reader import Snapshot
from tests.recordings.moved import VM, outbound, with_group
from tests.recordings.recorded import (
    CHINA_TAGS,
    GOVERNMENT_TAGS,
    PUBLIC_TAGS,
    SUBSCRIPTION,
    Excerpt,
    attested_vm,
    body_of,
    documented,
)

LIST = "service-tags/list-centralus-2023"
FILES = {"AzureCloud": PUBLIC_TAGS, "AzureUSGovernment": GOVERNMENT_TAGS, "AzureChinaCloud": CHINA_TAGS}
SPELLED_OTHERWISE = {
    "brazilsoutheast": "brazilse",
    "chilecentral": "chilec",
    "francecentral": "centralfrance",
    "francesouth": "southfrance",
    "germanynorth": "germanyn",
    "germanywestcentral": "germanywc",
    "norwayeast": "norwaye",
    "norwaywest": "norwayw",
    "switzerlandnorth": "switzerlandn",
    "switzerlandwest": "switzerlandw",
}
STAGING = {"eastusstg": "usstagee", "southcentralusstg": "usstagec"}


@cache
def listed(file: Path | None) -> ServiceTags:
    """The tags of a file; without one, those of the recorded list."""
    snapshot = Snapshot(Path(), datetime(2026, 11, 24, tzinfo=UTC), CLOUDS["AzureCloud"], "live", {})
    return service_tags_of(snapshot, file)


def addresses(tags: ServiceTags, name: str, version: int = 4) -> AddressSet:
    tag = tags.find(name)
    assert tag is not None, name
    return AddressSet.of(tag.address_prefixes, version)


def regional(tags: ServiceTags) -> list[str]:
    """The locations of the AzureAttestation tags that name one, in lower case."""
    return sorted(name.partition(".")[2] for name in tags.tags if name.startswith("azureattestation."))


@pytest.mark.parametrize(
    ("cloud", "ipv4", "ipv6"),
    [("AzureCloud", 127, 58), ("AzureUSGovernment", 26, 3), ("AzureChinaCloud", 8, 2)],
)
def test_the_published_files_list_attestation_in_both_ip_versions(cloud: str, ipv4: int, ipv6: int) -> None:
    tags = listed(FILES[cloud])

    assert tags.complete
    assert tags.find("azureattestation") == tags.find("AzureAttestation")
    tag = tags.find("AzureAttestation")
    assert tag is not None
    assert len(tag.address_prefixes) == ipv4 + ipv6
    assert addresses(tags, "AzureAttestation", 4).prefix_count() == ipv4
    assert addresses(tags, "AzureAttestation", 6).prefix_count() == ipv6


@pytest.mark.parametrize(
    ("cloud", "prefixes"), [("AzureCloud", 127), ("AzureUSGovernment", 26), ("AzureChinaCloud", 8)]
)
def test_a_file_given_as_parameter_tells_what_is_asked(excerpt: Excerpt, cloud: str, prefixes: int) -> None:
    excerpt.cloud = cloud
    excerpt.copy("guest-attestation/ga.021")

    diagnosis = excerpt.diagnose(attested_vm("vm000002"), FILES[cloud])

    assert diagnosis.path.question.destinations.prefix_count() == prefixes


@pytest.mark.parametrize(
    ("cloud", "features"),
    [
        ("AzureCloud", ["API", "NSG", "UDR", "FW"]),
        ("AzureUSGovernment", ["API", "NSG", "UDR", "FW"]),
        ("AzureChinaCloud", ["API", "NSG"]),
    ],
)
def test_only_china_cannot_use_the_tag_in_routes_and_firewalls(cloud: str, features: list[str]) -> None:
    values = json.loads(FILES[cloud].read_text("utf-8"))["values"]

    found = {value["name"]: value["properties"]["networkFeatures"] for value in values}

    assert found.pop("AzureAttestation") == features
    assert {str(found[name]) for name in found if name.startswith("AzureAttestation.")} == {"None"}


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("cloud", list(FILES))
def test_azure_cloud_contains_every_attestation_prefix(cloud: str, version: int) -> None:
    tags = listed(FILES[cloud])

    asked = addresses(tags, "AzureAttestation", version)

    assert asked
    assert not asked - addresses(tags, "AzureCloud", version)


@pytest.mark.parametrize("version", [4, 6])
def test_a_regions_part_of_the_tag_is_what_its_azure_cloud_holds_for_all_67_public_regions(version: int) -> None:
    tags = listed(PUBLIC_TAGS)
    asked = addresses(tags, "AzureAttestation", version)
    spelled = SPELLED_OTHERWISE | STAGING

    regions = regional(tags)
    parts = {name: asked & addresses(tags, f"AzureCloud.{spelled.get(name, name)}", version) for name in regions}

    assert len(set(regions) - set(STAGING)) == 67
    assert parts == {name: addresses(tags, f"AzureAttestation.{name}", version) for name in regions}


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize(("cloud", "count"), [("AzureUSGovernment", 5), ("AzureChinaCloud", 6)])
def test_a_regions_part_of_the_tag_is_what_its_azure_cloud_holds_in_the_other_clouds(
    cloud: str, count: int, version: int
) -> None:
    tags = listed(FILES[cloud])
    asked = addresses(tags, "AzureAttestation", version)

    regions = regional(tags)

    assert len(regions) == count
    for name in regions:
        assert asked & addresses(tags, f"AzureCloud.{name}", version) == addresses(
            tags, f"AzureAttestation.{name}", version
        )


def test_only_these_regions_are_spelled_otherwise_in_azure_cloud() -> None:
    tags = listed(PUBLIC_TAGS)

    otherwise = {name for name in regional(tags) if tags.find(f"AzureCloud.{name}") is None}

    assert otherwise == set(SPELLED_OTHERWISE) | set(STAGING)


def test_every_public_region_has_an_ipv4_prefix_of_its_own() -> None:
    tags = listed(PUBLIC_TAGS)
    counts = {name: addresses(tags, f"AzureAttestation.{name}").prefix_count() for name in regional(tags)}

    assert set(counts.values()) == {1, 2}
    assert counts["westus"] == 2


def test_some_prefixes_of_the_tag_belong_to_no_region() -> None:
    tags = listed(PUBLIC_TAGS)
    left = addresses(tags, "AzureAttestation")
    for name in tags.tags:
        if name.startswith("azurecloud."):
            left = left - addresses(tags, name)

    assert left.prefix_count() == 11
    assert not AddressSet.of(["9.205.32.20/30", "20.72.21.144/30", "172.198.80.20/30"], 4) - left


def test_the_recorded_list_is_whole_and_serves_any_location(excerpt: Excerpt) -> None:
    tags = excerpt.copy(LIST, "guest-attestation/ga.021").facts(attested_vm("vm000002")).service_tags

    assert tags.complete
    assert len(tags.tags) == 895
    tag = tags.find("AzureAttestation")
    assert tag is not None
    assert len(tag.address_prefixes) == 105 + 23
    assert addresses(tags, "AzureAttestation").prefix_count() == 105
    assert addresses(tags, "AzureAttestation", 6).prefix_count() == 23
    assert tags.find("AzureAttestation.WestUS") is None
    for version in (4, 6):
        assert not addresses(tags, "AzureAttestation", version) - addresses(tags, "AzureCloud", version)


def test_the_recorded_list_spells_regions_as_the_published_file_does(excerpt: Excerpt) -> None:
    tags = excerpt.copy(LIST, "guest-attestation/ga.021").facts(attested_vm("vm000002")).service_tags

    opened_since = {"chilecentral"}
    for location, spelled in SPELLED_OTHERWISE.items():
        assert tags.find(f"AzureCloud.{location}") is None
        assert (tags.find(f"AzureCloud.{spelled}") is None) == (location in opened_since)


def test_the_subscriptions_own_answer_wins_over_the_file(excerpt: Excerpt) -> None:
    tags = excerpt.copy(LIST, "guest-attestation/ga.021").facts(attested_vm("vm000002"), PUBLIC_TAGS).service_tags

    tag = tags.find("AzureAttestation")
    assert tag is not None
    assert len(tag.address_prefixes) == 105 + 23
    assert tag.evidence.startswith("responses/service-tags/list-centralus-2023.json#/response/body/values/")
    assert excerpt.evidence(tag.evidence)["systemService"] == "AzureAttestation"


def test_the_documented_list_is_not_whole_because_its_next_page_is_missing(excerpt: Excerpt) -> None:
    body = documented("network-2021-02-01/ServiceTagsList")
    excerpt.copy("guest-attestation/ga.021")
    excerpt.answered("service_tags", body, subscription=SUBSCRIPTION.rpartition("/")[2], location="westcentralus")

    tags = excerpt.facts(attested_vm("vm000002")).service_tags

    assert not tags.complete
    assert set(tags.tags) == {
        "apimanagement", "apimanagement.australiacentral", "appservice", "servicebus", "servicebus.eastus2",
    }  # fmt: skip
    tag = tags.find("ServiceBus")
    assert tag is not None
    assert tag.address_prefixes == ("23.98.82.96/29", "40.68.127.68/32", "40.70.146.64/29")


def decided(excerpt: Excerpt, tags: Path | None, *rules: tuple[str, int, str]) -> Hop:
    """The NIC's NSG with outbound rules for 443 made of a recorded one: access, priority, destination."""
    group = body_of("nsg/nsg.024")
    group["properties"]["securityRules"] = [
        outbound(
            {**body_of("nsg/nsgext.010"), "name": f"{access}-{priority}"},
            access=access,
            priority=priority,
            destinationAddressPrefix=destination,
            destinationPortRanges=["443"],
            sourceAddressPrefixes=["*"],
        )
        for access, priority, destination in rules
    ]
    with_group(excerpt, group["id"]).answered("security_group", group, id=group["id"])
    return excerpt.diagnose(VM, tags).path.of(HopName.NIC_NSG)[0]


def shares(hop: Hop) -> dict[tuple[str, str | None], int]:
    return {(str(part.decision), part.rule): part.addresses.prefix_count() for part in hop.parts}


@pytest.mark.parametrize("own", ["AzureCloud.westus", "AzureCloud.WestUS", "AzureAttestation.WestUS"])
def test_a_group_that_allows_only_the_own_regions_part_is_not_decided_as_a_whole(excerpt: Excerpt, own: str) -> None:
    hop = decided(excerpt, PUBLIC_TAGS, ("Allow", 100, own), ("Deny", 200, "Internet"))

    assert shares(hop) == {("allow", "Allow-100"): 2, ("deny", "Deny-200"): 125}
    assert hop.decision == "unknown"
    assert hop.rule == "Deny-200"


@pytest.mark.parametrize("whole", ["AzureCloud", "AzureAttestation", "azureattestation", "Internet", "*", "0.0.0.0/0"])
def test_a_group_that_allows_a_tag_which_contains_it_allows_attestation(excerpt: Excerpt, whole: str) -> None:
    for tags in (excerpt.prefixes, None):
        hop = decided(excerpt, tags, ("Allow", 100, whole), ("Deny", 200, "*"))

        assert (hop.decision, hop.rule) == ("allow", "Allow-100")


@pytest.mark.parametrize("whole", ["AzureCloud", "AzureAttestation", "Internet", "*"])
def test_a_group_that_denies_a_tag_which_contains_it_denies_attestation(excerpt: Excerpt, whole: str) -> None:
    for tags in (excerpt.prefixes, None):
        hop = decided(excerpt, tags, ("Deny", 100, whole))

        assert (hop.decision, hop.rule) == ("deny", "Deny-100")


def test_another_regions_part_leaves_the_rest(excerpt: Excerpt) -> None:
    hop = decided(excerpt, PUBLIC_TAGS, ("Deny", 100, "AzureCloud.eastus"))

    parts = addresses(listed(PUBLIC_TAGS), "AzureAttestation.EastUS").prefix_count()
    assert shares(hop) == {("deny", "Deny-100"): parts, ("allow", "AllowInternetOutBound"): 127 - parts}


def test_regions_without_a_provider_take_nothing(excerpt: Excerpt) -> None:
    hop = decided(excerpt, PUBLIC_TAGS, ("Deny", 100, "AzureCloud.brazilne"), ("Deny", 101, "AzureCloud.northeurope2"))

    assert shares(hop) == {("allow", "AllowInternetOutBound"): 127}


def test_a_location_that_the_tags_spell_otherwise_is_no_known_tag(excerpt: Excerpt) -> None:
    hop = decided(excerpt, PUBLIC_TAGS, ("Deny", 100, "AzureCloud.francecentral"))

    assert hop.decision == "unknown"


@pytest.mark.parametrize(
    "tag", ["Storage", "Sql", "EventHub", "AzureDatabricks", "AzureMonitor", "AzureActiveDirectory"]
)
def test_another_services_tag_takes_nothing(excerpt: Excerpt, tag: str) -> None:
    hop = decided(excerpt, PUBLIC_TAGS, ("Deny", 100, tag))

    assert shares(hop) == {("allow", "AllowInternetOutBound"): 127}
    assert not any(tag in text for text in hop.assumptions)


def test_without_prefixes_a_regions_part_is_unknown(excerpt: Excerpt) -> None:
    hop = decided(excerpt, None, ("Allow", 100, "AzureCloud.westus"), ("Deny", 200, "Internet"))

    assert hop.decision == "unknown"
    assert any("prefixes of AzureAttestation are not known" in text for text in hop.assumptions)


def test_a_file_that_is_an_answer_of_the_api_is_no_published_file(
    excerpt: Excerpt, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    folder = excerpt.copy("guest-attestation/ga.021", LIST).write_header()
    lines = {
        "incident": "wrong-file",
        "vm_id": attested_vm("vm000002"),
        "snapshot": str(folder),
        "service_tags": str(folder / "responses" / "service-tags" / "list-centralus-2023.json"),
    }
    (tmp_path / "parameters.yaml").write_text(json.dumps(lines), "utf-8")

    assert main(["diagnose", str(tmp_path / "parameters.yaml")]) == 2

    assert "list-centralus-2023.json: is not a service tag file" in capsys.readouterr().err
