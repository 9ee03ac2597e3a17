"""What of a firewall its rules do not show: other things that drop traffic, and updates half way (facts 6.1, 6.2)."""

from __future__ import annotations

from collections.abc import Iterator

from guest_attestation.facts.firewalls import FirewallConfiguration
from guest_attestation.network.firewall_order import groups_of, policies_of


def assumptions_of(configuration: FirewallConfiguration) -> Iterator[str]:
    """Say what is taken for granted; a child policy can only make its parents' threat intelligence stricter."""
    firewall, policies = configuration.firewall, policies_of(configuration)
    modes = [it.threat_intel_mode for it in policies] if configuration.policy else [firewall.threat_intel_mode]
    if any(it.casefold() == "deny" for it in modes):
        yield "threat intelligence lists none of the attestation service's addresses and names"
    if any(it.intrusion_detection_mode.casefold() == "deny" for it in policies):
        yield "intrusion detection finds nothing in the traffic"
    if firewall.provisioning_state.casefold() != "succeeded":
        state = firewall.provisioning_state or "not given"
        yield f"all of the firewall's instances hold these rules: its provisioningState is {state}"
    for group in groups_of(configuration):
        if group.provisioning_state.casefold() not in ("", "succeeded"):
            yield f"the firewall holds group {group.name} as shown: its provisioningState is {group.provisioning_state}"
