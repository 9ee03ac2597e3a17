"""Prerequisites of boot integrity monitoring: security type, Secure Boot, vTPM, power, agent (facts 1.5)."""

from __future__ import annotations

from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status, unread
from guest_attestation.diagnosis.codes import Code
from guest_attestation.facts.extension import is_guest_attestation
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.virtual_machine import VirtualMachine

_IDS = (
    "security-type", "secure-boot", "vtpm", "generation", "size", "power-state", "agent", "identity", "proxy-agent",
)  # fmt: skip


def check_prerequisites(facts: Facts) -> list[Check]:
    """Check everything that must hold before the extension can work at all."""
    vm = facts.vm.value
    if vm is None:
        checks = [unread(f"prerequisites.{name}", facts.vm) for name in _IDS]
    else:
        checks = [
            _security_type(vm),
            _switch(
                vm, "secure-boot", "Secure Boot", vm.secure_boot_enabled, "secure_boot_enabled", Code.SECURE_BOOT_OFF
            ),
            _switch(vm, "vtpm", "vTPM", vm.v_tpm_enabled, "v_tpm_enabled", Code.VTPM_OFF),
            _generation(vm),
            _size(vm),
            _power_state(vm),
            _agent(vm),
            _identity(vm),
            _proxy_agent(vm),
        ]
    return [*checks, _other_extensions(facts)]


def _security_type(vm: VirtualMachine) -> Check:
    """A security type that is absent means Standard: older api-versions never say it (facts 1.5)."""
    evidence = (vm.evidence["security_type"],)
    name = "prerequisites.security-type"
    if vm.is_trusted_launch:
        return Check(name, Status.PASS, f"security type is {vm.security_type}", evidence=evidence)
    if vm.is_standard:
        shown = vm.security_type or "absent, which means Standard"
        summary = f"security type is {shown}: the VM is not a Trusted Launch VM, so its boot cannot be attested"
        disproof = "the VM's answer shows securityType TrustedLaunch or ConfidentialVM"
        return _failed(name, vm, Code.NOT_TRUSTED_LAUNCH, summary, disproof, evidence)
    return Check(
        name, Status.UNKNOWN, f"security type {vm.security_type!r} is not known to this version", evidence=evidence
    )


def _switch(vm: VirtualMachine, short: str, title: str, value: bool | None, field: str, code: Code) -> Check:
    evidence = (vm.evidence[field],)
    name = f"prerequisites.{short}"
    if vm.is_standard:
        return Check(name, Status.NOT_APPLICABLE, f"{title} belongs to Trusted Launch, which this VM does not have")
    if not vm.is_trusted_launch:
        return Check(name, Status.UNKNOWN, f"what {title} means for this security type is not known", evidence=evidence)
    if value is None:
        return Check(name, Status.UNKNOWN, f"the VM's answer does not say whether {title} is on", evidence=evidence)
    if value:
        return Check(name, Status.PASS, f"{title} is on", evidence=evidence)
    summary = f"{title} is off: boot integrity cannot be attested without it"
    return _failed(name, vm, code, summary, f"the VM's answer shows {title} switched on", evidence)


def _generation(vm: VirtualMachine) -> Check:
    name, evidence = "prerequisites.generation", (vm.evidence["hyper_v_generation"],)
    generation = (vm.hyper_v_generation or "").upper()
    if generation == "V1":
        summary = "the VM is generation 1: Trusted Launch needs generation 2"
        return _failed(name, vm, Code.GENERATION_1, summary, "the OS disk shows hyperVGeneration V2", evidence)
    if generation == "V2":
        return Check(name, Status.PASS, "the VM is generation 2", evidence=evidence)
    if vm.is_trusted_launch:
        return Check(name, Status.PASS, f"not read; {vm.security_type} runs only on generation 2", evidence=evidence)
    return Check(name, Status.UNKNOWN, "the instance view does not show the generation", evidence=evidence)


def _size(vm: VirtualMachine) -> Check:
    name, evidence = "prerequisites.size", (vm.evidence["vm_size"],)
    if vm.is_trusted_launch:
        summary = f"not read; Azure accepted {vm.security_type} on size {vm.vm_size or 'not shown'}"
        return Check(name, Status.PASS, summary, evidence=evidence)
    summary = f"this version does not look up yet whether size {vm.vm_size or 'not shown'} supports Trusted Launch"
    return Check(name, Status.UNKNOWN, summary, evidence=evidence)


