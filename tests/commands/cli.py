"""Calling the command line: within this process, or as users do."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from guest_attestation.commands.main import main


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def call(*words: str | Path) -> Result:
    """Run a command within this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([str(word) for word in words])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
    return Result(code, out.getvalue(), err.getvalue())


def environment(**more: str) -> dict[str, str]:
    """The environment of a subprocess: this one's, with UTF-8 whatever the locale."""
    return {**os.environ, "PYTHONUTF8": "1", **more}


def script(code: str, *words: str | Path, cwd: Path | None = None, seconds: float = 100) -> Result:
    """Run Python code in a subprocess."""
    command = [sys.executable, "-W", "error", "-c", code, *map(str, words)]
    return spawned(command, cwd=cwd, seconds=seconds)


def spawned(command: Sequence[str], *, cwd: Path | None = None, seconds: float = 100) -> Result:
    """Run a subprocess to its end, within a time limit."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def program(*words: str | Path, cwd: Path | None = None, seconds: float = 100) -> Result:
    """Run the installed program in a subprocess."""
    name = Path(sys.executable).with_name("guest-attestation")
    return spawned([str(name), *map(str, words)], cwd=cwd, seconds=seconds)


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below a folder, files with their bytes."""
    found = sorted(folder.rglob("*"))
    return {it.relative_to(folder).as_posix(): it.read_bytes() if it.is_file() else None for it in found}
