"""The firewall as a hop: what its rules decide together, and which of them (facts 6.1, 6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.network.addresses import AddressSet
from guest_attestation.network.firewall_assumptions import assumptions_of
from guest_attestation.network.firewall_match import RuleMatch
from guest_attestation.network.firewall_order import PlacedRule
from guest_attestation.network.firewall_terms import Terms
from guest_attestation.network.firewall_walk import Walk, named, reached_matches, trace_of, walk_rules
from guest_attestation.network.hop import Decision, Hop, HopName, Part
from guest_attestation.network.question import Question
from guest_attestation.network.summary import part_that_shows, unread_prefixes, where_of
from guest_attestation.network.tiers import TierName, decide

_SHOWN = 3
_VERBS = {Decision.ALLOW: "allows", Decision.DENY: "denies"}


def firewall_hop(
    configuration: FirewallConfiguration, terms: Terms, hosts: Mapping[TierName, str], arriving: AddressSet
) -> Hop:
    """Decide a firewall's own rules, or those of its policy and of what that inherits from.

    What network rules leave of a tier goes on to the application rules under the tier's name, one of `hosts`. What does
    not arrive here counts as allowed (design 5, "The decision").
    """
    firewall, question = configuration.firewall, terms.question
    walks = walk_rules(configuration, _terms_of(configuration, terms), hosts, arriving)
    labelled = [(part, walk) for walk in walks for part in walk.parts]
    parts = tuple(named(part, walk) for part, walk in labelled)
    decision = decide(parts, question.tiers)
    shown = part_that_shows(decision, parts, question)
    match = next(
        (walk.matches.get(it.rule) for (it, walk), part in zip(labelled, parts, strict=True) if part is shown), None
    )
    rule = match.placed if match is not None and isinstance(match.placed, PlacedRule) else None
    assumed = (it.assumption for it in reached_matches(walks))
    assumptions = (*(it for it in assumed if it), *assumptions_of(configuration), *unread_prefixes(question))
    return Hop(
        HopName.FIREWALL,
        decision,
        f"{_summary(decision, parts, firewall.name, question)}{_hidden(decision, walks)}",
        resource=rule.place.resource if rule else firewall.id,
        rule=rule.rule.name if rule else None,
        parts=parts,
        trace=tuple(trace_of(walks)),
        evidence=tuple(dict.fromkeys(it for part in parts for it in _evidence(part, configuration) if it)),
        assumptions=tuple(dict.fromkeys(assumptions)),
        missing_permission=match.missing_permission if match and decision is Decision.UNKNOWN else None,
        written_with=_written_with(configuration),
        ends_tls=decision is Decision.UNKNOWN and _only_tls(labelled, question),
    )


def _terms_of(configuration: FirewallConfiguration, terms: Terms) -> Terms:
    """DNS and explicit proxy are settings of the firewall's own policy: they are not documented as inherited."""
    policy = configuration.policy.value if configuration.policy else None
    if policy is None:
        return replace(terms, dns_proxy=configuration.firewall.dns_proxy)
    return replace(terms, dns_proxy=policy.dns_proxy, explicit_proxy=policy.explicit_proxy)


def _only_tls(labelled: Iterable[tuple[Part, Walk]], question: Question) -> bool:
    """Tell whether all would be allowed if only no rule that takes it for certain inspected TLS."""
    parts = [
        replace(part, decision=Decision.ALLOW) if _inspected(part, walk.matches.get(part.rule)) else part
        for part, walk in labelled
    ]
    return decide(parts, question.tiers) is Decision.ALLOW


def _inspected(part: Part, match: RuleMatch | None) -> bool:
    return match is not None and match.ends_tls and not part.addresses - match.match.takes


def _evidence(part: Part, configuration: FirewallConfiguration) -> tuple[str, ...]:
    """Show what decides a part: its rule, or everything that holds none for it."""
    groups = configuration.groups
    if part.rule or groups is None or part.decision is Decision.UNKNOWN:
        return (part.evidence,)
    return (part.evidence, groups.evidence, *(it.groups.evidence for it in configuration.parents))


def _summary(decision: Decision, parts: tuple[Part, ...], firewall: str, question: Question) -> str:
    shown = part_that_shows(decision, parts, question)
    if shown is None:
        return f"firewall {firewall} gets only what is of other regions{_elsewhere(parts)}"
    if decision in (Decision.ALLOW, Decision.DENY):
        alike = [it for it in parts if it.decision is decision]
        by = list(dict.fromkeys(f"{_who(it)}: {it.why}" for it in (shown, *alike)))
        more = f"; and by {len(by) - _SHOWN} more" if len(by) > _SHOWN else ""
        note = _elsewhere(parts) if decision is Decision.ALLOW else ""
        return f"firewall {firewall} {_VERBS[decision]} {question.text} by {'; by '.join(by[:_SHOWN])}{more}{note}"
    if decision is Decision.PARTIAL:
        what = f"some of {question.text}{where_of(shown, question)}"
        return f"firewall {firewall} does not allow {what} by {_who(shown)}: {shown.why}"
    return f"firewall {firewall}: {question.text} is not decided: {shown.why}"


def _hidden(decision: Decision, walks: list[Walk]) -> str:
    """Name a rule that allows in vain what is denied before it: the usual surprise."""
    if decision is not Decision.DENY:
        return ""
    home = walks[0]
    allowing = (it for it in home.matches.values() if it.match.decision is Decision.ALLOW)
    vain = [it for it in allowing if home.arriving & it.match.takes]
    whole = [it for it in vain if not home.arriving - it.match.takes]
    what = "it" if whole else "some of it"
    placed = (it.placed for it in (*whole, *vain) if isinstance(it.placed, PlacedRule))
    shown = (f"rule {it.rule.name} of {it.place.text}" for it in placed)
    return next((f"; {it}, which allows {what}, comes later" for it in shown), "")


def _elsewhere(parts: tuple[Part, ...]) -> str:
    """Note what is denied of other regions: an allowed path does not need them."""
    denied = [it for it in parts if it.tier == TierName.OTHER and it.decision is Decision.DENY]
    by = list(dict.fromkeys(map(_who, denied)))
    return f"; {', '.join(by[:_SHOWN])} denies some of other regions" if by else ""


def _who(part: Part) -> str:
    return f"rule {part.rule} of {part.place.text}" if part.place else "default"


def _written_with(configuration: FirewallConfiguration) -> tuple[str, ...]:
    """Name the resources whose writes may change what is decided, apart from the one that holds the rule."""
    firewall = configuration.firewall
    policies = (firewall.firewall_policy_id, *(it.id for it in configuration.parents))
    read = (it.value.id for it in configuration.ip_groups.values() if it.value)
    return (firewall.id, *(it for it in policies if it is not None), *read)
