"""Record exchanges into a snapshot folder: scrubbed, each file whole, and at once visible to whoever plans the next."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from guest_attestation.clouds import Cloud
from guest_attestation.errors import BadInput, ToolFailure
from guest_attestation.incident import WINDOWS_DEVICE
from guest_attestation.snapshot.atomic import discard_partial, write_whole
from guest_attestation.snapshot.exchange import Exchange, RequestKey, parse_exchange
from guest_attestation.snapshot.lock import locked
from guest_attestation.snapshot.reader import (
    FORMAT,
    Snapshot,
    is_unfinished,
    open_snapshot,
    recorded_cloud,
    recorded_files,
)
from guest_attestation.snapshot.scrub import scrubbed

HEADER = "snapshot.json"
RESPONSES = "responses"
EARLIER = "earlier"

_SLUG = 80
_ACTIVITY_LOG = "/providers/microsoft.insights/"


class SnapshotWriter:
    """A snapshot that grows. Safe to use from several threads.

    `new` holds what was recorded by this writer. `complete` is set by whoever has recorded all there is to record;
    until then snapshot.json says that there is more to come. `set_aside` is where earlier answers were moved to.
    """

    def __init__(self, folder: Path, cloud: Cloud, kept: Snapshot | None) -> None:
        self.folder = folder
        self.cloud = cloud
        self.complete = False
        self.set_aside: Path | None = None
        self.new: set[RequestKey] = set()
        self._exchanges = dict(kept.exchanges) if kept else {}
        self._since = kept.captured_at if kept else None
        self._guard = threading.Lock()

    @property
    def snapshot(self) -> Snapshot:
        """What is recorded so far."""
        with self._guard:
            exchanges = {key: list(recorded) for key, recorded in self._exchanges.items()}
        return Snapshot(self.folder, self._captured_at(exchanges), self.cloud, "live", exchanges)

    def record(self, document: dict[str, Any]) -> None:
        """Scrub an exchange and write it in place of an older answer to the same request.

        Raises ToolFailure where the file cannot be written.
        """
        clean = scrubbed(document)
        key = parse_exchange(clean, "").key
        with self._guard:
            if not self.new:
                self._begin()
            older = self._exchanges.get(key)
            file = older[-1].file if older else file_of(clean["request"])
            write_whole(self.folder / file, json.dumps(clean, indent=2, ensure_ascii=False) + "\n")
            self._exchanges[key] = [parse_exchange(clean, file)]
            self.new.add(key)

    def end(self) -> None:
        """Write snapshot.json anew if anything is new, or if the snapshot is complete now and was not."""
        if self.new or (self.complete and is_unfinished(self.folder)):
            self._write_header(self.snapshot.captured_at)

    def _begin(self) -> None:
        """Make the folder a snapshot. Answers that do not count any more are set aside, never thrown away."""
        if not self._exchanges and recorded_files(self.folder / RESPONSES):
            self.set_aside = _set_aside(self.folder)
        self._write_header(self._since or _now())

    def _write_header(self, captured_at: datetime) -> None:
        header = {
            "format": FORMAT,
            "captured_at": f"{captured_at:%Y-%m-%dT%H:%M:%SZ}",
            "cloud": self.cloud.name,
            "source": "live",
            **({} if self.complete else {"complete": False}),
        }
        write_whole(self.folder / HEADER, json.dumps(header, indent=2) + "\n")

    def _captured_at(self, exchanges: dict[RequestKey, list[Exchange]]) -> datetime:
        """The snapshot is as new as its newest answer; the activity log, read up to that time, is left out."""
        times = [
            exchange.at
            for key, recorded in exchanges.items()
            for exchange in recorded
            if exchange.at is not None and 200 <= exchange.status < 300 and _ACTIVITY_LOG not in key.path
        ]
        newest = max([*times, *([self._since] if self._since else [])], default=_now())
        return newest if newest.microsecond == 0 else newest.replace(microsecond=0) + timedelta(seconds=1)


@contextmanager
def writing(folder: Path, cloud: Cloud, *, refresh: bool = False) -> Iterator[SnapshotWriter]:
    """Open a snapshot folder to record into it, locked against a second run; with `refresh` nothing old counts.

    Raises ToolFailure where the folder cannot be written or another run holds it, BadInput where it was recorded in
    another cloud or cannot be read.
    """
    with locked(folder):
        discard_partial(folder)
        writer = SnapshotWriter(folder, cloud, None if refresh else _kept(folder, cloud))
        try:
            yield writer
        finally:
            writer.end()


def check_cloud(folder: Path, cloud: Cloud) -> None:
    """Raise BadInput where a folder holds another cloud's answers."""
    recorded = recorded_cloud(folder)
    if recorded is not None and recorded != cloud:
        raise BadInput(f"{folder}: was recorded in {recorded.name}: record {cloud.name} into another folder")


def file_of(request: dict[str, Any]) -> str:
    """Name the file of a request: a readable path of its resource, and eight digits that make it the only one."""
    parts = urlsplit(request["url"])
    segments = [segment for segment in unquote(parts.path).split("/") if segment]
    group, rest = _group(segments)
    asked = [value for name, value in parse_qsl(parts.query) if not name.startswith("$") and name != "api-version"]
    slug = _slug("-".join([*rest[1:], *asked]) or rest[0])
    body = json.dumps(request["body"], sort_keys=True) if request["body"] else ""
    digest = hashlib.sha256(f"{request['method']}{request['url']}{body}".encode()).hexdigest()[:8]
    return f"{RESPONSES}/{_slug(group)}/{_slug(rest[0])}/{slug}--{digest}.json"


def _group(segments: list[str]) -> tuple[str, list[str]]:
    """Split a path into its resource group (or `subscription`) and what follows its provider."""
    lowered = [segment.casefold() for segment in segments]
    group = segments[lowered.index("resourcegroups") + 1] if "resourcegroups" in lowered[:-1] else "subscription"
    place = lowered.index("providers") + 2 if "providers" in lowered else 2
    return group, segments[place:] or segments[-1:] or ["root"]


def _slug(text: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:_SLUG].rstrip(".") or "x"
    return f"x-{slug}"[:_SLUG] if WINDOWS_DEVICE.fullmatch(slug) else slug


def _kept(folder: Path, cloud: Cloud) -> Snapshot | None:
    if not (folder / HEADER).is_file() or not recorded_files(folder / RESPONSES):
        return None
    check_cloud(folder, cloud)
    return open_snapshot(folder)


def _set_aside(folder: Path) -> Path:
    """Move the answers of an earlier capture to `earlier/<time>`, a snapshot of its own, and return that folder."""
    header = folder / HEADER
    modified = datetime.fromtimestamp((header if header.is_file() else folder / RESPONSES).stat().st_mtime, UTC)
    place = folder / EARLIER / f"{modified:%Y%m%dT%H%M%S.%fZ}"
    try:
        place.mkdir(parents=True, exist_ok=True)
        (folder / RESPONSES).rename(place / RESPONSES)
        if header.is_file():
            header.rename(place / HEADER)
    except OSError as error:
        raise ToolFailure(f"{folder}: cannot be written: {error.strerror}") from error
    return place


def _now() -> datetime:
    return datetime.now(UTC)
