"""What a support engineer sees who opens a notebook in JupyterLab, untrusted at first, and then runs it."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Lab
from tests.notebooks.stored import FOLDER, cells, code_cells, each_notebook, outputs

OUTPUT = ".jp-Notebook .jp-OutputArea-output"
BROKEN = ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr")
# True once every cell has its number, or one of them has broken, after which JupyterLab runs none.
RUN = """([prompts, broken]) =>
    document.querySelector(broken) !== null
    || [...document.querySelectorAll(prompts)].every(prompt => /^\\[\\d+\\]:$/.test(prompt.textContent))"""


@each_notebook
def test_stored_outputs_show_and_lead_on_before_anyone_trusts_the_notebook(lab: Lab, page: Page, path: Path) -> None:
    stored = outputs(path)
    opened(lab, page, path)

    everything_shows(page, stored)

    assert page.locator(f"{OUTPUT}.jp-mod-trusted").count() == 0
    for following in re.findall(r'href="([^"]+)"', stored[-1].data["text/html"]):
        page.locator(OUTPUT).last.get_by_role("link").click()
        expect(page.locator(".jp-NotebookPanel:visible h1").first).to_contain_text(heading(following))


@each_notebook
def test_a_notebook_runs_from_top_to_bottom(lab: Lab, page: Page, path: Path) -> None:
    stored = outputs(path)
    opened(lab, page, path)
    kernel_is_idle(page)
    prompts = ".jp-Notebook .jp-CodeCell .jp-InputPrompt"

    choose(page, "Edit", "Clear Outputs of All Cells")
    expect(page.locator(OUTPUT)).to_have_count(0)
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(RUN, arg=[prompts, selector(*BROKEN)])

    assert page.locator(selector(*BROKEN)).all_text_contents() == []
    expect(page.locator(prompts)).to_have_text([f"[{count}]:" for count in range(1, len(code_cells(path)) + 1)])
    kernel_is_idle(page)
    everything_shows(page, stored)


def opened(lab: Lab, page: Page, path: Path) -> None:
    """Open a notebook, and wait until all its cells are there."""
    page.goto(lab.address(f"lab/tree/notebooks/{path.name}"))
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(len(code_cells(path)))


def kernel_is_idle(page: Page) -> None:
    # The notebook's own sign says idle even before there is a kernel, and cells that are run then are lost.
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
        if "<details" in output.data.get("text/html", ""):
            opens(place, "li" if "<details open" in output.data["text/html"] else "pre")
            assert fits(place)
        if "image/png" in output.data:
            picture = place.locator("img")
            expect(picture).to_be_visible()
            assert picture.evaluate("it => it.decode().then(() => it.naturalWidth)") > 0
            assert fits(place)


def fits(place: Locator) -> bool:
    """Tell whether nothing of an output must be scrolled to sideways."""
    return bool(place.evaluate("it => it.scrollWidth <= it.clientWidth + 1"))


def selector(*mime_types: str) -> str:
    return ", ".join(f'{OUTPUT}[data-mime-type="{mime_type}"]' for mime_type in mime_types)


def heading(notebook: str) -> str:
    first = cells(FOLDER / notebook)[0].source
    return str(first.splitlines()[0].removeprefix("# "))


def opens(folded: Locator, held: str) -> None:
    """Check that what is closed shows after a click: of a tree its leaves, else what can be copied."""
    closed = folded.locator("details:not([open])").first
    hidden = closed.locator(held).first.element_handle()
    assert not hidden.is_visible()
    closed.locator("summary").first.click()
    assert hidden.is_visible()
