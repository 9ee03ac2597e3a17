"""What notebooks show: tables and pictures of what the runbook found. No decision is made here."""

from guest_attestation.views.conclusion import conclusion
from guest_attestation.views.path_picture import path_picture
from guest_attestation.views.tables import causes, checks, reports, rules
from guest_attestation.views.title import title, verdict

__all__ = ["causes", "checks", "conclusion", "path_picture", "reports", "rules", "title", "verdict"]
