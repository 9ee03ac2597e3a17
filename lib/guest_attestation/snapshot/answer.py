"""The answer to a read: what Azure said, or why it is not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from guest_attestation.snapshot.node import Node

if TYPE_CHECKING:
    from guest_attestation.reads import Read
    from guest_attestation.snapshot.exchange import Exchange

_REFUSED = 403
_ACCEPTED = 202


@dataclass(frozen=True)
class Answer:
    """What a snapshot holds for one read; `status` is None where it holds nothing."""

    read: Read
    url: str
    status: int | None
    body: Node

    @classmethod
    def of(cls, read: Read, url: str, exchange: Exchange) -> Answer:
        """Make the answer of a recorded exchange."""
        return cls(read, url, exchange.status, Node(exchange.body, f"{exchange.file}#{exchange.body_pointer}"))

    @classmethod
    def absent(cls, read: Read, url: str) -> Answer:
        """Make the answer of a read that was not recorded."""
        return cls(read, url, None, Node(None, ""))

    @property
    def ok(self) -> bool:
        """Tell whether Azure gave what was asked for: a page of a proxy, or nothing at all, is no answer of Azure's."""
        return self._succeeded and isinstance(self.body.value, dict | list)

    @property
    def _succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300 and self.status != _ACCEPTED

    @property
    def is_pending(self) -> bool:
        """Tell whether Azure accepted a long-running read whose result was not recorded."""
        return self.status == _ACCEPTED

    @property
    def missing_permission(self) -> str | None:
        """Name the action that whoever recorded this was not allowed."""
        return self.read.permission if self.status == _REFUSED else None

    @property
    def why_not(self) -> str:
        """Say in words why the answer is not known."""
        if self.status is None:
            return f"not in the snapshot: {self.read.method} {self.url}"
        if self.status == _REFUSED:
            return f"refused ({self.status}): {self.read.method} {self.url} needs {self.read.permission}"
        if self.is_pending:
            return f"accepted, but its result is not in the snapshot: {self.read.method} {self.url}"
        if self._succeeded:
            return self.lacks("a JSON body")
        code = self.body.text("error", "code")
        return f"answered {self.status}{f' {code}' if code else ''}: {self.read.method} {self.url}"

    def lacks(self, part: str) -> str:
        """Say in words that Azure answered, but not with what was asked for."""
        return f"answered {self.status} without {part}: {self.read.method} {self.url}"
