"""The one table of what may be read from Azure: method, URL, body, permission and purpose of each read.

No URL stands anywhere else. Numbers group reads that belong together, in the order in which a collector makes them;
the first refused permission of a check is the first in this order.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_NETWORK = "/subscriptions/{subscription}/providers/Microsoft.Network"
_COMPUTE = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_ATTESTATION = "/subscriptions/{subscription}/providers/Microsoft.Attestation"


@dataclass(frozen=True)
class Read:
    """One kind of read.

    `path` and `query` are templates: `{vm}` stands for a whole resource id, `{subscription}` for a bare one.
    `free_query` names query parameters, and `free_segment` a path segment, whose values depend on who asked: any
    recorded value answers. `free_body` says the same of a POST's body.
    """

    number: int
    name: str
    method: str
    path: str
    permission: str
    purpose: str
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, object] | None = None
    free_query: tuple[str, ...] = ()
    free_segment: str | None = None
    free_body: bool = False

    def url(self, **values: str) -> str:
        """Fill the templates in; the URL has no host and no api-version, which never matter for a look-up."""
        query = "&".join(f"{name}={value.format(**values)}" for name, value in self.query)
        return self.path.format(**values) + (f"?{query}" if query else "")


_EXPANDED = (("$expand", "instanceView"),)


def _get(number: int, name: str, path: str, permission: str, purpose: str, **more: object) -> Read:
    return Read(number, name, "GET", path, permission, purpose, **more)  # type: ignore[arg-type]


def _post(number: int, name: str, path: str, permission: str, purpose: str, **more: object) -> Read:
    return Read(number, name, "POST", path, permission, purpose, **more)  # type: ignore[arg-type]


_ALL = (
    _get(1, "vm", "{vm}", "Microsoft.Compute/virtualMachines/read", "prerequisites, agent, extension", query=_EXPANDED),
    _get(
        1, "vm_extensions", "{vm}/extensions", "Microsoft.Compute/virtualMachines/extensions/read",
        "the extension's state", query=_EXPANDED,
    ),
    _get(1, "scale_set", "{scale_set}", "Microsoft.Compute/virtualMachineScaleSets/read", "the model of an instance"),
    _get(
        1, "scale_set_extensions", "{scale_set}/extensions",
        "Microsoft.Compute/virtualMachineScaleSets/extensions/read", "the extension in the model",
    ),
    _get(
        1, "instance", "{vm}", "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
        "prerequisites, agent, extension of a scale-set instance", query=_EXPANDED,
    ),
    _get(
        1, "instance_extensions", "{vm}/extensions",
        "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/extensions/read",
        "the extension's state on a scale-set instance", query=_EXPANDED,
    ),
    _get(
        1, "instance_network_interfaces", "{vm}/networkInterfaces",
        "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/networkInterfaces/read",
        "where a scale-set instance sits",
    ),
    _get(2, "network_interface", "{id}", "Microsoft.Network/networkInterfaces/read", "where the VM sits"),
    _get(2, "virtual_network", "{id}", "Microsoft.Network/virtualNetworks/read", "subnets, peerings, DNS servers"),
    _get(3, "security_group", "{id}", "Microsoft.Network/networkSecurityGroups/read", "the NSG's rules"),
    _get(3, "route_table", "{id}", "Microsoft.Network/routeTables/read", "the subnet's routes"),
    _get(3, "nat_gateway", "{id}", "Microsoft.Network/natGateways/read", "egress"),
    _get(3, "public_ip_address", "{id}", "Microsoft.Network/publicIPAddresses/read", "egress"),
    _get(3, "load_balancer", "{id}", "Microsoft.Network/loadBalancers/read", "egress"),
    _post(
        4, "effective_security_groups", "{nic}/effectiveNetworkSecurityGroups",
        "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action", "the rules that Azure applies",
    ),
    _post(
        4, "effective_routes", "{nic}/effectiveRouteTable",
        "Microsoft.Network/networkInterfaces/effectiveRouteTable/action", "the routes that Azure applies",
    ),
    _post(
        4, "effective_admin_rules", "{vnet}/listNetworkManagerEffectiveSecurityAdminRules",
        "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
        "security admin rules ahead of the NSGs", body={},
    ),
    _get(
        5, "firewalls", _NETWORK + "/azureFirewalls", "Microsoft.Network/azureFirewalls/read",
        "the firewall on the way",
    ),
    _get(5, "firewall_policy", "{id}", "Microsoft.Network/firewallPolicies/read", "the firewall's rules"),
    _get(
        5, "rule_collection_groups", "{policy}/ruleCollectionGroups",
        "Microsoft.Network/firewallPolicies/ruleCollectionGroups/read", "the firewall's rules",
    ),
    _get(5, "ip_group", "{id}", "Microsoft.Network/ipGroups/read", "addresses that firewall rules name"),
    _get(5, "virtual_hub", "{id}", "Microsoft.Network/virtualHubs/read", "a hub on the way"),
    _get(
        5, "hub_connections", "{hub}/hubVirtualNetworkConnections",
        "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/read", "which hub the VNet is connected to",
    ),
    _get(
        5, "routing_intent", "{hub}/routingIntent", "Microsoft.Network/virtualHubs/routingIntent/read",
        "what a hub sends to its firewall",
    ),
    _get(
        5, "hub_route_tables", "{hub}/hubRouteTables", "Microsoft.Network/virtualHubs/hubRouteTables/read",
        "the hub's routes",
    ),
    _get(
        6, "service_tag", _NETWORK + "/locations/{location}/serviceTagDetails",
        "Microsoft.Network/locations/serviceTagDetails/read", "prefixes of one service tag",
        query=(("tagName", "{tag}"),), free_segment="locations",
    ),
    _get(
        6, "service_tags", _NETWORK + "/locations/{location}/serviceTags",
        "Microsoft.Network/locations/serviceTags/read", "prefixes of every service tag", free_segment="locations",
    ),
    _get(
        7, "default_provider", _ATTESTATION + "/locations/{location}/defaultProvider",
        "Microsoft.Attestation/defaultProviders/read", "the region's shared provider",
    ),
    _get(
        7, "default_providers", _ATTESTATION + "/defaultProviders", "Microsoft.Attestation/defaultProviders/read",
        "every shared provider",
    ),
    _get(
        7, "attestation_providers", _ATTESTATION + "/attestationProviders",
        "Microsoft.Attestation/attestationProviders/read", "a custom provider",
    ),
    _get(
        8, "assessment", "{vm}/providers/Microsoft.Security/assessments/{key}", "Microsoft.Security/assessments/read",
        "what Defender for Cloud says",
    ),
    _get(
        8, "defender_plan", "/subscriptions/{subscription}/providers/Microsoft.Security/pricings/VirtualMachines",
        "Microsoft.Security/pricings/read", "whether Defender's plan is on",
    ),
    _get(9, "disk", "{id}", "Microsoft.Compute/disks/read", "the VM's generation"),
    _get(
        9, "skus", _COMPUTE + "/skus", "Microsoft.Compute/skus/read", "whether the size supports Trusted Launch",
        free_query=("$filter",),
    ),
    _get(
        9, "extension_versions",
        _COMPUTE + "/locations/{location}/publishers/{publisher}/artifacttypes/vmextension/types/GuestAttestation"
        "/versions",
        "Microsoft.Compute/locations/publishers/artifacttypes/types/versions/read", "the extension's newest version",
    ),
    _get(
        10, "private_dns_zones", _NETWORK + "/privateDnsZones", "Microsoft.Network/privateDnsZones/read",
        "zones that shadow the provider",
    ),
    _get(
        10, "zone_links", "{zone}/virtualNetworkLinks", "Microsoft.Network/privateDnsZones/virtualNetworkLinks/read",
        "the VNets that a zone serves",
    ),
    _get(10, "zone_records", "{zone}/A", "Microsoft.Network/privateDnsZones/A/read", "a provider's private address"),
    _get(
        11, "activity_log", "/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values",
        "Microsoft.Insights/eventtypes/values/read", "what changed before the failure", free_query=("$filter",),
    ),
    _get(
        12, "network_watchers", _NETWORK + "/networkWatchers", "Microsoft.Network/networkWatchers/read",
        "whether Azure's own diagnosis can be asked",
    ),
    _post(
        12, "network_configuration_diagnostic", "{watcher}/networkConfigurationDiagnostic",
        "Microsoft.Network/networkWatchers/networkConfigurationDiagnostic/action", "Azure's own verdict",
        free_body=True,
    ),
    _post(
        12, "ip_flow_verify", "{watcher}/ipFlowVerify", "Microsoft.Network/networkWatchers/ipFlowVerify/action",
        "Azure's own verdict", free_body=True,
    ),
    _post(
        12, "next_hop", "{watcher}/nextHop", "Microsoft.Network/networkWatchers/nextHop/action", "Azure's own verdict",
        free_body=True,
    ),
    _get(
        13, "locations", "/subscriptions/{subscription}/locations", "Microsoft.Resources/subscriptions/locations/read",
        "the paired region",
    ),
)  # fmt: skip

READS: Mapping[str, Read] = {read.name: read for read in _ALL}


def permission_order(permission: str) -> int:
    """Return where a permission first stands in the table: the first refused one is named first."""
    return next((place for place, read in enumerate(_ALL) if read.permission == permission), len(_ALL))
