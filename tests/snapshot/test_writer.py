"""Exchanges become files of a snapshot that any command can open, at any moment."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from guest_attestation.clouds import CLOUDS
from guest_attestation.errors import BadInput
from guest_attestation.incident import WINDOWS_DEVICE
from guest_attestation.snapshot.exchange import load_json, request_key
from guest_attestation.snapshot.reader import is_unfinished, open_snapshot, recorded_cloud
from guest_attestation.snapshot.writer import file_of, writing
from tests.scenario import NIC, SAMPLES, SUBSCRIPTION, VM, VNET, Scenario

PUBLIC = CLOUDS["AzureCloud"]
HOST = "https://management.azure.com"


def exchange(url: str, body: Any = None, *, status: int = 200, at: str = "2026-11-20T09:30:00.250000Z") -> Any:
    return {
        "request": {"method": "GET", "url": f"{HOST}{url}?api-version=1", "body": None},
        "response": {"status": status, "headers": {}, "body": body},
        "at": at,
    }


def files(folder: Path) -> list[str]:
    return sorted(it.relative_to(folder).as_posix() for it in folder.rglob("*") if it.is_file())


def header(folder: Path) -> Any:
    return load_json(folder / "snapshot.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "snapshot"


@pytest.mark.parametrize("name", sorted(it.name for it in SAMPLES.iterdir()))
def test_files_have_the_names_of_the_samples(name: str) -> None:
    for file in (SAMPLES / name / "snapshot/responses").rglob("*.json"):
        request = load_json(file)["request"]
        if "/eventtypes/" not in request["url"]:
            assert file_of(request).split("/")[2:] == list(file.relative_to(SAMPLES / name / "snapshot").parts[2:])


@pytest.mark.parametrize(
    "url",
    [
        f"{HOST}{VM}?$expand=instanceView&api-version=1",
        f"{HOST}{VM}/{'x' * 400}",
        f"{HOST}/subscriptions/s/resourceGroups/{'g' * 90}/providers/P/t/{'n' * 90}",
        f"{HOST}/subscriptions/s/resourceGroups/..%2F../providers/../t/..",
        f"{HOST}/subscriptions/s/resourceGroups/%00%0a:*?/providers/P/a|b/<c>",
        f"{HOST}/",
        HOST,
        f"{HOST}/subscriptions/s",
        f"{HOST}/subscriptions/s/resourceGroups",
        f"{HOST}/subscriptions/s/providers",
        f"{HOST}/subscriptions/s/providers/P",
        f"{HOST}/subscriptions/s/resourceGroups/ä ö/providers/P/t/日本",
        f"{HOST}/subscriptions/s/resourceGroups/{'g' * 79}.g/providers/P/t/{'n' * 79}.n",
        f"{HOST}/subscriptions/s/resourceGroups/aux/providers/P/nul/con.prod",
        f"{HOST}/subscriptions/s/resourceGroups/COM1.x/providers/P/t/{'lpt9.' * 20}",
    ],
)
def test_a_file_name_is_safe_and_short(url: str) -> None:
    file = file_of({"method": "GET", "url": url, "body": None})

    assert re.fullmatch(r"responses/[\w][\w.-]{0,79}/[\w][\w.-]{0,79}/[\w][\w.-]{0,79}--[0-9a-f]{8}\.json", file)
    assert not any(part.endswith(".") or WINDOWS_DEVICE.fullmatch(part) for part in file.split("/"))


def test_requests_that_differ_have_files_that_differ() -> None:
    requests = [
        {"method": method, "url": f"{HOST}{VM}{rest}", "body": body}
        for method, rest, body in (
            *(("GET", rest, None) for rest in ("", "/a/b", "/a-b", "?x=1", "?x=2", "?$filter=a", "?$filter=b")),
            *(("POST", "", body) for body in (None, {"a": 1}, {"a": 2})),
        )
    ]

    assert len({file_of(it) for it in requests}) == len(requests)


def test_what_is_recorded_can_be_opened_at_any_moment(folder: Path) -> None:
    with writing(folder, PUBLIC) as writer:
        assert not (folder / "snapshot.json").exists()
        writer.record(exchange(VNET, {"id": VNET}))

        held = open_snapshot(folder)
        assert held.answer("virtual_network", id=VNET).ok
        assert is_unfinished(folder)
        assert writer.snapshot.answer("virtual_network", id=VNET.upper()).ok
        writer.complete = True

    assert header(folder) == {
        "format": 1,
        "captured_at": "2026-11-20T09:30:01Z",
        "cloud": "AzureCloud",
        "source": "live",
    }
    assert not is_unfinished(folder)
    assert recorded_cloud(folder) == PUBLIC
    (file,) = (it for it in files(folder) if it != "snapshot.json")
    text = (folder / file).read_text("utf-8")
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def test_a_snapshot_that_was_not_completed_says_so(folder: Path) -> None:
    def interrupted() -> None:
        with writing(folder, PUBLIC) as writer:
            writer.record(exchange(VNET, {}))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert header(folder)["complete"] is False
    assert is_unfinished(folder)
    assert not is_unfinished(folder / "nowhere")
    assert not is_unfinished(SAMPLES / "healthy/snapshot")


def test_an_answer_takes_the_place_of_an_older_one_to_the_same_request(folder: Path) -> None:
    with writing(folder, PUBLIC) as writer:
        writer.record(exchange(VNET, {"v": 1}, status=429))
        writer.record(exchange(VNET.upper(), {"v": 2}))

    assert len(files(folder)) == 2
    (held,) = open_snapshot(folder).exchanges[request_key("GET", VNET)]
    assert (held.status, held.body) == (200, {"v": 2})


def test_what_was_there_stays_and_is_known(folder: Path) -> None:
    Scenario.sample("healthy").write(folder)
    before = files(folder)

    with writing(folder, PUBLIC) as writer:
        assert writer.snapshot.answer("vm", vm=VM).ok
        writer.record(exchange(f"{SUBSCRIPTION}/providers/Microsoft.Network/ipGroups", {"value": []}))

    assert len(files(folder)) == len(before) + 1
    assert header(folder)["source"] == "live"


def test_nothing_new_changes_nothing(folder: Path) -> None:
    Scenario.sample("healthy").write(folder)
    before = (folder / "snapshot.json").read_bytes()

    with writing(folder, PUBLIC) as writer:
        writer.complete = True

    assert (folder / "snapshot.json").read_bytes() == before


def test_a_capture_with_nothing_left_to_read_is_complete(folder: Path) -> None:
    with writing(folder, PUBLIC) as writer:
        writer.record(exchange(VNET, {}))
    assert is_unfinished(folder)

    with writing(folder, PUBLIC) as writer:
        writer.complete = True

    assert not is_unfinished(folder)
    assert header(folder)["captured_at"] == "2026-11-20T09:30:01Z"


def test_the_snapshot_is_as_new_as_its_newest_good_answer(folder: Path) -> None:
    log = f"{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"
    with writing(folder, PUBLIC) as writer:
        writer.record(exchange(VNET, {}, at="2026-11-20T09:30:00Z"))
        writer.record(exchange(NIC, {}, at="2026-11-20T09:29:00Z"))
        writer.record(exchange(VM, {}, status=403, at="2026-11-20T09:31:00Z"))
        writer.record(exchange(log, {}, at="2026-11-20T09:32:00Z"))
        assert f"{writer.snapshot.captured_at:%H:%M:%S}" == "09:30:00"

    with writing(folder, PUBLIC) as writer:
        writer.record(exchange(VM, {}, status=403, at="2026-11-21T09:31:00Z"))
    assert header(folder)["captured_at"] == "2026-11-20T09:30:00Z"


def test_an_earlier_time_of_the_snapshot_is_kept_where_answers_have_none(folder: Path) -> None:
    scenario = Scenario.sample("healthy")
    for document in scenario.documents.values():
        document.pop("at")
    scenario.write(folder)

    with writing(folder, PUBLIC) as writer:
        writer.record(exchange(VNET, {}, status=403))

    assert header(folder)["captured_at"] == scenario.captured_at


def test_refreshing_sets_aside_what_was_there_at_the_first_answer(folder: Path) -> None:
    Scenario.sample("healthy").write(folder)
    before = {file: (folder / file).read_bytes() for file in files(folder)}

    with writing(folder, PUBLIC, refresh=True) as writer:
        assert writer.snapshot.exchanges == {}
        assert {file: (folder / file).read_bytes() for file in before} == before
        writer.record(exchange(VNET, {}))

    assert len(open_snapshot(folder).exchanges) == 1
    (earlier,) = (folder / "earlier").iterdir()
    assert {file: (earlier / file).read_bytes() for file in files(earlier)} == before
    assert open_snapshot(earlier).source == "sample"


def test_answers_without_a_header_are_not_mixed_with(folder: Path) -> None:
    Scenario.sample("healthy").write(folder)
    (folder / "snapshot.json").unlink()

    with writing(folder, PUBLIC) as writer:
        writer.record(exchange(VNET, {}))

    assert len(open_snapshot(folder).exchanges) == 1
    assert len(list((folder / "earlier").iterdir())) == 1


def test_another_clouds_folder_is_refused_unless_it_is_begun_anew(folder: Path) -> None:
    Scenario.sample("healthy").write(folder)
    china = CLOUDS["AzureChinaCloud"]

    with pytest.raises(BadInput, match="was recorded in AzureCloud"), writing(folder, china):
        pass
    with writing(folder, china, refresh=True) as writer:
        writer.record(exchange(VNET, {}))

    assert recorded_cloud(folder) == china


def test_a_broken_snapshot_is_refused(folder: Path) -> None:
    Scenario.sample("healthy").write(folder)
    (folder / "responses" / "torn.json").write_text("{", "utf-8")

    with pytest.raises(BadInput, match=r"torn\.json: is not JSON"), writing(folder, PUBLIC):
        pass


def test_what_a_stopped_writer_left_half_written_is_taken_away(folder: Path) -> None:
    with writing(folder, PUBLIC) as writer:
        writer.record(exchange(VNET, {"id": VNET}))
    left = [folder / ".snapshot.json.1.partial", folder / "responses/rg/.x.json.1.partial"]
    for file in left:
        file.parent.mkdir(exist_ok=True)
        file.write_text("{", "utf-8")

    with writing(folder, PUBLIC):
        pass

    assert not any(file.exists() for file in left)
    assert open_snapshot(folder).answer("virtual_network", id=VNET).ok


def test_many_threads_may_record(folder: Path) -> None:
    with writing(folder, PUBLIC) as writer:
        threads = [
            threading.Thread(target=lambda place=place: writer.record(exchange(f"{VNET}-{place % 20}", {"n": place})))
            for place in range(60)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

    held = open_snapshot(folder)
    assert len(held.exchanges) == 20
    assert len(files(folder)) == 21
