"""What every request must satisfy before any route sees it, and what every answer carries.

The panel listens on loopback only, but loopback is no boundary: any page in the same browser can
call it. So the guard checks, in this order:

    Host                 one of the panel's own addresses      400   (DNS rebinding)
    unsafe methods:
      Origin             our own                               403
      Sec-Fetch-Site     same-origin, where the browser says   403
      Content-Type       a form or nothing                     415
      Content-Length     at most MAX_BODY_BYTES                413

The CSRF token of the session is checked by the routes (`access.py`), since it needs the session.
"""

from collections.abc import Iterable
from typing import Literal, TypedDict
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from station.panel.assets import STATIC_PATH

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
MAX_BODY_BYTES = 2 * 1024 * 1024  # a signature of 60 s at 200 samples/s is about 0.4 MB of JSON

# SECURITY.md 1.7. `font-src` serves the vendored typeface; the one Trusted Types policy is htmx's.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types panel",
    )
)
# The referrer policy is not "no-referrer": a browser then posts forms with `Origin: null`, and the
# guard could not tell them from another page's. With "same-origin" nothing leaves for others.
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class CookieRules(TypedDict):
    """Arguments of `set_cookie` and `delete_cookie`."""

    httponly: bool
    samesite: Literal["strict"]
    path: str


# `__Host-` and `Secure` are impossible on plain loopback http (SECURITY.md 1.7).
COOKIE_RULES: CookieRules = {"httponly": True, "samesite": "strict", "path": "/"}


def own_hosts(port: int) -> tuple[str, ...]:
    """Return the Host values under which a browser on this machine reaches the panel."""
    return (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}")


class Guard:
    """ASGI middleware: refuses what must not reach a route and adds the headers."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], lasting_path: str) -> None:
        """Take what stands below and the address under which files never change."""
        self._app = app
        self._hosts = frozenset(hosts)
        self._lasting_path = f"{lasting_path}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        sender = _with_headers(send, found_cache=self._cache_of(scope.get("path", "")))
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, sender)
        else:
            await refusal(scope, receive, sender)

    def _cache_of(self, path: str) -> str:
        """Return how long a browser may keep what it finds: a page shows a person, so never."""
        if path.startswith(self._lasting_path):
            return "public, max-age=31536000, immutable"
        return "no-cache" if path.startswith(f"{STATIC_PATH}/") else "no-store"

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if scope["type"] != "http" or headers.get("host") not in self._hosts:
            return _refuse(400, "unknown Host", "open the panel at the address it prints")
        if scope["method"] in SAFE_METHODS:
            return None
        if not self._is_from_here(headers):
            return _refuse(403, "request from another page", "use the panel's own pages")
        return _refuse_body(headers)

    def _is_from_here(self, headers: Headers) -> bool:
        origin = urlsplit(headers.get("origin", ""))
        is_own = origin.scheme in {"http", "https"} and origin.netloc == headers.get("host")
        return is_own and headers.get("sec-fetch-site", "same-origin") == "same-origin"


def _refuse_body(headers: Headers) -> PlainTextResponse | None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    length = headers.get("content-length", "0")
    if kind not in FORM_TYPES and length != "0":
        return _refuse(415, f"content type '{kind}'", "send a form")
    if "transfer-encoding" in headers or not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        return _refuse(413, "body too large or of unknown length", "send less")
    return None


def _refuse(status: int, cause: str, next_step: str) -> PlainTextResponse:
    return PlainTextResponse(f"Refused: {cause}; {next_step}.\n", status_code=status)


def _with_headers(send: Send, *, found_cache: str) -> Send:
    """Add the headers; what was not found or is refused now may be there the next time."""

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers["Cache-Control"] = found_cache if message["status"] < 400 else "no-store"
        await send(message)

    return sender
