"""What the station keeps: packages seen from outside, and recordings that are still open."""

import base64
import contextlib
import datetime
import hashlib
import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selftest.bench import utc_now
from selftest.catalog import all_checks
from selftest.report import Outcome
from selftest.runner import run_checks
from selftest.sealed import find_problems, waiting_packages

PARTS = {"a": b"small" * 600, "b": b"large" * 1000}


def result_of(bench, code):
    checks = [item for item in all_checks() if item.code == code]
    (result,) = run_checks(bench, checks).report.results
    return result


def add_package(spool, letter, *, parts=None):
    """Write a package as FORMAT.md describes it, as far as the self-test reads it."""
    folder = spool / (letter * 32)
    folder.mkdir(parents=True)
    told = {}
    for name, content in (parts or PARTS).items():
        (folder / f"part-{name}.age").write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        told[name] = {"size_bytes": len(content), "sha256": digest}
    payload = json.dumps({"format": "ktpel-package/1", "parts": told}).encode()
    jws = b".".join(base64.urlsafe_b64encode(x).rstrip(b"=") for x in (b"{}", payload, b"sig"))
    (folder / "manifest.jws").write_bytes(jws)
    return folder


@pytest.fixture
def spool(tmp_path):
    for letter in "abc":
        add_package(tmp_path / "spool", letter)
    return tmp_path / "spool"


def test_whole_packages_pass_and_strangers_do_not_count(make_bench, spool):
    (spool / ".new-abc").mkdir()
    (spool / ".aside").mkdir()
    (spool / "note.txt").write_text("hello")
    result = result_of(make_bench(spool=spool), "STO-102")
    assert (result.outcome, result.measurements[0].n) == (Outcome.PASS, 3)
    assert "SHA-256: 3" in result.reason


def lose_a_part(folder):
    (folder / "part-a.age").unlink()


def cut_a_part(folder):
    (folder / "part-b.age").write_bytes(PARTS["b"][:-1])


def turn_a_bit(folder):
    (folder / "part-b.age").write_bytes(b"\x00" + PARTS["b"][1:])


def lose_the_manifest(folder):
    (folder / "manifest.jws").unlink()


def tear_the_manifest(folder):
    text = (folder / "manifest.jws").read_bytes()
    (folder / "manifest.jws").write_bytes(text[: len(text) // 2])


def empty_the_manifest(folder):
    (folder / "manifest.jws").write_bytes(b"")


DAMAGE = {
    lose_a_part: "part missing: part-a.age",
    cut_a_part: "other size: part-b.age",
    turn_a_bit: "another: part-b.age",
    lose_the_manifest: "manifest not readable",
    tear_the_manifest: "manifest not readable",
    empty_the_manifest: "manifest not readable",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda one: one.__name__)
def test_a_damaged_package_is_named_by_its_number(make_bench, spool, damage):
    damage(spool / ("b" * 32))
    result = result_of(make_bench(spool=spool), "STO-102")
    assert (result.outcome, result.measurements[0].value) == (Outcome.FAIL, 1)
    assert f"{'b' * 32}: " in result.reason
    assert DAMAGE[damage] in result.reason


def test_a_received_package_may_have_lost_its_parts(make_bench, spool):
    folder = spool / ("b" * 32)
    lose_a_part(folder)
    (folder / "receipt.jws").write_text("x")
    assert result_of(make_bench(spool=spool), "STO-102").outcome is Outcome.PASS


def test_without_a_spool_it_is_skipped(make_bench, tmp_path):
    for place in (None, tmp_path / "none"):
        result = result_of(make_bench(spool=place), "STO-102")
        assert (result.outcome, "no spool" in result.reason) == (Outcome.SKIP, True)


def test_large_spools_are_hashed_a_part_a_day_and_all_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr("selftest.sealed._HASHED_MOST_BYTES", 2 * sum(map(len, PARTS.values())))
    spool = tmp_path / "spool"
    for letter in "0123456":
        turn_a_bit(add_package(spool, letter))
    waiting = waiting_packages(spool)
    found = [find_problems(waiting, day=day) for day in range(7)]
    assert {hashed for _, hashed in found} == {2}
    assert {place for problems, _ in found for place, _ in problems} == set(waiting)


@given(st.binary(max_size=300))
def test_any_manifest_is_read_or_refused(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("spool")
    (folder / "manifest.jws").write_bytes(content)
    (problem,) = find_problems([folder], day=0)[0]
    assert problem[1]


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists))
def test_any_payload_is_read_or_refused(tmp_path_factory, value):
    folder = tmp_path_factory.mktemp("spool")
    text = json.dumps({"parts": value}).encode()
    (folder / "manifest.jws").write_bytes(b"e30." + base64.urlsafe_b64encode(text))
    assert len(find_problems([folder], day=0)[0]) == 1


def draft_database(place, *hours):
    with contextlib.closing(sqlite3.connect(place)) as link, link:
        link.execute("CREATE TABLE drafts (case_id TEXT, created_at TEXT)")
        for number, age in enumerate(hours):
            when = utc_now() - datetime.timedelta(hours=age)
            text = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            link.execute("INSERT INTO drafts VALUES (?, ?)", (str(number), text))
    return place


@pytest.mark.parametrize(
    ("hours", "outcome"),
    [((), Outcome.PASS), ((1, 71), Outcome.PASS), ((1, 73), Outcome.WARN)],
)
def test_a_recording_open_for_three_days_is_told(make_bench, tmp_path, hours, outcome):
    bench = make_bench(database=draft_database(tmp_path / "station.db", *hours))
    result = result_of(bench, "STO-103")
    assert (result.outcome, result.measurements[0].n) == (outcome, len(hours))


def test_a_database_in_use_or_of_another_form_is_skipped(make_bench, tmp_path):
    database = tmp_path / "station.db"
    with contextlib.closing(sqlite3.connect(database)) as link:
        link.execute("CREATE TABLE other (x)")
        result = result_of(make_bench(database=database), "STO-103")
        assert (result.outcome, "drafts" in result.reason) == (Outcome.SKIP, True)
        link.execute("PRAGMA locking_mode=EXCLUSIVE")
        link.execute("BEGIN EXCLUSIVE")
        assert "locked" in result_of(make_bench(database=database), "STO-103").reason


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (sqlite3.SQLITE_BUSY, Outcome.SKIP),
        (sqlite3.SQLITE_CANTOPEN, Outcome.SKIP),
        (sqlite3.SQLITE_IOERR | 1 << 8, Outcome.FAIL),  # an extended code: of reading
    ],
)
def test_a_disk_that_cannot_read_the_database_is_no_database_in_use(make_bench, code, outcome):
    def ask(_question):
        error = sqlite3.OperationalError("as SQLite says it")
        error.sqlite_errorcode = code
        raise error

    assert result_of(make_bench(ask_database=ask), "STO-101").outcome is outcome
