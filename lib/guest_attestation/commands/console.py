"""What a terminal shows: plain lines, with whatever came from Azure made harmless."""

from __future__ import annotations

import sys
from typing import Any

from guest_attestation.errors import GuestAttestationError
from guest_attestation.text import clean
from guest_attestation.views.looks import LOOKS


def say(text: str = "") -> None:
    """Print one line; line breaks in it are ours, never Azure's."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(error: GuestAttestationError) -> None:
    """Print an error on standard error: one line, and the list that some carry below it."""
    sys.stderr.write(f"guest-attestation: {clean(str(error))}\n" + "".join(f"  {clean(it)}\n" for it in error.listed))


def say_verdict(document: dict[str, Any]) -> None:
    """Print a verdict: the first line says what to do with the incident, then causes, then what is not well."""
    verdict, causes = document["verdict"], document["root_causes"]
    first = f": {causes[0]['code']}" if causes else ""
    about = f"{clean(document['incident'])}   {clean(document['vm'])}"
    say(f"{LOOKS[verdict].symbol} {verdict.upper()}{clean(first)}   {about}")
    for cause in causes:
        say(f"  {cause['rank']}. {cause['code']} ({cause['confidence']}): {clean(cause['summary'])}")
        say(f"     on {clean(cause['resource'])}" + (f", rule {clean(cause['rule'])}" if cause["rule"] else ""))
        say(f"     disproved if {clean(cause['disproof'])}")
        for fix in cause["fixes"]:
            proof = fix["proof"]
            say(f"     fix: {clean(fix['title'])} (by the model: {proof['before']} → {proof['after']})")
            say(f"          {clean(fix['blast_radius'])}")
    if document["plan"]:
        steps = "; then ".join(clean(step) for step in document["plan"]["steps"])
        say(f"  plan for the whole path: {steps}; then set the extension again: it is not retried by itself")
    for check in document["checks"]:
        if check["status"] in ("fail", "warn", "unknown"):
            symbol = LOOKS[check["status"]].symbol
            say(f"  {symbol} {check['status']:<7} {check['id']}: {clean(check['summary'])}")
            if check["missing_permission"]:
                say(f"     missing permission: {check['missing_permission']}")
    for assumption in dict.fromkeys(it for check in document["checks"] for it in check["assumptions"]):
        say(f"  assumed: {clean(assumption)}")
