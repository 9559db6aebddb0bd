"""Worker process around libgphoto2; run by `drivers.transport.gphoto`, never imported by it."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drivers.transport.worker_service import ReportedError, serve

gphoto2: Any = None  # loaded by the first call, so that its absence can be reported

# Codes of gphoto2-port-result.h and gphoto2-result.h (libgphoto2 2.5).
_NOT_SUPPORTED = -6
_ERRORS = {
    -10: ("TransportTimeoutError", "the camera gave no answer in time"),
    -53: ("DeviceBusyError", "another program holds the camera (a photo or file program?)"),
    -60: ("DeviceBusyError", "another program has locked the port"),
    -52: ("DeviceNotFoundError", "the camera went away; check cable and battery"),
    -105: ("DeviceNotFoundError", "no camera is attached; switch it on, check cable and battery"),
    -110: ("DeviceBusyError", "the camera is busy; close its menu and wait"),
    -113: ("DeviceReportedError", "the camera reports a fault; look at its screen"),
    -115: ("DeviceReportedError", "the camera has no space left; empty its memory card"),
    -31: ("AccessDeniedError", "no permission for the port; install station/deploy/udev"),
}
_SHOT_ADVICE = "check focus, lens cap, light and the memory card"


class Camera:
    """The camera of this process."""

    def __init__(self) -> None:
        self._camera: Any = None

    def open(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Connect to the camera at a port of libgphoto2, or to the only one; say who it is."""
        _load_library()
        with _translating("opening the camera"):
            camera = gphoto2.Camera()
            port = request.get("port")
            if port is not None:
                ports = gphoto2.PortInfoList()
                ports.load()
                camera.set_port_info(ports[ports.lookup_path(port)])
            camera.init()
            self._camera = camera
        return {"model": camera.get_abilities().model}, b""

    def settings(self, _request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return all settings as they are now."""
        with _translating("reading the settings"):
            return {
                "settings": {one["name"]: one for one in _leaves(self._camera.get_config())}
            }, b""

    def set(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Change one setting."""
        with _translating(f"setting {request['setting']}"):
            root = self._camera.get_config()
            root.get_child_by_name(request["setting"]).set_value(request["value"])
            self._camera.set_config(root)
        return {}, b""

    def preview(self, _request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return a picture of the live view, or tell that the camera has none."""
        try:
            return {}, _data(self._camera.capture_preview())
        except gphoto2.GPhoto2Error as error:
            if error.code == _NOT_SUPPORTED:
                return {"is_unsupported": True}, b""
            raise _reported(error, "live view") from error

    def capture(self, _request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Take a picture, fetch it, and leave no copy of the capture subject in the camera."""
        with _translating("taking a picture", _SHOT_ADVICE):
            path = self._camera.capture(gphoto2.GP_CAPTURE_IMAGE)
        with _translating("fetching the picture"):
            file = self._camera.file_get(path.folder, path.name, gphoto2.GP_FILE_TYPE_NORMAL)
            data = _data(file)
            self._camera.file_delete(path.folder, path.name)
        return {"file": path.name}, data

    def close(self, _request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Give the camera back: its screen and buttons work again."""
        with _translating("closing the camera"):
            self._camera.exit()
        return {}, b""


def _load_library() -> None:
    global gphoto2  # noqa: PLW0603 - one library in a process that has no other purpose
    try:
        gphoto2 = importlib.import_module("gphoto2")
    except ImportError as error:
        raise ReportedError(
            "OptionsError", "the library gphoto2 is missing; install the extra 'devices'"
        ) from error


def _leaves(widget: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - a library without types
    kind = widget.get_type()
    if kind in (gphoto2.GP_WIDGET_WINDOW, gphoto2.GP_WIDGET_SECTION):
        for number in range(widget.count_children()):
            yield from _leaves(widget.get_child(number))
        return
    has_choices = kind in (gphoto2.GP_WIDGET_RADIO, gphoto2.GP_WIDGET_MENU)
    yield {
        "name": widget.get_name(),
        "value": str(widget.get_value()),
        "choices": list(widget.get_choices()) if has_choices else None,
        "is_read_only": bool(widget.get_readonly()),
    }


def _data(file: Any) -> bytes:  # noqa: ANN401 - a library without types
    return bytes(memoryview(file.get_data_and_size()))


@contextmanager
def _translating(action: str, advice: str = "check cable and battery") -> Iterator[None]:
    try:
        yield
    except gphoto2.GPhoto2Error as error:
        raise _reported(error, action, advice) from error


def _reported(error: Any, action: str, advice: str = "check cable and battery") -> ReportedError:  # noqa: ANN401
    name, text = _ERRORS.get(error.code, ("TransportError", f"{error.string}; {advice}"))
    return ReportedError(name, f"{text} (while {action})")


def main() -> None:
    """Serve one camera."""
    camera = Camera()
    serve(
        {
            "open": camera.open,
            "settings": camera.settings,
            "set": camera.set,
            "preview": camera.preview,
            "capture": camera.capture,
            "close": camera.close,
        }
    )


if __name__ == "__main__":
    main()
