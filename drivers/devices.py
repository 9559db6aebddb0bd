"""The kinds of device a station uses, as abstract classes that every driver implements.

Life of a device: ``closed -> open() -> open -> close() -> closed``; close() twice is allowed, and
a device may be opened again after any error. A driver holds no lock: one owner calls it from one
thread at a time. Only `cancel()` may be called from another thread: it makes a running capture end
soon with CaptureCancelledError.

Callers use the public methods, which keep the rules that hold for all drivers (must be open,
cancel); a driver overrides only the underscored ones.
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from drivers.errors import (
    CaptureCancelledError,
    CaptureTimeoutError,
    DeviceNotFoundError,
    DeviceReportedError,
    OptionsError,
)
from drivers.frames import (
    CardAnswer,
    DeviceIdentity,
    EyePair,
    Frame,
    PadGeometry,
    PenSample,
    PowerReading,
    SignatureStroke,
)


class CaptureTarget(StrEnum):
    """What the capture subject was asked to present.

    Scanners that must be told (SBI: deviceSubId) use it; single-finger scanners ignore it.
    """

    RIGHT_SLAP = "right_slap"
    LEFT_SLAP = "left_slap"
    THUMBS = "thumbs"
    RIGHT_THUMB = "right_thumb"
    RIGHT_INDEX = "right_index"
    RIGHT_MIDDLE = "right_middle"
    RIGHT_RING = "right_ring"
    RIGHT_LITTLE = "right_little"
    LEFT_THUMB = "left_thumb"
    LEFT_INDEX = "left_index"
    LEFT_MIDDLE = "left_middle"
    LEFT_RING = "left_ring"
    LEFT_LITTLE = "left_little"


class PowerCommand(StrEnum):
    """What a UPS may be told to do. None of these is ever sent by itself."""

    TEST_BATTERY = "test_battery"
    """A test of some seconds; the load runs from the battery meanwhile."""
    TEST_BATTERY_UNTIL_LOW = "test_battery_until_low"
    STOP_TEST = "stop_test"
    SHUT_DOWN_AND_RETURN = "shut_down_and_return"
    """Cut the load after a delay, and feed it again when mains is back."""
    CANCEL_SHUTDOWN = "cancel_shutdown"
    TOGGLE_BEEPER = "toggle_beeper"


@dataclass(frozen=True, slots=True)
class AttachedDevice:
    """A device that the system sees, before anybody opened it."""

    place: str
    """Where it is: "USB 1-10", "/dev/video0"."""
    description: str
    problem: str | None = None
    """Why it could not be opened, and the next step; None when nothing speaks against it."""


class DeviceOptions(BaseModel):
    """Options of a driver as written in the configuration; an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Device(ABC):
    """A device with a name, options and a life of open and closed."""

    kind: ClassVar[str]
    """The configuration's word for this kind of device."""
    options_model: ClassVar[type[DeviceOptions]] = DeviceOptions
    has_preview: ClassVar[bool] = False
    """Whether `read_preview` shows what it sees while a capture of seconds runs on.

    Others show it by each frame that they read.
    """

    def __init__(self, name: str, options: DeviceOptions) -> None:
        self.name = name
        self.options = options
        self._is_open = False
        self._cancel_event = threading.Event()

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...] | None:
        """Return what of this model is attached; None where the system cannot tell.

        Opens nothing and needs no options, so links with an address (network) cannot tell.
        """
        return None

    @property
    def is_open(self) -> bool:
        """Tell whether open() succeeded and close() was not called since."""
        return self._is_open

    def open(self) -> None:
        """Connect and make ready; raises DriverError. Opening twice is allowed."""
        if self._is_open:
            return
        self._cancel_event.clear()
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        self._is_open = True

    def close(self) -> None:
        """Release everything; never raises for a device that is gone."""
        self._is_open = False
        self._close()

    def cancel(self) -> None:
        """Make a capture that runs in another thread end soon with CaptureCancelledError."""
        self._cancel_event.set()

    def identity(self) -> DeviceIdentity:
        """Return make, model, serial and firmware; the device must be open."""
        self._require_open()
        return self._identity()

    def begin_transaction(self, transaction_id: str) -> None:  # noqa: B027 - most need not know
        """Tell that a new capture subject begins; captures until the next call belong together.

        `transaction_id` matches ``[A-Za-z0-9-]{4,50}`` (SBI).
        """

    def declare_exceptions(self, parts: Collection[str]) -> None:  # noqa: B027 - most need not know
        """Tell which fingers and eyes ("left_ring", "right_iris") the capture subject lacks.

        Holds until the next call or transaction. A device that cuts fingers out itself (SBI) would
        otherwise wait for them.
        """

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _require_open(self) -> None:
        if not self._is_open:
            raise DeviceNotFoundError("used before it was opened", device=self.name)

    def _raise_if_cancelled(self) -> None:
        if self._cancel_event.is_set():
            self._cancel_event.clear()
            raise CaptureCancelledError("cancelled", device=self.name)

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def _close(self) -> None:
        """Must work in every state, also half-open."""

    @abstractmethod
    def _identity(self) -> DeviceIdentity: ...


