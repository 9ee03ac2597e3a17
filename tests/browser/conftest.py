"""The notebooks in JupyterLab, in the system's Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.browser.lab import Lab, jupyterlab
from tests.scenario import ROOT

_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
_MILLISECONDS = 60_000


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Serve a copy of the project, so that running a notebook changes nothing in it."""
    if _CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    folder = tmp_path_factory.mktemp("lab")
    for part in ("notebooks", "parameters"):
        shutil.copytree(ROOT / part, folder / "root" / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with jupyterlab(folder) as server:
        yield server


@pytest.fixture(scope="module")
def context(lab: Lab) -> Iterator[BrowserContext]:
    """Start Chromium once the server is up, and stop it before any other module's tests run.

    One context for all of them: JupyterLab's scripts are loaded once.
    """
    assert lab.url
    expect.set_options(timeout=_MILLISECONDS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_CHROMIUM, args=_OPTIONS, timeout=_MILLISECONDS)
        # High enough that no cell is out of sight.
        context = chromium.new_context(viewport={"width": 1400, "height": 4000}, reduced_motion="reduce")
        context.set_default_timeout(_MILLISECONDS)
        yield context
        chromium.close()


@pytest.fixture
def page(lab: Lab, context: BrowserContext) -> Iterator[Page]:
    """Open a page; the kernels that a test started on it end with it."""
    page = context.new_page()
    yield page
    page.close()
    for session in context.request.get(lab.address("api/sessions")).json():
        context.request.delete(lab.address(f"api/sessions/{session['id']}"))
