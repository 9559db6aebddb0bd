"""Texts of the codes: name, causes and first action, Indonesian first, as data in faults/*.toml."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from selftest.errors import UnknownCodeError
from selftest.report import Cause, Confidence, Finding, RepairAction, Severity


class Part(BaseModel):
    """A spare part or tool that technicians carry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name_id: str
    name_en: str
    is_tool: bool = False


class FaultText(BaseModel):
    """Everything people read about one code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    test_id: str
    """Name of what is checked, beside a PASS; `name_` names what is wrong."""
    test_en: str
    name_id: str
    name_en: str
    causes: tuple[Cause, ...]
    """The likeliest first."""
    evidence_id: str
    """What is measured and what it tells, for `explain`."""
    evidence_en: str
    confirm_id: str | None = None
    confirm_en: str | None = None
    action_id: str
    action_en: str
    steps_id: tuple[str, ...] = ()
    steps_en: tuple[str, ...] = ()
    warning_id: str | None = None
    warning_en: str | None = None
    level: Literal["A1", "A2", "A3", "A4"]
    minutes: int
    part: str | None = None
    tools: tuple[str, ...] = ()

    def finding(self, code: str, severity: Severity, confidence: Confidence) -> Finding:
        """Return what to report when the check of this code found something."""
        is_sure = confidence is Confidence.CONFIRMED
        return Finding(
            code=code,
            severity=severity,
            confidence=confidence,
            name_id=self.name_id,
            name_en=self.name_en,
            causes=self.causes,
            confirm_id=None if is_sure else self.confirm_id,
            confirm_en=None if is_sure else self.confirm_en,
            action=self._action(),
            retest=retest_command(code),
        )

    def _action(self) -> RepairAction:
        return RepairAction(
            level=self.level,
            minutes=self.minutes,
            part=self.part,
            tools=self.tools,
            text_id=self.action_id,
            text_en=self.action_en,
            steps_id=self.steps_id,
            steps_en=self.steps_en,
            warning_id=self.warning_id,
            warning_en=self.warning_en,
        )


def retest_command(code: str) -> str:
    """Return the command that repeats one check."""
    return f"selftest only {code}"


@cache
def load_faults() -> dict[str, FaultText]:
    """Read all files once, by code."""
    texts: dict[str, FaultText] = {}
    for file in files("selftest").joinpath("faults").iterdir():
        if file.name.endswith(".toml"):
            tables = tomllib.loads(file.read_text(encoding="utf-8"))
            texts |= {code: FaultText.model_validate(table) for code, table in tables.items()}
    return texts


@cache
def load_parts() -> dict[str, Part]:
    """Read parts.toml once, by key."""
    tables = tomllib.loads(files("selftest").joinpath("parts.toml").read_text(encoding="utf-8"))
    return {key: Part.model_validate(table) for key, table in tables.items()}


def fault_text(code: str) -> FaultText:
    """Return the text of one code; UnknownCodeError names the command that lists them."""
    try:
        return load_faults()[code.upper()]
    except KeyError as error:
        known = ", ".join(sorted(load_faults()))
        raise UnknownCodeError(f"no text for the code '{code}'; known: {known}") from error
