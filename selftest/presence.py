"""Presence and opening, the same for every kind of device.

A device that another program holds is no fault: DeviceBusyError makes the check SKIP.
"""

from drivers.devices import Device
from drivers.errors import DeviceBusyError, DeviceNotFoundError, DriverError
from selftest.check import Measured, Skip, measured
from selftest.subject import DeviceType, Subject


def see_presence(subject: Subject, kind: type[DeviceType]) -> Measured | Skip:
    """Look for the device and open it; only "not found" counts here, opening has its own check."""
    device = subject.device(kind)
    try:
        device.open()
    except DeviceNotFoundError as error:
        return measured("present", 0, evidence=str(error))
    except DriverError as error:
        return measured("present", 1, evidence=f"terlihat / seen, but: {error}")
    return measured("present", 1, evidence=_who(device))


def open_device(subject: Subject, kind: type[DeviceType]) -> Measured | Skip:
    """Open the device and ask who it is; a device that is absent is SKIP."""
    device = subject.device(kind)
    try:
        device.open()
        return measured("opens", 1, evidence=_who(device))
    except DeviceNotFoundError as error:
        return Skip(f"tidak tersambung / not attached: {error}")
    except DeviceBusyError:
        raise
    except DriverError as error:
        return measured("opens", 0, evidence=str(error))


def see_and_open(subject: Subject, kind: type[DeviceType]) -> Measured | Skip:
    """Open the device; every failure counts."""
    device = subject.device(kind)
    try:
        device.open()
    except DeviceBusyError:
        raise
    except DriverError as error:
        return measured("opens", 0, evidence=str(error))
    return measured("opens", 1, evidence=_who(device))


def _who(device: Device) -> str:
    identity = device.identity()
    return f"{identity.make} {identity.model}, {identity.serial or '?'}"
