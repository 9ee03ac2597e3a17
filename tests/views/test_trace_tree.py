"""The trace as a tree: every rule with its reason, as text and as HTML that needs no trust."""

from __future__ import annotations

import re

import pytest

from guest_attestation import views
from guest_attestation.runbook import Runbook
from guest_attestation.views.trace_tree import Tree
from tests.scenario import SUBNET_NSG, Scenario, outbound_rule
from tests.views.build import HOSTILE, NAMES, Page, runbook_of, sample
from tests.views.network import (
    admin_rule,
    firewalls,
    nsg_denies,
    only_home,
    with_admin_rules,
    with_second_address,
    without_service_tags,
    without_subnet_group,
)


def lines(runbook: Runbook) -> list[str]:
    return repr(views.trace_tree(runbook)).splitlines()


def below(runbook: Runbook, beginning: str) -> list[str]:
    """Return what stands below the hop whose line begins so."""
    every = lines(runbook)
    start = next(place for place, line in enumerate(every) if line.strip().startswith(beginning))
    rest = every[start + 1 :]
    end = next((place for place, line in enumerate(rest) if not line.startswith("    ")), len(rest))
    return [line.strip() for line in rest[:end]]


def test_the_first_line_says_from_where_to_where_what_of_it_passes_and_where_it_stops() -> None:
    assert lines(sample("nsg-denies-attestation"))[0] == (
        "✘ deny: TCP 443 to AzureAttestation, from 192.0.2.4 of web-01-nic: "
        "home (eastus) deny, pair (westus) deny, other regions deny; stops at the subnet NSG"
    )


def test_of_a_part_that_stops_the_first_line_names_the_tiers() -> None:
    first = lines(runbook_of(only_home()))[0]

    assert first.startswith("▲ partial: ")
    assert first.endswith(": home (eastus) allow, pair (westus) deny, other regions deny")


