"""The activity log: which writes it shows, and which times and groups it covers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from guest_attestation.facts.activity import ActivityLog, activity_log_of
from tests.scenario import NIC, SUBNET_NSG, SUBSCRIPTION, VM, Scenario

LOG = f"{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"
ARM = "https://management.azure.com"
START, END = datetime(2026, 11, 6, 9, 30, tzinfo=UTC), datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
WRITE = "Microsoft.Network/networkSecurityGroups/securityRules/write"


def window(group: str = "shop-prod-rg", start: str = "2026-11-06T09:30:00Z", end: str = "2026-11-20T09:30:00Z") -> str:
    condition = f"eventTimestamp ge '{start}' and eventTimestamp le '{end}' and resourceGroupName eq '{group}'"
    return f"{LOG}?api-version=2015-04-01&$filter={condition}"


def event(
    operation: str = WRITE, status: str = "Succeeded", time: str = "2026-11-19T10:00:00Z", resource: str = SUBNET_NSG
) -> dict[str, Any]:
    return {
        "operationName": {"value": operation, "localizedValue": operation},
        "status": {"value": status},
        "eventTimestamp": time,
        "resourceId": resource,
    }


def log(*events: object, url: str = "", **more: Any) -> ActivityLog:
    return activity_log_of(Scenario().add("GET", url or window(), {"value": list(events)}, **more).snapshot)


def test_a_succeeded_write_is_shown_with_its_place() -> None:
    found = log(event()).writes

    assert [(it.resource_id, it.time) for it in found] == [(SUBNET_NSG, datetime(2026, 11, 19, 10, tzinfo=UTC))]
    assert found[0].evidence == "responses/added/000.json#/response/body/value/0"


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(event(operation="Microsoft.Network/networkSecurityGroups/read"), id="read"),
        pytest.param(event(operation="Microsoft.Network/networkSecurityGroups/join/action"), id="action"),
        pytest.param(event(operation=""), id="no operation"),
        pytest.param(event(status="Failed"), id="failed"),
        pytest.param(event(status="Started"), id="started"),
        pytest.param(event(status="Accepted"), id="accepted"),
        pytest.param(event(time="last week"), id="no time"),
        pytest.param(event(resource=""), id="no resource"),
        pytest.param({}, id="empty"),
        pytest.param(None, id="null"),
        pytest.param("write", id="text"),
    ],
)
def test_what_is_no_succeeded_write_is_left_out(odd: object) -> None:
    assert log(odd).writes == ()


@pytest.mark.parametrize("operation", [WRITE.upper(), "Microsoft.Network/networkSecurityGroups/delete"])
def test_writes_and_deletes_count_in_any_letter_case(operation: str) -> None:
    assert len(log(event(operation=operation, status="SUCCEEDED")).writes) == 1


def test_writes_of_a_resource_are_its_own_and_its_childrens_since_a_time() -> None:
    found = log(
        event(time="2026-11-19T10:00:00Z"),
        event(time="2026-11-19T11:00:00Z", resource=f"{SUBNET_NSG.upper()}/securityRules/Deny"),
        event(time="2026-11-18T00:00:00Z"),
        event(time="2026-11-19T12:00:00Z", resource=f"{SUBNET_NSG}2"),
        event(time="2026-11-19T12:00:00Z", resource=NIC),
    )

    writes = found.writes_of(SUBNET_NSG, datetime(2026, 11, 19, 10, tzinfo=UTC))

    assert [it.time.hour for it in writes] == [10, 11]


@pytest.mark.parametrize(
    ("resource", "start", "end", "covered"),
    [
        pytest.param(SUBNET_NSG, START, END, True, id="the whole span"),
        pytest.param(SUBNET_NSG.upper(), START, END, True, id="any letter case"),
        pytest.param(SUBNET_NSG, START.replace(minute=29), END, False, id="earlier"),
        pytest.param(SUBNET_NSG, START, END.replace(minute=31), False, id="later"),
        pytest.param(SUBNET_NSG.replace("shop-prod-rg", "shop-prod-rg2"), START, END, False, id="longer group's name"),
        pytest.param(SUBNET_NSG.replace("shop", "other"), START, END, False, id="another group"),
        pytest.param(SUBNET_NSG.replace("0001/", "0002/"), START, END, False, id="another subscription"),
        pytest.param("/providers/Microsoft.Network/x", START, END, False, id="no group"),
        pytest.param("", START, END, False, id="nothing"),
    ],
)
def test_a_window_covers_the_resources_of_its_group_over_its_time(
    resource: str, start: datetime, end: datetime, covered: bool
) -> None:
    assert log().covers(resource, start, end) is covered


@pytest.mark.parametrize(
    "url",
    [
        window().replace("'shop-prod-rg'", "'SHOP-PROD-RG'"),
        window().replace(" ", "%20").replace("'", "%27"),
        window().replace("$filter", "%24Filter"),
        window().replace("eventTimestamp ge", "EVENTTIMESTAMP  GE"),
        window(start="2026-11-06T09:30:00.0000000Z"),
    ],
)
def test_a_filter_is_read_however_it_is_written(url: str) -> None:
    assert log(url=url).covers(SUBNET_NSG, START, END)


@pytest.mark.parametrize(
    "url",
    [LOG, window().partition(" and resourceGroupName")[0], window(start="soon"), f"{LOG}?$filter=resourceId eq 'x'"],
)
def test_without_a_group_and_both_times_nothing_is_covered_but_its_writes_count(url: str) -> None:
    found = log(event(), url=url)

    assert found.windows == ()
    assert len(found.writes) == 1


def test_a_window_counts_only_with_all_of_its_pages() -> None:
    page = f"{LOG}?api-version=2015-04-01&$skipToken=2"
    scenario = Scenario().add("GET", window(), {"value": [event()], "nextLink": ARM + page})

    cut = activity_log_of(scenario.snapshot)
    whole = activity_log_of(scenario.add("GET", page, {"value": [event(resource=NIC)]}).snapshot)

    assert (cut.windows, len(cut.writes)) == ((), 1)
    assert whole.covers(SUBNET_NSG, START, END)
    assert {it.resource_id for it in whole.writes} == {SUBNET_NSG, NIC}


def test_a_next_page_alone_covers_nothing() -> None:
    found = log(event(), url=f"{window()}&$skipToken=2")

    assert found.windows == ()


def test_a_refused_log_covers_nothing_and_names_the_permission() -> None:
    found = log(status=403)

    assert (found.windows, found.writes) == ((), ())
    assert found.missing_permission == "Microsoft.Insights/eventtypes/values/read"


def test_a_refusal_that_was_read_again_later_is_forgotten() -> None:
    scenario = Scenario().add("GET", window(), None, status=403, at="2026-11-20T09:00:00Z")
    scenario.add("GET", window(), {"value": []}, at="2026-11-20T09:01:00Z")

    found = activity_log_of(scenario.snapshot)

    assert found.missing_permission is None
    assert found.covers(SUBNET_NSG, START, END)


@pytest.mark.parametrize("body", [{}, {"value": None}, {"error": {}}, "<html>", None], ids=repr)
def test_an_answer_without_events_of_its_own_covers_nothing(body: object) -> None:
    assert activity_log_of(Scenario().add("GET", window(), body).snapshot).windows == ()


def test_a_snapshot_without_a_log_shows_and_covers_nothing() -> None:
    found = Scenario.sample("healthy").facts().activity

    assert found == ActivityLog()
    assert not found.covers(VM, START, END)
