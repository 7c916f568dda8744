"""How a service is reached, and how much of it one visitor may use."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Rate:
    """At most `burst` at once, and `per_second` over time."""

    per_second: float
    burst: float


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """How the survey is served.

    Parameters
    ----------
    public_origins
        Where people reach the service, e.g. `https://survey.example.org`; requests for other hosts
        are refused. Where one begins with https, cookies are `Secure` and HSTS is sent.
    trusted_proxies
        Addresses or networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    per_address, per_device, sign_ins
        How often an address may ask, an interview may hand in, and an address may try to sign in.
        None for no limit.
    most_in_flight
        Requests at work at one time; more are refused with 503, so that those are served in time.
    body_limit
        The largest body, in bytes.
    body_timeout_s
        How long a body may take to arrive.
    session_s, session_idle_s
        How long a researcher stays signed in, at most and without doing anything.
    """

    public_origins: tuple[str, ...] = ("http://127.0.0.1:8000", "http://localhost:8000")
    trusted_proxies: tuple[str, ...] = ()
    per_address: Rate | None = Rate(per_second=20.0, burst=200.0)
    per_device: Rate | None = Rate(per_second=2.0, burst=30.0)
    sign_ins: Rate | None = Rate(per_second=1 / 30, burst=5.0)
    most_in_flight: int = 1000
    body_limit: int = 64 * 1024
    body_timeout_s: float = 20.0
    session_s: float = 8 * 3600.0
    session_idle_s: float = 3600.0

    @property
    def hosts(self) -> frozenset[str]:
        """Return the host names, in lower case and without port, that the service answers to."""
        return frozenset(
            (urlsplit(origin).hostname or "").lower() for origin in self.public_origins
        )

    @property
    def is_https(self) -> bool:
        """Return whether people reach the service over TLS."""
        return any(origin.startswith("https://") for origin in self.public_origins)
