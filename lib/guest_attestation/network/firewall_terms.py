"""What firewall rules are held against, and the part that both kinds share: where the traffic comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from guest_attestation.facts.firewall_rules import ApplicationRule, NetworkRule
from guest_attestation.facts.ip_group import IpGroup
from guest_attestation.facts.reading import Reading
from guest_attestation.network.addresses import interval
from guest_attestation.network.conditions import Condition
from guest_attestation.network.coverage import Coverage, everything
from guest_attestation.network.question import Question
from guest_attestation.network.tags import EVERYTHING, Tags
from guest_attestation.resource_id import name_of


@dataclass(frozen=True)
class Held:
    """How a rule holds against the question: its conditions, what it covers, and the IP groups that were not read.

    `caveat` says why it is not known whether attestation works although the rule allows it.
    """

    conditions: tuple[Condition, ...]
    cover: Coverage
    unread: tuple[Reading[IpGroup], ...] = ()
    caveat: str = ""


@dataclass(frozen=True)
class Terms:
    """The question, the host that the extension asks for, and how terms are looked up.

    `host` is None where it is not known, and guessed where it is a region's shared one that nothing names. `suffix` is
    what every host of the cloud's attestation service ends in.
    """

    question: Question
    host: str | None
    host_is_guessed: bool
    suffix: str
    tags: Tags
    ip_groups: Mapping[str, Reading[IpGroup]]

    def groups(self, ids: Iterable[str]) -> list[tuple[str, Reading[IpGroup]]]:
        """Look IP groups up, each with its name."""
        return [(name_of(it), self.ip_groups[it.casefold()]) for it in ids]

    def unread(self, ids: Iterable[str]) -> tuple[Reading[IpGroup], ...]:
        """Return the IP groups that were not read."""
        return tuple(reading for _, reading in self.groups(ids) if reading.value is None)

    def source(self, rule: NetworkRule | ApplicationRule) -> Condition:
        """Tell whether a rule's source holds the VM's address: by prefix, address, range, or IP group.

        Selectors of later api-versions may take anything, and how they join with addresses is not documented.
        """
        if rule.selectors:
            return None, f"which traffic its {', '.join(rule.selectors)} selects is not known"
        groups = self.groups(rule.source_ip_groups)
        listed = (it for _, reading in groups if reading.value for it in reading.value.ip_addresses)
        answers = [_holds(term, self.question.source) for term in (*rule.source_addresses, *listed)]
        if True in answers:
            return True, ""
        unread = [f"IP group {name}: {reading.why_not}" for name, reading in groups if reading.value is None]
        shown = ", ".join([*rule.source_addresses, *(f"IP group {name}" for name, _ in groups)])
        if unread:
            return None, f"whether the source holds the VM's address is not known: {'; '.join(unread)}"
        if None in answers or not shown:
            return None, f"whether source {shown or 'that is not given'} holds the VM's address is not known"
        return False, f"source {shown} does not hold {self.question.source}"


def _holds(term: str, source: str | None) -> bool | None:
    if term.casefold() in (*EVERYTHING, everything(4)):
        return True
    try:
        span, own = interval(term, 4), interval(source or "", 4)
    except ValueError:
        return None
    return span is not None and own is not None and span[0] <= own[0] and own[1] <= span[1]
