"""The fixes of a diagnosis: which of them mends which root cause, and the plan that mends the whole path."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.diagnosis.check import RootCause
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.diagnose import Diagnosis
from guest_attestation.diagnosis.path_hops import DENIAL_CODES
from guest_attestation.facts.gather import Facts
from guest_attestation.fixes.fix import Fix
from guest_attestation.fixes.propose import Plan, plan_of, propose
from guest_attestation.resource_id import same_id

_ANY_HOP = (Code.ALLOW_LIST_TOO_NARROW, Code.PROXY_REQUIRED)


@dataclass(frozen=True)
class Remedies:
    """Every proved fix, in the order of the path, and the plan; None where no plan turns the whole path."""

    fixes: tuple[Fix, ...] = ()
    plan: Plan | None = None

    def of(self, cause: RootCause) -> tuple[Fix, ...]:
        """Return the fixes of a cause: of its hop, at its resource; a proxy's are those of what it replaces."""
        return tuple(
            fix
            for fix in self.fixes
            if (cause.code in _ANY_HOP or DENIAL_CODES[fix.hop] is cause.code) and same_id(fix.resource, cause.resource)
        )


def remedies(facts: Facts, diagnosis: Diagnosis) -> Remedies:
    """Propose fixes for the path that decides, and put them into a plan."""
    fixes = propose(facts, diagnosis.path)
    return Remedies(fixes, plan_of(facts, diagnosis.path))
