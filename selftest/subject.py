"""What a check looks at: one device of the bench, one drive, or the computer itself."""

from collections.abc import Callable
from typing import TypeVar

from drivers.devices import Device
from drivers.errors import DriverError
from selftest.bench import Bench
from selftest.drives import Drive, Smart
from selftest.errors import NotReadyError
from selftest.guide import Answer, Guide, Question

DeviceType = TypeVar("DeviceType", bound=Device)
Result = TypeVar("Result")


class Subject:
    """Lives as long as one run; only its owner thread touches the device."""

    def __init__(
        self, bench: Bench, device: Device | None = None, drive: Drive | None = None
    ) -> None:
        self.bench = bench
        self._device = device
        self._drive = drive
        self._kept: dict[object, object] = {}
        self.unit: str | None = None
        """Name under which the history knows the unit; None until it said who it is."""

    @property
    def name(self) -> str | None:
        """Name of the device or drive, None for the computer."""
        named = self._device or self._drive
        return named.name if named is not None else None

    def device(self, kind: type[DeviceType]) -> DeviceType:
        """Return the device, opened or not; NotReadyError where none is configured."""
        if not isinstance(self._device, kind):
            raise NotReadyError("tidak ada dalam konfigurasi / not configured")
        return self._device

    def opened(self, kind: type[DeviceType]) -> DeviceType:
        """Return the open device; NotReadyError where it did not open."""
        device = self.device(kind)
        if not device.is_open:
            raise NotReadyError("perangkat tidak terbuka / the device is not open")
        return device

    def drive(self) -> Drive:
        """Return the drive; NotReadyError where none was found."""
        if self._drive is None:
            raise NotReadyError("tidak ada cakram yang terlihat / no drive is visible")
        return self._drive

    def guide(self) -> Guide:
        """Return who asks the person; NotReadyError where nobody is there."""
        if self.bench.guide is None:
            raise NotReadyError("perlu orang: selftest guided / needs a person")
        return self.bench.guide

    def ask(self, question: Question, *, timeout_s: float = 120.0) -> Answer:
        """Ask the person; NotReadyError where they cannot do it now."""
        answer = self.guide().ask(question, timeout_s=timeout_s)
        if answer is Answer.SKIP:
            raise NotReadyError("dilewati orang / skipped by the person")
        return answer

    def once(self, make: Callable[["Subject"], Result]) -> Result:
        """Return what `make` gives, made once per run; its DriverError or NotReadyError too."""
        if make not in self._kept:
            try:
                self._kept[make] = make(self)
            except (DriverError, NotReadyError) as error:
                self._kept[make] = error
        kept = self._kept[make]
        if isinstance(kept, (DriverError, NotReadyError)):
            raise kept
        return kept  # type: ignore[return-value]  # keyed by the function that made it


def read_smart(subject: Subject) -> Smart:
    """Read the drive's SMART data; for `once`."""
    return subject.drive().read()
