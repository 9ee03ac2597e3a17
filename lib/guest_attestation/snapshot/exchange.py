"""One recorded exchange: a request, its answer, and when it was made."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from guest_attestation.errors import BadInput

_LOCATION = re.compile(r"(?<=/locations/)[^/]+")


@dataclass(frozen=True)
class RequestKey:
    """What makes two requests the same: method, path, query without api-version, JSON body."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True)
class Exchange:
    """One file below responses/. `file` is its path relative to the snapshot, `path` the URL's as it was written."""

    file: str
    path: str
    key: RequestKey
    status: int
    headers: Mapping[str, str]
    body: object
    at: datetime | None
    body_pointer: str = "/response/body"

    @property
    def order(self) -> tuple[datetime, str]:
        """Newest last; without a time, the later file name."""
        return (self.at or datetime.min.replace(tzinfo=UTC), self.file)


def request_key(method: str, url: str, body: object = None) -> RequestKey:
    """Normalise a request for look-up: letter case, percent-encoding and api-version do not matter."""
    parts = urlsplit(url)
    path = unquote(parts.path).casefold().rstrip("/")
    path = _LOCATION.sub(lambda match: match[0].replace(" ", ""), path)
    query = sorted(
        (name.casefold(), value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name.casefold() != "api-version"
    )
    return RequestKey(method.upper(), path, tuple(query), json.dumps(body, sort_keys=True) if body else "")


def link_key(method: str, url: str, body: object = None) -> RequestKey:
    """Normalise a request that an answer leads on to; a link that is no URL is kept as a request that none recorded."""
    try:
        return request_key(method, url, body)
    except ValueError:
        return RequestKey(method, url, (), "")


def parse_time(text: object) -> datetime | None:
    """Read an ISO 8601 time as Azure writes it, in UTC; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def load_json(path: Path) -> Any:
    """Read a JSON file; raises BadInput naming it when it cannot be read or is not JSON."""
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is not JSON: {error}") from error


def load_exchange(path: Path, root: Path) -> Exchange:
    """Read one exchange's file below a snapshot's root; raises BadInput naming it where it is none."""
    try:
        return parse_exchange(load_json(path), path.relative_to(root).as_posix())
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise BadInput(
            f"{path}: is no recorded exchange: it needs a request and a response, as the format says"
        ) from error


def parse_exchange(document: Any, file: str) -> Exchange:
    """Read one exchange; raises one of the errors that `load_exchange` knows where the document is none."""
    request, response = document["request"], document["response"]
    return Exchange(
        file=file,
        path=unquote(urlsplit(str(request["url"])).path),
        key=request_key(str(request["method"]), str(request["url"]), request.get("body")),
        status=int(response["status"]),
        headers={str(name).casefold(): _one(value) for name, value in (response.get("headers") or {}).items()},
        body=response.get("body"),
        at=parse_time(document.get("at")),
    )


def _one(value: object) -> str:
    """Headers that Azure repeats are recorded as a list: the first one counts."""
    return str(value[0]) if isinstance(value, list) and value else str(value)
