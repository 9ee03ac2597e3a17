"""Answers of the server that come from a snapshot: long-running reads take their time, lists come page by page."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from guest_attestation.snapshot.exchange import request_key
from guest_attestation.snapshot.reader import Snapshot
from tests.wire.arm import ARM_HOST, Reply, Seen

_OPERATIONS = "/operationResults/"


class RecordedArm:
    """Answer as a snapshot does, with 404 where it holds nothing.

    Effective rules and routes are accepted first, and there at the second poll. Lists whose path ends as `paged` says
    come with one element a page.
    """

    def __init__(self, snapshot: Snapshot, paged: str = "/extensions") -> None:
        self._snapshot = snapshot
        self._paged = paged
        self._operations: list[Seen] = []
        self._polls: list[str] = []

    def __call__(self, seen: Seen) -> Reply:
        """Answer one request."""
        if _OPERATIONS in seen.target:
            return self._polled(seen)
        if seen.method == "POST" and "/effective" in seen.target:
            self._operations.append(seen)
            subscription = "/".join(seen.path.split("/")[:3])
            place = f"{subscription}/providers/Microsoft.Network/locations/eastus{_OPERATIONS}{len(self._operations)}"
            return Reply(202, None, {"Location": f"https://{ARM_HOST}{place}?api-version=2024-07-01"})
        return self._recorded(seen)

    def _polled(self, seen: Seen) -> Reply:
        self._polls.append(seen.path)
        if self._polls.count(seen.path) == 1:
            return Reply(202, None, {"Location": f"https://{ARM_HOST}{seen.target}"})
        return self._recorded(self._operations[int(seen.path.rpartition("/")[2]) - 1])

    def _recorded(self, seen: Seen) -> Reply:
        query = dict(parse_qsl(urlsplit(seen.target).query))
        page = int(query.get("$skiptoken", "0"))
        target = seen.target.replace(f"&$skiptoken={page}", "")
        exchange = self._snapshot.newest(request_key(seen.method, target, seen.body))
        if exchange is None:
            return Reply(404, {"error": {"code": "ResourceNotFound", "message": "Not in the snapshot."}})
        body: Any = exchange.body
        if seen.path.endswith(self._paged) and isinstance(body, dict) and len(body.get("value", [])) > 1:
            following = f"https://{ARM_HOST}{target}&$skiptoken={page + 1}"
            is_last = page + 1 == len(body["value"])
            body = {"value": body["value"][page : page + 1], **({} if is_last else {"nextLink": following})}
        return Reply(exchange.status, body, {"x-ms-request-id": "0"})
