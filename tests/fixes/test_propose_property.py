"""Whatever surrounds the VM: an offered fix turns its hop, the plan turns the path, nothing allowed is denied after."""

from __future__ import annotations

from hypothesis import event, given

from guest_attestation.fixes.applied import applied
from guest_attestation.fixes.propose import plan_of, propose
from guest_attestation.network.addresses import AddressSet, union
from guest_attestation.network.hop import Decision, HopName
from guest_attestation.network.path import Path, decide_path
from tests.network.strategies_path import Drawn, drawn, recorded


def _allowed(path: Path) -> AddressSet:
    """Return what no hop on the way denies or leaves open."""
    hops = [hop for hop in path.hops if hop.hop is not HopName.PROVIDER]
    stopped = (part.addresses for hop in hops for part in hop.parts if part.decision is not Decision.ALLOW)
    return path.question.destinations - union(path.question.destinations.version, stopped)


@given(drawn)
def test_every_offered_fix_turns_its_hop_and_takes_nothing_away(it: Drawn) -> None:
    facts = recorded(it).facts()
    before = decide_path(facts)

    for fix in propose(facts, before):
        event(f"a fix of {fix.hop}")
        after = decide_path(applied(fix.change, facts))
        assert {hop.decision for hop in after.of(fix.hop)} <= {
            Decision.ALLOW,
            Decision.NOT_APPLICABLE,
            *(hop.decision for hop in before.of(fix.hop)[1:]),
        }
        assert not _allowed(before) - _allowed(after)


@given(drawn)
def test_a_plan_turns_the_whole_path_and_takes_nothing_away(it: Drawn) -> None:
    facts = recorded(it).facts()
    before = decide_path(facts)

    plan = plan_of(facts, before)

    changed = facts
    for fix in plan.fixes if plan else ():
        changed = applied(fix.change, changed)
    after = decide_path(changed)
    event("a plan" if plan else f"no plan for {before.network_decision}")
    assert (after.network_decision is Decision.ALLOW) is (plan is not None or before.network_decision is Decision.ALLOW)
    assert not _allowed(before) - _allowed(after)
