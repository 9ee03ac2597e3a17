"""What Azure says of the rules, NSG diagnostics and IP flow verify, beside what ours decide (facts 4.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from guest_attestation.facts.azure_answer import Access, GroupAccess
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.azure_flow import Comparison, Outcome, taking
from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import Path
from guest_attestation.network.tiers import decide_together, only_home
from guest_attestation.resource_id import name_of, same_id

_ACCESS = {"allow": Decision.ALLOW, "deny": Decision.DENY}
_RULES = (HopName.ADMIN_RULES, HopName.NIC_NSG, HopName.SUBNET_NSG)
_KINDS = ("userrule_", "defaultrule_")
_MANAGER = "/networkmanagers/"


def compared_flow(blank: Comparison, access: Access, path: Path, addresses: AddressSet) -> Iterator[Comparison]:
    """Hold IP flow verify, which knows admin rules too, against all of our rules."""
    yield _held(blank, access.access, access.rule, _hops(path, _RULES), addresses)


def compared_groups(blank: Comparison, access: Access, path: Path, addresses: AddressSet) -> Iterator[Comparison]:
    """Hold NSG diagnostics against ours, NSG by NSG, and together where no admin rule speaks, which it may not know."""
    admin = path.of(HopName.ADMIN_RULES)[0]
    if any(part.rule or part.decision is Decision.UNKNOWN for part in taking(admin.parts, addresses)):
        why = "a security admin rule may decide before the NSGs, which this answer may not know of"
        yield blank.came_to(Outcome.NOT_COMPARED, _said(access.access, None), "", why)
    else:
        yield _held(blank, access.access, None, _hops(path, _RULES[1:]), addresses)
    for group in access.groups:
        one = replace(blank, asked=f"{blank.asked} of {name_of(group.group_id) or 'an NSG without an id'}")
        yield _group(one, group, path, addresses)


def _group(blank: Comparison, group: GroupAccess, path: Path, addresses: AddressSet) -> Comparison:
    said = _said(group.access, group.rule)
    if _MANAGER in group.group_id.casefold():
        return blank.came_to(Outcome.NOT_COMPARED, said, "", "it is a network manager's, and no NSG")
    at = path.at
    readings = {HopName.NIC_NSG: at.nic_group, HopName.SUBNET_NSG: at.subnet_group}
    known = [name for name, it in readings.items() if it and it.value and same_id(it.value.id, group.group_id)]
    if not known:
        unread = any(it is not None and it.value is None for it in readings.values())
        why = "which NSGs stand on the way is not known" if unread else "no such NSG stands on our way"
        return blank.came_to(Outcome.NOTE if unread else Outcome.DIFFERS, said, "not known" if unread else "none", why)
    hop = path.of(known[0])[0]
    if any(part.rule is None and part.decision is Decision.ALLOW for part in taking(hop.parts, addresses)) or (
        hop.decision is Decision.NOT_APPLICABLE
    ):
        return blank.came_to(Outcome.NOT_COMPARED, said, "", "a security admin rule delivers past this NSG")
    return _held(blank, group.access, group.rule, [hop], addresses)


def _held(blank: Comparison, access: str, rule: str | None, hops: list[Hop], addresses: AddressSet) -> Comparison:
    decided, said = _ACCESS.get(access.casefold()), _said(access, rule)
    ours = decide_together([hop.parts for hop in hops], only_home(addresses)) if addresses else Decision.UNKNOWN
    rules = _rules_of(hops, ours, addresses)
    shown = _said(ours, ", ".join(rules))
    if decided is None:
        return blank.came_to(Outcome.NOTE, said, shown, "Azure's word is neither Allow nor Deny")
    held = blank.held(decided is ours, ours, said, shown)
    if held.outcome is not Outcome.AGREES or rule is None or _names(rule) & _names(*rules):
        return held
    if _names(rule) & _names(*(line.rule for hop in hops for line in hop.trace)):
        return held.came_to(Outcome.DIFFERS, said, shown, "by another rule")
    return held.came_to(Outcome.NOTE, said, shown, f"no rule that was read has the name {rule}")


def _rules_of(hops: Iterable[Hop], ours: Decision, addresses: AddressSet) -> list[str]:
    parts = (part for hop in hops for part in taking(hop.parts, addresses) if part.decision is ours)
    return list(dict.fromkeys(part.rule for part in parts if part.rule))


def _hops(path: Path, names: Iterable[HopName]) -> list[Hop]:
    return [hop for name in names for hop in path.of(name)]


def _said(access: str, rule: str | None) -> str:
    return f"{access or 'nothing'}{f' by rule {rule}' if rule else ''}"


def _names(*rules: str) -> set[str]:
    """Azure writes a rule's name with its kind before it, as `UserRule_` or as `securityRules/`: with and without."""
    names = {rule.rsplit("/", 1)[-1].casefold() for rule in rules}
    return names | {name.removeprefix(kind) for name in names for kind in _KINDS}
