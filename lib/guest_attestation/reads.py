"""The one table of what may be read from Azure: method, URL, body, permission and purpose of each read.

No URL stands anywhere else. Numbers group reads that belong together, in the order in which a collector makes them;
the first refused permission of a check is the first in this order.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_SUBSCRIPTION = "/subscriptions/{subscription}"
_NETWORK = _SUBSCRIPTION + "/providers/Microsoft.Network"
_COMPUTE = _SUBSCRIPTION + "/providers/Microsoft.Compute"
_ATTESTATION = _SUBSCRIPTION + "/providers/Microsoft.Attestation"
_EXTENSION_TYPE = (
    _COMPUTE + "/locations/{location}/publishers/{publisher}/artifacttypes/vmextension/types/GuestAttestation"
)


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


_ALL = (
    Read(1, "vm", "GET", "{vm}",
         "Microsoft.Compute/virtualMachines/read",
         "prerequisites, agent, extension", query=_EXPANDED),
    Read(1, "vm_extensions", "GET", "{vm}/extensions",
         "Microsoft.Compute/virtualMachines/extensions/read",
         "the extension's state", query=_EXPANDED),
    Read(1, "scale_set", "GET", "{scale_set}",
         "Microsoft.Compute/virtualMachineScaleSets/read",
         "the model of an instance"),
    Read(1, "scale_set_extensions", "GET", "{scale_set}/extensions",
         "Microsoft.Compute/virtualMachineScaleSets/extensions/read",
         "the extension in the model"),
    Read(1, "instance", "GET", "{vm}",
         "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read",
         "prerequisites, agent, extension of a scale-set instance", query=_EXPANDED),
    Read(1, "instance_extensions", "GET", "{vm}/extensions",
         "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/extensions/read",
         "the extension's state on a scale-set instance", query=_EXPANDED),
    Read(1, "instance_network_interfaces", "GET", "{vm}/networkInterfaces",
         "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/networkInterfaces/read",
         "where a scale-set instance sits"),
    Read(2, "network_interface", "GET", "{id}",
         "Microsoft.Network/networkInterfaces/read",
         "where the VM sits"),
    Read(2, "virtual_network", "GET", "{id}",
         "Microsoft.Network/virtualNetworks/read",
         "subnets, peerings, DNS servers"),
    Read(3, "security_group", "GET", "{id}",
         "Microsoft.Network/networkSecurityGroups/read",
         "the NSG's rules"),
    Read(3, "route_table", "GET", "{id}",
         "Microsoft.Network/routeTables/read",
         "the subnet's routes"),
    Read(3, "nat_gateway", "GET", "{id}",
         "Microsoft.Network/natGateways/read",
         "egress"),
    Read(3, "public_ip_address", "GET", "{id}",
         "Microsoft.Network/publicIPAddresses/read",
         "egress"),
    Read(3, "load_balancer", "GET", "{id}",
         "Microsoft.Network/loadBalancers/read",
         "egress"),
    Read(4, "effective_security_groups", "POST", "{nic}/effectiveNetworkSecurityGroups",
         "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action",
         "the rules that Azure applies"),
    Read(4, "effective_routes", "POST", "{nic}/effectiveRouteTable",
         "Microsoft.Network/networkInterfaces/effectiveRouteTable/action",
         "the routes that Azure applies"),
    Read(4, "effective_admin_rules", "POST", "{vnet}/listNetworkManagerEffectiveSecurityAdminRules",
         "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
         "security admin rules ahead of the NSGs", body={}),
    Read(5, "firewalls", "GET", _NETWORK + "/azureFirewalls",
         "Microsoft.Network/azureFirewalls/read",
         "the firewall on the way"),
    Read(5, "firewall_policy", "GET", "{id}",
         "Microsoft.Network/firewallPolicies/read",
         "the firewall's rules"),
    Read(5, "rule_collection_groups", "GET", "{policy}/ruleCollectionGroups",
         "Microsoft.Network/firewallPolicies/ruleCollectionGroups/read",
         "the firewall's rules"),
    Read(5, "ip_group", "GET", "{id}",
         "Microsoft.Network/ipGroups/read",
         "addresses that firewall rules name"),
    Read(5, "virtual_hub", "GET", "{id}",
         "Microsoft.Network/virtualHubs/read",
         "a hub on the way"),
    Read(5, "hub_connections", "GET", "{hub}/hubVirtualNetworkConnections",
         "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/read",
         "which hub the VNet is connected to"),
    Read(5, "routing_intent", "GET", "{hub}/routingIntent",
         "Microsoft.Network/virtualHubs/routingIntent/read",
         "what a hub sends to its firewall"),
    Read(5, "hub_route_tables", "GET", "{hub}/hubRouteTables",
         "Microsoft.Network/virtualHubs/hubRouteTables/read",
         "the hub's routes"),
    Read(6, "service_tag", "GET", _NETWORK + "/locations/{location}/serviceTagDetails",
         "Microsoft.Network/locations/serviceTagDetails/read",
         "prefixes of one service tag", query=(("tagName", "{tag}"),), free_segment="locations"),
    Read(6, "service_tags", "GET", _NETWORK + "/locations/{location}/serviceTags",
         "Microsoft.Network/locations/serviceTags/read",
         "prefixes of every service tag", free_segment="locations"),
    Read(7, "default_provider", "GET", _ATTESTATION + "/locations/{location}/defaultProvider",
         "Microsoft.Attestation/defaultProviders/read",
         "the region's shared provider"),
    Read(7, "default_providers", "GET", _ATTESTATION + "/defaultProviders",
         "Microsoft.Attestation/defaultProviders/read",
         "every shared provider"),
    Read(7, "attestation_providers", "GET", _ATTESTATION + "/attestationProviders",
         "Microsoft.Attestation/attestationProviders/read",
         "a custom provider"),
    Read(8, "assessment", "GET", "{vm}/providers/Microsoft.Security/assessments/{key}",
         "Microsoft.Security/assessments/read",
         "what Defender for Cloud says"),
    Read(8, "defender_plan", "GET", _SUBSCRIPTION + "/providers/Microsoft.Security/pricings/VirtualMachines",
         "Microsoft.Security/pricings/read",
         "whether Defender's plan is on"),
    Read(9, "disk", "GET", "{id}",
         "Microsoft.Compute/disks/read",
         "the VM's generation"),
    Read(9, "skus", "GET", _COMPUTE + "/skus",
         "Microsoft.Compute/skus/read",
         "whether the size supports Trusted Launch", free_query=("$filter",)),
    Read(9, "extension_versions", "GET", _EXTENSION_TYPE + "/versions",
         "Microsoft.Compute/locations/publishers/artifacttypes/types/versions/read",
         "the extension's newest version"),
    Read(10, "private_dns_zones", "GET", _NETWORK + "/privateDnsZones",
         "Microsoft.Network/privateDnsZones/read",
         "zones that shadow the provider"),
    Read(10, "zone_links", "GET", "{zone}/virtualNetworkLinks",
         "Microsoft.Network/privateDnsZones/virtualNetworkLinks/read",
         "the VNets that a zone serves"),
    Read(10, "zone_records", "GET", "{zone}/A",
         "Microsoft.Network/privateDnsZones/A/read",
         "a provider's private address"),
    Read(11, "activity_log", "GET", _SUBSCRIPTION + "/providers/Microsoft.Insights/eventtypes/management/values",
         "Microsoft.Insights/eventtypes/values/read",
         "what changed before the failure", free_query=("$filter",)),
    Read(12, "network_watchers", "GET", _NETWORK + "/networkWatchers",
         "Microsoft.Network/networkWatchers/read",
         "whether Azure's own diagnosis can be asked"),
    Read(12, "network_configuration_diagnostic", "POST", "{watcher}/networkConfigurationDiagnostic",
         "Microsoft.Network/networkWatchers/networkConfigurationDiagnostic/action",
         "Azure's own verdict", free_body=True),
    Read(12, "ip_flow_verify", "POST", "{watcher}/ipFlowVerify",
         "Microsoft.Network/networkWatchers/ipFlowVerify/action",
         "Azure's own verdict", free_body=True),
    Read(12, "next_hop", "POST", "{watcher}/nextHop",
         "Microsoft.Network/networkWatchers/nextHop/action",
         "Azure's own verdict", free_body=True),
    Read(13, "locations", "GET", _SUBSCRIPTION + "/locations",
         "Microsoft.Resources/subscriptions/locations/read",
         "the paired region"),
)  # fmt: skip

READS: Mapping[str, Read] = {read.name: read for read in _ALL}


def permission_order(permission: str) -> int:
    """Return where a permission first stands in the table: the first refused one is named first."""
    return next((place for place, read in enumerate(_ALL) if read.permission == permission), len(_ALL))
