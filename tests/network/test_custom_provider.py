"""A customer's own provider: what proves that it cannot serve, and what comes near but does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from guest_attestation.network.hop import Decision, Hop
from guest_attestation.network.private_address import private_addresses
from guest_attestation.network.provider_hop import provider_hop
from guest_attestation.network.target import target_of
from tests.own_provider import HOST, HUB, PROVIDER, ZONE, ZONES, naming, own, with_zone
from tests.scenario import NIC, VM, VNET, Scenario

EXTENSION = f"{VM}/extensions/GuestAttestation"
PRIVATE = {"publicNetworkAccess": "Disabled"}


def hop_of(scenario: Scenario) -> Hop:
    return provider_hop(scenario.facts())


def addresses_of(scenario: Scenario) -> tuple[str, ...] | None:
    facts = scenario.facts()
    assert facts.custom_provider is not None
    return private_addresses(facts, facts.custom_provider).value


def is_decided_as_the_tag(scenario: Scenario) -> bool:
    facts = scenario.facts()
    target = target_of(facts, facts.primary)
    return target.undecided is None and target.question.is_attestation


@pytest.mark.parametrize(
    "endpoint",
    [
        *("https://", "http://[", "https:/shopattest.eus.attest.azure.net", "shopattest", "https://shopattest"),
        *(
            "https://shop attest.eus.attest.azure.net",
            "https://-shop.eus.attest.azure.net",
            "https://a..attest.azure.net",
        ),
        "https://" + "a" * 64 + ".eus.attest.azure.net",
    ],
)
def test_an_endpoint_that_is_no_url_of_a_host_is_denied(endpoint: str) -> None:
    hop = hop_of(naming(endpoint))
    assert (hop.decision, hop.resource) == (Decision.DENY, EXTENSION)
    assert hop.summary == f"the extension names the provider {endpoint!r}, which is no URL of a host"
    assert "web-01-extensions" in hop.evidence[0]


@pytest.mark.parametrize(
    ("endpoint", "cloud", "other"),
    [
        ("https://shopattest.ugv.attest.azure.us", "AzureCloud", "AzureUSGovernment"),
        ("https://sharedugv.ugv.attest.azure.us", "AzureCloud", "AzureUSGovernment"),
        ("https://shopattest.eus.attest.azure.net", "AzureUSGovernment", "AzureCloud"),
        ("https://shopattest.eus.attest.azure.net", "AzureChinaCloud", "AzureCloud"),
    ],
)
def test_another_clouds_provider_is_denied(endpoint: str, cloud: str, other: str) -> None:
    scenario = naming(endpoint)
    scenario.cloud = cloud
    hop = hop_of(scenario)
    assert (hop.decision, hop.resource) == (Decision.DENY, EXTENSION)
    assert hop.summary.endswith(f" of {other}, not of {cloud}")


@pytest.mark.parametrize(
    "endpoint",
    [
        *("https://attest.example.org", "https://shopattest.eus.attest.azure.com", "https://192.0.2.80"),
        *("https://myattest.azure.us", "https://shop_attest.eus.attest.azure.net", "shopattest.eus.attest.azure.net."),
    ],
)
def test_a_name_that_may_be_a_providers_is_not_denied(endpoint: str) -> None:
    assert hop_of(naming(endpoint)).decision is Decision.UNKNOWN


def test_a_provider_that_the_subscription_does_not_hold_is_unknown() -> None:
    hop = hop_of(own(attestUri="https://other.eus.attest.azure.net"))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, None)
    assert hop.summary.startswith(
        f"the extension names its own provider {HOST}: the VM's subscription does not hold it"
    )


@pytest.mark.parametrize(
    ("status", "permission"), [(403, "Microsoft.Attestation/attestationProviders/read"), (404, None)]
)
def test_a_list_that_was_not_read_leaves_it_unknown(status: int, permission: str | None) -> None:
    hop = hop_of(own().answer("/attestationProviders", status))
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, permission)
    assert f"({status})" in hop.summary or f"answered {status}" in hop.summary


@pytest.mark.parametrize(
    ("status", "decision"),
    [
        ("Ready", Decision.ALLOW),
        ("error", Decision.DENY),
        ("NotReady", Decision.UNKNOWN),
        ("Updating", Decision.UNKNOWN),
        (None, Decision.UNKNOWN),
    ],
)
def test_its_status_decides_where_it_is_public(status: str | None, decision: Decision) -> None:
    hop = hop_of(own(status=status))
    assert hop.decision is decision
    assert hop.resource == (None if decision is Decision.UNKNOWN else PROVIDER)


def test_a_public_provider_that_is_ready_allows() -> None:
    hop = hop_of(own())
    assert hop.summary == f"the extension names its own provider {HOST}, which is Ready and is public"
    assert hop.assumptions == ()


def test_public_access_that_azure_does_not_show_is_assumed() -> None:
    hop = hop_of(own(publicNetworkAccess=None))
    assert hop.decision is Decision.ALLOW
    assert hop.assumptions == ("its public access is on: Azure's answer does not say",)


@pytest.mark.parametrize(
    ("access", "decision"),
    [("enabled", Decision.ALLOW), ("SecuredByPerimeter", Decision.UNKNOWN), ("disabled", Decision.DENY)],
)
def test_only_public_access_that_is_on_lets_it_be_reached(access: str, decision: Decision) -> None:
    assert hop_of(own(publicNetworkAccess=access)).decision is decision


CONNECTED: dict[str, Any] = {"privateEndpointConnections": [{"id": "/connection"}]}
SILENT: dict[str, tuple[Callable[[], Scenario], Decision]] = {
    "the suffix's own zone": (lambda: with_zone(own(), "attest.azure.net"), Decision.UNKNOWN),
    "a zone of its own name": (lambda: with_zone(own(), HOST), Decision.UNKNOWN),
    "another's record": (lambda: with_zone(own(), "attest.azure.net", other__eus="192.0.2.1"), Decision.UNKNOWN),
    "links that were not read": (
        lambda: with_zone(own(), "attest.azure.net").answer("/virtualNetworkLinks", 403), Decision.UNKNOWN,
    ),
    "its own record, and links that were not read": (
        lambda: with_zone(own(), "attest.azure.net", shopattest__eus="192.0.2.1").answer("/virtualNetworkLinks", 403),
        Decision.ALLOW,
    ),
    "linked elsewhere": (lambda: with_zone(own(), "attest.azure.net", linked=HUB), Decision.ALLOW),
    "its own record": (lambda: with_zone(own(), "attest.azure.net", shopattest__eus="192.0.2.1"), Decision.ALLOW),
    "a wildcard": (lambda: with_zone(own(), "attest.azure.net", **{"*": "192.0.2.1"}), Decision.ALLOW),
    "the zone of private endpoints": (lambda: with_zone(own(**CONNECTED)), Decision.UNKNOWN),
    "the same without a private endpoint": (lambda: with_zone(own(privateEndpointConnections=[])), Decision.ALLOW),
}  # fmt: skip


@pytest.mark.parametrize("case", SILENT)
def test_a_zone_that_answers_for_its_name_without_an_address_hides_a_public_provider(case: str) -> None:
    make, decision = SILENT[case]
    hop = hop_of(make())
    assert hop.decision is decision
    assert ("may answer the VM for its name, and holds no address of it" in hop.summary) is (
        decision is Decision.UNKNOWN
    )


def test_a_zone_does_not_matter_where_the_vms_network_is_not_known() -> None:
    assert hop_of(with_zone(own(), "attest.azure.net").answer(NIC, 403)).decision is Decision.ALLOW


def test_without_public_access_and_without_a_private_record_it_is_denied() -> None:
    hop = hop_of(own(**PRIVATE))
    assert (hop.decision, hop.resource) == (Decision.DENY, PROVIDER)
    assert hop.summary.endswith("and no private zone linked to the VM's network gives it an address")
    assert len(hop.evidence) == 2
    assert "no zone of a subscription that was not asked" in hop.assumptions[0]


def test_a_zone_that_holds_it_for_another_network_is_named() -> None:
    hop = hop_of(with_zone(own(**PRIVATE), linked=HUB, shopattest__eus="192.0.2.133"))
    assert hop.decision is Decision.DENY
    assert hop.summary.endswith("; zone privatelink.attest.azure.net does, but is not linked to it")
    assert len(hop.evidence) == 3


NEAR_MISSES: dict[str, Callable[[], Scenario]] = {
    "a record for it in a linked zone": lambda: with_zone(own(**PRIVATE), shopattest__eus="192.0.2.133"),
    "the same in the zone of the suffix": lambda: with_zone(
        own(**PRIVATE), "attest.azure.net", shopattest__eus="192.0.2.133"
    ),
    "a link in another letter case": lambda: with_zone(
        own(**PRIVATE), linked=VNET.upper(), shopattest__eus="192.0.2.133"
    ),
    "a wildcard": lambda: with_zone(own(**PRIVATE), **{"*": "192.0.2.133"}),
}


@pytest.mark.parametrize("case", NEAR_MISSES)
def test_a_private_address_is_a_way_to_a_provider_without_public_access(case: str) -> None:
    scenario = NEAR_MISSES[case]()
    assert addresses_of(scenario) == ("192.0.2.133",)
    hop = hop_of(scenario)
    assert hop.decision is Decision.ALLOW
    assert hop.summary.endswith("which is Ready and has a private address here (192.0.2.133)")
    assert not is_decided_as_the_tag(scenario)


NO_ADDRESS: dict[str, Callable[[], Scenario]] = {
    "no zone": lambda: own(**PRIVATE),
    "a linked zone with another's record": lambda: with_zone(own(**PRIVATE), other__eus="192.0.2.133"),
    "a zone that is linked to nothing": lambda: with_zone(own(**PRIVATE), linked=None, shopattest__eus="192.0.2.133"),
    "a record without an address": lambda: with_zone(own(**PRIVATE), shopattest__eus=None),
    "the records of an unlinked zone not read": lambda: with_zone(own(**PRIVATE), linked=HUB).answer(
        "privatelink.attest.azure.net/A", 403
    ),
    "the links of a zone without its record not read": lambda: with_zone(own(**PRIVATE), other__eus="192.0.2.1").answer(
        "/virtualNetworkLinks", 403
    ),
}


@pytest.mark.parametrize("case", NO_ADDRESS)
def test_what_is_not_known_of_a_zone_that_does_not_matter_leaves_the_denial(case: str) -> None:
    scenario = NO_ADDRESS[case]()
    assert addresses_of(scenario) == ()
    assert hop_of(scenario).decision is Decision.DENY


def with_dns(scenario: Scenario, place: str, *servers: str) -> Scenario:
    key = "dnsSettings" if place == NIC else "dhcpOptions"
    scenario.body(place)["properties"][key] = {"dnsServers": list(servers)}
    return scenario


HUB_SUBSCRIPTION = "/subscriptions/bbbbbbbb-0000-4000-8000-000000000002"


def peered(scenario: Scenario, subscription: str = HUB_SUBSCRIPTION) -> Scenario:
    """Let the VM's network be peered with one of another subscription."""
    remote = f"{subscription}/resourceGroups/hub-rg/providers/Microsoft.Network/virtualNetworks/hub"
    peering = {"name": "to-hub", "properties": {"remoteVirtualNetwork": {"id": remote}}}
    scenario.body(VNET)["properties"]["virtualNetworkPeerings"] = [peering, {"name": "lost", "properties": {}}]
    return scenario


