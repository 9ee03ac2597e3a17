"""Where a firewall's own subnet leads what the firewall lets through: its subnet is an attachment as any other."""

from __future__ import annotations

from guest_attestation.facts.attachment import Attachment
from guest_attestation.facts.firewalls import FirewallConfiguration, Firewalls
from guest_attestation.facts.reading import Reading
from guest_attestation.network.hop import Hop
from guest_attestation.network.question import Question
from guest_attestation.network.routes import Leg, route_hop
from guest_attestation.network.tags import Tags

_NOT_SHOWN = "Azure does not show those of a firewall"


def firewall_routes(
    configuration: FirewallConfiguration, question: Question, tags: Tags
) -> tuple[Hop, tuple[Leg, ...]]:
    """Compute the routes of the firewall's subnet: Azure shows effective routes of network interfaces alone."""
    return route_hop(_attachment(configuration), question, tags)


def _attachment(configuration: FirewallConfiguration) -> Attachment:
    return Attachment(
        nic_id=None,
        nic=Reading(None, _NOT_SHOWN),
        ip_configuration=None,
        vnet=configuration.vnet,
        subnet=configuration.subnet,
        nic_group=None,
        subnet_group=None,
        route_table=configuration.route_table,
        nat_gateway=configuration.nat_gateway,
        public_ip=None,
        load_balancers=(),
        effective_groups=Reading(None, _NOT_SHOWN),
        effective_routes=Reading(None, _NOT_SHOWN),
        firewalls=Firewalls(),
        admin_rules=Reading(None, _NOT_SHOWN),
    )
