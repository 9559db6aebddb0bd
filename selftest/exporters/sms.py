"""The report in one short message, to be sent, dictated or typed: 160 characters, self-checked.

    KTP1 610805 260924T0102 FPS141W,UPS148F,+3 9C4D

form and version, station ("610805-2" for the second set of its office), start in UTC to the
minute, faults, CRC. A fault is its code without the dash and a letter: F fail, E error, W warn, S
an essential test of a critical component that was skipped. The most severe come first; "+n" counts
those that no longer fit. A station with none says OKE000 when all is clear, else NIL000. The CRC is
the low 16 bits of CRC-32 over all before it and the last space. Letters are written large; nothing
else is read.
"""

import datetime
import re
import zlib
from dataclasses import dataclass

from selftest.errors import BadReportError
from selftest.report import ALL_CLEAR_CODE, CheckResult, Outcome, Report

MAX_CHARACTERS = 160
"""One message of the 7-bit alphabet."""
LETTERS = "FEWS"
"""The most severe first."""
NOTHING = "NIL000"
"""No fault, but something essential was not tested by this run."""
_ALL_CLEAR = ALL_CLEAR_CODE.replace("-", "")
_LINE = re.compile(
    r"KTP1 (?P<station>[0-9]{6})(?:-(?P<set>[2-9]|[1-9][0-9]))? "
    r"(?P<when>[0-9]{6}T[0-9]{4}) (?P<faults>[A-Z0-9,+]+) (?P<crc>[0-9A-F]{4})",
    re.ASCII,
)
_FAULT = re.compile(r"([A-Z]{3})([0-9]{3})([FEWS])", re.ASCII)
_DROPPED = re.compile(r"\+([1-9][0-9]{0,2})", re.ASCII)
_FORMAT = "%y%m%dT%H%M"


@dataclass(frozen=True, slots=True)
class ShortReport:
    """What a short message says."""

    station_code: str
    """With dots."""
    started: datetime.datetime
    """UTC, to the minute."""
    faults: tuple[tuple[str, str], ...]
    """Code and letter, the most severe first."""
    dropped: int = 0
    """How many did not fit."""
    all_clear: bool = False
    set_number: int = 1


def short_report(report: Report) -> ShortReport:
    """Return what a short message says of a report; a code of several units counts once."""
    found: dict[str, str] = {}
    for result in report.results:
        letter = _letter(result)
        worst = min(letter, found.get(result.code, letter), key=LETTERS.index) if letter else None
        if worst:
            found[result.code] = worst
    ordered = sorted(found.items(), key=lambda pair: LETTERS.index(pair[1]))
    started = report.started.astimezone(datetime.UTC).replace(second=0, microsecond=0)
    return ShortReport(
        report.station_code, started, tuple(ordered), 0, report.all_clear, report.set_number
    )


def render_sms(report: Report) -> str:
    """Return the report's short message."""
    return encode_sms(short_report(report))


def encode_sms(short: ShortReport) -> str:
    """Return the line; drops the least severe until it fits."""
    for kept in range(len(short.faults), -1, -1):
        line = _line(short, kept)
        if len(line) <= MAX_CHARACTERS:
            return line
    raise ValueError(f"{short.station_code!r} is no station code")  # the rest has a fixed length


def decode_sms(line: str) -> ShortReport:
    """Return what a line says; BadReportError names what is wrong with it."""
    named = _LINE.fullmatch(line)
    if named is None or len(line) > MAX_CHARACTERS:
        raise BadReportError("no line of the form KTP1 STATION TIME FAULTS CRC; read it again")
    if _crc(line[:-5]) != named["crc"]:
        raise BadReportError(f"the check characters {named['crc']} do not fit; read it again")
    try:
        started = datetime.datetime.strptime(named["when"], _FORMAT).replace(tzinfo=datetime.UTC)
    except ValueError as error:
        raise BadReportError(f"{named['when']} is no time") from error
    station = ".".join(named["station"][place : place + 2] for place in (0, 2, 4))
    set_number = int(named["set"] or 1)
    short = ShortReport(station, started, *_faults(named["faults"]), set_number)
    if _line(short, len(short.faults)) != line:
        raise BadReportError("the faults are not in their order; read it again")
    return short


def _line(short: ShortReport, kept: int) -> str:
    words = [code.replace("-", "") + letter for code, letter in short.faults[:kept]]
    dropped = short.dropped + len(short.faults) - kept
    words += [f"+{dropped}"] if dropped else []
    faults = ",".join(words) or (_ALL_CLEAR if short.all_clear else NOTHING)
    station = short.station_code.replace(".", "")
    station += f"-{short.set_number}" if short.set_number > 1 else ""
    text = f"KTP1 {station} {short.started:{_FORMAT}} {faults}"
    return f"{text} {_crc(text)}"


def _faults(text: str) -> tuple[tuple[tuple[str, str], ...], int, bool]:
    if text in (_ALL_CLEAR, NOTHING):
        return (), 0, text == _ALL_CLEAR
    words = text.split(",")
    last = _DROPPED.fullmatch(words[-1])
    faults = [_fault(word) for word in (words[:-1] if last else words)]
    if len({code for code, _ in faults}) < len(faults):
        raise BadReportError("a fault stands twice; read it again")
    ordered = sorted(faults, key=lambda pair: LETTERS.index(pair[1]))
    return tuple(ordered), int(last[1]) if last else 0, False


def _fault(word: str) -> tuple[str, str]:
    named = _FAULT.fullmatch(word)
    if named is None:
        raise BadReportError(f"'{word}' is no fault; read it again")
    return f"{named[1]}-{named[2]}", named[3]


def _letter(result: CheckResult) -> str:
    if result.outcome in (Outcome.FAIL, Outcome.ERROR, Outcome.WARN):
        return result.outcome.value[0]
    is_owed = result.outcome is Outcome.SKIP and result.essential and result.critical
    return "S" if is_owed else ""


def _crc(text: str) -> str:
    return f"{zlib.crc32(text.encode('ascii')) & 0xFFFF:04X}"
