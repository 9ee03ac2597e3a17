"""Firewalls and routes as checks and root causes: which code, how sure, and what would disprove it."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.diagnosis.check import Confidence, RootCause, Status
from guest_attestation.diagnosis.codes import Code, Effect
from guest_attestation.diagnosis.ranking import ranked
from tests.diagnosis.test_weighing import fail_with, log, succeed_at, write
from tests.scenario import NETWORK, SUBSCRIPTION, VM, Scenario

LIST = "providers/Microsoft.Network/azureFirewalls"
HUB = f"{SUBSCRIPTION}/resourceGroups/hub-network-rg/providers/Microsoft.Network"
FIREWALL = f"{HUB}/azureFirewalls/hub-fw"
TABLE = f"{NETWORK}/routeTables/shop-prod-routes"
SUCCESS = "2026-11-20T09:00:00Z"


def _denied() -> Scenario:
    return Scenario.sample("firewall-denies-attestation")


def _healthy_vm(scenario: Scenario) -> Scenario:
    """Let the VM's own answers be those of the healthy sample."""
    healthy = Scenario.sample("healthy").documents
    scenario.documents |= {file: it for file, it in healthy.items() if "/virtualMachines/" in file}
    return scenario


def _firewall(scenario: Scenario) -> dict[str, Any]:
    properties: dict[str, Any] = scenario.body(LIST)["value"][0]["properties"]
    return properties


def _unseen(scenario: Scenario) -> Scenario:
    """Give the address that the route leads to to nobody."""
    _firewall(scenario)["ipConfigurations"][0]["properties"]["privateIPAddress"] = "198.51.100.5"
    return scenario


def _causes(scenario: Scenario, proxy: str | None = None) -> list[tuple[str, str]]:
    return [(str(it.code), str(it.confidence)) for it in scenario.diagnose(proxy).root_causes]


# A firewall that denies.


def test_a_firewall_that_denies_stops_attestation_and_names_its_rule() -> None:
    diagnosis = _denied().diagnose()
    (cause,) = diagnosis.root_causes
    assert (cause.code, cause.confidence) == (Code.FIREWALL_DENIES, Confidence.PROVEN)
    assert (cause.resource, cause.rule) == (FIREWALL, "Deny-Public-Azure-Ranges")
    assert cause.disproof == (
        "a rule that allows TCP 443 to AzureAttestation stands before Deny-Public-Azure-Ranges (in the order in which"
        " they are tried), or Deny-Public-Azure-Ranges was changed after 2026-11-20 09:30 UTC"
    )
    assert diagnosis.check("path.firewall").status is Status.FAIL
    assert diagnosis.verdict is Status.FAIL


def test_a_denial_by_default_names_the_firewall_and_no_rule() -> None:
    scenario = _denied()
    _firewall(scenario)["networkRuleCollections"] = _firewall(scenario)["applicationRuleCollections"] = []
    (cause,) = scenario.diagnose().root_causes
    assert (cause.code, cause.resource, cause.rule) == (Code.FIREWALL_DENIES, FIREWALL, None)
    assert cause.disproof == (
        "a rule allows TCP 443 to AzureAttestation, or that was changed after 2026-11-20 09:30 UTC"
    )
    assert cause.evidence


def test_what_a_firewall_assumes_is_shown_with_its_check() -> None:
    scenario = _denied()
    _firewall(scenario)["provisioningState"] = "Updating"
    assert any("Updating" in it for it in scenario.diagnose().check("path.firewall").assumptions)


@pytest.mark.parametrize(
    ("writes", "confidence", "contradicted"),
    [
        ([], "suspected", "warn"),
        ([FIREWALL], "proven", "not-applicable"),
        ([f"{FIREWALL}-2"], "suspected", "warn"),
    ],
)
def test_a_success_since_the_last_write_of_the_firewall_speaks_against_it(
    writes: list[str], confidence: str, contradicted: str
) -> None:
    scenario = succeed_at(_healthy_vm(_denied()), SUCCESS)
    log(scenario, *(write("2026-11-20T09:10:00Z", it) for it in writes), group="hub-network-rg")
    diagnosis = scenario.diagnose()
    assert [(str(it.code), str(it.confidence)) for it in diagnosis.root_causes] == [
        ("firewall-denies-attestation", confidence)
    ]
    assert diagnosis.check("path.model-contradicted").status == contradicted


