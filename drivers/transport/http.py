"""HTTP to devices on the network: requests with a time limit, and MJPEG streams.

Each request has a connection of its own: some devices send stray bytes after an answer, and on a
kept connection these would pass for the beginning of the next one (PROTOCOLS.md 10.6).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from types import TracebackType
from typing import Self

import httpx

from drivers.errors import (
    AccessDeniedError,
    DeviceNotFoundError,
    DriverError,
    OptionsError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)

_CONNECT_TIMEOUT_S = 3.0
_MAX_PART_HEADER_BYTES = 8 * 1024
MAX_PART_BYTES = 32 * 1024 * 1024
_MAX_ANSWER_BYTES = 128 * 1024 * 1024
_MAX_CUT_JPEGS = 10
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"  # markers SOI and EOI, ISO/IEC 10918-1 B.1.1.3
_JPEG_FILLING = b"\0\r\n"  # what cameras put behind the end
_NO_REUSE = httpx.Limits(max_keepalive_connections=0)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Status and body of an answer, read to its end."""

    status: int
    body: bytes
    content_type: str


class HttpLink:
    """Requests to one device; any method name is allowed (SBI has its own)."""

    def __init__(self, base_url: str, *, device: str) -> None:
        self.device = device
        self.base_url = base_url.rstrip("/")

    def request(
        self, method: str, path: str, *, body: bytes | None = None, timeout_s: float
    ) -> HttpAnswer:
        """Send a request and return the answer whatever its status; raises DriverError.

        `timeout_s` bounds each silence and the whole answer.
        """
        deadline_s = time.monotonic() + timeout_s
        with (
            _translating(self.device, self.base_url),
            _client(timeout_s) as client,
            client.stream(
                method, self.base_url + path, content=body, headers={"Connection": "close"}
            ) as answer,
        ):
            content = bytearray()
            for chunk in answer.iter_bytes():
                content += chunk
                if time.monotonic() > deadline_s:
                    raise TransportTimeoutError("the answer came too slowly", device=self.device)
                if len(content) > _MAX_ANSWER_BYTES:
                    raise ProtocolError("the answer does not end", device=self.device)
            return HttpAnswer(
                answer.status_code, bytes(content), answer.headers.get("content-type", "")
            )


class MultipartSplitter:
    """Cuts a multipart stream into its parts, as bytes come in.

    The `boundary` parameter should lack the dashes of the delimiter line; SBI devices write them
    already. Both are understood. A part's length is believed where it is given.
    """

    def __init__(self, boundary: str) -> None:
        self._delimiter = b"--" + boundary.strip('"').lstrip("-").encode("latin-1")
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes and yield the parts that are whole now; raises ValueError for nonsense."""
        self._buffer += data
        while (part := self._take_part()) is not None:
            yield part

    def _take_part(self) -> bytes | None:
        header_end = self._find_header_end()
        if header_end is None:
            return None
        start, length = header_end, self._part_length(header_end)
        if length is None:
            end = self._buffer.find(self._delimiter, start)
            if end < 0:
                self._require_at_most(len(self._buffer) - start)
                return None
            body = bytes(self._buffer[start:end]).rstrip(b"\r\n-")
        else:
            self._require_at_most(length)
            end = start + length
            if len(self._buffer) < end:
                return None
            body = bytes(self._buffer[start:end])
        del self._buffer[:end]
        return body

    def _find_header_end(self) -> int | None:
        begin = self._buffer.find(self._delimiter)
        if begin < 0:
            del self._buffer[: max(0, len(self._buffer) - len(self._delimiter))]
            return None
        del self._buffer[:begin]
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _MAX_PART_HEADER_BYTES:
                raise ValueError("a part's header does not end")
            return None
        return end + 4

    def _part_length(self, header_end: int) -> int | None:
        for line in bytes(self._buffer[:header_end]).split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                return int(value)
        return None

    @staticmethod
    def _require_at_most(count: int) -> None:
        if not 0 <= count <= MAX_PART_BYTES:
            raise ValueError(f"a part of {count} bytes; at most {MAX_PART_BYTES} are allowed")


class MjpegStream:
    """An open MJPEG stream: JPEG pictures one after another."""

    def __init__(self, url: str, *, device: str, timeout_s: float, method: str = "GET") -> None:
        """Connect; `timeout_s` is also the longest silence between two pieces of the stream."""
        self._device = device
        self._url = url
        self._client = _client(timeout_s)
        try:
            with _translating(device, url):
                request = self._client.build_request(method, url)
                self._answer = self._client.send(request, stream=True)
            self._splitter = MultipartSplitter(_boundary(self._answer, device))
        except BaseException:
            self._client.close()
            raise
        self._parts = self._read_parts()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read_jpeg(self) -> bytes:
        """Return the next picture; raises DriverError, also when the stream ends.

        Cut ones are skipped, but not without end: decoders fill them up with grey without a word.
        """
        cut = 0
        with _translating(self._device, self._url):
            for part in self._parts:
                if part and not _is_cut(part):
                    return part
                cut += bool(part)
                if cut == _MAX_CUT_JPEGS:
                    raise ProtocolError(
                        f"{cut} cut pictures in a row; use another cable or a slower rate",
                        device=self._device,
                    )
        raise TransportError("the stream ended", device=self._device)

    def close(self) -> None:
        """Close the connection; allowed twice."""
        self._answer.close()
        self._client.close()

    def _read_parts(self) -> Iterator[bytes]:
        try:
            for chunk in self._answer.iter_raw():
                yield from self._splitter.feed(chunk)
        except ValueError as error:
            raise ProtocolError(f"no multipart stream: {error}", device=self._device) from error


def _is_cut(part: bytes) -> bool:
    """Tell whether a JPEG lacks its end; what is no JPEG is for the decoder to judge."""
    return part.startswith(_JPEG_START) and not part.rstrip(_JPEG_FILLING).endswith(_JPEG_END)


def _client(timeout_s: float) -> httpx.Client:
    timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_TIMEOUT_S))
    return httpx.Client(timeout=timeout, limits=_NO_REUSE, trust_env=False)


def _boundary(answer: httpx.Response, device: str) -> str:
    if answer.status_code != httpx.codes.OK:
        raise _status_error(answer.status_code, device)
    header = Message()
    header["content-type"] = answer.headers.get("content-type", "")
    boundary = header.get_param("boundary")
    if not header.get_content_type().startswith("multipart/") or not isinstance(boundary, str):
        raise ProtocolError(
            f"the camera sends {header.get_content_type()}, not an MJPEG stream", device=device
        )
    return boundary


def _status_error(status: int, device: str) -> DriverError:
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return AccessDeniedError(f"HTTP {status}: check user and password", device=device)
    if status == httpx.codes.NOT_FOUND:
        return DeviceNotFoundError(f"HTTP {status}: check the address's path", device=device)
    return ProtocolError(f"HTTP {status}", device=device)


@contextmanager
def _translating(device: str, url: str) -> Iterator[None]:
    """Turn the errors of httpx into ours."""
    try:
        yield
    except httpx.ConnectError as error:
        raise DeviceNotFoundError(
            f"nothing answers at {url}; check address, cable and power", device=device
        ) from error
    except httpx.TimeoutException as error:
        raise TransportTimeoutError(f"no answer in time from {url}", device=device) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise OptionsError(f"{url} is no HTTP address: {error}", device=device) from error
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise TransportError(f"connection to {url} failed: {error}", device=device) from error
