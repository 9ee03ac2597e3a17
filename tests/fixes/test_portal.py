"""Portal steps name the blades that exist."""

from __future__ import annotations

import pytest

from guest_attestation.fixes.change import Change
from guest_attestation.fixes.portal import portal_steps
from tests.fixes.sample_changes import admin_rule, firewall_rule, nat_gateway, policy_rule, route, security_rule

PLACE = "(resource group n of subscription 11111111-2222-3333-4444-555555555555)"


@pytest.mark.parametrize(
    ("change", "opened"),
    [
        (security_rule(), ["Network security groups > n {} > Outbound security rules"]),
        (route(), ["Route tables > n {} > Routes"]),
        (admin_rule(), ["Network managers > n {} > Configurations"]),
        (firewall_rule("network"), ["Firewalls > n {} > Rules (classic) > Network rule collection"]),
        (firewall_rule("application"), ["Firewalls > n {} > Rules (classic) > Application rule collection"]),
        (policy_rule("network"), ["Firewall Policies > n {} > Network rules"]),
        (policy_rule("application"), ["Firewall Policies > n {} > Application rules"]),
        (
            policy_rule("network", is_new=True),
            ["Firewall Policies > n {} > Rule collections", "Firewall Policies > n {} > Network rules"],
        ),
    ],
    ids=repr,
)
def test_the_steps_open_the_blade_that_holds_it(change: Change, opened: list[str]) -> None:
    steps = portal_steps(change)

    assert [it for it in steps if it.startswith("Open ") and ">" in it] == [
        f"Open {it.format(PLACE)}." for it in opened
    ]


def test_the_rule_in_the_way_is_moved_first() -> None:
    _, moved, *added = portal_steps(security_rule("r", moved=True))

    assert moved == "Open rule r and change its Priority from 110 to 201. Save."
    assert any("Priority: 110. Name: r." in it for it in added)


def test_a_rule_is_told_in_full() -> None:
    assert portal_steps(security_rule())[1:] == (
        "Select Add. Source: Any. Source port ranges: *. Destination: Service Tag, AzureAttestation.",
        "Service: Custom. Destination port ranges: 443. Protocol: TCP. Action: Allow.",
        "Priority: 110. Name: n. Select Add.",
    )


def test_an_address_is_no_service_tag() -> None:
    assert "Destination: IP Addresses, 10.1.0.9." in " ".join(portal_steps(admin_rule(destination="10.1.0.9")))
    assert "Destination: IP Addresses, fd00::9." in " ".join(portal_steps(admin_rule(destination="fd00::9")))


def test_a_changed_configuration_is_deployed_again() -> None:
    assert "Deploy configurations" in portal_steps(admin_rule())[-1]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (
            "network",
            "Protocol: TCP. Destination ports: 443. Destination type: Service Tag. Destination: AzureAttestation.",
        ),
        ("application", "Protocol: Https:443. Destination type: FQDN. Destination: *.attest.azure.net."),
    ],
)
def test_a_firewall_rule_names_source_and_target(kind: str, told: str) -> None:
    for change in (firewall_rule(kind), policy_rule(kind)):
        assert f"Source: 10.1.0.0/24, fd00:1::/64. {told}" in portal_steps(change)[-1]


def test_a_nat_gateway_stands_in_the_networks_region() -> None:
    assert "Region: westeurope." in " ".join(portal_steps(nat_gateway()))
    assert "Region" not in " ".join(portal_steps(nat_gateway(location="")))
