"""A made-up fleet for training and tests: reports of a whole province as stations would send them.

The counts are those that were published of West Kalimantan: 174 offices, 105 recording, 69 not, 173
broken devices reported by 10 of 14 regencies, most often computers, scanners and UPS. Which office
has what is drawn at random by the seed; makers, models and serial numbers are invented.
"""

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from selftest.faults import FaultText, load_faults
from selftest.fleet.errors import FleetError
from selftest.fleet.offices import Offices
from selftest.fleet.units import kind_of
from selftest.report import Asset, CheckResult, Confidence, Outcome, Report, Severity, Verdict
from selftest.signing import seal_report, stored_bytes
from selftest.verdict import CRITICAL_COMPONENTS, decide_verdict, is_all_clear

BLOCKED_SHARE = 69 / 174
DEVICES_PER_OFFICE = 173 / 174
SILENT_SHARE = 4 / 14
LAST_DAY = datetime.date(2026, 11, 23)
PERSON = "Contoh: telepon kabupaten / sample: by telephone"
_WEST_INDONESIA = datetime.timezone(datetime.timedelta(hours=7))
_COMPONENTS = {
    "FPS": "scanner",
    "CAM": "camera",
    "IRS": "iris",
    "SIG": "pad",
    "UPS": "ups",
    "DSK": "drive",
    "MEM": "memory",
    "CPU": "cpu",
    "TIM": "clock",
    "STO": "store",
    "SYS": "software",
    "NET": "network",
}
"""Component by the first letters of a code; codes of others stay out of the sample."""
_NOT_OF_THE_DRIVE = {"DSK-160": "disk", "DSK-161": "disk"}
_ROLES = {
    "scanner": "fingerprint_scanner",
    "camera": "face_camera",
    "iris": "iris_camera",
    "pad": "signature_pad",
    "ups": "power_supply",
    "drive": "drive",
    "computer": "computer",
}
_MODELS = {
    "scanner": ("SD-500", "SD-501 Plus"),
    "camera": ("KW-24",),
    "iris": ("DI-2",),
    "pad": ("TT-430", "TT-500"),
    "ups": ("CD-650", "CD-1200"),
    "drive": ("HD-1T", "SS-480"),
    "computer": ("PK-3000",),
}
_FAULTS: Mapping[str, tuple[str, ...]] = {
    "computer": ("CPU-101", "STO-101", "TIM-101", "CPU-101", "STO-101"),
    "drive": ("DSK-101", "DSK-111", "DSK-102"),
    "scanner": ("FPS-001", "FPS-102", "FPS-105", "FPS-106", "FPS-002"),
    "camera": ("CAM-001", "CAM-102"),
    "iris": ("IRS-001",),
    "pad": ("SIG-001",),
    "ups": ("UPS-101", "UPS-001", "UPS-108"),
}
"""Codes that a broken device may show; a code twice comes twice as often."""
_WEIGHTS = {
    "computer": 0.30,
    "scanner": 0.27,
    "ups": 0.22,
    "drive": 0.06,
    "camera": 0.04,
    "iris": 0.05,
    "pad": 0.06,
}
"""How often a kind is the broken one: the article names the first three as the most frequent."""
_OLD_FAULTS_SHARE = 0.6
"""Of the offices with faults: known for so long that the telephone did not help."""
_NEVER_BLOCKS = ("ups", "iris", "pad")
_ABSENT = ("FPS-001", "CAM-001", "IRS-001", "SIG-001", "UPS-001")
"""Codes of a device that does not say who it is, so that the report does not list it."""


