"""What only notes: rules that allow in vain, failover, and the VM's other addresses (design 4.3)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from guest_attestation.diagnosis.check import Check
from guest_attestation.verdict import verdict_document
from tests.samples.verdict_contract import assert_verdict
from tests.scenario import NETWORK, NIC, NIC_NSG, SUBNET_NSG, SUBSCRIPTION, Scenario, outbound_rule

HOME, PAIR, OTHER = "203.0.113.0/26", "203.0.113.64/26", "203.0.113.128/25"
SECOND_NIC = f"{NETWORK}/networkInterfaces/web-01-nic-2"


def _scenario(*rules: dict[str, Any]) -> Scenario:
    """Leave the NSGs these rules of the subnet's, and an Allow for everything behind."""
    scenario = Scenario.sample("healthy")
    allow = outbound_rule("Allow", 4000, "Allow", "*")
    scenario.body(NIC_NSG)["properties"]["securityRules"] = []
    scenario.body(SUBNET_NSG)["properties"]["securityRules"] = [*rules, allow]
    return scenario


def _check(scenario: Scenario, name: str) -> Check:
    return scenario.diagnose().check(f"path.{name}")


# Shadowed rules.


def test_a_rule_that_allows_attestation_behind_one_that_denies_it_is_noted() -> None:
    allow = outbound_rule("Allow-Attestation", 200, "Allow", "AzureAttestation")
    found = _check(_scenario(outbound_rule("Deny-Internet", 100, "Deny", "Internet"), allow), "shadowed-rules")
    assert found.status.value == "pass"
    assert found.summary == (
        "rule Allow-Attestation of web-subnet-nsg would allow attestation in vain: Deny-Internet before it decides;"
        " rule Allow of web-subnet-nsg would allow attestation in vain: Deny-Internet before it decides"
    )
    assert found.evidence


def test_a_rule_that_denies_only_some_shadows_nothing_and_the_default_rules_are_nobodys() -> None:
    assert "no rule that allows" in _check(_scenario(outbound_rule("D", 100, "Deny", HOME)), "shadowed-rules").summary
    deny_all = _check(_scenario(outbound_rule("D", 4001, "Deny", "*")), "shadowed-rules")
    assert "no rule that allows" in deny_all.summary


def test_a_firewalls_rule_that_allows_in_vain_is_noted_too() -> None:
    found = _check(Scenario.sample("firewall-denies-attestation"), "shadowed-rules")
    assert "rule Allow-AzureAttestation of hub-fw would allow attestation in vain" in found.summary
    assert "Deny-Public-Azure-Ranges before it decides" in found.summary


# Failover.


@pytest.mark.parametrize(
    ("denied", "way"),
    [
        ([], "is open"),
        ([HOME], "is open"),
        ([OTHER], "is open"),
        ([PAIR], "is denied"),
        (["203.0.113.72/29"], "is open only in part"),
    ],
)
def test_the_way_to_the_paired_region_is_said(denied: list[str], way: str) -> None:
    rules = [outbound_rule(f"D{n}", 100 + n, "Deny", it) for n, it in enumerate(denied)]
    found = _check(_scenario(*rules), "failover")
    assert (found.status.value, found.summary) == ("pass", f"the way to the paired region (westus) {way}")


def test_a_region_without_a_pair_fails_over_to_none() -> None:
    scenario = _scenario()
    for location in scenario.body(f"{SUBSCRIPTION}/locations")["value"]:
        location["metadata"]["pairedRegion"] = []
    assert _check(scenario, "failover").status.value == "not-applicable"


def test_a_pair_that_was_not_read_is_not_told_apart() -> None:
    found = _check(_scenario().answer(f"{SUBSCRIPTION}/locations", 403), "failover")
    assert found.summary == "the way to the paired region is open: its addresses are not told apart from the rest"
    deny = outbound_rule("Deny", 100, "Deny", "*")
    found = _check(_scenario(deny).answer(f"{SUBSCRIPTION}/locations", 403), "failover")
    assert "is not known" in found.summary


@pytest.mark.parametrize(
    ("targets", "way"),
    [
        (["sharedeus.eus.attest.azure.net"], "is denied"),
        (["sharedeus.eus.attest.azure.net", "sharedwus.wus.attest.azure.net"], "is open"),
    ],
)
def test_a_firewall_that_knows_the_pair_by_its_name_counts(targets: list[str], way: str) -> None:
    scenario = Scenario.sample("firewall-denies-attestation")
    properties = scenario.body("providers/Microsoft.Network/azureFirewalls")["value"][0]["properties"]
    properties["networkRuleCollections"] = []
    del properties["applicationRuleCollections"][1:]
    properties["applicationRuleCollections"][0]["properties"]["rules"][0]["targetFqdns"] = targets
    assert _check(scenario, "failover").summary == f"the way to the paired region (westus) {way}"


# Other addresses (design 5: decided the same way, supporting, at most warn).


def _add_address(scenario: Scenario, address: str, version: str = "IPv4", **changes: Any) -> Scenario:
    configurations = scenario.body(NIC)["properties"]["ipConfigurations"]
    properties = {**configurations[0]["properties"], "primary": False, "privateIPAddress": address}
    configurations.append(
        {"name": address, "properties": {**properties, "privateIPAddressVersion": version, **changes}}
    )
    return scenario


