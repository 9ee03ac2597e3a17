"""The real Azure clients with their real pipeline, above one shared adapter."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.pipeline import policies
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import (
    ARMAutoResourceProviderRegistrationPolicy,
    ARMChallengeAuthenticationPolicy,
    ARMHttpLoggingPolicy,
)
from azure.mgmt.network import NetworkManagementClient
from requests.adapters import BaseAdapter

from guest_attestation.clouds import Cloud
from guest_attestation.collect.adapter import ReplayAdapter
from guest_attestation.collect.credential import scope_of
from guest_attestation.collect.failure import Refused, TooLong
from guest_attestation.collect.request import Request
from guest_attestation.collect.versions import NETWORK, versioned
from guest_attestation.resource_id import name_of, resource_group_of, subscription_of
from guest_attestation.snapshot.reader import Snapshot

_LongRead = Callable[[NetworkManagementClient, str, str, Any, float], Any]


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds, and how often to try again.

    `longest` bounds a single wait that Azure asks for; `operation` a long-running read as a whole.
    """

    connect: float = 10
    read: float = 40
    retries: int = 3
    backoff: float = 0.8
    poll: float = 2
    longest: float = 60
    operation: float = 180
    wait: Callable[[float], None] = time.sleep


class Clients:
    """Perform reads; what comes back is seen by the adapter below. Each thread needs its own."""

    def __init__(
        self, cloud: Cloud, credential: TokenCredential, adapter: BaseAdapter, patience: Patience | None = None
    ) -> None:
        self._base = f"https://{cloud.arm_host}"
        self._patience = patience = patience or Patience()
        session = requests.Session()
        session.auth = lambda prepared: prepared  # else a .netrc would put its own password in the token's place
        for scheme in ("https://", "http://"):
            session.mount(scheme, adapter)
        self._options: dict[str, Any] = {
            "base_url": self._base,
            "transport": _Transport(session, patience),
            "retry_total": patience.retries,
            "retry_backoff_factor": patience.backoff,
            "retry_backoff_max": patience.longest,
            "polling_interval": patience.poll,
        }
        self._credential, self._scope = credential, scope_of(cloud)
        self._compute: dict[str, ComputeManagementClient] = {}
        self._network: dict[str, NetworkManagementClient] = {}
        self.generic = self._generic()

    def compute(self, subscription: str) -> ComputeManagementClient:
        """Return the compute client of a subscription."""
        if subscription not in self._compute:
            self._compute[subscription] = ComputeManagementClient(
                self._credential, subscription, credential_scopes=[self._scope], **self._options
            )
        return self._compute[subscription]

    def network(self, subscription: str) -> NetworkManagementClient:
        """Return the network client of a subscription."""
        if subscription not in self._network:
            self._network[subscription] = NetworkManagementClient(
                self._credential, subscription, credential_scopes=[self._scope], **self._options
            )
        return self._network[subscription]

    def perform(self, request: Request) -> None:
        """Perform one read, its retries and polls included.

        Raises AzureError or ReadFailed where no answer came, and whatever a model of the SDK's finds amiss with one.
        """
        subscription = _subscription(request)
        if request.method == "POST":
            resource = request.url.rpartition("/")[0]
            call = _POSTS[request.read.name]
            call(
                self.network(subscription),
                resource_group_of(resource),
                name_of(resource),
                request.body,
                self._patience.operation,
            )
            return
        self._sender(request.url, subscription)(HttpRequest("GET", urljoin(self._base, versioned(request.url))))

    def _sender(self, url: str, subscription: str) -> Callable[[HttpRequest], HttpResponse]:
        provider = url.casefold().rpartition("/providers/")[2].partition("/")[0]
        if provider == "microsoft.compute":
            return self.compute(subscription).send_request
        if provider == "microsoft.network":
            return self.network(subscription).send_request
        return self.generic.send_request

    def _generic(self) -> ARMPipelineClient[HttpRequest, HttpResponse]:
        """A client for the providers of which one or two reads are needed, with the pipeline of the others."""
        options = self._options
        return ARMPipelineClient(
            policies=[
                policies.RequestIdPolicy(),
                policies.HeadersPolicy(),
                policies.UserAgentPolicy(),
                policies.ProxyPolicy(),
                policies.ContentDecodePolicy(),
                ARMAutoResourceProviderRegistrationPolicy(),
                policies.RedirectPolicy(),
                policies.RetryPolicy(**options),
                ARMChallengeAuthenticationPolicy(self._credential, self._scope),
                policies.SensitiveHeaderCleanupPolicy(),
                ARMHttpLoggingPolicy(),
            ],
            **options,
        )


