"""What was seen to happen, as against what is modelled: the extension's failures and its last success."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from guest_attestation.facts.extension import (
    Extension,
    ExtensionInstanceView,
    guest_attestation_of,
    is_guest_attestation,
)
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.status import InstanceViewStatus

ATTEST_LEG = "guestattestation"
REPORT_LEG = "reporthealth"

_NEVER = datetime.min.replace(tzinfo=UTC)
_NUMBER = re.compile(r"(?:error|code|result|status)\W{0,3}(-\d{1,2})\b|\((-\d{1,2})\)", re.IGNORECASE)
_REFUSED = re.compile(
    # Its own words; "request failed with response code" is how the same client words the metadata service's answer.
    r"HTTP(?:/\d(?:\.\d)?)?[ _]?(?:status|error|response)?[ _]?(?:code)?[ :=]{1,3}(?:400|401)\b"
    r"|Attestation failed with error code\s*:\s*(?:400|401)\b"
    r"|Http Request failed with error\s*:\s*(?:400|401)\b"
    r"|\b(?:PolicyEvaluationError|PolicyParsingError)\b"
    r"|(?:\"code\"\s*:\s*\"|x-ms-error-code\s*[:=]\s*)(?:InvalidParameter|InvalidOperation|Unauthorized)\b",
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
        found = {int(one or other) for one, other in _NUMBER.findall(self.text)}
        return found | {self.number} if self.number is not None else found

    @property
    def host_answered(self) -> bool:
        """Tell whether the attestation host itself must have answered, so that the network let the request through.

        Only its own refusals show that: HTTP 400 or 401, error -6, or one of its error codes (facts 2.2, 3.4).
        """
        return _REFUSED.search(self.text) is not None or -6 in self.numbers


@dataclass(frozen=True)
class Observed:
    """The extension as Azure shows it: what is installed, what it reports, and when it last succeeded.

    `statuses` and `legs` hold the newest report of each part, of a VM that runs. `stale` holds failures in the instance
    view of a VM whose power state is not known: they may be from before it stopped.
    """

    extension: Extension | None
    model_states: tuple[str, ...] = ()
    statuses: tuple[InstanceViewStatus, ...] = ()
    legs: tuple[InstanceViewStatus, ...] = ()
    failures: tuple[Failure, ...] = ()
    stale: tuple[Failure, ...] = ()

    @property
    def reports_failure(self) -> bool:
        """Tell whether any answer shows the extension failed: one is enough."""
        return bool(self.failures)

    @property
    def host_answer(self) -> Failure | None:
        """The newest failure that shows that the attestation host was reached; one without a time may be the newest."""
        answers = [failure for failure in self.failures if failure.host_answered]
        return max(answers, key=lambda failure: (failure.time is None, failure.time or _NEVER), default=None)

    @property
    def last_success(self) -> datetime | None:
        """When both legs last succeeded; a bare `ProvisioningState/succeeded` shows only that the handler started."""
        times = [self._succeeded(leg) for leg in (ATTEST_LEG, REPORT_LEG)]
        return min(time for time in times if time) if all(times) else None

    def leg(self, component: str) -> InstanceViewStatus | None:
        """Return what one leg last reported: a failure where reports without a time disagree."""
        found = [leg for leg in self.legs if leg.component == component]
        return next((leg for leg in found if leg.failed), found[0] if found else None)

    def _succeeded(self, component: str) -> datetime | None:
        leg = self.leg(component)
        return leg.time if leg is not None and leg.state == "succeeded" and not leg.failed else None


def observe(facts: Facts) -> Observed:
    """Collect what all answers say of the extension. The instance view counts only while the VM runs."""
    vm = facts.vm.value
    installed = guest_attestation_of(facts.extensions.value or ())
    if installed is None and facts.extensions.value is not None:
        return Observed(None)
    models = [it for it in (installed, guest_attestation_of(vm.extensions if vm else ())) if it is not None]
    failed_models = [_model_failure(model) for model in models if model.provisioning_state.casefold() == "failed"]
    states = tuple(_state(model) for model in models)
    views: list[ExtensionInstanceView | Extension] = [
        view for view in (vm.extension_views if vm else ()) if is_guest_attestation(view.handler)
    ]
    statuses = _newest(status for source in (*views, *models) for status in source.statuses)
    legs = _newest(status for source in (*views, *models) for status in source.substatuses)
    reported = [_failure(status) for status in (*statuses, *legs) if status.failed]
    if vm is not None and vm.is_running:
        return Observed(installed, states, statuses, legs, tuple(reported + failed_models))
    stale = () if vm is not None and vm.is_running is False else tuple(reported)
    return Observed(installed, states, failures=tuple(failed_models), stale=stale)


def _state(model: Extension) -> str:
    """Azure Policy knows two spellings of success (facts 8.2)."""
    state = model.provisioning_state.casefold()
    return "succeeded" if state == "provisioning succeeded" else state


def _newest(statuses: Iterable[InstanceViewStatus]) -> tuple[InstanceViewStatus, ...]:
    """Keep the newest report of each part; those without a time cannot be put in order, and all stay."""
    timed: dict[str | None, InstanceViewStatus] = {}
    kept: list[InstanceViewStatus] = []
    for status in statuses:
        if status.time is None:
            kept.append(status)
        elif status.component not in timed or status.time > (timed[status.component].time or _NEVER):
            timed[status.component] = status
    return (*kept, *timed.values())


def _failure(status: InstanceViewStatus) -> Failure:
    segments = status.segments
    number = int(segments[-1]) if re.fullmatch(r"-?[0-9]{1,9}", segments[-1]) else None
    text = status.message or status.display_status or status.code
    return Failure(text, status.time, status.evidence, number, status.component == REPORT_LEG)


def _model_failure(extension: Extension) -> Failure:
    return Failure(f"provisioningState {extension.provisioning_state}", None, extension.evidence)
