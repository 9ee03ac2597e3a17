"""What notebooks show: tables and pictures of what the runbook found. No decision is made here."""

from guest_attestation.views.azure_answer import azure_answer
from guest_attestation.views.conclusion import conclusion
from guest_attestation.views.firewall import firewall
from guest_attestation.views.fixes import fixes, plan
from guest_attestation.views.path_picture import path_after_plan, path_picture
from guest_attestation.views.paths import other_paths, tiers
from guest_attestation.views.provider import assessments, providers
from guest_attestation.views.rule_ladder import rule_ladder
from guest_attestation.views.tables import causes, checks, reports, rules
from guest_attestation.views.title import title, verdict
from guest_attestation.views.trace_tree import trace_tree

__all__ = [
    "assessments",
    "azure_answer",
    "causes",
    "checks",
    "conclusion",
    "firewall",
    "fixes",
    "other_paths",
    "path_after_plan",
    "path_picture",
    "plan",
    "providers",
    "reports",
    "rule_ladder",
    "rules",
    "tiers",
    "title",
    "trace_tree",
    "verdict",
]
