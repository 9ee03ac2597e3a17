"""`guest-attestation run`: every notebook on the incident, the verdict, and both kept as evidence."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from guest_attestation.run.notebooks import Outcome
from guest_attestation.runbook import Runbook
from tests.commands.cli import call, program, tree
from tests.samples.verdict_contract import assert_verdict
from tests.scenario import ROOT, SAMPLES, Scenario

SAMPLE = "parameters/samples/nsg-denies-attestation"
NOTEBOOKS = sorted(file.stem for file in (ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))

Run = Callable[[Path, Path, Runbook], Outcome]


@pytest.fixture
def quick(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Notebooks that are copied instead of executed; the list says which ran on which incident."""
    ran: list[tuple[str, str]] = []

    def copied(notebook: Path, folder: Path, runbook: Runbook) -> Outcome:
        ran.append((notebook.name, runbook.incident.name))
        return Outcome(Path(shutil.copy(notebook, folder)), 1.25, None)

    monkeypatch.setattr("guest_attestation.run.notebooks.run_notebook", copied)
    for name in ("02-second.ipynb", "10-third.ipynb", "notes.ipynb", "2-no.ipynb", "03-no.txt"):
        (project / "notebooks" / name).write_text("{}", "utf-8")
    return ran


@pytest.mark.timeout(600)
def test_a_run_keeps_every_notebook_and_the_verdict(tmp_path: Path) -> None:
    result = program("run", f"{SAMPLE}/parameters.yaml", "--output", tmp_path / "out", cwd=ROOT, seconds=500)

    folder = tmp_path / "out" / "nsg-denies-attestation"
    assert (result.code, result.err) == (3, "")
    steps = result.out.splitlines()[: len(NOTEBOOKS)]
    for place, (line, name) in enumerate(zip(steps, NOTEBOOKS, strict=True), start=1):
        assert re.fullmatch(rf"\[{place}/{len(NOTEBOOKS)}\] ✔ {re.escape(name)} \(\d+\.\d s\)", line)
    assert result.out.endswith(f"evidence: {folder}\n")
    assert sorted(tree(tmp_path / "out")) == sorted(
        [
            "nsg-denies-attestation",
            *(f"nsg-denies-attestation/{it}" for it in (*(f"{it}.ipynb" for it in NOTEBOOKS), "verdict.json")),
        ]
    )
    document = json.loads((folder / "verdict.json").read_text("utf-8"))
    assert_verdict(document)
    assert document["root_causes"][0]["rule"] == "Deny-Internet-Outbound"
    for name in NOTEBOOKS:
        assert_executed(nbformat.read(folder / f"{name}.ipynb", as_version=4))


def assert_executed(notebook: Any) -> None:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    injected = [cell for cell in cells if "injected-parameters" in cell.metadata.get("tags", [])]
    assert len(injected) == 1
    assert 'incident = "nsg-denies-attestation"' in injected[0].source
    assert str(ROOT) not in injected[0].source
    assert all(cell.execution_count for cell in cells)
    assert not [output for cell in cells for output in cell.outputs if output.output_type in ("error", "stream")]


def notebook_of(*sources: str, kernel: str = "python3") -> str:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
    cells[0].metadata["tags"] = ["parameters"]
    return str(nbformat.writes(notebook))


@pytest.mark.timeout(600)
def test_a_notebook_that_breaks_stops_no_other_and_no_verdict(project: Path) -> None:
    broken = {
        "01-first": notebook_of("incident = ''", "raise RuntimeError('torn\\n\\x1b[31mPASS')"),
        "02-torn": '{"cells": [',
        "04-no-kernel": notebook_of("incident = ''", kernel="no-such-kernel"),
        "99-broken": notebook_of("incident = ''", "1 / 0", "raise SystemExit(3)"),
    }
    for name, text in broken.items():
        (project / "notebooks" / f"{name}.ipynb").write_text(text, "utf-8")
    shutil.copy(ROOT / "notebooks" / "03-network-security-groups.ipynb", project / "notebooks")

    result = program("run", f"{SAMPLE}/parameters.yaml", cwd=project, seconds=500)

    lines = result.out.splitlines()
    assert [line[6:7] for line in lines[:5]] == ["✘", "✘", "✔", "✘", "✘"]
    assert "RuntimeError: torn" in lines[0]
    assert "ZeroDivisionError: division by zero" in lines[4]
    assert "\x1b" not in result.out
    assert not any(line.startswith("PASS") for line in lines)
    assert result.code == 1
    said = "01-first, 02-torn, 04-no-kernel, 99-broken broke while running; the verdict above does not depend on it"
    assert result.err == f"guest-attestation: {said}\n"
    assert "✘ FAIL: nsg-denies-attestation" in result.out
    folder = project / "outputs" / "nsg-denies-attestation"
    assert json.loads((folder / "verdict.json").read_text("utf-8"))["verdict"] == "fail"
    assert_executed(nbformat.read(folder / "03-network-security-groups.ipynb", as_version=4))


