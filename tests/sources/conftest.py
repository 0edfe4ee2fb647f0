"""A quick way to sync one source from a replaying server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from analytics.sources import Source, SyncResult, save_sources, sync_sources
from analytics.sources.api import Limits
from tests.sources.server import Replay, serving

QUICK = Limits(call_seconds=2.0, attempts=3, first_wait=0.01)
KEY = "sk-planted-0123456789/+="
Serve = Callable[..., Replay]
Sync = Callable[..., SyncResult]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve routes until the test ends."""
    with ExitStack() as stack:
        yield lambda routes: stack.enter_context(serving(routes))


@pytest.fixture
def sync(database: Path) -> Sync:
    """Set one source up at `url` and sync it: `sync("litellm", url, page_size=2)`."""

    def run(kind: str, url: str, limits: Limits = QUICK, max_pages: int = 1_000, **more: Any) -> SyncResult:
        variables = {"key_env": f"{kind.upper()}_KEY"} | ({"user_env": "LANGFUSE_USER"} if kind == "langfuse" else {})
        save_sources(database, (Source("gateway", kind, url, **(variables | {"allow_private": True} | more)),))
        (result,) = sync_sources(database, keys=lambda name: KEY, limits=limits, max_pages=max_pages)
        return result

    return run
