"""A second opinion on the path: what happens to one packet at every hop, from the JSON that Azure answers.

Every hop is asked as if the ones before it had been repaired. What a route leads elsewhere or drops, and what a
firewall denies, is allowed at the hops that it does not get to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.naive import admin_rules, firewall
from tests.naive.routes import NOT_KNOWN, Place, computed, effective, may_learn, places
from tests.naive.security_groups import Network, Packet, candidates, worlds

Json = Mapping[str, Any]

UNREAD: Json = {}
"""Stands for what was not read."""


@dataclass(frozen=True)
class Around:
    """What stands around one address of the VM, as JSON; a group or table that is None is not there.

    `firewalls` are rule collection groups by the address of their firewall; `egress` is the VM's own.
    """

    admin: Sequence[Json] | None
    groups: tuple[Json | None, Json | None]
    routes: Sequence[Json] | None
    table: Json | None
    vnet: Json
    firewalls: Mapping[str, Sequence[Json]]
    egress: str
    network: Network

    def hops(self, packet: Packet) -> tuple[dict[str, str], Place]:
        """Answer for every hop, and say where the packet is led."""
        told = None if self.admin is None else admin_rules.answers(self.admin, packet, self.network)
        place = self._place(packet)
        nic, subnet = (self._group(it, told, packet) for it in self.groups)
        return {
            "admin-rules": "unknown" if told is None else _said(_as_nsg(told)),
            "nic-nsg": nic,
            "subnet-nsg": subnet,
            "route": "unknown" if place == NOT_KNOWN else "deny" if place[0] == "dropped" else "allow",
            "firewall": self._firewall(place, packet),
            "egress": self._egress(place, packet),
        }, place

    def _group(self, group: Json | None, told: Sequence[frozenset[str]] | None, packet: Packet) -> str:
        lifted = "no" if told is None else admin_rules.lift(told)
        if group is None or lifted == "yes":
            return "allow"
        said = "unknown" if group is UNREAD else _said(worlds(candidates(group, packet, self.network)))
        return said if lifted == "no" or said == "allow" else "unknown"

    def _place(self, packet: Packet) -> Place:
        address = packet.destination
        if self.routes is not None:
            found = places(list(effective(self.routes)), address, self.network)
        else:
            learned = may_learn(self.table, self.vnet)
            found = places(list(computed(self.table, self.vnet)), address, self.network, learned=learned)
        return found.pop() if len(found) == 1 else NOT_KNOWN

    def _firewall(self, place: Place, packet: Packet) -> str:
        if place[0] in ("internet", "dropped"):
            return "allow"
        rules = self.firewalls.get(place[1])
        if place[0] != "appliance" or rules is None or packet.destination.version == 6:
            return "unknown"  # Azure Firewall is for IPv4 only
        said = firewall.verdicts(rules, packet.destination, packet.source or "", None)
        return said.pop() if len(said) == 1 else "unknown"

    def _egress(self, place: Place, packet: Packet) -> str:
        if place[0] == "internet":
            return self.egress
        known = place[1] in self.firewalls and packet.destination.version == 4
        return "allow" if place[0] == "dropped" or known else "unknown"


def default_route(routes: Sequence[Json] | None, table: Json | None, vnet: Json, family: int) -> bool | None:
    """Tell whether VirtualNetwork holds a default route: one that is not the system's own to the Internet."""
    everything = "0.0.0.0/0" if family == 4 else "::/0"
    if routes is not None:
        others = (it for it in effective(routes) if (it["source"], it["nextHopType"]) != ("Default", "Internet"))
        return any(everything in it["addressPrefix"] for it in others)
    if everything in _of_table(table):
        return True
    return None if may_learn(table, vnet) else False


def routed(routes: Sequence[Json] | None, table: Json | None) -> list[str]:
    """List the prefixes and tags of a table's and of learned routes."""
    if routes is None:
        return _of_table(table)
    return [prefix for it in effective(routes) if it["source"] != "Default" for prefix in it["addressPrefix"]]


def _of_table(table: Json | None) -> list[str]:
    return [it["properties"]["addressPrefix"] for it in table["properties"]["routes"]] if table else []


def _as_nsg(told: Iterable[frozenset[str]]) -> Iterator[frozenset[str]]:
    for answered in told:
        yield frozenset("deny" if it == "deny" else "allow" for it in answered)


def _said(told: Iterable[frozenset[str]]) -> str:
    """Say what every world answers; partial where in each of them the source port decides."""
    found = set(told)
    if found in ({frozenset({"allow"})}, {frozenset({"deny"})}):
        return next(iter(next(iter(found))))
    return "partial" if found == {frozenset({"allow", "deny"})} else "unknown"
