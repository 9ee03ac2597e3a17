"""What every notebook keeps to, whoever writes it: a new one is covered as soon as it is there."""

from __future__ import annotations

import ast
import io
import itertools
import re
import shutil
import tokenize
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from guest_attestation.incident import PARAMETERS
from guest_attestation.run import store
from guest_attestation.views.conclusion import STEPS
from tests.notebooks.stored import (
    FOLDER,
    NOTEBOOKS,
    Html,
    cells,
    code_cells,
    each_notebook,
    markdown_links,
    outputs,
    parameters_cells,
)
from tests.scenario import ROOT

LINES = 8
VERDICT = STEPS[-1].notebook
# The root of an ARM id or of a web page is no folder of a machine.
FOLDERS = re.compile(
    r"(?<![\w.:/-])/(?:home|root|usr|tmp|var|opt|mnt|srv|work|private|Users|Volumes|workspaces?)/|\b[A-Za-z]:\\"
)
ADDRESS = re.compile(r"\bat 0x[0-9A-Fa-f]+|\b0x[0-9A-Fa-f]{8,}\b")


def test_every_step_of_the_runbook_is_a_notebook() -> None:
    assert {step.notebook for step in STEPS} <= {path.stem for path in NOTEBOOKS}


@each_notebook
def test_it_is_valid(path: Path) -> None:
    nbformat.validate(nbformat.read(path, as_version=4))


@each_notebook
def test_no_cell_ended_in_an_error_or_wrote_on_a_stream(path: Path) -> None:
    assert {output.output_type for output in outputs(path)} <= {"execute_result", "display_data"}


@each_notebook
def test_it_was_executed_from_top_to_bottom(path: Path) -> None:
    counts = [cell.execution_count for cell in code_cells(path)]

    assert counts == list(range(1, len(counts) + 1))


@each_notebook
def test_a_code_cell_is_short(path: Path) -> None:
    sources = [cell.source for cell in code_cells(path) if cell not in parameters_cells(path)]

    assert [source for source in sources if len(source.splitlines()) > LINES] == []


@each_notebook
def test_a_code_cell_holds_no_logic_of_its_own(path: Path) -> None:
    logic = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.If, ast.Try)
    # What is no Python, as a magic and a shell command, does not parse.
    nodes = [node for cell in code_cells(path) for node in ast.walk(ast.parse(cell.source))]

    assert [ast.unparse(node) for node in nodes if isinstance(node, logic)] == []


@each_notebook
def test_a_code_cell_imports_nothing_but_our_own(path: Path) -> None:
    nodes = [node for cell in code_cells(path) for node in ast.walk(ast.parse(cell.source))]
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]

    assert {module.partition(".")[0] for module in modules} <= {"guest_attestation"}


@each_notebook
def test_prose_stands_before_every_code_cell_and_at_the_end(path: Path) -> None:
    kinds = [cell.cell_type for cell in cells(path)]

    assert set(kinds) == {"markdown", "code"}
    assert kinds.count("markdown") >= kinds.count("code")
    assert kinds[0] == kinds[-1] == "markdown"
    assert ("code", "code") not in list(itertools.pairwise(kinds))


