"""A read to be made: one request of the table of reads, its values filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from guest_attestation.reads import READS, Read
from guest_attestation.snapshot.answer import Answer
from guest_attestation.snapshot.exchange import RequestKey, link_key
from guest_attestation.snapshot.long_running import joined
from guest_attestation.snapshot.reader import Snapshot, next_page

_NOT_THERE = 404
_MOST_PAGES = 500
_SAFE = "$='(),:;"


@dataclass(frozen=True)
class Request:
    """One request; `url` has neither host nor api-version, unless it is a next link of Azure's.

    `on_path` is false for what is only looked at to find the path, such as a peered network.
    """

    read: Read
    url: str
    body: object = None
    method: str = ""
    on_path: bool = True
    key: RequestKey = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "method", self.method or self.read.method)
        object.__setattr__(self, "key", link_key(self.method, self.url, self.body))


def request(read_name: str, query: str = "", *, body: object = None, on_path: bool = True, **values: str) -> Request:
    """Make the request of a read; `query` and `body` are for reads whose own depend on who asks."""
    read = READS[read_name]
    url = read.url(**values) + (f"?{quote(query, safe=_SAFE)}" if query else "")
    return Request(read, url, read.body if body is None else body, on_path=on_path)


def with_pages(snapshot: Snapshot, first: Request) -> Iterator[Request]:
    """Yield a request and those of its next pages that the recorded pages lead to; a list without end is given up."""
    seen: set[RequestKey] = set()
    following: Request | None = first
    while following is not None and following.key not in seen and len(seen) < _MOST_PAGES:
        yield following
        seen.add(following.key)
        exchange = snapshot.newest(following.key)
        page = next_page(Answer.of(first.read, first.url, exchange)) if exchange else None
        following = replace(first, method=page[0], url=page[1], body=page[2]) if page else None


def is_answered(snapshot: Snapshot, asked: Request, *, absence_counts: bool = True) -> bool:
    """Tell whether Azure gave what was asked for, or said that it is not there: neither is asked again.

    Where the VM itself was not there, it may be now, or be looked for by somebody else: absence does not count then.
    """
    exchange = snapshot.newest(asked.key)
    if exchange is None:
        return False
    answer = Answer.of(asked.read, asked.url, joined(exchange, snapshot.newest))
    return answer.ok or (absence_counts and answer.status == _NOT_THERE)
