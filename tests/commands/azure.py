"""Azure for commands: their own credential and connection, but for who answers and where the host name leads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trustme

from guest_attestation.collect import capture, clients, credential
from guest_attestation.collect.credential import NamedChain
from tests.wire.arm import Arm
from tests.wire.credential import FixedCredential
from tests.wire.live import HASTE
from tests.wire.loopback import LoopbackAdapter, pem_of

Patch = Callable[[object, str, object], None]


def go_live(patch: Patch, ports: dict[str, int], pem: str, answering: FixedCredential) -> None:
    """Let every capture of this process go to the server, logged in by a credential that is called `Azure CLI`."""
    patch(capture, "HTTPAdapter", lambda **_: LoopbackAdapter(ports, pem))
    patch(clients, "Patience", lambda: HASTE)
    patch(credential, "credential_for", lambda cloud: NamedChain(cloud, [("Azure CLI", lambda: answering)]))


def patched(monkeypatch: pytest.MonkeyPatch, arm: Arm, authority: trustme.CA, *hosts: str) -> FixedCredential:
    """Go live for one test."""
    answering = FixedCredential()
    ports = dict.fromkeys(hosts or ("management.azure.com",), arm.port)
    go_live(monkeypatch.setattr, ports, pem_of(authority), answering)
    return answering
