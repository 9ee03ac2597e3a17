"""Join a long-running read with its answer: the first request was accepted, the answer came at another address."""

from collections.abc import Callable
from dataclasses import replace

from guest_attestation.snapshot.exchange import Exchange, RequestKey, request_key

_ACCEPTED = 202


def joined(exchange: Exchange, newest: Callable[[RequestKey], Exchange | None]) -> Exchange:
    """Return the exchange with its final answer.

    Azure names the place of the answer in the header `Location`, or `Azure-AsyncOperation`, whose own answer carries
    the state and, where it succeeded, the result below `properties`. An answer that was not recorded leaves the
    exchange as it is: accepted, and no more.
    """
    if exchange.status != _ACCEPTED:
        return exchange
    for header in ("location", "azure-asyncoperation"):
        final = newest(request_key("GET", exchange.headers[header])) if header in exchange.headers else None
        if final is not None and final.status != _ACCEPTED:
            return _unwrapped(final) if header == "azure-asyncoperation" else final
    return exchange


def _unwrapped(operation: Exchange) -> Exchange:
    """Take the result out of an operation's state; one that failed is an error answer."""
    body = operation.body
    if not isinstance(body, dict) or operation.status != 200:
        return operation
    state = str(body.get("status", "")).casefold()
    if state == "succeeded":
        return replace(operation, body=body.get("properties"), body_pointer="/response/body/properties")
    return replace(operation, status=_ACCEPTED if state in ("inprogress", "running") else 409)
