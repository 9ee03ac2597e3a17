"""A JupyterLab server of our own: on a port that the system gives, with a random token, stopped for sure."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=0",
    "--ServerApp.terminals_enabled=False",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)
_START_SECONDS, _STOP_SECONDS = 60, 20


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: where it listens, the token of this run, the folder that it serves."""

    url: str
    token: str
    folder: Path

    def address(self, path: str) -> str:
        """Return a path's address with this run's token; `reset` forgets what another test left open."""
        return f"{self.url}{path}?reset&token={self.token}"


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
    command = [sys.executable, "-m", "jupyterlab", *_OPTIONS, f"--ServerApp.root_dir={folder / 'root'}"]
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
    deadline = time.monotonic() + _START_SECONDS
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
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
    finally:
        if os.name == "posix":
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
        server.wait(_STOP_SECONDS)
