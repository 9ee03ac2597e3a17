"""`guest-attestation run TARGET`: every notebook executed on the incident, then the verdict, all kept as evidence."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from guest_attestation.commands.console import say, say_verdict
from guest_attestation.commands.recording import record
from guest_attestation.commands.target import exists, incident_of, live_incident, recorded
from guest_attestation.errors import BadInput, ExitCode, ToolFailure
from guest_attestation.evidence.handover import keep_handover
from guest_attestation.evidence.pack import keep_verdict, prepare_folder
from guest_attestation.incident import Incident, default_snapshot, project_root
from guest_attestation.runbook import open_incident
from guest_attestation.snapshot.reader import is_empty, is_unfinished
from guest_attestation.text import clean
from guest_attestation.verdict import exit_code
from guest_attestation.views.looks import LOOKS


def run_command(arguments: argparse.Namespace) -> ExitCode:
    """Run the whole runbook on a target, offline on what is recorded.

    Before that Azure is asked where nothing is recorded, the last capture was cut short, or `--refresh` wants it. Bad
    input is refused before anything is written. A notebook that breaks stops no other; it makes the tool's own
    exit code 1, after the verdict was shown and kept.
    """
    from guest_attestation.run.notebooks import notebooks_of, run_notebook

    incident, is_live = _incident(arguments)
    if not is_live:
        runbook = open_incident(incident)
    notebooks = notebooks_of(project_root())
    if is_live:
        record(incident, refresh=arguments.refresh)
        runbook = open_incident(incident)
    folder = prepare_folder(Path(arguments.output or project_root() / "outputs"), runbook.incident.name)
    broken = []
    for place, notebook in enumerate(notebooks, start=1):
        outcome = run_notebook(notebook, folder, runbook)
        mark = LOOKS["pass"].symbol if outcome.error is None else LOOKS["fail"].symbol
        shown = "" if outcome.error is None else f": {clean(outcome.error)}"
        say(f"[{place}/{len(notebooks)}] {mark} {notebook.stem} ({outcome.seconds:.1f} s){shown}")
        if outcome.error is not None:
            broken.append(notebook.stem)
    document = runbook.verdict()
    keep_verdict(folder, document)
    handover = keep_handover(folder, runbook)
    say()
    say_verdict(document)
    say(f"evidence: {folder}")
    if handover is not None:
        say(f"for whoever must mend it: {handover}")
    if broken:
        raise ToolFailure(f"{', '.join(broken)} broke while running; the verdict above does not depend on it")
    return exit_code(runbook.diagnosis.verdict)


def _incident(arguments: argparse.Namespace) -> tuple[Incident, bool]:
    """Return the incident, and whether Azure is to be asked."""
    target, refresh = arguments.target, arguments.refresh
    if arguments.vm is not None or (exists(Path(target)) and Path(target).is_dir()):
        given = [name for name in ("refresh", "snapshot", "cloud") if getattr(arguments, name)]
        if given:
            raise BadInput(f"{target}: a snapshot folder is looked at as it is: --{given[0]} does not fit")
        return incident_of(target, arguments.vm), False
    incident = live_incident(target, arguments)
    if refresh and (arguments.offline or incident.offline):
        raise BadInput(f"{target}: is to be looked at offline: --refresh does not fit")
    usual = default_snapshot(incident.name)
    if not refresh and not arguments.snapshot and not exists(incident.snapshot) and exists(usual):
        incident = replace(incident, snapshot=usual)  # what is recorded serves, wherever the evidence is to go
    if arguments.offline:
        return recorded(incident, target), False
    is_missing = is_empty(incident.snapshot) or is_unfinished(incident.snapshot)
    return incident, not incident.offline and (refresh or is_missing)
