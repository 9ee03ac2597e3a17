"""Going live: log in, record what is missing, and say in lines what came of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from guest_attestation.clouds import Cloud, cloud_named
from guest_attestation.commands.console import say
from guest_attestation.errors import BadInput, ToolFailure
from guest_attestation.incident import Incident
from guest_attestation.snapshot.reader import recorded_cloud
from guest_attestation.text import clean
from guest_attestation.views.looks import LOOKS

if TYPE_CHECKING:
    from guest_attestation.collect.capture import Outcome
    from guest_attestation.collect.request import Request

DEFAULT_CLOUD = "AzureCloud"


def record(incident: Incident, *, refresh: bool) -> None:
    """Record an incident's snapshot from Azure; what was there before stays unless it is read anew.

    Raises BadInput where the VM does not exist, ToolFailure where nobody is logged in or nothing was answered.
    """
    from guest_attestation.collect.capture import capture
    from guest_attestation.collect.credential import credential_for
    from guest_attestation.snapshot.writer import check_cloud

    for name in ("azure", "msal", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what they have to say is said below, once
    cloud = incident.cloud or _recorded_cloud(incident, refresh) or cloud_named(DEFAULT_CLOUD)
    if not refresh:
        check_cloud(incident.snapshot, cloud)
    credential = credential_for(cloud)
    credential.log_in()
    say(f"logged in to {cloud.name} by {credential.answered}, tenant {clean(credential.tenant or 'not known')}")
    captured = capture(incident.vm, cloud, incident.snapshot, credential, refresh=refresh, say=_say_outcome)
    for outcome in captured.outcomes:
        if outcome.is_refused:
            say(f"  refused: {outcome.request.read.permission}: {_shown(outcome.request)}")
    for outcome in captured.outcomes:
        if outcome.is_failed:
            say(f"  failed: {clean(outcome.why)}")
    if captured.set_aside is not None:
        say(f"the answers from before are kept in {captured.set_aside}")
    if captured.holds_answers:
        say(f"snapshot: {incident.snapshot}" + ("" if captured.outcomes else " (nothing was missing)"))
    if captured.vm_is_missing:
        code = captured.vm.body.text("error", "code") or "not found"
        raise BadInput(
            f"{incident.vm.text}: Azure answers 404 {code}: check the id, and that the tenant is the right one"
        )
    if captured.nothing_answered:
        first = captured.outcomes[0].why if captured.outcomes else "nothing is recorded"
        raise ToolFailure(f"nothing was read of {incident.vm.text}: {first}")


def _recorded_cloud(incident: Incident, refresh: bool) -> Cloud | None:
    """Return the cloud of what is recorded; of what is read anew it may not be readable any more."""
    try:
        return recorded_cloud(incident.snapshot)
    except BadInput:
        if refresh:
            return None
        raise


def _say_outcome(outcome: Outcome) -> None:
    """One line a read: a symbol, the status, and what was asked."""
    look = LOOKS["pass"]
    if outcome.is_refused or outcome.is_failed:
        look = LOOKS["fail"]
    elif outcome.status is not None and outcome.status >= 400:
        look = LOOKS["not-applicable"]
    say(f"{look.symbol} {outcome.status or '---'} {_shown(outcome.request)}")


def _shown(request: Request) -> str:
    return clean(f"{request.method} {request.url}")
