"""The ladder of rules: what stands on its rungs, and that words say the same."""

from __future__ import annotations

import pytest

from guest_attestation import views
from guest_attestation.network.hop import Decision
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Picture, Text
from guest_attestation.views.roles import Role, ShownRule
from guest_attestation.views.rungs import MOST, Rung, rungs_of
from tests.scenario import SUBNET_NSG, outbound_rule
from tests.views.build import HOSTILE, NAMES, Page, runbook_of, sample
from tests.views.network import (
    admin_rule,
    nsg_denies,
    only_home,
    with_admin_rules,
    without_service_tags,
    without_subnet_group,
)
from tests.views.png import chunks, size
from tests.views.test_path_picture import AWKWARD

HOPS = ("admin-rules", "nic-nsg", "subnet-nsg")


def drawn(runbook: Runbook, hop: str = "subnet-nsg") -> Picture:
    shown = views.rule_ladder(runbook, hop)
    assert isinstance(shown, Picture)
    return shown


def test_the_words_name_every_rung_from_the_top_and_what_the_deciding_rule_does() -> None:
    assert drawn(sample("nsg-denies-attestation")).alternative == (
        "Rules of the subnet NSG web-subnet-nsg, by priority: deny. "
        "200 Allow-AzureActiveDirectory-Out: destination AzureActiveDirectory does not contain AzureAttestation; "
        "210 Allow-Storage-EastUS-Out: destination Storage.EastUS does not contain AzureAttestation; "
        "220 Allow-AzureMonitor-Out: destination AzureMonitor does not contain AzureAttestation; "
        "4000 Deny-Internet-Outbound: ✘ deny: everything; "
        "65000 AllowVnetOutBound: not reached; 65001 AllowInternetOutBound: not reached; "
        "65500 DenyAllOutBound: not reached."
    )


def test_a_rule_of_one_region_shows_which_part_it_takes() -> None:
    said = drawn(runbook_of(only_home())).alternative

    assert ": partial. " in said
    assert "300 Allow-Home: ✔ allow: home (eastus); 4000 Deny-Internet-Outbound: ✘ deny: pair (westus), other" in said


def test_a_rule_that_allows_in_vain_is_marked_and_drawn_otherwise_than_one_that_is_not_reached() -> None:
    late = drawn(runbook_of(nsg_denies(outbound_rule("Late", 4010, "Allow", "AzureAttestation"))))
    other = drawn(runbook_of(nsg_denies(outbound_rule("Late", 4010, "Deny", "AzureAttestation"))))

    assert "4010 Late: ▲ allows in vain, behind Deny-Internet-Outbound;" in late.alternative
    assert "4010 Late: not reached;" in other.alternative
    assert late.png != other.png


def test_admin_rules_have_a_ladder_with_their_network_manager() -> None:
    said = drawn(runbook_of(with_admin_rules(admin_rule("corp-deny", 100, "Deny", "Internet"))), "admin-rules")

    assert said.alternative == "Rules of the admin rules corp, by priority: deny. 100 corp-deny: ✘ deny: everything."


def test_what_an_admin_rule_delivers_past_the_nsg_stands_on_top() -> None:
    scenario = with_admin_rules(admin_rule("always", 10, "AlwaysAllow", "AzureCloud.eastus"))

    said = drawn(runbook_of(scenario)).alternative

    assert ": partial. (no rule): ✔ allow: home (eastus); 200 " in said


def test_rules_of_several_network_managers_are_not_said_to_fall_from_rung_to_rung() -> None:
    one = admin_rule("one", 100, "Deny", "Internet")
    alone = drawn(runbook_of(with_admin_rules(one)), "admin-rules")
    two = (one, admin_rule("two", 50, "Deny", "Internet", manager="team"))
    both = drawn(runbook_of(with_admin_rules(*two)), "admin-rules")

    assert "100 one: ✘ deny: everything; 50 two: destination Internet contains AzureAttestation" in both.alternative
    assert size(both.png)[1] > size(alone.png)[1]


def test_a_hop_without_rules_gets_a_sentence() -> None:
    shown = views.rule_ladder(sample("healthy"), "admin-rules")

    assert isinstance(shown, Text)
    assert Page(shown).texts("b") == ["admin rules: – not applicable"]
    assert repr(shown).splitlines()[1] == "no outbound security admin rule applies."


def test_a_group_that_was_not_read_says_so() -> None:
    shown = views.rule_ladder(runbook_of(without_subnet_group()), "subnet-nsg")

    assert isinstance(shown, Text)
    assert repr(shown).startswith("subnet NSG: ? unknown\nNSG: refused (403)")


