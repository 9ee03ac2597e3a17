"""Each notebook alone on each sample: its cells run in this process, which is a hundred times as fast as a kernel."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
import yaml

from guest_attestation.commands.main import main
from guest_attestation.views.conclusion import STEPS, Conclusion
from guest_attestation.views.output import Picture, Table, Text
from guest_attestation.views.sheets import Sections
from guest_attestation.views.trace_tree import Tree
from tests.notebooks.stored import FOLDER, code_cells, each_notebook
from tests.scenario import ROOT, SAMPLES

NAMES = sorted(file.parent.name for file in SAMPLES.glob("*/parameters.yaml"))

each_sample = pytest.mark.parametrize("sample", NAMES)


@pytest.fixture(autouse=True)
def in_the_notebooks_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


@each_notebook
@each_sample
def test_it_runs_and_is_about_that_sample(path: Path, sample: str) -> None:
    title, *others = shown(path, sample)

    assert repr(title).startswith(f"SAMPLE incident, everything in it is made up: {sample}\n")
    assert {type(it) for it in others} <= {Text, Table, Picture, Tree, Sections, Conclusion}
    assert all(repr(it) for it in others)


@each_sample
def test_the_verdict_is_the_one_that_the_command_line_prints(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["diagnose", "--json", str(SAMPLES / sample / "parameters.yaml")])
    document = json.loads(capsys.readouterr().out)

    said = repr(shown(FOLDER / f"{STEPS[-1].notebook}.ipynb", sample)[1])

    assert f" {document['verdict'].upper()}" in said.splitlines()[0]
    assert [cause["code"] in said for cause in document["root_causes"][:1]] in ([], [True])


def shown(path: Path, sample: str) -> list[object]:
    """Run a notebook's cells with a sample's parameters, as papermill would, and return what each cell shows."""
    parameters, *others = code_cells(path)
    namespace: dict[str, object] = {}
    exec(parameters.source, namespace)  # noqa: S102 - our own notebooks
    namespace.update(yaml.safe_load((ROOT / "parameters/samples" / sample / "parameters.yaml").read_text("utf-8")))
    values = []
    for cell in others:
        *statements, last = ast.parse(cell.source).body
        assert isinstance(last, ast.Expr), cell.source
        exec(compile(ast.Module(statements, []), path.name, "exec"), namespace)  # noqa: S102
        values.append(eval(compile(ast.Expression(last.value), path.name, "eval"), namespace))  # noqa: S307
    return values