def hub_zones(scenario: Scenario, *, status: int = 200, linked: str = VNET, held: bool = True) -> Scenario:
    """Record the zones of the hub's subscription: one with the provider's record."""
    zone = f"{HUB_SUBSCRIPTION}/resourceGroups/hub-rg/providers/Microsoft.Network/privateDnsZones/{ZONE}"
    links = [{"name": "link", "properties": {"virtualNetwork": {"id": linked}}}]
    record = {"name": "shopattest.eus", "properties": {"aRecords": [{"ipv4Address": "192.0.2.133"}]}}
    listed = {"value": [{"id": zone, "name": ZONE}] if held else []}
    scenario.read("private_dns_zones", listed, status=status, subscription=HUB_SUBSCRIPTION.rsplit("/", 1)[-1])
    scenario.read("zone_links", {"value": links}, zone=zone)
    return scenario.read("zone_records", {"value": [record]}, zone=zone)


def test_zones_of_a_peered_networks_subscription_may_give_it_a_private_address() -> None:
    unread = hop_of(peered(own(**PRIVATE)))
    assert (unread.decision, unread.missing_permission) == (Decision.UNKNOWN, None)
    assert (
        "the private zones of subscription bbbbbbbb-0000-4000-8000-000000000002 were not read, and a network near the"
        " VM is there"
    ) in unread.summary
    assert unread.evidence
    assert hop_of(peered(own(**PRIVATE), HUB_SUBSCRIPTION.upper().replace("/S", "/s"))).decision is Decision.UNKNOWN
    assert hop_of(hub_zones(peered(own(**PRIVATE)))).decision is Decision.ALLOW
    assert hop_of(hub_zones(peered(own(**PRIVATE)), status=403)).decision is Decision.UNKNOWN
    assert hop_of(hub_zones(peered(own(**PRIVATE)), linked=HUB)).decision is Decision.DENY
    assert hop_of(hub_zones(peered(own(**PRIVATE)), held=False)).decision is Decision.DENY
    assert hop_of(hub_zones(peered(own(**PRIVATE), HUB_SUBSCRIPTION.upper()), held=False)).decision is Decision.DENY


