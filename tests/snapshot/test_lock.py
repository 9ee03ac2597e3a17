from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from guest_attestation.errors import ToolFailure
from guest_attestation.snapshot.lock import LOCK, locked

HOLDER = """
import sys, pathlib
from guest_attestation.snapshot.lock import locked
with locked(pathlib.Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "a" / "snapshot"


def test_another_process_is_kept_out_until_the_first_one_ends(folder: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(ToolFailure, match="another run is recording here"), locked(folder):
            pass
    finally:
        holder.kill()  # the system frees the lock of a process that dies
        holder.wait(20)
        holder.stdin.close()
        holder.stdout.close()

    with locked(folder):
        assert (folder / LOCK).exists()


def test_the_same_process_is_kept_out_too(folder: Path) -> None:
    with locked(folder), pytest.raises(ToolFailure, match="another run is recording here"), locked(folder):
        pass


def test_nothing_is_left_of_a_lock(folder: Path) -> None:
    with locked(folder):
        (folder / "snapshot.json").write_text("{}", "utf-8")

    assert [it.name for it in folder.iterdir()] == ["snapshot.json"]


def test_a_folder_into_which_nothing_was_written_is_gone(folder: Path) -> None:
    with locked(folder):
        pass

    assert not folder.exists()


def test_the_lock_is_freed_by_an_error(folder: Path) -> None:
    with pytest.raises(KeyError), locked(folder):
        raise KeyError

    with locked(folder):
        pass


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")

    with pytest.raises(ToolFailure, match=r"file/snapshot: cannot be written: "), locked(tmp_path / "file/snapshot"):
        pass
