"""What others wrote and broke a reader once: found by `python -m tests.fuzz`, or by reading."""

import base64
import datetime
import io
import json
import zipfile

import pytest

from selftest.centre_link import load_centre
from selftest.errors import NotReadyError
from selftest.fleet.errors import OfficesError
from selftest.fleet.intake import Arrival, Body, Refusal, find_bodies, read_arrival
from selftest.fleet.offices import parse_offices
from selftest.inventory import load_inventory
from selftest.kernel_log import journal_command, parse_journal
from selftest.power.usb_resets import parse_usb_resets, usb_reset_times
from selftest.programs import ProgramOutput
from selftest.sealed import find_problems
from selftest.stream import cut_off_runs, running_folder
from tests.fuzz.selftest_targets import OFFICES, made_report, run_kernel_buffer, stream_seeds

GOOD = {"__REALTIME_TIMESTAMP": "1795507200000000", "MESSAGE": "usb 1-4: USB disconnect"}


@pytest.mark.parametrize(
    "bad",
    [
        b"[" * 100_000,
        b'{"__REALTIME_TIMESTAMP": "99999999999999999999999", "MESSAGE": "USB disconnect"}',
        '{"__REALTIME_TIMESTAMP": "²", "MESSAGE": "USB disconnect"}'.encode(),
        b'{"__REALTIME_TIMESTAMP": Infinity, "MESSAGE": "USB disconnect"}',
        b'{"__REALTIME_TIMESTAMP": "1795507200000000", "_BOOT_ID": "b",'
        b' "_SOURCE_MONOTONIC_TIMESTAMP": "\xc2\xb2"}',
    ],
)
def test_an_odd_line_of_the_journal_hides_no_other(bad):
    lines = json.dumps(GOOD).encode() + b"\n" + bad + b"\n"
    assert [line.text for line in parse_journal(lines, "b")] == [GOOD["MESSAGE"]]
    assert len(parse_usb_resets(lines)) == 1


def test_usb_resets_are_asked_of_all_starts_of_the_computer():
    asked = []

    def journalctl(command, _timeout_s):
        asked.append(command)
        return ProgramOutput(0, json.dumps(GOOD).encode())

    begin = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
    assert len(usb_reset_times(journalctl, begin)) == 1
    assert asked == [journal_command(begin)]
    assert "_TRANSPORT=kernel" in asked[0]
    assert not {"-k", "--dmesg", "-b", "--boot"} & set(asked[0])


def test_a_record_of_the_kernel_after_a_thousand_years_is_passed_over():
    run_kernel_buffer(b"6,1,999999999999999999,-;usb 1-4: USB disconnect, device number 5")


@pytest.mark.parametrize(
    "parts", [b'{"parts": {"a": {"size_bytes": Infinity, "sha256": ""}}}', b"[" * 100_000]
)
def test_a_manifest_that_nobody_can_read_is_a_damaged_package(tmp_path, parts):
    package = tmp_path / ("a" * 32)
    package.mkdir()
    package.joinpath("manifest.jws").write_bytes(b"e30." + base64.urlsafe_b64encode(parts) + b".x")
    ((place, reason),), _ = find_problems([package], day=1)
    assert place == package
    assert "manifest not readable" in reason


@pytest.mark.parametrize("text", ["a = " + "9" * 6000, "a = " + "[" * 5000, "\x00"])
@pytest.mark.parametrize("read", [load_inventory, load_centre])
def test_a_damaged_table_says_which_file_to_correct(tmp_path, read, text):
    place = tmp_path / "table.toml"
    place.write_text(text)
    with pytest.raises(NotReadyError, match=r"table\.toml"):
        read(place)


def test_an_archive_with_a_password_is_refused_by_name(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("000001.json", b"{}")
    data = bytearray(packed.getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # general purpose bit 0
        data[data.index(mark) + offset] |= 1
    place = tmp_path / "locked.zip"
    place.write_bytes(data)
    (found,) = find_bodies([place])
    assert isinstance(found, Refusal)
    assert "locked.zip" in found.name


@pytest.mark.parametrize(
    ("field", "moment"),
    [("started", "0001-01-01T00:00:00+14:00"), ("ended", "9999-12-31T23:59:00-14:00")],
)
def test_a_report_of_no_year_is_refused_before_it_breaks_the_calendar(field, moment):
    document = json.loads(made_report().model_dump_json()) | {field: moment}
    arrived = read_arrival(Body("7.json", json.dumps(document).encode()), {}, OFFICES)
    assert isinstance(arrived, Refusal)
    assert "impossible year" in arrived.reason


@pytest.mark.parametrize("number", [-1, 0, 1_000_000, 2**52])
def test_a_number_that_no_outbox_reaches_is_not_asked_about(number):
    document = json.loads(made_report().model_dump_json()) | {"number": number}
    arrived = read_arrival(Body("7.json", json.dumps(document).encode()), {}, OFFICES)
    assert isinstance(arrived, Refusal)
    assert "impossible number" in arrived.reason


@pytest.mark.parametrize(("name", "number"), [("61.08.05-20261124.json", None), ("x/7.json", 7)])
def test_a_day_in_a_file_name_is_no_number_of_a_report(name, number):
    document = json.loads(made_report().model_dump_json()) | {"number": None}
    arrived = read_arrival(Body(name, json.dumps(document).encode()), {}, OFFICES)
    assert isinstance(arrived, Arrival)
    assert arrived.number == number


@pytest.mark.parametrize("residents", ["nan", "inf", "-4", "many"])
def test_residents_that_cannot_be_are_named_by_line(residents):
    text = f"code,name,regency,lat,lng,residents\n61.01.01,A,B,1.0,109.0,{residents}\n"
    with pytest.raises(OfficesError, match="line 2"):
        parse_offices(text, "table")


def test_offices_without_villages_have_no_residents():
    head = "code,name,regency,lat,lng,villages,regency_residents"
    offices = parse_offices(f"{head}\n61.01.01,A,B,1.0,109.0,0,5000\n", "table")
    assert offices["61.01.01"].residents == 0


@pytest.mark.parametrize("duration", [b"1e300", b"NaN", b"Infinity"])
def test_a_run_with_an_impossible_duration_is_put_aside(make_bench, duration):
    bench = make_bench()
    folder = running_folder(bench)
    folder.mkdir(parents=True)
    place = folder / "r.jsonl"
    place.write_bytes(stream_seeds()[0].replace(b'"duration_s": 0.0', b'"duration_s": ' + duration))
    assert list(cut_off_runs(bench)) == []
    assert place.with_suffix(".damaged").is_file()
