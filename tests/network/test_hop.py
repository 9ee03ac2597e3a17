from __future__ import annotations

from guest_attestation.network.hop import Decision, Hop, HopName, Part, RulePlace, TraceLine
from tests.network.build import addresses


def test_an_undecided_hop_shows_its_evidence_only_where_there_is_some() -> None:
    assert Hop.unknown(HopName.ROUTE, "why").evidence == ()
    hop = Hop.unknown(HopName.ROUTE, "why", "here", "Microsoft.Network/routeTables/read")
    assert (hop.decision, hop.summary, hop.evidence) == (Decision.UNKNOWN, "why", ("here",))
    assert hop.missing_permission == "Microsoft.Network/routeTables/read"


def test_what_a_hop_decides_is_changed_by_writes_to_its_resource_and_to_what_belongs_to_it() -> None:
    assert Hop(HopName.NIC_NSG, Decision.ALLOW, "why", resource="/nsg").written_at == ("/nsg",)
    assert Hop(HopName.ROUTE, Decision.ALLOW, "why").written_at == ()
    policy = Hop(HopName.FIREWALL, Decision.DENY, "why", resource="/group", written_with=("/policy", "/group"))
    assert policy.written_at == ("/group", "/policy")


def test_a_part_speaks_of_every_tier_unless_it_names_one() -> None:
    every = Part(Decision.ALLOW, addresses("203.0.113.0/24"), None, "")
    home = Part(Decision.ALLOW, addresses("203.0.113.0/24"), None, "", tier="home")
    assert [every.speaks_of(it) for it in ("home", "pair")] == [True, True]
    assert [home.speaks_of(it) for it in ("home", "pair")] == [True, False]


def test_a_line_says_where_a_firewalls_rule_stands() -> None:
    classic = RulePlace("network", "c", 100, "Allow", "/fw")
    assert TraceLine("r", 1, True, "why").text == "why"
    assert TraceLine("r", 1, True, "why", place=classic).text == "network rule collection c: why"
    of_policy = RulePlace("application", "c", 100, "Allow", "/fw", "g", 200)
    assert of_policy.text == "application rule collection c of group g"
