"""Errors of SBI services, each below the driver error that callers know how to treat.

    ProtocolError
    +-- EvidenceError              a capture or identity that must not be accepted
        +-- SignatureError         not a JWS by the key in its own certificate, or altered since
        +-- UntrustedSignerError   its certificate does not lead to a trusted root, or has ended
        +-- WrongTransactionError  it belongs to another transaction: played again
        +-- HashChainError         it does not follow the capture before it
        +-- TimestampError         it is older or younger than five minutes
        +-- WrongDeviceError       another device, type, environment or purpose than asked
        +-- WrongPartsError        other fingers or eyes than asked, or one of them twice
        +-- RecordError            the ISO record inside cannot be read, or shows another part
    CaptureTimeoutError
    +-- LowQualityError            below the station's own threshold; carries frame and scores

What a service reports by number becomes an existing class (`reported_error`): 701 is a
CaptureTimeoutError, 703 a DeviceBusyError, 705 a DeviceNotFoundError, others DeviceReportedError.
"""

from typing import ClassVar

from drivers.errors import (
    CaptureTimeoutError,
    DeviceBusyError,
    DeviceNotFoundError,
    DeviceReportedError,
    DriverError,
    ProtocolError,
)
from drivers.frames import EyePair, Frame

SUCCESS = "0"
INVALID_URL = "500"
# Specification 1.0 and, from 110 on, MOSIP's mock (PROTOCOLS.md 10.5).
_NOT_FOUND = frozenset({"106", "503", "704", "705"})
_BUSY = frozenset({"111", "703"})
_NOTHING_PRESENTED = frozenset({"101", "701", "707", "708"})
_ADVICE = {
    "100": "register the device with its provider's service",
    "107": "the device key has expired; renew it with the provider's service",
    "110": "wait, or reconnect the device",
    "115": "set the option env to the device's environment",
}
MAX_TEXT = 200
"""Longest piece of a foreign text in a message."""


class EvidenceError(ProtocolError):
    """A signed answer that must not be used; the subclass says why."""

    issue_id: ClassVar[str] = "DEV-020"


class SignatureError(EvidenceError):
    """For instance: a changed byte, algorithm "none", no certificate in the header."""


class UntrustedSignerError(EvidenceError):
    """For instance: a root that is not in trust_roots, an expired device certificate."""


class WrongTransactionError(EvidenceError):
    """For instance: the answer of yesterday's resident played again."""


class HashChainError(EvidenceError):
    """For instance: a capture left out, two captures exchanged."""


class TimestampError(EvidenceError):
    """For instance: an old answer; also a clock of the machine that was set meanwhile."""


class WrongDeviceError(EvidenceError):
    """For instance: another serial number than at opening, environment "Developer"."""


class WrongPartsError(EvidenceError):
    """For instance: three fingers where four were asked, the right hand for the left."""


class RecordError(EvidenceError):
    """For instance: an image compressed with loss, a length beyond the record's end."""


class LowQualityError(CaptureTimeoutError):
    """The best capture within the time is below `min_score`; the worst finger counts."""

    def __init__(
        self, message: str, *, device: str, scores: dict[str, float], capture: Frame | EyePair
    ) -> None:
        super().__init__(message, device=device)
        self.scores = scores
        self.capture = capture
        """The refused capture, wholly verified, for who may decide to keep the best of several."""


def reported_error(code: str, text: str, *, device: str) -> DriverError:
    """Return the error for a number that a service reported."""
    message = f"SBI error {code[:20]}: {text[:MAX_TEXT] or 'no text'}"
    if code in _ADVICE:
        message += f"; {_ADVICE[code]}"
    if code in _NOT_FOUND:
        return DeviceNotFoundError(message, device=device)
    if code in _BUSY:
        return DeviceBusyError(message, device=device)
    if code in _NOTHING_PRESENTED:
        return CaptureTimeoutError(message, device=device)
    return DeviceReportedError(message, device=device)
