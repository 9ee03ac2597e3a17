"""What a failure text shows: who answered, and which of the client's error numbers it names."""

from datetime import UTC, datetime

import pytest

from guest_attestation.diagnosis.observed import Failure, observe
from tests.scenario import Scenario


def failure(text: str, number: int | None = None) -> Failure:
    return Failure(text, datetime(2026, 11, 20, tzinfo=UTC), "", number)


@pytest.mark.parametrize(
    "text",
    [
        "Attestation failed: HTTP status 400",
        "HTTP 401 from the service",
        "HTTP/1.1 400 Bad Request",
        "http status code: 400",
        "HTTP response code = 400",
        "HTTP/2 400",
        "HttpStatusCode=400",
        "Attestation failed with error code:400 description:denied",
        "Http Request failed with error:401 description:no",
        "ErrorCode: -6",
        "errorCode=-6",
        "attestation failed (-6)",
        "error code -6",
        "Error: -6 attestation failed",
        '{"error":{"code":"PolicyEvaluationError","message":"x"}}',
        '{"error": {"code": "InvalidParameter"}}',
        "x-ms-error-code: Unauthorized",
    ],
)
def test_only_the_attestation_hosts_own_refusal_shows_that_it_was_reached(text: str) -> None:
    assert failure(text).host_answered


@pytest.mark.parametrize(
    "text",
    [
        "HTTP status 403",
        "HTTP request failed with response code:400",
        "HTTP 404",
        "HTTP 407 Proxy Authentication Required",
        "HTTP 408",
        "HTTP 429",
        "HTTP 503",
        "error code -7: Timeout was reached",
        "error code -60",
        "port 400 is closed",
        "InvalidParameter of something else",
        "Unauthorized",
        "wrote 401 bytes",
        "Could not resolve host",
    ],
)
def test_what_a_proxy_or_firewall_could_have_answered_shows_nothing(text: str) -> None:
    assert not failure(text).host_answered


def test_the_number_in_a_status_code_counts() -> None:
    assert failure("no words", -6).host_answered
    assert failure("no words", -29).numbers == {-29}


def test_statuses_of_a_stopped_vm_do_not_count_but_its_model_does() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    view = scenario.body("/virtualMachines/web-01")["properties"]["instanceView"]
    next(it for it in view["statuses"] if it["code"].startswith("PowerState"))["code"] = "PowerState/stopped"
    observed = observe(scenario.facts())
    assert observed.statuses == ()
    assert {it.text for it in observed.failures} == {"provisioningState Failed"}


def test_a_failure_in_one_place_is_enough() -> None:
    model_only = Scenario.sample("healthy")
    extension = next(it for it in model_only.body("/extensions")["value"] if it["name"] == "GuestAttestation")
    extension["properties"]["provisioningState"] = "Failed"
    assert observe(model_only.facts()).reports_failure

    view_only = Scenario.sample("healthy")
    view = view_only.body("/virtualMachines/web-01")["properties"]["instanceView"]
    attestation = next(it for it in view["extensions"] if it["name"] == "GuestAttestation")
    attestation["statuses"][0].update(level="Error")
    assert observe(view_only.facts()).reports_failure
    assert not observe(Scenario.sample("healthy").facts()).reports_failure


def test_a_success_needs_both_legs_with_a_time() -> None:
    scenario = Scenario.sample("healthy")
    assert observe(scenario.facts()).last_success is not None
    view = scenario.body("/virtualMachines/web-01")["properties"]["instanceView"]
    attestation = next(it for it in view["extensions"] if it["name"] == "GuestAttestation")
    for extension in scenario.body("/extensions")["value"]:
        extension["properties"].pop("instanceView", None)
    for leg in attestation["substatuses"]:
        leg.pop("time", None)
    assert observe(scenario.facts()).last_success is None
    attestation["substatuses"] = []
    assert observe(scenario.facts()).last_success is None


def test_an_extension_that_only_the_instance_view_remembers_is_not_installed() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    scenario.body("/extensions")["value"] = []
    observed = observe(scenario.facts())
    assert observed.extension is None
    assert not observed.reports_failure
