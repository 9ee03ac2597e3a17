"""A JupyterLab server on a copy of the project's notebooks, and a page of the system's Chromium."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.scenario import ROOT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
_LAB_OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=0",
    "--ServerApp.terminals_enabled=False",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)
START_SECONDS = 60
STOP_SECONDS = 20
PAGE_MILLISECONDS = 60_000


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: where it listens, the token of this run, the folder that it serves."""

    url: str
    token: str
    folder: Path

    def address(self, notebook: str) -> str:
        """Return the address that opens a notebook; `reset` forgets what another test left open."""
        return f"{self.url}lab/tree/notebooks/{notebook}?reset&token={self.token}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Serve a copy of the project, so that running a notebook changes nothing in it."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    folder = tmp_path_factory.mktemp("lab")
    for part in ("notebooks", "parameters"):
        shutil.copytree(
            ROOT / part, folder / "root" / part, ignore=shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
        )
    with jupyterlab(folder) as server:
        yield server


@pytest.fixture(scope="module")
def browser(lab: Lab) -> Iterator[Browser]:
    """Start Chromium once for the module, and stop it before any other module's tests run."""
    assert lab.url
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=_CHROMIUM_OPTIONS, timeout=PAGE_MILLISECONDS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page of its own for each test: no cookie and no storage of another."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce")
    context.set_default_timeout(PAGE_MILLISECONDS)
    yield context.new_page()
    context.close()


@contextmanager
def jupyterlab(folder: Path) -> Iterator[Lab]:
    """Run JupyterLab on `folder`/root, with its settings and files below `folder` too; it is stopped for sure."""
    token, runtime = secrets.token_hex(16), folder / "runtime"
    places = {
        "HOME": "home",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    for place in places.values():
        (folder / place).mkdir()
    # The options above do not keep JupyterLab from asking whether it may fetch news; its own settings do.
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("COV_", "JUPYTER"))},
        **{name: str(folder / place) for name, place in places.items()},
        "JUPYTER_TOKEN": token,
    }
    log = folder / "jupyterlab.log"
    command = [sys.executable, "-m", "jupyterlab", *_LAB_OPTIONS, f"--ServerApp.root_dir={folder / 'root'}"]
    with log.open("wb") as output:
        # A group of its own, so that whatever it started ends with it.
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield Lab(_listening(server, runtime, log), token, folder / "root")
        finally:
            _stop(server)


def _listening(server: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    """Wait until the server says in its runtime folder where it listens."""
    file = runtime / f"jpserver-{server.pid}.json"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return str(json.loads(file.read_text("utf-8"))["url"])
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.05)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text('utf-8', 'replace')}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, which ends its kernels too; what does not is killed."""
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        if os.name == "posix":
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
        else:
            server.kill()
        server.wait(STOP_SECONDS)
