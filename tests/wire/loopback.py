"""An adapter that connects Azure's host names to a server on this machine; names, TLS and checks stay as they are."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import Any

import trustme
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool


class LoopbackAdapter(HTTPAdapter):
    """Connect to the port that a host name stands for; any other name cannot be reached."""

    def __init__(self, ports: Mapping[str, int], authority_pem: str) -> None:
        self._ports = ports
        self._context = ssl.create_default_context(cadata=authority_pem)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make pools whose connections go to this machine."""
        super().init_poolmanager(*args, ssl_context=self._context, **options)
        ports = self._ports

        class Connection(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return socket.create_connection(("127.0.0.1", ports[self.host]), timeout=10)

        class Pool(HTTPSConnectionPool):
            ConnectionCls = Connection

        self.poolmanager.pool_classes_by_scheme = {"https": Pool}


def pem_of(authority: trustme.CA) -> str:
    """Return an authority's certificate as text."""
    return authority.cert_pem.bytes().decode()
