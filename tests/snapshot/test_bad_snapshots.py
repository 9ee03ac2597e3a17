"""A snapshot that cannot serve is refused in one line that names the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from guest_attestation.errors import BadInput
from guest_attestation.snapshot.reader import open_snapshot
from tests.scenario import VM, Scenario

HEADER = {"format": 1, "captured_at": "2026-11-20T09:30:00Z", "cloud": "AzureCloud", "source": "sample"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Scenario().add("GET", f"{VM}?$expand=instanceView", {"properties": {}}).write(tmp_path / "snapshot")


def refusal(folder: Path) -> str:
    with pytest.raises(BadInput) as caught:
        open_snapshot(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message


def header(**changes: object) -> str:
    return json.dumps({**HEADER, **changes})


def test_a_good_snapshot_is_read(folder: Path) -> None:
    snapshot = open_snapshot(folder)

    assert snapshot.answer("vm", vm=VM).ok
    assert (snapshot.cloud.name, snapshot.source) == ("AzureCloud", "sample")


@pytest.mark.parametrize(
    "name", ["nowhere", "a" * 5000, "a\0b", "snapshot.json"], ids=["absent", "long", "null", "file"]
)
def test_a_folder_that_is_none_is_refused(name: str, folder: Path) -> None:
    assert refusal(folder / name).startswith(f"{folder / name}: ")


def test_a_folder_without_snapshot_json_is_refused(folder: Path) -> None:
    (folder / "snapshot.json").unlink()

    assert refusal(folder) == f"{folder}: is not a snapshot: it has no snapshot.json"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "is not JSON", id="empty"),
        pytest.param("format: 1", "is not JSON", id="YAML"),
        pytest.param("[1]", "is not a snapshot's header", id="list"),
        pytest.param('"text"', "is not a snapshot's header", id="string"),
        pytest.param("null", "is not a snapshot's header", id="null"),
        pytest.param("{}", "is not a snapshot's header", id="no format"),
        pytest.param(header(format="1"), "is not a snapshot's header", id="format as text"),
        pytest.param(header(format=True), "is not a snapshot's header", id="format as boolean"),
        pytest.param(header(format=1.0), "is not a snapshot's header", id="format as float"),
        pytest.param(header(format=2), "format 2 is not known to this version, which reads format 1", id="newer"),
        pytest.param(header(format=0), "format 0 is not known", id="older"),
        pytest.param(header(captured_at=None), "captured_at is not a time", id="no time"),
        pytest.param(header(captured_at="yesterday"), "captured_at is not a time", id="words for a time"),
        pytest.param(header(captured_at=1795858200), "captured_at is not a time", id="number for a time"),
        pytest.param(header(captured_at="2026-13-24T05:00:00Z"), "captured_at is not a time", id="month 13"),
        pytest.param(header(captured_at="0001-01-01T00:00:00+14:00"), "captured_at is not a time", id="before year 1"),
        pytest.param(header(cloud="azurecloud"), "cloud 'azurecloud' is not known: expected AzureCloud, ", id="cloud"),
        pytest.param(header(cloud=None), "cloud None is not known", id="no cloud"),
        pytest.param(header(cloud=["AzureCloud"]), "cloud ['AzureCloud'] is not known", id="list for a cloud"),
        pytest.param(header(cloud={}), "cloud {} is not known", id="object for a cloud"),
    ],
)
def test_a_header_that_is_none_is_refused(text: str, reason: str, folder: Path) -> None:
    (folder / "snapshot.json").write_text(text, "utf-8")

    assert refusal(folder).startswith(f"{folder / 'snapshot.json'}: {reason}")


@pytest.mark.parametrize(
    "make", [Path.mkdir, lambda it: (it / "sub").mkdir(parents=True), lambda _: None], ids=range(3)
)
def test_a_snapshot_without_any_answer_is_refused(make: Callable[[Path], None], tmp_path: Path) -> None:
    (tmp_path / "snapshot.json").write_text(header(), "utf-8")
    make(tmp_path / "responses")

    assert refusal(tmp_path) == f"{tmp_path}: the snapshot is empty: no recorded answer below responses/"


@pytest.mark.parametrize("name", ["bad.json", "deep/er/bad.json", "notes.txt", "bad"])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="HTML"),
        pytest.param(b'{"request": {', id="half a file"),
        pytest.param(b"{} {}", id="two documents"),
        pytest.param(b'{"a": "\xff\xfe"}', id="not UTF-8"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", id="picture"),
        pytest.param(b'{"status": ' + b"9" * 5000 + b"}", id="endless number"),
    ],
)
def test_a_file_that_is_not_json_is_named(name: str, content: bytes, folder: Path) -> None:
    file = folder / "responses" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)

    assert refusal(folder).startswith(f"{file}: is not JSON: ")


REQUEST = '{"method": "GET", "url": "/x"}'


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{}", id="empty object"),
        pytest.param("[]", id="list"),
        pytest.param("null", id="null"),
        pytest.param("5", id="number"),
        pytest.param('"request"', id="string"),
        pytest.param('{"value": []}', id="only a body"),
        pytest.param(f'{{"request": {REQUEST}}}', id="no response"),
        pytest.param('{"response": {"status": 200}}', id="no request"),
        pytest.param('{"request": {"method": "GET"}, "response": {"status": 200}}', id="no URL"),
        pytest.param('{"request": {"url": "/x"}, "response": {"status": 200}}', id="no method"),
        pytest.param('{"request": "GET /x", "response": {"status": 200}}', id="request as text"),
        pytest.param(f'{{"request": {REQUEST}, "response": []}}', id="response as list"),
        pytest.param(f'{{"request": {REQUEST}, "response": {{}}}}', id="no status"),
        pytest.param(f'{{"request": {REQUEST}, "response": {{"status": null}}}}', id="null status"),
        pytest.param(f'{{"request": {REQUEST}, "response": {{"status": "OK"}}}}', id="status in words"),
        pytest.param(f'{{"request": {REQUEST}, "response": {{"status": 1e999}}}}', id="endless status"),
        pytest.param(f'{{"request": {REQUEST}, "response": {{"status": NaN}}}}', id="status that is no number"),
        pytest.param(
            f'{{"request": {REQUEST}, "response": {{"status": 200, "headers": ["a"]}}}}', id="headers as list"
        ),
        pytest.param('{"request": {"method": "GET", "url": "https://[x"}, "response": {"status": 200}}', id="bad URL"),
    ],
)
def test_json_that_is_no_exchange_is_named(text: str, folder: Path) -> None:
    file = folder / "responses" / "odd.json"
    file.write_text(text, "utf-8")

    assert refusal(folder) == f"{file}: is no recorded exchange: it needs a request and a response, as the format says"


@pytest.mark.parametrize("where", ["request", "response"])
@pytest.mark.parametrize("depth", [300, 950, 990, 1000, 3000, 10_000, 100_000])
def test_deep_nesting_is_read_or_named_but_breaks_nothing(where: str, depth: int, folder: Path) -> None:
    deep = "[" * depth + "]" * depth
    parts = {"request": "null", "response": "null", where: deep}
    text = (
        f'{{"request": {{"method": "POST", "url": "/x", "body": {parts["request"]}}},'
        f' "response": {{"status": 200, "body": {parts["response"]}}}}}'
    )
    file = folder / "responses" / "deep.json"
    file.write_text(text, "utf-8")

    try:
        open_snapshot(folder)
    except BadInput as error:
        assert str(error).startswith(f"{file}: ")  # noqa: PT017 - how deep is too deep differs from Python to Python
    else:
        assert depth < 100_000


def test_a_header_nested_too_deep_is_named(folder: Path) -> None:
    (folder / "snapshot.json").write_text("[" * 100_000 + "]" * 100_000, "utf-8")

    assert refusal(folder).startswith(f"{folder / 'snapshot.json'}: is not JSON: ")


def test_a_folder_named_like_a_file_is_only_a_folder(folder: Path) -> None:
    (folder / "responses" / "my-group.json" / "virtualMachines").mkdir(parents=True)

    assert open_snapshot(folder).answer("vm", vm=VM).ok


def test_a_link_that_leads_nowhere_is_named(folder: Path) -> None:
    file = folder / "responses" / "link.json"
    file.symlink_to(folder / "nowhere.json")

    assert refusal(folder) == f"{file}: cannot be read: No such file or directory"


def test_a_byte_order_mark_does_no_harm(folder: Path) -> None:
    for file in (folder / "snapshot.json", *(folder / "responses").rglob("*.json")):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())

    assert open_snapshot(folder).answer("vm", vm=VM).ok


def test_a_capture_time_may_have_any_zone(folder: Path) -> None:
    (folder / "snapshot.json").write_text(header(captured_at="2026-11-20T11:00:00.1234567+01:30"), "utf-8")

    assert open_snapshot(folder).captured_at.isoformat() == "2026-11-20T09:30:00.123456+00:00"
