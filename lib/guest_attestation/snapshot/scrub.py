"""Take secrets out of an exchange on its way to the disk: what is scrubbed here is never written."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

REMOVED = "REMOVED"

_HEADERS = frozenset(
    {
        *("content-type", "date", "etag", "retry-after"),
        *("x-ms-arm-service-request-id", "x-ms-correlation-request-id", "x-ms-request-id", "x-ms-routing-request-id"),
        *("x-ms-error-code", "x-ms-failure-cause"),
        *("x-ms-ratelimit-remaining-resource", "x-ms-ratelimit-remaining-subscription-reads"),
    }
)
_KEY = (
    r"(?:\w*(?:password|passwd|passphrase|secret|connectionstring|credential)"
    r"|\w*(?:access|account|admin|api|encryption|functions|host|instrumentation|master|primary|private|query|secondary|shared|storage|subscription|workspace)[-_]?key"
    r"|(?:access|auth|bearer|refresh|sas|sas_|sec)_?token|sharedaccesssignature|pwd)"
)
_SECRET_KEY = re.compile(
    rf"{_KEY}|token|authorization|claims|httprequest|requestbody|responsebody|protectedsettings(?:fromkeyvault)?"
    r"|customdata|userdata|additionalunattendcontent|commandtoexecute|fileuris|script|sv?sasuri|(?:access|blob)?sas",
    re.IGNORECASE,
)
_NAMED = rf"{_KEY}|commandToExecute|customData|fileUris|userData|protectedSettings"
# A value runs to its closing quote, that of JSON within JSON too, or bracket; without, to what ends one in a text.
_GIVEN = (
    r"""\\".*?(?:\\"|\Z)|"(?:[^"\\]|\\.)*(?:"|\Z)|'[^']*(?:'|\Z)"""
    r"""|\[[^\]]*(?:\]|\Z)|\{(?:[^{}]|\{[^{}]*\})*(?:\}|\Z)|[^\s,;&"'<>{}]+"""
)
_TEXTS = (
    (re.compile(rf"""(?i)(?<!\w)((?:{_NAMED})\\?["']?\s*[=:]\s*)(?:{_GIVEN})""", re.DOTALL), rf"\g<1>{REMOVED}"),
    (re.compile(rf"(?i)(?<![\w-])(--?(?:{_KEY})\s+)(?:{_GIVEN})", re.DOTALL), rf"\g<1>{REMOVED}"),
    (re.compile(r"(?s)(\[std(?:out|err)\]).*\S.*"), rf"\g<1>{REMOVED}"),  # CustomScript for Linux reports it so
    (re.compile(r"(?i)(?<![a-z])(sig(?:nature)?(?:=|%(?:25)*3d|\\+u003d))[^&\s\"'<>\\]+"), rf"\g<1>{REMOVED}"),
    (re.compile(r"eyJ[\w-]+(?:\.[\w-]*){2,4}"), REMOVED),  # signed tokens have three parts, encrypted ones five
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}"), rf"\g<1>{REMOVED}"),
    (re.compile(r"(?i)\b(authorization\W{1,6}(?:basic|digest|sharedkey\w*)\s+)[^\s\"'\\]+"), rf"\g<1>{REMOVED}"),
    (re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{86}=="), REMOVED),  # the key of a storage account: 64 bytes
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), REMOVED),
    (re.compile(r"(://[^/\s:@\"']+:)[^/\s@\"']+@"), rf"\g<1>{REMOVED}@"),
    (re.compile(r"(://)[^/\s:@\"'?#]{20,}@"), rf"\g<1>{REMOVED}@"),  # a token in place of a name
)  # fmt: skip
# Lists of sizes and of tags hold 100,000 texts: most are seen to be harmless at once.
_SUSPICIOUS = re.compile(r"[=:]|%(?:25)*3d|eyJ|bearer\s|-----BEGIN|(?:\s|^)-|\[std", re.IGNORECASE)
_LEADING_ON = ("nextLink", "skipToken")
_OUTPUTS = ("componentstatus/stdout/", "componentstatus/stderr/")
_ATTESTATION_SETTINGS = frozenset(
    {
        *("attestationconfig", "maasettings", "maaendpoint", "maatenantname"),
        *("ascsettings", "ascreportingendpoint", "ascreportingfrequency"),
        *("usecustomtoken", "usealternatetoken", "disablealerts"),
    }
)


def scrubbed(document: dict[str, Any]) -> dict[str, Any]:
    """Return an exchange without secrets; of the headers only those are kept that are known to be harmless.

    What stands under a name that means a secret is removed, whatever it is. Texts lose SAS signatures, keys, passwords,
    tokens and private keys. Of an extension's settings only those stay that Guest Attestation documents (facts 1.3),
    and what a script printed goes.
    """
    request, response = document["request"], document["response"]
    headers = {name: text(str(value)) for name, value in response["headers"].items() if name.casefold() in _HEADERS}
    return {
        "request": {"method": request["method"], "url": text(request["url"]), "body": _value(request["body"])},
        "response": {"status": response["status"], "headers": headers, "body": _value(response["body"])},
        "at": document["at"],
    }


def text(value: str) -> str:
    """Take secrets out of a text."""
    if _SUSPICIOUS.search(value) is None:
        return value
    for pattern, replacement in _TEXTS:
        value = pattern.sub(replacement, value)
    return value


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return _inner(value)
    if isinstance(value, list):
        return [_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "settings" in value and "publisher" in value:
        value = {**value, "settings": _settings(value["settings"])}
    if str(value.get("code")).casefold().startswith(_OUTPUTS) and value.get("message"):
        value = {**value, "message": REMOVED}
    if _is_secret(str(value.get("name")), value.get("value")):
        value = {**value, "value": REMOVED}
    return {text(key): REMOVED if _is_secret(key, item) else _item(key, item) for key, item in value.items()}


def _item(key: str, item: Any) -> Any:
    """What leads to the next page is sent back as it is, whatever it may look like within."""
    return text(item) if key in _LEADING_ON and isinstance(item, str) else _value(item)


def _inner(value: str) -> str:
    """JSON within a text is looked into like any other."""
    if value.lstrip()[:1] in ("{", "["):
        with suppress(ValueError, RecursionError):
            held = json.loads(value)
            clean = _value(held)
            return text(value) if clean == held else json.dumps(clean, ensure_ascii=False)
    return text(value)


def _is_secret(key: str, item: Any) -> bool:
    return item not in (None, "", [], {}) and not isinstance(item, bool) and _SECRET_KEY.fullmatch(key) is not None


def _settings(settings: Any) -> Any:
    """Keep what Guest Attestation documents; any other setting may be anything."""
    if not isinstance(settings, dict):
        return None
    kept = {key: item for key, item in settings.items() if key.casefold() in _ATTESTATION_SETTINGS}
    return {key: _settings(item) if isinstance(item, dict) else item for key, item in kept.items()}
