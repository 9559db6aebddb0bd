"""The fingerprint scanner: there, the unit that belongs here, open, fast enough, certified."""

import itertools

import numpy as np

from drivers.devices import FingerprintScanner
from drivers.errors import CaptureTimeoutError, DriverError
from selftest.archive import read_report, stored_places
from selftest.check import Measured, Skip, Value, check, measured
from selftest.errors import NoReportError
from selftest.inventory import load_inventory
from selftest.presence import open_device, see_presence
from selftest.report import Asset
from selftest.scanner.glass import TakenStack, take_stack
from selftest.subject import Subject

_DAYS_PER_YEAR = 365.25


@check("scanner", "FPS-001")
def presence(subject: Subject) -> Measured | Skip:
    """Whether a scanner is attached."""
    return see_presence(subject, FingerprintScanner)


@check("scanner", "FPS-002", time_limit_s=15)
def opening(subject: Subject) -> Measured | Skip:
    """Whether it opens and says who it is."""
    return open_device(subject, FingerprintScanner)


@check("scanner", "FPS-003", essential=False)
def serial_number(subject: Subject) -> Measured | Skip:
    """Whether it is the unit of the inventory, else the one that the baseline was taken of."""
    serial = subject.opened(FingerprintScanner).identity().serial
    if serial is None:
        return Skip("pemindai tidak menyebut nomor seri / the scanner tells no serial number")
    entry = load_inventory(subject.bench.inventory).get(subject.name or "")
    if entry is not None and entry.serial is not None:
        known, origin = entry.serial, "inventaris / inventory"
    elif (asset := _last_commissioned(subject)) is not None and asset.serial is not None:
        known, origin = asset.serial, f"garis dasar / baseline {asset.commissioned}"
    else:
        return Skip(
            "belum ada inventaris atau garis dasar: selftest baseline / no inventory, no baseline"
        )
    evidence = f"{serial}; {origin}: {known}"
    return measured("is_known_serial", float(serial == known), evidence=evidence)


@check("scanner", "FPS-006", time_limit_s=30)
def preview_rate(subject: Subject) -> Measured | Skip:
    """Frames per second of the preview, and whether they are new ones."""
    try:
        taken = subject.once(take_stack)
    except CaptureTimeoutError as error:
        return Skip(f"hanya memotret saat disentuh / images touched platens only: {error}")
    except DriverError as error:
        return measured("preview_rate", 0.0, n=0, evidence=str(error))
    if taken.rate_fps is None:
        return Skip("gambar dari folder / pictures from a folder")
    rate = Value("preview_rate", taken.rate_fps, len(taken.stack.frames))
    return Measured((rate, *_repetition(taken)))


@check("scanner", "FPS-008", essential=False)
def certificate_age(subject: Subject) -> Measured | Skip:
    """Years since the model was certified, where the inventory knows."""
    subject.device(FingerprintScanner)
    entry = load_inventory(subject.bench.inventory).get(subject.name or "")
    if entry is None or entry.certified is None:
        return Skip("tanggal sertifikat belum dicatat di inventory.toml / date not written down")
    age_days = (subject.bench.now().date() - entry.certified).days
    return measured(
        "certificate_age", age_days / _DAYS_PER_YEAR, evidence=f"{entry.certified:%Y-%m-%d}"
    )


def _repetition(taken: TakenStack) -> tuple[Value, ...]:
    """Return the share of frames that repeat the one before, bit by bit; noise never does.

    A frame with all pixels at one end of the scale has no noise, and says nothing.
    """
    frames = taken.stack.frames
    if np.ptp(frames[0]) == 0:
        return ()
    same = [np.array_equal(one, other) for one, other in itertools.pairwise(frames)]
    return (Value("repeated_frames", 100 * float(np.mean(same)), len(same)),)


def _last_commissioned(subject: Subject) -> Asset | None:
    """Return the unit under this name in the newest report that knows a baseline of it."""
    for place in reversed(stored_places(subject.bench)):
        try:
            assets = read_report(place).assets
        except NoReportError:  # a damaged report tells nothing; an older one may
            continue
        for asset in assets:
            if asset.name == subject.name and asset.baseline_id is not None:
                return asset
    return None
