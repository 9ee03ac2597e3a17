"""Service tags: from details, the whole list or a file, the subscription's own answers first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guest_attestation.errors import BadInput
from guest_attestation.facts.service_tag import ServiceTags, service_tags_of
from tests.scenario import SUBSCRIPTION, Scenario

PLACE = f"{SUBSCRIPTION}/providers/Microsoft.Network/locations"
ARM = "https://management.azure.com"


def item(name: str, *prefixes: str) -> dict[str, object]:
    return {"name": name, "id": name, "properties": {"addressPrefixes": list(prefixes), "changeNumber": "7"}}


def details(scenario: Scenario, *items: object, location: str = "eastus", **more: object) -> Scenario:
    url = f"{PLACE}/{location}/serviceTagDetails?tagName=AzureAttestation"
    return scenario.add("GET", url, {"value": list(items)}, **more)  # type: ignore[arg-type]


def listed(scenario: Scenario, *items: object, next_link: str = "", location: str = "eastus") -> Scenario:
    body = {"name": "Public", "changeNumber": "7", "values": list(items), "nextLink": next_link}
    return scenario.add("GET", f"{PLACE}/{location}/serviceTags", body)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ServiceTags_Public.json"
    path.write_text(json.dumps({"changeNumber": 7, "values": [item("AzureAttestation", "203.0.113.0/30")]}), "utf-8")
    return path


def prefixes(tags: ServiceTags, name: str = "AzureAttestation") -> tuple[str, ...] | None:
    found = tags.find(name)
    return None if found is None else found.address_prefixes


def tags_of(scenario: Scenario, file: Path | None = None) -> ServiceTags:
    return service_tags_of(scenario.snapshot, file)


def test_the_samples_details_are_read() -> None:
    tags = Scenario.sample("healthy").facts().service_tags

    found = tags.find("azureattestation")
    assert found is not None
    assert found.name == "AzureAttestation"
    assert found.address_prefixes[0] == "203.0.113.4/30"
    assert found.address_prefixes[-1] == "2001:db8:900:3c::40/123"
    assert found.evidence.endswith("--2179cd3d.json#/response/body/value/0/properties")
    assert not tags.complete
    assert tags.find("Storage.EastUS") is not None
    assert tags.find("Sql") is None


def test_details_win_over_the_list_and_the_list_over_the_file(file: Path) -> None:
    scenario = Scenario()
    assert prefixes(tags_of(scenario, file)) == ("203.0.113.0/30",)

    listed(scenario, item("AzureAttestation", "203.0.113.4/30"), item("Sql", "203.0.113.8/30"))
    assert prefixes(tags_of(scenario, file)) == ("203.0.113.4/30",)

    details(scenario, item("AzureAttestation", "203.0.113.16/30"))
    assert prefixes(tags_of(scenario, file)) == ("203.0.113.16/30",)
    assert prefixes(tags_of(scenario, file), "Sql") == ("203.0.113.8/30",)


def test_the_file_serves_for_tags_that_the_subscription_does_not_show(file: Path) -> None:
    scenario = details(Scenario(), item("Storage", "203.0.113.16/30"))

    assert prefixes(tags_of(scenario, file)) == ("203.0.113.0/30",)


def test_a_refused_answer_gives_no_tags(file: Path) -> None:
    scenario = details(Scenario(), item("AzureAttestation", "203.0.113.16/30"), status=403)

    assert tags_of(scenario).tags == {}
    assert prefixes(tags_of(scenario, file)) == ("203.0.113.0/30",)


def test_the_newest_details_win() -> None:
    scenario = details(Scenario(), item("AzureAttestation", "203.0.113.4/30"), at="2026-11-20T10:00:00Z")
    details(scenario, item("AzureAttestation", "203.0.113.8/30"), at="2026-11-20T09:00:00Z")
    details(scenario, item("AzureAttestation", "203.0.113.12/30"), at="2026-11-20T09:30:00Z", location="westus")

    assert prefixes(tags_of(scenario)) == ("203.0.113.4/30",)


def test_only_a_whole_list_or_a_file_is_complete(file: Path) -> None:
    whole = listed(Scenario(), item("Sql", "203.0.113.8/30"))
    page = f"{PLACE}/eastus/serviceTags?$skipToken=2"
    cut = listed(Scenario(), item("Sql", "203.0.113.8/30"), next_link=ARM + page)
    joined = listed(Scenario(), item("Sql", "203.0.113.8/30"), next_link=ARM + page)
    joined.add("GET", page, {"values": [item("AzureAttestation", "203.0.113.4/30")]})

    assert [tags_of(it).complete for it in (whole, cut, joined, Scenario())] == [True, False, True, False]
    assert tags_of(Scenario(), file).complete
    assert not tags_of(details(Scenario(), item("Sql", "203.0.113.8/30"))).complete
    assert prefixes(tags_of(joined)) == ("203.0.113.4/30",)
    assert prefixes(tags_of(cut), "sql") == ("203.0.113.8/30",)


@pytest.mark.parametrize("name", ["AzureAttestation", "azureattestation", "AZUREATTESTATION"])
def test_a_tag_is_found_in_any_letter_case(name: str, file: Path) -> None:
    assert prefixes(tags_of(Scenario(), file), name) == ("203.0.113.0/30",)


def test_a_tag_of_a_file_is_quoted_by_the_files_name(file: Path) -> None:
    found = tags_of(Scenario(), file).find("AzureAttestation")

    assert found is not None
    assert found.evidence == "ServiceTags_Public.json#/values/0/properties"


@pytest.mark.parametrize("values", [None, [], "x", [None, 5, {}, {"name": 5}]], ids=repr)
def test_a_file_without_tags_is_refused(values: object, tmp_path: Path) -> None:
    path = tmp_path / "tags.json"
    path.write_text(json.dumps({"values": values}), "utf-8")

    with pytest.raises(BadInput, match=r"tags\.json: is not a service tag file"):
        tags_of(Scenario(), path)


def test_odd_entries_beside_good_ones_are_left_out() -> None:
    odd: list[object] = [None, 5, "x", {}, {"name": None}, {"name": "Bare"}, {"name": "Odd", "properties": []}]

    tags = tags_of(listed(Scenario(), *odd, item("Sql", "203.0.113.8/30")))

    assert sorted(tags.tags) == ["bare", "odd", "sql"]
    assert prefixes(tags, "Bare") == ()
