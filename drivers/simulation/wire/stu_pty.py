"""A pseudo-terminal on which an emulated pad lives; it can be unplugged and plugged in again."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from drivers.simulation.wire.pseudo_terminal import OwnSpeech, PseudoTerminal
from drivers.simulation.wire.serial_line import LineUnpluggedError
from drivers.simulation.wire.stu_faults import PadWire
from drivers.simulation.wire.uareu4500_device import UnpluggedError

_SPEAKS_EVERY_S = 0.002  # a pen reports every 5 ms


class LinePad(Protocol):
    """A pad on a serial line; called from the terminal's thread with `wire.changed` held."""

    wire: PadWire

    def hear(self, data: bytes) -> bytes:
        """Return what the pad answers to bytes of the host."""
        ...

    def say(self) -> bytes:
        """Return what the pad says by itself by now."""
        ...

    def replug(self) -> None:
        """Become a fresh pad without faults."""
        ...


class PadTerminal:
    """Runs a pad on a pseudo-terminal; a context manager."""

    def __init__(
        self, pad: LinePad, path: Path, *, on_open: Callable[[], None] | None = None
    ) -> None:
        self.pad = pad
        self.path = path
        self._speech = OwnSpeech(_SPEAKS_EVERY_S, on_open)
        self._terminal: PseudoTerminal | None = None

    def __enter__(self) -> Self:
        self.plug_in()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unplug()

    def plug_in(self) -> None:
        """Make the terminal and begin to talk."""
        self._terminal = PseudoTerminal(
            _PadAtLine(self.pad),
            link_path=self.path,
            speech=self._speech,
            thread_name=f"pad on {self.path.name}",
        )

    def unplug(self) -> None:
        """Hang up; allowed twice."""
        if self._terminal is not None:
            self._terminal.unplug()

    def replug(self) -> None:
        """Pull the plug and put it in again: a fresh pad without faults."""
        if self._terminal is not None:
            self._terminal.replug()


class _PadAtLine:
    """A pad as the terminal knows devices."""

    def __init__(self, pad: LinePad) -> None:
        self._pad = pad

    @property
    def is_plugged(self) -> bool:
        return self._pad.wire.is_plugged

    def exchange(self, data: bytes) -> bytes:
        try:
            with self._pad.wire.changed:
                answer = self._pad.hear(data) if data else b""
                return answer + self._pad.say()
        except UnpluggedError as error:
            raise LineUnpluggedError from error

    def unplug(self) -> None:
        """Mark nothing: the terminal hangs up, and the pad may be plugged in as it is."""

    def replug(self) -> None:
        self._pad.replug()