@pytest.mark.parametrize("hop", HOPS)
@pytest.mark.parametrize("name", NAMES)
def test_every_sample_has_a_ladder_or_a_sentence_that_names_the_decision(name: str, hop: str) -> None:
    runbook = sample(name)

    shown = repr(views.rule_ladder(runbook, hop))

    (entry,) = (it for it in runbook.diagnosis.path.hops if it.hop == hop)
    assert str(entry.decision).replace("-", " ") in shown


def test_without_prefixes_the_ladder_is_drawn_all_the_same() -> None:
    assert "4000 Deny-Internet-Outbound: ✘ deny: everything" in drawn(runbook_of(without_service_tags())).alternative


def test_the_same_incident_gives_the_same_bytes_and_none_that_name_a_time_or_a_version() -> None:
    one, other = (drawn(sample("nsg-denies-attestation")).png for _ in range(2))

    assert one == other
    assert set(chunks(one)) == {"IHDR", "pHYs", "IDAT", "IEND"}


@pytest.mark.parametrize("text", [*AWKWARD.values(), HOSTILE], ids=[*AWKWARD.keys(), "HTML"])
def test_an_awkward_name_is_drawn_as_text_and_breaks_nothing(text: str) -> None:
    scenario = nsg_denies()
    scenario.body(SUBNET_NSG)["properties"]["securityRules"][-1]["name"] = text
    scenario.body(SUBNET_NSG)["id"] = f"{SUBNET_NSG}-{text.rpartition('/')[2]}"
    usual = drawn(sample("nsg-denies-attestation"))

    shown = drawn(runbook_of(scenario))

    assert text in shown.alternative
    assert size(shown.png) == size(usual.png)
    assert shown.png != usual.png


def test_a_ladder_is_as_wide_as_the_path_and_never_higher_than_fifteen_rungs() -> None:
    fifteen = drawn(runbook_of(nsg_denies(*(_other(number) for number in range(8)))))
    many = drawn(runbook_of(nsg_denies(*(_other(number) for number in range(300)))))

    assert size(many.png)[0] == size(fifteen.png)[0] <= 1100
    assert size(many.png)[1] <= size(fifteen.png)[1] <= 1000
    assert "200 … 303 rules do not decide; 4000 Deny-Internet-Outbound: ✘ deny: everything; 65000 " in many.alternative


def _other(number: int) -> dict[str, object]:
    return outbound_rule(f"Other-{number}", 500 + number, "Allow", f"10.{number % 250}.0.0/16")


def rule(number: int, role: Role = Role.PASSES, decision: Decision | None = None) -> ShownRule:
    return ShownRule(f"rule-{number}", number, role, decision, "all", "why")


def taking(number: int, decision: Decision) -> ShownRule:
    return rule(number, Role.TAKES, decision)


def test_up_to_fifteen_rules_each_have_their_rung() -> None:
    rules = [rule(number) for number in range(MOST)]

    assert rungs_of(rules) == [Rung((it,)) for it in rules]


def test_of_more_the_runs_between_what_decides_are_counted_and_the_order_is_kept() -> None:
    rules = [rule(number) for number in range(40)]
    rules[20] = taking(20, Decision.DENY)
    rules[30:] = [rule(number, Role.NOT_REACHED) for number in range(30, 40)]
    rules[39] = rule(39, Role.IN_VAIN)

    rungs = rungs_of(rules)

    assert [it for rung in rungs for it in rung.rules] == rules
    assert [rung.text for rung in rungs] == [
        "0 … 20 rules do not decide",
        "20 rule-20: ✘ deny: all",
        "21 … 9 rules do not decide, 9 rules are not reached",
        "39 rule-39: ▲ allows in vain, all",
    ]


def test_short_runs_stay_apart_where_there_is_room() -> None:
    rules = [*(rule(number) for number in range(40)), taking(40, Decision.DENY), rule(41), rule(42)]

    assert [rung.is_folded for rung in rungs_of(rules)] == [True, False, False, False]


def test_however_many_decide_what_denies_is_never_left_out() -> None:
    rules = [taking(number, Decision.ALLOW) for number in range(60)]
    rules[50] = taking(50, Decision.DENY)

    rungs = rungs_of(rules)

    assert len(rungs) <= MOST
    assert [it for rung in rungs for it in rung.rules] == rules
    assert "50 rule-50: ✘ deny: all" in [rung.text for rung in rungs]
    assert rungs[-1].text == "51 … 9 more rules take a part"


def test_a_single_rule_is_counted_in_the_singular() -> None:
    assert Rung((rule(1), rule(2, Role.NOT_REACHED))).name == "1 rule does not decide, 1 rule is not reached"


def test_what_is_pale_is_never_reached() -> None:
    assert Rung((rule(1, Role.NOT_REACHED), rule(2, Role.NOT_REACHED))).is_pale
    assert not Rung((rule(1, Role.NOT_REACHED), rule(2))).is_pale