@pytest.mark.parametrize(
    ("shown", "matters"),
    [({}, False), ({"privateEndpointConnections": [{"id": "/connection"}]}, True), (PRIVATE, True)],
)
def test_zones_that_were_not_asked_matter_where_it_may_have_a_private_address(
    shown: dict[str, Any], *, matters: bool
) -> None:
    scenario = peered(own(**shown))
    assert (addresses_of(scenario) is None) is matters
    assert is_decided_as_the_tag(scenario) is not matters


def test_without_the_dns_servers_in_force_no_record_counts() -> None:
    assert addresses_of(with_zone(own(**PRIVATE), shopattest__eus="192.0.2.133").answer(VNET, 403)) is None


def test_a_private_address_that_was_found_is_one_whatever_was_not_asked() -> None:
    found = with_zone(peered(own(**PRIVATE)), shopattest__eus="192.0.2.133")
    assert addresses_of(found) == ("192.0.2.133",)


def test_without_the_vms_network_what_it_is_peered_with_is_not_known() -> None:
    scenario = with_dns(own(**PRIVATE), NIC, "168.63.129.16").answer(VNET, 403)
    hop = hop_of(scenario)
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, NETWORK_READ)


NETWORK_READ = "Microsoft.Network/virtualNetworks/read"
NOT_KNOWN: dict[str, tuple[Callable[[], Scenario], str | None, str]] = {
    "the list of zones": (
        lambda: own(**PRIVATE).answer(ZONES, 403), "Microsoft.Network/privateDnsZones/read", "refused (403)",
    ),
    "the records of a linked zone": (
        lambda: with_zone(own(**PRIVATE)).answer("privatelink.attest.azure.net/A", 403),
        "Microsoft.Network/privateDnsZones/A/read", "refused (403)",
    ),
    "the links of a zone with its record": (
        lambda: with_zone(own(**PRIVATE), shopattest__eus="192.0.2.1").answer("/virtualNetworkLinks", 403),
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks/read", "refused (403)",
    ),
    "the NIC": (lambda: own(**PRIVATE).answer(NIC, 403), "Microsoft.Network/networkInterfaces/read", "refused (403)"),
    "the network's DNS servers": (lambda: own(**PRIVATE).answer(VNET, 403), NETWORK_READ, "refused (403)"),
    "what custom DNS servers answer": (
        lambda: with_dns(own(**PRIVATE), VNET, "192.0.2.80"), None, "the custom DNS servers in force (192.0.2.80)",
    ),
    "what the NIC's own DNS servers answer": (
        lambda: with_dns(own(**PRIVATE), NIC, "192.0.2.81"), None, "the custom DNS servers in force (192.0.2.81)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_KNOWN)
def test_without_what_decides_it_a_private_address_is_not_known(case: str) -> None:
    make, permission, said = NOT_KNOWN[case]
    hop = hop_of(make())
    assert (hop.decision, hop.missing_permission) == (Decision.UNKNOWN, permission)
    assert "whose public access is disabled; whether it has a private address here is not known" in hop.summary
    assert said in hop.summary


def test_azures_own_resolver_named_by_address_asks_the_zones() -> None:
    scenario = with_dns(with_zone(own(**PRIVATE), shopattest__eus="192.0.2.133"), VNET, "168.63.129.16")
    assert addresses_of(scenario) == ("192.0.2.133",)


def test_a_network_interface_without_a_subnet_says_so() -> None:
    scenario = own(**PRIVATE)
    del scenario.body(NIC)["properties"]["ipConfigurations"][0]["properties"]["subnet"]
    scenario.body(NIC)["properties"]["dnsSettings"] = {"dnsServers": ["168.63.129.16"]}
    hop = hop_of(scenario)
    assert hop.decision is Decision.UNKNOWN
    assert "names no subnet" in hop.summary


@pytest.mark.parametrize(
    ("scenario", "decided"),
    [
        (Scenario.sample("healthy"), True),
        (own(), True),
        (own(status="Error"), True),
        (own(publicNetworkAccess=None), True),
        (own(**PRIVATE), False),
        (with_zone(own(), shopattest__eus="192.0.2.133"), False),
        (with_zone(own(), linked=HUB, shopattest__eus="192.0.2.133"), True),
        (own(attestUri="https://other.eus.attest.azure.net"), False),
        (own().answer(ZONES, 403), False),
        (naming("https://"), False),
    ],
)
def test_the_way_is_decided_for_the_tag_where_the_provider_is_known_to_be_public(
    scenario: Scenario, decided: bool
) -> None:
    assert is_decided_as_the_tag(scenario) is decided
