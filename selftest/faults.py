"""Texts of the codes: name, cause and first action, Indonesian first, as data in faults/*.toml."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from selftest.errors import UnknownCodeError
from selftest.report import Finding, RepairAction


class FaultText(BaseModel):
    """Everything people read about one code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    test_id: str
    """Name of what is checked, beside a PASS; `name_` names what is wrong."""
    test_en: str
    name_id: str
    name_en: str
    cause_id: str
    cause_en: str
    action_id: str
    action_en: str
    level: Literal["A1", "A2", "A3", "A4"]
    minutes: int
    part: str | None = None

    def finding(self, code: str, severity: Literal["WARN", "FAIL"]) -> Finding:
        """Return what to report when the check of this code found something."""
        return Finding(
            code=code,
            severity=severity,
            name_id=self.name_id,
            name_en=self.name_en,
            cause_id=self.cause_id,
            cause_en=self.cause_en,
            action=RepairAction(
                level=self.level,
                minutes=self.minutes,
                part=self.part,
                text_id=self.action_id,
                text_en=self.action_en,
            ),
            retest=retest_command(code),
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


def fault_text(code: str) -> FaultText:
    """Return the text of one code; UnknownCodeError names the command that lists them."""
    try:
        return load_faults()[code.upper()]
    except KeyError as error:
        known = ", ".join(sorted(load_faults()))
        raise UnknownCodeError(f"no text for the code '{code}'; known: {known}") from error
