"""Service tags and their prefixes: from the subscription's answers, else from a file downloaded from Microsoft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from guest_attestation.errors import BadInput
from guest_attestation.snapshot.exchange import load_json
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot

ATTESTATION_TAG = "AzureAttestation"


@dataclass(frozen=True)
class ServiceTag:
    """A service tag's prefixes, IPv4 and IPv6 mixed, as listed."""

    name: str
    address_prefixes: tuple[str, ...]
    change_number: str
    evidence: str


@dataclass(frozen=True)
class ServiceTags:
    """Every tag that is known here; `complete` where a whole list is among the sources."""

    tags: Mapping[str, ServiceTag] = field(default_factory=dict)
    complete: bool = False

    def find(self, name: str) -> ServiceTag | None:
        """Find a tag by name, in any letter case."""
        return self.tags.get(name.casefold())


def service_tags_of(snapshot: Snapshot, file: Path | None) -> ServiceTags:
    """Collect the tags of a snapshot and of a service tag file; the subscription's own answers win.

    Raises BadInput where the file is not one of Microsoft's service tag files.
    """
    tags: dict[str, ServiceTag] = {}
    complete = False
    if file is not None:
        values = _file_values(file)
        tags.update(_parsed(values))
        complete = True
    for read_name in ("service_tags", "service_tag"):
        for exchange in snapshot.recorded(read_name):
            pages = [page for page in snapshot.pages_from(read_name, exchange) if page.ok]
            for page in pages:
                tags.update(_parsed([*page.body.items("values"), *page.body.items("value")]))
            whole = bool(pages) and pages[-1].body.text("nextLink") is None
            complete = complete or (read_name == "service_tags" and whole)
    return ServiceTags(tags, complete)


def _file_values(file: Path) -> list[Node]:
    document = load_json(file)
    values = list(Node(document, f"{file.name}#").items("values"))
    attestation = _parsed(values).get(ATTESTATION_TAG.casefold())
    if attestation is None or not all(_is_prefix(it) for it in attestation.address_prefixes):
        raise BadInput(f"{file}: is not a service tag file with prefixes of {ATTESTATION_TAG}: download it again")
    return values


def _is_prefix(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _parsed(items: Iterable[Node]) -> dict[str, ServiceTag]:
    tags = (
        ServiceTag(
            name=item.text("name") or "",
            address_prefixes=item.texts("properties", "addressPrefixes"),
            change_number=str(item.at("properties", "changeNumber").value or ""),
            evidence=item.at("properties").evidence,
        )
        for item in items
    )
    return {tag.name.casefold(): tag for tag in tags if tag.name}
