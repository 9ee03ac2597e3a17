"""What was seen to happen, as against what is modelled: the extension's failures and its last success."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from guest_attestation.facts.extension import (
    Extension,
    ExtensionInstanceView,
    guest_attestation_of,
    is_guest_attestation,
)
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.status import Status

ATTEST_LEG = "guestattestation"
REPORT_LEG = "reporthealth"

_NEVER = datetime.min.replace(tzinfo=UTC)
_NUMBER = re.compile(r"\b(?:error|code|result|status)\b[^\w\n-]{0,3}(-\d{1,2})\b", re.IGNORECASE)
_HTTP = re.compile(
    r"\bHTTP\b(?:[ /]1\.\d)?(?:[ ]?(?:status|error|response))?(?:[ ]?code)?[ :=]{1,3}(\d{3})\b", re.IGNORECASE
)
_POLICY_ERROR = re.compile(r"\b(?:PolicyEvaluationError|PolicyParsingError)\b")
_CODED_ERROR = re.compile(
    r"(?:\"code\"\s*:\s*\"|x-ms-error-code\s*[:=]\s*)(?:InvalidParameter|InvalidOperation|Unauthorized)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Failure:
    """A failure that the extension reports. `reporting_only` where only its report to Defender failed."""

    text: str
    time: datetime | None
    evidence: str
    number: int | None = None
    reporting_only: bool = False

    @property
    def numbers(self) -> set[int]:
        """The error numbers of the attestation client that the failure names (facts 2.2)."""
        found = {int(text) for text in _NUMBER.findall(self.text)}
        return found | {self.number} if self.number is not None else found

    @property
    def host_answered(self) -> bool:
        """Tell whether the attestation host itself must have answered, so that the network let the request through.

        Only its own refusals show that: HTTP 400 or 401, error -6, or one of its error codes (facts 2.2, 3.4).
        """
        refused = {"400", "401"} & set(_HTTP.findall(self.text))
        coded = _POLICY_ERROR.search(self.text) or _CODED_ERROR.search(self.text)
        return bool(refused or coded or -6 in self.numbers)


@dataclass(frozen=True)
class Observed:
    """The extension as Azure shows it: what is installed, what it reports, and when it last succeeded."""

    extension: Extension | None
    model_states: tuple[str, ...]
    statuses: tuple[Status, ...]
    legs: tuple[Status, ...]
    failures: tuple[Failure, ...]

    @property
    def reports_failure(self) -> bool:
        """Tell whether any answer shows the extension failed: one is enough."""
        return bool(self.failures)

    @property
    def host_answer(self) -> Failure | None:
        """The failure that shows that the attestation host was reached, if there is one."""
        return next((failure for failure in self.failures if failure.host_answered), None)

    @property
    def last_success(self) -> datetime | None:
        """When both legs last succeeded; a bare `ProvisioningState/succeeded` shows only that the handler started."""
        times = [self._succeeded(leg) for leg in (ATTEST_LEG, REPORT_LEG)]
        return min(time for time in times if time) if all(times) else None

    def leg(self, component: str) -> Status | None:
        """Return the newest substatus of one leg."""
        found = [leg for leg in self.legs if leg.component == component]
        return max(found, key=lambda leg: leg.time or _NEVER, default=None)

    def _succeeded(self, component: str) -> datetime | None:
        leg = self.leg(component)
        return leg.time if leg is not None and leg.state == "succeeded" and not leg.failed else None


def observe(facts: Facts) -> Observed:
    """Collect what all answers say of the extension. The instance view counts only while the VM runs."""
    vm = facts.vm.value
    installed = guest_attestation_of(facts.extensions.value or ())
    models = [it for it in (installed, guest_attestation_of(vm.extensions if vm else ())) if it is not None]
    statuses: list[Status] = []
    legs: list[Status] = []
    if vm is not None and vm.is_running:
        sources: list[ExtensionInstanceView | Extension] = [
            view for view in vm.extension_views if is_guest_attestation(view.handler)
        ]
        for source in (*sources, *models):
            statuses += source.statuses
            legs += source.substatuses
    if installed is None and facts.extensions.value is not None:
        return Observed(None, (), (), (), ())
    failures = [_failure(status) for status in (*statuses, *legs) if status.failed]
    failures += [_model_failure(model) for model in models if model.provisioning_state.casefold() == "failed"]
    states = tuple(model.provisioning_state.casefold() for model in models)
    return Observed(installed, states, tuple(statuses), tuple(legs), tuple(failures))


def _failure(status: Status) -> Failure:
    segments = status.segments
    number = int(segments[-1]) if re.fullmatch(r"-?\d{1,9}", segments[-1]) else None
    text = status.message or status.display_status or status.code
    return Failure(text, status.time, status.evidence, number, status.component == REPORT_LEG)


def _model_failure(extension: Extension) -> Failure:
    return Failure(f"provisioningState {extension.provisioning_state}", None, extension.evidence)
