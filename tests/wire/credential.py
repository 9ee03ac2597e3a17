"""A credential that always has the same token."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from azure.core.credentials import AccessToken

TENANT = "eeeeeeee-0000-4000-8000-000000000009"


def token_of(**claims: str) -> str:
    """Make a token as Entra writes it: three parts, of which the second one holds the claims."""
    parts = [{"typ": "JWT", "alg": "none"}, claims]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*coded, "c2lnbmF0dXJl"])


class FixedCredential:
    """Give one token, and count how often and for what it is asked."""

    def __init__(self, token: str = token_of(tid=TENANT)) -> None:
        self.token = token
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        """Return the token, good for an hour."""
        self.scopes += scopes
        return AccessToken(self.token, int(time.time()) + 3600)
