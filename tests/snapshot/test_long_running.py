"""A 202 and the poll that follows it are one answer, however Azure names the place of the result."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.snapshot.answer import Answer
from tests.scenario import NIC, SUBSCRIPTION, Scenario

ACTION = f"{NIC}/effectiveRouteTable"
RESULT = f"{SUBSCRIPTION}/providers/Microsoft.Network/locations/eastus/operationResults/1111"
STATE = f"{SUBSCRIPTION}/providers/Microsoft.Network/locations/eastus/operations/1111"
ARM = "https://management.azure.com"
LIST = {"value": [{"source": "Default"}]}
QUERY = "?api-version=2024-07-01&t=638&c=token"


def accepted(**headers: Any) -> Scenario:
    return Scenario().add("POST", ACTION, None, status=202, headers=headers, at="2026-11-20T09:00:00Z")


def answered(scenario: Scenario) -> Answer:
    return scenario.snapshot.answer("effective_routes", nic=NIC)


def evidence_file(scenario: Scenario, place: int) -> str:
    return list(scenario.documents)[place]


@pytest.mark.parametrize("header", ["Location", "location", "LOCATION"])
@pytest.mark.parametrize("as_list", [False, True], ids=["text", "list"])
def test_the_result_is_found_by_location(header: str, as_list: bool) -> None:
    link = f"{ARM}{RESULT}{QUERY}"
    scenario = accepted(**{header: [link, "https://else.where"] if as_list else link})
    scenario.add("GET", f"{RESULT}{QUERY}", LIST, at="2026-11-20T09:00:10Z")

    answer = answered(scenario)

    assert answer.ok
    assert answer.body.value == LIST
    assert answer.body.evidence == f"{evidence_file(scenario, 1)}#/response/body"


@pytest.mark.parametrize("header", ["Azure-AsyncOperation", "azure-asyncoperation"])
def test_the_result_is_found_in_the_state_of_the_operation(header: str) -> None:
    scenario = accepted(**{header: f"{ARM}{STATE}{QUERY}"})
    scenario.add("GET", f"{STATE}{QUERY}", {"status": "Succeeded", "properties": LIST})

    answer = answered(scenario)

    assert answer.ok
    assert answer.body.value == LIST
    assert answer.body.evidence == f"{evidence_file(scenario, 1)}#/response/body/properties"


def test_a_query_of_the_poll_must_fit() -> None:
    scenario = accepted(Location=f"{ARM}{RESULT}?t=1&api-version=1").add("GET", f"{RESULT}?t=2&api-version=1", LIST)

    assert answered(scenario).status == 202


def test_the_last_of_several_polls_counts() -> None:
    scenario = accepted(**{"Azure-AsyncOperation": f"{ARM}{STATE}"})
    for at, body in (
        ("03", {"status": "Succeeded", "properties": LIST}),
        ("01", {"status": "InProgress"}),
        ("02", {"status": "InProgress"}),
    ):
        scenario.add("GET", STATE, body, at=f"2026-11-20T09:00:{at}Z")

    assert answered(scenario).body.value == LIST


def test_with_both_headers_either_result_serves() -> None:
    both = {"Location": f"{ARM}{RESULT}", "Azure-AsyncOperation": f"{ARM}{STATE}"}

    by_location = accepted(**both).add("GET", RESULT, LIST).add("GET", STATE, {"status": "Succeeded"})
    by_state = accepted(**both).add("GET", STATE, {"status": "Succeeded", "properties": LIST})
    late = accepted(**both).add("GET", RESULT, None, status=202)
    late.add("GET", STATE, {"status": "Succeeded", "properties": LIST})

    assert [answered(it).body.value for it in (by_location, by_state, late)] == [LIST, LIST, LIST]


@pytest.mark.parametrize("state", ["Failed", "failed", "Canceled", "Cancelled"])
def test_an_operation_that_failed_is_an_error_answer_with_its_code(state: str) -> None:
    scenario = accepted(**{"Azure-AsyncOperation": f"{ARM}{STATE}"})
    scenario.add("GET", STATE, {"status": state, "error": {"code": "NicNotRunning", "message": "…"}})

    answer = answered(scenario)

    assert not answer.ok
    assert answer.why_not == f"answered 409 NicNotRunning: POST {ACTION}"


@pytest.mark.parametrize("state", ["InProgress", "Running", "Accepted", "Updating", "Creating", "", None])
def test_an_operation_in_any_other_state_still_runs(state: str | None) -> None:
    scenario = accepted(**{"Azure-AsyncOperation": f"{ARM}{STATE}"}).add("GET", STATE, {"status": state})

    assert answered(scenario).why_not == f"accepted, but its result is not in the snapshot: POST {ACTION}"


def test_a_success_without_its_result_is_not_an_empty_result() -> None:
    scenario = accepted(**{"Azure-AsyncOperation": f"{ARM}{STATE}"}).add("GET", STATE, {"status": "Succeeded"})

    assert answered(scenario).why_not == f"accepted, but its result is not in the snapshot: POST {ACTION}"


def test_a_poll_that_answers_with_the_result_itself_serves() -> None:
    scenario = accepted(**{"Azure-AsyncOperation": f"{ARM}{STATE}"}).add("GET", STATE, LIST)

    assert answered(scenario).body.value == LIST


@pytest.mark.parametrize("body", [None, "status", ["status"], 7], ids=repr)
def test_a_poll_whose_body_is_no_object_is_taken_as_it_is(body: object) -> None:
    scenario = accepted(**{"Azure-AsyncOperation": f"{ARM}{STATE}"}).add("GET", STATE, body)

    assert answered(scenario).body.value == body


def test_a_poll_that_is_refused_is_no_success_whatever_its_body_says() -> None:
    scenario = accepted(**{"Azure-AsyncOperation": f"{ARM}{STATE}"})
    scenario.add("GET", STATE, {"status": "Succeeded", "properties": LIST}, status=404)

    assert answered(scenario).status == 404


@pytest.mark.parametrize("header", ["Location", "Azure-AsyncOperation"])
@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500])
def test_a_poll_that_is_refused_is_an_error_answer(header: str, status: int) -> None:
    scenario = accepted(**{header: f"{ARM}{RESULT}"}).add("GET", RESULT, {"error": {"code": "No"}}, status=status)

    assert answered(scenario).status == status


def test_a_refused_poll_names_the_permission_of_the_read() -> None:
    scenario = accepted(Location=f"{ARM}{RESULT}").add("GET", RESULT, None, status=403)

    expected = "Microsoft.Network/networkInterfaces/effectiveRouteTable/action"
    assert answered(scenario).missing_permission == expected


def test_a_poll_that_only_says_accepted_again_still_runs() -> None:
    scenario = accepted(Location=f"{ARM}{RESULT}").add("GET", RESULT, None, status=202)

    assert answered(scenario).status == 202


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no header"),
        pytest.param({"Location": f"{ARM}{RESULT}"}, id="not recorded"),
        pytest.param({"Location": ""}, id="empty"),
        pytest.param({"Location": []}, id="empty list"),
        pytest.param({"Location": None}, id="null"),
        pytest.param({"Location": "https://[no-url"}, id="no URL"),
        pytest.param({"Azure-AsyncOperation": "https://[no-url"}, id="no URL of a state"),
        pytest.param({"Location": f"{ARM}{ACTION}"}, id="leads to itself"),
    ],
)
def test_a_result_that_was_not_recorded_is_said(headers: dict[str, Any]) -> None:
    answer = answered(accepted(**headers))

    assert (answer.ok, answer.status) == (False, 202)
    assert answer.why_not == f"accepted, but its result is not in the snapshot: POST {ACTION}"


def test_an_unfinished_attempt_does_not_hide_an_older_answer() -> None:
    scenario = Scenario().add("POST", ACTION, LIST, at="2026-11-20T08:00:00Z")
    scenario.add("POST", ACTION, None, status=202, headers={"Location": f"{ARM}{RESULT}"}, at="2026-11-20T09:00:00Z")

    assert answered(scenario).body.value == LIST


def test_one_exchange_with_the_final_answer_needs_no_poll() -> None:
    assert answered(Scenario().add("POST", ACTION, LIST)).body.value == LIST


def test_a_final_answer_is_not_replaced_by_a_poll_that_its_header_names() -> None:
    scenario = Scenario().add("POST", ACTION, LIST, headers={"Location": f"{ARM}{RESULT}"})

    assert answered(scenario.add("GET", RESULT, {"value": []})).body.value == LIST


def test_an_unfinished_operation_leaves_its_facts_unknown() -> None:
    scenario = Scenario.sample("healthy").drop("/effectiveNetworkSecurityGroups").drop("EffectiveSecurityAdminRules")
    scenario.add(
        "POST", f"{NIC}/effectiveNetworkSecurityGroups", None, status=202, headers={"Location": f"{ARM}{RESULT}"}
    )

    facts = scenario.facts()

    assert facts.primary.effective_groups.value is None
    assert scenario.diagnose().check("path.admin-rules").status == "unknown"
