"""A lock on a snapshot folder: one run writes at a time. The system frees it when its holder ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from guest_attestation.errors import ToolFailure

LOCK = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; raises ToolFailure where another run has it, or the folder cannot be written.

    A folder into which nothing was written is gone afterwards.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, blocking=False)
        lock.acquire()
    except Timeout:
        raise ToolFailure(f"{folder}: another run is recording here: wait for it, or choose another folder") from None
    except OSError as error:
        raise ToolFailure(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        yield
    finally:
        # Unlinked while it is held: whoever waits for it notices, and nobody finds it among the evidence.
        with suppress(OSError):
            (folder / LOCK).unlink(missing_ok=True)
        lock.release()
        with suppress(OSError):
            folder.rmdir()
