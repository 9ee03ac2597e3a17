"""The decision of a firewall's policy, for random policies, against an oracle that looks at one packet at a time."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from guest_attestation.network.hop import Decision
from tests.naive.firewall import verdicts
from tests.network.build import question
from tests.network.firewall_build import HOST, application_rule, collection, decide, group, network_rule, with_policy

_HOME = ip_network("203.0.113.0/29")  # what AzureCloud.eastus holds of the tag
_PREFIXES = ["*", "203.0.113.0/28", "203.0.113.0/29", "203.0.113.4/30", "198.51.100.64/30", "192.0.2.0/24"]
_SOURCES = [["*"], ["10.0.0.0/24"], ["10.0.0.4/32"], ["10.0.1.0/24"]]
_HTTP, _HTTPS = {"protocolType": "Http", "port": 80}, {"protocolType": "Https", "port": 443}

_network = st.builds(
    lambda prefixes, sources, ports, protocols, fqdns: network_rule(
        "net", *prefixes, sourceAddresses=sources, destinationPorts=ports, ipProtocols=protocols, destinationFqdns=fqdns
    ),
    st.lists(st.sampled_from(_PREFIXES), min_size=1, max_size=2),
    st.sampled_from([_SOURCES[0], *_SOURCES]),
    st.sampled_from([["443"], ["443"], ["80", "443"], ["80"]]),
    st.sampled_from([["TCP"], ["TCP"], ["Any"], ["UDP"]]),
    st.sampled_from([[], [], [], ["www.example.com"]]),
)
_application = st.builds(
    lambda targets, sources, protocols, tags: application_rule(
        "app", *targets, sourceAddresses=sources, protocols=protocols, fqdnTags=tags
    ),
    st.sampled_from([["*.attest.azure.net"], [HOST], ["www.example.com"], ["*.weu.attest.azure.net", "*"]]),
    st.sampled_from([_SOURCES[0], *_SOURCES]),
    st.sampled_from([[_HTTPS], [_HTTP, _HTTPS], [_HTTP]]),
    st.sampled_from([[], [], ["WindowsUpdate"]]),
)
_collection = st.builds(
    lambda priority, action, rules: collection("c", priority, action, *rules),
    st.sampled_from([100, 200, 300]),
    st.sampled_from(["Allow", "Deny"]),
    st.lists(_network, min_size=1, max_size=2) | st.lists(_application, min_size=1, max_size=2),
)
_groups = st.lists(st.tuples(st.sampled_from([100, 200]), st.lists(_collection, max_size=3)), max_size=3).map(
    lambda drawn: [group(f"g{place}", priority, *held) for place, (priority, held) in enumerate(drawn)]
)


@given(_groups)
def test_every_address_is_decided_as_one_packet_would_be(groups: list[dict[str, Any]]) -> None:
    hop = decide(with_policy(*groups))

    priorities = [it["properties"]["priority"] for it in groups]
    in_order = len(set(priorities)) == len(priorities)
    seen: list[int] = []
    for part in hop.parts:
        for low, high in part.addresses.intervals:
            for number in range(low, high + 1):
                host = HOST if IPv4Address(number) in _HOME else None
                possible = verdicts(groups, IPv4Address(number), "10.0.0.4", host)
                # Where groups are tied, unknown is also said of a rule that another of its own group always hides.
                if part.decision is not Decision.UNKNOWN or in_order:
                    assert str(part.decision) == (possible.pop() if len(possible) == 1 else "unknown")
                seen.append(number)
    whole = [it for low, high in question().destinations.intervals for it in range(low, high + 1)]
    assert sorted(seen) == whole
