"""Security admin rules, which stand ahead of the NSGs: they deny, leave it to the NSGs, or deliver past them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from guest_attestation.facts.admin_rule import AdminRule
from guest_attestation.facts.attachment import Attachment
from guest_attestation.network.addresses import AddressSet, union
from guest_attestation.network.first_match import Match, first_match
from guest_attestation.network.hop import Decision, Hop, HopName, Part, TraceLine
from guest_attestation.network.question import Question
from guest_attestation.network.security_rule import HeldRule, hold
from guest_attestation.network.summary import part_that_shows, unread_prefixes
from guest_attestation.network.tags import Tags
from guest_attestation.network.tiers import decide

_ACCESS = {"deny": Decision.DENY, "allow": Decision.ALLOW, "alwaysallow": Decision.ALLOW}
_LIFTS = {"deny": Decision.DENY, "allow": Decision.DENY, "alwaysallow": Decision.ALLOW}
_WORST_FIRST = (Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN)
_NO_RULE = "no admin rule takes it: the NSGs decide"
_FROM_EFFECTIVE = (
    "the list of admin rules was not read: what the effective rules of the NIC hold of them serves instead"
)


@dataclass(frozen=True)
class Lift:
    """What an AlwaysAllow delivers past the NSGs, for sure and perhaps; `unread` where no admin rule was read."""

    lifted: AddressSet
    may_be_lifted: AddressSet
    unread: bool = False


@dataclass(frozen=True)
class _Manager:
    """What one network manager's rules do: `parts` where what they leave is allowed, `allowing` what they may allow.

    `lifted` is what an AlwaysAllow delivers, `may_be_lifted` what it may, `spoken` all that the rules may take.
    """

    parts: list[Part]
    allowing: list[Part]
    trace: list[TraceLine]
    lifted: AddressSet
    may_be_lifted: AddressSet
    spoken: AddressSet
    assumptions: list[str]


def admin_rules_hop(at: Attachment, question: Question, tags: Tags) -> tuple[Hop, Lift]:
    """Decide the outbound admin rules of every network manager, and what they lift of the NSGs (facts 4.5).

    Without the list, the effective rules of the NIC serve: they hold an entry for each network manager.
    """
    nothing = question.destinations.nothing
    rules = _outbound(at)
    if rules is None:
        unread = at.admin_rules.without(at.effective_groups)
        why = f"security admin rules: {unread.why_not}"
        hop = Hop.unknown(HopName.ADMIN_RULES, why, unread.evidence, unread.missing_permission)
        return hop, Lift(nothing, nothing, unread=True)
    source = at.admin_rules if at.admin_rules.value is not None else at.effective_groups
    if not rules:
        none = "no outbound security admin rule applies"
        return Hop(HopName.ADMIN_RULES, Decision.NOT_APPLICABLE, none, evidence=(source.evidence,)), Lift(
            nothing, nothing
        )
    managers = [_walk(of_one, question, tags) for of_one in _by_manager(rules)]
    parts = _together(managers, question)
    lift = _lift(managers, nothing)
    decision = decide(parts, question.tiers)
    shown = part_that_shows(decision, parts, question)
    assumptions = [*(it for manager in managers for it in manager.assumptions), *unread_prefixes(question)]
    return Hop(
        HopName.ADMIN_RULES,
        decision,
        _summary(decision, shown, lift, question),
        resource=_manager_of(rules, shown),
        rule=shown.rule if shown else None,
        parts=tuple(parts),
        trace=tuple(line for manager in managers for line in manager.trace),
        evidence=tuple(dict.fromkeys(it for it in (source.evidence, *(part.evidence for part in parts)) if it)),
        assumptions=tuple(dict.fromkeys((*assumptions, *(() if source is at.admin_rules else (_FROM_EFFECTIVE,))))),
    ), lift


def _outbound(at: Attachment) -> Sequence[AdminRule] | None:
    """Return the outbound rules of the list, else of the effective rules; None where neither was read."""
    rules = at.admin_rules.value
    if rules is None:
        effective = at.effective_groups.value
        if effective is None:
            return None
        rules = tuple(AdminRule(rule, manager) for manager, rule in effective.network_manager_rules)
    return [it for it in rules if not it.rule.is_inbound]


def _by_manager(rules: Iterable[AdminRule]) -> list[list[AdminRule]]:
    managers: dict[str, list[AdminRule]] = {}
    for it in rules:
        managers.setdefault(it.manager.casefold(), []).append(it)
    return [sorted(of_one, key=lambda it: it.rule.priority or 0) for of_one in managers.values()]


def _walk(rules: list[AdminRule], question: Question, tags: Tags) -> _Manager:
    """Walk one manager's rules by priority; what none takes is left to the other managers, and to the NSGs."""
    every = question.destinations
    held = [_hold(it, question, tags) for it in rules]
    matches = [it.match for it in held]
    lifting = [
        replace(match, decision=_LIFTS.get(it.rule.access.casefold(), Decision.UNKNOWN))
        for it, match in zip(rules, matches, strict=True)
    ]
    parts, trace = first_match([*matches, _rest(Decision.ALLOW, every)], every)
    or_denied, _ = first_match([*matches, _rest(Decision.DENY, every)], every)
    lifts, _ = first_match([*lifting, _rest(Decision.DENY, every)], every)
    return _Manager(
        parts,
        [part for part in or_denied if part.decision is not Decision.DENY],
        trace,
        _addresses(every, (part for part in lifts if part.decision is Decision.ALLOW)),
        _addresses(every, (part for part in lifts if part.decision in (Decision.UNKNOWN, Decision.PARTIAL))),
        union(every.version, (it for match in matches for it in (match.takes, match.may_take))),
        [it.assumption for it, line in zip(held, trace, strict=True) if line.reached and it.assumption],
    )


