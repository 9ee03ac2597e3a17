"""The reads of the activity log: what was written before the failure, in each resource group of the path (read 11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from guest_attestation.collect.plan import planned
from guest_attestation.collect.request import Request, request, with_pages
from guest_attestation.collect.surroundings import surroundings_of
from guest_attestation.facts.activity import activity_log_of
from guest_attestation.facts.extension import is_guest_attestation
from guest_attestation.resource_id import VmId, resource_group_of, subscription_of
from guest_attestation.snapshot.reader import Snapshot

_BEFORE = timedelta(days=14)
_KEPT = timedelta(days=89)
"""Azure keeps the log for 90 days and refuses an older start."""
_ON_PATH = (1, 2, 3, 5)


def log_reads(snapshot: Snapshot, vm_id: VmId) -> list[Request]:
    """List the reads of the log from 14 days before the failure up to the newest answer that is recorded.

    A group whose log was read for that span needs no other read.
    """
    until = snapshot.captured_at
    start = max(min(_failure(snapshot, vm_id), until) - _BEFORE, until - _KEPT)
    log = activity_log_of(snapshot)
    wanted = []
    for subscription, group in _groups(snapshot, vm_id):
        if not log.covers(f"/subscriptions/{subscription}/resourcegroups/{group}/", start, until):
            wanted += list(with_pages(snapshot, _request(subscription, group, start, until)))
    return wanted


def _request(subscription: str, group: str, start: datetime, until: datetime) -> Request:
    span = f"eventTimestamp ge '{start:%Y-%m-%dT%H:%M:%SZ}' and eventTimestamp le '{until:%Y-%m-%dT%H:%M:%SZ}'"
    return request("activity_log", f"$filter={span} and resourceGroupName eq '{group}'", subscription=subscription)


def _groups(snapshot: Snapshot, vm_id: VmId) -> Iterator[tuple[str, str]]:
    """Yield subscription and name, in lower case, of every group that holds something of the path."""
    seen = set()
    for asked in planned(snapshot, vm_id):
        answer = snapshot.newest(asked.key)
        if asked.on_path and asked.read.number in _ON_PATH and answer is not None and answer.status < 300:
            path = urlsplit(asked.url).path
            place = subscription_of(path), resource_group_of(path).casefold()
            if place[1] and place not in seen:
                seen.add(place)
                yield place


def _failure(snapshot: Snapshot, vm_id: VmId) -> datetime:
    """Return when the extension first reported the failure that it shows, else the time of the snapshot."""
    around = surroundings_of(snapshot, vm_id)
    views = [it for it in (around.vm.extension_views if around.vm else ()) if is_guest_attestation(it.handler)]
    statuses = [status for view in views for status in (*view.statuses, *view.substatuses)]
    if around.extension is not None:
        statuses += [*around.extension.statuses, *around.extension.substatuses]
    return min((it.time for it in statuses if it.failed and it.time is not None), default=snapshot.captured_at)
