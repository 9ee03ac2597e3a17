"""The hops as checks: too narrow, denied together, not decided; and what a failed extension makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.diagnosis.diagnose import Diagnosis
from guest_attestation.diagnosis.path_hops import denying_hops
from guest_attestation.network.hop import Decision, HopName
from guest_attestation.network.path import decide_path
from tests.scenario import NIC_NSG, SUBNET_NSG, Scenario, outbound_rule

HOME, PAIR, OTHER = "203.0.113.0/26", "203.0.113.64/26", "203.0.113.128/25"
HALF, OTHER_HALF = "203.0.113.4/30", ("203.0.113.16/31", "203.0.113.41/32")


def _scenario(nic: tuple[str, ...] = (), subnet: tuple[str, ...] = (), sample: str = "healthy") -> Scenario:
    """Let the NIC's and the subnet's NSG each deny these prefixes, and allow all else."""
    scenario = Scenario.sample(sample)
    for group, name, prefixes in ((NIC_NSG, "Nic", nic), (SUBNET_NSG, "Subnet", subnet)):
        denying = outbound_rule(name, 100, "Deny", "")
        denying["properties"]["destinationAddressPrefixes"] = list(prefixes)
        allowing = outbound_rule("Allow", 200, "Allow", "*")
        scenario.body(group)["properties"]["securityRules"] = [*([denying] if prefixes else []), allowing]
    return scenario


def _causes(diagnosis: Diagnosis) -> list[tuple[str, str, str | None]]:
    return [(it.code.value, it.confidence.value, it.rule) for it in diagnosis.root_causes]


@pytest.mark.parametrize(
    ("denied", "hop", "status", "code", "verdict"),
    [
        ((HOME,), "deny", "fail", "nsg-denies-attestation", "fail"),
        ((HALF,), "partial", "warn", "allow-list-too-narrow", "warn"),
        ((PAIR,), "partial", "warn", "allow-list-too-narrow", "warn"),
        (("203.0.113.72/30",), "partial", "warn", "allow-list-too-narrow", "warn"),
        ((OTHER,), "allow", "pass", None, "pass"),
        ((HOME, PAIR, OTHER), "deny", "fail", "nsg-denies-attestation", "fail"),
    ],
)
def test_home_then_its_pair_decide_and_the_rest_is_a_note(
    denied: tuple[str, ...], hop: str, status: str, code: str | None, verdict: str
) -> None:
    diagnosis = (
        _scenario(subnet=denied)
        .drop("networkConfigurationDiagnostic")
        .drop("/effectiveNetworkSecurityGroups")
        .diagnose()
    )
    (subnet,) = diagnosis.path.of(HopName.SUBNET_NSG)
    assert (subnet.decision.value, diagnosis.check("path.subnet-nsg").status.value) == (hop, status)
    assert _causes(diagnosis) == ([(code, "proven", "Subnet")] if code else [])
    assert diagnosis.verdict.value == verdict
    assert ("Subnet denies some of other regions" in subnet.summary) is (denied == (OTHER,))


def test_only_some_connections_are_too_narrow() -> None:
    scenario = _scenario(subnet=(HOME,))
    scenario.body(SUBNET_NSG)["properties"]["securityRules"][0]["properties"]["sourcePortRange"] = "1-1024"
    assert _causes(scenario.diagnose()) == [("allow-list-too-narrow", "proven", "Subnet")]


def test_a_too_narrow_path_says_what_would_disprove_it() -> None:
    (cause,) = _scenario(subnet=(PAIR,)).diagnose().root_causes
    assert cause.disproof == (
        "subnet-nsg lets TCP 443 to all of AzureAttestation in the provider's region and in its pair through"
    )
    assert (cause.resource, cause.evidence != ()) == (SUBNET_NSG, True)


# Hops that only together deny all of home (design 5, "Hops").


def test_hops_that_only_together_deny_all_of_home_each_deny() -> None:
    diagnosis = _scenario(nic=(HALF,), subnet=OTHER_HALF).diagnose()
    assert [hop.decision for hop in diagnosis.path.hops[1:3]] == [Decision.PARTIAL, Decision.PARTIAL]
    assert diagnosis.path.network_decision is Decision.DENY
    assert _causes(diagnosis) == [
        ("nsg-denies-attestation", "proven", "Nic"), ("nsg-denies-attestation", "proven", "Subnet")
    ]  # fmt: skip
    assert {diagnosis.check(f"path.{it}").status.value for it in ("nic-nsg", "subnet-nsg")} == {"fail"}
    assert diagnosis.verdict.value == "fail"


def test_hops_that_leave_some_of_home_open_are_too_narrow_each() -> None:
    diagnosis = _scenario(nic=(HALF,), subnet=OTHER_HALF[:1]).diagnose()
    assert diagnosis.path.network_decision is Decision.PARTIAL
    assert [code for code, *_ in _causes(diagnosis)] == ["allow-list-too-narrow"] * 2
    assert diagnosis.verdict.value == "warn"


def test_beside_a_hop_that_denies_alone_another_stays_too_narrow() -> None:
    diagnosis = _scenario(nic=(HOME,), subnet=(HALF,)).diagnose()
    assert _causes(diagnosis) == [
        ("nsg-denies-attestation", "proven", "Nic"), ("allow-list-too-narrow", "proven", "Subnet")
    ]  # fmt: skip


def test_a_hop_that_denies_only_of_the_pair_is_none_of_those_that_deny_home_together() -> None:
    scenario = _scenario(nic=(HALF,), subnet=OTHER_HALF)
    listed = scenario.body("effectiveRouteTable")["value"]
    listed.append({"name": "drop", "source": "User", "state": "Active", "addressPrefix": [PAIR], "nextHopType": "None"})
    path = decide_path(scenario.facts())
    assert [hop.hop for hop in denying_hops(path)] == [HopName.NIC_NSG, HopName.SUBNET_NSG]


def test_a_firewall_that_denies_the_pair_under_its_own_name_is_none_of_them_either() -> None:
    """Without the regions' tags the tiers overlap: what a firewall does to the pair it does not do to home."""
    scenario = Scenario.sample("firewall-denies-attestation")
    for tag in ("AzureCloud.eastus", "AzureCloud.westus"):
        scenario.drop("serviceTagDetails", tag=tag)
    properties = scenario.body("providers/Microsoft.Network/azureFirewalls")["value"][0]["properties"]
    properties["networkRuleCollections"] = []
    del properties["applicationRuleCollections"][1:]
    properties["applicationRuleCollections"][0]["properties"]["rules"][0]["targetFqdns"] = [
        "sharedeus.eus.attest.azure.net"
    ]
    for group in (NIC_NSG, SUBNET_NSG):
        scenario.body(group)["properties"]["securityRules"] = [outbound_rule("Allow", 200, "Allow", "*")]
    every = scenario.body("serviceTagDetails", tag="AzureAttestation")["value"][0]["properties"]["addressPrefixes"]
    halves = [it for it in every if ":" not in it][:5], [it for it in every if ":" not in it][5:]
    for group, prefixes in zip((NIC_NSG, SUBNET_NSG), halves, strict=True):
        rule = outbound_rule("Half", 100, "Deny", "")
        rule["properties"]["destinationAddressPrefixes"] = prefixes
        scenario.body(group)["properties"]["securityRules"].insert(0, rule)
    path = decide_path(scenario.facts())
    (firewall,) = path.of(HopName.FIREWALL)
    assert {(part.tier, part.decision.value) for part in firewall.parts} >= {("home", "allow"), ("pair", "deny")}
    assert path.network_decision is Decision.DENY
    assert [hop.hop for hop in denying_hops(path)] == [HopName.NIC_NSG, HopName.SUBNET_NSG]


