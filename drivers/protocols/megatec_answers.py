"""Answers of UPS with the Megatec protocol, also called Q1: read and checked by their columns.

Source: PROTOCOLS.md section 12.1; variants from NUT's nutdrv_qx (subdrivers megatec, megatec-old,
mustek, q1). Every answer ends in CR and has fixed columns:

    status  (MMM.M NNN.N PPP.P QQQ RR.R SS.S TT.T b7..b0     to Q1, QS or D
    rating  #VVV.V CCC BB.BB FF.F                            to F
    name    # maker 15, model 10, version 10                 to I

A value that a UPS does not know is written with dashes or other marks in place of digits. UPS of
the on-line type write the battery as volts of one cell (S.SS). There is no checksum: a digit that
changed on the line cannot be seen, one that became no digit can.
"""

import re
from dataclasses import dataclass

CELL_V = 2.0  # nominal, lead-acid
_NUMBER = re.compile(r"[0-9]+\.[0-9]+|[0-9]+")
_UNKNOWN = re.compile(r"[-@. ]+")
_STATUS = re.compile(r"\((.{5}) (.{5}) (.{5}) (.{3}) (.{4}) (.{4}) (.{4}) ([01]{8})")
_RATING = re.compile(r"#(.{5}) (.{3}) (.{5}) (.{4})")
_PER_CELL = re.compile(r"[0-9]\.[0-9][0-9]")
_MAKER, _MODEL, _VERSION = slice(1, 16), slice(17, 27), slice(28, 38)
_NAME_CHARS = range(_MAKER.stop, _VERSION.stop + 1)

FAILED_ALARM = "UPS selftest failed!"  # NUT's text for bit 4


@dataclass(frozen=True, slots=True)
class MegatecStatus:
    """What a UPS tells of the moment; None where it does not know."""

    input_v: float | None
    fault_v: float | None
    """Input voltage that last made it go to the battery."""
    output_v: float | None
    load_percent: float | None
    frequency_hz: float | None
    battery_v: float | None
    """Of one cell where `is_per_cell`."""
    temperature_c: float | None
    is_per_cell: bool
    is_utility_failed: bool
    is_battery_low: bool
    is_bypassing: bool
    """Bypass, boost or buck; which one, the voltages tell."""
    is_failed: bool
    is_line_interactive: bool
    is_testing: bool
    is_shutting_down: bool
    is_beeper_on: bool

    def words(self) -> tuple[str, ...]:
        """Return the words that NUT has for this status."""
        flags = {
            "OL": not self.is_utility_failed,
            "OB": self.is_utility_failed,
            "LB": self.is_battery_low,
            self._bypass_word(): self.is_bypassing,
            "OVER": self.load_percent is not None and self.load_percent > 100,
            "CAL": self.is_testing,
            "FSD": self.is_shutting_down,
            "ALARM": self.is_failed,
        }
        return tuple(word for word, is_set in flags.items() if is_set)

    def _bypass_word(self) -> str:
        """Tell bypass, trim and boost apart as NUT does: by 5 per cent between in and out."""
        if not self.input_v or self.output_v is None:
            return "BYPASS"
        ratio = self.output_v / self.input_v
        return "TRIM" if ratio < 0.95 else "BYPASS" if ratio < 1.05 else "BOOST"


@dataclass(frozen=True, slots=True)
class MegatecRating:
    """What a UPS is made for."""

    voltage_v: float | None
    current_a: float | None
    battery_v: float | None
    frequency_hz: float | None


@dataclass(frozen=True, slots=True)
class MegatecName:
    """Who a UPS says it is; empty where it does not say."""

    maker: str
    model: str
    version: str


def parse_status(text: str) -> MegatecStatus:
    """Read an answer to Q1, QS or D; ValueError for anything else."""
    fields = _fields(_STATUS, text)
    input_v, fault_v, output_v, load, frequency, battery_v, temperature = map(_number, fields[:7])
    bits = [letter == "1" for letter in fields[7]]
    return MegatecStatus(
        input_v=input_v,
        fault_v=fault_v,
        output_v=output_v,
        load_percent=load,
        frequency_hz=frequency,
        battery_v=battery_v,
        temperature_c=temperature,
        is_per_cell=_PER_CELL.fullmatch(fields[5]) is not None,
        is_utility_failed=bits[0],
        is_battery_low=bits[1],
        is_bypassing=bits[2],
        is_failed=bits[3],
        is_line_interactive=bits[4],
        is_testing=bits[5],
        is_shutting_down=bits[6],
        is_beeper_on=bits[7],
    )


def parse_rating(text: str) -> MegatecRating:
    """Read an answer to F; ValueError for anything else."""
    return MegatecRating(*(_number(field) for field in _fields(_RATING, text)))


def parse_name(text: str) -> MegatecName:
    """Read an answer to I, blanks at its end cut or not; ValueError for anything else."""
    if not text.startswith("#") or len(text) not in _NAME_CHARS or not text.isprintable():
        raise ValueError(f"no name: {text[:60]!r}")
    columns = (text[column].strip(" -") for column in (_MAKER, _MODEL, _VERSION))
    return MegatecName(*columns)


def battery_voltage(status: MegatecStatus, rating: MegatecRating | None) -> float | None:
    """Return volts of the whole battery; None where only a cell is told and no rating is known."""
    if status.battery_v is None or not status.is_per_cell:
        return status.battery_v
    if rating is None or not rating.battery_v:
        return None
    return round(status.battery_v * rating.battery_v / CELL_V, 2)


def _fields(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError(f"not in the columns of the protocol: {text[:60]!r}")
    return match.groups()


def _number(field: str) -> float | None:
    """Return a field's number, None for one that is marked as unknown."""
    if _NUMBER.fullmatch(field.strip()):
        return float(field)
    if _UNKNOWN.fullmatch(field):
        return None
    raise ValueError(f"no number: {field!r}")
