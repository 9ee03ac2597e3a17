"""Join a long-running read with its answer: the first request was accepted, the answer came at another address."""

from collections.abc import Callable
from dataclasses import replace

from guest_attestation.snapshot.exchange import Exchange, RequestKey, link_key

_ACCEPTED = 202
_FAILED = ("failed", "canceled", "cancelled")


def joined(exchange: Exchange, newest: Callable[[RequestKey], Exchange | None]) -> Exchange:
    """Return the exchange with its final answer.

    Azure names the place of the answer in the header `Location`, or `Azure-AsyncOperation`, whose own answer carries
    the state and, where it succeeded, the result below `properties`. An answer that was not recorded leaves the
    exchange as it is: accepted, and no more.
    """
    if exchange.status != _ACCEPTED:
        return exchange
    for header in ("location", "azure-asyncoperation"):
        final = newest(link_key("GET", exchange.headers[header])) if header in exchange.headers else None
        if final is not None and header == "azure-asyncoperation":
            final = _unwrapped(final)
        if final is not None and final.status != _ACCEPTED:
            return final
    return exchange


def _unwrapped(operation: Exchange) -> Exchange:
    """Take the result out of an operation's state; one that failed is an error answer.

    Every other state than succeeded, failed and cancelled says that it still runs, whatever its name; a success
    without a result says no more than that there is one elsewhere.
    """
    body = operation.body
    if not isinstance(body, dict) or operation.status != 200 or "status" not in body:
        return operation
    state = str(body["status"]).casefold()
    if state == "succeeded" and "properties" in body:
        return replace(operation, body=body["properties"], body_pointer="/response/body/properties")
    return replace(operation, status=409 if state in _FAILED else _ACCEPTED)
