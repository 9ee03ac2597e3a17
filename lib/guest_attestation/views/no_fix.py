"""Why a root cause has no fix here: who or what can mend it instead."""

from __future__ import annotations

from guest_attestation.diagnosis.check import RootCause
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.path_hops import DENIAL_CODES
from guest_attestation.network.hop import Decision
from guest_attestation.network.path import Path
from guest_attestation.resource_id import same_id

_VM = "this is a setting of the VM itself, not of Azure's network (notebook 1)"
_EXTENSION = "this lies with the extension or the agent in the VM, not with Azure's network (notebook 2)"
_ASK = "handover.md, which `guest-attestation run` keeps, says what to ask for"
_OTHERS = {
    Code.EXTENSION_FAILED: "no cause in Azure's network is proven; the extension's own messages say more (notebook 2)",
    Code.GENERATION_1: _VM,
    Code.NOT_TRUSTED_LAUNCH: _VM,
    Code.SECURE_BOOT_OFF: _VM,
    Code.VTPM_OFF: _VM,
    Code.AGENT_NOT_READY: _EXTENSION,
    Code.EXTENSION_NOT_INSTALLED: _EXTENSION,
    Code.EXTENSION_STUCK: _EXTENSION,
    Code.AUTO_UPGRADE_OFF: _EXTENSION,
    Code.IMDS_BLOCKED: "whoever owns the rule that denies Azure's own address must change it; no change is computed",
    Code.DNS_FAILURE: "whoever runs the name servers or the private zone must mend it; no change is computed",
    Code.TLS_INSPECTION: "whoever runs the firewall can exempt the provider's host from TLS inspection",
    Code.CUSTOM_PROVIDER_UNREACHABLE: "the owner of the attestation provider must mend it (notebook 5)",
    Code.PROVIDER_OUTAGE: "only Microsoft can mend its shared provider: see Azure Service Health",
    Code.DEFENDER_REPORTING_FAILED: "what fails is the report to Defender for Cloud, behind this path (notebook 2)",
    Code.VM_NOT_RUNNING: "start the VM, and record its answers again",
    Code.NEXT_HOP_NOT_VISIBLE: f"whoever runs what stands at the next hop must let the traffic through; {_ASK}",
}
_NOT_TURNED = "no change that was tried turns it"
_NOT_DIRECT = f"no change that was tried opens the direct way past the proxy; {_ASK}"
_UNREAD = "what this hop decides is not known; the checks say what was missing"
_OWNER = f"only the owner of the network manager can change its rules; {_ASK}"


def why_none(cause: RootCause, path: Path) -> str:
    """Say who or what can mend a cause that no fix is offered for."""
    other = _OTHERS.get(cause.code)
    if other is not None:
        return other
    hops = (hop for hop in path.hops if DENIAL_CODES.get(hop.hop) is cause.code)
    decisions = {hop.decision for hop in hops if hop.resource is None or same_id(hop.resource, cause.resource)}
    if decisions == {Decision.UNKNOWN}:
        return _UNREAD
    return {Code.ADMIN_RULE_DENIES: _OWNER, Code.PROXY_REQUIRED: _NOT_DIRECT}.get(cause.code, _NOT_TURNED)
