"""Security admin rules, which stand ahead of the NSGs: whether there are any for this VM's network (facts 4.5)."""

from __future__ import annotations

from collections.abc import Iterable

from guest_attestation.facts.admin_rule import AdminRule
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.security_group import SecurityRule
from guest_attestation.network.hop import Decision, Hop, HopName


def admin_rules_hop(facts: Facts) -> Hop:
    """Decide the plain case, that no outbound admin rule exists; where some do, what they decide is unknown.

    Without the list, the effective rules of the NIC serve: they hold an entry for each network manager.
    """
    if facts.admin_rules.value is not None:
        return _decided(facts.admin_rules.value, facts.admin_rules.evidence, "no security admin rule applies")
    effective = facts.effective_groups.value
    if effective is not None:
        none = "the effective rules hold no entry of a network manager: no security admin rule applies"
        return _decided(effective.network_manager_rules, effective.evidence, none)
    unread = facts.admin_rules.without(facts.effective_groups)
    return Hop(
        HopName.ADMIN_RULES,
        Decision.UNKNOWN,
        f"security admin rules: {unread.why_not}",
        evidence=(unread.evidence,) if unread.evidence else (),
        missing_permission=unread.missing_permission,
    )


def _decided(rules: Iterable[AdminRule | SecurityRule], evidence: str, none: str) -> Hop:
    outbound = [rule for rule in rules if rule.is_outbound]
    if not outbound:
        return Hop(HopName.ADMIN_RULES, Decision.NOT_APPLICABLE, none, evidence=(evidence,))
    names = ", ".join(rule.name for rule in outbound)
    return Hop(
        HopName.ADMIN_RULES,
        Decision.UNKNOWN,
        f"outbound security admin rules apply ({names}): this version does not decide them yet",
        evidence=tuple(rule.evidence for rule in outbound),
    )
