"""The rules that Azure shows in force on the NIC beside the NSGs as configured, which ours are decided by."""

from __future__ import annotations

from collections.abc import Iterator

from guest_attestation.facts.reading import Reading
from guest_attestation.facts.security_group import EffectiveSecurityGroups, SecurityGroup
from guest_attestation.network.azure_flow import Comparison, Outcome
from guest_attestation.network.hop import Decision, Part
from guest_attestation.network.path import Path
from guest_attestation.network.security_groups import walk
from guest_attestation.resource_id import name_of, same_id

_ASKED = "effective rules"
_CERTAIN = (Decision.ALLOW, Decision.DENY)


def compared_effective(path: Path) -> Iterator[Comparison]:
    """Walk both for all of our destinations; an NSG that was not read is decided by its effective rules already."""
    effective = path.at.effective_groups.value
    if effective is None or not path.question.is_attestation:
        return
    for group, applies_to in ((path.at.nic_group, "networkInterface"), (path.at.subnet_group, "subnet")):
        if group is None:
            yield from _not_ours(effective, applies_to)
        elif group.value is not None and not group.value.effective:
            yield _compared(group, group.value, effective, path)


def _not_ours(effective: EffectiveSecurityGroups, applies_to: str) -> Iterator[Comparison]:
    for entry in effective.groups:
        if entry.applies_to == applies_to:
            why = "no such NSG is associated"
            yield Comparison(
                f"{_ASKED} of {name_of(entry.id)}", "", Outcome.DIFFERS, "in force", "none", why, entry.evidence
            )


def _compared(
    group: Reading[SecurityGroup], ours: SecurityGroup, effective: EffectiveSecurityGroups, path: Path
) -> Comparison:
    blank = Comparison(
        f"{_ASKED} of {name_of(ours.id)}", path.question.target, Outcome.AGREES, evidence=effective.evidence
    )
    entry = next((it for it in effective.groups if same_id(it.id, ours.id)), None)
    if entry is None:
        return blank.came_to(Outcome.DIFFERS, "not in force", f"in force ({group.evidence})")
    mine = walk(ours, path.question, path.tags).parts
    theirs = walk(entry, path.question, path.tags).parts
    met = [(one, other) for one in mine for other in theirs if one.addresses & other.addresses]
    unlike = [(one, other) for one, other in met if _told(one) != _told(other)]
    if not unlike:
        return blank.came_to(Outcome.AGREES, _shown(theirs), _shown(mine))
    certain = [it for it in unlike if it[0].decision in _CERTAIN and it[1].decision in _CERTAIN]
    one, other = (certain or unlike)[0]
    outcome = Outcome.DIFFERS if certain else Outcome.NOTE
    return blank.came_to(outcome, _shown((other,)), _shown((one,)), "" if certain else "one of both is not decided")


def _told(part: Part) -> tuple[Decision, str]:
    return part.decision, (part.rule or "").casefold()


def _shown(parts: tuple[Part, ...]) -> str:
    return ", ".join(dict.fromkeys(f"{part.decision}{f' by rule {part.rule}' if part.rule else ''}" for part in parts))
