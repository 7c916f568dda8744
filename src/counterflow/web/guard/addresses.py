"""Where a request comes from, as a key that leads back to nobody once the service has stopped."""

from __future__ import annotations

import secrets
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

_KEY = secrets.token_bytes(32)
_NETWORK_BYTES = 8


def address_key(scope: Scope) -> bytes:
    """Return a keyed hash of the client's address; of its /64 network for IPv6.

    The key is drawn when the service starts and kept nowhere. An IPv6 subscriber has a whole /64,
    so that a bucket for each address would be no limit.
    """
    client = scope.get("client")
    host = client[0] if client else ""
    return blake2b(_network_of(host), key=_KEY, digest_size=16).digest()


def _network_of(host: str) -> bytes:
    if ":" not in host:
        return host.encode()
    try:
        address = ip_address(host.split("%", 1)[0])
    except ValueError:
        return host.encode()
    if not isinstance(address, IPv6Address):
        return address.packed
    mapped = address.ipv4_mapped
    return str(mapped).encode() if mapped else address.packed[:_NETWORK_BYTES]
