"""The SBI service over HTTP: own verbs, loopback only, and nothing for pages in a browser.

Every request must pass, in this order:

    Host             127.0.0.1 or localhost with our port       400   (DNS rebinding)
    Origin           absent, or one that was allowed            403   (pages in a browser)
    verb and path    of SBI                                     405, error 500
    Content-Length   at most MAX_BODY_BYTES                     413
    body             within BODY_LIMIT_S                        408

Registration clients are programs and send no Origin. Answers carry no permission for other pages
(MOSIP's mock allows all). Errors of SBI come with status 200, as clients expect.
"""

import json
from collections.abc import Callable, Iterable, Iterator

import anyio
from anyio import to_thread
from starlette.concurrency import iterate_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from drivers.protocols.sbi_words import HOST, Dialect
from station.sbi.answers import refused
from station.sbi.device import Preview
from station.sbi.refusals import SbiRefusal
from station.sbi.service import SbiService

MAX_BODY_BYTES = 64 * 1024
BODY_LIMIT_S = 5.0
BOUNDARY = "--BoundaryString"
"""As deployed clients read it: the parameter brings the dashes of the delimiter line along."""
_STREAM_VERB = "STREAM"
_CAPTURE_VERB = "RCAPTURE"

Answer = Callable[[bytes], object]


class SbiApp:
    """The ASGI application."""

    def __init__(
        self, service: SbiService, *, port: int, allowed_origins: Iterable[str] = ()
    ) -> None:
        self._service = service
        self._hosts = frozenset({f"{HOST}:{port}", f"localhost:{port}"})
        self._origins = frozenset(allowed_origins)
        self._location = f"http://{HOST}:{port}/"
        self._answers = _answers(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            return
        response = self._refusal(scope) or await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host") not in self._hosts:
            return self._plain(400, "unknown Host; call http://127.0.0.1 with the port")
        if headers.get("origin") not in (None, *self._origins):
            return self._plain(403, "request from a page; name its origin with --allow-origin")
        if (scope["method"], scope["path"]) not in self._answers and not _is_stream(scope):
            return self._json(refused(SbiRefusal("500")), status=405)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            return self._plain(413, "body too large")
        return None

    async def _answer(self, request: Request) -> Response:
        body = await _read_body(request)
        if isinstance(body, int):
            return self._plain(body, "the body did not come whole")
        if request.method == _STREAM_VERB:
            return await self._stream(body)
        answer = self._answers[request.method, request.url.path]
        return self._json(await to_thread.run_sync(answer, body))

    async def _stream(self, body: bytes) -> Response:
        try:
            pictures = await to_thread.run_sync(self._service.stream, body)
        except SbiRefusal as refusal:
            return self._json({"error": refusal.to_error()})
        return _PreviewResponse(pictures)

    def _json(self, document: object, *, status: int = 200) -> Response:
        headers = {
            "Cache-Control": "no-store",
            "Location": self._location,
            "Connection": "close",
            "X-Content-Type-Options": "nosniff",
        }
        body = json.dumps(document, separators=(",", ":"))
        return Response(body, status, headers, media_type="application/json")

    @staticmethod
    def _plain(status: int, text: str) -> Response:
        headers = {"Cache-Control": "no-store", "Connection": "close"}
        return Response(f"Refused: {text}.\n", status, headers, media_type="text/plain")


def _answers(service: SbiService) -> dict[tuple[str, str], Answer]:
    table: dict[tuple[str, str], Answer] = {(_CAPTURE_VERB, "/capture"): service.capture}
    for dialect in Dialect:
        table[dialect.discovery_verb, "/device"] = _in(dialect, service.discover)
        table[dialect.information_verb, "/info"] = _in(dialect, service.inform)
    return table


def _in(dialect: Dialect, answer: Callable[[bytes, Dialect], object]) -> Answer:
    return lambda body: answer(body, dialect)


def _is_stream(scope: Scope) -> bool:
    return (scope["method"], scope["path"]) == (_STREAM_VERB, "/stream")


async def _read_body(request: Request) -> bytes | int:
    """Return the body, or the HTTP status that says why there is none."""
    body = bytearray()
    try:
        with anyio.fail_after(BODY_LIMIT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    return 413
    except (TimeoutError, ClientDisconnect):
        return 408
    return bytes(body)


class _PreviewResponse(StreamingResponse):
    """A multipart stream; a client that goes away frees its place, also before it began."""

    def __init__(self, pictures: Preview) -> None:
        super().__init__(
            iterate_in_threadpool(_parts(pictures)),
            media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}",
            headers={"Cache-Control": "no-store", "Connection": "close"},
        )
        self._pictures = pictures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream until its end or the client's."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._pictures.close()


def _parts(pictures: Iterator[bytes]) -> Iterator[bytes]:
    """Return the multipart stream, spelled as the recorded one."""
    for jpeg in pictures:
        head = f"{BOUNDARY}\r\nContent-Type:image/jpeg\r\nContent-Length:{len(jpeg)}\r\n\r\n"
        yield head.encode("ascii") + jpeg + b"\r\n"
