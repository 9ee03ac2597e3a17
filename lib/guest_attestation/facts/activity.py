"""What was written, and which times and resource groups the recorded activity log covers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from guest_attestation.snapshot.exchange import Exchange, parse_time
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot

_BOUND = re.compile(r"eventTimestamp\s+(ge|le)\s+'([^']+)'", re.IGNORECASE)
_GROUP = re.compile(r"resourceGroupName\s+eq\s+'([^']+)'", re.IGNORECASE)


@dataclass(frozen=True)
class Write:
    """A succeeded write or delete of a resource."""

    resource_id: str
    time: datetime
    evidence: str


@dataclass(frozen=True)
class Window:
    """A resource group's time span that the log was read for, as its filter says; `group_id` in lower case."""

    group_id: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class ActivityLog:
    """The recorded activity log; `missing_permission` where reading some of it was refused."""

    windows: tuple[Window, ...] = ()
    writes: tuple[Write, ...] = ()
    missing_permission: str | None = None

    def writes_of(self, resource_id: str, since: datetime) -> list[Write]:
        """Return the writes of a resource or a child of it, at or after a time."""
        wanted = resource_id.casefold()
        return [
            write
            for write in self.writes
            if write.time >= since and (write.resource_id.casefold() + "/").startswith(wanted + "/")
        ]

    def covers(self, resource_id: str, start: datetime, end: datetime) -> bool:
        """Tell whether the log was read for a resource's group over that whole span."""
        path = resource_id.casefold()
        return any(
            path.startswith(f"{window.group_id}/") and window.start <= start and window.end >= end
            for window in self.windows
        )


def activity_log_of(snapshot: Snapshot) -> ActivityLog:
    """Collect every recorded page of the activity log; a window counts only with all of its pages."""
    windows: list[Window] = []
    writes: dict[str, Write] = {}
    missing_permission: str | None = None
    for exchange in snapshot.recorded("activity_log"):
        if "$skiptoken" in dict(exchange.key.query):
            continue
        pages = snapshot.pages_from("activity_log", exchange)
        missing_permission = missing_permission or pages[-1].missing_permission
        window = _window(exchange)
        if window is not None and all(page.ok and isinstance(page.body.at("value").value, list) for page in pages):
            windows.append(window)
        for page in pages:
            writes.update({write.evidence: write for write in _writes(page.body.items("value"))})
    return ActivityLog(tuple(windows), tuple(writes.values()), missing_permission)


def _window(exchange: Exchange) -> Window | None:
    condition = dict(exchange.key.query).get("$filter", "")
    bounds = {name.casefold(): parse_time(text) for name, text in _BOUND.findall(condition)}
    group, start, end = _GROUP.search(condition), bounds.get("ge"), bounds.get("le")
    if group is None or start is None or end is None:
        return None
    subscription = exchange.key.path.partition("/providers/")[0]
    return Window(f"{subscription}/resourcegroups/{group[1].casefold()}", start, end)


def _writes(items: Iterable[Node]) -> Iterable[Write]:
    """A write is a succeeded `…/write` or `…/delete`."""
    for item in items:
        operation = item.text("operationName", "value") or ""
        time = parse_time(item.at("eventTimestamp").value)
        resource_id = item.text("resourceId")
        succeeded = (item.text("status", "value") or "").casefold() == "succeeded"
        if succeeded and time and resource_id and operation.casefold().endswith(("/write", "/delete")):
            yield Write(resource_id, time, item.evidence)
