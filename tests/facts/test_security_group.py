"""Network security groups: as configured and as Azure applies them."""

from __future__ import annotations

from typing import Any

import pytest

from guest_attestation.facts.security_group import (
    EffectiveSecurityGroups,
    SecurityRule,
    parse_effective_security_groups,
    parse_security_group,
    parse_security_rule,
)
from guest_attestation.snapshot.node import Node
from tests.scenario import NIC_NSG, SUBNET_NSG, Scenario


def rule(**properties: Any) -> SecurityRule:
    node = Node({"name": "it", "properties": properties}, "f.json#/r")
    return parse_security_rule(node, node.at("properties"))


def effective(*items: Any) -> EffectiveSecurityGroups:
    return parse_effective_security_groups(
        [Node(item, f"f.json#/{place}") for place, item in enumerate(items)], "f.json#"
    )


def test_the_samples_group_holds_own_and_default_rules() -> None:
    body = Scenario.sample("nsg-denies-attestation").body("networkSecurityGroups/web-subnet-nsg")

    group = parse_security_group(Node(body, "f.json#/b"))

    assert group.id == SUBNET_NSG
    by_name = {it.name: it for it in group.rules}
    assert list(by_name)[-3:] == ["AllowVnetOutBound", "AllowInternetOutBound", "DenyAllOutBound"]
    deny = by_name["Deny-Internet-Outbound"]
    assert (deny.priority, deny.direction, deny.access, deny.protocol) == (4000, "Outbound", "Deny", "*")
    assert (deny.source_address_prefixes, deny.destination_address_prefixes) == (("*",), ("Internet",))
    assert (deny.source_port_ranges, deny.destination_port_ranges) == (("*",), ("*",))
    assert deny.evidence == "f.json#/b/properties/securityRules/7/properties"
    assert by_name["Allow-Admin-In"].destination_port_ranges == ("3389", "5986")


FIELDS = [
    ("sourceAddressPrefix", "source_address_prefixes"),
    ("sourcePortRange", "source_port_ranges"),
    ("destinationAddressPrefix", "destination_address_prefixes"),
    ("destinationPortRange", "destination_port_ranges"),
]


@pytest.mark.parametrize(("singular", "field"), FIELDS)
def test_singular_and_plural_fields_are_joined(singular: str, field: str) -> None:
    plural = f"{singular}es" if singular.endswith("Prefix") else f"{singular}s"
    cases: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({singular: "a"}, ("a",)),
        ({plural: ["a", "b"]}, ("a", "b")),
        ({singular: "a", plural: []}, ("a",)),
        ({singular: "", plural: ["a"]}, ("a",)),
        ({singular: "a", plural: ["a", "b", "b"]}, ("a", "b")),
        ({singular: ["a", "b"]}, ("a", "b")),
        ({singular: None, plural: None}, ()),
        ({}, ()),
    ]

    assert [getattr(rule(**properties), field) for properties, _ in cases] == [expected for _, expected in cases]


@pytest.mark.parametrize("side", ["source", "destination"])
def test_application_security_groups_stand_beside_prefixes(side: str) -> None:
    parsed = rule(**{f"{side}ApplicationSecurityGroups": [{"id": "/asg/1"}, {"id": "/asg/2"}]})

    assert getattr(parsed, f"{side}_application_security_groups") == ("/asg/1", "/asg/2")


@pytest.mark.parametrize("priority", [None, "100", 100.5, True])
def test_a_priority_is_a_whole_number_or_not_known(priority: object) -> None:
    assert rule(priority=priority).priority is None


def test_the_samples_effective_groups_are_read() -> None:
    body = Scenario.sample("nsg-denies-attestation").body("/effectiveNetworkSecurityGroups")

    found = effective(*body["value"])

    assert [group.id for group in found.groups] == [NIC_NSG, SUBNET_NSG]
    assert found.network_manager_rules == ()
    names = [it.name for it in found.groups[1].rules]
    assert "Deny-Internet-Outbound" in names
    assert not any("/" in name for name in names)


def test_a_network_managers_entry_is_no_group_but_admin_rules() -> None:
    manager = {"association": {"networkManager": {"id": "/manager"}}, "effectiveSecurityRules": [{"name": "Deny-All"}]}
    plain = {"networkSecurityGroup": {"id": "/nsg"}, "association": {"subnet": {"id": "/s"}}}

    found = effective(manager, plain)

    assert [(manager, it.name) for manager, it in found.network_manager_rules] == [("/manager", "Deny-All")]
    assert [group.id for group in found.groups] == ["/nsg"]


def test_rules_of_several_network_managers_keep_their_own() -> None:
    def entry(manager: Any, *names: str) -> Any:
        rules = [{"name": name} for name in names]
        return {"association": {"networkManager": manager}, "effectiveSecurityRules": rules}

    found = effective(entry({"id": "/one"}, "a", "b"), entry({"id": "/two"}, "c"), entry({}, "d"))

    assert [(manager, it.name) for manager, it in found.network_manager_rules] == [
        ("/one", "a"),
        ("/one", "b"),
        ("/two", "c"),
        ("", "d"),
    ]


@pytest.mark.parametrize(
    ("direction", "inbound"), [("Inbound", True), ("INBOUND", True), ("Outbound", False), ("", False)]
)
def test_only_a_rule_that_says_inbound_is(direction: str, *, inbound: bool) -> None:
    assert rule(direction=direction).is_inbound is inbound


def test_an_effective_entry_says_where_it_applies_and_a_group_of_its_own_does_not() -> None:
    found = effective({"association": {"subnet": {"id": "/s"}}}, {"association": {"networkInterface": {"id": "/n"}}})

    assert [(group.applies_to, group.effective) for group in found.groups] == [
        ("subnet", True),
        ("networkInterface", True),
    ]
    own = parse_security_group(Node({"id": "/nsg", "properties": {}}, ""))
    assert (own.applies_to, own.effective, own.rules) == (None, False, ())


@pytest.mark.parametrize(
    "association", [None, {}, {"networkManager": None}, {"networkInterface": {"id": "/n"}}], ids=repr
)
def test_without_a_network_manager_an_entry_is_a_group(association: object) -> None:
    found = effective({"association": association, "effectiveSecurityRules": [{"name": "x"}]})

    assert (len(found.groups), found.network_manager_rules) == (1, ())


def test_azures_expansion_of_tags_is_kept_by_name_in_lower_case() -> None:
    found = effective(
        {"tagMap": {"VirtualNetwork": ["192.0.2.0/24", "168.63.129.16/32"]}},
        {"tagMap": {"Internet": ["1.0.0.0/8"]}},
        {"tagMap": None},
        {"tagMap": '{"AzureLoadBalancer": ["168.63.129.16/32"]}'},
        {},
    )

    assert found.tag_map == {"virtualnetwork": ("192.0.2.0/24", "168.63.129.16/32"), "internet": ("1.0.0.0/8",)}


def test_effective_rules_have_their_fields_flat() -> None:
    flat = {"name": "securityRules/It", "priority": 7, "direction": "Outbound", "destinationAddressPrefix": "Internet"}

    found = effective({"effectiveSecurityRules": [flat]}).groups[0].rules[0]

    assert (found.name, found.priority, found.destination_address_prefixes) == ("It", 7, ("Internet",))
    assert found.evidence == "f.json#/0/effectiveSecurityRules/0"
