"""Join a long-running read with its answer: the first request was accepted, the answer came at another address."""

from collections.abc import Callable
from dataclasses import replace

from guest_attestation.snapshot.exchange import Exchange, RequestKey, link_key

ACCEPTED = 202
POLLED = ("location", "azure-asyncoperation")
"""The headers that name the place of the answer; what the second one names tells the state, and may hold the result."""

_FAILED = ("failed", "canceled", "cancelled")


def joined(exchange: Exchange, newest: Callable[[RequestKey], Exchange | None]) -> Exchange:
    """Return the exchange with its final answer.

    Azure names the place of the answer in the header `Location`, or `Azure-AsyncOperation`, whose own answer carries
    the state and, where it succeeded, the result below `properties`. An answer that was not recorded leaves the
    exchange as it is: accepted, and no more.
    """
    if exchange.status != ACCEPTED:
        return exchange
    for header in POLLED:
        final = newest(link_key("GET", exchange.headers[header])) if header in exchange.headers else None
        if final is not None and header == "azure-asyncoperation":
            status, place = operation_result(final.status, final.body)
            if place and isinstance(final.body, dict):
                final = replace(final, body=final.body[place], body_pointer=f"/response/body/{place}")
            final = replace(final, status=status)
        if final is not None and final.status != ACCEPTED:
            return final
    return exchange


def operation_result(status: int, body: object) -> tuple[int, str]:
    """Return the status of what an operation's state stands for, and where in its body the result is ("": all of it).

    A failed operation is an error answer. Every other state than succeeded, failed and cancelled says that it still
    runs, whatever its name; a success without a result says no more than that there is one elsewhere.
    """
    if not isinstance(body, dict) or status != 200 or "status" not in body:
        return status, ""
    state = str(body["status"]).casefold()
    if state == "succeeded" and "properties" in body:
        return status, "properties"
    return (409 if state in _FAILED else ACCEPTED), ""
