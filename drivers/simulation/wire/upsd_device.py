"""The server's side of NUT's network protocol, in front of a simulated UPS.

Written from PROTOCOLS.md section 12.2 apart from the client, so that the two check each other; a
real upsd and a client that is not ours judge both (tests/field/drivers/test_nut_*).

Not modelled: LOGIN and the count of clients, LIST RW, SET VAR, STARTTLS, several users.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.simulation.power import NOMINAL_BATTERY_V, NOMINAL_INPUT_V, SimulatedPower

UPS_NAME = "virtual"
_MAX_BUFFER = 4096


@dataclass(slots=True)
class UpsdSetup:
    """What the server knows."""

    description: str = 'Virtual "UPS" 1000'
    username: str = "station"
    password: str = "secret word"  # noqa: S105 - of an emulator
    stale_code: str = ""
    """"DATA-STALE" or "DRIVER-NOT-CONNECTED": the server has lost the UPS."""
    more_variables: dict[str, str] = field(default_factory=dict)


class UpsdDevice:
    """An emulated upsd for one client at a time."""

    def __init__(self, power: SimulatedPower, setup: UpsdSetup | None = None) -> None:
        self.power = power
        self.setup = setup or UpsdSetup()
        self.restart()

    def restart(self) -> None:
        """Forget what the last client said."""
        self._buffer = b""
        self._username = self._password = ""

    def receive(self, data: bytes) -> tuple[bytes, ...]:
        """Take bytes from the client and return one answer for each whole line."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._buffer = self._buffer[-_MAX_BUFFER:]
        return tuple(self._answer(line.decode(errors="replace")) for line in lines)

    def _answer(self, line: str) -> bytes:
        try:
            words = _parse(line)
        except IndexError:
            return b"ERR INVALID-ARGUMENT\n"
        match words:
            case ["USERNAME" | "PASSWORD" | "LOGOUT", *_]:
                return self._take_login(words)
            case ["INSTCMD", ups, name]:
                return self._refusal(ups) or self._run(name)
            case ["GET", "VAR", ups, name]:
                return self._refusal(ups) or self._tell_variable(name)
            case ["LIST", "VAR" | "CMD" as what, ups]:
                return self._refusal(ups) or self._list(what)
        return {
            "VER": b"Network UPS Tools upsd 2.8.0 (emulated)\n",
            "NETVER": b"1.3\n",
            "LIST UPS": _list("UPS", [f"UPS {UPS_NAME} {_quoted(self.setup.description)}"]),
        }.get(" ".join(words), b"ERR UNKNOWN-COMMAND\n")

    def _take_login(self, words: list[str]) -> bytes:
        match words:
            case ["USERNAME", name]:
                self._username = name
            case ["PASSWORD", password]:
                self._password = password
            case ["LOGOUT"]:
                self.restart()
                return b"OK Goodbye\n"
            case _:
                return b"ERR INVALID-ARGUMENT\n"
        return b"OK\n"

    def _refusal(self, ups: str) -> bytes:
        """Return why nothing can be said of a UPS; empty when it can."""
        if ups != UPS_NAME:
            return b"ERR UNKNOWN-UPS\n"
        return f"ERR {self.setup.stale_code}\n".encode() if self.setup.stale_code else b""

    def _list(self, what: str) -> bytes:
        if what == "CMD":
            rows = [f"CMD {UPS_NAME} {name}" for name in sorted(self._commands())]
        else:
            told = sorted(self._variables().items())
            rows = [f"VAR {UPS_NAME} {name} {_quoted(value)}" for name, value in told]
        return _list(f"{what} {UPS_NAME}", rows)

    def _tell_variable(self, name: str) -> bytes:
        value = self._variables().get(name)
        if value is None:
            return b"ERR VAR-NOT-SUPPORTED\n"
        return f"VAR {UPS_NAME} {name} {_quoted(value)}\n".encode()

    def _run(self, name: str) -> bytes:
        is_known = (self._username, self._password) == (self.setup.username, self.setup.password)
        if not is_known:
            return b"ERR ACCESS-DENIED\n"
        action = self._commands().get(name)
        if action is None:
            return b"ERR CMD-NOT-SUPPORTED\n"
        action()
        return b"OK\n"

    def _commands(self) -> dict[str, Callable[[], None]]:
        power = self.power
        return {
            "shutdown.return": power.order_shutdown,
            "shutdown.stop": power.cancel_shutdown,
            "test.battery.start.quick": power.start_test,
            "test.battery.stop": power.stop_test,
        }

    def _variables(self) -> dict[str, str]:
        situation = self.power.answer()
        variables = {
            "battery.charge": f"{situation.charge_percent:.0f}",
            "battery.runtime": f"{situation.runtime_s:.0f}",
            "battery.voltage": f"{situation.battery_v:.2f}",
            "battery.voltage.nominal": f"{NOMINAL_BATTERY_V:.1f}",
            "input.voltage": f"{situation.input_v:.1f}",
            "input.voltage.nominal": f"{NOMINAL_INPUT_V:.0f}",
            "output.voltage": f"{situation.output_v:.1f}",
            "ups.firmware": "1.0",
            "ups.load": f"{situation.load_percent:.0f}",
            "ups.mfr": "Simulated",
            "ups.model": "Virtual UPS 1000",
            "ups.serial": "SIM-UPSD",
            "ups.status": " ".join(situation.status_words()),
            "ups.test.result": situation.test_result,
        }
        if situation.needs_battery:
            variables["ups.alarm"] = "Replace battery!"
        return variables | self.setup.more_variables


def _list(title: str, rows: list[str]) -> bytes:
    lines = (f"BEGIN LIST {title}", *rows, f"END LIST {title}")
    return "".join(f"{line}\n" for line in lines).encode()


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\{letter}" if letter in '"\\' else letter for letter in text) + '"'


def _parse(line: str) -> list[str]:
    """Return the words of a line; IndexError for a quote that does not end."""
    words: list[str] = []
    letters = list(line.rstrip("\r"))
    while letters:
        if letters[0] == " ":
            letters.pop(0)
            continue
        is_quoted = letters[0] == '"'
        if is_quoted:
            letters.pop(0)
        word = ""
        while is_quoted or (letters and letters[0] != " "):
            letter = letters.pop(0)
            if letter == '"' and is_quoted:
                break
            word += letters.pop(0) if letter == "\\" else letter
        words.append(word)
    return words
