from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from guest_attestation.run import store
from tests.notebooks.stored import NOTEBOOKS
from tests.run.build import write_notebook

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(autouse=True)
def no_one_elses_ipython(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def test_outputs_are_stored_without_times_and_versions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = write_notebook(tmp_path / "any.ipynb", "import os", "os.path.basename(os.getcwd())")

    assert store.main([str(notebook)]) == 0

    assert capsys.readouterr() == (f"stored {notebook}\n", "")
    document = json.loads(notebook.read_text("utf-8"))
    first, second = document["cells"]
    assert (first["id"], first["metadata"], first["execution_count"]) == ("cell-01", {"tags": ["parameters"]}, 1)
    assert (second["id"], second["metadata"], second["execution_count"]) == ("cell-02", {}, 2)
    assert second["outputs"][0]["data"]["text/plain"] == [f"'{tmp_path.name}'"]
    assert document["metadata"]["language_info"] == {"name": "python"}
    assert [file.name for file in tmp_path.glob("*any*")] == ["any.ipynb"]


def test_a_cell_that_fails_leaves_the_file_as_it_was_and_says_so_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = write_notebook(tmp_path / "any.ipynb", "1", r"raise ValueError('first line\nsecond line')")
    later = write_notebook(tmp_path / "later.ipynb", "1")
    before = notebook.read_bytes(), later.read_bytes()

    assert store.main([str(notebook), str(later)]) == 1

    assert capsys.readouterr() == ("", f"{notebook}: not stored: ValueError: first line second line\n")
    assert (notebook.read_bytes(), later.read_bytes()) == before
    assert sorted(file.name for file in tmp_path.glob("*.ipynb*")) == ["any.ipynb", "later.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_normal_already_stays_as_it_is(path: Path) -> None:
    assert nbformat.writes(store.normalised(nbformat.read(path, as_version=4))) + "\n" == path.read_text("utf-8")


def test_what_jupyterlab_and_papermill_leave_is_dropped() -> None:
    cell = nbformat.v4.new_code_cell("1", metadata={"tags": [], "execution": {"iopub.status.busy": "now"}})
    tagged = nbformat.v4.new_code_cell("1", metadata={"tags": ["parameters"], "papermill": {"duration": 1}})
    metadata = {"papermill": {"duration": 1}, "language_info": {"name": "python", "version": "3.11.7"}}
    notebook = nbformat.v4.new_notebook(cells=[cell, tagged], metadata=metadata)

    once = nbformat.writes(store.normalised(notebook))

    assert [it.metadata for it in notebook.cells] == [{}, {"tags": ["parameters"]}]
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert nbformat.writes(store.normalised(notebook)) == once
