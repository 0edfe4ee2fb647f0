"""What stands around the dashboard: HTTP headers for every answer, and no upload from people who have not signed in.

The page may load, and send, nothing from or to another server: whatever text finds its way into it cannot call home.
Streamlit's own scripts need `unsafe-inline` and Vega's expressions `unsafe-eval`.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from analytics.errors import TeamError
from pages.shared.team import team_mode

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; frame-src 'self' blob: data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
]
UPLOADS = "/_stcore/upload_file/"


class SecurityHeaders:
    """ASGI middleware that adds HEADERS to every HTTP response."""

    def __init__(self, app: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class SignedInUploads:
    """ASGI middleware: in team mode a file is taken only from a browser that has signed in.

    The frame (pages/shared/team.py) lets nobody else see a page, but the server takes uploads of any session, into memory.
    """

    def __init__(self, app: Callable[[Message, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        refused = (
            scope["type"] == "http" and UPLOADS in scope["path"] and scope["method"] == "PUT" and not _may_upload(scope)
        )
        answer = PlainTextResponse("Sign in first.", status_code=403) if refused else self.app
        await answer(scope, receive, send)


def _may_upload(scope: Message) -> bool:
    try:
        if not team_mode():
            return True
    except TeamError:
        return False
    cookie = Request(scope).cookies.get(USER_COOKIE_NAME, "")
    try:
        return decode_signed_value(get_cookie_secret(), USER_COOKIE_NAME, cookie.encode("latin-1")) is not None
    except ValueError:
        return False
