"""What stands where routes lead, where they lead all of it to one place, and where they split it (design 5, "Hops")."""

from __future__ import annotations

import copy
from itertools import combinations
from typing import Any

import pytest

from guest_attestation.network.hop import Decision, Hop, HopName
from guest_attestation.network.path import Path, decide_path
from tests.network.build import addresses
from tests.own_provider import own, with_zone
from tests.scenario import Scenario

ROUTES = "effectiveRouteTable"
FIREWALL = "198.51.100.4"
HOME, PAIR, OTHER = "203.0.113.0/26", "203.0.113.64/26", "203.0.113.128/25"


def _routed(*routes: tuple[str, str], sample: str = "healthy") -> Scenario:
    """Let effective routes lead prefixes somewhere, ahead of all others: to a kind of next hop, or to an address."""
    scenario = Scenario.sample(sample)
    if sample == "healthy":
        scenario.read("firewalls", {"value": []}, subscription=scenario.vm.subscription_id)
    listed = scenario.body(ROUTES)["value"]
    for name, (prefix, to) in enumerate(routes):
        is_address = to[0].isdigit()
        listed.append(
            {
                "name": f"r{name}",
                "source": "User",
                "state": "Active",
                "addressPrefix": [prefix],
                "nextHopType": "VirtualAppliance" if is_address else to,
                "nextHopIpAddress": [to] if is_address else [],
            }
        )
    return scenario


def _behind(*routes: tuple[str, str]) -> Scenario:
    """Lead prefixes elsewhere than to the firewall, to which this sample's routes lead, and which denies them."""
    return _routed(*routes, sample="firewall-denies-attestation")


def _without_egress(scenario: Scenario) -> Scenario:
    del scenario.body("virtualNetworks/shop-prod-vnet")["properties"]["subnets"][0]["properties"]["natGateway"]
    return scenario


def _path(scenario: Scenario) -> Path:
    return decide_path(scenario.facts())


def _decisions(path: Path, name: HopName) -> list[Decision]:
    return [hop.decision for hop in path.of(name)]


def _one(path: Path, name: HopName) -> Hop:
    (hop,) = path.of(name)
    return hop


def test_without_a_firewall_on_the_way_there_is_none_to_decide() -> None:
    path = _path(Scenario.sample("healthy"))
    firewall = _one(path, HopName.FIREWALL)
    assert (firewall.decision, firewall.parts) == (Decision.NOT_APPLICABLE, ())
    assert firewall.summary == "no firewall is on the way: routes lead the traffic to the Internet"
    assert _decisions(path, HopName.EGRESS) == [Decision.ALLOW]


def test_what_stays_within_the_network_meets_neither_firewall_nor_egress() -> None:
    path = _path(with_zone(own(), shopattest__eus="192.0.2.133"))
    for name in (HopName.FIREWALL, HopName.EGRESS):
        hop = _one(path, name)
        assert (hop.decision, hop.summary) == (Decision.NOT_APPLICABLE, "the traffic stays within the network")


# Next hops that cannot be seen.


@pytest.mark.parametrize("next_hop", ["VirtualNetworkGateway", "198.51.100.99"])
def test_a_next_hop_that_is_not_visible_leaves_firewall_and_egress_unknown(next_hop: str) -> None:
    scenario = _routed((HOME, next_hop), (PAIR, next_hop), (OTHER, next_hop), sample="healthy-behind-firewall")
    path = _path(scenario)
    firewall, egress = _one(path, HopName.FIREWALL), _one(path, HopName.EGRESS)
    assert (firewall.decision, firewall.visible) == (Decision.UNKNOWN, False)
    assert (egress.decision, egress.visible) == (Decision.UNKNOWN, True)
    assert [part.addresses for hop in (firewall, egress) for part in hop.parts] == [path.question.destinations] * 2
    diagnosis = scenario.diagnose()
    assert diagnosis.check("path.route").status.value == "pass"
    assert [(it.code.value, it.confidence.value) for it in diagnosis.root_causes] == [
        ("next-hop-not-visible", "proven")
    ]
    assert diagnosis.verdict.value == "unknown"


