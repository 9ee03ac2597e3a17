"""What a user is told when something stops the tool, and the exit code that goes with it.

GuestAttestationError
├── BadInput      what was given cannot be used (exit code 2)
└── ToolFailure   the tool itself cannot go on (exit code 1)
"""

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command ends with, so that scripts can tell a finding from a failure."""

    PASS = 0
    TOOL_FAILED = 1
    BAD_INPUT = 2
    FAIL = 3
    UNDECIDED = 4


class GuestAttestationError(Exception):
    """One line for the user: what happened, on which resource, what to do next; `listed` is shown below it."""

    exit_code = ExitCode.TOOL_FAILED

    def __init__(self, message: str, listed: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.listed = tuple(listed)

    def _render_traceback_(self) -> list[str]:
        """Show one line in a notebook, not a traceback: IPython asks for this."""
        return [f"{type(self).__name__}: {self}"]


class BadInput(GuestAttestationError):
    """What was given cannot be used: a file, a parameter, an id."""

    exit_code = ExitCode.BAD_INPUT


class ToolFailure(GuestAttestationError):
    """The tool itself cannot go on: a part is not installed, a folder cannot be written."""
