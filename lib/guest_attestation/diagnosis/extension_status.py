"""The Guest Attestation extension: installed, working, reporting, kept up to date (facts 1.2, 2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status, unread
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.observed import ATTEST_LEG, REPORT_LEG, Observed
from guest_attestation.facts.extension import Extension
from guest_attestation.facts.gather import Facts
from guest_attestation.reads import permission_order

_MOVING = ("creating", "updating", "transitioning")
_STUCK_FOR_SURE = timedelta(minutes=90)
_PERHAPS_STUCK = timedelta(minutes=20)


def check_extension(facts: Facts, observed: Observed) -> list[Check]:
    """Check the extension, found by publisher and type, in the model and in what the guest reports."""
    names = ("installed", "state", "reporting", "auto-upgrade")
    if facts.extensions.value is None:
        return [unread(f"extension.{name}", facts.extensions) for name in names]
    if observed.extension is None:
        later = [
            Check(f"extension.{name}", Status.NOT_APPLICABLE, "the extension is not installed") for name in names[1:]
        ]
        return [_not_installed(facts), *later]
    extension = observed.extension
    found = f"{extension.handler} is installed as {extension.name}"
    installed = Check("extension.installed", Status.PASS, found, evidence=(extension.evidence,))
    state = _state(facts, observed, extension)
    return [installed, state, _reporting(facts, observed, state), _auto_upgrade(facts, extension)]


def _not_installed(facts: Facts) -> Check:
    summary = "the Guest Attestation extension is not installed"
    evidence = (facts.extensions.evidence,)
    cause = RootCause(
        Code.EXTENSION_NOT_INSTALLED,
        Confidence.PROVEN,
        facts.vm_id.text,
        summary,
        "the VM's extensions show one of publisher Microsoft.Azure.Security.WindowsAttestation or LinuxAttestation",
        evidence=evidence,
    )
    return Check("extension.installed", Status.FAIL, summary, evidence=evidence, causes=(cause,))


def _state(facts: Facts, observed: Observed, extension: Extension) -> Check:
    """Decide the state from model and instance view together: either alone may hide a failure (facts 2.1)."""
    name = "extension.state"
    failures = [failure for failure in observed.failures if not failure.reporting_only]
    if failures:
        evidence = tuple(dict.fromkeys(failure.evidence for failure in failures))
        return Check(name, Status.FAIL, f"the extension reports failure: {failures[0].text}", evidence=evidence)
    evidence = (extension.evidence,)
    if observed.stale:
        summary = f"{_power_unread(facts)}, so its report may be stale: {observed.stale[0].text}"
        return Check(name, Status.UNKNOWN, summary, facts.vm.missing_permission, evidence=(observed.stale[0].evidence,))
    moving = [status for status in observed.statuses if status.state in _MOVING]
    states = [state for state in observed.model_states if state in _MOVING] + [status.state for status in moving]
    if states:
        times = [status.time for status in moving if status.time is not None]
        return _moving(facts, states[0], min(times, default=None), evidence)
    if set(observed.model_states) != {"succeeded"}:
        shown = extension.provisioning_state or "not shown"
        return Check(name, Status.UNKNOWN, f"the extension's provisioningState is {shown}", evidence=evidence)
    hidden = "; suppressFailures is on, which can hide a failure" if extension.suppress_failures else ""
    stale = ("the VM does not run: only the model counts",) if _stopped(facts) else ()
    return Check(name, Status.PASS, f"the extension is provisioned{hidden}", assumptions=stale, evidence=evidence)


def _moving(facts: Facts, state: str, since: datetime | None, evidence: tuple[str, ...]) -> Check:
    """Two time-outs are documented, 20 and 90 minutes: only beyond the longer one is it stuck for sure (facts 2.1)."""
    name = "extension.state"
    age = facts.captured_at - since if since else None
    if age is not None and age <= _PERHAPS_STUCK:
        return Check(name, Status.UNKNOWN, f"the extension is still {state}: look again in a while", evidence=evidence)
    proven = age is not None and age > _STUCK_FOR_SURE
    shown = f"for {int(age.total_seconds() // 60)} minutes" if age else "since a time that is not recorded"
    summary = f"the extension has been {state} {shown}"
    cause = RootCause(
        Code.EXTENSION_STUCK,
        Confidence.PROVEN if proven else Confidence.SUSPECTED,
        facts.vm_id.text,
        summary,
        "a later answer shows the extension Succeeded or Failed",
        evidence=evidence,
    )
    return Check(name, Status.FAIL if proven else Status.WARN, summary, evidence=evidence, causes=(cause,))


def _reporting(facts: Facts, observed: Observed, state: Check) -> Check:
    """Read the two legs apart: attestation, and the report of its result to Defender (facts 2.1, field script)."""
    name = "extension.reporting"
    attest, report = observed.leg(ATTEST_LEG), observed.leg(REPORT_LEG)
    if report is not None and observed.failures and all(failure.reporting_only for failure in observed.failures):
        summary = f"attestation is not failing, but its report to Defender is: {report.message or report.code}"
        disproof = "the ReportHealth substatus shows succeeded"
        cause = RootCause(
            Code.DEFENDER_REPORTING_FAILED, Confidence.PROVEN, facts.vm_id.text, summary, disproof,
            evidence=(report.evidence,),
        )  # fmt: skip
        return Check(name, Status.FAIL, summary, evidence=(report.evidence,), causes=(cause,))
    if state.status in (Status.FAIL, Status.WARN):
        return Check(name, Status.NOT_APPLICABLE, "nothing to report: the extension itself does not work")
    if attest is not None and report is not None and attest.state == report.state == "succeeded":
        summary = "attestation and its report both succeeded"
        return Check(name, Status.PASS, summary, evidence=(attest.evidence, report.evidence))
    if _defender_sees_reports(facts) and not observed.legs:
        assumed = "Defender's attestation assessment is Healthy; the extension itself shows no legs"
        return Check(
            name, Status.PASS, "Defender sees attestation reports", assumptions=(assumed,),
            evidence=(facts.assessment.evidence,),
        )  # fmt: skip
    return _unreported(facts)


def _unreported(facts: Facts) -> Check:
    """Neither the extension's legs nor Defender show whether reports arrive."""
    why = "the instance view does not show both legs"
    if facts.vm.value is None:
        why = _power_unread(facts)
    elif _stopped(facts):
        why = "a stopped VM's instance view is stale"
    seen = facts.assessment.value.code if facts.assessment.value else facts.assessment.why_not
    summary = f"{why}; Defender's attestation assessment: {seen}"
    permissions = [it for it in (facts.vm.missing_permission, facts.assessment.missing_permission) if it]
    missing = min(permissions, key=permission_order, default=None)
    return Check("extension.reporting", Status.UNKNOWN, summary, missing)


