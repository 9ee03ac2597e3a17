from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from guest_attestation import views
from guest_attestation.incident import Incident
from guest_attestation.network.hop import Decision
from guest_attestation.resource_id import parse_vm_id
from guest_attestation.runbook import Runbook
from guest_attestation.views.output import Picture, look
from tests.scenario import GROUP, SUBNET_NSG, VM, Scenario, outbound_rule
from tests.views.build import NAMES, runbook_of, sample
from tests.views.network import (
    admin_rule,
    firewalls,
    nsg_denies,
    only_home,
    with_admin_rules,
    with_second_address,
    without_subnet_group,
)
from tests.views.png import chunks, size

AWKWARD = {
    "a formula": r"$\frac{1}{",
    "two dollars": "cost$center$1",
    "very long": "n" * 300,
    "letters that the font lacks": "서울-방화벽",
    "a line break": "first\nsecond",
    "a control character": "a\x1b[31mb",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_alternative_text_names_every_hop_with_its_decision_and_rule(name: str) -> None:
    runbook = sample(name)

    said = views.path_picture(runbook).alternative

    titles = ["admin rules", "NIC NSG", "subnet NSG", "route", "firewall", "egress", "provider"]
    parts = [
        f"{title}: {look(hop.decision).word}{f' (rule {hop.rule})' if hop.rule else ''}"
        for title, hop in zip(titles, runbook.diagnosis.path.hops, strict=True)
    ]
    assert said.startswith(f"Path from VM web-01 to the attestation provider. {'; '.join(parts)}. ")


def test_the_alternative_text_says_where_traffic_stops() -> None:
    said = views.path_picture(sample("nsg-denies-attestation")).alternative

    assert said.endswith(" Traffic stops at the subnet NSG.")


def test_traffic_stops_at_the_first_of_several_denials() -> None:
    scenario = with_admin_rules(admin_rule("corp-deny", 100, "Deny", "Internet"))

    said = views.path_picture(runbook_of(scenario)).alternative

    assert "subnet NSG: deny" in said
    assert said.endswith(" Traffic stops at the admin rules.")


def test_of_a_part_that_stops_picture_and_words_say_which() -> None:
    partial, whole = views.path_picture(runbook_of(only_home())), views.path_picture(sample("nsg-denies-attestation"))

    assert "subnet NSG: partial (rule Deny-Internet-Outbound), stops pair (westus), other regions;" in (
        partial.alternative
    )
    assert partial.alternative.endswith(" Some of the traffic is stopped, the rest goes on.")
    assert partial.png != whole.png


def test_where_only_home_is_denied_the_rest_is_not_said_to_stop() -> None:
    scenario = nsg_denies(outbound_rule("Allow-Pair", 300, "Allow", "AzureCloud.westus"))

    said = views.path_picture(runbook_of(scenario)).alternative

    assert "subnet NSG: deny (rule Deny-Internet-Outbound), stops home (eastus), other regions;" in said
    assert said.endswith(" Traffic to the home region stops at the subnet NSG.")


def test_where_only_something_is_unknown_no_hop_is_known_to_stop_the_traffic() -> None:
    said = views.path_picture(runbook_of(without_subnet_group())).alternative

    assert "subnet NSG: unknown;" in said
    assert said.endswith(" No hop is known to stop the traffic.")


def test_each_of_several_firewalls_is_named_with_what_it_stops() -> None:
    said = views.path_picture(runbook_of(firewalls("203.0.113.0/26"))).alternative

    assert "; firewall hub-fw-2: allow (rule Allow-AzureAttestation); firewall hub-fw: partial (rule" in said
    assert "; egress hub-fw-2: allow; egress hub-fw: allow; provider: allow. Some of the traffic is stopped" in said


def test_firewalls_that_stop_everything_only_together_stop_the_traffic() -> None:
    said = views.path_picture(runbook_of(firewalls("203.0.113.0/28", deny=True))).alternative

    assert "firewall: deny" not in said
    assert said.endswith(" Traffic stops at the firewall.")


def test_several_firewalls_make_it_higher_but_no_wider_and_never_more_than_three_high() -> None:
    prefixes = ("203.0.113.0/28", "203.0.113.64/27", "203.0.113.96/27", "203.0.113.128/27")
    sizes = [size(views.path_picture(runbook_of(firewalls(*prefixes[:count]))).png) for count in range(5)]

    assert len({width for width, _ in sizes}) == 1
    one, two, three, four, five = (height for _, height in sizes)
    assert one < two < three
    assert abs(five - three) < 50
    assert abs(four - three) < 50
    assert five < 1100


def test_paths_from_other_addresses_are_not_drawn() -> None:
    runbook = runbook_of(with_second_address())
    alone = replace(runbook, diagnosis=replace(runbook.diagnosis, other_paths=()))

    assert runbook.diagnosis.other_paths
    assert views.path_picture(runbook) == views.path_picture(alone)


@pytest.mark.parametrize("place", range(7))
def test_wherever_traffic_stops_the_picture_is_another_one(place: int) -> None:
    stopped = views.path_picture(with_decisions({place: Decision.DENY}))

    assert stopped.png != views.path_picture(with_decisions({})).png


def test_two_rows_keep_it_readable_beside_jupyterlabs_side_bar() -> None:
    width, height = size(views.path_picture(sample("healthy")).png)

    assert width <= 1100
    assert width / height < 3


def test_the_same_incident_gives_the_same_bytes_and_none_that_name_a_time_or_a_version() -> None:
    one, other = (views.path_picture(sample("nsg-denies-attestation")).png for _ in range(2))

    assert one == other
    assert set(chunks(one)) == {"IHDR", "pHYs", "IDAT", "IEND"}


def test_it_is_a_png_with_its_alternative_text_for_those_who_do_not_see_it() -> None:
    picture = views.path_picture(sample("healthy"))

    data, metadata = picture._repr_mimebundle_()

    assert base64.b64decode(data["image/png"]) == picture.png
    assert data["text/plain"] == repr(picture) == picture.alternative
    assert metadata == {"image/png": {"alt": picture.alternative}}


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
def test_an_awkward_name_is_drawn_as_text_and_breaks_nothing(text: str) -> None:
    scenario = Scenario.sample("nsg-denies-attestation")
    for rule in scenario.body(SUBNET_NSG)["properties"]["securityRules"]:
        rule["name"] = text
    scenario.body(SUBNET_NSG)["id"] = f"{SUBNET_NSG}-{text}"
    usual = views.path_picture(sample("nsg-denies-attestation"))

    picture = views.path_picture(runbook_of(scenario))

    assert f"subnet NSG: deny (rule {text})" in picture.alternative
    assert size(picture.png) == size(usual.png)
    assert picture.png != usual.png


@pytest.mark.parametrize("text", ["$", "v" * 300, "서울"], ids=["a dollar", "very long", "letters that the font lacks"])
def test_an_awkward_vm_name_breaks_nothing(text: str) -> None:
    runbook = sample("healthy")
    vm = parse_vm_id(f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{text}")
    renamed = replace(runbook, incident=Incident(name="any", vm=vm, snapshot=Path("snapshot")))

    picture = views.path_picture(renamed)

    assert picture.alternative.startswith(f"Path from VM {text} to the attestation provider. ")
    assert size(picture.png) == size(views.path_picture(runbook).png)


def test_a_vm_that_was_not_read_has_a_picture_too() -> None:
    runbook = runbook_of(Scenario.sample("healthy").answer(VM, 403))

    assert "unknown" in views.path_picture(runbook).alternative


def test_after_the_plan_the_path_is_drawn_open_and_said_to_be_the_models() -> None:
    runbook = sample("nsg-denies-attestation")
    before, after = views.path_picture(runbook), views.path_after_plan(runbook)

    assert isinstance(after, Picture)
    assert after.alternative.startswith(
        "After the plan (by the model, nothing was changed). Path from VM web-01 to the attestation provider. "
    )
    assert "subnet NSG: allow (rule Allow-AzureAttestation);" in after.alternative
    assert after.alternative.endswith(" No hop is known to stop the traffic.")
    assert size(after.png)[0] == size(before.png)[0]
    assert size(after.png)[1] > size(before.png)[1]


def test_every_step_of_the_plan_is_in_the_picture_after_it() -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    denial = outbound_rule("Deny-Internet-Outbound", 4000, "Deny", "Internet")
    scenario.body(SUBNET_NSG)["properties"]["securityRules"] = [denial]

    said = repr(views.path_after_plan(runbook_of(scenario)))

    assert "subnet NSG: allow (rule Allow-AzureAttestation);" in said
    assert "firewall: allow (rule Allow-AzureAttestation);" in said


def test_without_a_plan_a_sentence_stands_in_place_of_the_picture() -> None:
    assert repr(views.path_after_plan(sample("healthy"))) == "There is no plan, so there is no path after it to show."


def test_the_picture_after_the_plan_has_the_same_bytes_every_time() -> None:
    one, other = (views.path_after_plan(sample("nsg-denies-attestation")) for _ in range(2))

    assert isinstance(one, Picture)
    assert one == other


def with_decisions(decisions: dict[int, Decision]) -> Runbook:
    """The healthy sample with other decisions at some hops."""
    runbook = sample("healthy")
    path = runbook.diagnosis.path
    hops = tuple(replace(hop, decision=decisions.get(place, Decision.ALLOW)) for place, hop in enumerate(path.hops))
    return replace(runbook, diagnosis=replace(runbook.diagnosis, path=replace(path, hops=hops)))