def test_notebooks_run_in_order_and_others_are_left_alone(quick: list[tuple[str, str]]) -> None:
    result = call("run", f"{SAMPLE}/parameters.yaml")

    names = ["01-first", "02-second", "10-third"]
    assert quick == [(f"{name}.ipynb", "nsg-denies-attestation") for name in names]
    assert result.code == 3
    assert result.out.splitlines()[:3] == [f"[{place}/3] ✔ {name} (1.2 s)" for place, name in enumerate(names, start=1)]


@pytest.mark.parametrize("name", ["healthy", "nsg-denies-attestation", "extension-failed"])
def test_json_of_diagnose_is_verdict_json_byte_for_byte(name: str, project: Path, quick: list[tuple[str, str]]) -> None:
    target = SAMPLES / name / "snapshot"

    run, diagnosed = call("run", target), call("diagnose", target, "--json")

    assert len(quick) == 3
    assert (project / "outputs" / name / "verdict.json").read_bytes() == diagnosed.out.encode()
    assert run.code == diagnosed.code


def test_run_shows_the_verdict_of_diagnose(quick: list[tuple[str, str]]) -> None:
    diagnosed = call("diagnose", f"{SAMPLE}/parameters.yaml")

    assert diagnosed.out in call("run", f"{SAMPLE}/parameters.yaml").out
    assert len(quick) == 3


def test_a_healthy_vm_ends_with_0(quick: list[tuple[str, str]]) -> None:
    assert call("run", SAMPLES / "healthy/snapshot").code == 0
    assert len(quick) == 3


@pytest.mark.parametrize("here", [".", "notebooks", "parameters/samples"])
def test_evidence_lies_in_the_projects_outputs_from_anywhere_in_it(
    here: str, project: Path, quick: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / here)

    call("run", project / SAMPLE / "parameters.yaml")

    assert len(quick) == 3
    assert (project / "outputs/nsg-denies-attestation/verdict.json").is_file()


def test_output_is_the_parent_of_the_incidents_folder(project: Path, quick: list[tuple[str, str]]) -> None:
    before = tree(project / "outputs")

    result = call("run", f"{SAMPLE}/parameters.yaml", "--output", project / "a" / "b")

    assert len(quick) == 3
    assert f"evidence: {project}/a/b/nsg-denies-attestation\n" in result.out
    assert (project / "a/b/nsg-denies-attestation/verdict.json").is_file()
    assert tree(project / "outputs") == before


def test_other_incidents_evidence_is_left_alone(project: Path, quick: list[tuple[str, str]]) -> None:
    before = tree(project / "outputs" / "my-incident")

    call("run", f"{SAMPLE}/parameters.yaml")

    assert len(quick) == 3
    assert tree(project / "outputs" / "my-incident") == before


def test_an_earlier_verdict_does_not_outlive_a_run_that_is_cut_short(
    project: Path, quick: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    call("run", f"{SAMPLE}/parameters.yaml")
    assert len(quick) == 3

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("guest_attestation.run.notebooks.run_notebook", interrupted)
    result = call("run", f"{SAMPLE}/parameters.yaml")

    assert (result.code, result.err) == (1, "guest-attestation: interrupted\n")
    assert not (project / "outputs/nsg-denies-attestation/verdict.json").exists()


@pytest.mark.parametrize("place", ["outputs", "outputs/nsg-denies-attestation"])
def test_a_folder_that_cannot_be_made_is_said_in_one_line(
    place: str, project: Path, quick: list[tuple[str, str]]
) -> None:
    shutil.rmtree(project / "outputs")
    (project / place).parent.mkdir(exist_ok=True)
    (project / place).write_text("a file", "utf-8")

    result = call("run", f"{SAMPLE}/parameters.yaml")

    assert (result.code, result.out, quick) == (1, "", [])
    assert "cannot be written" in result.err
    assert "choose another with --output" in result.err
    assert result.err.count("\n") == 1


def test_outside_a_project_nothing_is_run_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Scenario.sample("healthy").write(tmp_path / "case")
    monkeypatch.chdir(tmp_path)
    before = tree(tmp_path)

    result = call("run", "case")

    assert (result.code, result.out) == (1, "")
    assert (
        result.err == f"guest-attestation: {tmp_path}: no notebooks here: run the command within the project's folder\n"
    )
    assert tree(tmp_path) == before
