"""A fact that may not be known: its value, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from guest_attestation.reads import permission_order
from guest_attestation.snapshot.answer import Answer
from guest_attestation.snapshot.node import Node

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Reading(Generic[T]):
    """A value read from Azure; where `value` is None, `why_not` says why, in words."""

    value: T | None
    why_not: str = ""
    missing_permission: str | None = None
    evidence: str = ""

    @classmethod
    def of(cls, answer: Answer, parse: Callable[[Node], T]) -> Reading[T]:
        """Parse a resource, or keep why it is not known; what has no `properties` is no resource."""
        if not answer.ok:
            return cls.unread(answer)
        if not isinstance(answer.body.at("properties").value, dict):
            return cls(None, answer.lacks("properties"), evidence=answer.body.evidence)
        return cls(parse(answer.body), evidence=answer.body.evidence)

    @classmethod
    def of_pages(cls, pages: list[Answer], parse: Callable[[list[Node]], T]) -> Reading[T]:
        """Parse the elements of a list's pages; a page that is missing or no list leaves the whole list unknown."""
        for page in pages:
            if not page.ok:
                return cls.unread(page)
            if not isinstance(page.body.at("value").value, list):
                return cls(None, page.lacks("value"), evidence=page.body.evidence)
        items = [item for page in pages for item in page.body.items("value")]
        return cls(parse(items), evidence=pages[0].body.evidence)

    @classmethod
    def unread(cls, answer: Answer) -> Reading[T]:
        """Keep why an answer is not known."""
        return cls(None, answer.why_not, answer.missing_permission, answer.body.evidence)

    @classmethod
    def below(cls, parent: Reading[U], why_not: str) -> Reading[T]:
        """Nothing can be read below a parent that is unknown itself, or that does not lead on."""
        if parent.value is None:
            return cls(None, parent.why_not, parent.missing_permission, parent.evidence)
        return cls(None, why_not, evidence=parent.evidence)

    def without(self, other: Reading[U]) -> Reading[T]:
        """Keep why neither this nor what could have served instead is known; the first permission is named first."""
        permissions = [it for it in (self.missing_permission, other.missing_permission) if it is not None]
        why_not = self.why_not if self.why_not == other.why_not else f"{self.why_not}; {other.why_not}"
        missing = min(permissions, key=permission_order, default=None)
        return Reading(None, why_not, missing, self.evidence or other.evidence)
