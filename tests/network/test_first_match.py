from __future__ import annotations

import pytest

from guest_attestation.network.addresses import AddressSet, symbol
from guest_attestation.network.first_match import Match, first_match
from guest_attestation.network.hop import Decision, Part, TraceLine
from tests.network.build import addresses

ALL = addresses("203.0.113.0/24")
LOW, HIGH = addresses("203.0.113.0/25"), addresses("203.0.113.128/25")
NONE = addresses()


def _match(
    rule: str | None,
    decision: Decision,
    takes: AddressSet = NONE,
    may_take: AddressSet = NONE,
    *,
    sometimes: bool = False,
) -> Match:
    return Match(rule, 100, decision, takes, may_take, f"why of {rule}", f"evidence of {rule}", sometimes=sometimes)


def _allow(rule: str, takes: AddressSet = NONE, may_take: AddressSet = NONE, *, sometimes: bool = False) -> Match:
    return _match(rule, Decision.ALLOW, takes, may_take, sometimes=sometimes)


def _deny(rule: str, takes: AddressSet = NONE, may_take: AddressSet = NONE, *, sometimes: bool = False) -> Match:
    return _match(rule, Decision.DENY, takes, may_take, sometimes=sometimes)


def _only(*matches: Match, destinations: AddressSet = ALL) -> Part:
    (part,) = first_match(matches, destinations)[0]
    return part


def _by_rule(*matches: Match) -> dict[str | None, tuple[Decision, AddressSet]]:
    return {part.rule: (part.decision, part.addresses) for part in first_match(matches, ALL)[0]}


def _whys(*matches: Match, destinations: AddressSet = ALL) -> dict[str, str]:
    return {line.rule: line.why for line in first_match(matches, destinations)[1]}


def test_the_first_rule_that_takes_everything_decides() -> None:
    assert _only(_allow("first", ALL), _deny("second", ALL)) == Part(
        Decision.ALLOW, ALL, "first", "evidence of first", "why of first"
    )


def test_a_rule_takes_its_part_and_leaves_the_rest_to_those_after_it() -> None:
    assert _by_rule(_deny("narrow", LOW), _allow("wide", ALL)) == {
        "narrow": (Decision.DENY, LOW),
        "wide": (Decision.ALLOW, HIGH),
    }


def test_a_doubt_does_not_matter_where_what_follows_decides_alike() -> None:
    part = _only(_deny("doubt", may_take=ALL), _deny("certain", ALL))
    assert (part.decision, part.rule) == (Decision.DENY, "certain")


def test_a_doubt_that_would_decide_otherwise_leaves_its_part_unknown_and_is_named() -> None:
    assert _by_rule(_deny("doubt", may_take=LOW), _allow("certain", ALL)) == {
        "doubt": (Decision.UNKNOWN, LOW),
        "certain": (Decision.ALLOW, HIGH),
    }
    part = _only(_deny("doubt", may_take=ALL), _allow("certain", ALL))
    assert (part.evidence, part.why) == ("evidence of doubt", "rule doubt: why of doubt")


def test_what_takes_only_some_connections_leaves_its_part_partial() -> None:
    part = _only(_deny("some ports", may_take=ALL, sometimes=True), _allow("certain", ALL))
    assert (part.decision, part.rule) == (Decision.PARTIAL, "some ports")


@pytest.mark.parametrize("first_is_sometimes", [True, False])
def test_a_part_is_not_called_partial_where_one_of_its_doubts_may_take_all_of_it(first_is_sometimes: bool) -> None:
    doubts = (
        _deny("one", may_take=ALL, sometimes=first_is_sometimes),
        _deny("other", may_take=ALL, sometimes=not first_is_sometimes),
    )
    assert _only(*doubts, _allow("certain", ALL)).decision is Decision.UNKNOWN


