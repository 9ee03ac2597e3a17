"""Error answers are evidence: what could not be read, and why."""

from __future__ import annotations

import pytest

from tests.scenario import VM, Scenario

URL = f"{VM}?$expand=instanceView"
PERMISSION = "Microsoft.Compute/virtualMachines/read"


def answered(status: int, body: object) -> Scenario:
    return Scenario().add("GET", URL, body, status=status)


@pytest.mark.parametrize("body", [{"error": {"code": "AuthorizationFailed"}}, "<html>no</html>", None], ids=type)
def test_a_refusal_names_the_permission_that_is_missing(body: object) -> None:
    answer = answered(403, body).snapshot.answer("vm", vm=VM)

    assert not answer.ok
    assert answer.missing_permission == PERMISSION
    assert answer.why_not == f"refused (403): GET {URL} needs {PERMISSION}"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "ExpiredAuthenticationToken"),
        (404, "ResourceNotFound"),
        (409, "Conflict"),
        (429, "TooManyRequests"),
        (500, None),
    ],
)
def test_another_error_is_said_with_its_status_and_azures_code(status: int, code: str | None) -> None:
    body = {"error": {"code": code, "message": "…"}} if code else "<html>"

    answer = answered(status, body).snapshot.answer("vm", vm=VM)

    assert (answer.ok, answer.missing_permission) == (False, None)
    assert answer.why_not == f"answered {status}{f' {code}' if code else ''}: GET {URL}"


@pytest.mark.parametrize("body", ["<html>Sign in to the guest network</html>", None, 5, True], ids=repr)
@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_without_json_is_no_answer(status: int, body: object) -> None:
    answer = answered(status, body).snapshot.answer("vm", vm=VM)

    assert not answer.ok
    assert answer.why_not == f"answered {status} without a JSON body: GET {URL}"


@pytest.mark.parametrize("body", [{}, {"id": VM}, {"properties": None}, {"properties": []}, []], ids=repr)
def test_a_resource_without_properties_is_no_answer(body: object) -> None:
    reading = answered(200, body).facts().vm

    assert reading.value is None
    assert reading.why_not == f"answered 200 without properties: GET {URL}"


@pytest.mark.parametrize("body", [{}, {"value": None}, {"value": {}}, {"error": {}}], ids=repr)
def test_a_list_without_elements_of_its_own_is_no_answer(body: object) -> None:
    reading = Scenario().add("GET", f"{VM}/extensions?$expand=instanceView", body).facts().extensions

    assert reading.value is None
    assert reading.why_not.startswith(f"answered 200 without value: GET {VM}/extensions?$expand=instanceView; ")


def test_a_proxys_page_in_place_of_the_vm_proves_nothing() -> None:
    scenario = Scenario.sample("healthy").answer("virtualMachines/web-01", 200, "<html>Sign in</html>")

    diagnosis = scenario.diagnose()

    assert (diagnosis.verdict, diagnosis.root_causes) == ("unknown", ())


def test_the_body_of_an_error_is_its_evidence() -> None:
    answer = answered(403, {"error": {}}).snapshot.answer("vm", vm=VM)

    assert answer.body.evidence == "responses/added/000.json#/response/body"


def test_an_id_that_is_no_url_is_a_read_that_nobody_recorded() -> None:
    answer = answered(200, {}).snapshot.answer("security_group", id="https://[bad")

    assert (answer.status, answer.why_not) == (None, "not in the snapshot: GET https://[bad")
