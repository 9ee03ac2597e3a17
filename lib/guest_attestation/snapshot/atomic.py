"""Write a file whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from guest_attestation.errors import ToolFailure


def write_whole(path: Path, text: str) -> Path:
    """Write a text file in one step, so that no reader ever sees half of it; raises ToolFailure where it cannot."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # JSON may hold half of a surrogate pair, which strict UTF-8 refuses and json.loads takes back.
        partial.write_text(text, "utf-8", errors="surrogatepass", newline="\n")
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise ToolFailure(f"{path}: cannot be written: {error.strerror}") from error
    return path


def discard_partial(folder: Path) -> None:
    """Take away what a writer left that was stopped in the middle; nobody else may be writing there."""
    for left in folder.rglob(".*.partial"):
        with suppress(OSError):
            left.unlink()
