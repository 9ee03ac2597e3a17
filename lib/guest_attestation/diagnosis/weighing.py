"""How far a modelled denial is believed, held against what was observed."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.diagnosis.check import Check, Confidence, Status
from guest_attestation.diagnosis.observed import Observed
from guest_attestation.facts.activity import ActivityLog
from guest_attestation.facts.gather import Facts
from guest_attestation.network.hop import Decision, Hop
from guest_attestation.resource_id import subscription_of

_DENY = (Decision.DENY, Decision.PARTIAL)


@dataclass(frozen=True)
class Weighing:
    """What was observed, as far as it speaks against modelled denials.

    `contradicted` says whether attestation succeeded since the denying rules were last written, as a check.
    """

    observed: Observed
    activity: ActivityLog
    contradicted: Check

    def confidence(self, hop: Hop) -> Confidence:
        """Judge a hop's denial: proven, unless what it rests on is assumed or what was seen speaks against it.

        Where admin rules were not read, a denial is proven only if the extension reports failure. An answer of the
        attestation host proves that it was reached then, unless the hop was written since. A success after the last
        write of every denying hop contradicts the model.
        """
        answer = self.observed.host_answer
        since = answer.time if answer else None
        written_since = since is not None and any(self.activity.writes_of(it, since) for it in hop.written_at)
        if answer is not None and not written_since:
            return Confidence.SUSPECTED
        if self.contradicted.status is Status.WARN:
            return Confidence.SUSPECTED
        assumed = hop.lift_assumed and not self.observed.reports_failure
        return Confidence.SUSPECTED if assumed else Confidence.PROVEN


def weigh(facts: Facts, observed: Observed, hops: tuple[Hop, ...]) -> Weighing:
    """Hold the hops that deny, all or some of it, against the extension's last success and the activity log.

    A shared provider belongs to no subscription: no log holds what happened to it since.
    """
    denying = [
        hop
        for hop in hops
        if hop.decision in _DENY and (not hop.written_at or any(map(subscription_of, hop.written_at)))
    ]
    return Weighing(observed, facts.activity, _contradicted(facts, observed, denying))


def _contradicted(facts: Facts, observed: Observed, denying: list[Hop]) -> Check:
    name = "path.model-contradicted"
    success = observed.last_success
    if success is None:
        return Check(
            name, Status.NOT_APPLICABLE, "no success of attestation and its report is on record to hold beside"
        )
    if not denying:
        return Check(name, Status.PASS, f"attestation succeeded at {success:%Y-%m-%d %H:%M} UTC, and no rule denies it")
    resources = list(dict.fromkeys(it for hop in denying for it in hop.written_at))
    uncovered = [it for it in resources if not facts.activity.covers(it, success, facts.captured_at)]
    uncovered += [f"what decides at the hop {hop.hop}" for hop in denying if not hop.written_at]
    if uncovered:
        summary = (
            f"attestation succeeded at {success:%Y-%m-%d %H:%M} UTC; whether {', '.join(uncovered)} was written since"
            " is not known: the activity log was not read for that time"
        )
        return Check(name, Status.UNKNOWN, summary, facts.activity.missing_permission)
    writes = [write for it in resources for write in facts.activity.writes_of(it, success)]
    if writes:
        summary = f"attestation succeeded at {success:%Y-%m-%d %H:%M} UTC, before the rules were last written"
        return Check(name, Status.NOT_APPLICABLE, summary, evidence=tuple(write.evidence for write in writes))
    summary = (
        f"attestation succeeded at {success:%Y-%m-%d %H:%M} UTC although the model denies it, and no denying hop was"
        " written since: something that was not read must let it through"
    )
    return Check(name, Status.WARN, summary)
