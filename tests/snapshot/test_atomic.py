from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from guest_attestation.errors import ToolFailure
from guest_attestation.snapshot.atomic import write_whole


def test_a_file_is_written_with_its_folders_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "c.json"

    assert write_whole(file, "one\n") == file
    write_whole(file, "two\nä\n")

    assert file.read_bytes() == "two\nä\n".encode()
    assert [it.name for it in file.parent.iterdir()] == ["c.json"]


def test_a_reader_never_sees_half_of_it(tmp_path: Path) -> None:
    file, texts = tmp_path / "a.json", [letter * 200_000 for letter in "ab"]
    write_whole(file, texts[0])
    stop = threading.Event()
    seen: set[str] = set()

    def read() -> None:
        while not stop.is_set():
            seen.add(file.read_text("utf-8"))

    reader = threading.Thread(target=read)
    reader.start()
    for place in range(100):
        write_whole(file, texts[place % 2])
    stop.set()
    reader.join(10)

    assert seen <= set(texts)


@pytest.mark.parametrize("kind", ["a folder in its place", "a file among its folders"])
def test_a_file_that_cannot_be_written_leaves_nothing(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "a" / "b.json"
    if kind == "a folder in its place":
        file.mkdir(parents=True)
    else:
        file.parent.write_text("x", "utf-8")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(ToolFailure, match=r"b\.json: cannot be written: "):
        write_whole(file, "text")

    assert sorted(tmp_path.rglob("*")) == before


def test_half_of_a_surrogate_pair_comes_back_as_it_was(tmp_path: Path) -> None:
    body = json.loads('"\\ud83d"')

    file = write_whole(tmp_path / "a.json", json.dumps(body, ensure_ascii=False))

    assert json.loads(file.read_bytes()) == body
