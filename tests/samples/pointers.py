"""JSON pointers as RFC 6901 has them, written without any code of the project."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any


def resolved(document: Any, pointer: str) -> Any:
    """Return the value that a pointer names; raises LookupError or ValueError where there is none."""
    if pointer == "":
        return document
    first, *tokens = pointer.split("/")
    if first or any(re.search("~(?![01])", token) for token in tokens):
        raise ValueError(f"{pointer!r} is no JSON pointer")
    for token in tokens:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list):
            if not re.fullmatch("0|[1-9][0-9]*", name):
                raise ValueError(f"{name!r} is no index")
            document = document[int(name)]
        elif isinstance(document, dict):
            document = document[name]
        else:
            raise LookupError(f"{pointer!r} leads into {document!r}")
    return document


def resolved_in(folder: Path, evidence: str) -> Any:
    """Return the value that a piece of evidence names in a snapshot's folder."""
    file, hash_mark, pointer = evidence.partition("#")
    assert hash_mark, evidence
    return resolved(json.loads((folder / file).read_text("utf-8")), pointer)
