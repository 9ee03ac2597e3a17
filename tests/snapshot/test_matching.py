"""A read finds its recorded answer by method, path, query and body, as design 4.2 says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guest_attestation.snapshot.answer import Answer
from guest_attestation.snapshot.reader import open_snapshot
from tests.scenario import NIC, SUBSCRIPTION, VM, VNET, Scenario

GUID = SUBSCRIPTION.rsplit("/", 1)[-1]
TAGS = f"{SUBSCRIPTION}/providers/Microsoft.Network/locations"
LOG = f"{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"
WATCHER = f"{SUBSCRIPTION}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/eastus"
HEADER = {"format": 1, "captured_at": "2026-11-20T09:30:00Z", "cloud": "AzureCloud", "source": "sample"}


def body_of(answer: Answer) -> Any:
    """The body of an answer that was found, else why there is none."""
    return answer.body.value if answer.status is not None else answer.why_not


def recorded(method: str, url: str, **more: Any) -> Scenario:
    return Scenario().add(method, url, {"found": True}, **more)


def vm_found(url: str) -> bool:
    return recorded("GET", url).snapshot.answer("vm", vm=VM).status == 200


@pytest.mark.parametrize(
    "name", ["a.json", "deep/er/still/a.json", "A.JSON", "answer", "answer.txt", "ü ñ.json", "my.json/web/a.json"]
)
def test_any_file_below_responses_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "snapshot.json").write_text(json.dumps(HEADER), "utf-8")
    file = tmp_path / "responses" / name
    file.parent.mkdir(parents=True)
    document = {
        "request": {"method": "GET", "url": VM + "?$expand=instanceView"},
        "response": {"status": 200, "body": {}},
    }
    file.write_text(json.dumps(document), "utf-8")

    answer = open_snapshot(tmp_path).answer("vm", vm=VM)

    assert answer.status == 200
    assert answer.body.evidence == f"responses/{name}#/response/body"


def test_what_file_managers_and_writers_hide_is_not_read(tmp_path: Path) -> None:
    folder = Scenario.sample("healthy").write(tmp_path / "snapshot")
    expected = open_snapshot(folder)
    for name in (".DS_Store", "._web-01.json", ".web-01.json.partial"):
        (folder / "responses" / name).write_bytes(b"\x00\x05\x16")

    assert open_snapshot(folder) == expected


def test_a_file_beside_responses_is_not_read(tmp_path: Path) -> None:
    folder = Scenario.sample("healthy").write(tmp_path / "snapshot")
    (folder / "notes.json").write_text("no json", "utf-8")

    assert open_snapshot(folder).answer("vm", vm=VM).ok


@pytest.mark.parametrize("method", ["GET", "get", "Get"])
def test_a_method_matches_in_any_letter_case(method: str) -> None:
    assert recorded(method, f"{VM}/extensions?$expand=instanceView").snapshot.answer("vm_extensions", vm=VM).ok


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD"])
def test_another_method_is_another_request(method: str) -> None:
    assert recorded(method, f"{VM}?$expand=instanceView").snapshot.answer("vm", vm=VM).status is None


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(VM.upper(), id="upper case"),
        pytest.param(VM.lower(), id="lower case"),
        pytest.param(VM.replace("-", "%2D"), id="percent-encoded"),
        pytest.param(VM.replace("-", "%2d"), id="percent-encoded in lower case"),
        pytest.param(VM.replace("/providers", "%2Fproviders"), id="percent-encoded slash"),
        pytest.param(VM + "/", id="trailing slash"),
    ],
)
def test_a_path_matches_however_it_is_written(path: str) -> None:
    assert vm_found(f"{path}?$expand=instanceView")


def test_a_longer_path_is_another_request() -> None:
    assert not vm_found(f"{VM}2?$expand=instanceView")


@pytest.mark.parametrize(
    "query",
    [
        "$expand=instanceView&api-version=2024-11-01",
        "api-version=2017-12-01&$expand=instanceView",
        "API-Version=1&$expand=instanceView",
        "%24expand=instanceView",
        "%24Expand=instanceView",
        "$EXPAND=instanceView",
    ],
)
def test_api_version_and_the_letter_case_of_query_names_do_not_matter(query: str) -> None:
    assert vm_found(f"{VM}?{query}")


@pytest.mark.parametrize(
    "query", ["", "$expand=", "$expand=userData", "$expand=instanceView&$top=1", "$expand=instanceView&flag="]
)
def test_the_rest_of_the_query_does_matter(query: str) -> None:
    assert not vm_found(f"{VM}?{query}")


def test_the_order_of_a_query_does_not_matter() -> None:
    snapshot = recorded("GET", f"{VM}/list?b=2&A=1").add("GET", f"{VM}/list?a=1&B=2", {"found": "again"}).snapshot

    assert len(snapshot.exchanges) == 1


@pytest.mark.parametrize(
    "host", ["management.azure.com", "management.usgovcloudapi.net", "eastus.management.azure.com:443"]
)
def test_the_host_does_not_matter(host: str) -> None:
    scenario = recorded("GET", f"{VM}?$expand=instanceView")
    for document in scenario.documents.values():
        document["request"]["url"] = f"https://{host}{VM}?$expand=instanceView"

    assert scenario.snapshot.answer("vm", vm=VM).ok


@pytest.mark.parametrize("location", ["eastus", "EastUS", "East US", "east us", "East%20US"])
def test_the_locations_segment_matches_with_and_without_spaces(location: str) -> None:
    url = f"{SUBSCRIPTION}/providers/Microsoft.Attestation/locations/{location}/defaultProvider"

    assert recorded("GET", url).snapshot.answer("default_provider", subscription=GUID, location="eastus").ok


def test_a_space_elsewhere_in_a_path_stays() -> None:
    group = "my group"
    url = f"{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Network/routeTables/r"
    snapshot = recorded("GET", url.replace(" ", "%20")).snapshot

    assert snapshot.answer("route_table", id=url).ok
    assert not snapshot.answer("route_table", id=url.replace(" ", "")).ok


@pytest.mark.parametrize("sent", [None, {}], ids=["none", "empty"])
@pytest.mark.parametrize("read", ["effective_admin_rules", "effective_routes"])
def test_no_body_equals_an_empty_one(read: str, sent: object) -> None:
    urls = {
        "effective_admin_rules": f"{VNET}/listNetworkManagerEffectiveSecurityAdminRules",
        "effective_routes": f"{NIC}/effectiveRouteTable",
    }

    assert recorded("POST", urls[read], sent=sent).snapshot.answer(read, vnet=VNET, nic=NIC).ok


def test_an_absent_body_equals_an_empty_one() -> None:
    scenario = recorded("POST", f"{NIC}/effectiveRouteTable")
    for document in scenario.documents.values():
        del document["request"]["body"]

    assert scenario.snapshot.answer("effective_routes", nic=NIC).ok


def test_another_body_is_another_request() -> None:
    url = f"{VNET}/listNetworkManagerEffectiveSecurityAdminRules"
    scenario = Scenario().add("POST", url, "next", sent={"skipToken": "1"}).add("POST", url, "first", sent={})

    assert body_of(scenario.snapshot.answer("effective_admin_rules", vnet=VNET)) == "first"
    assert (
        not scenario.drop("AdminRules")
        .add("POST", url, {}, sent={"skipToken": "1"})
        .snapshot.answer("effective_admin_rules", vnet=VNET)
        .ok
    )


def test_the_order_of_a_bodys_keys_does_not_matter() -> None:
    url = f"{VNET}/any"
    scenario = Scenario().add("POST", url, 1, sent={"a": 1, "b": [2]}).add("POST", url, 2, sent={"b": [2], "a": 1})

    assert len(scenario.snapshot.exchanges) == 1


def several(*answers: tuple[str | None, object]) -> Any:
    """Record one request several times, in files of ascending names, and look it up."""
    scenario = Scenario()
    for at, body in answers:
        scenario.add("GET", f"{VM}?$expand=instanceView", body, at=at)
    return body_of(scenario.snapshot.answer("vm", vm=VM))


def test_the_newest_recording_wins_whatever_its_file_name() -> None:
    assert (
        several(("2026-11-20T09:00:00Z", "old"), ("2026-11-20T09:00:02Z", "new"), ("2026-11-20T09:00:01Z", "mid"))
        == "new"
    )


def test_times_of_different_zones_are_compared_as_times() -> None:
    assert (
        several(("2026-11-20T10:30:00+02:00", "old"), ("2026-11-20T09:00:00Z", "new"), ("2026-11-20T08:59Z", "mid"))
        == "new"
    )


def test_times_are_compared_to_seven_decimals_or_fewer() -> None:
    assert several(("2026-11-20T09:00:00.1234567Z", "new"), ("2026-11-20T09:00:00.1Z", "old")) == "new"


def test_without_a_time_the_later_file_name_wins() -> None:
    assert several((None, "first"), (None, "second"), (None, "third")) == "third"


def test_a_time_beats_none() -> None:
    assert several(("2026-11-20T09:00:00Z", "timed"), (None, "untimed")) == "timed"


def test_what_is_no_time_counts_as_none() -> None:
    assert several(("2026-11-20T09:00:00Z", "timed"), ("tomorrow", "untimed")) == "timed"


def test_a_newer_refusal_wins_over_an_older_answer() -> None:
    scenario = recorded("GET", f"{VM}?$expand=instanceView", at="2026-11-20T09:00:00Z")
    scenario.add("GET", f"{VM}?$expand=instanceView", None, status=403, at="2026-11-20T09:00:01Z")

    assert scenario.snapshot.answer("vm", vm=VM).status == 403


@pytest.mark.parametrize(
    "condition", ["", "?$filter=location eq 'westus'", "?%24Filter=location%20eq%20'x'&api-version=1"]
)
def test_skus_match_with_any_filter(condition: str) -> None:
    scenario = recorded("GET", f"{SUBSCRIPTION}/providers/Microsoft.Compute/skus{condition}")

    assert scenario.snapshot.answer("skus", subscription=GUID).ok


@pytest.mark.parametrize("condition", ["", "?$filter=eventTimestamp ge '2026-11-01T00:00:00Z'", "?%24filter=x"])
def test_the_activity_log_matches_with_any_filter(condition: str) -> None:
    assert recorded("GET", f"{LOG}{condition}").snapshot.answer("activity_log", subscription=GUID).ok


def test_any_other_query_of_the_activity_log_is_another_request() -> None:
    scenario = recorded("GET", f"{LOG}?$select=id")

    assert not scenario.snapshot.answer("activity_log", subscription=GUID).ok


@pytest.mark.parametrize("location", ["eastus", "westus2", "North Europe"])
def test_service_tags_match_with_any_location(location: str) -> None:
    scenario = Scenario().add("GET", f"{TAGS}/{location}/serviceTags", {"list": 1})
    scenario.add("GET", f"{TAGS}/{location}/serviceTagDetails?tagName=Storage", {"details": 1})

    snapshot = scenario.snapshot

    assert body_of(snapshot.answer("service_tags", subscription=GUID, location="eastus")) == {"list": 1}
    assert body_of(snapshot.answer("service_tag", subscription=GUID, location="eastus", tag="Storage")) == {
        "details": 1
    }


def test_another_service_tag_is_another_request() -> None:
    scenario = recorded("GET", f"{TAGS}/eastus/serviceTagDetails?tagName=Storage")

    assert not scenario.snapshot.answer("service_tag", subscription=GUID, location="eastus", tag="Sql").ok


def test_other_reads_match_their_own_location_only() -> None:
    url = f"{SUBSCRIPTION}/providers/Microsoft.Attestation/locations/westus/defaultProvider"
    snapshot = recorded("GET", url).snapshot

    assert not snapshot.answer("default_provider", subscription=GUID, location="eastus").ok


@pytest.mark.parametrize("read", ["network_configuration_diagnostic", "ip_flow_verify", "next_hop"])
@pytest.mark.parametrize("sent", [None, {"targetResourceId": VM}], ids=["none", "target"])
def test_network_watcher_matches_with_any_body(read: str, sent: object) -> None:
    actions = {"network_configuration_diagnostic": "networkConfigurationDiagnostic", "ip_flow_verify": "ipFlowVerify"}
    scenario = recorded("POST", f"{WATCHER}/{actions.get(read, 'nextHop')}", sent=sent)

    assert scenario.snapshot.answer(read, watcher=WATCHER).ok


def test_every_recorded_body_of_network_watcher_is_found() -> None:
    scenario = Scenario()
    for target in ("one", "two"):
        scenario.add("POST", f"{WATCHER}/ipFlowVerify", {"access": target}, sent={"targetResourceId": target})

    assert [it.body for it in scenario.snapshot.recorded("ip_flow_verify")] == [{"access": "one"}, {"access": "two"}]


def test_every_recorded_answer_of_a_kind_is_found_once_in_its_newest_form_oldest_first() -> None:
    scenario = Scenario()
    for at, tag, prefix in (("03", "Sql", "new"), ("01", "Sql", "old"), ("02", "Storage", "only")):
        url = f"{TAGS}/eastus/serviceTagDetails?tagName={tag}"
        scenario.add("GET", url, prefix, at=f"2026-11-20T09:00:{at}Z")
    scenario.add("POST", f"{TAGS}/eastus/serviceTagDetails?tagName=Other", "no GET")
    scenario.add("GET", f"{TAGS}/eastus/serviceTagDetails/more", "another path")

    assert [it.body for it in scenario.snapshot.recorded("service_tag")] == ["only", "new"]


def test_what_was_not_recorded_is_said_with_method_and_url() -> None:
    answer = Scenario().snapshot.answer("vm", vm=VM)

    assert answer.why_not == f"not in the snapshot: GET {VM}?$expand=instanceView"
    assert (answer.ok, answer.status, answer.missing_permission, answer.body.value) == (False, None, None, None)
    post = Scenario().snapshot.answer("effective_routes", nic=NIC)
    assert post.why_not == f"not in the snapshot: POST {NIC}/effectiveRouteTable"


def test_a_snapshot_knows_a_resource_by_itself_or_by_a_child() -> None:
    snapshot = recorded("GET", f"{VM.upper()}/extensions").snapshot

    assert snapshot.knows(VM)
    assert not snapshot.knows(VM[:-1])
    assert not snapshot.knows(VM + "2")


def test_the_vms_of_a_snapshot_are_listed_as_azure_wrote_them() -> None:
    instance = (
        f"{SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/f/virtualMachines/3"
    )
    scenario = Scenario()
    scenario.add("GET", f"{VM.lower()}?$expand=instanceView", {"id": VM})
    scenario.add("GET", f"{VM}2?$expand=instanceView", None, status=404)
    scenario.add("GET", f"{VM}3", {"id": "/subscriptions/somewhere/else"})
    scenario.add("GET", f"{VM}4/extensions", {"value": []})
    scenario.add("POST", f"{VM}5", {})
    scenario.add("GET", instance, {"id": instance})
    scenario.add("GET", instance.rsplit("/", 2)[0], {})

    listed = scenario.snapshot.virtual_machines()

    assert sorted(listed) == sorted([VM, f"{VM}2", f"{VM}3", instance])


def test_a_vm_keeps_azures_spelling_when_another_recording_of_it_has_none() -> None:
    for order in (("?$expand=instanceView", ""), ("", "?$expand=instanceView")):
        scenario = Scenario().add("GET", VM + order[0], {"id": VM}).add("GET", VM + order[1], None, status=404)

        assert scenario.snapshot.virtual_machines() == [VM]