@pytest.mark.parametrize(
    ("prefix", "decision"),
    [
        (HOME, Decision.UNKNOWN),
        ("203.0.113.16/31", Decision.UNKNOWN),
        (PAIR, Decision.UNKNOWN),
        (OTHER, Decision.ALLOW),
    ],
)
def test_a_next_hop_that_is_not_visible_matters_only_to_home_and_its_pair(prefix: str, decision: Decision) -> None:
    scenario = _routed((prefix, "VirtualNetworkGateway"))
    path = _path(scenario)
    firewall = _one(path, HopName.FIREWALL)
    assert (firewall.decision, firewall.visible) == (decision, decision is not Decision.UNKNOWN)
    assert _decisions(path, HopName.EGRESS) in ([decision, Decision.ALLOW], [Decision.ALLOW, decision])
    codes = [it.code.value for it in scenario.diagnose().root_causes]
    assert codes == (["next-hop-not-visible"] if decision is Decision.UNKNOWN else [])


# A set that splits: each hop is judged on all that is asked, and what is led elsewhere counts as allowed there.


def test_a_firewall_that_gets_everything_and_denies_it_denies() -> None:
    path = _path(_behind())
    assert _decisions(path, HopName.FIREWALL) == [Decision.DENY]
    assert path.network_decision is Decision.DENY


@pytest.mark.parametrize(
    ("led_away", "firewall", "network", "code"),
    [
        (OTHER, Decision.DENY, Decision.DENY, "firewall-denies-attestation"),
        (PAIR, Decision.DENY, Decision.DENY, "firewall-denies-attestation"),
        ("203.0.113.16/31", Decision.PARTIAL, Decision.PARTIAL, "allow-list-too-narrow"),
        (HOME, Decision.PARTIAL, Decision.PARTIAL, "allow-list-too-narrow"),
    ],
)
def test_a_firewall_that_gets_only_some_of_home_does_not_deny_all_of_it(
    led_away: str, firewall: Decision, network: Decision, code: str
) -> None:
    scenario = _behind((led_away, "Internet"))
    path = _path(_with_public_address(scenario))
    assert _decisions(path, HopName.FIREWALL) == [firewall]
    assert path.network_decision is network
    found = [it.code.value for it in scenario.diagnose().root_causes]
    assert found == ([code] if code.startswith("firewall") else ["extension-failed", code])


def test_what_leaves_by_a_route_of_its_own_without_egress_does_not_deny_what_a_firewall_lets_through() -> None:
    allowed = _routed((OTHER, "Internet"), sample="healthy-behind-firewall")
    path = _path(allowed)
    assert sorted(_decisions(path, HopName.EGRESS)) == [Decision.ALLOW, Decision.ALLOW]
    direct = next(hop for hop in path.of(HopName.EGRESS) if "of other regions only" in hop.summary)
    assert [part.decision for part in direct.parts] == [Decision.DENY]
    assert not allowed.diagnose().root_causes


@pytest.mark.parametrize(("prefix", "decision"), [("203.0.113.16/31", Decision.PARTIAL), (HOME, Decision.DENY)])
def test_a_tag_route_to_the_internet_without_egress_denies_as_much_of_home_as_it_takes(
    prefix: str, decision: Decision
) -> None:
    """A route that bypasses the firewall has no egress of its own in a private subnet (facts 5.3)."""
    scenario = _routed((prefix, "Internet"), sample="healthy-behind-firewall")
    path = _path(scenario)
    assert decision in _decisions(path, HopName.EGRESS)
    assert path.network_decision is decision
    (cause,) = scenario.diagnose().root_causes
    assert cause.code.value == ("no-egress" if decision is Decision.DENY else "allow-list-too-narrow")


def test_home_to_a_firewall_the_rest_to_the_internet_and_part_dropped() -> None:
    scenario = _routed((HOME, FIREWALL), (PAIR, "Internet"), (OTHER, "None"), sample="firewall-denies-attestation")
    path = _path(_with_public_address(scenario))
    assert _decisions(path, HopName.ROUTE) == [Decision.ALLOW]
    assert _decisions(path, HopName.FIREWALL) == [Decision.DENY]
    assert _decisions(path, HopName.EGRESS) == [Decision.ALLOW, Decision.ALLOW]
    (firewall,) = path.of(HopName.FIREWALL)
    assert {part.tier for part in firewall.parts} == {"home"}
    assert path.network_decision is Decision.DENY


def test_there_is_one_entry_for_each_place_that_routes_lead_to() -> None:
    path = _path(_behind((PAIR, "198.51.100.99"), (OTHER, "Internet")))
    assert sorted(hop.visible for hop in path.of(HopName.FIREWALL)) == [False, True]
    assert len(path.of(HopName.EGRESS)) == 3
    shares = [part.addresses for hop in path.of(HopName.EGRESS) for part in hop.parts]
    together = shares[0] | shares[1] | shares[2]
    assert together == path.question.destinations
    assert not any(one & other for one, other in combinations(shares, 2))


