"""UPS with the Megatec protocol (Q1) on a serial line: most cheap ones, under many names.

Protocol: PROTOCOLS.md section 12.1; answers are read in `drivers.protocols.megatec_answers`, the
line is `megatec_line`.

    open    port -> which question it answers (Q1, QS or D) -> rating F -> name I
    read    status -> words of NUT and numbers
    command T, Tnn, TL, CT, SnRmmmm, C, Q; only when a person asks for it

Such a UPS tells neither charge nor runtime: both stay None, for a guess from the voltage says
nothing of a worn battery. Nor does it tell that its battery is worn; the station's own test does.
Not done: cables that need DTR or RTS set in another way, the USB variants of the protocol.
"""

import logging
import time
from typing import Literal

from pydantic import Field, field_validator

from drivers.devices import DeviceOptions, PowerCommand, PowerSupply
from drivers.errors import DeviceNotFoundError, DriverError, ProtocolError, TransportTimeoutError
from drivers.frames import DeviceIdentity, PowerReading
from drivers.protocols import megatec_answers
from drivers.protocols.megatec_answers import MegatecName, MegatecRating, MegatecStatus
from drivers.protocols.megatec_line import BAUD, MegatecLine, NotUnderstoodError
from drivers.protocols.nut_reading import read_state
from drivers.transport.recording import RecordingSerialLink, TranscriptWriter
from drivers.transport.serial import PySerialLink, SerialLink, SerialLinkFactory, SerialSettings

STATUS_QUESTIONS = ("Q1", "QS", "D")  # Megatec, Mustek, old Megatec
RATING_QUESTION, NAME_QUESTION = "F", "I"
ALL_COMMANDS = frozenset(PowerCommand)
UNKNOWN_NAME = MegatecName("", "", "")

log = logging.getLogger(__name__)


class MegatecUpsOptions(DeviceOptions):
    """Options of a UPS on a serial line."""

    port: str
    """Serial port, for instance "/dev/ttyUSB0"; the names in /dev/serial/by-id stay the same."""
    baud: int = Field(BAUD, ge=300, le=115_200)
    status_question: Literal["auto", "Q1", "QS", "D"] = "auto"
    """What the UPS answers with its status; "auto" tries."""
    ignore_shutdown_bit: bool = False
    """For UPS that always say that a shutdown is under way."""
    test_minutes: int | None = Field(None, ge=1, le=99)
    """Length of a battery test; without it the UPS's own 10 seconds."""
    shutdown_delay_s: int = Field(60, ge=12, le=600)
    """Before the load is cut: tenths of a minute below one minute, else whole minutes."""
    return_delay_minutes: int = Field(3, ge=3, le=9999)
    """Before the load is fed again. Below 3, early firmware never comes back (NUT)."""
    answer_timeout_s: float = Field(1.5, gt=0, le=30)
    """Limit of each answer; 47 bytes take 0.2 s."""

    @field_validator("shutdown_delay_s")
    @classmethod
    def _can_be_written(cls, delay_s: int) -> int:
        if delay_s % (6 if delay_s < 60 else 60):
            raise ValueError("below 60 it must be a multiple of 6, else one of 60")
        return delay_s


