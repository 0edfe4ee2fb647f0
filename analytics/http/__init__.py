"""The one way out: which addresses may be called, how much may come back, when to call again, and that no key leaks."""

from analytics.http.address import ALLOW_PRIVATE, checked_url, private_allowed
from analytics.http.answers import TooLargeError, bounded, retry_after
from analytics.http.secrets import checked_key, hidden_forms, read_key, scrubbed
from analytics.http.transport import GuardedTransport, UnresolvedError, guarded_client

__all__ = [
    "ALLOW_PRIVATE",
    "GuardedTransport",
    "TooLargeError",
    "UnresolvedError",
    "bounded",
    "checked_key",
    "checked_url",
    "guarded_client",
    "hidden_forms",
    "private_allowed",
    "read_key",
    "retry_after",
    "scrubbed",
]