class FingerprintScanner(Device):
    """A scanner for one finger or for slaps."""

    kind = "fingerprint_scanner"
    targets: ClassVar[frozenset[CaptureTarget]] = frozenset(CaptureTarget)
    """What this model can capture; a single-finger model leaves the slaps out."""
    is_enrolment_grade: ClassVar[bool] = True
    """False for models whose frames may be looked at but never become a record.

    Such a model has no targets: asked for one, it raises OptionsError.
    """

    def read_frame(self, *, target: CaptureTarget | None = None, timeout_s: float) -> Frame:
        """Return the next frame, whatever is on the platen (live preview).

        Raises CaptureTimeoutError when a scanner that only images touched platens saw no finger.
        """
        self._require_open()
        self._raise_if_cancelled()
        return self._read_frame(target, timeout_s)

    @abstractmethod
    def _read_frame(self, target: CaptureTarget | None, timeout_s: float) -> Frame: ...

    def read_preview(self, *, target: CaptureTarget | None = None, timeout_s: float) -> Frame:
        """Return a picture for the eye only, never evidence; OptionsError without `has_preview`."""
        raise OptionsError("this device has no preview beside its frames", device=self.name)

    def read_dark_frame(self, *, timeout_s: float) -> Frame | None:
        """Return a frame taken with the scanner's own light off; None where it stays on.

        The light is on again when this returns. Shows daylight and the sensor itself.
        """
        self._require_open()
        self._raise_if_cancelled()
        return self._read_dark_frame(timeout_s)

    def _read_dark_frame(self, timeout_s: float) -> Frame | None:
        return None

    def is_platen_empty(self, *, timeout_s: float) -> bool | None:
        """Tell whether nothing touches the platen; None where the device cannot tell."""
        self._require_open()
        return self._is_platen_empty(timeout_s)

    def _is_platen_empty(self, timeout_s: float) -> bool | None:
        return None


class FaceCamera(Device):
    """A camera for portraits."""

    kind = "face_camera"

    def read_frame(self, *, timeout_s: float) -> Frame:
        """Return the newest frame in BGR."""
        self._require_open()
        self._raise_if_cancelled()
        return self._read_frame(timeout_s)

    def read_still(self, *, timeout_s: float) -> Frame:
        """Return a new picture of the best quality in BGR; a still camera releases its shutter.

        Where the live view is the best that the camera has, the newest frame of that.
        """
        self._require_open()
        self._raise_if_cancelled()
        return self._read_still(timeout_s)

    def read_preview(self, *, timeout_s: float) -> Frame:
        """Return a picture for the eye only, never evidence; OptionsError without `has_preview`."""
        raise OptionsError("this device has no preview beside its frames", device=self.name)

    @abstractmethod
    def _read_frame(self, timeout_s: float) -> Frame: ...

    def _read_still(self, timeout_s: float) -> Frame:
        return self._read_frame(timeout_s)


class IrisCamera(Device):
    """A near-infrared camera that sees both eyes."""

    kind = "iris_camera"

    def read_eyes(self, *, timeout_s: float) -> EyePair:
        """Return the newest pair of eye frames, grey, 640 x 480 each."""
        self._require_open()
        self._raise_if_cancelled()
        return self._read_eyes(timeout_s)

    def read_preview(self, *, timeout_s: float) -> Frame:
        """Return a picture for the eye only, never evidence; OptionsError without `has_preview`."""
        raise OptionsError("this device has no preview beside its frames", device=self.name)

    @abstractmethod
    def _read_eyes(self, timeout_s: float) -> EyePair: ...


