from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from guest_attestation import views
from guest_attestation.diagnosis.check import Check, Status
from guest_attestation.runbook import Runbook
from guest_attestation.views.looks import Look
from guest_attestation.views.output import Table, look
from tests.scenario import SUBNET_NSG, VM, Scenario, outbound_rule
from tests.views.build import HOSTILE, NAMES, Page, plain_rows, runbook_of, sample
from tests.views.network import admin_rule, nsg_denies, only_home, with_admin_rules, without_subnet_group

TABLES: dict[str, Callable[[Runbook], Table]] = {
    "checks": views.checks,
    "causes": views.causes,
    "reports": views.reports,
    "rules of the NIC": lambda runbook: views.rules(runbook, "nic-nsg"),
    "rules of the subnet": lambda runbook: views.rules(runbook, "subnet-nsg"),
    "tiers": views.tiers,
    "other paths": views.other_paths,
}

each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())


@each_table
@pytest.mark.parametrize("name", NAMES)
def test_plain_text_and_html_say_the_same(name: str, table: Callable[[Runbook], Table]) -> None:
    shown = table(sample(name))

    assert plain_rows(shown) == Page(shown).rows(len(shown.columns))


@each_table
def test_a_data_frame_holds_the_same_rows(table: Callable[[Runbook], Table]) -> None:
    shown = table(sample("nsg-denies-attestation"))

    frame = shown.frame()

    symbols = re.compile(r"^[✔✘▲?–] ")
    assert tuple(frame.columns) == shown.columns
    assert [[symbols.sub("", cell) for cell in row] for row in plain_rows(shown)[1:]] == [
        [symbols.sub("", " ".join(cell.split())) for cell in row] for row in frame.to_numpy().tolist()
    ]


def test_what_comes_from_azure_is_shown_as_text_and_never_as_html() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    for rule in scenario.body(SUBNET_NSG)["properties"]["securityRules"]:
        rule["name"] += HOSTILE
    rewrite(scenario, "Failed sending curl request", json.dumps(HOSTILE)[1:-1])
    runbook = runbook_of(scenario)

    for table in TABLES.values():
        page = Page(table(runbook))
        assert page.tags <= {"table", "thead", "tbody", "tr", "th", "td"}
        assert {name for name, _ in page.attributes} <= {"style", "scope"}
    for shown in (views.causes(runbook), views.rules(runbook, "subnet-nsg"), views.reports(runbook)):
        assert any(HOSTILE in cell for cell in Page(shown).texts("td"))


def test_a_status_is_a_symbol_a_word_and_a_coloured_border() -> None:
    shown = views.checks(sample("nsg-denies-attestation"), "path.subnet-nsg")

    assert Page(shown).texts("td")[1] == "✘ fail"
    assert f"border-left:.4em solid {look('fail').colour}" in shown._repr_html_()


def test_checks_are_chosen_by_the_beginning_of_their_ids() -> None:
    runbook = sample("healthy")
    every = [row[0] for row in views.checks(runbook).rows]

    assert [row[0] for row in views.checks(runbook, "extension.", "dns.").rows] == [
        check for check in every if str(check).startswith(("extension.", "dns."))
    ]
    assert every == [check.id for check in runbook.diagnosis.checks]


def test_a_check_says_which_permission_was_missing_and_what_was_assumed() -> None:
    check = Check("path.nic-nsg", Status.UNKNOWN, "not read", "Microsoft.Network/x/read", ("this", "that"))
    runbook = sample("healthy")
    runbook = replace(runbook, diagnosis=replace(runbook.diagnosis, checks=(check,)))

    (row,) = views.checks(runbook).rows

    assert row == (
        "path.nic-nsg",
        look("unknown"),
        "yes",
        "not read (missing permission: Microsoft.Network/x/read). Assumed: this. Assumed: that.",
    )


def test_causes_come_by_rank_with_the_rule_and_the_resource_it_stands_on() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    scenario.body(VM)["properties"]["securityProfile"]["uefiSettings"]["secureBootEnabled"] = False

    rows = views.causes(runbook_of(scenario)).rows

    assert [row[:4] for row in rows] == [
        ("1", "secure-boot-off", "proven", "web-01"),
        ("2", "nsg-denies-attestation", "proven", "rule Deny-Internet-Outbound of web-subnet-nsg"),
    ]