def test_a_part_is_not_called_partial_where_a_doubt_of_the_same_decision_may_take_it_before() -> None:
    """If `may` matches, everything is allowed and `some` takes nothing: then nothing is partial."""
    may, some = _allow("may", may_take=ALL), _deny("some", may_take=ALL, sometimes=True)
    assert _only(may, some, _allow("certain", ALL)).decision is Decision.UNKNOWN
    assert _only(some, may, _allow("certain", ALL)).decision is Decision.PARTIAL


def test_the_first_doubt_that_would_decide_otherwise_is_named() -> None:
    doubts = (_allow("alike", may_take=ALL), _deny("first", may_take=ALL), _deny("second", may_take=ALL))
    assert _only(*doubts, _allow("certain", ALL)).rule == "first"


def test_certain_and_uncertain_shares_of_one_rule_are_kept_apart() -> None:
    parts = first_match([_deny("both", LOW, HIGH), _allow("last", ALL)], ALL)[0]
    assert [(part.decision, part.rule, part.addresses) for part in parts] == [
        (Decision.DENY, "both", LOW),
        (Decision.UNKNOWN, "both", HIGH),
    ]


def test_without_any_rule_that_decides_nothing_is_known_and_no_rule_is_named() -> None:
    part = _only(_allow("elsewhere"))
    assert (part.decision, part.rule, part.addresses, part.evidence) == (Decision.UNKNOWN, None, ALL, "")
    assert "no rule decides" in part.why


def test_what_only_a_doubt_may_take_is_unknown_and_names_the_doubt() -> None:
    part = _only(_allow("doubt", may_take=ALL))
    assert (part.decision, part.rule, part.evidence) == (Decision.UNKNOWN, "doubt", "evidence of doubt")


def test_pieces_that_one_rule_decides_alike_are_one_part() -> None:
    parts = first_match([_allow("doubt", may_take=LOW), _allow("certain", ALL)], ALL)[0]
    assert [(part.rule, part.addresses) for part in parts] == [("certain", ALL)]


def test_symbols_are_decided_each_as_a_whole() -> None:
    every = symbol(0) | symbol(1)
    part = _only(_deny("it", every), destinations=every)
    assert (part.decision, part.addresses) == (Decision.DENY, every)
    parts = first_match([_deny("it", symbol(1)), _allow("rest", every)], every)[0]
    assert [(part.rule, part.addresses) for part in parts] == [("it", symbol(1)), ("rest", symbol(0))]


def test_every_rule_leaves_a_line_in_order_and_says_whether_it_decides_a_part() -> None:
    matches = [_deny("narrow", LOW), _allow("elsewhere"), _allow("wide", ALL), _deny("last", ALL)]
    trace = first_match(matches, ALL)[1]
    assert [(line.rule, line.priority, line.matched) for line in trace] == [
        ("narrow", 100, True),
        ("elsewhere", 100, False),
        ("wide", 100, True),
        ("last", 100, False),
    ]


def test_a_line_says_why_a_rule_takes_part_or_not() -> None:
    whys = _whys(_deny("narrow", LOW), _allow("again", LOW), _allow("off"), _allow("wide", ALL), _deny("late", ALL))
    assert whys == {
        "narrow": "why of narrow",
        "again": "takes nothing that is left: why of again",
        "off": "why of off",
        "wide": "why of wide",
        "late": "not reached: rules before it decide everything",
    }


def test_a_line_says_that_nothing_is_left_of_what_a_rule_may_take() -> None:
    whys = _whys(_deny("narrow", LOW), _allow("doubt", may_take=LOW), _allow("wide", ALL))
    assert whys["doubt"] == "takes nothing that is left: why of doubt"


def test_a_line_says_that_a_rule_would_decide_what_a_doubt_may_take_before_it() -> None:
    doubt, certain = _deny("doubt", may_take=ALL), _allow("certain", ALL)
    trace = first_match([doubt, certain], ALL)[1]
    assert [(line.rule, line.matched) for line in trace] == [("doubt", True), ("certain", False)]
    assert _whys(doubt, certain)["certain"] == "would allow what rule doubt may take before it: why of certain"


