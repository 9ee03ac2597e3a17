"""What may leave this machine: GETs, and the POSTs that only read, to the cloud's own Resource Manager."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from guest_attestation.clouds import Cloud
from guest_attestation.collect.failure import Refused
from guest_attestation.reads import READS, Read

_NAME = r"(?!\.{1,2}/)[^/\\?#%\x00-\x20\x7f]+"


def check(method: str, url: str, cloud: Cloud) -> None:
    """Let a request pass, or raise Refused; redirects, next links and polls come through here like any other."""
    try:
        parts = parse_url(url)  # the parser that makes the request's URL; it takes the dots of `/..` out
        written = urlsplit(url)  # the parser that the connection's host is taken with
    except (LocationParseError, ValueError):
        raise Refused(f"{method} {url}: refused: it is no URL") from None
    shown = f"{method} {parts.scheme}://{parts.host}{parts.path or ''}"
    own = (parts.scheme, parts.host, parts.port or 443, parts.auth) == ("https", cloud.arm_host, 443, None)
    if not own or written.hostname != cloud.arm_host:
        raise Refused(f"{shown}: refused: only https://{cloud.arm_host} is asked")
    path = unquote(written.path).casefold()
    if method != "GET" and not (method == "POST" and any(it.fullmatch(path) for it in _POSTS)):
        raise Refused(f"{shown}: refused: it is no read")


def _pattern(read: Read) -> re.Pattern[str]:
    """The permission names the kind of resource whose action it is: only such a resource's id is let through."""
    provider, kind, action, _ = read.permission.casefold().split("/")
    place = rf"/subscriptions/{_NAME}/resourcegroups/{_NAME}/providers/{re.escape(provider)}/{kind}"
    return re.compile(rf"{place}/{_NAME}/{action}")


_POSTS = tuple(_pattern(read) for read in READS.values() if read.method == "POST")
