"""Requests to SBI services, and their answers as values; only the shape is checked here.

    discovery    [{deviceId | serialNo, deviceStatus, callbackId, digitalId (unsigned), error}]
    information  [{deviceInfo: JWS (unsigned while not registered), error}]
    capture      {biometrics: [{specVersion, data: JWS, hash, error}]}
    refusal      any of these with nothing but an error, or {error}

Errors come with HTTP 200; they hide in the entries.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from drivers.errors import ProtocolError
from drivers.protocols.sbi_errors import SUCCESS, reported_error
from drivers.protocols.sbi_words import HOST, PURPOSE, Dialect, to_text

MAX_ENTRIES = 32


@dataclass(frozen=True, slots=True)
class DiscoveredDevice:
    """One device of a discovery; nothing of it is signed."""

    address: str
    """deviceId or serialNo; empty while not registered."""
    status: str
    callback_url: str
    digital_id: str
    error_code: str
    error_text: str


@dataclass(frozen=True, slots=True)
class InformedDevice:
    """One device of an information answer."""

    token: str
    """JWS, or base64url of plain JSON while not registered."""
    error_code: str
    error_text: str


@dataclass(frozen=True, slots=True)
class CapturedPart:
    """One entry of a capture without error."""

    spec_version: str
    token: str
    hash: str


@dataclass(frozen=True, slots=True)
class CaptureOrder:
    """What a capture asks for."""

    dialect: Dialect
    env: str
    transaction_id: str
    device_type: str
    address: str
    sub_id: str
    count: int
    exceptions: tuple[str, ...]
    requested_score: int
    previous_hash: str
    timeout_ms: int

    def to_document(self, now: datetime) -> dict[str, object]:
        """Return the RCAPTURE request."""
        part = {
            "type": self.device_type,
            "count": str(self.count),
            "bioSubType": [],
            "exception": list(self.exceptions),
            "requestedScore": str(self.requested_score),
            self.dialect.id_field: self.address,
            "deviceSubId": self.sub_id,
            "previousHash": self.previous_hash,
        }
        return {
            "env": self.env,
            "purpose": PURPOSE,
            "specVersion": self.dialect.value,
            "timeout": str(self.timeout_ms),
            "captureTime": to_text(now),
            "transactionId": self.transaction_id,
            "bio": [part],
            "customOpts": None,
        }


def question(dialect: Dialect, device_type: str) -> dict[str, object]:
    """Return the request of a discovery or information."""
    version = {"specVersion": dialect.value} if dialect is Dialect.V1_0 else {}
    return {"type": device_type, **version}


def stream_question(
    dialect: Dialect, *, device_type: str, address: str, sub_id: str, timeout_ms: int
) -> dict[str, object]:
    """Return the request of a preview."""
    return {
        dialect.id_field: address,
        "deviceSubId": sub_id,
        "timeout": str(timeout_ms),
        **(question(dialect, device_type) if dialect is Dialect.V1_0 else {}),
    }


def read_discovery(body: bytes, *, device: str) -> tuple[DiscoveredDevice, ...]:
    """Read a discovery; raises DriverError for a refusal or another shape."""
    return tuple(
        DiscoveredDevice(
            address=_text(entry, "serialNo", device) or _text(entry, "deviceId", device),
            status=_text(entry, "deviceStatus", device),
            callback_url=_text(entry, "callbackId", device),
            digital_id=_text(entry, "digitalId", device),
            error_code=code,
            error_text=text,
        )
        for entry, code, text in _described(body, "digitalId", device)
    )


def read_information(body: bytes, *, device: str) -> tuple[InformedDevice, ...]:
    """Read device information; raises DriverError for a refusal or another shape."""
    return tuple(
        InformedDevice(_text(entry, "deviceInfo", device), code, text)
        for entry, code, text in _described(body, "deviceInfo", device)
    )


def read_capture(body: bytes, *, device: str) -> tuple[CapturedPart, ...]:
    """Read a capture; raises what the service reported, also when only one part failed."""
    document = _parse(body, device)
    entries = document.get("biometrics") if isinstance(document, dict) else None
    listed = document if entries is None else entries
    captured = []
    for entry, code, text in _entries(listed, device):
        if code != SUCCESS:
            raise reported_error(code, text, device=device)
        if not entry.get("data"):
            raise ProtocolError("a part of the capture has no data", device=device)
        captured.append(
            CapturedPart(
                _text(entry, "specVersion", device),
                _text(entry, "data", device),
                _text(entry, "hash", device),
            )
        )
    return tuple(captured)


def read_refusal(body: bytes, *, device: str) -> tuple[str, str]:
    """Return code and text of an answer that is only an error."""
    document = _parse(body, device)
    entry = document[0] if isinstance(document, list) and document else document
    if not isinstance(entry, dict):
        raise ProtocolError("neither an answer nor an error", device=device)
    return _error_of(entry, device)


def callback_port(url: str, *, device: str) -> int:
    """Return the port of a base URL for later calls; it must be on this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ProtocolError(f"callbackId is no address: {url[:80]!r}", device=device) from error
    if parts.scheme != "http" or parts.hostname != HOST or port is None:
        raise ProtocolError(
            f"callbackId {url[:80]!r} leads away from {HOST}; the service is not to be trusted",
            device=device,
        )
    return port


def _parse(body: bytes, device: str) -> Any:  # noqa: ANN401 - JSON of a stranger
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(
            "the service answers something else than JSON", device=device
        ) from error


Entry = tuple[dict[str, Any], str, str]
"""An entry of an answer with the code and text of its error."""


def _entries(document: Any, device: str) -> list[Entry]:  # noqa: ANN401 - JSON of a stranger
    if isinstance(document, dict):
        document = [document]
    if not isinstance(document, list) or not 0 < len(document) <= MAX_ENTRIES:
        raise ProtocolError("the answer lists no devices or captures", device=device)
    found = []
    for entry in document:
        if not isinstance(entry, dict):
            raise ProtocolError("an entry of the answer is no JSON object", device=device)
        found.append((entry, *_error_of(entry, device)))
    return found


def _described(body: bytes, content_field: str, device: str) -> list[Entry]:
    """Return the devices that have content; one without it among others is left out.

    Raises the first refusal where none has content.
    """
    entries = _entries(_parse(body, device), device)
    found = [one for one in entries if one[0].get(content_field)]
    if found:
        return found
    _, code, text = entries[0]
    if code == SUCCESS:
        raise ProtocolError(f"an entry has no {content_field}", device=device)
    raise reported_error(code, text, device=device)


def _error_of(entry: dict[str, Any], device: str) -> tuple[str, str]:
    """Return code and text; a missing error is success (SBI 1.0 leaves it out or null)."""
    error = entry.get("error")
    if error is None or error == {}:
        return SUCCESS, ""
    if not isinstance(error, dict):
        raise ProtocolError("an entry's error is no JSON object", device=device)
    return str(error.get("errorCode", "")), str(error.get("errorInfo", ""))


def _text(entry: dict[str, Any], name: str, device: str) -> str:
    value = entry.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ProtocolError(f"{name} of the answer is no text", device=device)
    return value
