"""Perform reads at the same time, a few at once, in threads that never keep the program from ending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue

from guest_attestation.collect.clients import Clients
from guest_attestation.collect.request import Request


class Workers:
    """Start reads; at most as many run at once as there are clients, which no two threads share.

    A program that is interrupted need not wait for an answer that does not come: a pool of the standard library would.
    """

    def __init__(self, make: Callable[[], Clients], number: int) -> None:
        self._idle: SimpleQueue[Clients] = SimpleQueue()
        for _ in range(number):
            self._idle.put(make())

    def start(self, asked: Request) -> Future[None]:
        """Start a read; its future says when it is done, and why it failed."""
        future: Future[None] = Future()
        threading.Thread(target=self._work, args=(future, asked), daemon=True).start()
        return future

    def _work(self, future: Future[None], asked: Request) -> None:
        clients = self._idle.get()
        try:
            clients.perform(asked)
        except Exception as error:  # noqa: BLE001 - handed on to whoever asks the future
            future.set_exception(error)
        else:
            future.set_result(None)
        finally:
            self._idle.put(clients)
