"""A kernel for headless runs: what it prints on standard error is no part of the evidence."""

from __future__ import annotations

import subprocess
from typing import Any

from jupyter_client.manager import AsyncKernelManager


class QuietKernelManager(AsyncKernelManager):
    """Start kernels with their standard error discarded: they warn there of what no reader can act on."""

    async def start_kernel(self, *words: Any, **options: Any) -> None:  # type: ignore[override]
        """Start the kernel as always, but for its standard error."""
        await super().start_kernel(*words, **{"stderr": subprocess.DEVNULL, **options})
