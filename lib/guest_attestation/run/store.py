"""Execute the notebooks on their own parameters and store their outputs, the same bytes on every machine.

Run as `python -m guest_attestation.run.store NOTEBOOK…`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from guest_attestation.run.kernel import QuietKernelManager
from guest_attestation.snapshot.atomic import write_whole

_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_TIMEOUT = 120


def main(paths: Sequence[str]) -> int:
    """Execute and store each notebook in place, in its own folder."""
    for path in map(Path, paths):
        try:
            store(path)
        except CellExecutionError as error:
            sys.stderr.write(f"{path}: not stored: {error.ename}: {' '.join(str(error.evalue).split())}\n")
            return 1
        sys.stdout.write(f"stored {path}\n")
    return 0


def store(path: Path) -> None:
    """Execute one notebook and write it normalised; a cell that fails raises, and leaves the file as it was."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=_TIMEOUT,
        kernel_name=_KERNEL["name"],
        kernel_manager_class=QuietKernelManager,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    write_whole(path, nbformat.writes(normalised(notebook)) + "\n")


def normalised(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop what differs from run to run and from machine to machine: times, versions, random cell ids."""
    notebook.metadata = nbformat.from_dict({"kernelspec": _KERNEL, "language_info": {"name": "python"}})
    for place, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{place:02}"
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
    return notebook


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
