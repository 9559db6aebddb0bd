"""A digital still camera through libgphoto2, in a worker process that can be ended."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from drivers.devices import AttachedDevice
from drivers.errors import DeviceNotFoundError, DriverError, ProtocolError
from drivers.transport.usb_class_search import STILL_IMAGE, bus_address, find_by_class
from drivers.transport.worker import CancelCheck, WorkerProcess

_CLOSE_LIMIT_S = 2.0
WORKER = (sys.executable, "-m", "drivers.transport.gphoto_worker")


@dataclass(frozen=True, slots=True)
class CameraSetting:
    """One setting of a camera, by the camera's own name."""

    name: str
    value: str
    choices: tuple[str, ...] | None
    is_read_only: bool


class GphotoLink:
    """One camera; made closed, used once: open, calls, close."""

    def __init__(
        self,
        *,
        device: str,
        check_cancel: CancelCheck,
        worker: Sequence[str] = WORKER,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._check_cancel = check_cancel
        self._worker = WorkerProcess(worker, device=device, environment=environment)
        self._is_open = False
        self.model = "unknown"

    def open(self, port: str | None, *, timeout_s: float) -> None:
        """Connect to the camera at a port of libgphoto2 ("usb:001,007"), or to the only one."""
        answer = self._worker.call("open", timeout_s=timeout_s, port=port)
        self._is_open = True
        self.model = self._worker.require(answer, "model", str)

    def read_settings(self, *, timeout_s: float) -> dict[str, CameraSetting]:
        """Return all settings as they are now, by the camera's own names."""
        answer = self._worker.call("settings", timeout_s=timeout_s)
        settings = self._worker.require(answer, "settings", dict)
        try:
            return {name: _setting(one) for name, one in settings.items()}
        except (KeyError, TypeError) as error:
            raise ProtocolError(
                f"a setting of the camera came in part: {error!r}; open it again",
                device=self._worker.device,
            ) from error

    def set(self, name: str, value: str, *, timeout_s: float) -> None:
        """Change a setting."""
        self._worker.call("set", timeout_s=timeout_s, setting=name, value=value)

    def read_preview(self, *, timeout_s: float) -> bytes | None:
        """Return a JPEG of the live view; None from a camera without one."""
        answer = self._worker.call("preview", timeout_s=timeout_s, check_cancel=self._check_cancel)
        return None if answer.values.get("is_unsupported") else answer.data

    def capture(self, *, timeout_s: float) -> bytes:
        """Take a picture and return its file; the camera keeps no copy."""
        answer = self._worker.call("capture", timeout_s=timeout_s, check_cancel=self._check_cancel)
        return answer.data

    def close(self) -> None:
        """Give the camera back and end the worker; never raises."""
        if self._is_open:
            self._is_open = False
            with suppress(DriverError):  # it is gone: nothing to give back
                self._worker.call("close", timeout_s=_CLOSE_LIMIT_S)
        self._worker.close()


GphotoLinkFactory = Callable[[], GphotoLink]
"""Makes a link anew at every call."""


def find_still_cameras() -> tuple[AttachedDevice, ...]:
    """Return the attached PTP cameras without opening them."""
    return find_by_class(STILL_IMAGE, description="still camera", needs_permission=True)


def library_port(port: str, *, device: str) -> str:
    """Turn a port as the kernel names it ("1-10") into libgphoto2's ("usb:001,007")."""
    place = bus_address(port, STILL_IMAGE)
    if place is None:
        raise DeviceNotFoundError(
            f"no camera at port {port}; switch it on, check cable and battery", device=device
        )
    return f"usb:{place[0]:03d},{place[1]:03d}"


def _setting(values: Any) -> CameraSetting:  # noqa: ANN401 - from JSON
    choices = values["choices"]
    return CameraSetting(
        str(values["name"]),
        str(values["value"]),
        None if choices is None else tuple(choices),
        bool(values["is_read_only"]),
    )
