"""The diagnosis of one VM: every check, the root causes in order, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

from guest_attestation.diagnosis.azure_answer import check_azure_answer
from guest_attestation.diagnosis.check import Check, Confidence, RootCause, Status
from guest_attestation.diagnosis.codes import Code
from guest_attestation.diagnosis.defender import check_defender
from guest_attestation.diagnosis.dns import check_dns, name_servers
from guest_attestation.diagnosis.extension_status import check_extension
from guest_attestation.diagnosis.observed import Observed, observe
from guest_attestation.diagnosis.path_hops import DENIAL_CODES, check_imds, check_path, denying_hops, suspicion
from guest_attestation.diagnosis.path_notes import check_notes
from guest_attestation.diagnosis.prerequisites import check_prerequisites
from guest_attestation.diagnosis.provider import check_provider
from guest_attestation.diagnosis.proxy import check_proxy
from guest_attestation.diagnosis.ranking import ranked, verdict_of
from guest_attestation.diagnosis.weighing import Weighing, weigh
from guest_attestation.facts.gather import Facts
from guest_attestation.network.hop import HopName
from guest_attestation.network.path import Path, decide_path
from guest_attestation.network.platform import metadata_hops, resolver_hops


@dataclass(frozen=True)
class Diagnosis:
    """What was found: the verdict, the root causes by rank, the checks in the order of the runbook.

    `path`, `other_paths` and `observed` are what the checks were made of: the decided hops, from the address that
    decides and from every other one of the VM, and what the extension reports.
    """

    verdict: Status
    root_causes: tuple[RootCause, ...]
    checks: tuple[Check, ...]
    path: Path
    other_paths: tuple[Path, ...]
    observed: Observed

    def check(self, check_id: str) -> Check:
        """Return the check of that id."""
        return next(check for check in self.checks if check.id == check_id)


def diagnose(facts: Facts, proxy: str | None = None, *, probed: bool = False) -> Diagnosis:
    """Diagnose one VM; `proxy` is a forward proxy that it must use, as `host:port`; `probed` if a probe was given."""
    path, observed = decide_path(facts), observe(facts)
    others = tuple(decide_path(facts, at) for at in facts.others)
    servers = name_servers(facts, resolver_hops(facts.primary, path.tags))
    weighing = weigh(facts, observed, (*denying_hops(path), *path.of(HopName.PROVIDER)))
    dns_weighing = weigh(facts, observed, tuple(hop for server in servers for hop in server.hops))
    dns = check_dns(facts, servers, dns_weighing)
    checks = [
        *check_prerequisites(facts),
        *check_extension(facts, observed),
        *check_proxy(facts, check_path(facts, path, weighing), proxy),
        check_provider(facts, path.of(HopName.PROVIDER)[0], weighing),
        *check_notes(facts, path, others),
        *check_azure_answer(facts, path),
        _contradicted(weighing, dns_weighing if dns.causes else weighing),
        check_imds(metadata_hops(facts.primary, path.tags), observed),
        dns,
        *check_defender(facts),
        _guest_probe(given=probed),
    ]
    if observed.reports_failure and not any(cause.stops_attestation for check in checks for cause in check.causes):
        checks = [_unexplained(facts, path, check) for check in checks]
    causes = ranked(cause for check in checks for cause in check.causes)
    verdict = verdict_of(checks, causes, reports_failure=observed.reports_failure)
    return Diagnosis(verdict, tuple(causes), tuple(checks), path, others, observed)


def _contradicted(*weighings: Weighing) -> Check:
    """Show the denial that speaks loudest against the model: the way to the provider, or to the resolver."""
    loudness = (Status.PASS, Status.NOT_APPLICABLE, Status.UNKNOWN, Status.WARN)
    return max((weighing.contradicted for weighing in weighings), key=lambda check: loudness.index(check.status))


def _guest_probe(*, given: bool) -> Check:
    if not given:
        return Check("guest.probe", Status.NOT_APPLICABLE, "no guest probe was given")
    return Check("guest.probe", Status.UNKNOWN, "a guest probe was given, which this version does not read yet")


def _unexplained(facts: Facts, path: Path, check: Check) -> Check:
    """A failure that no proven cause explains: the extension is the cause, and undecided hops are suspected."""
    if check.id == "extension.state":
        cause = RootCause(
            Code.EXTENSION_FAILED,
            Confidence.PROVEN,
            facts.vm_id.text,
            check.summary,
            "a later answer shows the extension Succeeded, or another cause is proven once what is unknown was read",
            evidence=check.evidence,
        )
        return replace(check, causes=(cause,))
    hops = [hop for hop in path.hops if f"path.{hop.hop}" == check.id and hop.hop in DENIAL_CODES]
    found = (suspicion(facts, check, hop) for hop in hops)
    suspected = [cause for cause in found if cause is not None]
    kept = [it for it in check.causes if not (suspected and it.code is Code.ALLOW_LIST_TOO_NARROW)]
    return replace(check, causes=(*kept, *suspected))