def test_below_a_hop_stands_every_rule_with_what_it_takes_or_why_not() -> None:
    lacks = "does not contain AzureAttestation"

    assert below(sample("nsg-denies-attestation"), "✘ deny: subnet NSG web-subnet-nsg: ") == [
        f"200 Allow-AzureActiveDirectory-Out does not decide: destination AzureActiveDirectory {lacks}",
        f"210 Allow-Storage-EastUS-Out does not decide: destination Storage.EastUS {lacks}",
        f"220 Allow-AzureMonitor-Out does not decide: destination AzureMonitor {lacks}",
        "✘ deny: 4000 Deny-Internet-Outbound takes everything: destination Internet contains AzureAttestation",
        "3 rules are not reached: 65000 AllowVnetOutBound, 65001 AllowInternetOutBound, 65500 DenyAllOutBound",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_hop_and_every_rule_of_every_sample_is_named(name: str) -> None:
    runbook = sample(name)
    text = repr(views.trace_tree(runbook))

    for hop in runbook.diagnosis.path.hops:
        assert hop.summary in text
        for line in hop.trace:
            assert line.rule in text


def test_a_hop_that_is_not_decided_says_why_and_which_permission_is_missing() -> None:
    every = lines(runbook_of(without_subnet_group()))

    (line,) = (it for it in every if it.startswith("  ? unknown: subnet NSG: "))
    assert "refused (403)" in line
    assert re.search(r"\(missing permission: Microsoft\.Network/\S+\)$", line)


def test_what_had_to_be_assumed_stands_below_the_hop() -> None:
    shown = below(runbook_of(without_service_tags()), "✘ deny: subnet NSG ")

    assert "assumed: the IPv4 prefixes of AzureAttestation are not known: only the documented containment" in shown[-1]


def test_each_firewall_is_a_hop_of_its_own_with_the_place_of_its_rules() -> None:
    runbook = runbook_of(firewalls("203.0.113.0/26"))

    first, second = (line for line in lines(runbook) if ": firewall: firewall hub-fw" in line)
    assert first.startswith("  ✔ allow: firewall: firewall hub-fw-2 allows ")
    assert second.startswith("  ▲ partial: firewall: firewall hub-fw does not allow some of ")
    assert (
        "✘ deny: Deny-Public-Azure-Ranges of network rule collection net-deny-public-paas takes"
        " pair (westus), other regions: destination 203.0.113.0/24 contains AzureAttestation"
    ) in below(runbook, "▲ partial: firewall: ")


def test_a_rule_that_allows_in_vain_names_the_one_before_it() -> None:
    runbook = runbook_of(nsg_denies(outbound_rule("Late", 4010, "Allow", "AzureAttestation")))

    assert "▲ warn: 4010 Late allows in vain, behind Deny-Internet-Outbound" in below(runbook, "✘ deny: subnet NSG")


def test_what_an_admin_rule_delivers_past_the_nsg_stands_before_its_rules() -> None:
    scenario = with_admin_rules(admin_rule("always", 10, "AlwaysAllow", "AzureCloud.eastus"))

    assert below(runbook_of(scenario), "▲ partial: subnet NSG ")[0] == (
        "✔ allow: what no rule names takes home (eastus):"
        " a security admin rule with AlwaysAllow delivers it past the NSG"
    )


def test_long_lists_are_folded_and_what_decides_never() -> None:
    more = [outbound_rule(f"Other-{number}", 500 + number, "Allow", f"10.{number}.0.0/16") for number in range(200)]
    late = [outbound_rule(f"Late-{number}", 4010 + number, "Deny", "AzureAttestation") for number in range(30)]

    shown = below(runbook_of(nsg_denies(*more, *late)), "✘ deny: subnet NSG")

    assert len(shown) == 23
    assert shown[20] == "183 rules do not decide either: 517 Other-17 to 699 Other-199"
    assert shown[21].startswith("✘ deny: 4000 Deny-Internet-Outbound takes everything: ")
    assert shown[22].startswith("33 rules are not reached: 4010 Late-0, ")
    assert shown[22].endswith(", …")


def test_other_paths_stand_below_with_their_hops() -> None:
    every = lines(runbook_of(with_second_address()))

    start = every.index("  other paths, which do not decide")
    assert every[start + 1].startswith("    ✘ deny: TCP 443 to AzureAttestation, from 192.0.2.77 of web-01-nic: ")
    assert every[start + 1].endswith("; stops at the firewall")
    assert len(every[start + 2 :]) == 7
    assert all(line.startswith("      ") for line in every[start + 2 :])


def test_without_other_addresses_nothing_is_said_of_them() -> None:
    assert not any("other paths" in line for line in lines(sample("healthy")))


@pytest.mark.parametrize("name", NAMES)
def test_html_holds_the_same_lines_as_the_text(name: str) -> None:
    tree = views.trace_tree(sample(name))

    page = Page(tree)

    assert page.tags <= {"details", "summary", "ul", "li", "div", "span", "b"}
    assert {attribute for attribute, _ in page.attributes} <= {"style", "open"}
    assert sorted(page.texts("summary", "div")) == sorted(line.strip() for line in repr(tree).splitlines())


def test_what_is_not_well_is_open_and_the_rest_can_be_opened() -> None:
    html = views.trace_tree(sample("nsg-denies-attestation"))._repr_html_()

    opened = re.findall(r"<details( open)?><summary>.*?</b>: ([\w ]+?)[ :,]", html)
    assert [(bool(is_open), name.split(" web-")[0]) for is_open, name in opened] == [
        (True, "TCP"),
        (False, "NIC"),
        (True, "subnet"),
        (False, "route"),
    ]


def test_what_comes_from_azure_is_shown_as_text_and_never_as_html() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    for rule in scenario.body(SUBNET_NSG)["properties"]["securityRules"]:
        rule["name"] += HOSTILE
    tree = views.trace_tree(runbook_of(scenario))

    page = Page(tree)

    assert page.tags <= {"details", "summary", "ul", "li", "div", "span", "b"}
    assert any(f"Deny-Internet-Outbound{HOSTILE} takes everything" in text for text in page.texts("div"))


def test_what_could_rewrite_a_page_or_a_terminal_is_replaced_in_text_and_html() -> None:
    tree = Tree("a\x1b[31m\u202eb\nc", below=(Tree("d\x07e"),))

    for shown in (repr(tree), tree._repr_html_()):
        assert not {"\x1b", "\u202e", "\x07"} & set(shown)
        assert "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}b c" in shown


def test_the_same_incident_gives_the_same_tree() -> None:
    one, other = (views.trace_tree(sample("firewall-denies-attestation")) for _ in range(2))

    assert repr(one) == repr(other)
    assert one._repr_html_() == other._repr_html_()
