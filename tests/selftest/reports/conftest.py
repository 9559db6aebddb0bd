"""Reports made by hand, and a station's key."""

import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from selftest.faults import fault_text
from selftest.mode import WRONG_MODE, Mode
from selftest.report import (
    Asset,
    CheckResult,
    Confidence,
    Measurement,
    Outcome,
    PictureNote,
    Report,
    Severity,
)
from selftest.runner import Run
from selftest.signing import load_signature
from selftest.verdict import CRITICAL_COMPONENTS, decide_verdict, is_all_clear

START = datetime.datetime(2026, 9, 24, 1, 2, 33, tzinfo=datetime.UTC)
OF_A_PERSON = WRONG_MODE[Mode.GUIDED]
COMPONENTS = {"FPS": "scanner", "CAM": "camera", "UPS": "ups", "IRS": "iris", "MEM": "memory"}


@pytest.fixture
def make_result():
    """Return a maker of results."""

    def make(code, outcome=Outcome.PASS, *, asset=None, value=9.25, reason="", essential=True):
        text, component = fault_text(code), COMPONENTS[code[:3]]
        found = {Outcome.FAIL: Severity.FAIL, Outcome.WARN: Severity.WARN}.get(outcome)
        measured = Measurement(
            name="ridge_excess", value=value, unit="dB", warn_above=4.0, fail_above=9.0
        )
        is_measured = outcome in {Outcome.PASS, Outcome.WARN, Outcome.FAIL}
        return CheckResult(
            code=code,
            component=component,
            asset=asset or (None if component == "memory" else component),
            outcome=outcome,
            name_id=text.test_id,
            name_en=text.test_en,
            reason=reason or ("tidak bisa / cannot" if not is_measured else ""),
            duration_s=0.25,
            essential=essential,
            critical=component in CRITICAL_COMPONENTS,
            measurements=(measured,) if is_measured else (),
            finding=text.finding(code, found, Confidence.CONFIRMED) if found else None,
        )

    return make


@pytest.fixture
def make_report():
    """Return a maker of reports from results; a unit per component, by serial number."""

    def make(*results, days=0, serial="S1", known=True, **changes):
        started = START + datetime.timedelta(days=days)
        verdict, limited_by = decide_verdict(results)
        names = dict.fromkeys(r.asset for r in results if r.asset)
        assets = [Asset(name=n, role=n, make="Ma", model="Mo", serial=serial) for n in names]
        fields = {
            "run_id": f"{started:%Y%m%dT%H%M%S}-abcdef",
            "station_code": "61.08.05",
            "trigger": "quick",
            "started": started,
            "ended": started + datetime.timedelta(seconds=12),
            "app_version": "1",
            "limits_version": "2026.11.2",
            "assets": tuple(assets) if known else (),
            "results": tuple(results),
            "verdict": verdict,
            "limited_by": limited_by,
            "all_clear": is_all_clear(results),
            **changes,
        }
        return Report(**fields)

    return make


@pytest.fixture
def as_run():
    """Return a maker of runs, as the archive takes them."""

    def make(report, pictures=None):
        return Run(report, pictures or {}, ())

    return make


@pytest.fixture
def signing_key(tmp_path):
    """Return the file of a station's private key."""
    place = tmp_path / "station-signing.pem"
    key = Ed25519PrivateKey.generate()
    place.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return place


@pytest.fixture
def sign(signing_key):
    """Return what signs with that key."""
    return load_signature(signing_key)


@pytest.fixture
def faulty_report(make_result, make_report):
    """Return a report with faults of every kind and a picture."""
    note = PictureNote(name="map.png", caption_id="peta", caption_en="map", sha256="0" * 64)
    return make_report(
        make_result("FPS-001"),
        make_result("FPS-108", Outcome.WARN).model_copy(update={"pictures": (note,)}),
        make_result("CAM-102", Outcome.FAIL),
        make_result("CAM-101", Outcome.ERROR, reason="TransportError: gone"),
        make_result("UPS-101", Outcome.FAIL),
        make_result("UPS-105", Outcome.SKIP),
        make_result("FPS-101", Outcome.SKIP, reason=OF_A_PERSON, essential=False),
        make_result("IRS-102", Outcome.MANUAL, reason="lampu menyala? / lamp lit?"),
        make_result("MEM-103"),
    )
