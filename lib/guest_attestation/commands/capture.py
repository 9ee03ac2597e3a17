"""`guest-attestation capture TARGET`: record a VM and what is around it from Azure, to be looked at offline."""

from __future__ import annotations

import argparse

from guest_attestation.commands.recording import record
from guest_attestation.commands.target import live_incident
from guest_attestation.errors import BadInput, ExitCode


def capture_command(arguments: argparse.Namespace) -> ExitCode:
    """Record a target; raises BadInput where it says that this machine must not be left."""
    incident = live_incident(arguments.target, arguments)
    if incident.offline:
        raise BadInput(f"{arguments.target}: says `offline: true`: nothing is recorded")
    record(incident, refresh=arguments.refresh)
    return ExitCode.PASS
