"""A UPS behind NUT's network server upsd, whatever its own protocol.

Protocol: PROTOCOLS.md section 12.2; the conversation is in `drivers.protocols.nut_client`.

    open    connect -> version -> which UPS -> its commands and variables
    read    all variables
    command name and password (once) -> instant command

upsd that has lost the UPS says so ("DATA-STALE", "DRIVER-NOT-CONNECTED", status "WAIT"). Then the
state is unknown, never "on mains": the reading has the time of the last good one, so that its age
tells; without any good one reading fails.
"""

import ipaddress
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import Field, SecretStr

from drivers.devices import DeviceOptions, PowerCommand, PowerSupply
from drivers.errors import (
    AccessDeniedError,
    DeviceNotFoundError,
    DeviceReportedError,
    DriverError,
    OptionsError,
    ProtocolError,
)
from drivers.frames import DeviceIdentity, PowerReading, PowerState
from drivers.protocols.nut_client import NutClient, UpsdRefusedError
from drivers.protocols.nut_reading import make_reading
from drivers.transport.recording import RecordingSerialLink, TranscriptWriter
from drivers.transport.serial import SerialLink, SerialLinkFactory
from drivers.transport.tcp import TcpLink

WAITING = "WAIT"  # upsd's status while the driver has not told anything yet
STALE_CODES = frozenset({"DATA-STALE", "DRIVER-NOT-CONNECTED", WAITING})
ACCESS_CODES = frozenset(
    {"ACCESS-DENIED", "INVALID-USERNAME", "INVALID-PASSWORD", "USERNAME-REQUIRED"}
    | {"PASSWORD-REQUIRED"}
)
WRONG_QUESTION_CODES = frozenset({"UNKNOWN-COMMAND", "INVALID-ARGUMENT", "TOO-LONG"})
COMMAND_NAMES = {
    PowerCommand.TEST_BATTERY: ("test.battery.start.quick", "test.battery.start"),
    PowerCommand.TEST_BATTERY_UNTIL_LOW: ("test.battery.start.deep", "test.battery.start.low"),
    PowerCommand.STOP_TEST: ("test.battery.stop",),
    PowerCommand.SHUT_DOWN_AND_RETURN: ("shutdown.return",),
    PowerCommand.CANCEL_SHUTDOWN: ("shutdown.stop",),
    PowerCommand.TOGGLE_BEEPER: ("beeper.toggle",),
}
"""NUT's names for each command; the first that a UPS has is used."""
GOODBYE_TIMEOUT_S = 1.0

log = logging.getLogger(__name__)


class NutUpsOptions(DeviceOptions):
    """Options of a UPS behind upsd."""

    host: str = "127.0.0.1"
    """Where upsd runs."""
    port: int = Field(3493, ge=1, le=65535)
    ups: str | None = None
    """Name of the UPS in ups.conf; may be left out when upsd has one only."""
    username: str | None = None
    """User of upsd.users with instcmds; without one the UPS is read only."""
    password: SecretStr | None = None
    answer_timeout_s: float = Field(5.0, gt=0, le=30)
    """Limit of each answer."""


