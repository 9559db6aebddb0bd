"""The installed software against its release: versions by the lock file, files by RECORD."""

import base64
import hashlib
from importlib.metadata import PathDistribution, version

import pytest

from selftest import release
from selftest.catalog import all_checks
from selftest.release import altered_files, differing_packages, find_station
from selftest.report import Outcome
from selftest.runner import run_checks

INFO = "ktpel_station-1.0.dist-info"


def result_of(bench):
    checks = [item for item in all_checks() if item.code == "SYS-103"]
    (result,) = run_checks(bench, checks).report.results
    return result


@pytest.fixture
def installed(tmp_path):
    """Return the folder of an installed station with two files and a record of them."""
    files = {"station/a.py": b"A = 1\n", "station/b.py": b"B = 2\n"}
    rows = []
    for name, content in files.items():
        place = tmp_path / "site" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(content)}\n")
    info = tmp_path / "site" / INFO
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ktpel-station\nVersion: 1.0\n")
    (info / "RECORD").write_text("".join([*rows, f"{INFO}/RECORD,,\n"]))
    return tmp_path / "site"


def find(installed):
    return PathDistribution(installed / INFO)


def test_an_untouched_installation_has_no_altered_files(installed):
    assert altered_files(find(installed)) == (2, [])


def test_a_changed_and_a_missing_file_are_named(installed):
    (installed / "station/a.py").write_text("A = 2\n")
    (installed / "station/b.py").unlink()
    assert altered_files(find(installed)) == (2, ["station/a.py", "station/b.py"])


def test_a_hash_of_an_unknown_kind_proves_nothing(installed):
    record = installed / INFO / "RECORD"
    record.write_text(record.read_text().replace("sha256=", "md9=", 1))
    assert altered_files(find(installed)) == (2, ["station/a.py"])


@pytest.mark.parametrize(
    ("origin", "is_checked"),
    [
        (None, True),
        ('{"url": "file:///x", "dir_info": {"editable": true}}', False),
        ('{"url": "file:///x", "dir_info": {}}', True),
        ("no json", True),
    ],
)
def test_a_checkout_is_not_compared(installed, monkeypatch, origin, is_checked):
    if origin is not None:
        (installed / INFO / "direct_url.json").write_text(origin)
    monkeypatch.syspath_prepend(str(installed))
    assert (find_station() is not None) is is_checked


def test_without_an_installation_nothing_is_compared(monkeypatch):
    monkeypatch.setattr(release, "STATION_DISTRIBUTION", "ktpel-station-that-is-nowhere")
    assert find_station() is None


def test_pins_are_read_as_pip_writes_them(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "# comment\n"
        f"numpy=={version('numpy')} \\\n    --hash=sha256:00\n"
        f"uvicorn[standard]=={version('uvicorn')} ; python_version > '3'\n"
        "numpy==0.0.1\nno-such-package-here==1.0\n"
    )
    assert differing_packages(lock) == (4, ["numpy", "no-such-package-here"])


def test_altered_software_is_told(make_bench, installed, tmp_path, monkeypatch):
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"numpy=={version('numpy')}\n")
    monkeypatch.syspath_prepend(str(installed))
    result = result_of(make_bench(lock_file=lock))
    assert (result.outcome, len(result.measurements)) == (Outcome.PASS, 2)
    (installed / "station/a.py").write_text("A = 2\n")
    result = result_of(make_bench(lock_file=None))
    assert (result.outcome, "station/a.py" in result.reason) == (Outcome.WARN, True)
