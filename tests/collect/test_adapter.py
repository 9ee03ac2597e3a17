"""What passes over the wire is recorded as it was, a long-running read as one exchange; played back, nobody waits."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
import trustme
from azure.core.exceptions import AzureError

from guest_attestation.clouds import CLOUDS
from guest_attestation.collect.adapter import Document, RecordingAdapter, ReplayAdapter
from guest_attestation.collect.clients import Clients, Patience, replaying
from guest_attestation.collect.failure import NotRecorded, Stopped, TooLong
from guest_attestation.collect.request import Request, request
from guest_attestation.snapshot.exchange import parse_exchange
from guest_attestation.snapshot.reader import Snapshot, indexed
from tests.scenario import NIC, SUBSCRIPTION, VM, VNET, Scenario
from tests.wire.arm import ARM_HOST, RESET, Arm, Reply
from tests.wire.credential import FixedCredential
from tests.wire.live import HASTE
from tests.wire.loopback import LoopbackAdapter, pem_of

PUBLIC = CLOUDS["AzureCloud"]
OPERATION = f"https://{ARM_HOST}{SUBSCRIPTION}/providers/Microsoft.Network/locations/eastus/operations/1"
RESULT = f"https://{ARM_HOST}{SUBSCRIPTION}/providers/Microsoft.Network/locations/eastus/operationResults/1"
ROUTES = {"value": [{"source": "Default", "nextHopType": "Internet"}]}
EFFECTIVE = request("effective_routes", nic=NIC)

READS = {
    "compute": request("vm", vm=VM),
    "network": request("virtual_network", id=VNET),
    "other": request("locations", subscription=SUBSCRIPTION.rpartition("/")[2]),
    "network POST": request("effective_admin_rules", vnet=VNET),
    "network long": EFFECTIVE,
}


class Recorder:
    """Clients above a server that gives these answers in turn, the last one for ever; `waits` holds their waits."""

    def __init__(self, arm: Arm, authority: trustme.CA, patience: Patience) -> None:
        self.arm = arm
        self.waits: list[float] = []
        self.documents: list[Document] = []
        below = LoopbackAdapter({ARM_HOST: arm.port}, pem_of(authority))
        self.adapter = RecordingAdapter(PUBLIC, self.documents.append, below)
        self.clients = Clients(PUBLIC, FixedCredential(), self.adapter, replace(patience, wait=self.waits.append))

    def perform(self, asked: Request) -> list[tuple[int, Any]]:
        """Perform a read, whatever comes of it, and return what was recorded for it."""
        try:
            self.clients.perform(asked)
        except (AzureError, ValueError, TypeError, AttributeError, KeyError):
            assert self.documents
        return [self._response(document, asked) for document in self.documents]

    def _response(self, document: Document, asked: Request) -> tuple[int, Any]:
        assert parse_exchange(document, "").key == asked.key
        return document["response"]["status"], document["response"]["body"]

    def snapshot(self) -> Snapshot:
        exchanges = [parse_exchange(it, f"responses/{place}.json") for place, it in enumerate(self.documents)]
        return Snapshot(*_HEADER, indexed(exchanges))


_HEADER = (lambda it: (it.folder, it.captured_at, it.cloud, it.source))(Scenario().snapshot)

Record = Callable[..., Recorder]


@pytest.fixture
def record(serve: Callable[..., Arm], authority: trustme.CA, request: pytest.FixtureRequest) -> Record:
    def make(*answers: Reply, patience: Patience = HASTE) -> Recorder:
        left = list(answers)
        arm = serve(lambda _: left.pop(0) if len(left) > 1 else left[0])
        recorder = Recorder(arm, authority, patience)
        request.addfinalizer(recorder.adapter.close)
        return recorder

    return make


@pytest.mark.parametrize("case", READS)
def test_an_answer_is_recorded_as_it_was(case: str, record: Record) -> None:
    body = {"value": [{"name": "ä", "n": 1.5, "none": None}], "properties": {}}
    recorder = record(Reply(200, body, {"x-ms-request-id": "7"}))

    assert recorder.perform(READS[case]) == [(200, body)]
    (document,) = recorder.documents
    assert document["response"]["headers"]["x-ms-request-id"] == "7"
    assert document["request"]["url"].startswith(f"https://{ARM_HOST}/subscriptions/")
    assert "api-version=" in document["request"]["url"]
    assert document["at"].endswith("Z")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("case", READS)
def test_an_error_is_recorded(case: str, status: int, record: Record) -> None:
    error = {"error": {"code": "Code", "message": "message"}}

    answers = record(Reply(status, error)).perform(READS[case])

    assert set(map(str, answers)) == {str((status, error))}


REFUSED_BY_MODELS = [
    "<html>a proxy</html>",
    "",
    "null",
    "[]",
    "7",
    '"text"',
    '{"value": {"not": "a list"}}',
    '{"value": [7, null, "x"]}',
    '{"value": [{"effectiveSecurityRules": "x", "nextHopIpAddress": 7}]}',
    '{"value": "x", "nextLink": 7, "id": [], "properties": "none"}',
]


@pytest.mark.parametrize("text", REFUSED_BY_MODELS)
@pytest.mark.parametrize("case", READS)
def test_a_body_is_recorded_whatever_a_model_makes_of_it(case: str, text: str, record: Record) -> None:
    answers = record(Reply(200, text)).perform(READS[case])

    try:
        expected = json.loads(text) if text else None
    except ValueError:
        expected = text
    assert answers == [(200, expected)]


FOLDED: dict[str, tuple[list[Reply], tuple[int, Any]]] = {
    "at its location": ([Reply(202, None, {"Location": RESULT}), Reply(200, ROUTES)], (200, ROUTES)),
    "at its location, later": (
        [Reply(202, None, {"Location": RESULT}), Reply(202), Reply(202), Reply(200, ROUTES)],
        (200, ROUTES),
    ),
    "at a location that moves": (
        [Reply(202, None, {"Location": RESULT}), Reply(202, None, {"Location": f"{RESULT}b"}), Reply(200, ROUTES)],
        (200, ROUTES),
    ),
    "within its state": (
        [
            Reply(202, None, {"Azure-AsyncOperation": OPERATION}),
            Reply(200, {"status": "InProgress"}),
            Reply(200, {"status": "Succeeded", "properties": ROUTES}),
        ],
        (200, ROUTES),
    ),
    "at its location, once its state says so": (
        [
            Reply(202, None, {"Azure-AsyncOperation": OPERATION, "Location": RESULT}),
            Reply(200, {"status": "Running"}),
            Reply(200, {"status": "Succeeded"}),
            Reply(200, ROUTES),
        ],
        (200, ROUTES),
    ),
    "a failure": (
        [
            Reply(202, None, {"Azure-AsyncOperation": OPERATION}),
            Reply(200, {"status": "Failed", "error": {"code": "VmNotRunning", "message": "m"}}),
        ],
        (409, {"status": "Failed", "error": {"code": "VmNotRunning", "message": "m"}}),
    ),
    "a refusal at the poll": (
        [Reply(202, None, {"Location": RESULT}), Reply(403, {"error": {"code": "AuthorizationFailed"}})],
        (403, {"error": {"code": "AuthorizationFailed"}}),
    ),
    "at once": ([Reply(200, ROUTES)], (200, ROUTES)),
}


@pytest.mark.parametrize("case", FOLDED)
def test_a_long_running_read_is_one_exchange(case: str, record: Record) -> None:
    replies, expected = FOLDED[case]
    recorder = record(*replies)

    answers = recorder.perform(EFFECTIVE)

    assert answers[-1] == expected
    assert all(status == 202 for status, _ in answers[:-1])
    assert len(recorder.arm.seen) == len(replies)
    assert recorder.snapshot().answer("effective_routes", nic=NIC).status == expected[0]


def test_a_long_running_read_that_does_not_end_is_given_up(record: Record) -> None:
    recorder = record(Reply(202, None, {"Location": RESULT}), patience=replace(HASTE, operation=0.2))

    assert set(recorder.perform(EFFECTIVE)) == {(202, None)}


@pytest.mark.parametrize("case", [name for name in READS if name != "network long"])
def test_the_time_that_azure_asks_for_is_waited(case: str, record: Record) -> None:
    recorder = record(Reply(429, None, {"Retry-After": "3"}), Reply(429, None, {"Retry-After": "4"}), Reply(200, {}))

    assert [status for status, _ in recorder.perform(READS[case])] == [429, 429, 200]
    assert recorder.waits == [3, 4]


def test_polls_wait_as_long_as_azure_asks_for_else_as_long_as_is_set(record: Record) -> None:
    location = {"Location": RESULT}
    recorder = record(
        Reply(202, None, location), Reply(202, None, {"Retry-After": "5"}), Reply(202), Reply(200, ROUTES)
    )

    recorder.perform(EFFECTIVE)

    assert recorder.waits == [5, HASTE.poll]


@pytest.mark.parametrize("case", READS)
def test_a_wait_that_is_too_long_is_not_begun(case: str, record: Record) -> None:
    recorder = record(Reply(429, None, {"Retry-After": "3600"}))

    with pytest.raises(TooLong, match="Azure asks to wait 3600 s: run the command again then"):
        recorder.clients.perform(READS[case])

    assert (recorder.waits, len(recorder.arm.seen), len(recorder.documents)) == ([], 1, 1)


def test_tries_end(record: Record) -> None:
    recorder = record(Reply(503))

    assert [status for status, _ in recorder.perform(READS["compute"])] == [503] * (HASTE.retries + 1)
    assert 0 < sum(recorder.waits) <= HASTE.retries * HASTE.longest


def test_a_reset_connection_is_tried_again(record: Record) -> None:
    recorder = record(RESET, RESET, Reply(200, {}))

    assert recorder.perform(READS["network"]) == [(200, {})]


def test_once_closed_nothing_is_sent(record: Record) -> None:
    recorder = record(Reply(200, {}))
    recorder.adapter.close()

    with pytest.raises(Stopped):
        recorder.clients.perform(READS["network"])

    assert (recorder.arm.seen, recorder.documents) == ([], [])


@pytest.mark.parametrize("case", [*READS, *FOLDED])
def test_what_was_recorded_plays_back_to_the_same_clients(case: str, record: Record) -> None:
    replies, asked = (FOLDED[case][0], EFFECTIVE) if case in FOLDED else ([Reply(200, {"value": []})], READS[case])
    recorder = record(*replies)
    recorder.perform(asked)
    again: list[Document] = []

    replay(recorder.snapshot(), again, [asked])

    was = recorder.documents[-1]
    assert again[-1]["request"] == was["request"]
    assert [again[-1]["response"][part] for part in ("status", "body")] == [
        was["response"][part] for part in ("status", "body")
    ]


def replay(snapshot: Snapshot, documents: list[Document], reads: Iterable[Request]) -> None:
    adapter = RecordingAdapter(PUBLIC, documents.append, ReplayAdapter(snapshot))
    clients = Clients(PUBLIC, FixedCredential(), adapter, replace(HASTE, wait=lambda _: None))
    for asked in reads:
        try:
            clients.perform(asked)
        except AzureError:
            assert documents


def test_a_replay_waits_for_nothing() -> None:
    scenario = Scenario()
    slow = {"Retry-After": "3600"}
    scenario.add("GET", VNET, None, status=429, headers=slow)
    scenario.add("POST", f"{NIC}/effectiveRouteTable", None, status=202, headers={"Location": RESULT, **slow})
    scenario.add("GET", RESULT.removeprefix(f"https://{ARM_HOST}"), ROUTES)
    clients, started = replaying(scenario.snapshot, Patience(backoff=100, poll=100)), time.monotonic()

    clients.perform(EFFECTIVE)
    clients.perform(READS["network"])

    assert time.monotonic() - started < 50


def test_a_replay_of_what_was_not_recorded_says_so() -> None:
    with pytest.raises(NotRecorded, match=r"not in the snapshot: GET https://management\.azure\.com/subscriptions/"):
        replaying(Scenario().snapshot).perform(READS["network"])
