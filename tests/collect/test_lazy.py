"""Whoever stays offline never pays for what going live needs."""

from __future__ import annotations

import pytest

from tests.commands.cli import script

HEAVY = ("azure", "msal", "requests", "urllib3", "filelock", "guest_attestation.collect")
MODULES = (
    *(
        "commands.main",
        "commands.run",
        "commands.capture",
        "commands.recording",
        "commands.target",
        "commands.diagnose",
    ),
    *("runbook", "verdict", "views.tables", "evidence.pack", "snapshot.reader", "snapshot.scrub", "snapshot.atomic"),
)


@pytest.mark.parametrize("module", MODULES)
def test_importing_it_brings_nothing_that_only_going_live_needs(module: str) -> None:
    code = f"""
import sys
import guest_attestation.{module}
print(sorted(set({HEAVY!r}) & set(sys.modules)))
"""

    result = script(code)

    assert (result.code, result.out, result.err) == (0, "[]\n", "")
