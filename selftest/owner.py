"""The one thread that touches a subject: a device that hangs ends its check, not the run."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from drivers.devices import Device
from drivers.errors import DriverError
from selftest.check import Check, Said
from selftest.drives import drive_asset
from selftest.errors import HungError, NotReadyError
from selftest.report import Asset
from selftest.subject import Subject, read_smart

_CLOSE_LIMIT_S = 5.0
_IDENTIFY_LIMIT_S = 5.0
Answer = Said | BaseException | None
Job = Callable[[], object]
T = TypeVar("T")


class Owner:
    """Runs one job after the other; after one that did not end in time it runs no more."""

    def __init__(self, subject: Subject, device: Device | None = None) -> None:
        self.subject = subject
        self.device = device
        self.is_hung = False
        self._is_lent = False
        self._back = threading.Event()
        self._asset: Asset | None = None
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True, name="selftest-owner").start()

    @contextmanager
    def using(self) -> Iterator[None]:
        """Touch the device within this block only, and close it at the end of the block.

        Raises HungError at the end where the device's thread is still inside a call.
        """
        self._is_lent = True
        with suppress(GeneratorExit):  # a run that is cut off must still tell of a hang
            try:
                yield
            finally:
                self._close()
                self._is_lent = False
        if self.is_hung:
            raise HungError("macet / hangs", back=self._back)

    def run(self, item: Check) -> Answer:
        """Return what the check said or raised, or None when it did not end in time."""
        return self._ask(lambda: _call(item, self.subject), item.time_limit_s)

    def asset(self) -> Asset | None:
        """Return who the open device or the drive says it is; None while it does not say."""
        if self._asset is None and not self.is_hung:
            self._asset = self._ask(self._identify, _IDENTIFY_LIMIT_S)
        return self._asset

    def finish(self) -> None:
        """Let the thread end."""
        self._jobs.put(None)

    def _close(self) -> None:
        """Close the device on its own thread; a hung one is left behind."""
        if self.device is not None and not self.is_hung:
            self._ask(self.device.close, _CLOSE_LIMIT_S)

    def _identify(self) -> Asset | None:
        if self.device is None:
            return self._identify_drive()
        if not self._is_lent or not self.device.is_open:
            return None
        try:
            identity = self.device.identity()
        except DriverError:  # its checks already said so
            return None
        return Asset(
            name=self.device.name,
            role=self.device.kind,
            make=identity.make,
            model=identity.model,
            serial=identity.serial,
            firmware=identity.firmware,
        )

    def _identify_drive(self) -> Asset | None:
        try:
            drive = self.subject.drive()
            return drive_asset(drive.name, self.subject.once(read_smart))
        except NotReadyError:  # no drive, or its checks already said so
            return None

    def _ask(self, job: Callable[[], T], timeout_s: float) -> T | None:
        answers: queue.SimpleQueue[T] = queue.SimpleQueue()
        self._jobs.put(lambda: answers.put(job()))
        try:
            return answers.get(timeout=timeout_s)
        except queue.Empty:
            self.is_hung = True
            if self.device is not None:
                self._jobs.put(self.device.close)
                self.device.cancel()
            self._jobs.put(self._back.set)
            return None

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _call(item: Check, subject: Subject) -> Answer:
    try:
        return item.function(subject)
    except BaseException as error:  # this check's ERROR; the run goes on
        return error