def _rest(decision: Decision, every: AddressSet) -> Match:
    return Match(None, None, decision, every, every.nothing, _NO_RULE, "")


def _addresses(every: AddressSet, parts: Iterable[Part]) -> AddressSet:
    return union(every.version, (part.addresses for part in parts))


def _lift(managers: list[_Manager], nothing: AddressSet) -> Lift:
    """Tell what is delivered past the NSGs: what no other manager, whose scope may be higher, decides otherwise."""
    lifted = nothing
    for one in managers:
        others = (it.spoken - it.lifted for it in managers if it is not one)
        lifted = lifted | (one.lifted - union(nothing.version, others))
    perhaps = union(nothing.version, (it for one in managers for it in (one.lifted, one.may_be_lifted)))
    return Lift(lifted, perhaps - lifted)


def _hold(it: AdminRule, question: Question, tags: Tags) -> HeldRule:
    """Hold a rule whose network groups are not known: as a source they may hold the VM, as a destination some of it."""
    rule, anything = it.rule, ("*",)
    held = hold(rule, question, tags, _ACCESS)
    widest = replace(
        rule,
        source_address_prefixes=anything if it.source_groups else rule.source_address_prefixes,
        destination_address_prefixes=anything if it.destination_groups else rule.destination_address_prefixes,
    )
    most = hold(widest, question, tags, _ACCESS)
    if most.match == held.match:
        return held
    may = (most.match.takes | most.match.may_take) - held.match.takes
    why = f"what its network groups hold is not known; {most.match.why}" if may else most.match.why
    match = replace(most.match, takes=held.match.takes, may_take=may, why=why, sometimes=False)
    return HeldRule(match, held.assumption or most.assumption)


def _together(managers: list[_Manager], question: Question) -> list[Part]:
    """Join what several managers say: the one with the higher scope wins, and which that is is not known.

    So what one denies, or may deny, and another may allow is unknown. What a manager leaves to others is no opinion.
    """
    disputed = [
        _disputed(mine, theirs)
        for one, other in permutations(managers, 2)
        for mine in one.parts
        for theirs in other.allowing
        if mine.decision in _WORST_FIRST and mine.addresses & theirs.addresses
    ]
    spoken = [part for one in managers for part in one.parts if part.rule is not None]
    stopping = [part for part in spoken if part.decision in _WORST_FIRST]
    stopping.sort(key=lambda part: _WORST_FIRST.index(part.decision))
    parts: list[Part] = []
    left = question.destinations
    for part in (*disputed, *stopping, *(it for it in spoken if it not in stopping)):
        taken = part.addresses & left
        if taken:
            parts.append(replace(part, addresses=taken))
            left = left - taken
    return [*parts, *([Part(Decision.ALLOW, left, None, "", _NO_RULE)] if left else [])]


def _disputed(one: Part, other: Part) -> Part:
    why = (
        f"rule {one.rule} and rule {other.rule} of another network manager differ, and which of them wins is not known"
    )
    return Part(Decision.UNKNOWN, one.addresses & other.addresses, one.rule, one.evidence, why)


def _manager_of(rules: Iterable[AdminRule], shown: Part | None) -> str | None:
    if shown is None or shown.rule is None:
        return None
    found = (it.manager for it in rules if it.rule.name == shown.rule and it.rule.evidence == shown.evidence)
    return next(found, "") or None


def _summary(decision: Decision, shown: Part | None, lift: Lift, question: Question) -> str:
    rule = f"rule {shown.rule}" if shown and shown.rule else None
    why = shown.why if shown else _NO_RULE
    if decision is Decision.DENY:
        return f"security admin {rule} denies {question.text}: {why}"
    if decision is Decision.ALLOW:
        if lift.lifted == question.destinations:
            return f"security admin {rule} delivers {question.text} past the NSGs: {why}"
        return f"no security admin rule denies {question.text}: {f'{rule}: ' if rule else ''}{why}"
    some = "some of " if decision is Decision.PARTIAL else "not decided for all of "
    return f"security admin rules: {some}{question.text}: {f'{rule}: ' if rule else ''}{why}"