def _auto_upgrade(facts: Facts, extension: Extension) -> Check:
    name = "extension.auto-upgrade"
    evidence = (extension.evidence,)
    if extension.enable_automatic_upgrade is None:
        summary = "the answer does not say whether automatic upgrade is on: older api-versions never do"
        return Check(name, Status.PASS, summary, evidence=evidence)
    if extension.enable_automatic_upgrade:
        return Check(name, Status.PASS, "automatic upgrade is on", evidence=evidence)
    summary = "automatic upgrade of the extension is off: it may fall behind"
    disproof = "the extension shows enableAutomaticUpgrade true"
    cause = RootCause(Code.AUTO_UPGRADE_OFF, Confidence.PROVEN, facts.vm_id.text, summary, disproof, evidence=evidence)
    return Check(name, Status.WARN, summary, evidence=evidence, causes=(cause,))


def _defender_sees_reports(facts: Facts) -> bool:
    """With the plan off an assessment is an old one, and says nothing of today."""
    plan, assessment = facts.defender_plan.value, facts.assessment.value
    is_off = plan is not None and plan.is_off
    return assessment is not None and assessment.code.casefold() == "healthy" and not is_off


def _power_unread(facts: Facts) -> str:
    return f"whether the VM runs is not known{f': {facts.vm.why_not}' if facts.vm.why_not else ''}"


def _stopped(facts: Facts) -> bool:
    return facts.vm.value is not None and facts.vm.value.is_running is False
