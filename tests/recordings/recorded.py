"""Real answers of Azure that lie beside the project, and snapshots made of copies of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

from guest_attestation.diagnosis.diagnose import Diagnosis, diagnose
from guest_attestation.facts.gather import Facts, gather
from guest_attestation.reads import READS
from guest_attestation.resource_id import parse_vm_id
from guest_attestation.snapshot.reader import Snapshot, open_snapshot

RECORDINGS = Path(__file__).resolve().parents[2].parent / "shared" / "recordings"

SUBSCRIPTION_ID = "00000000-0000-0000-0000-000000000000"
SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION_ID}"
ATTESTED_GROUP = f"{SUBSCRIPTION}/resourceGroups/cli_test_guest_attestation_extension_and_msi000001"

PUBLIC_TAGS = RECORDINGS / "service-tags" / "file-Public-2025-10-28.json"
GOVERNMENT_TAGS = RECORDINGS / "service-tags" / "file-AzureGovernment-2026-07-20.json"
CHINA_TAGS = RECORDINGS / "service-tags" / "file-China-2026-07-20.json"

ATTESTATION_ASSESSMENT = "b7604066-ed76-45f9-a5c1-c97e4812dc55"

Document = dict[str, Any]


def attested_vm(name: str) -> str:
    """Return the id of one of the VMs of the recording guest-attestation."""
    return f"{ATTESTED_GROUP}/providers/Microsoft.Compute/virtualMachines/{name}"


def path_of(name: str) -> Path:
    """Find a recorded file by the beginning of its path, such as `guest-attestation/ga.014`."""
    folder, _, start = name.rpartition("/")
    found = sorted((RECORDINGS / folder).glob(f"{start}*"))
    assert len(found) == 1, f"{len(found)} recordings begin with {name!r}"
    return found[0]


def recording(name: str) -> Document:
    """Return a recorded exchange, to be changed by whoever asks."""
    document: Document = json.loads(path_of(name).read_text("utf-8"))
    return document


def body_of(name: str) -> Any:
    """Return the body of a recorded answer."""
    return recording(name)["response"]["body"]


def documented(name: str, *, subscription: str = "subid") -> Any:
    """Return the answer of a documented example, its placeholder for the subscription replaced by a real id."""
    text = path_of(f"documented-examples/{name}").read_text("utf-8")
    return json.loads(text.replace(subscription, SUBSCRIPTION_ID))["responses"]["200"]["body"]


def request_of(read_name: str, values: dict[str, str]) -> Document:
    """Return the request of a read of the table of reads."""
    read = READS[read_name]
    url = f"https://management.azure.com{read.url(**values)}"
    return {"method": read.method, "url": url, "body": read.body}


class Excerpt:
    """A snapshot folder made of copies of recordings; captured at the time of the newest of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cloud = "AzureCloud"
        self._dates: list[datetime] = []
        self._files = 0

    def copy(self, *names: str) -> Excerpt:
        """Copy recordings as they are, each under its own name."""
        for name in names:
            path = path_of(name)
            self.put(json.loads(path.read_text("utf-8")), path.relative_to(RECORDINGS).as_posix())
        return self

    def changed(self, name: str, change: Callable[[Document], None]) -> Excerpt:
        """Copy a recording with its body changed."""
        document = recording(name)
        change(document["response"]["body"])
        return self.put(document, path_of(name).relative_to(RECORDINGS).as_posix())

    def asked(self, name: str, read: str, **values: str) -> Excerpt:
        """Copy a recorded answer as if it had answered another request: a read of the table of reads."""
        document = recording(name)
        document["request"] = request_of(read, values)
        return self.put(document, f"{read}/{self._files:03}.{path_of(name).name}")

    def answered(self, read: str, body: Any, **values: str) -> Excerpt:
        """Record a body as the answer to a read."""
        response = {"status": 200, "headers": {}, "body": copy.deepcopy(body)}
        return self.put({"request": request_of(read, values), "response": response}, f"{read}/{self._files:03}.json")

    def put(self, document: Document, file: str) -> Excerpt:
        """Write an exchange to a file below responses/."""
        headers = document.get("response", {}).get("headers") or {}
        self._dates += [parsedate_to_datetime(date) for name, date in headers.items() if name.casefold() == "date"]
        self._files += 1
        path = self.folder / "responses" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document), "utf-8")
        return self

    def write_header(self) -> Path:
        """Write snapshot.json and return the folder."""
        captured_at = max(self._dates, default=datetime(2023, 5, 26, 2, tzinfo=UTC))
        header = {
            "format": 1,
            "captured_at": f"{captured_at:%Y-%m-%dT%H:%M:%SZ}",
            "cloud": self.cloud,
            "source": "live",
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "snapshot.json").write_text(json.dumps(header), "utf-8")
        return self.folder

    def snapshot(self) -> Snapshot:
        """Open the snapshot as any command does."""
        return open_snapshot(self.write_header())

    @property
    def prefixes(self) -> Path:
        """The published file of the public cloud cut down to the tag AzureAttestation: forty times faster to read."""
        path = self.folder.parent / "AzureAttestation.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_attestation_alone(), "utf-8")
        return path

    def facts(self, vm: str, tags: Path | None = None) -> Facts:
        """Gather the facts of a VM."""
        return gather(self.snapshot(), parse_vm_id(vm), tags)

    def diagnose(self, vm: str, tags: Path | None = None) -> Diagnosis:
        """Diagnose a VM."""
        return diagnose(self.facts(vm, tags))

    def evidence(self, pointer: str) -> Any:
        """Return what a piece of evidence points to: a file below the snapshot, and a place in it."""
        file, _, place = pointer.partition("#")
        value = json.loads((self.folder / file).read_text("utf-8"))
        for key in place.split("/")[1:]:
            value = value[int(key)] if isinstance(value, list) else value[key.replace("~1", "/").replace("~0", "~")]
        return value


def statuses(diagnosis: Diagnosis, *starts: str) -> dict[str, str]:
    """Return the status of every check whose id begins with one of the starts (of all, without any)."""
    return {check.id: str(check.status) for check in diagnosis.checks if check.id.startswith(starts or "")}


def causes(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Return code and confidence of the root causes, by rank."""
    return [(str(cause.code), str(cause.confidence)) for cause in diagnosis.root_causes]


@cache
def _attestation_alone() -> str:
    document = json.loads(PUBLIC_TAGS.read_text("utf-8"))
    document["values"] = [value for value in document["values"] if value["name"] == "AzureAttestation"]
    return json.dumps(document)
