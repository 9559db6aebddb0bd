"""A transcript: what was said on a link, one JSON object per line, bytes as hexadecimal.

    {"transcript": 1, "usb_id": "05ba:000a", "product": "..."}        header; no serial number
    {"do": "control_write", "where": "40 04 004e 0000", "data": "10"}
    {"do": "control_read", "where": "c0 04 0007 0000", "length": 1, "data": "01"}
    {"do": "interrupts_start", "where": "81", "length": 64}
    {"do": "interrupt", "data": "56aa..."}                            when the driver took it
    {"do": "bulk_start", "where": "82", "length": 111424}
    {"do": "bulk_end", "data": "1040..."}
    {"do": "bulk_write", "where": "02", "data": "8038..."}
    {"do": "serial_write", "data": "ef01"}   {"do": "serial_read", "data": "ef01"}
    {"do": "control_read", ..., "error": "TransportTimeoutError"}     instead of data

A transcript of a biometric sensor holds the picture it took: treat it as personal data.
"""

import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from drivers.transport.usb import ControlSetup, UsbDeviceInfo, UsbId

TRANSCRIPT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line of a transcript."""

    do: str
    where: str = ""
    length: int = 0
    data: str = ""
    error: str = ""

    def to_line(self) -> str:
        """Return the JSON object, without empty fields."""
        return json.dumps({key: value for key, value in asdict(self).items() if value})

    @staticmethod
    def control(do: str, setup: ControlSetup, *, length: int = 0, data: str = "") -> "Exchange":
        """Return a control transfer."""
        where = f"{setup.request_type:02x} {setup.request:02x} {setup.value:04x} {setup.index:04x}"
        return Exchange(do, where, length, data)

    @staticmethod
    def endpoint(do: str, endpoint: int, length: int) -> "Exchange":
        """Return the start of a read from an endpoint."""
        return Exchange(do, f"{endpoint:02x}", length)


@dataclass(frozen=True, slots=True)
class Transcript:
    """A read transcript."""

    exchanges: tuple[Exchange, ...]
    usb: UsbDeviceInfo | None = None
    """The recorded USB device; None for other links."""


def parse_transcript(text: str) -> Transcript:
    """Read a transcript; raises ValueError that names the line."""
    lines = text.splitlines()
    header = json.loads(lines[0]) if lines else {}
    if header.get("transcript") != TRANSCRIPT_VERSION:
        raise ValueError(f"line 1: no transcript of version {TRANSCRIPT_VERSION}")
    exchanges = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            exchanges.append(Exchange(**json.loads(line)))
        except (TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"line {number}: {error}") from error
    return Transcript(tuple(exchanges), _read_usb(header))


def load_transcript(path: Path) -> Transcript:
    """Read a transcript file; raises ValueError that names the line."""
    return parse_transcript(path.read_text(encoding="utf-8"))


class TranscriptWriter:
    """Writes a transcript file that only its owner may read; any thread may add to it."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self._has_header = False
        self.exchange_count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def begin(self, usb: UsbDeviceInfo | None = None) -> None:
        """Write the header; a later one, of a link opened again, is left out."""
        if self._has_header:
            return
        self._has_header = True
        header: dict[str, object] = {"transcript": TRANSCRIPT_VERSION}
        if usb is not None:
            header |= {"usb_id": str(usb.usb_id), "product": usb.product}
        self._write(json.dumps(header))

    def add(self, exchange: Exchange) -> None:
        """Write one line."""
        self.exchange_count += 1
        self._write(exchange.to_line())

    def _write(self, line: str) -> None:
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


def _read_usb(header: dict[str, str | None]) -> UsbDeviceInfo | None:
    text = header.get("usb_id")
    if text is None:
        return None
    vendor, _, product = text.partition(":")
    usb_id = UsbId(int(vendor, 16), int(product, 16))
    return UsbDeviceInfo(usb_id, port="replay", product=header.get("product"))
