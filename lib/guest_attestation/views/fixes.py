"""The fixes of every root cause, and the plan for the whole path: what to change, where, and what proves it."""

from __future__ import annotations

from collections.abc import Iterable

from guest_attestation.diagnosis.check import RootCause
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.path_hops import DENIAL_CODES
from guest_attestation.fixes.change import (
    AddAdminRule,
    AddFirewallRule,
    AddNatGateway,
    AddPolicyRule,
    AddRoute,
    AddSecurityRule,
    Change,
)
from guest_attestation.fixes.fix import Fix
from guest_attestation.fixes.texts import texts_of
from guest_attestation.network.hop import Decision
from guest_attestation.resource_id import name_of
from guest_attestation.runbook import Runbook
from guest_attestation.views.no_fix import why_none
from guest_attestation.views.output import look
from guest_attestation.views.roles import TITLES
from guest_attestation.views.sheets import Section, Sections, Sheet

_OF_THE_WAY = {*DENIAL_CODES.values(), Code.PROXY_REQUIRED, Code.EXTENSION_FAILED}
_DENIED = (Decision.DENY, Decision.PARTIAL)


def fixes(runbook: Runbook) -> Sections:
    """Show the fixes of every root cause by rank, or why it has none."""
    causes = enumerate(runbook.diagnosis.root_causes, start=1)
    shown = tuple(_of_cause(rank, cause, runbook) for rank, cause in causes)
    return Sections(shown or (Section("Nothing to fix: no root cause was found."),))


def plan(runbook: Runbook) -> Sections:
    """Show the fixes that together turn the whole path, in their order, or why there is no plan.

    A step that no root cause offers stands here with all its forms.
    """
    made = runbook.remedies.plan
    if made is None:
        return Sections((Section(f"No plan: {_why_no_plan(runbook)}"),))
    count = len(made.fixes)
    applied = "this step" if count == 1 else f"these {count} steps, in this order"
    heading = f"The whole path with {applied}: {_proof(made.before, made.after)}"
    steps = tuple(
        f"Step {number}, at the {TITLES[fix.hop]} ({_proof(fix.before, fix.after)}): {fix.title}."
        for number, fix in enumerate(made.fixes, start=1)
    )
    shown = {fix.change for cause in runbook.diagnosis.root_causes for fix in runbook.remedies.of(cause)}
    new = (_sheet(fix, f"New in the plan: {fix.title}") for fix in made.fixes if fix.change not in shown)
    return Sections((Section(heading, (*steps, *_beyond(runbook)), tuple(new)),))


def _beyond(runbook: Runbook) -> list[str]:
    """Name the root causes that stop attestation and do not lie on the way; a failed extension only shows one."""
    left = [it.code for it in runbook.diagnosis.root_causes if it.stops_attestation and it.code not in _OF_THE_WAY]
    return [f"The plan mends the network alone. Still to be mended: {', '.join(dict.fromkeys(left))}."] if left else []


def _of_cause(rank: int, cause: RootCause, runbook: Runbook) -> Section:
    where = f"rule {cause.rule} of {name_of(cause.resource)}" if cause.rule else name_of(cause.resource)
    heading = f"{rank}. {cause.code} ({cause.confidence}): {where}"
    offered = _distinct(runbook.remedies.of(cause))
    if not offered:
        return Section(heading, (f"No fix here: {why_none(cause, runbook.diagnosis.path)}.",))
    if len(offered) == 1:
        return Section(heading, (), (_sheet(offered[0], f"Fix: {offered[0].title}"),))
    said = f"Any one of these {len(offered)} fixes is enough for this root cause; the narrowest stands first."
    sheets = (_sheet(fix, f"Fix {number}: {fix.title}") for number, fix in enumerate(offered, start=1))
    return Section(heading, (said,), tuple(sheets))


def _distinct(offered: Iterable[Fix]) -> list[Fix]:
    """Show a change once: one NSG may stand at the NIC and at the subnet."""
    return list({fix.change: fix for fix in offered}.values())


def _sheet(fix: Fix, title: str) -> Sheet:
    texts = texts_of(fix.change)
    said = (
        ("Where", _where(fix.change)),
        (
            "Proof",
            f"{_proof(fix.before, fix.after)} at the {TITLES[fix.hop]}, decided again with the change",
        ),
        ("Blast radius", fix.blast_radius),
    )
    forms = (
        ("Azure CLI, for Bash or Azure Cloud Shell", texts.az),
        ("Azure PowerShell, after Connect-AzAccount", texts.powershell),
        ("Bicep, for the code that declares the resource", texts.bicep),
        ("Terraform, for the code that declares the resource", texts.terraform),
    )
    return Sheet(title, look(fix.after), said, texts.portal, forms)


def _where(change: Change) -> str:
    """Return the id of the resource that is changed."""
    match change:
        case AddSecurityRule():
            return change.group_id
        case AddAdminRule():
            return change.collection_id
        case AddRoute():
            return change.table_id
        case AddFirewallRule():
            return change.firewall_id
        case AddPolicyRule():
            return change.policy_id
        case AddNatGateway():
            return change.subnet_id


def _proof(before: Decision, after: Decision) -> str:
    return f"before {look(before).text} → after {look(after).text}"


def _why_no_plan(runbook: Runbook) -> str:
    path = runbook.diagnosis.path
    decided = path.network_decision
    if decided is Decision.ALLOW:
        return "the network lets TCP 443 to the provider through, so no change of it is needed."
    if decided is Decision.UNKNOWN:
        return "what the network does to the traffic is not known; the checks name what is missing."
    fixed = {fix.hop for fix in runbook.remedies.fixes}
    left = dict.fromkeys(TITLES[hop.hop] for hop in path.hops if hop.decision in _DENIED and hop.hop not in fixed)
    without = f"; no fix was found for: {', '.join(left)}" if left else ""
    return f"no changes that were tried let the whole path through{without}."