class SignaturePad(Device):
    """A pad that reports the pen."""

    kind = "signature_pad"

    def geometry(self) -> PadGeometry:
        """Return writing area, sample rate and pressure range; the device must be open."""
        self._require_open()
        return self._geometry()

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Show a BGR picture on the pad's screen, scaled to it; does nothing without one."""
        self._require_open()
        self._show(picture)

    def start_inking(self) -> None:
        """Clear the pad and begin to report the pen."""
        self._require_open()
        self._cancel_event.clear()
        self._start_inking()

    def read_samples(self, *, timeout_s: float) -> tuple[PenSample, ...]:
        """Return the samples since the last call; empty when none came within `timeout_s`."""
        self._require_open()
        self._raise_if_cancelled()
        return self._read_samples(timeout_s)

    def stop_inking(self) -> None:
        """End reporting and clear the pad."""
        self._require_open()
        self._stop_inking()

    @abstractmethod
    def _geometry(self) -> PadGeometry: ...

    def _show(self, picture: NDArray[np.uint8]) -> None: ...

    @abstractmethod
    def _start_inking(self) -> None: ...

    @abstractmethod
    def _read_samples(self, timeout_s: float) -> tuple[PenSample, ...]: ...

    @abstractmethod
    def _stop_inking(self) -> None: ...


class CardReader(Device):
    """A smart-card reader."""

    kind = "card_reader"
    can_exchange: ClassVar[bool] = False
    """Whether commands reach the card."""

    def read_atr(self, *, timeout_s: float) -> bytes | None:
        """Return the card's answer to reset, or None without a card."""
        self._require_open()
        return self._read_atr(timeout_s)

    def exchange(self, command: bytes, *, timeout_s: float) -> CardAnswer:
        """Send a command (APDU) to the card; CaptureTimeoutError without a card.

        Raises OptionsError where `can_exchange` is False.
        """
        self._require_open()
        return self._exchange(command, timeout_s)

    def has_sam(self, *, timeout_s: float) -> bool | None:
        """Tell whether the secure access module answers; None where the reader cannot tell."""
        self._require_open()
        return self._has_sam(timeout_s)

    @abstractmethod
    def _read_atr(self, timeout_s: float) -> bytes | None: ...

    def _has_sam(self, timeout_s: float) -> bool | None:
        return None

    def _exchange(self, command: bytes, timeout_s: float) -> CardAnswer:
        raise OptionsError("this reader passes no commands to cards", device=self.name)


class PowerSupply(Device):
    """An uninterruptible power supply."""

    kind = "power_supply"

    def read_power(self, *, timeout_s: float) -> PowerReading:
        """Return the present reading."""
        self._require_open()
        return self._read_power(timeout_s)

    def commands(self) -> frozenset[PowerCommand]:
        """Return what the device can be told to do; the device must be open."""
        self._require_open()
        return self._commands()

    def send_command(self, command: PowerCommand, *, timeout_s: float) -> None:
        """Tell the device to do something; OptionsError for what is not in `commands()`.

        Returns when the device took the command, not when it did it.
        """
        self._require_open()
        if command not in self._commands():
            raise OptionsError(f"this UPS cannot do '{command}'", device=self.name)
        self._send_command(command, timeout_s)

    @abstractmethod
    def _read_power(self, timeout_s: float) -> PowerReading: ...

    def _commands(self) -> frozenset[PowerCommand]:
        return frozenset()

    def _send_command(self, command: PowerCommand, timeout_s: float) -> None: ...


def read_signature(
    pad: SignaturePad, *, timeout_s: float, pause_s: float, longest_s: float = 60.0
) -> tuple[SignatureStroke, ...]:
    """Read strokes until the pen rested for `pause_s` after the last one.

    Raises CaptureTimeoutError when nothing was written within `timeout_s`, and DeviceReportedError
    when the pad reports a writing pen for longer than `longest_s`: nobody signs so long.
    """
    samples: list[PenSample] = []
    deadline_s = time.monotonic() + timeout_s
    first_ink_s: float | None = None
    last_ink_s: float | None = None
    while True:
        fresh = pad.read_samples(timeout_s=0.1)
        now_s = time.monotonic()
        samples.extend(fresh)
        if any(sample.is_touching for sample in fresh):
            first_ink_s = first_ink_s or now_s
            last_ink_s = now_s
        if first_ink_s is not None and now_s - first_ink_s > longest_s:
            raise DeviceReportedError(
                f"the pen was reported for {longest_s:g} s without a rest; lift it, and run the "
                "self-test if nobody writes",
                device=pad.name,
            )
        if last_ink_s is not None and now_s - last_ink_s >= pause_s:
            return split_strokes(samples)
        if last_ink_s is None and now_s >= deadline_s:
            raise CaptureTimeoutError(f"no signature within {timeout_s:g} s", device=pad.name)


def split_strokes(samples: list[PenSample]) -> tuple[SignatureStroke, ...]:
    """Cut a stream of samples at every pen-up."""
    strokes: list[SignatureStroke] = []
    current: list[PenSample] = []
    for sample in samples:
        if sample.is_touching:
            current.append(sample)
        elif current:
            strokes.append(SignatureStroke(tuple(current)))
            current = []
    if current:
        strokes.append(SignatureStroke(tuple(current)))
    return tuple(strokes)
