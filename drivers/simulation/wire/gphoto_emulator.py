"""Emulated worker process of a still camera: the calls of `drivers.transport.gphoto_worker`.

    python -m drivers.simulation.wire.gphoto_emulator --fault hang@3

Stands below the driver where libgphoto2's own virtual camera cannot go: it has a live view, and it
fails at the call that is asked for. Pictures are a slope of colour whose last column counts them.
Not modelled: exposure, focus, the time that a shutter takes.
"""

import argparse
import io
import os
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import numpy as np
from PIL import Image

from drivers.transport.worker_service import ReportedError, serve

PREVIEW_SHAPE_PX = (424, 640)  # rows, columns; as a Nikon of that kind
STILL_SHAPE_PX = (1000, 1500)


class CameraFault(StrEnum):
    """What goes wrong at one call."""

    HANG = "hang"
    VANISH = "vanish"
    """The cable is pulled: this call and all after it fail."""
    BUSY = "busy"
    SHORT = "short"
    """Half a picture comes, and nothing of what else the answer should tell."""
    RAW = "raw"
    """The camera is set to a format that is no JPEG."""
    DIE = "die"
    """The process itself ends."""
    GARBAGE = "garbage"
    """The library prints where only answers belong: they arrive all the same."""


class EmulatedCamera:
    """One camera with at most one fault."""

    def __init__(
        self, fault: CameraFault | None, at_call: int, *, has_live_view: bool = True
    ) -> None:
        self._fault = fault
        self._at_call = at_call
        self._has_live_view = has_live_view
        self._calls = 0
        self._pictures = 0
        self._is_gone = False
        self._settings = {
            "manufacturer": _setting("manufacturer", "Emulated", is_read_only=True),
            "cameramodel": _setting("cameramodel", "Still Camera", is_read_only=True),
            "serialnumber": _setting("serialnumber", "E-1", is_read_only=True),
            "deviceversion": _setting("deviceversion", "1.0", is_read_only=True),
            "capturetarget": _setting("capturetarget", "Memory card", "Internal RAM"),
            "iso": _setting("iso", "100", "200", "400"),
            "shutterspeed": _setting("shutterspeed", "1/60", "1/125", is_read_only=True),
        }

    def handlers(self) -> dict[str, Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]]]:
        """Return what the worker answers to."""
        calls = {
            "open": self._open,
            "settings": self._tell_settings,
            "set": self._set,
            "preview": self._preview,
            "capture": self._capture,
            "close": lambda _request: ({}, b""),
        }
        return {name: self._faulty(call) for name, call in calls.items()}

    def _faulty(
        self, call: Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]]
    ) -> Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]]:
        def answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
            fault = self._fault if self._calls == self._at_call else None
            self._calls += 1
            self._fail(fault)
            values, data = call(request)
            return {} if fault is CameraFault.SHORT else values, _damaged(data, fault)

        return answer

    def _fail(self, fault: CameraFault | None) -> None:
        self._is_gone |= fault is CameraFault.VANISH
        if self._is_gone:
            raise ReportedError("TransportError", "the camera went away; check cable and battery")
        if fault is CameraFault.BUSY:
            raise ReportedError("DeviceBusyError", "another program holds the camera")
        if fault is CameraFault.HANG:
            threading.Event().wait()
        if fault is CameraFault.DIE:
            os._exit(1)  # at once, whatever its threads do
        if fault is CameraFault.GARBAGE:
            print('{"call": 1}')  # noqa: T201 - what the fault is

    def _open(self, _request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        return {"model": "Emulated Still Camera"}, b""

    def _tell_settings(self, _request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        return {"settings": self._settings}, b""

    def _set(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        self._settings[request["setting"]]["value"] = request["value"]
        return {}, b""

    def _preview(self, _request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        if not self._has_live_view:
            return {"is_unsupported": True}, b""
        return {}, self._take(PREVIEW_SHAPE_PX)

    def _capture(self, _request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        return {"file": "DSC_0001.JPG"}, self._take(STILL_SHAPE_PX)

    def _take(self, shape_px: tuple[int, int]) -> bytes:
        rows, cols = np.mgrid[: shape_px[0], : shape_px[1]]
        count = np.full(shape_px, self._pictures % 256)
        self._pictures += 1
        picture = np.stack([rows * 255 // rows.max(), cols * 255 // cols.max(), count], axis=-1)
        jpeg = io.BytesIO()
        Image.fromarray(picture.astype(np.uint8)).save(jpeg, "JPEG", quality=95)
        return jpeg.getvalue()


def _damaged(data: bytes, fault: CameraFault | None) -> bytes:
    if fault is CameraFault.SHORT:
        return data[: len(data) // 2]
    return b"II*\0" + data if fault is CameraFault.RAW else data


def _setting(
    name: str, value: str, *other_choices: str, is_read_only: bool = False
) -> dict[str, Any]:
    choices = [value, *other_choices] if other_choices else None
    return {"name": name, "value": value, "choices": choices, "is_read_only": is_read_only}


def main() -> None:
    """Serve the camera that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fault", metavar="NAME@CALL", help=", ".join(CameraFault))
    parser.add_argument("--no-live-view", action="store_true")
    arguments = parser.parse_args()
    name, _, at_call = (arguments.fault or "").partition("@")
    fault = CameraFault(name) if name else None
    camera = EmulatedCamera(fault, int(at_call or 0), has_live_view=not arguments.no_live_view)
    serve(camera.handlers())


if __name__ == "__main__":
    main()
