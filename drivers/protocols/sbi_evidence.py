"""Decide whether a capture may be used: every check that MOSIP's registration client makes.

Order, each with its own error (`sbi_errors`): signature and signer; identity of the device, signed
as well; version, purpose, environment; transaction; age; which parts; chain of hashes; the record.
A score is read but judged elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.errors import ProtocolError
from drivers.protocols.sbi_errors import (
    HashChainError,
    RecordError,
    TimestampError,
    WrongDeviceError,
    WrongPartsError,
    WrongTransactionError,
)
from drivers.protocols.sbi_messages import CapturedPart, CaptureOrder
from drivers.protocols.sbi_record import RecordImage, read_pixels, read_record
from drivers.protocols.sbi_trust import Signed, TrustRoots, decode_base64url
from drivers.protocols.sbi_words import (
    MAX_CLOCK_DIFFERENCE_S,
    PURPOSE,
    BodyPart,
    DeviceType,
    hash_of,
    names,
    to_moment,
)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What was asked, of whom, and when the answer came."""

    order: CaptureOrder
    parts: tuple[BodyPart, ...]
    """Empty for a face."""
    serial: str
    signer: str
    """Certificate that signed the device's information at opening."""
    roots: TrustRoots
    now: datetime
    device: str
    """The driver's name, for messages."""


@dataclass(frozen=True, slots=True, eq=False)
class SbiSample:
    """One verified part of a capture."""

    part: BodyPart | None
    """None for a face."""
    record: bytes
    """The ISO record as it came."""
    image: RecordImage
    pixels: NDArray[np.uint8]
    score: float
    """0..100 as the device says."""
    hash: str


def verify_capture(
    captured: Sequence[CapturedPart], expected: Expectation
) -> tuple[SbiSample, ...]:
    """Return the samples of a capture that passes every check; raises the EvidenceError."""
    samples: list[SbiSample] = []
    previous_hash = expected.order.previous_hash
    for entry in captured:
        signed = expected.roots.open_signed(entry.token, at=expected.now, device=expected.device)
        content = signed.content
        _check_origin(entry, signed, expected)
        _check_transaction(content, expected)
        _check_age(content, expected)
        part = _part_of(content, expected)
        record = _record_of(content, expected)
        _check_hash(entry, previous_hash, record, expected)
        previous_hash = entry.hash
        image, pixels = _read_image(record, part, expected)
        samples.append(
            SbiSample(part, record, image, pixels, _score_of(content, expected), entry.hash)
        )
    _check_parts([one.part for one in samples], expected)
    return tuple(samples)


def _check_origin(entry: CapturedPart, signed: Signed, expected: Expectation) -> None:
    """Hold the capture against the device that was opened: any device has a trusted signer."""
    order, content = expected.order, signed.content
    identity = expected.roots.open_signed(
        str(content.get("digitalId", "")), at=expected.now, device=expected.device
    ).content
    if signed.signer != expected.signer:
        raise WrongDeviceError(
            "the capture is signed by another device's key than the one that was opened; "
            "reconnect the device",
            device=expected.device,
        )
    for name, found, wanted in (
        ("serialNo", identity.get("serialNo"), expected.serial),
        ("type", identity.get("type"), order.device_type),
        ("bioType", content.get("bioType"), order.device_type),
        ("purpose", content.get("purpose"), PURPOSE),
        ("env", content.get("env"), order.env),
        ("specVersion", entry.spec_version, order.dialect.value),
    ):
        if found != wanted:
            raise WrongDeviceError(
                f"{name} of the capture is {str(found)[:60]!r}, not {wanted!r}",
                device=expected.device,
            )


def _check_transaction(content: dict[str, Any], expected: Expectation) -> None:
    found = content.get("transactionId")
    if found != expected.order.transaction_id:
        raise WrongTransactionError(
            f"the capture belongs to transaction {str(found)[:60]!r}, not to this one; "
            "capture again, and report it if it comes back",
            device=expected.device,
        )


def _check_age(content: dict[str, Any], expected: Expectation) -> None:
    text = str(content.get("timestamp", ""))[:40]
    try:
        age_s = (expected.now - to_moment(text)).total_seconds()
    except ValueError as error:
        raise TimestampError(f"the capture's time is {text!r}", device=expected.device) from error
    if abs(age_s) > MAX_CLOCK_DIFFERENCE_S:
        raise TimestampError(
            f"the capture's time {text} is {age_s:.0f} s from now; "
            "check the clocks of machine and device, then capture again",
            device=expected.device,
        )


def _part_of(content: dict[str, Any], expected: Expectation) -> BodyPart | None:
    if not expected.parts:
        return None
    found = content.get("bioSubType")
    for part in expected.parts:
        if part.sub_type == found:
            return part
    raise WrongPartsError(
        f"captured {str(found)[:40]!r}, asked for {names(expected.parts)}", device=expected.device
    )


def _check_parts(found: Sequence[BodyPart | None], expected: Expectation) -> None:
    count = max(1, len(expected.parts))
    if len(found) != count or len(set(found)) != count:
        given = names([part for part in found if part is not None])
        raise WrongPartsError(
            f"captured {given}, asked for {names(expected.parts)}", device=expected.device
        )


def _record_of(content: dict[str, Any], expected: Expectation) -> bytes:
    return decode_base64url(str(content.get("bioValue", "")), device=expected.device)


def _check_hash(
    entry: CapturedPart, previous_hash: str, record: bytes, expected: Expectation
) -> None:
    if entry.hash.upper() != hash_of(previous_hash, record):
        raise HashChainError(
            "the capture does not follow the one before it; begin the resident's recording anew",
            device=expected.device,
        )


def _read_image(
    record: bytes, part: BodyPart | None, expected: Expectation
) -> tuple[RecordImage, NDArray[np.uint8]]:
    try:
        image = read_record(DeviceType(expected.order.device_type), record)
        pixels = read_pixels(image)
    except ValueError as error:
        raise RecordError(
            f"the ISO record cannot be used: {error}", device=expected.device
        ) from error
    if part is not None and image.code != part.code:
        raise RecordError(
            f"the ISO record shows part {image.code}, not {part.sub_type} ({part.code})",
            device=expected.device,
        )
    return image, pixels


def _score_of(content: dict[str, Any], expected: Expectation) -> float:
    text = str(content.get("qualityScore", ""))[:20]
    try:
        score = float(text)
    except ValueError as error:
        raise ProtocolError(f"qualityScore is {text!r}", device=expected.device) from error
    if not 0 <= score <= 100:
        raise ProtocolError(f"qualityScore is {text}, not 0 to 100", device=expected.device)
    return score
