"""The device side of the Megatec protocol, in front of a simulated UPS.

Written from PROTOCOLS.md section 12.1 apart from the driver, so that the two check each other;
NUT's nutdrv_qx judges both (tests/field/drivers/ups).

Not modelled: really switching off, the length of a test until low (an hour here), protocols with
other answers (Voltronic, Mecer, BestUPS).
"""

import re
from dataclasses import dataclass

from drivers.simulation.power import (
    FREQUENCY_HZ,
    NOMINAL_BATTERY_V,
    NOMINAL_INPUT_V,
    QUICK_TEST_S,
    SimulatedPower,
)

_NOMINAL_CELL_V = 2.0
_UNTIL_LOW_S = 3600.0
_COMMAND = re.compile(r"(?P<test>T(\d\d|L)?|CT)|S(?P<delay>\.[2-9]|0[1-9]|10)(R\d{4})?|C|Q")
_MAX_BUFFER = 256


@dataclass(slots=True)
class MegatecSetup:
    """What a UPS of this protocol is like."""

    question: str = "Q1"
    """The question that it answers with its status: Q1, QS or D."""
    maker: str = "SIMULATED"
    model: str = "VU1000"
    version: str = "V1.0"
    tells_name: bool = True
    tells_rating: bool = True
    is_online_type: bool = False
    """Writes the battery as volts of one cell."""
    has_sensor: bool = True
    """Knows its temperature."""
    refusal: str = ""
    """What it answers to what it does not know; empty for an echo."""


class MegatecDevice:
    """An emulated UPS; one thread calls it at a time."""

    def __init__(self, power: SimulatedPower, setup: MegatecSetup | None = None) -> None:
        self.power = power
        self.setup = setup or MegatecSetup()
        self.commands: list[str] = []
        """Commands that were obeyed, in order."""
        self._fault_v = 0.0
        self.restart()

    def restart(self) -> None:
        """Forget a half-sent question."""
        self._buffer = b""

    def receive(self, data: bytes) -> tuple[bytes, ...]:
        """Take bytes from the host and return the answers to whole questions."""
        *lines, self._buffer = (self._buffer + data).split(b"\r")
        self._buffer = self._buffer[-_MAX_BUFFER:]
        answers = (self._answer(line.decode("ascii", errors="replace")) for line in lines)
        return tuple(
            answer.encode("ascii", errors="replace") + b"\r" for answer in answers if answer
        )

    def _answer(self, line: str) -> str:
        if line == self.setup.question:
            return self._status()
        if line == "F" and self.setup.tells_rating:
            return f"#{NOMINAL_INPUT_V:05.1f} 005 {NOMINAL_BATTERY_V:05.2f} {FREQUENCY_HZ:04.1f}"
        if line == "I" and self.setup.tells_name:
            setup = self.setup
            return f"#{setup.maker:15.15} {setup.model:10.10} {setup.version:10.10}"
        match = _COMMAND.fullmatch(line)
        if match is None:
            return self.setup.refusal or line
        self.commands.append(line)
        self._obey(line, match)
        return ""

    def _obey(self, line: str, match: re.Match[str]) -> None:
        if match["test"]:
            self._test(line)
        elif match["delay"]:
            self.power.order_shutdown()
        elif line == "C":
            self.power.cancel_shutdown()
        else:
            self.power.is_beeper_on = not self.power.is_beeper_on

    def _test(self, line: str) -> None:
        if line == "CT":
            self.power.stop_test()
        elif line == "T":
            self.power.start_test(QUICK_TEST_S)
        else:
            self.power.start_test(_UNTIL_LOW_S if line == "TL" else 60.0 * int(line[1:]))

    def _status(self) -> str:
        now = self.power.answer()
        if now.is_on_battery:
            self._fault_v = now.input_v
        battery = f"{now.battery_v:04.1f}"
        if self.setup.is_online_type:
            cells = NOMINAL_BATTERY_V / _NOMINAL_CELL_V
            battery = f"{now.battery_v / cells:04.2f}"
        flags = (
            now.is_on_battery,
            now.is_battery_low,
            now.is_boosting,
            now.needs_battery,
            not self.setup.is_online_type,
            now.is_testing,
            now.is_shutting_down,
            self.power.is_beeper_on,
        )
        return " ".join(
            (
                f"({now.input_v:05.1f}",
                f"{self._fault_v:05.1f}",
                f"{now.output_v:05.1f}",
                f"{now.load_percent:03.0f}",
                f"{FREQUENCY_HZ:04.1f}",
                battery,
                f"{now.temperature_c:04.1f}" if self.setup.has_sensor else "--.-",
                "".join("1" if flag else "0" for flag in flags),
            )
        )
