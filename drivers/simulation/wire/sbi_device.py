"""The device side of SBI: a service like MOSIP's mock, honest or deceitful, in both dialects.

A responder for `sbi_server.SbiServer`, written from PROTOCOLS.md section 10 apart from the driver.
Answers have the quirks of the mock: headers without spaces, stray line ends behind the body,
boundaries that bring their dashes, errors with status 200, 405 for verbs of the other dialect.

Not modelled: real pictures (stripes stand in), waiting for a finger, streams that end by
themselves, administration calls, authentication captures.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.sbi_words import (
    EYE_GROUPS,
    FINGER_GROUPS,
    PURPOSE,
    BodyPart,
    DeviceType,
    Dialect,
    Status,
    hash_of,
    to_text,
)
from drivers.simulation.wire.sbi_deceit import Deceit
from drivers.simulation.wire.sbi_keys import EmulatedKey, to_base64url
from drivers.simulation.wire.sbi_records import (
    eye_record,
    face_record,
    finger_record,
    jpeg_preview,
)
from drivers.simulation.wire.sbi_server import Request

_HEAD = (
    "HTTP/1.1 {status} OK\r\nCACHE-CONTROL:no-cache\r\nContent-Length: {length}\r\n"
    "Content-Type: application/json\r\nConnection: close\r\n\r\n"
)
_STREAM_HEAD = (
    b"HTTP/1.0 200 OK\r\nConnection: close\r\n"
    b"Content-Type: multipart/x-mixed-replace; boundary=--BoundaryString\r\n\r\n"
)
_TEXTS = {
    "100": "Device not registered",
    "109": "Requested number of biometric (Finger/IRIS) not supported",
    "110": "Device is not ready",
    "111": "Device is busy",
    "500": "Invalid URL",
    "502": "Biometric Type values Mismatch",
    "703": "RCapture process already in progress, try after sometime",
    "705": "Device is not connected or not Registered",
}
_DISCOVERED_AS = {
    Status.READY: "0",
    Status.BUSY: "111",
    Status.NOT_READY: "110",
    Status.NOT_REGISTERED: "100",
}
_CAPTURED_AS = {Status.BUSY: "703", Status.NOT_READY: "110", Status.NOT_REGISTERED: "705"}
_SERIALS = {
    DeviceType.FINGER: "EMU-FINGER-1",
    DeviceType.IRIS: "EMU-IRIS-1",
    DeviceType.FACE: "EMU-FACE-1",
}
_SUB_IDS = {
    DeviceType.FINGER: ["1", "2", "3"],
    DeviceType.IRIS: ["1", "2", "3"],
    DeviceType.FACE: ["0"],
}
_SUB_TYPES = {
    DeviceType.FINGER: "Slap",
    DeviceType.IRIS: "Double",
    DeviceType.FACE: "Full face",
}
_IDS = {DeviceType.IRIS: "1", DeviceType.FINGER: "2", DeviceType.FACE: "3"}


@dataclass
class SbiKeys:
    """Who signs: honestly, and otherwise."""

    root: EmulatedKey = field(default_factory=lambda: EmulatedKey.authority("Emulated provider"))

    def __post_init__(self) -> None:
        """Issue the device's certificate and others that must not be believed."""
        self.device = self.root.issue("Emulated device")
        expired = datetime(2025, 1, 1, tzinfo=UTC)
        forged = self.device.issue("Forged device")
        self.false: dict[Deceit, tuple[EmulatedKey, ...]] = {
            Deceit.STRANGER_SIGNS: (EmulatedKey.authority("Stranger").issue("Emulated device"),),
            Deceit.EXPIRED_SIGNER: (self.root.issue("Emulated device", until=expired),),
            Deceit.LEAF_AS_AUTHORITY: (forged, self.device),
            Deceit.OTHER_DEVICE_SIGNS: (self.root.issue("Another device"),),
        }


