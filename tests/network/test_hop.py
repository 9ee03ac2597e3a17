from __future__ import annotations

import pytest

from guest_attestation.network.hop import Decision, Hop, HopName, Part, decision_of
from tests.network.build import addresses

ALLOW, DENY, PARTIAL, UNKNOWN = Decision.ALLOW, Decision.DENY, Decision.PARTIAL, Decision.UNKNOWN


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([ALLOW], ALLOW),
        ([ALLOW, ALLOW], ALLOW),
        ([DENY], DENY),
        ([DENY, DENY], DENY),
        ([ALLOW, DENY], UNKNOWN),
        ([PARTIAL], UNKNOWN),
        ([ALLOW, PARTIAL], UNKNOWN),
        ([DENY, UNKNOWN], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_a_hop_decides_only_what_all_its_parts_decide_alike(decisions: list[Decision], expected: Decision) -> None:
    parts = [Part(decision, addresses("203.0.113.0/24"), "rule", "") for decision in decisions]
    assert decision_of(parts) is expected


def test_an_undecided_hop_shows_its_evidence_only_where_there_is_some() -> None:
    assert Hop.unknown(HopName.ROUTE, "why").evidence == ()
    hop = Hop.unknown(HopName.ROUTE, "why", "here", "Microsoft.Network/routeTables/read")
    assert (hop.decision, hop.summary, hop.evidence) == (UNKNOWN, "why", ("here",))
    assert hop.missing_permission == "Microsoft.Network/routeTables/read"
