"""A capture of the sample's VM from a server of the tests: what is shipped, but for where the host name leads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from guest_attestation.clouds import CLOUDS, Cloud
from guest_attestation.collect.capture import Captured, Outcome, capture
from guest_attestation.collect.clients import Patience
from guest_attestation.resource_id import VmId, parse_vm_id
from guest_attestation.snapshot.reader import Snapshot, open_snapshot
from tests.scenario import VM
from tests.wire.arm import Arm
from tests.wire.credential import FixedCredential
from tests.wire.loopback import LoopbackAdapter, pem_of

HASTE = Patience(connect=5, read=20, retries=2, backoff=0.01, poll=0.01, longest=5, operation=30)


@dataclass
class Live:
    """The server, where the snapshot goes, and how the capture is made."""

    arm: Arm
    authority: trustme.CA
    folder: Path
    cloud: Cloud = CLOUDS["AzureCloud"]
    patience: Patience = HASTE
    vm: VmId = field(default_factory=lambda: parse_vm_id(VM))
    credential: FixedCredential = field(default_factory=FixedCredential)
    heard: list[Outcome] = field(default_factory=list)

    def capture(self, *, refresh: bool = False) -> Captured:
        """Capture once; `heard` holds the outcomes of this time alone."""
        self.heard.clear()
        return capture(
            self.vm,
            self.cloud,
            self.folder,
            self.credential,
            refresh=refresh,
            say=self.heard.append,
            below=self.below(),
            patience=self.patience,
        )

    def below(self) -> LoopbackAdapter:
        """The adapter that leads to the server."""
        return LoopbackAdapter({self.cloud.arm_host: self.arm.port}, pem_of(self.authority))

    @property
    def snapshot(self) -> Snapshot:
        """What is recorded, as any command opens it."""
        return open_snapshot(self.folder)

    def texts(self) -> dict[str, str]:
        """Every file that is there, as text."""
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return {file.relative_to(self.folder).as_posix(): file.read_text("utf-8") for file in files}


def statuses(outcomes: Iterable[Outcome], read_name: str) -> list[int | None]:
    """The statuses of the outcomes of one kind of read."""
    return [outcome.status for outcome in outcomes if outcome.request.read.name == read_name]
