"""The launcher: one server around pages/main.py, warmed up before the first visitor, with security headers.

The main script lives in pages/ because a `pages` folder beside it would make Streamlit serve deep links without the
frame after a restart.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from pages.shared.headers import SecurityHeaders, SignedInUploads


@asynccontextmanager
async def warm_up(app: st.App) -> AsyncIterator[None]:
    """Import what the first page needs, then keep it out of every later garbage collection."""
    import pages.shared.cached

    pages.shared.cached.warm_up()
    gc.collect()
    gc.freeze()
    yield


app = st.App(
    Path(__file__).parent / "pages" / "main.py",
    lifespan=warm_up,
    middleware=[Middleware(SecurityHeaders), Middleware(SignedInUploads)],
)
