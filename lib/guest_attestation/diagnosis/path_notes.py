"""What the path shows besides its decision: rules that allow in vain, failover, the VM's other addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guest_attestation.diagnosis.check import Check, Status, unread
from guest_attestation.facts.gather import Facts
from guest_attestation.network.hop import Decision, Hop, HopName, TraceLine
from guest_attestation.network.path import Path
from guest_attestation.network.tiers import TierName, tier_decision
from guest_attestation.resource_id import name_of

_DEFAULT_RULES = 65000
_WORST_FIRST = (Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN)
_WORDS = {Decision.ALLOW: "is open", Decision.DENY: "is denied", Decision.PARTIAL: "is open only in part"}


def check_notes(facts: Facts, path: Path, others: Iterable[Path]) -> list[Check]:
    """Make the supporting checks of the path: none of them fails (design 4.3)."""
    return [_shadowed(path), _failover(path), _other_paths(facts, tuple(others))]


def shadowed_rules(path: Path) -> Iterator[tuple[Hop, TraceLine]]:
    """Yield every rule of somebody's own that allows attestation in vain: rules before it decide otherwise."""
    for hop in path.hops:
        for line in hop.trace:
            if line.shadowed_by and (line.priority is None or line.priority < _DEFAULT_RULES):
                yield hop, line


def _shadowed(path: Path) -> Check:
    found = list(shadowed_rules(path))
    if not found:
        return Check(
            "path.shadowed-rules", Status.PASS, "no rule that allows attestation stands behind one that denies it"
        )
    summary = "; ".join(
        f"rule {line.rule} of {name_of(hop.resource or hop.hop)} would allow attestation in vain:"
        f" {', '.join(line.shadowed_by)} before it decides"
        for hop, line in found
    )
    evidence = tuple(dict.fromkeys(it for hop, _ in found for it in hop.evidence))
    return Check("path.shadowed-rules", Status.PASS, summary, evidence=evidence)


def _failover(path: Path) -> Check:
    """Azure fails over to the paired region under the same name: the way there must be open too (facts 3.4)."""
    name = "path.failover"
    pair = next((tier for tier in path.question.tiers if tier.name is TierName.PAIR), None)
    if pair is None:
        return Check(name, Status.NOT_APPLICABLE, "the provider's region has no pair to fail over to")
    parts = (part for hop in path.hops if hop.hop is not HopName.PROVIDER for part in hop.parts)
    denied_first = sorted(
        (part for part in parts if part.decision in _WORST_FIRST),
        key=lambda part: _WORST_FIRST.index(part.decision),
    )
    decision = tier_decision(denied_first, pair)
    where = f" ({pair.region})" if pair.region else ""
    told_apart = "" if pair.exact else ": its addresses are not told apart from the rest"
    way = _WORDS.get(decision, "is not known")
    return Check(name, Status.PASS, f"the way to the paired region{where} {way}{told_apart}")


def _other_paths(facts: Facts, others: tuple[Path, ...]) -> Check:
    name = "path.other-paths"
    if facts.vm.value is None:
        return unread(name, facts.vm)
    if facts.primary.nic.value is None and not others:
        return unread(name, facts.primary.nic)
    read = {path.at.nic_id for path in others} | ({facts.primary.nic_id} if facts.primary.nic.value else set())
    lost = [name_of(it.id) for it in facts.vm.value.network_interfaces if it.id not in read]
    if not others and not lost:
        return Check(name, Status.NOT_APPLICABLE, "the VM has no other address")
    shown = [f"{path.at.address or 'an address'} of {name_of(path.at.nic_id or '')}" for path in others]
    denied = [
        who for who, path in zip(shown, others, strict=True) if path.decision in (Decision.DENY, Decision.PARTIAL)
    ]
    not_read = f"; not read: {', '.join(lost)}" if lost else ""
    if denied:
        summary = f"from other addresses attestation is denied, all or some: {', '.join(denied)}{not_read}"
        return Check(name, Status.WARN, summary)
    unknown = [who for who, path in zip(shown, others, strict=True) if path.decision is Decision.UNKNOWN]
    if unknown or lost:
        summary = f"from other addresses it is not known: {', '.join(unknown) or 'none was read'}{not_read}"
        return Check(name, Status.UNKNOWN, summary, facts.primary.nic.missing_permission)
    return Check(name, Status.PASS, f"from the VM's other addresses attestation is allowed too: {', '.join(shown)}")
