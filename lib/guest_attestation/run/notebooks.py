"""Run one notebook on an incident with papermill, and keep the executed copy as evidence."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellControlSignal, DeadKernelError
from papermill.exceptions import PapermillException, PapermillExecutionError

from guest_attestation.errors import ToolFailure
from guest_attestation.run.kernel import QuietKernelManager
from guest_attestation.runbook import Runbook
from guest_attestation.snapshot.atomic import write_whole

_START_TIMEOUT = 60
_CELL_TIMEOUT = 300


@dataclass(frozen=True)
class Outcome:
    """How a notebook ran: `error` is one line where it broke, `seconds` the wall time."""

    output: Path
    seconds: float
    error: str | None


def notebooks_of(root: Path) -> list[Path]:
    """List the runbook's notebooks in order; raises ToolFailure where there are none."""
    notebooks = sorted((root / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    if not notebooks:
        raise ToolFailure(f"{root}: no notebooks here: run the command within the project's folder")
    return notebooks


def run_notebook(notebook: Path, folder: Path, runbook: Runbook) -> Outcome:
    """Execute a notebook with an incident's parameters; what broke is returned, and its copy kept with the error."""
    logging.getLogger("papermill").setLevel(logging.ERROR)
    output = folder / notebook.name
    started = time.monotonic()
    error = None
    try:
        output.unlink(missing_ok=True)
        papermill.execute_notebook(
            notebook,
            output,
            parameters=runbook.incident.parameters(),
            progress_bar=False,
            start_timeout=_START_TIMEOUT,
            execution_timeout=_CELL_TIMEOUT,
            kernel_manager_class=QuietKernelManager,
        )
    except PapermillExecutionError as broken:
        error = f"cell {broken.exec_count}: {broken.ename}: {' '.join(str(broken.evalue).split())}"
    except (PapermillException, CellControlSignal, DeadKernelError, RuntimeError, ValueError, KeyError) as broken:
        error = f"{type(broken).__name__}: {' '.join(str(broken).split())}"
    except OSError as broken:
        raise ToolFailure(f"{output}: cannot be written: {broken.strerror or broken}") from broken
    if output.is_file():
        _forget_folders(output)
    return Outcome(output, time.monotonic() - started, error)


def _forget_folders(output: Path) -> None:
    """Keep the names of papermill's input and output, not the folders of this machine they lie in."""
    notebook = nbformat.read(output, as_version=4)
    provenance = notebook.metadata.get("papermill", {})
    for key in ("input_path", "output_path"):
        if provenance.get(key):
            provenance[key] = Path(provenance[key]).name
    write_whole(output, nbformat.writes(notebook) + "\n")
