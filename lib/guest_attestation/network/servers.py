"""The ways to the servers that a VM needs besides its provider: name servers, and a declared proxy (design 5)."""

from __future__ import annotations

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.gather import Facts
from guest_attestation.network.addresses import AddressSet, symbol
from guest_attestation.network.question import Question
from guest_attestation.network.tiers import only_home
from guest_attestation.network.way import Way, way_to


def way_to_name_server(facts: Facts, at: Attachment, server: str, protocol: str) -> Way:
    """Decide the way to port 53 of a DNS server, by Udp or Tcp."""
    return _way(facts, at, server, f"DNS server {server}", protocol, 53)


def way_to_proxy(facts: Facts, at: Attachment, proxy: str) -> Way:
    """Decide the way to a forward proxy, `host:port`; of a host name no address is known."""
    host, _, port = proxy.rpartition(":")
    return _way(facts, at, host.strip("[]"), f"proxy {proxy}", "Tcp", int(port))


def _way(facts: Facts, at: Attachment, host: str, target: str, protocol: str, port: int) -> Way:
    family = 6 if ":" in host else 4
    try:
        addresses = AddressSet.of((host,), family)
    except ValueError:
        addresses, family = symbol(0), 4
    groups = at.ip_configuration.application_security_groups if at.ip_configuration else ()
    source = at.address if at.family == family else None
    return way_to(facts, at, Question(protocol, port, source, groups, target, only_home(addresses), family))
