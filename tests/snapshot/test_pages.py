"""Lists go on over recorded next pages; a page that is missing leaves the list unknown."""

from __future__ import annotations

from guest_attestation.snapshot.answer import Answer
from tests.scenario import VM, VNET, Scenario

ARM = "https://management.azure.com"
FIRST = f"{VM}/extensions?$expand=instanceView&api-version=2024-11-01"
ADMIN = f"{VNET}/listNetworkManagerEffectiveSecurityAdminRules"


def link(token: object) -> str:
    return f"{VM}/extensions?$expand=instanceView&$skiptoken={token}&api-version=2024-11-01"


def pages(scenario: Scenario) -> list[Answer]:
    return scenario.snapshot.pages("vm_extensions", vm=VM)


def bodies(answers: list[Answer]) -> list[object]:
    return [answer.body.at("value").value for answer in answers]


def test_a_list_of_one_page_is_one_answer() -> None:
    assert bodies(pages(Scenario().add("GET", FIRST, {"value": [1], "nextLink": ""}))) == [[1]]


def test_next_pages_are_followed_in_order() -> None:
    scenario = Scenario().add("GET", link(2), {"value": [3]})
    scenario.add("GET", FIRST, {"value": [1], "nextLink": ARM + link(1)})
    scenario.add("GET", link(1), {"value": [2], "nextLink": ARM + link(2)})

    answers = pages(scenario)

    assert bodies(answers) == [[1], [2], [3]]
    assert all(answer.ok for answer in answers)
    assert [answer.body.evidence.split("#")[0] for answer in answers] == [
        f"responses/added/{number:03}.json" for number in (1, 2, 0)
    ]


def test_the_newest_recording_of_a_next_page_counts() -> None:
    scenario = Scenario().add("GET", FIRST, {"value": [], "nextLink": ARM + link(1)})
    scenario.add("GET", link(1), {"value": ["new"]}, at="2026-11-20T10:00:00Z")
    scenario.add("GET", link(1), {"value": ["old"]}, at="2026-11-20T09:00:00Z")

    assert bodies(pages(scenario))[-1] == ["new"]


def test_a_next_page_that_was_not_recorded_is_said() -> None:
    last = pages(Scenario().add("GET", FIRST, {"value": [1], "nextLink": ARM + link(1)}))[-1]

    assert not last.ok
    assert last.why_not == f"not in the snapshot: GET {VM}/extensions?$expand=instanceView (next page)"


def test_a_next_link_that_is_no_url_is_a_missing_page() -> None:
    last = pages(Scenario().add("GET", FIRST, {"value": [1], "nextLink": "https://[no-url"}))[-1]

    assert not last.ok


def test_a_refused_next_page_ends_the_list() -> None:
    scenario = Scenario().add("GET", FIRST, {"value": [1], "nextLink": ARM + link(1)})
    scenario.add("GET", link(1), {"error": {"code": "AuthorizationFailed"}}, status=403)

    last = pages(scenario)[-1]

    assert last.missing_permission == "Microsoft.Compute/virtualMachines/extensions/read"


def test_pages_that_lead_round_in_a_ring_end_as_missing() -> None:
    scenario = Scenario().add("GET", FIRST, {"value": [1], "nextLink": ARM + link(1)})
    scenario.add("GET", link(1), {"value": [2], "nextLink": ARM + link(2)})
    scenario.add("GET", link(2), {"value": [3], "nextLink": ARM + link(1)})

    answers = pages(scenario)

    assert len(answers) == 4
    assert not answers[-1].ok


def test_a_page_that_leads_to_itself_ends_as_missing() -> None:
    answers = pages(Scenario().add("GET", FIRST, {"value": [1], "nextLink": ARM + FIRST}))

    assert len(answers) <= 3
    assert not answers[-1].ok


def test_admin_rules_go_on_by_a_skip_token_in_the_body() -> None:
    scenario = Scenario().add("POST", ADMIN, {"value": [1], "skipToken": "a"}, sent={})
    scenario.add("POST", ADMIN, {"value": [2], "skipToken": "b"}, sent={"skipToken": "a"})
    scenario.add("POST", ADMIN, {"value": [3], "skipToken": ""}, sent={"skipToken": "b"})

    assert bodies(scenario.snapshot.pages("effective_admin_rules", vnet=VNET)) == [[1], [2], [3]]


def test_a_missing_page_of_admin_rules_is_said() -> None:
    scenario = Scenario().add("POST", ADMIN, {"value": [1], "skipToken": "a"}, sent={})

    last = scenario.snapshot.pages("effective_admin_rules", vnet=VNET)[-1]

    assert last.why_not == f"not in the snapshot: POST {ADMIN} (next page)"


def test_a_skip_token_that_repeats_ends_as_missing() -> None:
    scenario = Scenario().add("POST", ADMIN, {"value": [1], "skipToken": "a"}, sent={})
    scenario.add("POST", ADMIN, {"value": [2], "skipToken": "a"}, sent={"skipToken": "a"})

    answers = scenario.snapshot.pages("effective_admin_rules", vnet=VNET)

    assert bodies(answers) == [[1], [2], None]


def test_a_list_that_was_not_recorded_is_one_answer() -> None:
    answers = pages(Scenario())

    assert [answer.status for answer in answers] == [None]


def test_a_missing_page_of_the_extensions_is_not_taken_for_their_end() -> None:
    scenario = Scenario.sample("extension-not-installed").drop("virtualMachines/web-01")
    scenario.body("web-01/extensions")["nextLink"] = ARM + link(1)

    diagnosis = scenario.diagnose()

    assert diagnosis.check("extension.installed").status == "unknown"
    assert diagnosis.root_causes == ()


def test_an_extension_on_the_next_page_is_found() -> None:
    scenario = Scenario.sample("healthy").drop("virtualMachines/web-01")
    body = scenario.body("web-01/extensions")
    scenario.add("GET", link(1), {"value": body["value"]})
    body.update(value=[], nextLink=ARM + link(1))

    assert scenario.diagnose().check("extension.installed").status == "pass"
