"""The end of a notebook: what was found, and which notebook to open next."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from guest_attestation.diagnosis.check import Check, Status
from guest_attestation.diagnosis.codes import Code
from guest_attestation.runbook import Runbook
from guest_attestation.text import clean
from guest_attestation.views.output import look


@dataclass(frozen=True)
class Step:
    """A notebook and the checks that it speaks of."""

    notebook: str
    title: str
    prefixes: tuple[str, ...]


STEPS = (
    Step("01-prerequisites", "prerequisites", ("prerequisites.",)),
    Step("02-extension-status", "extension status", ("extension.",)),
    Step(
        "03-network-security-groups",
        "network security groups",
        ("path.admin-rules", "path.nic-nsg", "path.subnet-nsg", "path.imds", "dns."),
    ),
    Step("04-firewall-rules", "firewall rules", ("path.route", "path.firewall", "path.egress")),
    Step("05-regional-provider", "regional provider", ("path.provider",)),
    Step("06-verdict", "verdict", ("path.", "defender.", "guest.")),
)


@dataclass(frozen=True, repr=False)
class Conclusion:
    """A sentence, and a relative link to the next notebook."""

    status: str
    sentence: str
    following: Step | None

    def __repr__(self) -> str:
        end = f"\nNext: {self.following.notebook}.ipynb ({self.following.title})" if self.following else ""
        return f"{look(self.status).text}: {clean(self.sentence)}{end}"

    def _repr_html_(self) -> str:
        said = f"<p><b>{escape(look(self.status).text)}</b>: {escape(clean(self.sentence))}</p>"
        if self.following is None:
            return said
        return f'{said}<p>Next: <a href="{self.following.notebook}.ipynb">{escape(self.following.title)}</a></p>'


def conclusion(runbook: Runbook, notebook: str) -> Conclusion:
    """Conclude a notebook, and choose the next from what was found.

    A step that proves what stops attestation leads straight to the verdict; a failure that nothing explains yet does
    not. Otherwise the next step is the first whose checks are not all well, or the verdict.
    """
    place = next(index for index, step in enumerate(STEPS) if step.notebook == notebook)
    found = _checks(runbook, STEPS[place])
    causes = [cause for check in found for cause in check.causes if cause.stops_attestation]
    proven = [cause for cause in causes if cause.code is not Code.EXTENSION_FAILED]
    if proven:
        sentence = f"{proven[0].code} stops attestation: {proven[0].summary}. The verdict shows it with all the rest."
        return Conclusion("fail", sentence, STEPS[-1])
    worst = next(
        (check for status in (Status.FAIL, Status.UNKNOWN, Status.WARN) for check in found if check.status is status),
        None,
    )
    later = STEPS[place + 1 :]
    following = next((step for step in later if _not_well(_checks(runbook, step))), later[-1])
    if worst is None:
        return Conclusion("pass", "nothing here stops attestation.", following)
    return Conclusion(worst.status, f"{worst.id}: {worst.summary}", following)


def _checks(runbook: Runbook, step: Step) -> list[Check]:
    return [check for check in runbook.diagnosis.checks if check.id.startswith(step.prefixes)]


def _not_well(checks: list[Check]) -> bool:
    return any(check.status not in (Status.PASS, Status.NOT_APPLICABLE) for check in checks)
