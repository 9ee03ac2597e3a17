"""Private DNS zones that may hold the host of an attestation provider: their networks and A records (facts 3.6)."""

from __future__ import annotations

from dataclasses import dataclass

from guest_attestation.clouds import Cloud
from guest_attestation.facts.reading import Reading
from guest_attestation.resource_id import subscription_of
from guest_attestation.snapshot.node import Node
from guest_attestation.snapshot.reader import Snapshot


@dataclass(frozen=True)
class AddressRecord:
    """An A record; `name` is relative to its zone: `@` is the zone itself, a leading `*` any name."""

    name: str
    ipv4_addresses: tuple[str, ...]


@dataclass(frozen=True)
class PrivateZone:
    """A private zone with the ids of the networks that it is linked to: it serves no others."""

    id: str
    name: str
    networks: Reading[tuple[str, ...]]
    records: Reading[tuple[AddressRecord, ...]]

    def answers_for(self, name: str) -> bool:
        """Tell whether the zone answers for a name, by a record or by saying that there is none."""
        return _is_within(name, self.name)

    def addresses_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the addresses that the records which were read give any of these names."""
        found = (it for it in self.records.value or () if any(_covers(it.name, self.name, name) for name in names))
        return tuple(address for record in found for address in record.ipv4_addresses)


def names_of(host: str, cloud: Cloud) -> tuple[str, ...]:
    """Return a provider's name, and the one that it is an alias of where it has a private endpoint."""
    suffix = f".{cloud.attestation_suffix}"
    return (host, f"{host.removesuffix(suffix)}.privatelink{suffix}") if host.endswith(suffix) else (host,)


def zone_subscriptions(snapshot: Snapshot, subscription: str) -> tuple[str, ...]:
    """Return the subscriptions whose zones count: the VM's, and others whose list was recorded."""
    recorded = (subscription_of(exchange.path) for exchange in snapshot.recorded("private_dns_zones"))
    return tuple({it.casefold(): it for it in (*recorded, subscription)}.values())


def private_zones_of(
    snapshot: Snapshot, subscriptions: tuple[str, ...], host: str, cloud: Cloud
) -> Reading[tuple[PrivateZone, ...]]:
    """Read the private zones of some subscriptions that may hold a host.

    `attest.azure.net` and `privatelink.attest.azure.net` are such zones, and so are more special ones.
    """
    pages = [page for it in subscriptions for page in snapshot.pages("private_dns_zones", subscription=it)]
    names = names_of(host, cloud)

    def parse(items: list[Node]) -> tuple[PrivateZone, ...]:
        found = [(item.text("id") or "", (item.text("name") or "").casefold()) for item in items]
        return tuple(
            _zone(snapshot, zone_id, zone) for zone_id, zone in found if any(_is_within(name, zone) for name in names)
        )

    return Reading.of_pages(pages, parse)


def _zone(snapshot: Snapshot, zone_id: str, name: str) -> PrivateZone:
    return PrivateZone(
        zone_id,
        name,
        Reading.of_pages(
            snapshot.pages("zone_links", zone=zone_id),
            lambda items: tuple(item.text("properties", "virtualNetwork", "id") or "" for item in items),
        ),
        Reading.of_pages(snapshot.pages("zone_records", zone=zone_id), lambda items: tuple(map(_record, items))),
    )


def _record(node: Node) -> AddressRecord:
    addresses = (item.text("ipv4Address") for item in node.items("properties", "aRecords"))
    return AddressRecord((node.text("name") or "").casefold(), tuple(it for it in addresses if it))


def _is_within(name: str, zone: str) -> bool:
    return zone != "" and f".{name}".endswith(f".{zone}")


def _covers(record: str, zone: str, name: str) -> bool:
    """Tell whether a record gives a name, by a wildcard too."""
    full = zone if record == "@" else f"{record}.{zone}"
    parent = full.removeprefix("*.")
    return name == full if parent == full else name != parent and _is_within(name, parent)