class MegatecUps(PowerSupply):
    """A UPS on a serial line."""

    options_model = MegatecUpsOptions

    def __init__(
        self, name: str, options: MegatecUpsOptions, open_link: SerialLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        settings = SerialSettings(baud=options.baud)
        self._settings = options
        self._open_link = open_link or (lambda: PySerialLink(options.port, settings, device=name))
        self._link: SerialLink | None = None
        self._line: MegatecLine | None = None
        self._question = ""
        self._words: tuple[str, ...] = ()
        self._rating: MegatecRating | None = None
        self._name = UNKNOWN_NAME

    def record_to(self, transcript: TranscriptWriter) -> None:
        """Write all traffic from the next open() on into a transcript."""
        open_link = self._open_link
        self._open_link = lambda: RecordingSerialLink(open_link(), transcript)

    def _open(self) -> None:
        self._link = self._open_link()
        timeout_s = self._settings.answer_timeout_s
        self._line = MegatecLine(self._link, device=self.name, timeout_s=timeout_s)
        self._question, self._words = self._find_question(self._line)
        self._rating = self._name_or_rating(self._line)

    def _close(self) -> None:
        link, self._link = self._link, None
        self._line = None
        if link is not None:
            link.close()

    def _identity(self) -> DeviceIdentity:
        name = self._name
        return DeviceIdentity(
            make=name.maker or "unknown",
            model=name.model or f"Megatec UPS ({self._question})",
            firmware=name.version or None,
        )

    def _find_question(self, line: MegatecLine) -> tuple[str, tuple[str, ...]]:
        """Return the question that the UPS answers with its status, and the words of that."""
        wanted = self._settings.status_question
        questions = STATUS_QUESTIONS if wanted == "auto" else (wanted,)
        silence: DriverError | None = None
        for question in questions:
            try:
                status = line.ask(question, megatec_answers.parse_status)
            except NotUnderstoodError:
                log.info("%s: the UPS does not know %s", self.name, question)
            except TransportTimeoutError as error:
                silence = error
            else:
                return question, status.words()
        raise silence or ProtocolError(
            f"the UPS understands none of {', '.join(questions)}; use NUT (driver nut_ups)",
            device=self.name,
        )

    def _name_or_rating(self, line: MegatecLine) -> MegatecRating | None:
        """Read what some UPS do not tell: name and rating; only their "no" is accepted."""
        self._name = UNKNOWN_NAME
        try:
            self._name = line.ask(NAME_QUESTION, megatec_answers.parse_name)
        except NotUnderstoodError:
            log.info("%s: the UPS tells no name", self.name)
        try:
            return line.ask(RATING_QUESTION, megatec_answers.parse_rating)
        except NotUnderstoodError:
            log.info("%s: the UPS tells no rating", self.name)
            return None

    def _read_power(self, timeout_s: float) -> PowerReading:
        line = self._opened(timeout_s)
        try:
            status = self._read_status(line)
        except NotUnderstoodError as error:
            raise ProtocolError(
                f"the UPS no longer knows {self._question}", device=self.name
            ) from error
        return self._make_reading(status, time.monotonic())

    def _read_status(self, line: MegatecLine) -> MegatecStatus:
        """Read the status; what it newly says must be said twice, for there is no checksum."""
        status = line.ask(self._question, megatec_answers.parse_status)
        if status.words() != self._words:
            again = line.ask(self._question, megatec_answers.parse_status)
            if again.words() != status.words():
                again = line.ask(self._question, megatec_answers.parse_status)
            status = again
        self._words = status.words()
        return status

    def _make_reading(self, status: MegatecStatus, read_at_s: float) -> PowerReading:
        variables = self._variables(status)
        return PowerReading(
            state=read_state(variables["ups.status"]),
            read_at_s=read_at_s,
            input_voltage_v=status.input_v,
            battery_voltage_v=megatec_answers.battery_voltage(status, self._rating),
            load_percent=status.load_percent,
            variables=variables,
        )

    def _variables(self, status: MegatecStatus) -> dict[str, str]:
        """Return what was told under NUT's names, so that every check knows where to look."""
        words = status.words()
        if self._settings.ignore_shutdown_bit:
            words = tuple(word for word in words if word != "FSD")
        battery_v = megatec_answers.battery_voltage(status, self._rating)
        rating = self._rating or MegatecRating(None, None, None, None)
        numbers = {
            "input.voltage": status.input_v,
            "input.voltage.fault": status.fault_v,
            "input.frequency": status.frequency_hz,
            "output.voltage": status.output_v,
            "battery.voltage": battery_v,
            "battery.voltage.cell": status.battery_v if status.is_per_cell else None,
            "ups.load": status.load_percent,
            "ups.temperature": status.temperature_c,
            "input.voltage.nominal": rating.voltage_v,
            "input.current.nominal": rating.current_a,
            "input.frequency.nominal": rating.frequency_hz,
            "battery.voltage.nominal": rating.battery_v,
        }
        texts = {
            "ups.status": " ".join(words),
            "ups.alarm": megatec_answers.FAILED_ALARM if status.is_failed else "",
            "ups.type": "offline / line interactive" if status.is_line_interactive else "online",
            "ups.beeper.status": "enabled" if status.is_beeper_on else "disabled",
            "device.mfr": self._name.maker,
            "device.model": self._name.model,
            "ups.firmware": self._name.version,
        }
        told = {name: f"{number:g}" for name, number in numbers.items() if number is not None}
        return told | {name: text for name, text in texts.items() if text}

    def _commands(self) -> frozenset[PowerCommand]:
        return ALL_COMMANDS

    def _send_command(self, command: PowerCommand, timeout_s: float) -> None:
        self._opened(timeout_s).tell(self._command_text(command))

    def _command_text(self, command: PowerCommand) -> str:
        minutes = self._settings.test_minutes
        delay_s = self._settings.shutdown_delay_s
        delay = f".{delay_s // 6}" if delay_s < 60 else f"{delay_s // 60:02d}"
        return {
            PowerCommand.TEST_BATTERY: "T" if minutes is None else f"T{minutes:02d}",
            PowerCommand.TEST_BATTERY_UNTIL_LOW: "TL",
            PowerCommand.STOP_TEST: "CT",
            PowerCommand.SHUT_DOWN_AND_RETURN: (
                f"S{delay}R{self._settings.return_delay_minutes:04d}"
            ),
            PowerCommand.CANCEL_SHUTDOWN: "C",
            PowerCommand.TOGGLE_BEEPER: "Q",
        }[command]

    def _opened(self, timeout_s: float) -> MegatecLine:
        if self._line is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        self._line.timeout_s = min(timeout_s, self._settings.answer_timeout_s)
        return self._line


DRIVER = MegatecUps
