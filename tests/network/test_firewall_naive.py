"""The decision of a firewall's policy, for random policies, against an oracle that looks at one packet at a time."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from guest_attestation.facts.reading import Reading
from guest_attestation.network.hop import Decision
from guest_attestation.network.tags import Tags
from tests.naive.firewall import verdicts
from tests.network.build import question, service_tags
from tests.network.firewall_build import (
    HOST,
    REFUSED,
    application_rule,
    collection,
    decide,
    group,
    ip_group,
    network_rule,
    with_ip_groups,
    with_parents,
    with_policy,
)

PAIR_HOST = "sharedwus.wus.attest.azure.net"
_TAGS = service_tags(AzureCloud__westus=("203.0.113.8/29",))
_PREFIXES = ["*", "203.0.113.0/28", "203.0.113.0/29", "203.0.113.4/30", "198.51.100.64/30", "192.0.2.0/24"]
_SOURCES = [["*"], ["10.0.0.0/24"], ["10.0.0.4/32"], ["10.0.1.0/24"]]
_HTTP, _HTTPS = {"protocolType": "Http", "port": 80}, {"protocolType": "Https", "port": 443}
_BY_GROUP = st.sampled_from([[], [], [], ["one"], ["two"], ["one", "two"]]).map(lambda it: [ip_group(n) for n in it])

_network = st.builds(
    lambda prefixes, sources, ports, protocols, fqdns, of, to: network_rule(
        "net",
        sourceAddresses=[] if of else sources,
        sourceIpGroups=of,
        destinationAddresses=prefixes,
        destinationIpGroups=to,
        destinationPorts=ports,
        ipProtocols=protocols,
        destinationFqdns=fqdns,
    ),
    st.lists(st.sampled_from(_PREFIXES), min_size=1, max_size=2),
    st.sampled_from([_SOURCES[0], *_SOURCES]),
    st.sampled_from([["443"], ["443"], ["80", "443"], ["80"]]),
    st.sampled_from([["TCP"], ["TCP"], ["Any"], ["UDP"]]),
    st.sampled_from([[], [], [], ["www.example.com"]]),
    _BY_GROUP,
    _BY_GROUP,
)
_application = st.builds(
    lambda targets, sources, protocols, tags, of: application_rule(
        "app",
        *targets,
        sourceAddresses=[] if of else sources,
        sourceIpGroups=of,
        protocols=protocols,
        fqdnTags=tags,
    ),
    st.sampled_from(
        [["*.attest.azure.net"], [HOST], [PAIR_HOST, HOST], ["www.example.com"], ["*.weu.attest.azure.net", "*"]]
    ),
    st.sampled_from([_SOURCES[0], *_SOURCES]),
    st.sampled_from([[_HTTPS], [_HTTP, _HTTPS], [_HTTP]]),
    st.sampled_from([[], [], ["WindowsUpdate"]]),
    _BY_GROUP,
)
_collection = st.builds(
    lambda priority, action, rules: collection("c", priority, action, *rules),
    st.sampled_from([100, 200, 300]),
    st.sampled_from(["Allow", "Deny"]),
    st.lists(_network, min_size=1, max_size=2) | st.lists(_application, min_size=1, max_size=2),
)
_groups = st.lists(st.tuples(st.sampled_from([100, 200]), st.lists(_collection, max_size=3)), max_size=2).map(
    lambda drawn: [group(f"g{place}", priority, *held) for place, (priority, held) in enumerate(drawn)]
)
_parents = st.lists(st.one_of(_groups, _groups, st.none()), max_size=2).filter(lambda it: None not in it[:-1])
_held = st.sampled_from(
    [["10.0.0.0/24"], ["203.0.113.0/30", "10.9.0.0-10.9.0.9"], ["203.0.113.8/29", "0.0.0.0/0"], [], None]
)
_ip_groups = st.fixed_dictionaries({"one": _held, "two": _held})


@given(_groups, _parents, _ip_groups)
def test_every_address_is_decided_as_one_packet_would_be(
    groups: list[dict[str, Any]], parents: list[Any], ip_groups: dict[str, Any]
) -> None:
    asked = question(_TAGS, pair=Reading(("westus",)))
    configuration = with_ip_groups(with_policy(*groups), **ip_groups)
    inherited = with_parents(configuration, *(REFUSED if it is None else it for it in parents))
    hop = decide(inherited, asked=asked, pair=PAIR_HOST, tags=Tags(_TAGS))
    event(f"{len(parents)} parents, {hop.decision}")

    priorities = [[it["properties"]["priority"] for it in level or ()] for level in (groups, *parents)]
    in_order = all(len(set(it)) == len(it) for it in priorities)
    named = {ip_group(name): it for name, it in ip_groups.items()}
    hosts = {"home": HOST, "pair": PAIR_HOST}
    seen: list[int] = []
    for part in hop.parts:
        for low, high in part.addresses.intervals:
            for number in range(low, high + 1):
                address, host = IPv4Address(number), hosts.get(part.tier or "")
                possible = verdicts(groups, address, "10.0.0.4", host, parents=parents, ip_groups=named)
                # Where groups are tied, unknown is also said of a rule that another of its own group always hides.
                if part.decision is not Decision.UNKNOWN or in_order:
                    assert str(part.decision) == (possible.pop() if len(possible) == 1 else "unknown")
                seen.append(number)
    whole = [it for low, high in asked.destinations.intervals for it in range(low, high + 1)]
    assert sorted(seen) == whole
