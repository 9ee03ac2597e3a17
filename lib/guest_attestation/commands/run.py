"""`guest-attestation run TARGET`: every notebook executed on the incident, then the verdict, all kept as evidence."""

from __future__ import annotations

import argparse
from pathlib import Path

from guest_attestation.commands.console import say, say_verdict
from guest_attestation.commands.target import incident_of
from guest_attestation.errors import ExitCode, ToolFailure
from guest_attestation.evidence.pack import keep_verdict, prepare_folder
from guest_attestation.incident import project_root
from guest_attestation.runbook import open_incident
from guest_attestation.text import clean
from guest_attestation.verdict import exit_code
from guest_attestation.views.looks import LOOKS


def run_command(arguments: argparse.Namespace) -> ExitCode:
    """Run the whole runbook on a target.

    Bad input is refused before anything is written. A notebook that breaks stops no other; it makes the tool's own
    exit code 1, after the verdict was shown and kept.
    """
    from guest_attestation.run.notebooks import notebooks_of, run_notebook

    runbook = open_incident(incident_of(arguments.target, arguments.vm))
    notebooks = notebooks_of(project_root())
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
    say()
    say_verdict(document)
    say(f"evidence: {folder}")
    if broken:
        raise ToolFailure(f"{', '.join(broken)} broke while running; the verdict above does not depend on it")
    return exit_code(runbook.diagnosis.verdict)
