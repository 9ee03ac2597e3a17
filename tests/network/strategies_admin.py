"""Random security admin rules, of one network manager or several, as the list or as effective rules hold them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

_MANAGERS = ("/m/networkManagers/hub", "/m/networkManagers/corp", "/M/networkManagers/HUB")
_PREFIXES = [
    *(f"203.0.113.{first}/{length}" for length in (27, 28, 29, 30) for first in range(0, 32, 1 << (32 - length))),
    "203.0.113.5",
]
_DESTINATIONS = ["*", "Internet", "AzureAttestation", "AzureCloud", "Storage", "VirtualNetwork", "0.0.0.0/0"]
_ODD = ["AzureCloud.westus", "203.0.113.0/40", "no tag!", "AzurePlatformDNS"]


def _item(text: str) -> Json:
    kind = "IPPrefix" if text[0].isdigit() else "NetworkGroup" if text.startswith("/") else "ServiceTag"
    return {"addressPrefix": text, "addressPrefixType": kind}


_sources = st.sampled_from(
    [
        *[["*"]] * 8,
        *([it] for it in ("10.0.0.0/24", "0.0.0.0/0", "VirtualNetwork", "10.0.1.0/24", "Internet", "Sql", "10.0.0.x")),
        ["/m/networkGroups/all"],
        ["10.0.0.0/24", "/m/networkGroups/all"],
        ["10.0.1.0/24", "/m/networkGroups/all"],
        [],
    ]
)
_destination = st.one_of(*map(st.sampled_from, (_PREFIXES, _PREFIXES, _DESTINATIONS, [*_ODD, "/m/networkGroups/hub"])))
_destinations = st.lists(_destination, min_size=1, max_size=2)
_ports = st.sampled_from([*[["443"], ["*"], ["0-65535"]] * 4, ["80"], ["80", "400-500"], ["https"], []])
_source_ports = st.sampled_from([*[["0-65535"], ["*"]] * 6, ["1024-65535"], ["high"]])
_protocol = st.sampled_from([*["Tcp", "Any", "*"] * 4, "Udp", "Sctp"])
_access = st.sampled_from([*["Allow", "Deny", "AlwaysAllow"] * 6, "deny", "ALWAYSALLOW", "Audit", ""])
_direction = st.sampled_from([*["Outbound"] * 14, "Inbound", "Sideways"])
_priority = st.sampled_from([*range(1, 9), *range(1, 9), None])
_rule = st.tuples(_priority, _access, _sources, _destinations, _ports, _source_ports, _protocol, _direction)


def _properties(drawn: tuple[Any, ...]) -> Json:
    priority, access, sources, destinations, ports, source_ports, protocol, direction = drawn
    fields = {
        "access": access,
        "direction": direction,
        "protocol": protocol,
        "sources": [*map(_item, sources)],
        "destinations": [*map(_item, destinations)],
        "sourcePortRanges": source_ports,
        "destinationPortRanges": ports,
    }
    return fields if priority is None else {**fields, "priority": priority}


_rules = st.lists(_rule, min_size=1, max_size=4, unique_by=lambda rule: rule[0]).map(
    lambda drawn: [*map(_properties, drawn)]
)
_by_manager = st.one_of(st.lists(_rules, min_size=1, max_size=1), st.lists(_rules, min_size=1, max_size=3))


def _listed(by_manager: list[list[Json]]) -> list[Json]:
    """Write the effective list; the third manager is the first one again, in another letter case."""
    found: list[Json] = []
    for manager, rules in zip(_MANAGERS, by_manager, strict=False):
        for place, properties in enumerate(rules):
            rule_id = f"{manager}/securityAdminConfigurations/c/ruleCollections/rc/rules/{len(found)}-{place}"
            found.append({"id": rule_id, "kind": "Custom", "properties": properties})
    return found


def _effective(by_manager: list[list[Json]]) -> list[Json]:
    """Write entries of the effective rules, which know no network groups."""
    entries: list[Json] = [{"association": {"subnet": {"id": "/s"}}, "effectiveSecurityRules": []}]
    for manager, rules in zip(_MANAGERS, by_manager, strict=False):
        flat: list[Json] = []
        for properties in rules:
            sources, destinations = (
                [it["addressPrefix"] for it in properties[key] if it["addressPrefixType"] != "NetworkGroup"]
                for key in ("sources", "destinations")
            )
            kept = {name: it for name, it in properties.items() if name not in ("sources", "destinations")}
            name = f"{manager}/rules/{len(flat)}"
            flat.append(
                {"name": name, "sourceAddressPrefixes": sources, "destinationAddressPrefixes": destinations, **kept}
            )
        entries.append({"association": {"networkManager": {"id": manager}}, "effectiveSecurityRules": flat})
    return entries


admin_rules = st.one_of(_by_manager.map(_listed), _by_manager.map(_listed), _by_manager.map(_effective))
"""What Azure answers: `value` of the list of admin rules, or of the effective rules where that was not read."""

admin_rules_of_one = st.lists(_rules, min_size=1, max_size=1).map(_listed)
"""`value` of the list, of one network manager."""
