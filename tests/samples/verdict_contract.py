"""The contract of verdict.json (design 4.3, 4.4), written out by hand: exact keys, allowed values, required checks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

HOPS = ["admin-rules", "nic-nsg", "subnet-nsg", "route", "firewall", "egress", "provider"]
REQUIRED = {
    *(f"prerequisites.{name}" for name in ("security-type", "secure-boot", "vtpm", "generation", "size")),
    *("prerequisites.power-state", "prerequisites.agent"),
    *("extension.installed", "extension.state", "extension.reporting"),
    *(f"path.{hop}" for hop in HOPS),
    "dns.servers",
}
CODES = {
    *("not-trusted-launch", "secure-boot-off", "vtpm-off", "generation-1", "size-unsupported", "agent-not-ready"),
    *("extension-not-installed", "extension-failed", "extension-stuck", "deployment-denied"),
    *("admin-rule-denies-attestation", "nsg-denies-attestation", "route-drops-attestation", "no-egress"),
    *("firewall-denies-attestation", "tls-inspection", "proxy-required", "dns-failure", "imds-blocked"),
    *("guest-firewall", "custom-provider-unreachable", "custom-policy-rejects", "provider-outage", "clock-or-roots"),
    *("evidence-rejected", "defender-reporting-failed", "os-unsupported", "extension-outdated", "auto-upgrade-off"),
    *("allow-list-too-narrow", "vm-not-running", "next-hop-not-visible"),
}
ONLY_WARN = {"os-unsupported", "extension-outdated", "auto-upgrade-off", "allow-list-too-narrow"}
LEAVE_UNKNOWN = {"vm-not-running", "next-hop-not-visible"}

DECISIONS = {"allow", "deny", "partial", "unknown", "not-applicable"}
STATUSES = {"pass", "fail", "warn", "unknown", "not-applicable"}
TEXT, ANY_TEXT, NULLABLE_TEXT = "text", "any text", "text or null"


def assert_verdict(document: Any) -> None:
    """Hold a verdict document against the contract; an assertion names the place that breaks it."""
    _keys(document, "format incident vm captured_at verdict root_causes plan checks path other_paths", "verdict")
    assert document["format"] == 1
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", document["incident"])
    assert document["vm"].casefold().startswith("/subscriptions/")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["captured_at"])
    assert document["verdict"] in {"pass", "fail", "warn", "unknown"}
    assert document["plan"] is None or set(document["plan"]) == {"steps", "proof"}
    _root_causes(document["root_causes"])
    _checks(document["checks"])
    _path(document["path"])
    for place, other in enumerate(document["other_paths"]):
        _keys(other, "nic source family decision path", f"other_paths[{place}]")
        assert other["family"] in {"IPv4", "IPv6"}
        _path(other["path"])


def _root_causes(causes: Any) -> None:
    assert [cause["rank"] for cause in causes] == list(range(1, len(causes) + 1))
    for cause in causes:
        _keys(cause, "code rank confidence resource rule summary disproof evidence fixes", cause["code"])
        assert cause["code"] in CODES
        assert cause["confidence"] in {"proven", "suspected"}
        _texts(cause, resource=TEXT, rule=NULLABLE_TEXT, summary=TEXT, disproof=TEXT)
        _evidence(cause["evidence"])
        for fix in cause["fixes"]:
            _keys(fix, "title portal az powershell bicep terraform blast_radius proof", cause["code"])
            _keys(fix["proof"], "before after", cause["code"])
    groups = [_group(cause) for cause in causes]
    assert groups == sorted(groups), "root causes are not in groups"


def _group(cause: Any) -> int:
    if cause["code"] == "allow-list-too-narrow" and cause["confidence"] == "suspected":
        return 1  # design 4.3 (c): a partial hop of an extension that fails
    if cause["code"] in ONLY_WARN:
        return 3
    if cause["code"] in LEAVE_UNKNOWN:
        return 2
    return 0 if cause["confidence"] == "proven" else 1


def _checks(checks: Any) -> None:
    ids = [check["id"] for check in checks]
    assert len(set(ids)) == len(ids), "a check stands twice"
    assert set(ids) >= REQUIRED, "a required check is absent"
    for check in checks:
        _keys(check, "id status required summary missing_permission assumptions evidence", check["id"])
        assert re.fullmatch(r"[a-z]+\.[a-z-]+", check["id"])
        assert check["status"] in STATUSES
        assert check["required"] is (check["id"] in REQUIRED), check["id"]
        _texts(check, summary=TEXT, missing_permission=NULLABLE_TEXT)
        assert check["missing_permission"] is None or check["status"] == "unknown", check["id"]
        assert all(isinstance(it, str) and it for it in check["assumptions"])
        _evidence(check["evidence"])


def _path(path: Any) -> None:
    hops = [hop["hop"] for hop in path]
    assert sorted(set(hops), key=HOPS.index) == HOPS, "a hop is absent"
    assert hops == sorted(hops, key=HOPS.index), "the hops are not in order"
    for hop in path:
        _keys(hop, "hop resource decision rule parts trace", hop["hop"])
        assert hop["decision"] in DECISIONS
        _texts(hop, resource=NULLABLE_TEXT, rule=NULLABLE_TEXT)
        for part in hop["parts"]:
            _keys(part, "tier decision rule prefixes names", hop["hop"])
            assert part["tier"] in {"home", "pair", "other"}
            assert part["decision"] in DECISIONS
            assert isinstance(part["prefixes"], int)
            assert isinstance(part["names"], list)
            _texts(part, rule=NULLABLE_TEXT)
        for line in hop["trace"]:
            _keys(line, "rule priority matched why", hop["hop"])
            assert isinstance(line["matched"], bool)
            assert line["priority"] is None or isinstance(line["priority"], int)
            _texts(line, rule=ANY_TEXT, why=TEXT)


def _keys(value: Any, names: str, where: str) -> None:
    assert sorted(value) == sorted(names.split()), f"{where} has other keys"


def _texts(value: Any, **kinds: str) -> None:
    for name, kind in kinds.items():
        text = value[name]
        good = text is None or (isinstance(text, str) and (bool(text) or kind == ANY_TEXT))
        assert good, f"{name} is {text!r}"
        assert text is not None or kind == NULLABLE_TEXT, f"{name} is null"


def _evidence(pointers: Iterable[Any]) -> None:
    for pointer in pointers:
        assert re.fullmatch(r"[^#]+#(/.*)?", pointer), f"{pointer!r} is no pointer"
