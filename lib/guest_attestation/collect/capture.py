"""Record a VM and what is around it: ask what the plan wants, again and again, until nothing new is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from requests.adapters import BaseAdapter, HTTPAdapter

from guest_attestation.clouds import Cloud
from guest_attestation.collect.adapter import RecordingAdapter
from guest_attestation.collect.clients import Clients, Patience
from guest_attestation.collect.failure import ReadFailed, TooLong
from guest_attestation.collect.plan import planned, vm_read
from guest_attestation.collect.plan_log import log_reads
from guest_attestation.collect.request import Request, is_answered
from guest_attestation.collect.workers import Workers
from guest_attestation.errors import ToolFailure
from guest_attestation.resource_id import VmId
from guest_attestation.snapshot.answer import Answer
from guest_attestation.snapshot.exchange import RequestKey
from guest_attestation.snapshot.reader import Snapshot
from guest_attestation.snapshot.scrub import text as without_secrets
from guest_attestation.snapshot.writer import SnapshotWriter, writing

_AT_ONCE = 8
_REFUSED, _NOT_THERE = 403, 404
_LONGEST = 200


@dataclass(frozen=True)
class Outcome:
    """How one read ended: with Azure's answer, or without (`answer` is None); `error` is what is said of it."""

    request: Request
    answer: Answer | None
    error: str = ""

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer."""
        return self.answer.status if self.answer else None

    @property
    def is_refused(self) -> bool:
        """Tell whether a permission was missing."""
        return self.status == _REFUSED

    @property
    def is_failed(self) -> bool:
        """Tell whether the read gave nothing for another reason; that something is not there is an answer."""
        return not (self.is_refused or self.status == _NOT_THERE or (self.answer is not None and self.answer.ok))

    @property
    def may_pass(self) -> bool:
        """Tell whether the same read may be answered later: nothing came, Azure asked to wait, or a proxy answered."""
        return self.is_failed and (self.status is None or self.status in (408, 429) or not 400 <= self.status < 500)

    @property
    def why(self) -> str:
        """Say in words why there is no good answer."""
        return ": ".join(part for part in (self.answer.why_not if self.answer else "", self.error) if part)


@dataclass(frozen=True)
class Captured:
    """What a capture did: its reads, how the VM itself answered, now or earlier, and where older answers were moved."""

    outcomes: tuple[Outcome, ...]
    vm: Answer
    holds_answers: bool
    set_aside: Path | None = None

    @property
    def nothing_answered(self) -> bool:
        """Tell whether there is nothing to look at, or Azure was not to be reached at all."""
        silent = bool(self.outcomes) and all(it.status is None for it in self.outcomes)
        return silent or not self.holds_answers

    @property
    def vm_is_missing(self) -> bool:
        """Tell whether Azure says that there is no such VM."""
        return self.vm.status == _NOT_THERE

    @property
    def is_complete(self) -> bool:
        """Tell whether another capture would find nothing more: a VM may be made, and access to it be given."""
        may_pass = any(it.may_pass for it in self.outcomes)
        return self.holds_answers and not self.vm_is_missing and not may_pass


def capture(
    vm_id: VmId,
    cloud: Cloud,
    folder: Path,
    credential: TokenCredential,
    *,
    refresh: bool = False,
    say: Callable[[Outcome], None] = lambda _: None,
    below: BaseAdapter | None = None,
    patience: Patience | None = None,
) -> Captured:
    """Record into a snapshot folder what is not there yet, or with `refresh` everything anew; `say` hears of each read.

    Raises ToolFailure where the folder cannot be written or another run records there, BadInput where it holds another
    cloud's answers. Interrupted, it leaves behind what was read, and the next capture goes on from there.
    """
    with writing(folder, cloud, refresh=refresh) as writer:
        adapter = RecordingAdapter(cloud, writer.record, below or HTTPAdapter(pool_maxsize=_AT_ONCE))
        try:
            workers = Workers(lambda: Clients(cloud, credential, adapter, patience), _AT_ONCE)
            outcomes = _captured(vm_id, writer, workers, say)
        finally:
            adapter.close()
        snapshot = writer.snapshot
        vm, answered = _answer(snapshot, vm_read(vm_id)), _holds_answers(snapshot)
        captured = Captured(tuple(outcomes), vm, answered, writer.set_aside)
        writer.complete = captured.is_complete
        return captured


def _captured(vm_id: VmId, writer: SnapshotWriter, workers: Workers, say: Callable[[Outcome], None]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    tried: set[RequestKey] = set()
    running: dict[Future[None], Request] = {}
    was_there = _answer(writer.snapshot, vm_read(vm_id)).status != _NOT_THERE
    for plan in (planned, log_reads):  # the log comes last: it is read up to the newest of the other answers
        while True:
            for asked in plan(snapshot := _settled(writer.snapshot, running.values()), vm_id):
                if asked.key not in tried and not is_answered(snapshot, asked, absence_counts=was_there):
                    tried.add(asked.key)
                    running[workers.start(asked)] = asked
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                outcomes.append(_outcome(writer, running.pop(future), future.exception()))
                say(outcomes[-1])
    return outcomes


def _settled(snapshot: Snapshot, running: Iterable[Request]) -> Snapshot:
    """Leave out what is still tried: one answer that asks to wait must not lead to reads that serve instead."""
    unsettled = {asked.key for asked in running}
    return replace(snapshot, exchanges={key: it for key, it in snapshot.exchanges.items() if key not in unsettled})


def _outcome(writer: SnapshotWriter, asked: Request, error: BaseException | None) -> Outcome:
    """What was recorded counts, whatever the SDK made of it; without an answer, an error that is no one's fault.

    That an answer could not be written ends the capture.
    """
    if isinstance(error, ToolFailure) and not isinstance(error, ReadFailed):
        raise error
    if asked.key in writer.new:
        return Outcome(asked, _answer(writer.snapshot, asked), str(error) if isinstance(error, TooLong) else "")
    if isinstance(error, ReadFailed):
        return Outcome(asked, None, without_secrets(str(error)))
    if error is None or isinstance(error, AzureError | RecursionError):  # JSON within JSON, thousands of times
        why = " ".join(without_secrets(str(error or "no answer was recorded")).split())
        return Outcome(asked, None, f"{asked.method} {asked.url}: {why[:_LONGEST]}")
    raise error


def _answer(snapshot: Snapshot, asked: Request) -> Answer:
    exchange = snapshot.newest(asked.key)
    return Answer.of(asked.read, asked.url, exchange) if exchange else Answer.absent(asked.read, asked.url)


def _holds_answers(snapshot: Snapshot) -> bool:
    return any(200 <= it.status < 300 for recorded in snapshot.exchanges.values() for it in recorded)
