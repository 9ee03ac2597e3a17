"""A VM whose extension names a provider of the customer's own, as the answers around it show it."""

from __future__ import annotations

from typing import Any

from tests.scenario import GROUP, NETWORK, SUBSCRIPTION, VNET, Scenario

HOST = "shopattest.eus.attest.azure.net"
PROVIDER = f"{GROUP}/providers/Microsoft.Attestation/attestationProviders/shopattest"
ZONE = "privatelink.attest.azure.net"
HUB = f"{NETWORK}/virtualNetworks/shop-hub-vnet"
ZONES = f"{SUBSCRIPTION}/providers/Microsoft.Network/privateDnsZones"
SUBSCRIPTION_ID = SUBSCRIPTION.rsplit("/", 1)[-1]


def naming(endpoint: str, sample: str = "healthy") -> Scenario:
    """Let the extension of a sample name a provider."""
    scenario = Scenario.sample(sample)
    listed = scenario.body("web-01/extensions")["value"]
    (extension,) = [it for it in listed if it["properties"]["type"] == "GuestAttestation"]
    extension["properties"]["settings"]["AttestationConfig"]["MaaSettings"]["maaEndpoint"] = endpoint
    return scenario


def own(sample: str = "healthy", **properties: Any) -> Scenario:
    """Let the extension name a provider that the VM's subscription holds: Ready and public, unless said otherwise."""
    shown = {"status": "Ready", "attestUri": f"https://{HOST}", "publicNetworkAccess": "Enabled", **properties}
    provider = {"id": PROVIDER, "name": "shopattest", "location": "East US", "properties": shown}
    scenario = naming(f"https://{HOST}", sample)
    return scenario.read("attestation_providers", {"value": [provider]}, subscription=SUBSCRIPTION_ID)


def with_zone(scenario: Scenario, name: str = ZONE, *, linked: str | None = VNET, **records: str | None) -> Scenario:
    """Add a private zone to the subscription's; records are `name=address`, `__` in a name stands for a dot."""
    zone = f"{NETWORK}/privateDnsZones/{name}"
    scenario.body("/providers/Microsoft.Network/privateDnsZones")["value"].append({"id": zone, "name": name})
    links = [{"name": "link", "properties": {"virtualNetwork": {"id": linked}}}] if linked else []
    scenario.read("zone_links", {"value": links}, zone=zone)
    return scenario.read("zone_records", {"value": [_record(*it) for it in records.items()]}, zone=zone)


def _record(name: str, address: str | None) -> dict[str, Any]:
    addresses = [{"ipv4Address": address}] if address else []
    return {"name": name.replace("__", "."), "properties": {"ttl": 10, "aRecords": addresses}}