def _power_state(vm: VirtualMachine) -> Check:
    name, evidence = "prerequisites.power-state", (vm.evidence["statuses"],)
    if vm.is_running is None:
        return Check(name, Status.UNKNOWN, "the VM's answer shows no power state", evidence=evidence)
    if vm.is_running:
        return Check(name, Status.PASS, "the VM is running", evidence=evidence)
    summary = f"the VM is {vm.power_state}: its agent and extension cannot be judged while it does not run"
    cause = RootCause(
        Code.VM_NOT_RUNNING,
        Confidence.PROVEN,
        vm.id,
        summary,
        "a later answer shows PowerState/running",
        evidence=evidence,
    )
    return Check(name, Status.UNKNOWN, summary, evidence=evidence, causes=(cause,))


def _agent(vm: VirtualMachine) -> Check:
    """A running VM without an agent in its instance view has none that works (facts 2.1)."""
    name, evidence = "prerequisites.agent", (vm.evidence["vm_agent"],)
    if vm.is_running is False:
        return Check(name, Status.UNKNOWN, "what a stopped VM last reported of its agent is stale", evidence=evidence)
    if vm.is_running is None:
        return Check(name, Status.UNKNOWN, "the agent cannot be judged without the power state", evidence=evidence)
    if vm.vm_agent is None:
        return _agent_not_ready(vm, "the running VM reports no agent", evidence)
    if not vm.vm_agent:
        return Check(name, Status.UNKNOWN, "the instance view does not show the agent's state", evidence=evidence)
    ready = [it for it in vm.vm_agent if it.display_status.casefold() == "ready" or it.state == "succeeded"]
    if ready:
        return Check(name, Status.PASS, "the guest agent is ready", evidence=(ready[0].evidence,))
    status = vm.vm_agent[0]
    shown = f"{status.display_status or status.code}{f': {status.message}' if status.message else ''}"
    return _agent_not_ready(vm, f"the guest agent is not ready ({shown})", (status.evidence,))


def _agent_not_ready(vm: VirtualMachine, what: str, evidence: tuple[str, ...]) -> Check:
    summary = f"{what}: no extension can be installed or report"
    disproof = "the instance view shows the agent Ready"
    return _failed("prerequisites.agent", vm, Code.AGENT_NOT_READY, summary, disproof, evidence)


def _identity(vm: VirtualMachine) -> Check:
    """No Microsoft page demands an identity for attestation: a missing one is only said (facts 1.4)."""
    has = "systemassigned" in (vm.identity_type or "").casefold()
    summary = "a system-assigned identity is present" if has else "no system-assigned identity: not known to be needed"
    return Check("prerequisites.identity", Status.PASS, summary, evidence=(vm.evidence["identity"],))


def _proxy_agent(vm: VirtualMachine) -> Check:
    name, evidence = "prerequisites.proxy-agent", (vm.evidence["proxy_agent"],)
    if not vm.proxy_agent_enabled:
        return Check(name, Status.NOT_APPLICABLE, "the metadata proxy agent is not in use", evidence=evidence)
    summary = "the metadata proxy agent is on: its policy may refuse the instance metadata that attestation needs"
    return Check(name, Status.WARN, summary, evidence=evidence)


def _other_extensions(facts: Facts) -> Check:
    """A failed extension can keep others from being installed (Microsoft, extensions/features-windows)."""
    name = "prerequisites.other-extensions"
    if facts.extensions.value is None:
        return unread(name, facts.extensions)
    others = [it for it in facts.extensions.value if not is_guest_attestation(it.handler)]
    failed = [it for it in others if it.provisioning_state.casefold() == "failed"]
    if failed:
        summary = f"another extension failed ({', '.join(it.name for it in failed)}): it can hold up Guest Attestation"
        return Check(name, Status.WARN, summary, evidence=tuple(it.evidence for it in failed))
    return Check(name, Status.PASS, "no other extension failed", evidence=(facts.extensions.evidence,))


def _failed(name: str, vm: VirtualMachine, code: Code, summary: str, disproof: str, evidence: tuple[str, ...]) -> Check:
    cause = RootCause(code, Confidence.PROVEN, vm.id, summary, disproof, evidence=evidence)
    return Check(name, Status.FAIL, summary, evidence=evidence, causes=(cause,))
