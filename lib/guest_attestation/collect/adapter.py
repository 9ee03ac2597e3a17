"""Adapters below the SDK's pipeline: one records what passes over the wire, the other plays a snapshot back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from guest_attestation.clouds import Cloud
from guest_attestation.collect.failure import NotRecorded, Stopped
from guest_attestation.collect.guard import check
from guest_attestation.snapshot.exchange import RequestKey, link_key
from guest_attestation.snapshot.long_running import ACCEPTED, POLLED, operation_result
from guest_attestation.snapshot.reader import Snapshot

_LEFT_OUT = ("content-encoding", "content-length", "retry-after", "transfer-encoding")

Document = dict[str, Any]


class RecordingAdapter(BaseAdapter):
    """Let listed reads pass to the adapter below, and hand each exchange on as it was; from several threads too.

    A long-running read is handed on as its first request with its final answer; until that is there, with what Azure
    answered so far.
    """

    def __init__(self, cloud: Cloud, record: Callable[[Document], None], below: BaseAdapter) -> None:
        super().__init__()
        self._cloud = cloud
        self._record = record
        self._below = below
        self._started: dict[RequestKey, tuple[str, requests.PreparedRequest]] = {}
        self._closed = False

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send one request; raises Refused for what is no listed read, before anything leaves."""
        method, url = request.method or "", request.url or ""
        if self._closed:
            raise Stopped(f"{method} {url}: the capture has ended")
        check(method, url, self._cloud)
        response = self._below.send(request, *args, **options)
        response.content  # noqa: B018 - read here, so that what is recorded is what the SDK will see
        polled, first = self._started.get(link_key(method, url), ("", request))
        if response.status_code == ACCEPTED:
            places = {name: response.headers[name] for name in POLLED if name in response.headers}
            self._started.update({link_key("GET", place): (name, first) for name, place in places.items()})
        if not self._closed:
            self._record(_document(first, response, polled))
        return response

    def close(self) -> None:
        """Send and record nothing any more."""
        self._closed = True
        self._below.close()


class ReplayAdapter(BaseAdapter):
    """Answer from a snapshot; what is not in it raises NotRecorded. No answer asks anybody to wait."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self._snapshot = snapshot

    def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:
        """Find the newest answer to a request."""
        method, url = request.method or "", request.url or ""
        exchange = self._snapshot.newest(link_key(method, url, _sent(request)))
        if exchange is None:
            raise NotRecorded(f"not in the snapshot: {method} {url}")
        if exchange.body is None:
            body = b""
        else:
            body = (exchange.body if isinstance(exchange.body, str) else json.dumps(exchange.body)).encode()
        headers = {name: value for name, value in exchange.headers.items() if name not in _LEFT_OUT}
        headers.setdefault("content-type", "application/json; charset=utf-8")
        raw = HTTPResponse(body=BytesIO(body), headers=headers, status=exchange.status, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is open."""


def _document(request: requests.PreparedRequest, response: requests.Response, polled: str) -> Document:
    """Lay an exchange out as a snapshot has it; `polled` is the header that led to a long-running read's answer."""
    body, status = _received(response), response.status_code
    if polled == "azure-asyncoperation":
        status, place = operation_result(status, body)
        body = body[place] if place else body
    return {
        "request": {"method": request.method, "url": request.url, "body": _sent(request)},
        "response": {"status": status, "headers": dict(response.headers), "body": body},
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
    }


def _received(response: requests.Response) -> Any:
    """A body that is not JSON stays text, every character of it."""
    try:
        return response.json() if response.content else None
    except ValueError:
        pass
    try:
        return response.content.decode()
    except UnicodeDecodeError:
        return response.text


def _sent(request: requests.PreparedRequest) -> Any:
    body = request.body
    if not isinstance(body, str | bytes) or not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body if isinstance(body, str) else body.decode("utf-8", "replace")
