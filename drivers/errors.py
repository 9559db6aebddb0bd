"""Errors of the drivers.

    DriverError                    anything a device call can fail with; carries device and issue id
    +-- DeviceNotFoundError        not plugged in, no such port, nothing listens
    +-- DeviceBusyError            another program or another call holds it
    +-- AccessDeniedError          no permission on the port: udev rule or group missing
    +-- TransportError             the link failed: unplugged, stalled, closed
    |   +-- TransportTimeoutError  no answer in time
    +-- ProtocolError              the device answered, but not as its protocol says
    +-- CaptureTimeoutError        the device works; nothing was presented in time
    +-- CaptureCancelledError      the caller cancelled
    +-- DeviceReportedError        the device itself reports a fault
    +-- OptionsError               the driver's options in the configuration are wrong

`issue_id` leads to cause, evidence and next action in the operator's language.
"""

from typing import ClassVar


class DriverError(Exception):
    """A device call failed. The text says what happened; `device` says where."""

    issue_id: ClassVar[str] = "DEV-000"

    def __init__(self, message: str, *, device: str) -> None:
        super().__init__(f"{device}: {message}")
        self.message = message
        self.device = device
        """Name of the device as in the configuration."""


class DeviceNotFoundError(DriverError):
    """For instance: cable unplugged before opening, no /dev/video0, no service on the port."""

    issue_id = "DEV-001"


class DeviceBusyError(DriverError):
    """For instance: interface claimed by another process, camera opened by a browser."""

    issue_id = "DEV-002"


class AccessDeniedError(DriverError):
    """For instance: the udev rule is not installed, the user is not in group dialout."""

    issue_id = "DEV-003"


class TransportError(DriverError):
    """For instance: unplugged in the middle, endpoint stalled, connection reset."""

    issue_id = "DEV-004"


class TransportTimeoutError(TransportError):
    """For instance: a bulk read with no answer within its time limit."""

    issue_id = "DEV-005"


class ProtocolError(DriverError):
    """For instance: short image, wrong checksum, unknown answer, scramble key mismatch."""

    issue_id = "DEV-006"


class CaptureTimeoutError(DriverError):
    """For instance: no finger within 30 s, no signature begun."""

    issue_id = "DEV-007"


class CaptureCancelledError(DriverError):
    """The operator pressed stop, or another capture took over."""

    issue_id = "DEV-008"


class DeviceReportedError(DriverError):
    """For instance: hardware fault bit set, SBI error 703."""

    issue_id = "DEV-009"


class OptionsError(DriverError):
    """For instance: unknown option, value out of range."""

    issue_id = "DEV-010"
