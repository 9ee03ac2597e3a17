"""The options of az's extensions azure-firewall and virtual-network-manager, by hand after their documentation.

Tests cannot install extensions: they are in no package registry.
"""

PLACE = ["--subscription", "--resource-group"]
GROUPS = "az network firewall policy rule-collection-group"
EXTENSIONS = {
    "az network firewall network-rule create": [
        *PLACE,
        "--firewall-name",
        "--collection-name",
        "--priority",
        "--action",
        "--name",
        "--source-addresses",
        "--protocols",
        "--destination-addresses",
        "--destination-ports",
    ],
    "az network firewall application-rule create": [
        *PLACE,
        "--firewall-name",
        "--collection-name",
        "--priority",
        "--action",
        "--name",
        "--source-addresses",
        "--protocols",
        "--target-fqdns",
    ],
    f"{GROUPS} create": [*PLACE, "--policy-name", "--name", "--priority"],
    f"{GROUPS} collection add-filter-collection": [
        *PLACE,
        "--policy-name",
        "--rule-collection-group-name",
        "--name",
        "--collection-priority",
        "--action",
        "--rule-type",
        "--rule-name",
        "--source-addresses",
    ],
    "az network manager security-admin-config rule-collection rule create": [
        *PLACE,
        "--network-manager-name",
        "--configuration-name",
        "--rule-collection-name",
        "--rule-name",
        "--kind",
        "--access",
        "--direction",
        "--protocol",
        "--priority",
        "--destinations",
        "--dest-port-ranges",
    ],
}
OF_KIND = {
    "NetworkRule": ["--ip-protocols", "--destination-addresses", "--destination-ports"],
    "ApplicationRule": ["--protocols", "--target-fqdns"],
}
