from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace

import pytest

from guest_attestation import views
from guest_attestation.diagnosis.check import Confidence, RootCause
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.path_hops import DENIAL_CODES
from guest_attestation.fixes.propose import Plan
from guest_attestation.fixes.remedies import Remedies
from guest_attestation.fixes.texts import texts_of
from guest_attestation.network.hop import Decision
from guest_attestation.runbook import Runbook
from guest_attestation.views.no_fix import why_none
from guest_attestation.views.output import look
from guest_attestation.views.sheets import Section, Sections, Sheet
from tests.scenario import SUBNET_NSG, VM, Scenario, outbound_rule
from tests.views.build import HOSTILE, NAMES, Page, runbook_of, sample
from tests.views.network import admin_rule, only_home, with_admin_rules, without_subnet_group

FORMS = {
    "Azure CLI, for Bash or Azure Cloud Shell": "az",
    "Azure PowerShell, after Connect-AzAccount": "powershell",
    "Bicep, for the code that declares the resource": "bicep",
    "Terraform, for the code that declares the resource": "terraform",
}
OF_THE_PATH = {*DENIAL_CODES.values(), Code.ALLOW_LIST_TOO_NARROW, Code.PROXY_REQUIRED}


@pytest.mark.parametrize("name", ["nsg-denies-attestation", "firewall-denies-attestation"])
def test_a_fix_says_what_where_its_proof_and_how_far_it_reaches(name: str) -> None:
    runbook = sample(name)
    (fix,) = runbook.remedies.fixes

    shown = views.fixes(runbook)

    assert Page(shown).texts("b")[1] == f"Fix: {fix.title}"
    for plain in (repr(shown), " ".join(Page(shown).texts("p"))):
        assert f"Where: {fix.resource}" in plain
        assert "Proof: before ✘ deny → after ✔ allow at the " in plain
        assert f"Blast radius: {fix.blast_radius}" in plain


@pytest.mark.parametrize("name", ["nsg-denies-attestation", "firewall-denies-attestation"])
def test_its_portal_steps_are_a_list_and_its_other_forms_open_with_a_click(name: str) -> None:
    runbook = sample(name)
    (fix,) = runbook.remedies.fixes
    texts = texts_of(fix.change)

    page = Page(shown := views.fixes(runbook))

    assert page.texts("li") == list(texts.portal)
    assert page.texts("summary") == [f"{title} (not run)" for title in FORMS]
    assert page.texts("pre") == [" ".join(getattr(texts, form).split()) for form in FORMS.values()]
    assert "open" not in {attribute for attribute, _ in page.attributes}
    assert all(f"    {title} (not run):\n" in repr(shown) for title in FORMS)


def test_what_is_pasted_keeps_its_lines_and_spaces() -> None:
    runbook = sample("nsg-denies-attestation")
    (fix,) = runbook.remedies.fixes
    bicep = texts_of(fix.change).bicep.strip("\n")

    shown = views.fixes(runbook)

    assert f"<pre>{html.escape(bicep)}</pre>" in shown._repr_html_()
    assert "\n".join(f"      {line}".rstrip() for line in bicep.splitlines()) in repr(shown)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("view", [views.fixes, views.plan])
def test_plain_text_and_html_say_the_same(name: str, view: Callable[[Runbook], Sections]) -> None:
    shown = view(sample(name))

    page, plain = Page(shown), " ".join(repr(shown).split())

    said = page.texts("b", "li", "summary", "pre")
    assert said
    assert [text for text in said if text not in plain] == []


def test_several_fixes_of_one_cause_are_numbered_and_one_is_said_to_be_enough() -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    properties = scenario.body("providers/Microsoft.Network/azureFirewalls")["value"][0]["properties"]
    properties["networkRuleCollections"] = properties["applicationRuleCollections"] = []
    runbook = runbook_of(scenario)

    said = repr(views.fixes(runbook))

    assert len(runbook.remedies.fixes) > 1
    assert f"Any one of these {len(runbook.remedies.fixes)} fixes is enough" in said
    assert [f"  Fix {n}: {fix.title}\n" in said for n, fix in enumerate(runbook.remedies.fixes, start=1)] == [
        True for _ in runbook.remedies.fixes
    ]


def test_an_nsg_at_the_nic_and_at_the_subnet_is_changed_once() -> None:
    runbook = sample("nsg-denies-attestation")
    (fix,) = runbook.remedies.fixes
    offered(runbook, Remedies((fix, replace(fix))))

    assert repr(views.fixes(runbook)).count(fix.title) == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("secure-boot-off", "a setting of the VM itself"),
        ("extension-not-installed", "with the extension or the agent"),
        ("extension-failed", "no cause in Azure's network is proven"),
        ("custom-provider-unreachable", "the owner of the attestation provider"),
    ],
)
def test_a_cause_without_a_fix_says_why(name: str, says: str) -> None:
    (said,) = [line for line in repr(views.fixes(sample(name))).splitlines() if line.startswith("  ")]

    assert said.startswith("  No fix here: ")
    assert says in said


@pytest.mark.parametrize("code", Code)
def test_every_code_that_no_change_of_the_path_mends_says_who_mends_it(code: Code) -> None:
    path = sample("nsg-denies-attestation").diagnosis.path
    cause = RootCause(code, Confidence.PROVEN, VM, "", "")

    general = why_none(cause, path) == "no change that was tried turns it"

    assert not general or code in OF_THE_PATH


