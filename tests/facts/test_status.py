"""Statuses of an instance view: the grammar of their codes, and no token in what is shown (facts 2.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from guest_attestation.facts.status import InstanceViewStatus
from guest_attestation.snapshot.node import Node
from tests.scenario import Scenario

HEADER = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ"
CLAIMS = "eyJpc3MiOiJodHRwczovL3NoYXJlZGV1cyJ9"
SIGNED = f"{HEADER}.{CLAIMS}.c2lnbmF0dXJl-_x"
UNSIGNED = f"{HEADER}.{CLAIMS}."
ENCRYPTED = f"{HEADER}.ZW5jcnlwdGVk.aXY.Y2lwaGVy-_text.dGFn"
DIRECT = f"{HEADER}..aXY.Y2lwaGVy.dGFn"


def status(**fields: Any) -> InstanceViewStatus:
    return InstanceViewStatus.parse(Node(fields, "file.json#/x"))


@pytest.mark.parametrize(
    ("code", "component", "state"),
    [
        ("ProvisioningState/succeeded", None, "succeeded"),
        ("ProvisioningState/failed/-196608", None, "failed"),
        ("ProvisioningState/failed", None, "failed"),
        ("PROVISIONINGSTATE/Failed/7", None, "failed"),
        ("provisioningstate/Transitioning", None, "transitioning"),
        ("ProvisioningState/Unavailable", None, "unavailable"),
        ("PowerState/running", None, "running"),
        ("ComponentStatus/StdOut/succeeded", "stdout", "succeeded"),
        ("componentstatus/GuestAttestation/FAILED", "guestattestation", "failed"),
        ("ComponentStatus/ReportHealth/failed/-5", "reporthealth", "failed"),
        ("ComponentStatus/ReportHealth", None, "reporthealth"),
        ("ComponentStatus", None, ""),
        ("", None, ""),
        ("/", None, ""),
    ],
)
def test_a_code_names_its_component_and_state(code: str, component: str | None, state: str) -> None:
    parsed = status(code=code)

    assert (parsed.component, parsed.state) == (component, state)
    assert parsed.code == code


@pytest.mark.parametrize(
    ("code", "level", "failed"),
    [
        ("ProvisioningState/failed/-7", "Error", True),
        ("ProvisioningState/failed", "Info", True),
        ("ComponentStatus/GuestAttestation/Failed", "", True),
        ("ProvisioningState/succeeded", "Error", True),
        ("ProvisioningState/succeeded", "ERROR", True),
        ("ProvisioningState/succeeded", "Info", False),
        ("ProvisioningState/transitioning", "Warning", False),
        ("ProvisioningState/failedover", "Info", False),
        ("ComponentStatus/failed/succeeded", "Info", False),
        ("", "", False),
    ],
)
def test_a_failure_is_told_by_state_or_by_level(code: str, level: str, failed: bool) -> None:
    assert status(code=code, level=level).failed is failed


@pytest.mark.parametrize(
    "token", [SIGNED, UNSIGNED, ENCRYPTED, DIRECT], ids=["signed", "unsigned", "encrypted", "direct"]
)
@pytest.mark.parametrize("around", ["{}", "got {}, and went on", '{{"token":"{}"}}', "Bearer {}\n{}"])
def test_a_token_in_a_message_is_replaced(token: str, around: str) -> None:
    message = status(message=around.format(token, token)).message

    assert message == around.format("<token>", "<token>")


@pytest.mark.parametrize("message", ["eye.witness", "version 1.0.2", "sharedeus.eus.attest.azure.net", "eyJ", ""])
def test_words_that_are_no_token_stay(message: str) -> None:
    assert status(message=message).message == message


def test_a_token_never_reaches_the_verdict() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    for place in (scenario.body("virtualMachines/web-01")["properties"]["instanceView"]["extensions"][1],):
        place["statuses"][0]["message"] = f"attestation failed, the token was {ENCRYPTED}"

    check = scenario.diagnose().check("extension.state")

    assert "the token was <token>" in check.summary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T06:48:22+00:00", datetime(2026, 11, 20, 6, 48, 22, tzinfo=UTC)),
        ("2026-11-20T06:48:22Z", datetime(2026, 11, 20, 6, 48, 22, tzinfo=UTC)),
        ("2026-11-20T08:48:22+02:00", datetime(2026, 11, 20, 6, 48, 22, tzinfo=UTC)),
        ("2026-11-20T06:48:22.1234567+00:00", datetime(2026, 11, 20, 6, 48, 22, 123456, tzinfo=UTC)),
        ("2026-11-20T06:48:22", datetime(2026, 11, 20, 6, 48, 22, tzinfo=UTC)),
        ("11/20/2026 6:48 AM", None),
        ("", None),
        (None, None),
        (1795858200, None),
    ],
)
def test_a_time_is_read_as_azure_writes_it_or_not_at_all(text: object, expected: datetime | None) -> None:
    assert status(time=text).time == expected


def test_absent_fields_are_empty() -> None:
    parsed = status()

    assert (parsed.code, parsed.level, parsed.display_status, parsed.message) == ("", "", "", "")
    assert parsed.time is None
