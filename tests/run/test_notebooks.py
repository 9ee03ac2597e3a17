from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from guest_attestation.commands.target import incident_of
from guest_attestation.errors import ToolFailure
from guest_attestation.run.notebooks import notebooks_of, run_notebook
from guest_attestation.runbook import Runbook, open_incident
from tests.run.build import write_notebook
from tests.scenario import ROOT, SAMPLES

pytestmark = pytest.mark.timeout(90)


@pytest.fixture(scope="module")
def runbook() -> Runbook:
    return open_incident(incident_of(str(SAMPLES / "secure-boot-off" / "parameters.yaml")))


@pytest.fixture(autouse=True)
def no_one_elses_ipython(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def texts(notebook: Path) -> list[str]:
    cells = nbformat.read(notebook, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [output.get("text") or output.get("data", {}).get("text/plain") or output["evalue"] for output in outputs]


def test_a_notebook_gets_the_incidents_parameters_and_its_copy_is_kept(runbook: Runbook, tmp_path: Path) -> None:
    notebook = write_notebook(
        tmp_path / "01-any.ipynb", 'incident: str = ""\noffline: bool = False', "incident, offline"
    )
    before = notebook.read_bytes()
    (tmp_path / "out").mkdir()

    outcome = run_notebook(notebook, tmp_path / "out", runbook)

    assert (outcome.error, outcome.output) == (None, tmp_path / "out" / "01-any.ipynb")
    assert texts(outcome.output) == ["('secure-boot-off', True)"]
    assert 0 < outcome.seconds < 90
    assert notebook.read_bytes() == before


def test_a_notebook_of_the_runbook_runs_on_another_sample_than_its_own(
    runbook: Runbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)

    outcome = run_notebook(ROOT / "notebooks" / "01-prerequisites.ipynb", tmp_path, runbook)

    assert outcome.error is None
    assert "secure-boot-off" in texts(outcome.output)[0]
    assert texts(outcome.output)[-1].startswith("✘ fail: secure-boot-off stops attestation")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("1 / 0", "cell 3: ZeroDivisionError: division by zero"),
        (r"raise ValueError('first line\nsecond line')", "cell 3: ValueError: first line second line"),
        ("import os; os._exit(3)", "DeadKernelError: Kernel died"),
    ],
    ids=["an error", "an error of two lines", "a dead kernel"],
)
def test_what_breaks_a_notebook_is_told_in_a_line_and_its_copy_is_kept(
    runbook: Runbook, tmp_path: Path, source: str, error: str
) -> None:
    notebook = write_notebook(tmp_path / "01-any.ipynb", "incident: str = ''", source, "'never reached'")
    (tmp_path / "out").mkdir()

    outcome = run_notebook(notebook, tmp_path / "out", runbook)

    assert outcome.error == error
    assert source in outcome.output.read_text("utf-8").replace("\\\\", "\\")
    assert "'never reached'" not in texts(outcome.output)


def test_a_kernel_that_is_not_installed_is_told_in_a_line(runbook: Runbook, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "01-any.ipynb", "incident: str = ''", kernel="fortran")
    (tmp_path / "out").mkdir()

    outcome = run_notebook(notebook, tmp_path / "out", runbook)

    assert outcome.error == "NoSuchKernel: No such kernel named fortran"


@pytest.mark.parametrize("place", ["a file", "nothing"])
def test_a_folder_that_cannot_be_written_is_a_failure_of_the_tool(runbook: Runbook, tmp_path: Path, place: str) -> None:
    notebook = write_notebook(tmp_path / "01-any.ipynb", "incident: str = ''")
    folder = tmp_path / "out"
    if place == "a file":
        folder.touch()

    with pytest.raises(ToolFailure, match=r"01-any\.ipynb: cannot be written: \w") as raised:
        run_notebook(notebook, folder, runbook)

    assert "\n" not in str(raised.value)
    assert "None" not in str(raised.value)


def test_the_runbooks_notebooks_are_listed_in_order(tmp_path: Path) -> None:
    for name in ("06-verdict", "01-prerequisites", "scratch", "1-short"):
        write_notebook(tmp_path / "notebooks" / f"{name}.ipynb", "1")

    assert [notebook.stem for notebook in notebooks_of(tmp_path)] == ["01-prerequisites", "06-verdict"]


def test_a_project_without_notebooks_is_a_failure_of_the_tool(tmp_path: Path) -> None:
    with pytest.raises(ToolFailure, match="no notebooks here"):
        notebooks_of(tmp_path)
