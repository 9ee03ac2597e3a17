"""The folder of an incident's evidence: made once everything given is known to be usable, written file by file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guest_attestation.errors import ToolFailure
from guest_attestation.snapshot.atomic import write_whole
from guest_attestation.verdict import verdict_text

VERDICT = "verdict.json"


def prepare_folder(outputs: Path, incident: str) -> Path:
    """Make the incident's folder; an earlier verdict is taken away, so that none stands beside newer notebooks.

    Raises ToolFailure where the folder cannot be written.
    """
    folder = outputs / incident
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / VERDICT).unlink(missing_ok=True)
    except OSError as error:
        raise ToolFailure(f"{folder}: cannot be written: {error.strerror}: choose another with --output") from error
    return folder


def keep_verdict(folder: Path, document: dict[str, Any]) -> Path:
    """Write verdict.json whole or not at all."""
    return write_whole(folder / VERDICT, verdict_text(document))