def test_a_report_that_several_answers_hold_is_shown_once() -> None:
    # Without a time, what two answers say cannot be put in order, and both are kept.
    runbook = runbook_of(rewrite(Scenario.sample("nsg-denies-attestation"), '"time":', '"when":'))

    rows = views.reports(runbook).rows

    assert len(runbook.diagnosis.observed.statuses) == len(runbook.diagnosis.observed.legs) == 2
    assert [row[0] for row in rows] == ["extension", "guestattestation"]


def test_rules_stand_in_the_order_in_which_azure_tries_them_and_each_says_why() -> None:
    rows = views.rules(sample("nsg-denies-attestation"), "subnet-nsg").rows

    assert [row[0] for row in rows] == ["200", "210", "220", "4000", "65000", "65001", "65500"]
    assert [row[1:4] for row in rows if row[2] != "–"] == [("Deny-Internet-Outbound", look("deny"), "everything")]
    assert {row[3] for row in rows} == {"does not decide", "everything", "not reached"}
    assert all(row[4] for row in rows)


def test_rules_name_the_tiers_that_each_takes() -> None:
    rows = views.rules(runbook_of(only_home()), "subnet-nsg").rows

    assert [row[:4] for row in rows if isinstance(row[2], Look)] == [
        ("300", "Allow-Home", look("allow"), "home (eastus)"),
        ("4000", "Deny-Internet-Outbound", look("deny"), "pair (westus), other regions"),
    ]


def test_a_rule_that_allows_in_vain_is_a_warning_that_names_the_one_before_it() -> None:
    rows = views.rules(runbook_of(nsg_denies(outbound_rule("Late", 4010, "Allow", "AzureAttestation"))), "subnet-nsg")

    assert next(row[2:4] for row in rows.rows if row[1] == "Late") == (
        look("warn"),
        "allows in vain behind Deny-Internet-Outbound",
    )


def test_what_decides_without_being_a_rule_has_a_row_too() -> None:
    runbook = runbook_of(with_admin_rules(admin_rule("corp-allow", 100, "Allow", "AzureCloud.eastus")))

    assert [row[:4] for row in views.rules(runbook, "admin-rules").rows] == [
        ("100", "corp-allow", look("allow"), "home (eastus)"),
        ("", "no rule", look("allow"), "pair (westus), other regions"),
    ]


def test_a_group_that_was_not_read_is_unknown_of_everything() -> None:
    (row,) = views.rules(runbook_of(without_subnet_group()), "subnet-nsg").rows

    assert row[:4] == ("", "no rule", look("unknown"), "everything")
    assert "refused (403)" in str(row[4])


def test_a_hop_without_rules_gives_an_empty_table() -> None:
    shown = views.rules(sample("healthy"), "firewall")

    assert plain_rows(shown) == Page(shown).rows(5) == [list(shown.columns)]


def test_a_long_name_may_break_so_that_nothing_is_cut_off_and_a_short_one_stays_in_a_line() -> None:
    long = "Microsoft.Azure.Security.WindowsAttestation.GuestAttestation at 192.0.2.10"
    shown = Table(("text",), ((long,), ("web-subnet-nsg",)))

    html = shown._repr_html_()

    assert "Microsoft.<wbr>Azure.<wbr>Security.<wbr>WindowsAttestation.<wbr>GuestAttestation at 192.0.2.10" in html
    assert 'white-space:nowrap">web-subnet-nsg<' in html
    assert Page(shown).texts("td") == [long, "web-subnet-nsg"]


def rewrite(scenario: Scenario, old: str, new: str) -> Scenario:
    """Replace a piece of JSON in what the VM and its extensions answer."""
    for answer in (f"{VM}/extensions", VM):
        response = scenario.document(answer)["response"]
        response["body"] = json.loads(json.dumps(response["body"]).replace(old, new))
    return scenario


def test_what_could_rewrite_a_page_or_a_terminal_is_replaced_in_text_and_html() -> None:
    table = Table(("name",), (("a\x1b[31m\u202eb\nc",),))
    for shown in (repr(table), table._repr_html_()):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}b c" in shown
