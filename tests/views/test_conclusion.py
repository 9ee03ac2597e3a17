from __future__ import annotations

import pytest

from guest_attestation import views
from guest_attestation.views.conclusion import STEPS, Conclusion
from tests.scenario import SUBNET_NSG, VM, Scenario
from tests.views.build import HOSTILE, NAMES, Page, runbook_of, sample

FIRST, SECOND, THIRD, _, FIFTH, VERDICT = (step.notebook for step in STEPS)


@pytest.mark.parametrize(
    ("name", "notebook", "begins", "following"),
    [
        ("healthy", FIRST, "✔ pass: nothing here stops attestation.", VERDICT),
        ("healthy", SECOND, "✔ pass: nothing here stops attestation.", VERDICT),
        ("healthy", THIRD, "✔ pass: nothing here stops attestation.", VERDICT),
        ("secure-boot-off", FIRST, "✘ fail: secure-boot-off stops attestation: ", VERDICT),
        ("extension-not-installed", FIRST, "✔ pass: ", SECOND),
        ("extension-not-installed", SECOND, "✘ fail: extension-not-installed stops attestation: ", VERDICT),
        ("extension-failed", SECOND, "✘ fail: extension.state: the extension reports failure: ", VERDICT),
        ("nsg-denies-attestation", FIRST, "✔ pass: ", SECOND),
        ("nsg-denies-attestation", SECOND, "✘ fail: extension.state: the extension reports failure: ", THIRD),
        ("nsg-denies-attestation", THIRD, "✘ fail: nsg-denies-attestation stops attestation: ", VERDICT),
        ("custom-provider-unreachable", SECOND, "✘ fail: extension.state: the extension reports failure: ", THIRD),
        ("custom-provider-unreachable", FIFTH, "✘ fail: custom-provider-unreachable stops attestation: ", VERDICT),
    ],
)
def test_the_finding_chooses_the_next_notebook(name: str, notebook: str, begins: str, following: str) -> None:
    concluded = views.conclusion(sample(name), notebook)

    assert repr(concluded).startswith(begins)
    assert concluded.following is not None
    assert concluded.following.notebook == following


def test_what_could_not_be_read_is_unknown_and_leads_on() -> None:
    runbook = runbook_of(Scenario.sample("healthy").answer(VM, 403))

    concluded = views.conclusion(runbook, FIRST)

    assert concluded.status == "unknown"
    assert repr(concluded).startswith("? unknown: prerequisites.")
    assert concluded.following is not None


def test_a_failure_is_told_before_what_is_unknown() -> None:
    scenario = Scenario.sample("healthy")
    scenario.body(VM)["properties"]["securityProfile"]["uefiSettings"]["vTpmEnabled"] = False
    scenario.body(VM)["properties"].pop("instanceView")

    concluded = views.conclusion(runbook_of(scenario), FIRST)

    assert repr(concluded).startswith("✘ fail: vtpm-off stops attestation: ")


@pytest.mark.parametrize("notebook", [FIRST, SECOND, THIRD])
@pytest.mark.parametrize("name", NAMES)
def test_plain_text_and_html_say_the_same(name: str, notebook: str) -> None:
    concluded = views.conclusion(sample(name), notebook)

    page = Page(concluded)

    assert concluded.following is not None
    link, title = f"{concluded.following.notebook}.ipynb", concluded.following.title
    assert ("href", link) in page.attributes
    assert page.texts("a") == [title]
    sentence, leads = repr(concluded).splitlines()
    assert page.texts("p") == [sentence, f"Next: {title}"]
    assert leads == f"Next: {link} ({title})"


def test_the_last_step_has_no_next() -> None:
    concluded = Conclusion("pass", "all is well.", None)

    assert repr(concluded) == "✔ pass: all is well."
    assert Page(concluded).texts("p") == [repr(concluded)]


def test_what_comes_from_azure_is_shown_as_text_and_never_as_html() -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    for rule in scenario.body(SUBNET_NSG)["properties"]["securityRules"]:
        rule["name"] += HOSTILE

    page = Page(views.conclusion(runbook_of(scenario), THIRD))

    assert page.tags == {"p", "b", "a"}
    assert f"rule Deny-Internet-Outbound{HOSTILE} denies" in page.texts("p")[0]
