"""Azure's own answer beside ours: compared for the same flow only, and never hidden (design 5, facts 4.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from guest_attestation.network.azure_answer import CLOSE, AzureComparisons, azure_comparisons
from guest_attestation.network.azure_flow import Comparison
from guest_attestation.network.path import decide_path
from tests.network.build import admin_rule
from tests.own_provider import own
from tests.scenario import NETWORK, NIC, SUBNET_NSG, SUBSCRIPTION, Scenario, outbound_rule

DIAGNOSTICS, FLOW, HOP = "networkConfigurationDiagnostic", "ipFlowVerify", "nextHop"
ROUTES, ADMIN = f"{NIC}/effectiveRouteTable", "/listNetworkManagerEffectiveSecurityAdminRules"
AT = "203.0.113.4"
DENY = "Deny-Internet-Outbound"


def _compared(scenario: Scenario) -> AzureComparisons:
    facts = scenario.facts()
    return azure_comparisons(facts, decide_path(facts))


def _together(scenario: Scenario) -> Comparison:
    return _compared(scenario).rules[0]


def _group(scenario: Scenario, name: str = "web-subnet-nsg") -> Comparison:
    return next(it for it in _compared(scenario).rules if it.asked == f"NSG diagnostics of {name}")


def _flow(scenario: Scenario) -> Comparison:
    return next(it for it in _compared(scenario).rules if it.asked == "IP flow verify")


def _hop(scenario: Scenario) -> Comparison:
    (found,) = _compared(scenario).route
    return found


def _healthy() -> Scenario:
    return Scenario.sample("healthy")


def _denied() -> Scenario:
    return Scenario.sample("nsg-denies-attestation")


def _result(scenario: Scenario) -> Any:
    return scenario.body(DIAGNOSTICS)["results"][0]["networkSecurityGroupResult"]


def _subnet_result(scenario: Scenario) -> Any:
    return _result(scenario)["evaluatedNetworkSecurityGroups"][1]


# Agreement.


@pytest.mark.parametrize(("make", "decision"), [(_healthy, "allow"), (_denied, "deny")])
def test_where_both_say_the_same_they_agree(make: Callable[[], Scenario], decision: str) -> None:
    found = _compared(make())
    assert [str(it.outcome) for it in (*found.rules, *found.route)] == ["agrees"] * 5
    assert [it.about for it in found.rules] == ["AzureAttestation"] * 3 + [AT]
    assert found.rules[0].azure.casefold() == decision
    assert found.rules[0].ours.startswith(decision)
    assert found.route[0].azure == "Internet"
    assert found.route[0].ours.endswith("leads AzureAttestation to the Internet")


@pytest.mark.parametrize(
    "written",
    [DENY, f"UserRule_{DENY}", f"securityRules/{DENY}", f"userrule_{DENY.upper()}", f"x/UserRule_{DENY}", None],
)
def test_a_rules_name_is_the_same_with_its_kind_before_it(written: str | None) -> None:
    scenario = _denied()
    _subnet_result(scenario)["matchedRule"]["ruleName"] = written
    scenario.body(FLOW)["ruleName"] = written
    assert (_group(scenario).outcome.value, _flow(scenario).outcome.value) == ("agrees", "agrees")


def test_a_rule_that_bears_such_a_prefix_as_its_own_name_is_known_too() -> None:
    scenario = _denied()
    rules = scenario.body(SUBNET_NSG)["properties"]["securityRules"]
    next(it for it in rules if it["name"] == DENY)["name"] = "UserRule_X"
    _subnet_result(scenario)["matchedRule"]["ruleName"] = "UserRule_UserRule_X"
    assert _group(scenario).outcome.value == "agrees"


# Disagreement.


def test_azure_allows_what_we_deny() -> None:
    scenario = _denied()
    _result(scenario)["securityRuleAccessResult"] = "Allow"
    scenario.body(FLOW)["access"] = "Allow"
    assert (_together(scenario).outcome.value, _flow(scenario).outcome.value) == ("differs", "differs")
    assert _flow(scenario).ours == f"deny by rule {DENY}"


def test_azure_denies_what_we_allow() -> None:
    scenario = _healthy()
    _subnet_result(scenario)["matchedRule"] = {"ruleName": f"UserRule_{DENY}", "action": "Deny"}
    scenario.body(FLOW).update(access="Deny", ruleName=f"securityRules/{DENY}")
    assert _group(scenario).outcome.value == "differs"
    assert (_flow(scenario).outcome.value, _flow(scenario).azure) == ("differs", f"Deny by rule securityRules/{DENY}")
    assert _together(scenario).outcome.value == "agrees"


def test_another_rule_that_we_know_is_a_disagreement_though_both_allow() -> None:
    scenario = _healthy()
    _subnet_result(scenario)["matchedRule"]["ruleName"] = "UserRule_Allow-AzureMonitor-Out"
    scenario.body(FLOW)["ruleName"] = "Allow-AzureMonitor-Out"
    for found in (_group(scenario), _flow(scenario)):
        assert (found.outcome.value, found.why) == ("differs", "by another rule")


def test_a_rule_of_a_name_that_nobody_read_is_a_note() -> None:
    scenario = _healthy()
    scenario.body(FLOW)["ruleName"] = "Rule1"
    found = _flow(scenario)
    assert (found.outcome.value, found.why) == ("note", "no rule that was read has the name Rule1")


def test_an_nsg_that_is_not_on_our_way_is_a_disagreement() -> None:
    scenario = _healthy()
    _subnet_result(scenario)["networkSecurityGroupId"] = f"{NETWORK}/networkSecurityGroups/other"
    found = _group(scenario, "other")
    assert (found.outcome.value, found.ours, found.why) == ("differs", "none", "no such NSG stands on our way")


@pytest.mark.parametrize(
    ("kind", "address", "outcome"),
    [
        ("Internet", None, "agrees"),
        ("None", None, "differs"),
        ("VirtualAppliance", "192.0.2.132", "differs"),
        ("VirtualNetworkGateway", None, "differs"),
        ("HyperNetGateway", None, "differs"),
        ("VnetLocal", None, "differs"),
        ("Elsewhere", None, "note"),
    ],
)
def test_a_next_hop_is_held_against_our_route_to_the_internet(kind: str, address: str | None, outcome: str) -> None:
    scenario = _healthy()
    scenario.body(HOP).update(nextHopType=kind, nextHopIpAddress=address)
    assert _hop(scenario).outcome.value == outcome


@pytest.mark.parametrize(
    ("kind", "address", "outcome"),
    [
        ("VirtualAppliance", "192.0.2.132", "agrees"),
        ("virtualappliance", None, "agrees"),
        ("VirtualAppliance", "192.0.2.133", "differs"),
        ("VirtualAppliance", "not an address", "differs"),
        ("Internet", None, "differs"),
    ],
)
def test_an_appliance_is_the_same_by_its_address(kind: str, address: str | None, outcome: str) -> None:
    scenario = _routed("VirtualAppliance", ["192.0.2.132"])
    scenario.body(HOP).update(nextHopType=kind, nextHopIpAddress=address)
    assert _hop(scenario).outcome.value == outcome


@pytest.mark.parametrize(
    ("ours", "kind", "address", "outcome"),
    [
        ("None", "None", None, "agrees"),
        ("None", "Internet", None, "differs"),
        ("None", "VirtualAppliance", "192.0.2.132", "differs"),
        ("VirtualAppliance", "VirtualAppliance", None, "agrees"),
        ("VirtualAppliance", "VnetLocal", None, "differs"),
    ],
)
def test_a_route_that_drops_is_held_against_a_next_hop_too(
    ours: str, kind: str, address: str | None, outcome: str
) -> None:
    scenario = _routed(ours, [])
    scenario.body(HOP).update(nextHopType=kind, nextHopIpAddress=address)
    found = _hop(scenario)
    assert (found.outcome.value, found.ours) == (outcome, "the route is deny")


@pytest.mark.parametrize("kind", ["VirtualNetworkGateway", "HyperNetGateway"])
def test_either_kind_of_gateway_agrees_with_our_gateway(kind: str) -> None:
    scenario = _routed("VirtualNetworkGateway", [])
    scenario.body(HOP).update(nextHopType=kind, nextHopIpAddress="192.0.2.200")
    assert _hop(scenario).outcome.value == "agrees"


def _routed(kind: str, addresses: list[str]) -> Scenario:
    scenario = _healthy()
    default = next(it for it in scenario.body(ROUTES)["value"] if it["addressPrefix"] == ["0.0.0.0/0"])
    default.update(source="User", nextHopType=kind, nextHopIpAddress=addresses)
    return scenario


# One address: what our rules and routes do with that one, whatever they do with the others.


@pytest.mark.parametrize(("remote", "access"), [("203.0.113.4", "Deny"), ("203.0.113.16", "Allow")])
def test_ip_flow_verify_is_held_against_the_part_that_holds_its_address(remote: str, access: str) -> None:
    scenario = _healthy()
    scenario.body(SUBNET_NSG)["properties"]["securityRules"] = [
        outbound_rule("Deny-Some", 100, "Deny", "203.0.113.4/30"),
        outbound_rule("Allow-Rest", 200, "Allow", "*"),
    ]
    scenario.document(FLOW)["request"]["body"]["remoteIPAddress"] = remote
    scenario.body(FLOW).update(access="Deny", ruleName=None)
    assert _flow(scenario).outcome.value == ("agrees" if access == "Deny" else "differs")
    scenario.body(FLOW).update(access="Allow")
    assert _flow(scenario).outcome.value == ("agrees" if access == "Allow" else "differs")
    together = _together(scenario)
    assert (together.outcome.value, together.why) == ("note", "this diagnosis decides it differently for parts of it")


@pytest.mark.parametrize(("destination", "outcome"), [("203.0.113.5", "differs"), ("203.0.113.16", "agrees")])
def test_a_next_hop_is_held_against_the_route_that_takes_its_address(destination: str, outcome: str) -> None:
    scenario = _healthy()
    routes = scenario.body(ROUTES)["value"]
    routes.append({**routes[1], "source": "User", "addressPrefix": ["203.0.113.4/30"], "nextHopType": "None"})
    scenario.document(HOP)["request"]["body"]["destinationIPAddress"] = destination
    assert _hop(scenario).outcome.value == outcome


def test_a_diagnostic_may_be_about_an_address_or_a_block_of_ours() -> None:
    for destination in ("203.0.113.4", "203.0.113.4/30"):
        scenario = _healthy()
        scenario.body(DIAGNOSTICS)["results"][0]["profile"]["destination"] = destination
        assert (_group(scenario).outcome.value, _group(scenario).about) == ("agrees", destination)


# Another flow is not compared.


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"remotePort": "80"}, "it is about TCP 80, not about TCP 443"),
        ({"remotePort": ""}, "it is about TCP without a port, not about TCP 443"),
        ({"protocol": "UDP"}, "it is about UDP 443, not about TCP 443"),
        ({"protocol": None}, "it is about no protocol 443, not about TCP 443"),
        ({"direction": "Inbound"}, "it is about Inbound traffic, not about Outbound"),
        ({"direction": 1}, "it is about no traffic, not about Outbound"),
        ({"localIPAddress": "192.0.2.5"}, "it is about traffic from 192.0.2.5, not from 192.0.2.4"),
        ({"localIPAddress": None}, "it is about traffic from no address, not from 192.0.2.4"),
        ({"localIPAddress": "::"}, "it is about traffic from ::, not from 192.0.2.4"),
        (
            {"targetNicResourceId": f"{NETWORK}/networkInterfaces/nic-2"},
            "it is about nic-2, which is not the primary network interface",
        ),
        ({"remoteIPAddress": "192.0.2.77"}, "it is about 192.0.2.77, which is not an address of the provider"),
        ({"remoteIPAddress": "2001:db8::1"}, "it is about 2001:db8::1, which is not an address of the provider"),
        ({"remoteIPAddress": None}, "it is about no destination, which is neither AzureAttestation nor an address"),
        ({"remoteIPAddress": "Storage"}, "it is about Storage, which is neither AzureAttestation nor an address"),
    ],
)
def test_ip_flow_verify_about_another_flow_is_not_compared(change: dict[str, Any], why: str) -> None:
    scenario = _healthy()
    scenario.document(FLOW)["request"]["body"].update(change)
    scenario.body(FLOW)["access"] = "Deny"
    assert (_flow(scenario).outcome.value, _flow(scenario).why) == ("not compared", why)


def test_a_next_hop_from_another_address_is_not_compared_though_it_asks_for_no_port() -> None:
    scenario = _healthy()
    scenario.document(HOP)["request"]["body"]["sourceIPAddress"] = "192.0.2.5"
    assert _hop(scenario).outcome.value == "not compared"


def test_a_diagnostic_of_another_nic_of_the_vm_is_not_compared() -> None:
    scenario, second = _healthy(), f"{NETWORK}/networkInterfaces/web-01-nic-2"
    profile = scenario.body("virtualMachines/web-01")["properties"]["networkProfile"]
    profile["networkInterfaces"][0].setdefault("properties", {})["primary"] = True
    profile["networkInterfaces"].append({"id": second, "properties": {"primary": False}})
    scenario.document(DIAGNOSTICS)["request"]["body"]["targetResourceId"] = second
    found = _together(scenario)
    assert (found.outcome.value, "web-01-nic-2, which is not the primary" in found.why) == ("not compared", True)


def test_the_primary_nic_may_be_the_target_itself() -> None:
    scenario = _healthy()
    scenario.document(DIAGNOSTICS)["request"]["body"]["targetResourceId"] = NIC.upper()
    assert _group(scenario).outcome.value == "agrees"


def test_an_address_is_only_noted_where_the_prefixes_were_not_read() -> None:
    scenario = _healthy()
    for ending in [it["request"]["url"] for it in scenario.documents.values() if "serviceTagDetails" in str(it)]:
        scenario.documents = {k: v for k, v in scenario.documents.items() if v["request"]["url"] != ending}
    for found in (_flow(scenario), _hop(scenario)):
        assert (found.outcome.value, found.why) == ("note", "this diagnosis does not decide it")
        assert found.ours.endswith("unknown")
    assert _together(scenario).outcome.value == "agrees"


def test_the_whole_tag_is_not_what_a_provider_of_the_customers_own_stands_at() -> None:
    scenario = own(publicNetworkAccess="Enabled")
    results = _healthy().document(DIAGNOSTICS)
    scenario.documents["responses/diagnostic.json"] = results
    found = _together(scenario)
    assert (found.outcome.value, "all of AzureAttestation" in found.why) == ("not compared", True)


def test_without_the_vms_address_nothing_is_compared() -> None:
    found = _compared(_healthy().answer("networkInterfaces/web-01-nic", 403))
    assert {it.outcome.value for it in (*found.rules, *found.route)} == {"not known"}
    assert found.route[0].why.startswith("refused (403): GET ")
    assert found.route[0].missing_permission == "Microsoft.Network/networkInterfaces/read"


# What we do not know is a note, whatever Azure says.


def test_an_nsg_that_we_could_not_read_is_a_note() -> None:
    scenario = _healthy().answer(SUBNET_NSG, 403).answer("/effectiveNetworkSecurityGroups", 403)
    found = _group(scenario)
    assert (found.outcome.value, found.ours) == ("note", "not known")
    for one in (_together(scenario), _flow(scenario)):
        assert (one.outcome.value, one.ours, one.why) == ("note", "unknown", "this diagnosis does not decide it")


def test_a_route_that_we_could_not_read_is_a_note() -> None:
    scenario = _healthy().answer(ROUTES, 403).answer("virtualNetworks/shop-prod-vnet", 403)
    found = _hop(scenario)
    assert (found.outcome.value, found.ours) == ("note", "the route is unknown")


@pytest.mark.parametrize("word", ["Permit", "x" * 9, "\u202eAllow", "<script>"])
def test_a_word_that_is_neither_allow_nor_deny_is_a_note(word: str) -> None:
    scenario = _healthy()
    scenario.body(FLOW)["access"] = word
    _result(scenario)["securityRuleAccessResult"] = word
    for found in (_flow(scenario), _together(scenario)):
        assert (found.outcome.value, found.why) == ("note", "Azure's word is neither Allow nor Deny")


@pytest.mark.parametrize("results", [[None], [[]], [{}], ["text"], [{"networkSecurityGroupResult": 7}]])
def test_a_malformed_result_of_no_flow_is_not_compared(results: Any) -> None:
    scenario = _healthy()
    scenario.document(DIAGNOSTICS)["response"]["body"] = {"results": results}
    assert _together(scenario).outcome.value == "not compared"


@pytest.mark.parametrize("groups", [None, "x", [None], [{"matchedRule": None}]])
def test_malformed_groups_never_agree_nor_differ_by_rule(groups: Any) -> None:
    scenario = _healthy()
    _result(scenario)["evaluatedNetworkSecurityGroups"] = groups
    first, *others = _compared(scenario).rules
    assert first.outcome.value == "agrees"
    assert all(it.outcome.value in ("differs", "agrees") for it in others)


# Security admin rules: IP flow verify knows them, NSG diagnostics may not.


def test_where_an_admin_rule_speaks_only_ip_flow_verify_is_held_against_all_rules() -> None:
    scenario = _healthy()
    scenario.body(ADMIN)["value"] = [admin_rule("No-Attestation", "Deny")]
    scenario.body(FLOW).update(access="Deny", ruleName="No-Attestation")
    assert (_flow(scenario).outcome.value, _together(scenario).outcome.value) == ("agrees", "not compared")
    assert _group(scenario).outcome.value == "agrees"


def test_an_nsg_that_is_delivered_past_is_not_compared() -> None:
    scenario = _denied()
    scenario.body(ADMIN)["value"] = [admin_rule("Deliver", "AlwaysAllow")]
    assert (_group(scenario).outcome.value, _together(scenario).outcome.value) == ("not compared", "not compared")
    assert _flow(scenario).outcome.value == "differs"


def test_an_nsg_that_is_delivered_past_in_part_is_not_compared() -> None:
    scenario = _denied()
    scenario.body(ADMIN)["value"] = [admin_rule("Deliver", "AlwaysAllow", "203.0.113.4/30")]
    assert _group(scenario).outcome.value == "not compared"


def test_an_admin_rule_about_something_else_changes_nothing() -> None:
    scenario = _healthy()
    scenario.body(ADMIN)["value"] = [admin_rule("Other", "Deny", "192.0.2.0/24")]
    assert _together(scenario).outcome.value == "agrees"


def test_admin_rules_that_were_not_read_leave_ip_flow_verify_a_note() -> None:
    scenario = _healthy().answer(ADMIN, 403).answer("/effectiveNetworkSecurityGroups", 403)
    assert (_flow(scenario).outcome.value, _together(scenario).outcome.value) == ("note", "not compared")
    assert _group(scenario).outcome.value == "agrees"


def test_a_network_managers_entry_is_no_nsg() -> None:
    scenario = _healthy()
    _subnet_result(scenario)["networkSecurityGroupId"] = f"{NETWORK}/networkManagers/one"
    assert _group(scenario, "one").outcome.value == "not compared"


# Other times.


def _asked_at(scenario: Scenario, at: str) -> Scenario:
    for read in (DIAGNOSTICS, FLOW, HOP):
        scenario.document(read)["at"] = at
    return scenario


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        ("2026-11-20T09:38:46Z", "differs"),
        ("2026-11-20T09:38:47Z", "note"),
        ("2026-11-20T09:19:00Z", "differs"),
        ("2026-11-20T09:18:30Z", "note"),
    ],
)
def test_answers_of_other_times_than_ours_are_a_note(at: str, outcome: str) -> None:
    """The NSGs were recorded at 09:28:46 and 09:28:4x: ten minutes are still one capture."""
    assert timedelta(minutes=10) == CLOSE
    scenario = _asked_at(_denied(), at)
    for name in ("/networkSecurityGroups/web-01-nic-nsg", "/networkSecurityGroups/web-subnet-nsg"):
        scenario.document(name)["at"] = "2026-11-20T09:28:46Z"
    scenario.body(FLOW)["access"] = "Allow"
    assert _flow(scenario).outcome.value == outcome


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-11-20T10:04:10Z", "35 minutes"),
        ("2026-11-20T07:29:04Z", "2 hours"),
        ("2026-11-20T07:29:05Z", "119 minutes"),
        ("2026-11-17T09:29:04Z", "72 hours"),
    ],
)
def test_how_far_apart_is_said_and_what_it_would_have_been(at: str, said: str) -> None:
    scenario = _asked_at(_healthy(), at)
    scenario.body(HOP)["nextHopType"] = "None"
    why = f"it differs, but what ours is made of was recorded {said} before or after"
    assert (_hop(scenario).outcome.value, _hop(scenario).why) == ("note", why)


def test_a_disagreement_by_rule_keeps_its_reason_at_another_time() -> None:
    scenario = _asked_at(_healthy(), "2026-11-21T09:29:05Z")
    scenario.body(FLOW)["ruleName"] = "Allow-AzureMonitor-Out"
    assert _flow(scenario).why.startswith("by another rule; it differs, but")


def test_an_answer_without_a_time_is_taken_to_be_of_the_same() -> None:
    scenario = _healthy()
    scenario.document(HOP)["at"] = None
    scenario.body(HOP)["nextHopType"] = "None"
    assert _hop(scenario).outcome.value == "differs"


def test_what_ours_is_made_of_counts_from_the_capture_where_it_has_no_time() -> None:
    scenario = _healthy()
    scenario.document(ROUTES)["at"] = None
    assert _hop(scenario).outcome.value == "agrees"
    scenario.captured_at = "2026-11-20T12:00:00Z"
    assert _hop(scenario).outcome.value == "note"


# What was not read.


def test_a_refusal_names_the_permission() -> None:
    scenario = _healthy().answer(FLOW, 403)
    found = _flow(scenario)
    assert found.outcome.value == "not known"
    assert found.missing_permission == "Microsoft.Network/networkWatchers/ipFlowVerify/action"


def test_a_refusal_about_another_flow_is_not_compared_either() -> None:
    scenario = _healthy().answer(FLOW, 403)
    scenario.document(FLOW)["request"]["body"]["remotePort"] = "80"
    assert _flow(scenario).outcome.value == "not compared"


def test_what_was_not_asked_is_not_known() -> None:
    found = _hop(_healthy().drop(HOP))
    assert (found.outcome.value, found.about) == ("not known", "")
    assert found.why.startswith("not in the snapshot: POST ")


def test_nothing_at_all_gives_no_comparison() -> None:
    scenario = _healthy().drop(DIAGNOSTICS).drop(FLOW).drop(HOP)
    scenario.body(f"{SUBSCRIPTION}/providers/Microsoft.Network/networkWatchers")["value"] = []
    assert _compared(scenario) == AzureComparisons((), (), _compared(_healthy()).effective)


def test_several_answers_are_each_compared() -> None:
    scenario = _healthy()
    again = {**scenario.document(FLOW)["request"]["body"], "remoteIPAddress": "203.0.113.16"}
    url = scenario.document(FLOW)["request"]["url"].removeprefix("https://management.azure.com")
    scenario.add("POST", url, {"access": "Deny"}, sent=again)
    found = [it for it in _compared(scenario).rules if it.asked == "IP flow verify"]
    assert {it.about: it.outcome.value for it in found} == {AT: "agrees", "203.0.113.16": "differs"}


def test_a_rule_that_takes_other_addresses_only_is_another_rule() -> None:
    scenario = _healthy()
    scenario.body(SUBNET_NSG)["properties"]["securityRules"] = [
        outbound_rule("Allow-Some", 100, "Allow", "203.0.113.16/31"),
        outbound_rule("Allow-Rest", 200, "Allow", "*"),
    ]
    scenario.body(FLOW)["ruleName"] = "securityRules/Allow-Some"
    assert (_flow(scenario).outcome.value, _flow(scenario).why) == ("differs", "by another rule")


@pytest.mark.parametrize(("destination", "outcome"), [("203.0.113.5", "agrees"), ("203.0.113.16", "differs")])
def test_a_next_hop_is_held_against_the_leg_of_its_own_address(destination: str, outcome: str) -> None:
    scenario = _healthy()
    routes, appliance = scenario.body(ROUTES)["value"], {"nextHopType": "VirtualAppliance"}
    own_route = {"source": "User", "addressPrefix": ["203.0.113.4/30"], "nextHopIpAddress": ["192.0.2.132"]}
    routes.append({**routes[1], **own_route, **appliance})
    scenario.document(HOP)["request"]["body"]["destinationIPAddress"] = destination
    scenario.body(HOP).update(nextHopIpAddress="192.0.2.132", **appliance)
    assert _hop(scenario).outcome.value == outcome


def test_what_is_a_note_already_keeps_its_reason_at_another_time() -> None:
    scenario = _asked_at(_healthy(), "2026-11-21T09:29:05Z")
    scenario.body(FLOW)["access"] = "Permit"
    assert _flow(scenario).why == "Azure's word is neither Allow nor Deny"
