"""What a support engineer sees who opens a notebook in JupyterLab, untrusted at first, and then runs it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab
from tests.scenario import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OUTPUT = ".jp-Notebook .jp-OutputArea-output"
BROKEN = ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr")
# True once every cell has its number, or one of them has broken, after which JupyterLab runs none.
RUN = """([prompts, broken]) =>
    document.querySelector(broken) !== null
    || [...document.querySelectorAll(prompts)].every(prompt => /^\\[\\d+\\]:$/.test(prompt.textContent))"""

each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)


@each_notebook
def test_stored_outputs_show_before_anyone_trusts_the_notebook(lab: Lab, page: Page, notebook: Path) -> None:
    stored = outputs(notebook)
    opened(lab, page, notebook)

    assert page.locator(f"{OUTPUT}.jp-mod-trusted").count() == 0
    everything_shows(page, stored)


@each_notebook
def test_a_notebook_runs_from_top_to_bottom(lab: Lab, page: Page, notebook: Path) -> None:
    stored = outputs(notebook)
    opened(lab, page, notebook)
    prompts = ".jp-Notebook .jp-CodeCell .jp-InputPrompt"

    choose(page, "Edit", "Clear Outputs of All Cells")
    expect(page.locator(OUTPUT)).to_have_count(0)
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(RUN, arg=[prompts, selector(*BROKEN)])

    assert page.locator(selector(*BROKEN)).all_text_contents() == []
    expect(page.locator(prompts)).to_have_text([f"[{count}]:" for count in range(1, len(code_cells(notebook)) + 1)])
    kernel_is_idle(page)
    everything_shows(page, stored)


@pytest.mark.parametrize("notebook", NOTEBOOKS[:-1], ids=lambda notebook: notebook.stem)
def test_the_conclusion_leads_to_the_next_notebook(lab: Lab, page: Page, notebook: Path) -> None:
    following = re.findall(r'href="([^"]+)"', outputs(notebook)[-1].data["text/html"])
    opened(lab, page, notebook)

    page.locator(OUTPUT).last.get_by_role("link").click()

    assert len(following) == 1
    expect(page.locator(".lm-TabBar-tab.jp-mod-current .lm-TabBar-tabLabel").first).to_have_text(following[0])
    expect(page.locator(".jp-NotebookPanel:visible h1")).to_contain_text(heading(ROOT / "notebooks" / following[0]))


def opened(lab: Lab, page: Page, notebook: Path) -> None:
    """Open a notebook, and wait until all its cells are there and its kernel is ready."""
    page.goto(lab.address(f"lab/tree/notebooks/{notebook.name}"))
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(len(code_cells(notebook)))
    # Nothing else tells: the notebook's own sign says idle before there is a kernel, and cells run then are lost.
    kernel_is_idle(page)


def kernel_is_idle(page: Page) -> None:
    expect(page.locator("#jp-main-statusbar").get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()


def choose(page: Page, menu: str, entry: str) -> None:
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


def everything_shows(page: Page, stored: list[nbformat.NotebookNode]) -> None:
    """Check the page against stored outputs: title in bold, each table, each picture as wide as it should be."""
    expect(page.locator(OUTPUT)).to_have_count(len(stored))
    shown = page.locator(OUTPUT).all()
    bold = shown[0].locator("b")
    expect(bold.first).to_have_text("SAMPLE incident, everything in it is made up: nsg-denies-attestation")
    expect(bold.nth(1)).to_contain_text("/virtualMachines/web-01")
    for output, place in zip(stored, shown, strict=True):
        expect(place).to_be_visible()
        if "<table>" in output.data.get("text/html", ""):
            expect(place.locator("table")).to_be_visible()
            expect(place.locator("tbody tr")).to_have_count(output.data["text/html"].count("<tr>") - 1)
            assert fits(place)
        if "image/png" in output.data:
            picture = place.locator("img")
            expect(picture).to_be_visible()
            assert picture.evaluate("it => it.complete && it.naturalWidth") > 0
            assert fits(place)


def fits(place: Locator) -> bool:
    """Tell whether nothing of an output must be scrolled to sideways."""
    return bool(place.evaluate("it => it.scrollWidth <= it.clientWidth + 1"))


def selector(*mime_types: str) -> str:
    return ", ".join(f'{OUTPUT}[data-mime-type="{mime_type}"]' for mime_type in mime_types)


def code_cells(notebook: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def outputs(notebook: Path) -> list[nbformat.NotebookNode]:
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def heading(notebook: Path) -> str:
    first = nbformat.read(notebook, as_version=4).cells[0].source
    return str(first.splitlines()[0].removeprefix("# "))
