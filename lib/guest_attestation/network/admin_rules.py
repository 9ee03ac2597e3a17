"""Security admin rules, which stand ahead of the NSGs: whether there are any for this VM's network (facts 4.5)."""

from __future__ import annotations

from collections.abc import Sequence

from guest_attestation.facts.admin_rule import AdminRule
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.security_group import SecurityRule
from guest_attestation.network.hop import Decision, Hop, HopName, Lift


def admin_rules_hop(facts: Facts) -> Hop:
    """Decide the plain case, that no outbound admin rule exists; where some do, what they decide is unknown.

    Without the list, the effective rules of the NIC serve: they hold an entry for each network manager.
    """
    rules = _outbound(facts)
    if rules is None:
        unread = facts.admin_rules.without(facts.effective_groups)
        why = f"security admin rules: {unread.why_not}"
        return Hop.unknown(HopName.ADMIN_RULES, why, unread.evidence, unread.missing_permission)
    if rules:
        names = ", ".join(rule.name for rule in rules)
        return Hop(
            HopName.ADMIN_RULES,
            Decision.UNKNOWN,
            f"outbound security admin rules apply ({names}): this version does not decide them yet",
            evidence=tuple(rule.evidence for rule in rules),
        )
    source = facts.admin_rules if facts.admin_rules.value is not None else facts.effective_groups
    return Hop(
        HopName.ADMIN_RULES,
        Decision.NOT_APPLICABLE,
        "no outbound security admin rule applies",
        evidence=(source.evidence,),
    )


def lift_of(facts: Facts) -> Lift:
    """Tell whether an AlwaysAllow may lift what an NSG denies; an access that cannot be read may be one."""
    rules = _outbound(facts)
    if rules is None:
        return Lift.UNREAD
    return Lift.LISTED if any(rule.access.casefold() not in ("allow", "deny") for rule in rules) else Lift.NO


def _outbound(facts: Facts) -> Sequence[AdminRule | SecurityRule] | None:
    """Return the outbound rules of the list, else of the effective rules; None where neither was read."""
    effective = facts.effective_groups.value
    rules: Sequence[AdminRule | SecurityRule] | None = facts.admin_rules.value
    if rules is None and effective is not None:
        rules = effective.network_manager_rules
    return None if rules is None else [rule for rule in rules if not rule.is_inbound]
