"""What a fix changes in Azure: one small frozen record a kind, from which every way to write it down is made."""

from __future__ import annotations

from dataclasses import dataclass

ATTESTATION_PORT = 443


@dataclass(frozen=True)
class MovedRule:
    """A rule that must make room: the same rule with another priority."""

    name: str
    old_priority: int
    new_priority: int


@dataclass(frozen=True)
class AddSecurityRule:
    """An outbound Allow in an NSG: TCP 443 from `source` to `destination` (a service tag or a prefix).

    `moved` is the rule that gives its number up, where none before it is free.
    """

    group_id: str
    name: str
    priority: int
    source: str
    destination: str
    moved: MovedRule | None = None


@dataclass(frozen=True)
class AddAdminRule:
    """An outbound AlwaysAllow in a security admin rule collection: only the network manager's owner can add it.

    `collection_id` is the id of the rule collection that holds the rule that denies.
    """

    collection_id: str
    name: str
    priority: int
    destination: str


@dataclass(frozen=True)
class AddRoute:
    """A route for a service tag in a route table, past what the other routes lead to; next hop Internet."""

    table_id: str
    name: str
    destination: str


@dataclass(frozen=True)
class AddFirewallRule:
    """An Allow in a new collection of a firewall's own (classic) rules.

    `kind` is network (by the service tag `target`) or application (by the name `target`); `source` is the VM's subnet.
    """

    firewall_id: str
    kind: str
    collection: str
    priority: int
    rule: str
    source: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class AddPolicyRule:
    """The same in a firewall policy: a new collection in the rule collection group `group`, new where `is_new`."""

    policy_id: str
    group: str
    group_priority: int
    is_new: bool
    kind: str
    collection: str
    priority: int
    rule: str
    source: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class AddNatGateway:
    """A NAT gateway with a public address of its own for a subnet that has no way out; `location` is the network's."""

    subnet_id: str
    name: str
    public_ip: str
    location: str


Change = AddSecurityRule | AddAdminRule | AddRoute | AddFirewallRule | AddPolicyRule | AddNatGateway