def test_a_hop_that_is_not_decided_has_no_fix_because_that_is_not_known() -> None:
    said = repr(views.fixes(runbook_of(without_subnet_group())))

    assert said.startswith("1. extension-failed (proven): web-01\n")
    assert "2. nsg-denies-attestation (suspected): " in said
    assert "No fix here: what this hop decides is not known; the checks say what was missing." in said


def test_admin_rules_that_leave_no_number_are_their_owners_to_change() -> None:
    runbook = runbook_of(with_admin_rules(admin_rule("corp-deny", 1, "Deny", "Internet")))

    assert "No fix here: only the owner of the network manager can change its rules; handover.md" in repr(
        views.fixes(runbook)
    )
    assert repr(views.plan(runbook)) == (
        "No plan: no changes that were tried let the whole path through; no fix was found for: admin rules."
    )


def test_without_a_root_cause_there_is_nothing_to_fix() -> None:
    assert repr(views.fixes(sample("healthy"))) == "Nothing to fix: no root cause was found."


def test_the_plan_has_its_steps_in_order_and_the_proof_for_the_whole_path() -> None:
    runbook = runbook_of(two_denials())
    plan = runbook.remedies.plan
    assert plan is not None
    first, second = plan.fixes

    page = Page(views.plan(runbook))

    assert page.texts("p") == [
        "The whole path with these 2 steps, in this order: before ✘ deny → after ✔ allow",
        f"Step 1, at the subnet NSG (before ✘ deny → after ✔ allow): {first.title}.",
        f"Step 2, at the firewall (before ✘ deny → after ✔ allow): {second.title}.",
    ]


def test_a_part_that_stops_is_proved_as_such() -> None:
    assert "before ▲ partial → after ✔ allow" in repr(views.plan(runbook_of(only_home())))


def test_a_step_that_no_root_cause_offers_is_shown_whole() -> None:
    runbook = sample("nsg-denies-attestation")
    (fix,) = runbook.remedies.fixes
    offered(runbook, Remedies((), Plan((fix,), Decision.DENY, Decision.ALLOW)))

    page = Page(views.plan(runbook))

    assert f"New in the plan: {fix.title}" in page.texts("b")
    assert page.texts("li") == list(texts_of(fix.change).portal)


def test_the_plan_names_what_it_does_not_mend() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    scenario.body(VM)["properties"]["securityProfile"]["uefiSettings"]["secureBootEnabled"] = False

    said = repr(views.plan(runbook_of(scenario)))

    assert said.endswith("The plan mends the network alone. Still to be mended: secure-boot-off.")
    for open_way in (sample("nsg-denies-attestation"), runbook_of(only_home())):
        assert open_way.remedies.plan is not None
        assert "Still to be mended" not in repr(views.plan(open_way))


def test_a_path_that_is_open_needs_no_plan_and_one_that_is_not_known_has_none() -> None:
    assert repr(views.plan(sample("healthy"))).startswith("No plan: the network lets TCP 443 to the provider through")
    assert repr(views.plan(runbook_of(without_subnet_group()))).startswith("No plan: what the network does to")


def test_hostile_names_are_shown_as_text_and_never_as_html() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    for rule in scenario.body(SUBNET_NSG)["properties"]["securityRules"]:
        rule["name"] += HOSTILE
    scenario.body(SUBNET_NSG)["id"] += HOSTILE.replace("/", "")
    runbook = runbook_of(scenario)

    for shown in (views.fixes(runbook), views.plan(runbook)):
        page = Page(shown)
        assert page.tags <= {"p", "b", "div", "ol", "li", "details", "summary", "pre"}
        assert {name for name, _ in page.attributes} <= {"style"}
        assert any("<script>" in text for text in page.texts("p"))


def test_nothing_on_a_sheet_is_html_or_a_control_character() -> None:
    text = f"{HOSTILE}\x1b[31m\u202e"
    sheet = Sheet(text, look("allow"), (("Where", text),), (text,), (("Bicep", f"  {text}\n\ttwo  spaces"),))

    shown = Sections((Section(text, (text,), (sheet,)),))

    assert Page(shown).tags == {"p", "b", "div", "ol", "li", "details", "summary", "pre"}
    for written in (repr(shown), shown._repr_html_()):
        assert "\x1b" not in written
        assert "\u202e" not in written
        assert "�[31m�\n" in written
        assert " two  spaces" in written


def test_the_same_incident_gives_the_same_text() -> None:
    one, other = (runbook_of(two_denials()) for _ in range(2))

    for view in (views.fixes, views.plan):
        assert repr(view(one)) == repr(view(other))
        assert view(one)._repr_html_() == view(other)._repr_html_()


def two_denials() -> Scenario:
    """The firewall denies, and the subnet's NSG before it."""
    scenario = Scenario.sample("firewall-denies-attestation")
    scenario.body(SUBNET_NSG)["properties"]["securityRules"] = [
        outbound_rule("Deny-Internet-Outbound", 4000, "Deny", "Internet")
    ]
    return scenario


def offered(runbook: Runbook, remedies: Remedies) -> None:
    """Put other remedies in the place of those that would be computed."""
    runbook.__dict__["remedies"] = remedies
