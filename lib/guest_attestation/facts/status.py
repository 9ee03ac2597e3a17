"""A status of an instance view: `ProvisioningState/<state>[/<number>]` or `ComponentStatus/<component>/<state>`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from guest_attestation.snapshot.exchange import parse_time
from guest_attestation.snapshot.node import Node

_TOKEN = re.compile(r"eyJ[\w-]+(?:\.[\w-]*){1,4}")  # signed tokens have three parts, encrypted ones five


@dataclass(frozen=True)
class InstanceViewStatus:
    """An InstanceViewStatus. A token in its message is replaced: it is never shown."""

    code: str
    level: str
    display_status: str
    message: str
    time: datetime | None
    evidence: str

    @classmethod
    def parse(cls, node: Node) -> InstanceViewStatus:
        """Read one status."""
        return cls(
            code=node.text("code") or "",
            level=node.text("level") or "",
            display_status=node.text("displayStatus") or "",
            message=_TOKEN.sub("<token>", node.text("message") or ""),
            time=parse_time(node.at("time").value),
            evidence=node.evidence,
        )

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the code in lower case."""
        return tuple(self.code.casefold().split("/"))

    @property
    def component(self) -> str | None:
        """The component of a substatus, in lower case; None for other statuses."""
        segments = self.segments
        return segments[1] if len(segments) > 2 and segments[0] == "componentstatus" else None

    @property
    def state(self) -> str:
        """The state that the code names, in lower case: succeeded, failed, transitioning…"""
        segments = self.segments
        place = 2 if self.component is not None else 1
        return segments[place] if len(segments) > place else ""

    @property
    def failed(self) -> bool:
        """Tell whether this status reports a failure: by its state or by its level."""
        return self.state == "failed" or self.level.casefold() == "error"
