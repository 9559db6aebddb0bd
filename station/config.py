"""The station's configuration: one TOML file, read once into frozen models.

Unknown keys are errors, and every error names the file, the line and the key. There are no
secrets in it. Places are relative to the folder of the file.
"""

import ipaddress
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from station.config_problems import UnfitValueError, describe_problems
from station.config_template import default_text
from station.durable import write_private
from station.errors import ConfigError, TrustedCentreError
from station.trusted_centre import check_recipients

CONFIG_NAME = "station.toml"
StepName = Literal[
    "portrait", "left_slap", "right_slap", "thumbs", "verification", "irises", "signature"
]
DeviceKind = Literal[
    "fingerprint_scanner",
    "face_camera",
    "iris_camera",
    "signature_pad",
    "card_reader",
    "power_supply",
]
STEP_NAMES: tuple[StepName, ...] = get_args(StepName)
"""The default order: FIELD.md 3.1, the head of Dukcapil 2016, with the signature last."""
FINGER_STEPS: tuple[StepName, ...] = ("left_slap", "right_slap", "thumbs")
PANEL_PORT = 8461
PULL_PORT = 8462


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class StationTable(_Table):
    """Which station this is."""

    code: Annotated[str, StringConstraints(pattern=r"^\d{2}\.\d{2}\.\d{2}$")]
    """Sub-district code, "61.01.01": where recordings are hosted."""
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    set_number: Annotated[int, Field(ge=1, le=99)] = 1
    """Which of the office's recording sets (most have two)."""
    language: Literal["id", "en"] = "id"


def _require_loopback(host: str) -> str:
    if host != "localhost" and not _is_loopback_address(host):
        raise UnfitValueError(
            "panel hanya untuk mesin ini: 127.0.0.1, ::1, atau localhost",
            "the panel listens on this machine only: 127.0.0.1, ::1 or localhost",
        )
    return host


def _is_loopback_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


Port = Annotated[int, Field(ge=1, le=65535)]
Host = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=r"^[0-9A-Za-z:.-]+$")]


class PanelTable(_Table):
    """Where the control panel listens."""

    host: Annotated[Host, AfterValidator(_require_loopback)] = "127.0.0.1"
    port: Port = PANEL_PORT


class PullTable(_Table):
    """Where the central system pulls."""

    host: Host = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = PULL_PORT
    """0 takes a free one."""


class RecordingTable(_Table):
    """How a recording goes."""

    order: Annotated[tuple[StepName, ...], Field(strict=False)] = STEP_NAMES
    max_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """For each slap, before the best is kept: BSI TR-03121-3 allows 3."""
    capture_timeout_s: Annotated[float, Field(gt=0, le=300, strict=False)] = 30.0
    auto_capture: bool = True

    @field_validator("order")
    @classmethod
    def _each_step_once(cls, order: tuple[StepName, ...]) -> tuple[StepName, ...]:
        for step in STEP_NAMES:
            if order.count(step) != 1:
                raise UnfitValueError(
                    f"langkah '{step}' harus ada tepat satu kali",
                    f"step '{step}' must stand in it exactly once",
                )
        if order.index("verification") < max(order.index(step) for step in FINGER_STEPS):
            raise UnfitValueError(
                "'verification' harus sesudah langkah yang jarinya diverifikasi",
                "'verification' must follow the steps whose fingers it verifies",
            )
        return order


class PackageTable(_Table):
    """Who can open packages, beside the recipients of the centre's enrolment."""

    recipients: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @field_validator("recipients")
    @classmethod
    def _known_forms(cls, recipients: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return check_recipients(recipients) if recipients else recipients
        except TrustedCentreError as error:
            raise UnfitValueError(error.text_id, error.text_en) from error


class SelftestTable(_Table):
    """When the station checks itself."""

    boot: bool = True
    """All quick checks at the start and once a day, before the first recording."""
    nightly: Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")] = "02:00"
    """Local time; empty for never."""


class PathsTable(_Table):
    """Where things lie; relative to the folder of the file, absolute after loading."""

    database: Annotated[Path, Field(strict=False)] = Path("station.db")
    keys: Annotated[Path, Field(strict=False)] = Path("keys")
    spool: Annotated[Path, Field(strict=False)] = Path("spool")
    inbox: Annotated[Path, Field(strict=False)] = Path("inbox")
    reports: Annotated[Path, Field(strict=False)] = Path("outbox/reports")
    ballast: Annotated[Path, Field(strict=False)] = Path("ballast")
    inventory: Annotated[Path, Field(strict=False)] = Path("inventory.toml")
    hosting: Annotated[Path, Field(strict=False)] = Path("hosting.json")
    centre: Annotated[Path, Field(strict=False)] = Path("centre.toml")

    def below(self, folder: Path) -> Self:
        """Return the same places as absolute paths."""
        places = {name: folder / place for name, place in self}
        return self.model_copy(update=places)


class DeviceConfig(_Table):
    """One device; its options are checked by the driver."""

    kind: DeviceKind
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    driver: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
    options: dict[str, object] = {}


class StationConfig(_Table):
    """Everything the file says."""

    station: StationTable
    panel: PanelTable = PanelTable()
    pull: PullTable = PullTable()
    recording: RecordingTable = RecordingTable()
    package: PackageTable = PackageTable()
    selftest: SelftestTable = SelftestTable()
    paths: PathsTable = PathsTable()
    devices: Annotated[tuple[DeviceConfig, ...], Field(strict=False)] = ()

    @field_validator("devices")
    @classmethod
    def _names_once(cls, devices: tuple[DeviceConfig, ...]) -> tuple[DeviceConfig, ...]:
        counts = Counter(device.name for device in devices)
        repeated = [name for name, count in counts.items() if count > 1]
        if repeated:
            raise UnfitValueError(
                f"dua perangkat bernama '{repeated[0]}'", f"two devices are named '{repeated[0]}'"
            )
        return devices

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file; raises ConfigError that names the line and what is allowed."""
        text = _read(path)
        try:
            config = cls.model_validate(_parse(path, text))
        except ValidationError as error:
            problems_id, problems_en = describe_problems(error, cls, text)
            raise ConfigError(place=path, problem_id=problems_id, problem_en=problems_en) from error
        folder = path.resolve().parent
        return config.model_copy(update={"paths": config.paths.below(folder)})


def write_default(
    path: Path, *, code: str, name: str = "", simulated: bool = True
) -> StationConfig:
    """Write a file that is not there yet and return what it says; raises ConfigError."""
    if path.exists():
        raise ConfigError(
            place=path,
            problem_id="berkas sudah ada dan tidak ditimpa.",
            problem_en="the file exists and is not overwritten.",
        )
    text = default_text(
        code,
        name or f"Kecamatan {code}",
        order=STEP_NAMES,
        ports=(PANEL_PORT, PULL_PORT),
        simulated=simulated,
    )
    write_private(path, text.encode())
    try:
        return StationConfig.load(path)
    except ConfigError:
        path.unlink()
        raise


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            place=path,
            problem_id="berkas tidak ada. Buat dengan `station init`.",
            problem_en="there is no such file. Make one with `station init`.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            place=path, problem_id=f"tidak terbaca: {error}", problem_en=f"unreadable: {error}"
        ) from error


def _parse(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:  # its text says line and column
        raise ConfigError(
            place=path, problem_id=f"bukan TOML yang sah: {error}", problem_en=f"no TOML: {error}"
        ) from error