@pytest.mark.parametrize("written", ["", "/ruleCollectionGroups/other", "shop-spokes"])
def test_a_write_of_the_policy_or_of_an_ip_group_counts_as_one_of_the_firewall(written: str) -> None:
    scenario = Scenario.sample("healthy-behind-firewall")
    groups = scenario.body("/ruleCollectionGroups")["value"]
    groups.clear()
    policy = scenario.body("hub-fw-policy")["id"]
    hub, subscription = policy.partition("/firewallPolicies/")[0], policy.split("/")[2]
    resource = f"{policy}{written}"
    if written == "shop-spokes":
        rule = {"ruleType": "NetworkRule", "name": "r", "sourceIpGroups": [f"{hub}/ipGroups/shop-spokes"]}
        held = {"name": "c", "priority": 1, "action": {"type": "Deny"}, "rules": [{**rule, "ipProtocols": ["UDP"]}]}
        groups.append({"id": f"{policy}/ruleCollectionGroups/g", "properties": {"ruleCollections": [held]}})
        resource = f"{hub}/ipGroups/shop-spokes"
    for events in ([], [write("2026-11-20T09:26:00Z", resource)]):
        log(scenario, *events, group="hub-network-rg")
        url = next(reversed(scenario.documents.values()))["request"]
        url["url"] = url["url"].replace("aaaaaaaa-0000-4000-8000-000000000001", subscription)
        (cause,) = scenario.diagnose().root_causes
        assert (str(cause.code), cause.rule) == ("firewall-denies-attestation", None)
        assert cause.confidence is (Confidence.PROVEN if events else Confidence.SUSPECTED)


def test_an_answer_of_the_host_speaks_against_a_denial() -> None:
    scenario = fail_with(_healthy_vm(_denied()), "Attestation failed with error code -6: HTTP status 400")
    assert ("firewall-denies-attestation", "suspected") in _causes(scenario)


def test_behind_a_mandatory_proxy_a_denial_of_the_firewall_is_the_proxys() -> None:
    assert _causes(_denied(), "proxy.example:3128") == [("proxy-required", "proven")]


def test_behind_a_mandatory_proxy_a_proven_denial_counts_before_a_suspected_one() -> None:
    scenario = _healthy_vm(_denied()).drop("effectiveNetworkSecurityGroups")
    scenario.answer("listNetworkManagerEffectiveSecurityAdminRules", 403)
    rules = scenario.body("/networkSecurityGroups/web-subnet-nsg")["properties"]["securityRules"]
    rules[:] = [it for it in rules if it["name"] != "Allow-AzureAttestation-Out"]
    assert _causes(scenario) == [("firewall-denies-attestation", "proven"), ("nsg-denies-attestation", "suspected")]
    assert _causes(scenario, "proxy.example:3128") == [("proxy-required", "proven")]


# A route that drops the traffic.


def _dropped(next_hop: str) -> Scenario:
    scenario = _denied()
    route = scenario.body("effectiveRouteTable")["value"][-1]
    route["nextHopType"], route["nextHopIpAddress"] = next_hop, []
    return scenario


@pytest.mark.parametrize("next_hop", ["None", "VirtualAppliance"])
def test_a_route_that_drops_the_traffic_stops_attestation(next_hop: str) -> None:
    diagnosis = _dropped(next_hop).diagnose()
    (cause,) = diagnosis.root_causes
    assert (cause.code, cause.confidence) == (Code.ROUTE_DROPS, Confidence.PROVEN)
    assert (cause.resource, cause.rule) == (TABLE, "Default-To-Firewall")
    assert cause.disproof == (
        "the next hop of route Default-To-Firewall takes the traffic on, or Default-To-Firewall was changed after"
        " 2026-11-20 09:30 UTC"
    )
    assert [str(diagnosis.check(f"path.{it}").status) for it in ("route", "firewall", "egress")] == [
        "fail",
        "not-applicable",
        "not-applicable",
    ]