@dataclass
class SbiDevice:
    """State of the emulated service: one scanner, one iris camera, one face camera."""

    keys: SbiKeys
    dialects: tuple[Dialect, ...] = (Dialect.V0_9_5,)
    types: tuple[DeviceType, ...] = tuple(DeviceType)
    env: str = "Staging"
    status: Status = Status.READY
    score: float = 44.0
    deceit: Deceit | None = None
    callback_url: str | None = None
    """None: where the request came in."""
    capture_error: str | None = None
    """Reported instead of a capture."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __call__(self, request: Request) -> Iterable[bytes]:
        """Answer one request."""
        document = json.loads(request.body or b"{}")
        for dialect in self.dialects:
            if request.verb == dialect.discovery_verb:
                return _json(self._discovery(document, dialect, request))
            if request.verb == dialect.information_verb:
                return _json(self._information(document, dialect, request))
        if request.verb == "RCAPTURE":
            return _json({"biometrics": self._capture(document)})
        if request.verb == "STREAM":
            return self._stream(document)
        return _json([{"error": _error("500")}], status=405)

    def _asked(self, document: dict[str, Any]) -> list[DeviceType]:
        wanted = document.get("type")
        return [one for one in self.types if wanted in (one.value, "Biometric Device")]

    def _discovery(
        self, document: dict[str, Any], dialect: Dialect, request: Request
    ) -> list[dict[str, Any]]:
        return [
            {**self._about(one, dialect, request), "error": _error(_DISCOVERED_AS[self.status])}
            for one in self._asked(document)
        ] or [{"error": _error("502")}]

    def _information(
        self, document: dict[str, Any], dialect: Dialect, request: Request
    ) -> list[dict[str, Any]]:
        entries = []
        for one in self._asked(document):
            identity = self._digital_id(one)
            is_known = self.status is not Status.NOT_REGISTERED
            content = {
                **self._about(one, dialect, request),
                "env": self.env,
                "firmware": "EMU.1.0",
                "digitalId": self._sign(identity) if is_known else _plain(identity),
            }
            token = self._sign(content) if is_known else _plain(content)
            entries.append({"deviceInfo": token, "error": _error(_DISCOVERED_AS[self.status])})
        return entries or [{"error": _error("502")}]

    def _about(self, one: DeviceType, dialect: Dialect, request: Request) -> dict[str, Any]:
        is_known = self.status is not Status.NOT_REGISTERED
        if dialect is Dialect.V1_0:
            address = {"serialNo": _SERIALS[one]}
        else:
            address = {"deviceId": _IDS[one] if is_known else ""}
        return {
            **address,
            "deviceStatus": self.status.value,
            "certification": "L0" if dialect is Dialect.V0_9_5 else "SBI 1.0",
            "serviceVersion": dialect.value,
            "callbackId": self.callback_url or f"http://{request.headers['host']}/",
            "digitalId": _plain(self._digital_id(one)),
            "purpose": PURPOSE if is_known else "",
            "specVersion": [dialect.value],
            "deviceSubId": _SUB_IDS[one],
        }

    def _digital_id(self, one: DeviceType) -> dict[str, str]:
        return {
            "serialNo": _SERIALS[one],
            "make": "Emulated",
            "model": f"{one.value} 01",
            "type": one.value,
            "deviceSubType": _SUB_TYPES[one],
            "deviceProviderId": "EMU",
            "deviceProvider": "Emulated",
            "dateTime": to_text(self.now()),
        }

    def _capture(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        bio = document["bio"][0]
        kind = DeviceType(bio["type"])
        code = self.capture_error or _CAPTURED_AS.get(self.status) or self._refusal(kind, bio)
        if code is not None:
            return [{"specVersion": "", "data": "", "hash": "", "error": _error(code)}]
        parts = self._parts(kind, bio)
        previous_hash, entries = bio["previousHash"], []
        if self.deceit is Deceit.CHAIN_FROM_START:
            previous_hash = hash_of("", b"")
        for part in self._presented(parts):
            record = self._record(kind, part)
            previous_hash = hash_of(previous_hash, record)
            shown = previous_hash
            if self.deceit is Deceit.BROKEN_CHAIN:
                shown = hash_of(previous_hash, b"something else")
            entries.append(
                {
                    "specVersion": self._version(document),
                    "data": self._sign_capture(self._content(kind, part, document, record)),
                    "hash": shown,
                    "error": _error("0"),
                }
            )
        return entries

    def _refusal(self, kind: DeviceType, bio: dict[str, Any]) -> str | None:
        if kind not in self.types or _SERIALS[kind] != bio.get("serialNo", _SERIALS[kind]):
            return "705"
        if bio.get("deviceId", _IDS[kind]) != _IDS[kind]:
            return "705"
        is_count_right = int(bio["count"]) == len(self._parts(kind, bio))
        return None if is_count_right else "109"

    def _parts(self, kind: DeviceType, bio: dict[str, Any]) -> list[BodyPart | None]:
        if kind is DeviceType.FACE:
            return [None]
        groups = FINGER_GROUPS if kind is DeviceType.FINGER else EYE_GROUPS
        group = groups[bio["deviceSubId"]]
        return [part for part in group if part.sub_type not in bio["exception"]]

    def _presented(self, parts: list[BodyPart | None]) -> list[BodyPart | None]:
        if self.deceit is Deceit.PART_LEFT_OUT:
            return parts[:-1] or parts
        if self.deceit is Deceit.PART_TWICE:
            return [*parts[:-1], parts[0]]
        if self.deceit is Deceit.UNASKED_PART:
            return [*parts[:-1], BodyPart("right_thumb", "Right Thumb", 1)]
        return parts

    def _record(self, kind: DeviceType, part: BodyPart | None) -> bytes:
        is_lossless = self.deceit is not Deceit.WITH_LOSS
        code = part.code if part is not None else 0
        if self.deceit is Deceit.OTHER_PART:
            code = 3 - code if kind is DeviceType.IRIS else code % 10 + 1
        match kind:
            case DeviceType.FINGER:
                record = finger_record(code, stripes(code), is_lossless=is_lossless)
            case DeviceType.IRIS:
                record = eye_record(code, stripes(code), is_lossless=is_lossless)
            case DeviceType.FACE:
                record = face_record(np.dstack([stripes(0)] * 3), is_lossless=is_lossless)
        return record[:-9] if self.deceit is Deceit.CUT_RECORD else record

    def _content(
        self, kind: DeviceType, part: BodyPart | None, document: dict[str, Any], record: bytes
    ) -> dict[str, Any]:
        identity = self._digital_id(kind)
        if self.deceit is Deceit.OTHER_SERIAL:
            identity["serialNo"] = "EMU-OTHER"
        is_plain = self.deceit is Deceit.UNSIGNED_IDENTITY
        content = {
            "digitalId": _plain(identity) if is_plain else self._sign(identity),
            "deviceServiceVersion": self.dialects[0].value,
            "bioType": kind.value,
            "bioSubType": part.sub_type if part is not None else "",
            "purpose": PURPOSE,
            "env": document["env"],
            "bioValue": to_base64url(record),
            "transactionId": document["transactionId"],
            "timestamp": to_text(self.now()),
            "requestedScore": str(float(document["bio"][0]["requestedScore"])),
            "qualityScore": str(self.score),
        }
        content.update(self._lies())
        return content

    def _lies(self) -> dict[str, Any]:
        """Return the fields that the present deceit changes."""
        now = self.now()
        changes: dict[Deceit, dict[str, Any]] = {
            Deceit.OTHER_TRANSACTION: {"transactionId": "TX-YESTERDAY"},
            Deceit.OLD: {"timestamp": to_text(now - timedelta(minutes=6))},
            Deceit.FROM_THE_FUTURE: {"timestamp": to_text(now + timedelta(minutes=6))},
            Deceit.NO_ZONE: {"timestamp": now.strftime("%Y-%m-%dT%H:%M:%S")},
            Deceit.OTHER_ENV: {"env": "Developer"},
            Deceit.OTHER_PURPOSE: {"purpose": "Auth"},
            Deceit.NO_SCORE: {"qualityScore": None},
            Deceit.SCORE_OUT_OF_RANGE: {"qualityScore": "240"},
        }
        return changes.get(self.deceit, {}) if self.deceit is not None else {}

    def _version(self, document: dict[str, Any]) -> str:
        return "0.9" if self.deceit is Deceit.OTHER_VERSION else document["specVersion"]

    def _sign(self, document: dict[str, Any]) -> str:
        return self.keys.device.sign(document)

    def _sign_capture(self, document: dict[str, Any]) -> str:
        if self.deceit in self.keys.false:
            key, *chain = self.keys.false[self.deceit]
            return key.sign(document, chain=tuple(chain))
        if self.deceit is Deceit.NOT_SIGNED:
            return _plain(document)
        if self.deceit is Deceit.OTHER_ALGORITHM:
            return self.keys.device.sign(document, algorithm="none")
        token = self._sign(document)
        if self.deceit is Deceit.ALTERED:
            head, _, signature = token.split(".")
            return f"{head}.{_plain({**document, 'qualityScore': '99.0'})}.{signature}"
        return token

    def _stream(self, document: dict[str, Any]) -> Iterable[bytes]:
        if self.status is not Status.READY:
            return _json({"error": _error(_CAPTURED_AS[self.status])})
        return _frames(int(document.get("deviceSubId", 0)))


def stripes(code: int) -> NDArray[np.uint8]:
    """Return an oval of stripes on white that differs from part to part; no print, no eye."""
    rows, cols = np.mgrid[: 200 + 4 * code, :160]
    waves = 120 + 80 * np.sin(2 * np.pi * (cols + 0.1 * code * rows) / 9)
    oval = ((rows - 100) / 95) ** 2 + ((cols - 80) / 70) ** 2 < 1
    return np.where(oval, waves, 255).astype(np.uint8)


def _frames(code: int) -> Iterator[bytes]:
    yield _STREAM_HEAD
    jpeg = jpeg_preview(stripes(code))
    while True:
        yield (
            b"--BoundaryString\r\nContent-Type:image/jpeg\r\nContent-Length:%d\r\n\r\n" % len(jpeg)
        )
        yield jpeg + b"\r\n"


def _json(document: object, *, status: int = 200) -> list[bytes]:
    body = json.dumps(document).encode()
    head = _HEAD.format(status=status, length=len(body)).encode()
    return [head, body, b"\r\n\r\n"]


def _plain(document: dict[str, Any]) -> str:
    return to_base64url(json.dumps(document).encode())


def _error(code: str) -> dict[str, str]:
    return {"errorCode": code, "errorInfo": _TEXTS.get(code, "Success")}
