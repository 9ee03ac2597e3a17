"""A sample incident in memory, to be changed by a test: one thing different, everything else as recorded."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from guest_attestation.clouds import CLOUDS
from guest_attestation.diagnosis.diagnose import Diagnosis, diagnose
from guest_attestation.facts.gather import Facts, gather
from guest_attestation.reads import READS
from guest_attestation.resource_id import VmId, parse_vm_id
from guest_attestation.snapshot.exchange import parse_exchange, parse_time
from guest_attestation.snapshot.reader import Snapshot, indexed

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "parameters" / "samples"
SUBSCRIPTION = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/shop-prod-rg"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/web-01"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
NIC = f"{NETWORK}/networkInterfaces/web-01-nic"
VNET = f"{NETWORK}/virtualNetworks/shop-prod-vnet"
NIC_NSG = f"{NETWORK}/networkSecurityGroups/web-01-nic-nsg"
SUBNET_NSG = f"{NETWORK}/networkSecurityGroups/web-subnet-nsg"


@dataclass
class Scenario:
    """Recorded exchanges by file, and the snapshot's header."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    captured_at: str = "2026-11-20T09:30:00Z"
    cloud: str = "AzureCloud"
    vm: VmId = field(default_factory=lambda: parse_vm_id(VM))

    @classmethod
    def sample(cls, name: str) -> Scenario:
        """Load one of the project's samples."""
        folder = SAMPLES / name / "snapshot"
        files = sorted((folder / "responses").rglob("*.json"))
        return cls({file.relative_to(folder).as_posix(): json.loads(file.read_text("utf-8")) for file in files})

    def document(self, ending: str, tag: str | None = None) -> dict[str, Any]:
        """Find the one exchange whose URL's path ends so, in any letter case (`tag`: of that service tag)."""
        found = [it for it in self.documents.values() if _ends(it, ending, tag)]
        assert len(found) == 1, f"{len(found)} exchanges end with {ending!r}"
        return found[0]

    def body(self, ending: str, tag: str | None = None) -> Any:
        """Return the body of an exchange, to be read or changed in place."""
        return self.document(ending, tag)["response"]["body"]

    def drop(self, ending: str, tag: str | None = None) -> Scenario:
        """Take exchanges away, as if they had never been recorded."""
        kept = {file: it for file, it in self.documents.items() if not _ends(it, ending, tag)}
        assert len(kept) < len(self.documents), f"nothing ends with {ending!r}"
        self.documents = kept
        return self

    def answer(self, ending: str, status: int, body: Any = None, tag: str | None = None) -> Scenario:
        """Let an exchange answer otherwise; without a body, with an error as Azure writes it."""
        codes = {401: "InvalidAuthenticationToken", 403: "AuthorizationFailed", 404: "ResourceNotFound"}
        error = {"error": {"code": codes.get(status, "Error"), "message": "refused in a test"}}
        response = self.document(ending, tag)["response"]
        response["status"], response["body"] = status, error if body is None else body
        return self

    def add(self, method: str, url: str, body: Any, *, status: int = 200, **more: Any) -> Scenario:
        """Record another exchange; `headers`, `sent` (the request's body) and `at` are optional."""
        self.documents[f"responses/added/{len(self.documents):03}.json"] = {
            "request": {"method": method, "url": f"https://management.azure.com{url}", "body": more.get("sent")},
            "response": {"status": status, "headers": more.get("headers", {}), "body": body},
            "at": more.get("at", "2026-11-20T09:29:59Z"),
        }
        return self

    def read(self, name: str, body: Any, *, status: int = 200, **values: str) -> Scenario:
        """Record another exchange by the name of its read."""
        read = READS[name]
        return self.add(read.method, read.url(**values), body, status=status, sent=read.body)

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot as a reader would open it."""
        exchanges = [parse_exchange(copy.deepcopy(document), file) for file, document in self.documents.items()]
        captured_at = parse_time(self.captured_at)
        assert captured_at is not None
        return Snapshot(Path("scenario"), captured_at, CLOUDS[self.cloud], "sample", indexed(exchanges))

    def facts(self) -> Facts:
        """Gather the facts."""
        return gather(self.snapshot, self.vm)

    def diagnose(self, proxy: str | None = None) -> Diagnosis:
        """Diagnose the VM."""
        return diagnose(self.facts(), proxy)

    def write(self, folder: Path) -> Path:
        """Write the snapshot to a folder."""
        header = {"format": 1, "captured_at": self.captured_at, "cloud": self.cloud, "source": "sample"}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "snapshot.json").write_text(json.dumps(header), "utf-8")
        for file, document in self.documents.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(json.dumps(document), "utf-8")
        return folder


def outbound_rule(name: str, priority: int, access: str, destination: str, **more: Any) -> dict[str, Any]:
    """Make an outbound security rule as an NSG's answer holds it: TCP 443 from anywhere, unless said otherwise."""
    properties = {
        "protocol": "Tcp",
        "sourcePortRange": "*",
        "destinationPortRange": "443",
        "sourceAddressPrefix": "*",
        "destinationAddressPrefix": destination,
        "access": access,
        "priority": priority,
        "direction": "Outbound",
        **more,
    }
    return {"name": name, "id": f"{SUBNET_NSG}/securityRules/{name}", "properties": properties}


def _ends(document: dict[str, Any], ending: str, tag: str | None) -> bool:
    parts = urlsplit(document["request"]["url"])
    named = tag is None or f"tagname={tag}".casefold() in parts.query.casefold().split("&")
    return named and parts.path.casefold().endswith(ending.casefold())
