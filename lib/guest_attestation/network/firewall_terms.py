"""What firewall rules are held against, and the part that both kinds share: where the traffic comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from guest_attestation.facts.firewall_rules import ApplicationRule, NetworkRule
from guest_attestation.facts.ip_group import IpGroup
from guest_attestation.facts.reading import Reading
from guest_attestation.network.addresses import AddressSet, interval
from guest_attestation.network.conditions import Condition
from guest_attestation.network.coverage import Coverage, everything, may_take
from guest_attestation.network.question import Question
from guest_attestation.network.tags import EVERYTHING, Tags
from guest_attestation.resource_id import name_of

_FEW = 8


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
    what every host of the cloud's attestation service ends in. What IP groups hold is looked up once for all rules.
    """

    question: Question
    host: str | None
    host_is_guessed: bool
    suffix: str
    tags: Tags
    ip_groups: Mapping[str, Reading[IpGroup]]
    dns_proxy: bool = False
    explicit_proxy: bool = False
    _known: dict[tuple[str, str | tuple[str, ...]], Coverage | bool | None] = field(
        default_factory=dict, compare=False, repr=False
    )

    def unread(self, ids: Iterable[str]) -> tuple[Reading[IpGroup], ...]:
        """Return the IP groups that were not read."""
        return tuple(reading for it in ids if (reading := self.ip_groups[it.casefold()]).value is None)

    def cover_group(self, group_id: str) -> Coverage:
        """Say what an IP group holds of the destinations; one that was not read may hold anything."""
        key = "destination", group_id.casefold()
        known = self._known.get(key)
        if isinstance(known, Coverage):
            return known
        name, reading, question = name_of(group_id), self.ip_groups[group_id.casefold()], self.question
        if reading.value is None:
            cover = may_take(question.destinations, f"destination IP group {name}: {reading.why_not}")
        else:
            cover = self.tags.cover_group(name, reading.value.ip_addresses, question)
        self._known[key] = cover
        return cover

    def _group_holds_source(self, group_id: str) -> bool | None:
        """Tell whether an IP group that was read holds the VM's address; False of one that was not."""
        group = self.ip_groups[group_id.casefold()].value
        return self._holds_source(("group", group_id.casefold()), group.ip_addresses if group else ())

    def _holds_source(self, key: tuple[str, str | tuple[str, ...]], addresses: tuple[str, ...]) -> bool | None:
        if key not in self._known:
            self._known[key] = _any_holds(addresses, self.question.source)
        known = self._known[key]
        return known if isinstance(known, bool) else None

    def source(self, rule: NetworkRule | ApplicationRule) -> Condition:
        """Tell whether a rule's source holds the VM's address: by prefix, address, range, or IP group.

        Selectors of later api-versions may take anything, and how they join with addresses is not documented.
        """
        if rule.selectors:
            return None, f"which traffic its {', '.join(rule.selectors)} selects is not known"
        own = self._holds_source(("source", rule.source_addresses), rule.source_addresses)
        answers = [own, *map(self._group_holds_source, rule.source_ip_groups)]
        if True in answers:
            return True, ""
        groups = [(name_of(it), self.ip_groups[it.casefold()]) for it in rule.source_ip_groups]
        unread = [f"IP group {name}: {reading.why_not}" for name, reading in groups if reading.value is None]
        shown = ", ".join([*rule.source_addresses, *(f"IP group {name}" for name, _ in groups)])
        if unread:
            return None, f"whether the source holds the VM's address is not known: {'; '.join(unread)}"
        if None in answers or not shown:
            return None, f"whether source {shown or 'that is not given'} holds the VM's address is not known"
        return False, f"source {shown} does not hold {self.question.source}"


def _any_holds(terms: tuple[str, ...], source: str | None) -> bool | None:
    """Tell whether any of the terms holds an address; None where none does for sure, and one cannot be told."""
    if len(terms) > _FEW and source is not None:
        try:
            return bool(AddressSet.of((source,), 4).clipped(terms))
        except ValueError:
            pass
    answers = {_holds(term, source) for term in terms}
    return True if True in answers else None if None in answers else False


def _holds(term: str, source: str | None) -> bool | None:
    if term.casefold() in (*EVERYTHING, everything(4)):
        return True
    try:
        span, own = interval(term, 4), interval(source or "", 4)
    except ValueError:
        return None
    return span is not None and own is not None and span[0] <= own[0] and own[1] <= span[1]