def test_two_hops_that_only_together_deny_all_of_home_each_give_their_code() -> None:
    scenario = _without_egress(_routed(("203.0.113.4/30", "None"), ("203.0.113.41/32", "None")))
    path = _path(scenario)
    assert _decisions(path, HopName.ROUTE) == [Decision.PARTIAL]
    assert _decisions(path, HopName.EGRESS) == [Decision.PARTIAL]
    assert path.network_decision is Decision.DENY
    found = [(it.code.value, it.confidence.value) for it in scenario.diagnose().root_causes]
    assert found == [("route-drops-attestation", "proven"), ("no-egress", "proven")]


# Routes that are not known.


@pytest.mark.parametrize(
    ("prefix", "decision"), [(HOME, Decision.UNKNOWN), (PAIR, Decision.UNKNOWN), (OTHER, Decision.NOT_APPLICABLE)]
)
def test_where_some_routes_are_not_known_neither_is_whether_a_firewall_is_on_the_way(
    prefix: str, decision: Decision
) -> None:
    path = _path(_routed((prefix, "Teleport")))
    hop = _one(path, HopName.FIREWALL)
    assert hop.decision is decision
    if decision is Decision.UNKNOWN:
        assert "whether a firewall is on the way is not known, because the route is not" in hop.summary
        assert [part.addresses - addresses(prefix) for part in hop.parts] == [addresses()]
    assert _decisions(path, HopName.EGRESS) == [Decision.ALLOW]


def test_where_no_route_is_known_it_is_said_twice() -> None:
    path = _path(Scenario.sample("healthy").drop(ROUTES).drop("virtualNetworks/shop-prod-vnet"))
    for name, asks in ((HopName.FIREWALL, "whether a firewall is on the way"), (HopName.EGRESS, "where the traffic")):
        hop = _one(path, name)
        assert hop.decision is Decision.UNKNOWN
        assert hop.summary.startswith(asks)
        assert [part.addresses for part in hop.parts] == [path.question.destinations]


def test_behind_routes_that_drop_home_and_leave_its_pair_open_the_pair_is_not_known() -> None:
    path = _path(_routed(("0.0.0.0/0", "None"), (PAIR, "Teleport")))
    assert _decisions(path, HopName.ROUTE) == [Decision.DENY]
    assert _decisions(path, HopName.FIREWALL) == [Decision.UNKNOWN]
    assert _decisions(path, HopName.EGRESS) == [Decision.UNKNOWN]


def test_what_a_firewall_does_to_ipv6_is_not_known() -> None:
    """Facts 5.3: Azure Firewall is IPv4 only."""
    scenario = _behind(("::/0", FIREWALL))
    properties = scenario.body("networkInterfaces/web-01-nic")["properties"]
    six = copy.deepcopy(properties["ipConfigurations"][0])
    six["name"] = "six"
    six["properties"] |= {"privateIPAddress": "2001:db8::4", "privateIPAddressVersion": "IPv6", "primary": False}
    properties["ipConfigurations"].append(six)
    facts = scenario.facts()

    path = decide_path(facts, facts.others[0])

    assert [(hop.decision, hop.visible) for hop in path.of(HopName.FIREWALL)] == [(Decision.UNKNOWN, True)]
    assert "hub-fw" in path.of(HopName.FIREWALL)[0].summary
    assert _decisions(path, HopName.EGRESS) == [Decision.UNKNOWN]


def _with_public_address(scenario: Scenario) -> Scenario:
    """Give the VM egress of its own, for what leaves without the firewall."""
    properties: dict[str, Any] = scenario.body("networkInterfaces/web-01-nic")["properties"]
    properties["ipConfigurations"][0]["properties"]["publicIPAddress"] = {"id": "/any/ip"}
    return scenario


def test_nothing_arrives_where_routes_drop_everything() -> None:
    path = _path(_routed((HOME, "None"), (PAIR, "None"), (OTHER, "None")))
    for name in (HopName.FIREWALL, HopName.EGRESS):
        hop = _one(path, name)
        assert (hop.decision, hop.summary) == (
            Decision.NOT_APPLICABLE,
            "nothing arrives here: the route drops the traffic",
        )
