"""What a page shows when something is wrong or nothing is there yet."""

import logging
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import streamlit as st

from analytics.charts.markdown import plain
from analytics.errors import RoutecastError
from pages.shared.links import links_to

_log = logging.getLogger("routecast")


@contextmanager
def calm() -> Iterator[None]:
    """Turn every error into a sentence; nobody sees a traceback."""
    try:
        yield
    except RoutecastError as error:
        show_error(error)
    except OSError as error:
        _log.exception("a file")
        what = plain(f"{error.filename or 'A file'} could not be read or written ({error.strerror or error})")
        st.error(f"**The server's disk needs attention**\n\n{what}: free space or mend its permissions.")
    except Exception:
        number = uuid.uuid4().hex[:8]
        _log.exception("incident %s", number)
        st.error(f"**This page could not be drawn.** The details are in the server's log under incident {number}.")


def show_error(error: RoutecastError) -> None:
    """A heading and the sentence."""
    st.error(f"**{error.title}**\n\n{error}")


def nothing_yet(what_to_do: str, links: Mapping[str, str]) -> None:
    """In place of a chart of nothing: what would fill it, in Markdown, and the pages where that is done (file to label)."""
    st.info(what_to_do)
    links_to(links)


def no_log_yet() -> None:
    """The way on when no database exists."""
    st.title("Load a log to begin")
    st.write("Upload a request log on the Sources page, or build the demo with `routecast demo`.")
    st.page_link("manage/sources.py", label="Load a log", icon=":material/upload:")
