"""The thresholds of the captured fingers, as a versioned file that states its sources.

`station/data/thresholds.toml` is the packaged one; another file of the same form may replace it.
"""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from biometrics.finger.rules import Digit, Purpose, ThresholdTable
from station.config_problems import describe_problems
from station.errors import ConfigError

_PACKAGED = files("station") / "data" / "thresholds.toml"
Score = Annotated[int, Field(ge=0, le=100, strict=True)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Fingers(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    thumb: Score
    index: Score
    middle: Score
    ring: Score
    little: Score


class _ThresholdFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,60}$")]
    source: Line
    scale: Line
    enrolment: _Fingers
    verification: _Fingers
    rolled: _Fingers


def load_thresholds(path: Traversable = _PACKAGED) -> ThresholdTable:
    """Read a threshold file; raises ConfigError that names line and key."""
    text = path.read_text(encoding="utf-8")
    try:
        read = _ThresholdFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            place=path, problem_id=f"bukan TOML yang sah: {error}", problem_en=f"no TOML: {error}"
        ) from error
    except ValidationError as error:
        problem_id, problem_en = describe_problems(error, _ThresholdFile, text)
        raise ConfigError(place=path, problem_id=problem_id, problem_en=problem_en) from error
    return ThresholdTable(
        version=read.version,
        source=read.source,
        scale=read.scale,
        least={purpose: _scores(getattr(read, purpose.value)) for purpose in Purpose},
    )


def _scores(fingers: _Fingers) -> dict[Digit, int]:
    return {digit: getattr(fingers, digit.value) for digit in Digit}
