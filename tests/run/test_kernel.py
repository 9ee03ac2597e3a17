from __future__ import annotations

import asyncio

import pytest

from guest_attestation.run.kernel import QuietKernelManager

SECONDS = 60


async def stderr_of(source: str) -> str:
    """Run a cell, and return what it wrote on standard error as a notebook would get it."""
    manager = QuietKernelManager(kernel_name="python3")
    await manager.start_kernel()
    try:
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=SECONDS)
        texts: list[str] = []
        await client.execute_interactive(source, timeout=SECONDS, output_hook=lambda it: texts.append(stream(it)))
        client.stop_channels()
        return "".join(texts)
    finally:
        await manager.shutdown_kernel(now=True)


def stream(message: dict[str, dict[str, str]]) -> str:
    content = message["content"]
    return content["text"] if content.get("name") == "stderr" else ""


@pytest.mark.timeout(90)
def test_a_kernels_own_words_stay_out_but_a_cells_come_through(capfd: pytest.CaptureFixture[str]) -> None:
    source = "import os, sys; os.write(2, b'from the process'); sys.stderr.write('from the cell')"

    seen = asyncio.run(stderr_of(source))

    assert "from the cell" in seen
    assert capfd.readouterr().err == ""