class NutUps(PowerSupply):
    """A UPS that upsd knows."""

    options_model = NutUpsOptions

    def __init__(
        self, name: str, options: NutUpsOptions, open_link: SerialLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        self._settings = options
        self._open_link = open_link or (lambda: TcpLink(options.host, options.port, device=name))
        self._link: SerialLink | None = None
        self._client: NutClient | None = None
        self._forget()

    def record_to(self, transcript: TranscriptWriter) -> None:
        """Write all traffic from the next open() on into a transcript."""
        open_link = self._open_link
        self._open_link = lambda: RecordingSerialLink(open_link(), transcript)

    def _forget(self) -> None:
        self._ups = self._version = ""
        self._command_names: frozenset[str] = frozenset()
        self._variables: dict[str, str] = {}
        self._fresh_at_s: float | None = None
        self._is_logged_in = False

    def _open(self) -> None:
        self._forget()
        self._require_safe_password()
        self._link = self._open_link()
        timeout_s = self._settings.answer_timeout_s
        self._client = NutClient(self._link, device=self.name, timeout_s=timeout_s)
        with self._translating():
            self._version = self._client.read_version()
            self._ups = self._choose(self._client.list_ups())
        try:
            self._command_names = self._client.list_commands(self._ups)
            self._refresh(self._client)
        except UpsdRefusedError as error:
            if error.code not in STALE_CODES:
                raise self._translated(error) from error
            log.warning("%s: upsd has no data of the UPS yet: %s", self.name, error.code)

    def _close(self) -> None:
        link, self._link = self._link, None
        client, self._client = self._client, None
        try:
            if client is not None and self._is_logged_in:
                client.timeout_s = GOODBYE_TIMEOUT_S
                client.log_out()
        except (DriverError, UpsdRefusedError) as error:
            log.info("%s: no goodbye: %s", self.name, error)
        finally:
            if link is not None:
                link.close()

    def _identity(self) -> DeviceIdentity:
        told = self._variables
        return DeviceIdentity(
            make=told.get("ups.mfr") or told.get("device.mfr") or "unknown",
            model=told.get("ups.model") or told.get("device.model") or self._ups,
            serial=told.get("ups.serial") or told.get("device.serial"),
            firmware=told.get("ups.firmware"),
        )

    def _read_power(self, timeout_s: float) -> PowerReading:
        client = self._opened(timeout_s)
        try:
            self._refresh(client)
        except UpsdRefusedError as error:
            if error.code not in STALE_CODES or self._fresh_at_s is None:
                raise self._translated(error) from error
            return PowerReading(
                PowerState.UNKNOWN, self._fresh_at_s, variables={"upsd.error": error.code}
            )
        return make_reading(self._variables, read_at_s=self._fresh_at_s or time.monotonic())

    def _refresh(self, client: NutClient) -> None:
        variables = client.list_variables(self._ups)
        if WAITING in variables.get("ups.status", "").split():
            raise UpsdRefusedError(WAITING)
        self._variables = variables
        self._fresh_at_s = time.monotonic()

    def _commands(self) -> frozenset[PowerCommand]:
        if self._settings.username is None:
            return frozenset()
        return frozenset(
            command
            for command, names in COMMAND_NAMES.items()
            if self._command_names.intersection(names)
        )

    def _send_command(self, command: PowerCommand, timeout_s: float) -> None:
        client = self._opened(timeout_s)
        name = next(name for name in COMMAND_NAMES[command] if name in self._command_names)
        with self._translating():
            if not self._is_logged_in:
                password = self._settings.password or SecretStr("")
                client.log_in(self._settings.username or "", password.get_secret_value())
                self._is_logged_in = True
            client.run_command(self._ups, name)

    def _choose(self, known: dict[str, str]) -> str:
        wanted = self._settings.ups
        if wanted is None and len(known) == 1:
            return next(iter(known))
        if wanted in known and wanted is not None:
            return wanted
        names = ", ".join(sorted(known)) or "none"
        raise DeviceNotFoundError(
            f"upsd knows these UPS: {names}; set the driver's option 'ups'", device=self.name
        )

    def _require_safe_password(self) -> None:
        """Refuse to send a password through a network: upsd's line is not encrypted."""
        if self._settings.username is not None and not _is_this_machine(self._settings.host):
            raise OptionsError(
                f"name and password would travel in clear to {self._settings.host}; leave "
                "'username' out, or run upsd on the station",
                device=self.name,
            )

    def _opened(self, timeout_s: float) -> NutClient:
        if self._client is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        self._client.timeout_s = min(timeout_s, self._settings.answer_timeout_s)
        return self._client

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except UpsdRefusedError as error:
            raise self._translated(error) from error
        except ValueError as error:
            raise OptionsError(f"upsd cannot be told this: {error}", device=self.name) from error

    def _translated(self, error: UpsdRefusedError) -> DriverError:
        code = error.code
        if code in ACCESS_CODES:
            return AccessDeniedError(
                f"upsd refuses ({code}); check 'username' and 'password' against upsd.users",
                device=self.name,
            )
        if code == "UNKNOWN-UPS":
            return DeviceNotFoundError(f"upsd knows no UPS '{self._ups}'", device=self.name)
        if code in STALE_CODES:
            return DeviceReportedError(
                f"upsd has no fresh data ({code}); check the UPS's cable and its NUT driver",
                device=self.name,
            )
        if code in WRONG_QUESTION_CODES:
            return ProtocolError(f"upsd does not understand ({code})", device=self.name)
        return DeviceReportedError(f"upsd refuses: {error}", device=self.name)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


DRIVER = NutUps
