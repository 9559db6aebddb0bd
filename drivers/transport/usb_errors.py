"""Turn the errors of pyusb into ours: one place that knows errno values."""

import errno

import usb.core

from drivers.errors import (
    AccessDeniedError,
    DeviceBusyError,
    DriverError,
    TransportError,
    TransportTimeoutError,
)

UDEV_ADVICE = "install the rules of station/deploy/udev, then plug the device in again"
_GONE = frozenset({errno.ENODEV, errno.ESHUTDOWN, errno.ENOENT, errno.ENXIO})


def translate_usb_error(error: usb.core.USBError, *, device: str, action: str) -> DriverError:
    """Return our error for a pyusb error; the caller raises it `from` the original."""
    if isinstance(error, usb.core.USBTimeoutError):
        return TransportTimeoutError(f"no answer in time while {action}", device=device)
    if error.errno in _GONE:
        return TransportError(
            f"the device went away while {action}; check cable and plug", device=device
        )
    if error.errno == errno.EPIPE:
        return TransportError(
            f"the device refused (endpoint stalled) while {action}", device=device
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return AccessDeniedError(f"no permission while {action}; {UDEV_ADVICE}", device=device)
    if error.errno == errno.EBUSY:
        return DeviceBusyError(
            f"another program holds the device (while {action}); close it", device=device
        )
    return TransportError(f"USB error while {action}: {error}", device=device)
