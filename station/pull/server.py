"""Serve the pull interface over TLS to clients of the centre, and to nobody else.

The server proves its own door before it opens: it connects to itself without a certificate, and
if anything answers, it stops. Until that proof every request gets 503, whoever asks.

    PullServerError
    +-- AddressError        port in use, address not of this machine
    +-- CertificateFilesError   certificate, key or authority missing or unusable
    +-- UnprotectedError    a client without a certificate was served
"""

import errno
import logging
import signal
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from anyio import to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)

PROBE_TIME_LIMIT_S = 10.0
GRACEFUL_STOP_S = 5
KEEP_ALIVE_S = 75
"""A client between two parts on a slow link keeps its connection."""
MAX_CONNECTIONS = 64
MAX_HEADER_BYTES = 16_384
BACKLOG = 64
# A dead link is noticed after 2 min: its worker and its open file are given back.
DEAD_LINK_MS = 120_000
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_PROBES = 60, 15, 4
_ANY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not bound here


class PullServerError(Exception):
    """The pull interface cannot be served; the text says what to do."""


class AddressError(PullServerError):
    """For instance: another pull process runs already."""


class CertificateFilesError(PullServerError):
    """For instance: no enrolment imported yet, key of another certificate."""


class UnprotectedError(PullServerError):
    """For instance: client certificates not required, a proxy in front that strips TLS."""


@dataclass(frozen=True)
class TlsFiles:
    """PEM files of the server and of the authority whose clients may connect."""

    certificate: Path
    key: Path
    client_ca: Path
    client_crl: Path | None = None
    """Revoked client certificates; None: none is revoked."""


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """Return a context that demands a client certificate of `client_ca`, TLS 1.3 at least."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    # without tickets no session resumes under a certificate that was revoked since
    context.num_tickets = 0
    try:
        context.load_cert_chain(files.certificate, files.key)
        context.load_verify_locations(files.client_ca)
        if files.client_crl is not None:
            context.load_verify_locations(files.client_crl)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    except OSError as error:  # ssl.SSLError is one
        msg = (
            f"cannot use {files.certificate}, {files.key}, {files.client_ca}: {error}; "
            "import the centre's enrolment, or make the station's certificate anew"
        )
        raise CertificateFilesError(msg) from error
    return context


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket; port 0 takes a free one. AddressError if it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        msg = f"{host!r} is no address of this machine: {error}; use 127.0.0.1 or 0.0.0.0"
        raise AddressError(msg) from error
    listener = socket.socket(family, kind, protocol)
    try:
        _set_options(listener)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressError(_why_not_bound(error, host, port)) from error
    return listener


class PullServer(uvicorn.Server):
    """One server on one bound socket; `serve_forever` returns after SIGTERM or `should_exit`."""

    def __init__(self, app: ASGIApp, listener: socket.socket, context: ssl.SSLContext) -> None:
        self._gate = _Gate(app)
        self._listener = listener
        self._on_ready: Callable[[str], None] = logger.info
        self.refusal: PullServerError | None = None
        """Why the server stopped by itself."""
        super().__init__(_uvicorn_config(self._gate, context))

    @property
    def url(self) -> str:
        """Address to connect to."""
        host, port = self._listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        return f"https://{shown}:{port}"

    def serve_forever(self, on_ready: Callable[[str], None] | None = None) -> None:
        """Serve until told to stop; raises the PullServerError that ended it.

        `on_ready` is called with the address once the door is proved closed to strangers.
        """
        self._on_ready = on_ready or self._on_ready
        self.run(sockets=[self._listener])
        if self.refusal is not None:
            raise self.refusal

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, prove the door, open the gate."""
        url = self.url
        await super().startup(sockets)
        host, port = self._listener.getsockname()[:2]
        try:
            await to_thread.run_sync(prove_closed, _ANY_ADDRESS.get(host, host), port)
        except PullServerError as error:
            self.refusal = error
            self.should_exit = True
            await self.shutdown(sockets)
            return
        self._gate.is_open = True
        self._on_ready(url)


def prove_closed(host: str, port: int) -> None:
    """Connect without a certificate; raise UnprotectedError unless the server refuses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is ourselves; the question is what it demands
    try:
        with (
            socket.create_connection((host, port), PROBE_TIME_LIMIT_S) as plain,
            context.wrap_socket(plain) as secured,
        ):
            secured.sendall(b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = secured.recv(64)
    except TimeoutError as error:
        msg = f"{host}:{port} neither served nor refused a client without a certificate"
        raise UnprotectedError(msg) from error
    except OSError as error:
        logger.info("a client without a certificate is refused: %s", error)
        return
    if answer:
        msg = (
            f"{host}:{port} served a client without a certificate; client certificates are not "
            "required. Nothing is offered. Check the client authority of the pull interface."
        )
        raise UnprotectedError(msg)


class _Gate:
    """Holds every request off until the door is proved."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.is_open = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self.is_open:
            await self._app(scope, receive, send)
            return
        headers = [(b"retry-after", b"1"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def ignore_signal_after_stop() -> None:
    """Make SIGTERM end the process with code 0: uvicorn raises it again after its own stop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)


def _uvicorn_config(app: ASGIApp, context: ssl.SSLContext) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        ssl_context_factory=lambda _config, _default: context,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACEFUL_STOP_S,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
    )


def _set_options(listener: socket.socket) -> None:
    """Set what accepted connections inherit."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S),
        (socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S),
        (socket.TCP_KEEPCNT, KEEPALIVE_PROBES),
        (socket.TCP_USER_TIMEOUT, DEAD_LINK_MS),
    ):
        listener.setsockopt(socket.IPPROTO_TCP, option, value)


def _why_not_bound(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; stop the other process or choose another port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; use 127.0.0.1 or 0.0.0.0"
    return f"cannot listen on {host}:{port}: {error.strerror}"
