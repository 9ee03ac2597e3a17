"""What a user is told, and the exit codes that scripts rely on."""

from __future__ import annotations

import pytest

from guest_attestation.errors import BadInput, ExitCode, GuestAttestationError, ToolFailure


def test_exit_codes_are_those_of_the_contract() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "PASS": 0,
        "TOOL_FAILED": 1,
        "BAD_INPUT": 2,
        "FAIL": 3,
        "UNDECIDED": 4,
    }


@pytest.mark.parametrize(("error", "code"), [(BadInput, 2), (ToolFailure, 1)])
def test_an_error_knows_its_exit_code(error: type[GuestAttestationError], code: int) -> None:
    assert error("no").exit_code == code


def test_a_notebook_shows_one_line_and_no_traceback() -> None:
    assert BadInput("no such file")._render_traceback_() == ["BadInput: no such file"]
