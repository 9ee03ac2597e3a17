"""A declared forward proxy: the way to it, and what it makes of a direct path that is denied (design 5)."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.diagnosis.check import Check, Status
from tests.scenario import NIC_NSG, SUBNET_NSG, Scenario, outbound_rule

INSIDE = "192.0.2.70:3128"
ALL: dict[str, Any] = {"protocol": "*", "destinationPortRange": "*"}


def _scenario(*rules: dict[str, Any]) -> Scenario:
    """Let the NSGs allow everything but what these rules of the subnet's deny before."""
    scenario = Scenario.sample("healthy")
    allow = outbound_rule("Allow", 4000, "Allow", "*", **ALL)
    scenario.body(NIC_NSG)["properties"]["securityRules"] = [allow]
    scenario.body(SUBNET_NSG)["properties"]["securityRules"] = [allow, *rules]
    return scenario


def _check(scenario: Scenario, proxy: str | None = INSIDE) -> Check:
    return scenario.diagnose(proxy).check("path.proxy")


DENY_PROXY = outbound_rule("No-Proxy", 100, "Deny", "192.0.2.64/26", destinationPortRange="3128")
DENY_DIRECT = outbound_rule("No-Direct", 110, "Deny", "AzureAttestation")


def test_without_a_declared_proxy_there_is_nothing_to_check() -> None:
    assert _check(_scenario(), None).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("rules", "status", "said"),
    [
        ([], Status.PASS, "is open"),
        ([DENY_PROXY], Status.WARN, "is denied: rule No-Proxy denies TCP 3128"),
        ([outbound_rule("Odd", 100, "Audit", "*", **ALL)], Status.UNKNOWN, "is not known: "),
        ([outbound_rule("Some", 100, "Deny", "*", sourcePortRange="1-9", **ALL)], Status.WARN, "is open only in part"),
    ],
)
def test_with_a_free_direct_path_the_way_to_the_proxy_is_shown(
    rules: list[dict[str, Any]], status: Status, said: str
) -> None:
    found = _check(_scenario(*rules))
    assert (found.status, found.causes) == (status, ())
    assert found.summary.startswith(f"the way to proxy {INSIDE} {said}")


def test_the_way_to_a_proxy_that_a_name_stands_for_is_known_only_where_everything_is_alike() -> None:
    assert _check(_scenario(), "proxy.corp:3128").status is Status.UNKNOWN
    deny = outbound_rule("Deny", 100, "Deny", "*", protocol="Tcp", destinationPortRange="3128")
    assert _check(_scenario(deny), "proxy.corp:3128").status is Status.WARN


def test_a_way_that_nobody_read_names_its_permission_and_a_denied_one_does_not() -> None:
    scenario = _scenario().answer(NIC_NSG, 403).drop("effectiveNetworkSecurityGroups")
    found = _check(scenario)
    assert (found.status, found.missing_permission) == (
        Status.UNKNOWN, "Microsoft.Network/networkSecurityGroups/read"
    )  # fmt: skip
    scenario.body(SUBNET_NSG)["properties"]["securityRules"].append(DENY_PROXY)
    found = _check(scenario)
    assert (found.status, found.missing_permission) == (Status.WARN, None)
    assert "rule No-Proxy denies" in found.summary


@pytest.mark.parametrize(("rules", "said"), [([], "is open"), ([DENY_PROXY], "is denied")])
def test_a_direct_denial_is_the_proxys_and_the_way_to_it_is_shown_beside(
    rules: list[dict[str, Any]], said: str
) -> None:
    diagnosis = _scenario(DENY_DIRECT, *rules).diagnose(INSIDE)
    found = diagnosis.check("path.proxy")
    assert [(it.code.value, it.confidence.value, it.rule) for it in diagnosis.root_causes] == [
        ("proxy-required", "proven", "No-Direct")
    ]
    assert found.status is Status.FAIL
    assert f"the way to proxy {INSIDE} {said}" in found.summary
    assert diagnosis.check("path.subnet-nsg").status is Status.FAIL


def test_a_direct_path_that_is_only_too_narrow_is_not_the_proxys() -> None:
    narrow = outbound_rule("Narrow", 110, "Deny", "203.0.113.16/31")
    diagnosis = _scenario(narrow).diagnose(INSIDE)
    assert [it.code.value for it in diagnosis.root_causes] == ["allow-list-too-narrow"]
    assert diagnosis.check("path.proxy").status is Status.PASS


def test_what_stands_behind_the_next_hop_to_a_proxy_is_assumed() -> None:
    scenario = _scenario()
    route = {"source": "User", "state": "Active", "addressPrefix": ["10.9.0.0/16"], "name": "to-proxy"}
    hop = {"nextHopType": "VirtualAppliance", "nextHopIpAddress": ["192.0.2.99"]}
    scenario.body("effectiveRouteTable")["value"].append({**route, **hop})
    found = _check(scenario, "10.9.0.4:3128")
    assert found.status is Status.PASS
    assert len(found.assumptions) == 1
    assert "is let through behind the next hop: route to-proxy leads" in found.assumptions[0]
