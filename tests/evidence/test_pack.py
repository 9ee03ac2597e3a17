from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from guest_attestation.errors import ExitCode, ToolFailure
from guest_attestation.evidence.pack import keep_verdict, prepare_folder
from guest_attestation.snapshot.atomic import write_whole

OLD, NEW = "old\n", "new: ✔\n"


def no_space_left(*_words: object, **_options: object) -> Path:
    raise OSError(errno.ENOSPC, "No space left on device")


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_file_is_written_whole_with_the_same_bytes_on_every_system(tmp_path: Path) -> None:
    assert write_whole(tmp_path / "any.txt", NEW) == tmp_path / "any.txt"

    assert (tmp_path / "any.txt").read_bytes() == NEW.encode()
    assert files(tmp_path) == ["any.txt"]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "any.txt").write_text(OLD * 1000)

    write_whole(tmp_path / "any.txt", NEW)

    assert (tmp_path / "any.txt").read_text("utf-8") == NEW


@pytest.mark.parametrize("step", ["write_text", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    (tmp_path / "any.txt").write_text(OLD)
    monkeypatch.setattr(Path, step, no_space_left)

    with pytest.raises(ToolFailure, match=r"any\.txt: cannot be written: No space left on device$"):
        write_whole(tmp_path / "any.txt", NEW)

    assert (tmp_path / "any.txt").read_text("utf-8") == OLD
    assert files(tmp_path) == ["any.txt"]


def test_half_of_a_file_that_a_crash_left_does_not_stop_the_next_write(tmp_path: Path) -> None:
    (tmp_path / f".any.txt.{os.getpid()}.partial").write_text("ha")

    write_whole(tmp_path / "any.txt", NEW)

    assert files(tmp_path) == ["any.txt"]


def test_a_folder_in_place_of_the_file_is_a_failure_of_the_tool(tmp_path: Path) -> None:
    (tmp_path / "any.txt").mkdir()

    with pytest.raises(ToolFailure, match=r"any\.txt: cannot be written: "):
        write_whole(tmp_path / "any.txt", NEW)

    assert files(tmp_path) == ["any.txt"]


def test_a_file_in_place_of_the_folder_is_a_failure_of_the_tool(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text(OLD)

    with pytest.raises(ToolFailure, match=r"any\.txt: cannot be written: ") as raised:
        write_whole(tmp_path / "folder" / "any.txt", NEW)

    assert "\n" not in str(raised.value)
    assert (tmp_path / "folder").read_text("utf-8") == OLD


def test_the_folder_of_an_incident_is_made_with_those_above_it(tmp_path: Path) -> None:
    assert prepare_folder(tmp_path / "a" / "b", "incident") == tmp_path / "a" / "b" / "incident"

    assert (tmp_path / "a" / "b" / "incident").is_dir()


def test_an_earlier_verdict_is_taken_away_and_everything_else_stays(tmp_path: Path) -> None:
    folder = tmp_path / "incident"
    folder.mkdir()
    for name in ("verdict.json", "01-prerequisites.ipynb", "notes.txt"):
        (folder / name).write_text(OLD)

    prepare_folder(tmp_path, "incident")

    assert files(folder) == ["01-prerequisites.ipynb", "notes.txt"]


@pytest.mark.parametrize("place", ["outputs", "outputs/incident"])
def test_a_folder_that_cannot_be_made_is_told_in_a_line_with_a_way_out(tmp_path: Path, place: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.write_text(OLD)

    with pytest.raises(
        ToolFailure, match=r"incident: cannot be written: \w.*: choose another with --output$"
    ) as raised:
        prepare_folder(tmp_path / "outputs", "incident")

    assert "\n" not in str(raised.value)
    assert raised.value.exit_code is ExitCode.TOOL_FAILED
    assert file.read_text("utf-8") == OLD


def test_a_verdict_is_kept_as_json_that_ends_with_a_line_break(tmp_path: Path) -> None:
    document = {"format": 1, "incident": "any"}

    path = keep_verdict(tmp_path, document)

    assert path == tmp_path / "verdict.json"
    assert json.loads(path.read_text("utf-8")) == document
    assert path.read_bytes().endswith(b"}\n")