# A failed extension (design 4.3, c).


def test_a_failed_extension_suspects_a_path_that_is_too_narrow() -> None:
    diagnosis = _scenario(subnet=(PAIR,), sample="extension-failed").diagnose()
    assert _causes(diagnosis) == [
        ("extension-failed", "proven", None), ("allow-list-too-narrow", "suspected", "Subnet")
    ]  # fmt: skip
    assert diagnosis.check("path.subnet-nsg").status.value == "warn"


def test_a_failed_extension_suspects_a_hop_that_is_not_decided() -> None:
    scenario = _scenario(sample="extension-failed").answer(SUBNET_NSG, 403).drop("effectiveNetworkSecurityGroups")
    assert _causes(scenario.diagnose()) == [
        ("extension-failed", "proven", None), ("nsg-denies-attestation", "suspected", None)
    ]  # fmt: skip


def test_a_proven_denial_leaves_a_narrow_path_proven_too() -> None:
    diagnosis = _scenario(nic=(HOME,), subnet=(PAIR,), sample="extension-failed").diagnose()
    assert _causes(diagnosis) == [
        ("nsg-denies-attestation", "proven", "Nic"), ("allow-list-too-narrow", "proven", "Subnet")
    ]  # fmt: skip


def test_suspected_narrow_ranks_before_what_leaves_it_unknown() -> None:
    scenario = _scenario(subnet=(PAIR,), sample="extension-failed")
    scenario.read("firewalls", {"value": []}, subscription=scenario.vm.subscription_id)
    listed = scenario.body("effectiveRouteTable")["value"]
    route = {"name": "gw", "source": "User", "state": "Active", "addressPrefix": ["0.0.0.0/0"]}
    listed.append({**route, "nextHopType": "VirtualNetworkGateway"})
    codes = [code for code, *_ in _causes(scenario.diagnose())]
    assert codes.index("allow-list-too-narrow") < codes.index("next-hop-not-visible")
    assert codes[0] == "extension-failed"


# Several entries of one hop make one check.


def _second_place(to: str, *, sample: str) -> Scenario:
    scenario = Scenario.sample(sample)
    route: dict[str, Any] = {"name": "b", "source": "User", "state": "Active", "addressPrefix": [PAIR]}
    hop = {"nextHopType": to, "nextHopIpAddress": []}
    scenario.body("effectiveRouteTable")["value"].append({**route, **hop})
    return scenario


def test_the_worst_of_several_entries_gives_the_status_and_all_of_them_speak() -> None:
    diagnosis = _second_place("VirtualNetworkGateway", sample="firewall-denies-attestation").diagnose()
    found = diagnosis.check("path.firewall")
    assert (found.status.value, found.missing_permission) == ("fail", None)
    assert "firewall hub-fw denies" in found.summary
    assert "is not visible from here" in found.summary
    assert {it.code.value for it in found.causes} == {"firewall-denies-attestation", "next-hop-not-visible"}


def test_an_entry_that_was_not_read_gives_its_permission_where_nothing_is_worse() -> None:
    scenario = _second_place("VirtualNetworkGateway", sample="healthy-behind-firewall")
    scenario.answer("firewallPolicies/hub-fw-policy", 403)
    found = scenario.diagnose().check("path.firewall")
    assert found.status.value == "unknown"
    assert found.missing_permission in (None, "Microsoft.Network/firewallPolicies/read")
    assert "refused (403)" in found.summary
