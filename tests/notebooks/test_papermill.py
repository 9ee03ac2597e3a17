"""Plain papermill, as people have it in their own scripts: no command of ours stands between it and a notebook."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from guest_attestation.incident import PARAMETERS
from tests.notebooks.stored import FOLDER, Html, outputs
from tests.scenario import ROOT

SAMPLE = "parameters/samples/secure-boot-off/parameters.yaml"
SECONDS = 60


def papermill(*words: str, ipython: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "IPYTHONDIR": str(ipython), "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"}
    command = [sys.executable, "-m", "papermill", *words]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


def errors(notebook: Path) -> list[nbformat.NotebookNode]:
    return [output for output in outputs(notebook) if output.output_type == "error"]


def test_it_runs_a_notebook_on_a_parameters_file_and_leaves_the_project_as_it_was(tmp_path: Path) -> None:
    output = tmp_path / "out.ipynb"
    before = {file: file.stat().st_mtime_ns for file in FOLDER.rglob("*")}

    ran = papermill("notebooks/03-network-security-groups.ipynb", str(output), "-f", SAMPLE, ipython=tmp_path)

    assert ran.returncode == 0, ran.stderr
    assert Html.of(outputs(output)[0].data["text/html"]).bold[0].endswith(": secure-boot-off")
    # In this sample, unlike in the notebook's own, the network lets the VM through.
    assert "Next: 06-verdict.ipynb" in outputs(output)[-1].data["text/plain"]
    assert outputs(output)[-1].data["text/plain"].startswith("✔ pass")
    assert {file: file.stat().st_mtime_ns for file in FOLDER.rglob("*")} == before


def test_its_help_documents_every_parameter(tmp_path: Path) -> None:
    ran = papermill("--help-notebook", "notebooks/01-prerequisites.ipynb", ipython=tmp_path)

    assert ran.returncode == 0, ran.stderr
    said = " ".join(ran.stdout.split())
    defaults = {"incident": '"nsg-denies-attestation"', "offline": "True", "allow_guest_probe": "False", "proxy": '""'}
    for parameter in PARAMETERS:
        kind = parameter.type.__name__
        assert f"{parameter.name}: {kind} (default {defaults.get(parameter.name, '')}" in said
        assert said.partition(f" {parameter.name}: {kind} (default ")[2].partition(") ")[2].startswith(parameter.help)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["-y", "offline: 7"], "offline must be true or false", id="of another type"),
        pytest.param(["-p", "incident", "../evil"], "incident '../evil' cannot be a folder's name", id="a path"),
    ],
)
def test_a_parameter_that_cannot_be_used_ends_the_notebook_at_once_with_one_line(
    words: list[str], message: str, tmp_path: Path
) -> None:
    output = tmp_path / "out.ipynb"

    ran = papermill("notebooks/01-prerequisites.ipynb", str(output), *words, ipython=tmp_path)

    assert ran.returncode != 0
    (error,) = errors(output)
    assert (error.ename, outputs(output)) == ("BadInput", [error])
    assert error.evalue.startswith(f"parameters: {message}")
    assert error.traceback == [f"BadInput: {error.evalue}"]
    assert "\n" not in error.evalue
    assert not (ROOT.parent / "evil").exists()