def replaying(snapshot: Snapshot, patience: Patience | None = None) -> Clients:
    """Return clients that are answered by a snapshot, at once."""
    patience = replace(patience or Patience(), wait=lambda _: None, longest=math.inf)
    return Clients(snapshot.cloud, _NoCredential(), ReplayAdapter(snapshot), patience)


class _Transport(RequestsTransport):  # type: ignore[misc]  # azure-core exports it lazily, without its type
    """Send through a session whose adapters are set, and wait no longer than there is patience for."""

    def __init__(self, session: requests.Session, patience: Patience) -> None:
        super().__init__(
            session=session,
            session_owner=False,
            connection_timeout=patience.connect,
            read_timeout=patience.read,
        )
        self._patience = patience

    def sleep(self, duration: float) -> None:
        """Wait before the next try or poll; raises TooLong where Azure asks for more than can be waited."""
        if duration > self._patience.longest:
            raise TooLong(f"Azure asks to wait {duration:.0f} s: run the command again then")
        self._patience.wait(duration)


def _subscription(request: Request) -> str:
    """Return where a read belongs; raises Refused where an answer named something that is no resource's id."""
    try:
        found = subscription_of(urlsplit(request.url).path)
    except ValueError:
        found = ""
    if not found:
        raise Refused(f"{request.method} {request.url}: refused: it is no id of a resource")
    return found


class _NoCredential:
    """What a replay shows instead of a credential: nothing leaves."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken("none", int(time.time()) + 3600)


def _effective_groups(network: NetworkManagementClient, group: str, nic: str, _: Any, longest: float) -> None:
    network.network_interfaces.begin_list_effective_network_security_groups(group, nic, api_version=NETWORK).result(
        longest
    )


def _effective_routes(network: NetworkManagementClient, group: str, nic: str, _: Any, longest: float) -> None:
    network.network_interfaces.begin_get_effective_route_table(group, nic, api_version=NETWORK).result(longest)


def _admin_rules(network: NetworkManagementClient, group: str, vnet: str, body: Any, _: float) -> None:
    network.list_network_manager_effective_security_admin_rules(group, vnet, body, api_version=NETWORK)


def _configuration(network: NetworkManagementClient, group: str, watcher: str, body: Any, longest: float) -> None:
    network.network_watchers.begin_get_network_configuration_diagnostic(
        group, watcher, body, api_version=NETWORK
    ).result(longest)


def _ip_flow(network: NetworkManagementClient, group: str, watcher: str, body: Any, longest: float) -> None:
    network.network_watchers.begin_verify_ip_flow(group, watcher, body, api_version=NETWORK).result(longest)


def _next_hop(network: NetworkManagementClient, group: str, watcher: str, body: Any, longest: float) -> None:
    network.network_watchers.begin_get_next_hop(group, watcher, body, api_version=NETWORK).result(longest)


_POSTS: Mapping[str, _LongRead] = {
    "effective_security_groups": _effective_groups,
    "effective_routes": _effective_routes,
    "effective_admin_rules": _admin_rules,
    "network_configuration_diagnostic": _configuration,
    "ip_flow_verify": _ip_flow,
    "next_hop": _next_hop,
}