@each_notebook
def test_it_begins_with_one_heading_of_its_own(path: Path) -> None:
    headings = [line for cell in cells(path) if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    headings = [line for line in headings if line.startswith("# ")]

    assert len(headings) == 1
    assert cells(path)[0].source.startswith(f"{headings[0]}\n")


@each_notebook
def test_one_cell_is_tagged_as_parameters_and_comes_first(path: Path) -> None:
    assert parameters_cells(path) == code_cells(path)[:1]


@each_notebook
def test_a_parameter_is_one_literal_of_its_type_a_line_with_its_help(path: Path) -> None:
    (cell,) = parameters_cells(path)
    lines = cell.source.splitlines()

    assert len(lines) == len(PARAMETERS)
    for line, parameter in zip(lines, PARAMETERS, strict=True):
        (statement,) = ast.parse(line).body
        assert isinstance(statement, ast.AnnAssign)
        assert isinstance(statement.value, ast.Constant)
        assert ast.unparse(statement.target) == parameter.name
        assert ast.unparse(statement.annotation) == parameter.type.__name__
        assert type(statement.value.value) is parameter.type
        assert comment(line) == f"# {parameter.help}"


@each_notebook
def test_the_first_output_names_a_sample_incident_and_its_vm_in_bold(path: Path) -> None:
    defaults = {
        str(ast.unparse(it.target)): ast.literal_eval(it.value)
        for it in ast.parse(parameters_cells(path)[0].source).body
        if isinstance(it, ast.AnnAssign) and it.value is not None
    }

    incident, vm = Html.of(outputs(path)[0].data["text/html"]).bold

    assert incident.startswith("SAMPLE ")
    assert incident.endswith(f": {defaults['incident']}")
    assert vm.endswith(f"/virtualMachines/{defaults['vm_name']}")


@each_notebook
def test_a_link_in_the_prose_leads_to_a_file_of_the_project(path: Path) -> None:
    links = [link for cell in cells(path) if cell.cell_type == "markdown" for link in markdown_links(cell.source)]

    assert links
    assert [link for link in links if not leads_to_a_file(link)] == []


@each_notebook
def test_a_link_in_an_output_leads_to_a_file_of_the_project(path: Path) -> None:
    html = "".join(output.data.get("text/html", "") for output in outputs(path))

    assert [link for link, _ in Html.of(html).links if not leads_to_a_file(link)] == []


@each_notebook
def test_it_ends_with_a_conclusion_that_leads_on_unless_it_is_the_verdict(path: Path) -> None:
    last = code_cells(path)[-1]
    html = last.outputs[0].data["text/html"]

    if path.stem == VERDICT:
        assert "conclusion" not in "".join(cell.source for cell in code_cells(path))
        assert Html.of(html).links == []
    else:
        assert last.source == f'views.conclusion(runbook, "{path.stem}")'
        ((link, text),) = Html.of(html).links
        assert (FOLDER / link).is_file()
        assert f"Next: {link} ({text})" in last.outputs[0].data["text/plain"]


@each_notebook
def test_it_ends_with_links_to_the_whole_runbook(path: Path) -> None:
    assert markdown_links(cells(path)[-1].source) == [other.name for other in NOTEBOOKS]


@each_notebook
def test_nothing_is_stored_that_differs_from_run_to_run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)

    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert [cell.id for cell in notebook.cells] == [f"cell-{place:02}" for place in range(1, len(notebook.cells) + 1)]
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    for output in outputs(path):
        assert set(output.metadata) <= {"image/png"}


@each_notebook
def test_no_folder_and_no_address_in_memory_is_stored(path: Path) -> None:
    text = "\n".join([*(cell.source for cell in cells(path)), *shown(path)])

    assert FOLDERS.findall(text) == []
    assert ADDRESS.findall("\n".join(shown(path))) == []
    assert str(ROOT) not in text


@each_notebook
def test_every_output_has_a_plain_text_too(path: Path) -> None:
    for output in outputs(path):
        assert set(output.data) in ({"text/html", "text/plain"}, {"image/png", "text/plain"})
        assert output.data["text/plain"].strip()


@each_notebook
def test_a_picture_has_an_alternative_text(path: Path) -> None:
    for output in outputs(path):
        if "image/png" in output.data:
            assert output.metadata["image/png"]["alt"] == output.data["text/plain"]
            assert len(output.data["text/plain"]) > len("a picture")


@each_notebook
@pytest.mark.timeout(60)
def test_a_fresh_execution_stores_the_same_bytes(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shutil.copytree(ROOT / "parameters", tmp_path / "parameters")
    copy = tmp_path / "notebooks" / path.name
    copy.parent.mkdir()
    shutil.copyfile(path, copy)

    assert store.main([str(copy)]) == 0

    assert copy.read_bytes() == path.read_bytes(), "run `make notebooks`"


def comment(line: str) -> str:
    tokens = tokenize.generate_tokens(io.StringIO(line).readline)
    return next(token.string for token in tokens if token.type == tokenize.COMMENT)


def leads_to_a_file(link: str) -> bool:
    target, _, _ = link.partition("#")
    relative = re.match(r"/|[a-z][a-z0-9+.-]*:", target, re.IGNORECASE) is None
    return bool(target) and relative and (FOLDER / target).is_file()


def shown(path: Path) -> Iterator[str]:
    """Yield what outputs show as text; a picture's bytes could hold any letters."""
    for output in outputs(path):
        yield from (text for kind, text in output.data.items() if kind != "image/png")