@dataclass(frozen=True)
class SampleFleet:
    """What the stations and the telephone say."""

    reports: tuple[Report, ...]
    """By station and number."""
    statements: tuple[tuple[str, str], ...]
    """Office code and "active" or "blocked", of the offices that do not report."""
    silent: tuple[str, ...]
    """Regencies without a report."""
    broken: Mapping[str, tuple[str, ...]]
    """Kinds of the broken devices by office."""
    last_day: datetime.date

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and bytes of everything a province would have in its folder."""
        for report in self.reports:
            yield f"{report.station_code}/{report.number:06d}.json", stored_bytes(report)

    def statement_table(self) -> str:
        """Return the table of statements for `merge --states`."""
        lines = [f"{code};{state};{self.last_day};{PERSON}" for code, state in self.statements]
        return "\n".join(["code;state;day;person", *lines]) + "\n"


def make_sample(offices: Offices, seed: int = 1, last_day: datetime.date = LAST_DAY) -> SampleFleet:
    """Return the same made-up fleet for the same seed."""
    rng = np.random.default_rng(seed)
    codes = tuple(offices)
    blocked = {codes[i] for i in _draw(rng, len(codes), round(BLOCKED_SHARE * len(codes)))}
    regencies = offices.regencies()
    silent_places = _draw(rng, len(regencies), round(SILENT_SHARE * len(regencies)))
    silent = tuple(regencies[i] for i in sorted(silent_places))
    telling = [code for code in codes if offices[code].regency not in silent]
    count = round(DEVICES_PER_OFFICE * len(codes))
    broken = _broken_devices(rng, telling, blocked, count)
    reports = [r for code in telling for r in _reports(rng, code, broken[code], last_day)]
    statements = [
        (code, "blocked" if code in blocked else "active") for code in codes if code not in broken
    ]
    return SampleFleet(tuple(reports), tuple(statements), silent, broken, last_day)


def _draw(rng: np.random.Generator, of: int, count: int) -> tuple[int, ...]:
    return tuple(int(i) for i in rng.choice(of, size=count, replace=False))


def _broken_devices(
    rng: np.random.Generator, telling: list[str], blocked: set[str], count: int
) -> dict[str, tuple[str, ...]]:
    """Return the broken kinds of every telling office: blocked ones lack a critical device."""
    critical = [kind for kind in _WEIGHTS if kind not in _NEVER_BLOCKS]
    shares = np.array([_WEIGHTS[kind] for kind in critical])
    broken: dict[str, set[str]] = {code: set() for code in telling}
    for code in telling:
        if code in blocked:
            broken[code].add(str(rng.choice(critical, p=shares / shares.sum())))
    left = [
        (code, kind)
        for code in telling
        for kind in _WEIGHTS
        if kind not in broken[code] and (code in blocked or kind in _NEVER_BLOCKS)
    ]
    more = count - sum(len(kinds) for kinds in broken.values())
    if not 0 <= more <= len(left):
        raise FleetError(f"{len(telling)} reporting offices cannot have {count} broken devices")
    odds = np.array([_WEIGHTS[kind] * (1.0 if code in blocked else 0.3) for code, kind in left])
    for place in rng.choice(len(left), size=more, replace=False, p=odds / odds.sum()):
        code, kind = left[int(place)]
        broken[code].add(kind)
    return {code: tuple(sorted(kinds)) for code, kinds in broken.items()}


def _reports(
    rng: np.random.Generator, code: str, broken: tuple[str, ...], last_day: datetime.date
) -> Iterator[Report]:
    """Yield the report of a healthy day, of most a second one with the faults, and that of now."""
    assets = _assets(rng, code, last_day)
    found = {kind: str(rng.choice(_known(_FAULTS[kind]))) for kind in broken}
    healthy_ago, faulty_ago, now_ago = (
        int(rng.integers(*days)) for days in ((40, 60), (5, 30), (0, 3))
    )
    days = [(healthy_ago, {}), (faulty_ago, found), (now_ago, found)]
    if broken and rng.random() > _OLD_FAULTS_SHARE:
        del days[1]
    before: Report | None = None
    for number, (days_ago, faults) in enumerate(days, start=1):
        day = last_day - datetime.timedelta(days=days_ago)
        time = datetime.time(7, int(rng.integers(0, 60)))
        started = datetime.datetime.combine(day, time, _WEST_INDONESIA)
        report = _report(code, started, assets, faults, rng.bytes(3).hex())
        before = seal_report(_numbered(report, number, before), None)
        yield before


def _known(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in codes if code in load_faults())


def _numbered(report: Report, number: int, before: Report | None) -> Report:
    update: dict[str, object] = {"number": number}
    if before is not None:
        update["previous_run_id"] = before.run_id
        update["previous_sha256"] = hashlib.sha256(stored_bytes(before)).hexdigest()
    return report.model_copy(update=update)


def _assets(rng: np.random.Generator, code: str, last_day: datetime.date) -> tuple[Asset, ...]:
    return tuple(
        Asset(
            name="sda" if kind == "drive" else kind,
            role=role,
            make="Contoh",
            model=str(rng.choice(_MODELS[kind])),
            serial=f"{kind[:2].upper()}{code.replace('.', '')}-{int(rng.integers(1000, 9999))}",
            commissioned=last_day - datetime.timedelta(days=int(rng.integers(300, 5200))),
        )
        for kind, role in _ROLES.items()
    )


def _report(
    code: str,
    started: datetime.datetime,
    assets: tuple[Asset, ...],
    faults: Mapping[str, str],
    tail: str,
) -> Report:
    texts = {name: text for name, text in load_faults().items() if name[:3] in _COMPONENTS}
    results = tuple(
        _result(name, text, is_broken=name in faults.values(), has_hidden=_hides(name, faults))
        for name, text in sorted(texts.items())
    )
    verdict, limited_by = decide_verdict(results)
    absent = {kind for kind, name in faults.items() if name in _ABSENT}
    return Report(
        run_id=f"{started.astimezone(datetime.UTC):%Y%m%dT%H%M%S}-{tail}",
        station_code=code,
        trigger="boot",
        started=started,
        ended=started + datetime.timedelta(seconds=31),
        app_version="sample",
        limits_version="sample",
        assets=tuple(asset for asset in assets if kind_of(asset.role) not in absent),
        results=results,
        verdict=verdict,
        limited_by=limited_by if verdict is not Verdict.CAN_RECORD else (),
        all_clear=is_all_clear(results),
    )


def _hides(name: str, faults: Mapping[str, str]) -> bool:
    """Tell whether a check cannot be made since its device is absent."""
    return any(
        code in _ABSENT and code[:3] == name[:3] and code != name for code in faults.values()
    )


def _result(name: str, text: FaultText, *, is_broken: bool, has_hidden: bool) -> CheckResult:
    component = _NOT_OF_THE_DRIVE.get(name, _COMPONENTS[name[:3]])
    outcome = Outcome.FAIL if is_broken else Outcome.SKIP if has_hidden else Outcome.PASS
    asset = {"drive": "sda"}.get(component, component if component in _ROLES else None)
    finding = text.finding(name, Severity.FAIL, Confidence.CONFIRMED) if is_broken else None
    return CheckResult(
        code=name,
        component=component,
        asset=asset,
        outcome=outcome,
        name_id=text.test_id,
        name_en=text.test_en,
        reason="perangkat tidak terbuka / the device is not open" if has_hidden else "",
        critical=component in CRITICAL_COMPONENTS or component == "drive",
        finding=finding,
    )
