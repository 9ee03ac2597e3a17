"""The order of root causes, and how checks and causes become one verdict."""

from __future__ import annotations

from collections.abc import Iterable

from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status
from guest_attestation.diagnosis.codes import Code, Effect


def ranked(causes: Iterable[RootCause]) -> list[RootCause]:
    """Put root causes in order: proven that stop, suspected that would, those that leave unknown, those that warn.

    Within a group, what stops the boot evidence first comes first.
    """
    return sorted(causes, key=lambda cause: (_group(cause), cause.code.order))


def verdict_of(checks: Iterable[Check], causes: Iterable[RootCause], *, reports_failure: bool) -> Status:
    """Make one verdict: fail only for what is proven, unknown where a required check is, else warn or pass."""
    checks, causes = list(checks), list(causes)
    if reports_failure or any(cause.stops_attestation for cause in causes):
        return Status.FAIL
    if any(check.required and check.status is Status.UNKNOWN for check in checks):
        return Status.UNKNOWN
    suspected = any(cause.confidence is Confidence.SUSPECTED for cause in causes)
    return Status.WARN if suspected or any(check.status is Status.WARN for check in checks) else Status.PASS


def _group(cause: RootCause) -> int:
    """A path that is only perhaps too narrow is suspected of what the extension reports (design 4.3, c)."""
    suspected = cause.confidence is Confidence.SUSPECTED
    if cause.code.effect is Effect.STOPS:
        return 1 if suspected else 0
    return 1 if suspected and cause.code is Code.ALLOW_LIST_TOO_NARROW else 1 + cause.code.effect
