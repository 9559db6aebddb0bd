"""Find stored reports in files, folders and bundles, and tell what is wrong with each that is not.

    file or folder -> *.json, *.json.gz, *.tar, *.tar.gz, *.tgz, *.zip -> body -> report or refusal

A body is refused by name and the rest goes on: damaged, of another program, changed after it was
stored, signed by somebody else, or of an office that the table lacks.
"""

import datetime
import gzip
import hashlib
import json
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from selftest.errors import BadReportError, UnsignedError
from selftest.report import Report
from selftest.signing import Keys, check_seal, verify_report

MAX_BODY_BYTES = 4 * 1024 * 1024
"""A report of 150 checks takes 0.1 MB; what unpacks to more is no report."""
_FAMILY = "ktpel-selftest/"
_YEARS = range(1970, 2200)
"""A clock without power shows 1970; beyond these no calendar reckons in every time zone."""
_MOST_NUMBER = 999_999
"""In an outbox: ten runs a day for 270 years. Days and times in file names are larger, and every
number below one that is believed would be asked for."""
_NUMBER = re.compile(r"(?:^|[/_-])(\d{1,15})\.json(?:\.gz)?$", re.ASCII)
_TARS = (".tar", ".tar.gz", ".tgz")
_UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError, struct.error),  # RuntimeError: with a password
    *(zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile),
)
"""What a damaged or locked file raises while it is unpacked."""


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes that may be a report."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not taken, by name, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """One report as it came."""

    name: str
    number: int | None
    """In its station's outbox: as the report says, else as the file is named, else None."""
    packed: bytes
    """The report as it came, compressed."""
    run_id: str
    station: str
    ended: datetime.datetime
    previous_run_id: str | None
    previous_sha256: str | None
    hashes: frozenset[str]
    """Under which a later report may name it: of the bytes, and of its canonical form."""
    is_proved: bool
    """Signed by a known key."""


def find_bodies(sources: Iterable[Path]) -> Iterator[Body | Refusal]:
    """Yield everything that may be a report, in the order of names."""
    for source in sources:
        places = (
            sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]
        )
        for place in places:
            if not source.is_dir() or _may_hold_reports(place.name):
                yield from _bodies_of(place)


def _may_hold_reports(name: str) -> bool:
    return name.endswith((".json", ".json.gz", ".zip", *_TARS))


def _bodies_of(place: Path) -> Iterator[Body | Refusal]:
    try:
        if place.name.endswith(_TARS):
            yield from _from_tar(place)
        elif place.name.endswith(".zip"):
            yield from _from_zip(place)
        else:
            with place.open("rb") as file:
                yield _unpacked(str(place), file.read(MAX_BODY_BYTES + 1))
    except _UNREADABLE as error:
        yield Refusal(str(place), f"rusak / damaged: {error}")


def _from_tar(place: Path) -> Iterator[Body | Refusal]:
    with tarfile.open(place) as bundle:
        for member in bundle:
            if member.isfile() and _may_hold_reports(member.name):
                file = bundle.extractfile(member)
                content = file.read(MAX_BODY_BYTES + 1) if file else b""
                yield _unpacked(f"{place}/{member.name}", content)


def _from_zip(place: Path) -> Iterator[Body | Refusal]:
    with zipfile.ZipFile(place) as bundle:
        for name in sorted(bundle.namelist()):
            if _may_hold_reports(name):
                with bundle.open(name) as file:
                    yield _unpacked(f"{place}/{name}", file.read(MAX_BODY_BYTES + 1))


def _unpacked(name: str, content: bytes) -> Body | Refusal:
    try:
        if content.startswith(b"\x1f\x8b"):
            unpacker = zlib.decompressobj(wbits=31)
            content = unpacker.decompress(content, MAX_BODY_BYTES + 1)
            if not unpacker.eof and len(content) <= MAX_BODY_BYTES:
                return Refusal(name, "rusak: terpotong / damaged: cut short")
    except zlib.error as error:
        return Refusal(name, f"rusak / damaged: {error}")
    if len(content) > MAX_BODY_BYTES:
        return Refusal(name, f"terlalu besar / larger than {MAX_BODY_BYTES} bytes, no report")
    return Body(name, content)


def read_arrival(body: Body, keys: Keys, codes: Mapping[str, object]) -> Arrival | Refusal:
    """Return the report of a body, or why it is none."""
    try:
        document = json.loads(body.content)
    except (ValueError, RecursionError) as error:
        return Refusal(body.name, f"rusak: bukan JSON / damaged: no JSON ({error})")
    if not isinstance(document, dict) or not _is_ours(document):
        return Refusal(body.name, "asing: bukan laporan uji mandiri / foreign: no self-test report")
    try:
        report = Report.model_validate_json(body.content)
        hashes, is_proved = _proved(document, body.content, keys)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return Refusal(body.name, f"rusak / damaged: {where}: {first['msg']}")
    except BadReportError as error:
        return Refusal(body.name, f"diubah / tampered: {error}")
    if problem := _problem(report, codes):
        return Refusal(body.name, problem)
    return Arrival(
        name=body.name,
        number=report.number or _number_in(body.name),
        packed=gzip.compress(body.content, mtime=0),
        run_id=report.run_id,
        station=report.station_code,
        ended=report.ended,
        previous_run_id=report.previous_run_id,
        previous_sha256=report.previous_sha256,
        hashes=hashes,
        is_proved=is_proved,
    )


def _number_in(name: str) -> int | None:
    found = _NUMBER.search(name)
    number = int(found[1]) if found else 0
    return number if 1 <= number <= _MOST_NUMBER else None


def _is_ours(document: dict[str, Any]) -> bool:
    return str(document.get("schema_name", "")).startswith(_FAMILY)


def _proved(document: dict[str, Any], content: bytes, keys: Keys) -> tuple[frozenset[str], bool]:
    """Return the hashes of a report and whether a known key signed it; BadReportError if not so."""
    hashes = {hashlib.sha256(content).hexdigest()}
    try:
        hashes.add(hashlib.sha256(check_seal(document)).hexdigest())
        if not keys:
            return frozenset(hashes), False
        verify_report(document, keys)
    except UnsignedError:
        return frozenset(hashes), False
    return frozenset(hashes), True


def _problem(report: Report, codes: Mapping[str, object]) -> str:
    if report.station_code not in codes:
        return (
            f"asing: kantor {report.station_code} tidak ada di tabel / foreign: the office "
            f"{report.station_code} is not in the table of offices"
        )
    if report.trigger == "diagnose":
        return "pemeriksaan mesin lain / a diagnosis of another machine's device"
    if report.number is not None and not 1 <= report.number <= _MOST_NUMBER:
        return f"rusak: nomor tidak mungkin / damaged: an impossible number, {report.number}"
    return _problem_of_times(report)


def _problem_of_times(report: Report) -> str:
    times = (report.started, report.ended)
    if any(moment.tzinfo is None for moment in times):
        return "rusak: waktu tanpa zona / damaged: times without a zone"
    if not all(moment.year in _YEARS for moment in times):
        return "rusak: tahun tidak mungkin / damaged: an impossible year"
    if report.ended < report.started:
        return "rusak: selesai sebelum mulai / damaged: it ends before it begins"
    return ""