def test_a_route_without_a_name_that_drops_the_traffic_is_said() -> None:
    scenario = _dropped("None")
    scenario.body("effectiveRouteTable")["value"][-1] |= {"name": None, "source": "Default"}
    (cause,) = scenario.diagnose().root_causes
    assert (cause.resource, cause.rule) == (VM, None)
    assert cause.disproof.startswith("the next hop of the route takes the traffic on, or that was changed after")


# An appliance that is not visible.


def test_an_appliance_that_is_not_visible_leaves_it_unknown() -> None:
    diagnosis = _unseen(_healthy_vm(_denied())).diagnose()
    (cause,) = diagnosis.root_causes
    assert (cause.code, cause.confidence) == (Code.NEXT_HOP_NOT_VISIBLE, Confidence.PROVEN)
    assert (cause.resource, cause.rule) == (VM, None)
    assert "198.51.100.4" in cause.summary
    assert cause.evidence
    assert diagnosis.check("path.firewall").status is Status.UNKNOWN
    assert diagnosis.check("path.egress").status is Status.UNKNOWN
    assert diagnosis.verdict is Status.UNKNOWN


def test_with_a_failed_extension_it_is_also_suspected_to_deny() -> None:
    diagnosis = _unseen(_denied()).diagnose()
    assert [(str(it.code), str(it.confidence)) for it in diagnosis.root_causes] == [
        ("extension-failed", "proven"),
        ("firewall-denies-attestation", "suspected"),
        ("no-egress", "suspected"),
        ("next-hop-not-visible", "proven"),
    ]
    assert diagnosis.verdict is Status.FAIL


def test_it_stands_behind_every_cause_that_stops_attestation_and_before_those_that_only_warn() -> None:
    assert Code.NEXT_HOP_NOT_VISIBLE.effect is Effect.LEAVES_UNKNOWN
    given = [
        RootCause(code, confidence, "/r", "because", "unless")
        for code, confidence in (
            (Code.AUTO_UPGRADE_OFF, Confidence.PROVEN),
            (Code.NEXT_HOP_NOT_VISIBLE, Confidence.PROVEN),
            (Code.VM_NOT_RUNNING, Confidence.PROVEN),
            (Code.FIREWALL_DENIES, Confidence.SUSPECTED),
            (Code.NO_EGRESS, Confidence.PROVEN),
        )
    ]
    assert [it.code.value for it in ranked(given)] == [
        "no-egress",
        "firewall-denies-attestation",
        "vm-not-running",
        "next-hop-not-visible",
        "auto-upgrade-off",
    ]


def test_behind_a_mandatory_proxy_an_appliance_that_is_not_visible_denies_nothing() -> None:
    diagnosis = _unseen(_healthy_vm(_denied())).diagnose("proxy.example:3128")
    assert [str(it.code) for it in diagnosis.root_causes] == ["next-hop-not-visible"]
    assert diagnosis.check("path.proxy").status is Status.UNKNOWN
    mixed = _unseen(_healthy_vm(_denied()))
    rules = mixed.body("/networkSecurityGroups/web-subnet-nsg")["properties"]["securityRules"]
    rules[:] = [it for it in rules if it["name"] != "Allow-AzureAttestation-Out"]
    assert _causes(mixed, "proxy.example:3128") == [("proxy-required", "proven"), ("next-hop-not-visible", "proven")]


def test_a_customers_own_provider_that_is_not_decided_says_nothing_of_the_next_hop() -> None:
    scenario = _unseen(_healthy_vm(_denied()))
    (extension,) = [it for it in scenario.body("web-01/extensions")["value"] if it["name"] == "GuestAttestation"]
    settings = extension["properties"]["settings"]["AttestationConfig"]["MaaSettings"]
    settings["maaEndpoint"] = "https://contoso.eus.attest.azure.net"
    assert "next-hop-not-visible" not in [code for code, _ in _causes(scenario)]
