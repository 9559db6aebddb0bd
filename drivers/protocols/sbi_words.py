"""The words of MOSIP's Secure Biometric Interface: dialects, names of body parts, hashes, times.

Source: PROTOCOLS.md section 10 (SBI specification 1.0; MOSIP's mock service for 0.9.5). Nothing
here talks to anybody: the driver, its emulator and the station's own SBI service share it.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from drivers.devices import CaptureTarget

PORTS = range(4501, 4601)
HOST = "127.0.0.1"  # the specification forbids "localhost"
PURPOSE = "Registration"
ANY_TYPE = "Biometric Device"
NO_PREVIOUS_HASH = hashlib.sha256(b"").hexdigest().upper()
MAX_CLOCK_DIFFERENCE_S = 300.0  # five minutes, as MOSIP's registration client allows
TRANSACTION_ID = re.compile(r"[A-Za-z0-9-]{4,50}")  # the mock refuses others with error 112
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class Dialect(StrEnum):
    """The two ways in which SBI services speak; the value is the specVersion."""

    V0_9_5 = "0.9.5"
    V1_0 = "1.0"

    @property
    def discovery_verb(self) -> str:
        """HTTP method of a discovery."""
        return "SBIDISC" if self is Dialect.V1_0 else "MOSIPDISC"

    @property
    def information_verb(self) -> str:
        """HTTP method that asks for the signed device information."""
        return "SBIINFO" if self is Dialect.V1_0 else "MOSIPDINFO"

    @property
    def id_field(self) -> str:
        """Name of the field that addresses a device."""
        return "serialNo" if self is Dialect.V1_0 else "deviceId"


class DeviceType(StrEnum):
    """Kind of device; also `bioType` of a capture."""

    FINGER = "Finger"
    IRIS = "Iris"
    FACE = "Face"


class Status(StrEnum):
    """What a device says about itself."""

    READY = "Ready"
    BUSY = "Busy"
    NOT_READY = "Not Ready"
    NOT_REGISTERED = "Not Registered"


@dataclass(frozen=True, slots=True)
class BodyPart:
    """A finger or eye in the words of the station, of SBI and of ISO/IEC 19794."""

    part: str
    """Station: "left_index", "right_iris"."""
    sub_type: str
    """SBI bioSubType: "Left IndexFinger", "Right"."""
    code: int
    """Finger position (ISO/IEC 19794-4) or eye (19794-6: 1 right, 2 left)."""


def _finger(side: str, digit: str, code: int) -> BodyPart:
    name = digit.capitalize() + ("" if digit == "thumb" else "Finger")
    return BodyPart(f"{side}_{digit}", f"{side.capitalize()} {name}", code)


_DIGITS = ("thumb", "index", "middle", "ring", "little")
FINGERS = tuple(
    _finger(side, digit, first + number)
    for side, first in (("right", 1), ("left", 6))
    for number, digit in enumerate(_DIGITS)
)
EYES = (BodyPart("right_iris", "Right", 1), BodyPart("left_iris", "Left", 2))
_BY_PART = {one.part: one for one in (*FINGERS, *EYES)}
_BY_SUB_TYPE = {one.sub_type: one for one in (*FINGERS, *EYES)}

LEFT_SLAP, RIGHT_SLAP, THUMBS = "1", "2", "3"
LEFT_EYE, RIGHT_EYE, BOTH_EYES = "1", "2", "3"
FULL_FACE = "0"

# Members of each group as they lie on the platen, palm down, from left to right.
_GROUPS = {
    LEFT_SLAP: ("left_little", "left_ring", "left_middle", "left_index"),
    RIGHT_SLAP: ("right_index", "right_middle", "right_ring", "right_little"),
    THUMBS: ("left_thumb", "right_thumb"),
}
FINGER_GROUPS = {
    sub_id: tuple(_BY_PART[part] for part in parts) for sub_id, parts in _GROUPS.items()
}
EYE_GROUPS = {LEFT_EYE: (EYES[1],), RIGHT_EYE: (EYES[0],), BOTH_EYES: EYES}
_TARGETS = {
    CaptureTarget.LEFT_SLAP: LEFT_SLAP,
    CaptureTarget.RIGHT_SLAP: RIGHT_SLAP,
    CaptureTarget.THUMBS: THUMBS,
}


def part_named(name: str) -> BodyPart:
    """Return the body part by the station's word; ValueError for another word."""
    try:
        return _BY_PART[name]
    except KeyError as error:
        raise ValueError(
            f"'{name}' is no finger or eye; known are {', '.join(_BY_PART)}"
        ) from error


def part_of_sub_type(sub_type: str) -> BodyPart | None:
    """Return the body part of a bioSubType, or None."""
    return _BY_SUB_TYPE.get(sub_type)


def sub_id_of(target: CaptureTarget) -> str:
    """Return the deviceSubId that sees a target: the hand of a finger, or both thumbs."""
    if target in _TARGETS:
        return _TARGETS[target]
    return next(
        sub_id
        for sub_id, group in FINGER_GROUPS.items()
        if target.value in (one.part for one in group)
    )


def parts_of(target: CaptureTarget) -> tuple[BodyPart, ...]:
    """Return the fingers that a target asks for, from left to right."""
    if target in _TARGETS:
        return FINGER_GROUPS[_TARGETS[target]]
    return (_BY_PART[target.value],)


def hash_of(previous_hash: str, record: bytes) -> str:
    """Return the next link of the chain of hashes.

    The specification says "previous hash + sha256"; the bytes of both, joined and hashed, is what
    MOSIP's mock computes and its registration client checks.
    """
    joined = bytes.fromhex(previous_hash) + hashlib.sha256(record).digest()
    return hashlib.sha256(joined).hexdigest().upper()


def to_text(moment: datetime) -> str:
    """Return a time as SBI writes it, in UTC."""
    return moment.astimezone(UTC).strftime(TIME_FORMAT)


def to_moment(text: str) -> datetime:
    """Read a time with its zone; ValueError where there is none."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"the time {text} has no zone")
    return moment


def names(parts: Collection[BodyPart]) -> str:
    """Return the parts' names for a message."""
    return ", ".join(one.sub_type for one in parts) or "nothing"
