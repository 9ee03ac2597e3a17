"""Name resolution: which DNS servers are in force, and whether the VM may reach them (facts 4.4, 5.3)."""

from __future__ import annotations

from collections.abc import Iterable

from guest_attestation.diagnosis.check import Check, Status, unread
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.path_hops import platform_check
from guest_attestation.diagnosis.weighing import Weighing
from guest_attestation.facts.gather import Facts
from guest_attestation.facts.network_interface import PLATFORM_RESOLVER
from guest_attestation.network.hop import Hop


def check_dns(facts: Facts, resolver: Iterable[Hop], weighing: Weighing) -> Check:
    """Decide the plain case, Azure's own resolver: the NIC's servers are in force, else the network's, else Azure's.

    `resolver` is what the NSGs do to that resolver, and `weighing` how far their denial is believed.
    """
    name = "dns.servers"
    custom = facts.custom_dns_servers
    if custom.value is None:
        return unread(name, custom)
    if custom.value:
        shown = ", ".join(custom.value)
        summary = f"custom DNS servers are in force ({shown}): this version does not decide the way to them yet"
        return Check(name, Status.UNKNOWN, summary, evidence=(custom.evidence,))
    passed = f"Azure's own resolver {PLATFORM_RESOLVER} is in force, and no NSG rule denies it"
    harm = "the attestation host's name cannot be resolved"
    return platform_check(name, Code.DNS_FAILURE, resolver, passed, harm, weighing.confidence)
