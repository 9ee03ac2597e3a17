from __future__ import annotations

from dataclasses import replace

import pytest

from guest_attestation import views
from guest_attestation.resource_id import parse_vm_id
from tests.scenario import GROUP, Scenario
from tests.views.build import Page, runbook_of, sample


def test_the_title_escapes_a_vm_name_and_says_whether_it_is_a_sample() -> None:
    scenario = Scenario.sample("healthy")
    scenario.vm = parse_vm_id(f"{GROUP}/providers/Microsoft.Compute/virtualMachines/<script>alert(1)<script>")
    runbook = runbook_of(scenario, "my-incident")

    page = Page(views.title(runbook))

    assert page.tags == {"p", "b"}
    assert page.texts("b") == [
        "SAMPLE incident, everything in it is made up: my-incident",
        f"VM: {scenario.vm.text}",
    ]
    assert page.texts("p") == repr(views.title(runbook)).splitlines()
    assert page.texts("p")[2] == "AzureCloud, recorded 2026-11-20 09:30 UTC"


def test_the_title_of_a_real_incident_says_nothing_of_a_sample() -> None:
    runbook = sample("healthy")
    real = replace(runbook, snapshot=replace(runbook.snapshot, source="live"))

    assert repr(views.title(real)).splitlines()[0] == "Incident: healthy"


@pytest.mark.parametrize(
    ("name", "first"),
    [("nsg-denies-attestation", "✘ FAIL: nsg-denies-attestation (proven)"), ("healthy", "✔ PASS")],
)
def test_the_verdict_stands_in_bold_with_its_first_cause(name: str, first: str) -> None:
    shown = views.verdict(sample(name))

    assert Page(shown).texts("b") == [first]
    assert Page(shown).texts("p") == repr(shown).splitlines()