def test_a_rule_that_decides_one_part_and_is_in_doubt_on_another_counts_as_matched() -> None:
    matches = [_deny("doubt", may_take=LOW), _allow("certain", ALL)]
    assert [(line.rule, line.matched, line.why) for line in first_match(matches, ALL)[1]] == [
        ("doubt", True, "why of doubt"),
        ("certain", True, "why of certain"),
    ]


def test_what_is_no_rule_decides_without_a_line_in_the_trace() -> None:
    exemption = _match(None, Decision.ALLOW, ALL)
    parts, trace = first_match([_deny("narrow", LOW), exemption], ALL)
    assert [(part.rule, part.decision) for part in parts] == [("narrow", Decision.DENY), (None, Decision.ALLOW)]
    assert [line.rule for line in trace] == ["narrow"]


def _line(name: str, *matches: Match) -> TraceLine:
    return next(line for line in first_match(matches, ALL)[1] if line.rule == name)


def test_a_line_says_whether_anything_was_left_when_its_rule_came() -> None:
    matches = [_allow("off"), _deny("narrow", LOW), _allow("wide", ALL), _deny("late", ALL)]
    assert [line.reached for line in first_match(matches, ALL)[1]] == [True, True, True, False]


def test_an_allow_is_shadowed_by_the_rules_that_deny_before_it_all_that_it_would_allow() -> None:
    line = _line("in vain", _deny("low", LOW), _deny("high", HIGH), _allow("in vain", ALL))
    assert line.shadowed_by == ("low", "high")
    assert not line.matched
    assert _line("in vain", _deny("low", LOW), _allow("in vain", LOW), _allow("wide", ALL)).shadowed_by == ("low",)


def test_an_allow_that_takes_some_of_what_it_would_is_not_shadowed() -> None:
    assert _line("part", _deny("low", LOW), _allow("part", ALL)).shadowed_by == ()


def test_an_allow_behind_another_that_allows_the_same_is_not_shadowed() -> None:
    assert _line("again", _allow("first", ALL), _allow("again", ALL)).shadowed_by == ()
    assert _line("again", _allow("first", LOW), _deny("high", HIGH), _allow("again", ALL)).shadowed_by == ()


def test_an_allow_that_takes_nothing_or_only_may_is_not_shadowed() -> None:
    assert _line("off", _deny("first", ALL), _allow("off")).shadowed_by == ()
    assert _line("may", _deny("first", ALL), _allow("may", may_take=ALL)).shadowed_by == ()


def test_a_denial_is_never_shadowed() -> None:
    assert _line("late", _deny("first", ALL), _deny("late", ALL)).shadowed_by == ()
    assert _line("late", _allow("first", ALL), _deny("late", ALL)).shadowed_by == ()


def test_an_allow_behind_what_is_not_decided_is_not_called_shadowed() -> None:
    """The doubt may allow the same, so that what comes behind it is not denied for sure."""
    doubt, certain = _allow("doubt", may_take=ALL), _deny("certain", ALL)
    assert _line("late", doubt, certain, _allow("late", ALL)).shadowed_by == ()
    some = _deny("some", may_take=ALL, sometimes=True)
    assert _line("late", some, _allow("first", ALL), _allow("late", ALL)).shadowed_by == ()


def test_a_doubt_before_a_denial_does_not_hide_that_an_allow_is_shadowed_where_both_deny() -> None:
    doubt, certain = _deny("doubt", may_take=ALL), _deny("certain", ALL)
    assert _line("late", doubt, certain, _allow("late", ALL)).shadowed_by == ("certain",)


def test_rules_of_one_name_are_told_apart_by_their_evidence() -> None:
    def named(evidence: str, decision: Decision, takes: AddressSet) -> Match:
        return Match("same", 1, decision, takes, NONE, "why", evidence)

    parts, trace = first_match([named("one", Decision.DENY, LOW), named("two", Decision.DENY, ALL)], ALL)
    assert [(part.evidence, part.addresses) for part in parts] == [("one", LOW), ("two", HIGH)]
    assert [line.matched for line in trace] == [True, True]
