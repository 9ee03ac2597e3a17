"""What to hand to whoever must mend it, where that is another team: names, addresses, how to see that it works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from guest_attestation.diagnosis.codes import Code
from guest_attestation.errors import ToolFailure
from guest_attestation.facts.service_tag import ATTESTATION_TAG
from guest_attestation.network.target import target_of
from guest_attestation.network.tiers import TierName
from guest_attestation.runbook import Runbook
from guest_attestation.snapshot.atomic import write_whole
from guest_attestation.text import clean

HANDOVER = "handover.md"

_FOR_OTHERS = (Code.PROXY_REQUIRED, Code.NEXT_HOP_NOT_VISIBLE, Code.ADMIN_RULE_DENIES)
_PROBE = """\
## How to see that it works

From the VM, past no proxy:

```
curl --silent --show-error --output /dev/null --write-out '%{{http_code}} %{{ssl_verify_result}}\\n' \\
  https://{host}/.well-known/openid-configuration
```

The answer to expect is `200 0`: HTTP 200, and a certificate that the VM trusts. A bare TCP connect proves nothing: some
firewalls answer it themselves. After the change the extension is not retried by itself: set it again."""


def keep_handover(folder: Path, runbook: Runbook) -> Path | None:
    """Write handover.md where a cause is for another team to mend; else take an earlier one away.

    Raises ToolFailure where the file cannot be written or taken away.
    """
    text = handover(runbook)
    if text is None:
        try:
            (folder / HANDOVER).unlink(missing_ok=True)
        except OSError as error:
            raise ToolFailure(f"{folder / HANDOVER}: cannot be taken away: {error.strerror}") from error
        return None
    return write_whole(folder / HANDOVER, text)


def handover(runbook: Runbook) -> str | None:
    """Say what another team must let through, None where no cause is theirs to mend (design 4.5)."""
    causes = [it for it in runbook.diagnosis.root_causes if it.code in _FOR_OTHERS]
    if not causes:
        return None
    path = runbook.diagnosis.path
    any_host = f"<host>.{runbook.facts.cloud.attestation_suffix}"
    host = target_of(runbook.facts, path.at).hosts.get(TierName.HOME, any_host)
    parts = (
        f"# Let this VM reach the attestation service\n\nVM: `{_code(runbook.facts.vm_id.text)}`",
        "## Why\n\n" + "\n".join(f"- {it.code} ({it.confidence}): {_plain(it.summary)}" for it in causes),
        "## What to let through\n\n" + "\n".join(f"- {line}" for line in _wanted(runbook)),
        "## The service's addresses\n\n" + "\n".join(_addresses(runbook)),
        _PROBE.format(host=_code(host)),
    )
    return "\n\n".join(parts) + "\n"


def _wanted(runbook: Runbook) -> Iterator[str]:
    facts, path = runbook.facts, runbook.diagnosis.path
    hosts = target_of(facts, path.at).hosts
    yield f"from {_plain(path.at.address or 'the VM')}: TCP 443, no TLS inspection, no proxy"
    if TierName.HOME in hosts:
        yield f"`{_code(hosts[TierName.HOME])}`: the provider that this VM uses"
    if TierName.PAIR in hosts:
        yield f"`{_code(hosts[TierName.PAIR])}`: its paired region, which Azure fails over to"
    if facts.custom_provider is None:
        yield f"`*.{facts.cloud.attestation_suffix}`: every region, if names may have wildcards: prefer it"
        yield f"the service tag `{ATTESTATION_TAG}`, where tags are known: prefer it to addresses, which change weekly"


def _addresses(runbook: Runbook) -> Iterator[str]:
    tag = runbook.facts.service_tags.find(ATTESTATION_TAG)
    if tag is None:
        yield f"The prefixes of {ATTESTATION_TAG} were not recorded: take them from Microsoft's service tag file."
        return
    number = f", change number {_plain(tag.change_number)}" if tag.change_number else ""
    day = f"{runbook.facts.captured_at:%Y-%m-%d}"
    yield f"{ATTESTATION_TAG}, {len(tag.address_prefixes)} prefixes{number}, as of {day}:\n"
    yield "```"
    yield from (_code(it) for it in tag.address_prefixes)
    yield "```"


def _plain(text: str) -> str:
    """Text from Azure is no Markdown."""
    return "".join(f"\\{it}" if it in r"\`*_[]<>#|!" else it for it in clean(text))


def _code(text: str) -> str:
    return clean(text).replace("`", "'")
