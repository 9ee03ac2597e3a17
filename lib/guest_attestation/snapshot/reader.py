"""Open a snapshot and find the answer to a read in it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from guest_attestation.clouds import CLOUDS, Cloud
from guest_attestation.errors import BadInput
from guest_attestation.reads import READS, Read
from guest_attestation.snapshot.answer import Answer
from guest_attestation.snapshot.exchange import (
    Exchange,
    RequestKey,
    link_key,
    load_exchange,
    load_json,
    parse_time,
)
from guest_attestation.snapshot.long_running import joined

FORMAT = 1

_VM_PATH = re.compile(
    r"/subscriptions/[^/\s]+/resourcegroups/[^/\s]+/providers/microsoft\.compute"
    r"/(?:virtualmachines/[^/\s]+|virtualmachinescalesets/[^/\s]+/virtualmachines/\d+)"
)


@dataclass(frozen=True)
class Snapshot:
    """Every recorded exchange of an incident, by what was asked."""

    folder: Path
    captured_at: datetime
    cloud: Cloud
    source: str
    exchanges: dict[RequestKey, list[Exchange]]

    def answer(self, read_name: str, **values: str) -> Answer:
        """Find the newest answer to a read of the table of reads; the answer says when nothing was recorded."""
        read = READS[read_name]
        url = read.url(**values)
        key = link_key(read.method, url, read.body)
        newest_first = sorted(self._candidates(read, key), key=lambda found: found.order, reverse=True)
        answers = [Answer.of(read, url, joined(exchange, self.newest)) for exchange in newest_first]
        complete = [answer for answer in answers if not answer.is_pending]
        return (complete or answers or [Answer.absent(read, url)])[0]

    def pages(self, read_name: str, **values: str) -> list[Answer]:
        """Follow a list over its recorded next pages; the last answer is not ok where a page is missing."""
        return self._followed(self.answer(read_name, **values))

    def pages_from(self, read_name: str, first: Exchange) -> list[Answer]:
        """Follow a list from one recorded exchange of it."""
        return self._followed(Answer.of(READS[read_name], first.key.path, first))

    def _followed(self, first: Answer) -> list[Answer]:
        answers = [first]
        seen: set[RequestKey] = set()
        while (following := next_page(answers[-1])) is not None:
            read, url, key = answers[-1].read, answers[-1].url, link_key(*following)
            exchange = None if key in seen else self.newest(key)
            seen.add(key)
            answers.append(Answer.of(read, url, exchange) if exchange else Answer.absent(read, f"{url} (next page)"))
        return answers

    def knows(self, resource_id: str) -> bool:
        """Tell whether anything was recorded about a resource or a child of it."""
        path = resource_id.casefold()
        return any((key.path + "/").startswith(path + "/") for key in self.exchanges)

    def virtual_machines(self) -> list[str]:
        """List the ids of the VMs and scale-set instances that were read, as Azure wrote them where it did."""
        found: dict[str, str] = {}
        for exchange in self._all():
            if exchange.key.method == "GET" and _VM_PATH.fullmatch(exchange.key.path):
                written = exchange.body.get("id") if isinstance(exchange.body, dict) else None
                if isinstance(written, str) and written.casefold() == exchange.key.path:
                    found[exchange.key.path] = written
                found.setdefault(exchange.key.path, exchange.path)
        return [found[path] for path in sorted(found)]

    def recorded(self, read_name: str) -> Iterator[Exchange]:
        """Yield the newest exchange of every request of one kind of read, whatever its values, oldest first."""
        read = READS[read_name]
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^?]+", re.escape(read.path.casefold())))
        newest = (max(recorded, key=lambda found: found.order) for recorded in self.exchanges.values())
        for exchange in sorted(newest, key=lambda found: found.order):
            if exchange.key.method == read.method and pattern.fullmatch(exchange.key.path):
                yield exchange

    def _all(self) -> Iterator[Exchange]:
        for recorded in self.exchanges.values():
            yield from recorded

    def newest(self, key: RequestKey) -> Exchange | None:
        """Return the newest recorded exchange of exactly that request."""
        return max(self.exchanges.get(key, ()), key=lambda found: found.order, default=None)

    def _candidates(self, read: Read, key: RequestKey) -> Iterable[Exchange]:
        if not (read.free_query or read.free_segment or read.free_body):
            return self.exchanges.get(key, ())
        wanted = _loosened(read, key)
        return [exchange for exchange in self._all() if _loosened(read, exchange.key) == wanted]


def next_page(answer: Answer) -> tuple[str, str, object] | None:
    """Return method, URL and body of a list's next page, None where an answer is the last one.

    ARM lists go on by `nextLink`; the effective admin rules by a `skipToken` in the next body.
    """
    link, token = answer.body.text("nextLink"), answer.body.text("skipToken")
    if link:
        return "GET", link, None
    if token and answer.read.method == "POST":
        return "POST", answer.url, {"skipToken": token}
    return None


def open_snapshot(folder: Path) -> Snapshot:
    """Read a snapshot folder.

    Raises BadInput where the folder, its snapshot.json or its exchanges are missing or cannot be read, and where its
    format is newer than this version knows.
    """
    try:
        present = folder.is_dir()
    except OSError as error:
        raise BadInput(f"{folder}: cannot be read: {error.strerror}") from error
    if not present:
        raise BadInput(f"{folder}: no such snapshot folder")
    header_file = folder / "snapshot.json"
    if not header_file.is_file():
        raise BadInput(f"{folder}: is not a snapshot: it has no snapshot.json")
    header = load_json(header_file)
    captured_at, cloud = _checked_header(header, header_file)
    exchanges = indexed(load_exchange(path, folder) for path in recorded_files(folder / "responses"))
    if not exchanges:
        raise BadInput(f"{folder}: the snapshot is empty: no recorded answer below responses/")
    return Snapshot(folder, captured_at, cloud, str(header.get("source", "")), exchanges)


def is_unfinished(folder: Path) -> bool:
    """Tell whether a capture into this folder was cut short: its snapshot.json says so."""
    header_file = folder / "snapshot.json"
    header = load_json(header_file) if header_file.is_file() else None
    return isinstance(header, dict) and header.get("complete") is False


def is_empty(folder: Path) -> bool:
    """Tell whether nothing is recorded in a folder, or there is none; what cannot be looked at is not empty."""
    try:
        return not folder.exists() or (folder.is_dir() and not recorded_files(folder / "responses"))
    except OSError:
        return False


def recorded_cloud(folder: Path) -> Cloud | None:
    """Return the cloud that a snapshot was recorded in, None where the folder is no snapshot yet; raises as opening."""
    header_file = folder / "snapshot.json"
    return _checked_header(load_json(header_file), header_file)[1] if header_file.is_file() else None


def recorded_files(folder: Path) -> list[Path]:
    """List every file below a folder, whatever its name; hidden ones belong to file managers and to writers at work."""
    return sorted(path for path in folder.rglob("*") if not path.is_dir() and not path.name.startswith("."))


def indexed(exchanges: Iterable[Exchange]) -> dict[RequestKey, list[Exchange]]:
    """Put exchanges together by what they asked."""
    index: defaultdict[RequestKey, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        index[exchange.key].append(exchange)
    return dict(index)


def _checked_header(header: object, path: Path) -> tuple[datetime, Cloud]:
    if not isinstance(header, dict) or type(header.get("format")) is not int:
        raise BadInput(f"{path}: is not a snapshot's header: it needs format, captured_at and cloud")
    if header["format"] != FORMAT:
        raise BadInput(f"{path}: format {header['format']} is not known to this version, which reads format {FORMAT}")
    captured_at = parse_time(header.get("captured_at"))
    if captured_at is None:
        raise BadInput(f"{path}: captured_at is not a time such as 2026-11-24T05:00:00Z")
    cloud = header.get("cloud")
    if not isinstance(cloud, str) or cloud not in CLOUDS:
        raise BadInput(f"{path}: cloud {cloud!r} is not known: expected {', '.join(CLOUDS)}")
    return captured_at, CLOUDS[cloud]


def _loosened(read: Read, key: RequestKey) -> RequestKey:
    """Blank the parts of a request that depend on who asked."""
    path = re.sub(rf"(?<=/{read.free_segment}/)[^/]+", "*", key.path) if read.free_segment else key.path
    query = tuple(pair for pair in key.query if pair[0] not in read.free_query)
    return RequestKey(key.method, path, query, "" if read.free_body else key.body)