def _add_nic(scenario: Scenario, *, status: int = 200) -> Scenario:
    """Give the VM a second NIC without an NSG of its own, in the same subnet."""
    nics = scenario.body("/virtualMachines/web-01")["properties"]["networkProfile"]["networkInterfaces"]
    nics[0].setdefault("properties", {})["primary"] = True
    nics.append({"id": SECOND_NIC, "properties": {"primary": False}})
    body = copy.deepcopy(scenario.body(NIC))
    body["id"] = SECOND_NIC
    del body["properties"]["networkSecurityGroup"]
    body["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] = "192.0.2.20"
    return scenario.read("network_interface", body, id=SECOND_NIC, status=status)


def _others(scenario: Scenario) -> list[dict[str, Any]]:
    document = verdict_document("case", scenario.facts(), scenario.diagnose())
    assert_verdict(document)
    others: list[dict[str, Any]] = document["other_paths"]
    return others


def test_a_vm_with_one_address_has_no_other_path() -> None:
    assert _check(_scenario(), "other-paths").status.value == "not-applicable"
    assert _others(_scenario()) == []


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        (_add_nic(_scenario()), (SECOND_NIC, "192.0.2.20", "IPv4")),
        (_add_address(_scenario(), "192.0.2.5"), (NIC, "192.0.2.5", "IPv4")),
        (_add_address(_scenario(), "2001:db8::5", "IPv6"), (NIC, "2001:db8::5", "IPv6")),
    ],
    ids=["second NIC", "second ipConfiguration", "IPv6"],
)
def test_every_other_address_has_a_path_of_its_own(scenario: Scenario, expected: tuple[str, str, str]) -> None:
    (other,) = _others(scenario)
    assert (other["nic"], other["source"], other["family"]) == expected
    assert sorted(other) == ["decision", "family", "nic", "path", "source"]
    assert [hop["hop"] for hop in other["path"]] == [
        *("admin-rules", "nic-nsg", "subnet-nsg", "route", "firewall", "egress", "provider")
    ]


def test_another_address_that_is_allowed_passes() -> None:
    scenario = _add_nic(_scenario())
    scenario.read("effective_routes", scenario.body("effectiveRouteTable"), nic=SECOND_NIC)
    found = _check(scenario, "other-paths")
    assert found.status.value == "pass"
    assert found.summary == ("from the VM's other addresses attestation is allowed too: 192.0.2.20 of web-01-nic-2")
    (other,) = _others(scenario)
    assert other["decision"] == "allow"
    assert other["path"][1]["decision"] == "not-applicable"


@pytest.mark.parametrize(("denied", "decision"), [("*", "deny"), (PAIR, "partial")])
def test_another_address_that_is_denied_warns_and_decides_nothing(denied: str, decision: str) -> None:
    rule = outbound_rule("Only-The-Other", 100, "Deny", denied, sourceAddressPrefix="192.0.2.5")
    scenario = _add_address(_scenario(rule), "192.0.2.5")
    diagnosis = scenario.diagnose()
    found = diagnosis.check("path.other-paths")
    assert (found.status.value, found.required, found.causes) == ("warn", False, ())
    assert found.summary == "from other addresses attestation is denied, all or some: 192.0.2.5 of web-01-nic"
    assert (diagnosis.root_causes, diagnosis.verdict.value) == ((), "warn")
    assert [it["decision"] for it in _others(scenario)] == [decision]


def test_missing_ipv6_egress_does_not_fail_an_ipv4_client() -> None:
    scenario = _add_address(_scenario(), "2001:db8::5", "IPv6")
    scenario.body("effectiveRouteTable")["value"].append(
        {"source": "Default", "state": "Active", "addressPrefix": ["::/0"], "nextHopType": "Internet"}
    )
    diagnosis = scenario.diagnose()
    assert diagnosis.check("path.other-paths").status.value == "warn"
    assert diagnosis.check("path.egress").status.value == "pass"
    (other,) = _others(scenario)
    assert next(hop for hop in other["path"] if hop["hop"] == "egress")["decision"] == "deny"


def test_an_address_that_is_not_decided_is_unknown() -> None:
    scenario = _add_address(
        _scenario(outbound_rule("Odd", 100, "Audit", "*", sourceAddressPrefix="192.0.2.5")), "192.0.2.5"
    )
    found = _check(scenario, "other-paths")
    assert (found.status.value, found.summary) == (
        "unknown", "from other addresses it is not known: 192.0.2.5 of web-01-nic"
    )  # fmt: skip


def test_a_nic_that_was_not_read_is_named() -> None:
    found = _check(_add_nic(_scenario(), status=403), "other-paths")
    assert found.status.value == "unknown"
    assert found.summary.endswith("not read: web-01-nic-2")


def test_the_primary_nics_other_addresses_are_not_known_where_it_was_not_read() -> None:
    found = _check(_scenario().answer(NIC, 403), "other-paths")
    assert (found.status.value, found.missing_permission) == ("unknown", "Microsoft.Network/networkInterfaces/read")
    found = _check(_add_nic(_scenario()).answer("networkInterfaces/web-01-nic", 403), "other-paths")
    assert found.status.value == "unknown"
    assert found.summary.endswith("not read: web-01-nic")


def test_without_the_vm_its_addresses_are_not_known() -> None:
    found = _check(_scenario().answer("/virtualMachines/web-01", 403), "other-paths")
    assert (found.status.value, found.missing_permission) == ("unknown", "Microsoft.Compute/virtualMachines/read")
