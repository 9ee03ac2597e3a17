"""A server that stands for Azure Resource Manager: real sockets and TLS, answers as a test wants them."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

ARM_HOST = "management.azure.com"


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any

    @property
    def path(self) -> str:
        """The path without the query."""
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Reply:
    """What is answered: a body as JSON, or text as it is. Without a status the connection is reset."""

    status: int | None = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


RESET = Reply(None)

Answer = Callable[[Seen], Reply]


class Arm(ThreadingHTTPServer):
    """Serve on a free port of this machine; `seen` holds what arrived, in order."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Answer, authority: trustme.CA, *hosts: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.seen: list[Seen] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*(hosts or (ARM_HOST,))).configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def asked(self) -> list[str]:
        """Return method and path of what arrived, in order."""
        return [f"{seen.method} {seen.path}" for seen in self.seen]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is part of some tests."""


@contextmanager
def serving(answer: Answer, authority: trustme.CA, *hosts: str) -> Iterator[Arm]:
    """Serve while a test runs."""
    arm = Arm(answer, authority, *hosts)
    thread = threading.Thread(target=arm.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield arm
    finally:
        arm.shutdown()
        thread.join(10)
        arm.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Arm

    def _answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.casefold(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.path, headers, json.loads(raw) if raw else None)
        self.server.seen.append(seen)
        reply = self.server.answer(seen)
        if reply.status is None:
            self._reset()
            return
        text = reply.body if isinstance(reply.body, str) else "" if reply.body is None else json.dumps(reply.body)
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer  # noqa: N815

    def _reset(self) -> None:
        """Close at once, so that the other side sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
