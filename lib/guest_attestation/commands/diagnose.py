"""`guest-attestation diagnose TARGET [--json]`: the verdict, printed; nothing is written."""

from __future__ import annotations

import argparse
import sys

from guest_attestation.commands.console import say_verdict
from guest_attestation.commands.target import incident_of
from guest_attestation.errors import ExitCode
from guest_attestation.runbook import open_incident
from guest_attestation.verdict import exit_code, verdict_text


def diagnose_command(arguments: argparse.Namespace) -> ExitCode:
    """Print the verdict of a target and return its exit code; raises BadInput where the target cannot be used."""
    runbook = open_incident(incident_of(arguments.target, arguments.vm))
    document = runbook.verdict()
    if arguments.json:
        sys.stdout.write(verdict_text(document))
    else:
        say_verdict(document)
    return exit_code(runbook.diagnosis.verdict)
