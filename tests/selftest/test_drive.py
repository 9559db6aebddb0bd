"""Drives: every fault of a simulated one raises its own code; odd documents break nothing."""

import datetime
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from selftest.bench import Bench
from selftest.check import Value
from selftest.commands.diagnose import app
from selftest.commands.diagnose_smartctl import drive_class, judge_drive
from selftest.counters import increase
from selftest.drive_speed import read_speed_mb_per_s
from selftest.drives import DumpedDrive, SmartctlDrive, drive_asset, find_drives, parse_smart
from selftest.errors import NotReadyError
from selftest.history import Author, History, Reading, unit_of
from selftest.programs import ProgramOutput, run_program
from selftest.report import Outcome, Severity, Verdict
from selftest.runner import run_quick
from selftest.simulated_drive import SimulatedDrive
from selftest.smart.attributes import Failed, attributes_of
from selftest.smart.fields import block, number, rows, text_of, truth
from selftest.smart.logs import last_self_test
from selftest.smart.nvme import warnings_of
from selftest.smart.scsi import uncorrected_errors
from selftest.smart.status import Kind, has_passed, kind_of, why_unreadable
from selftest.smart.temperature import is_spinning, temperature_cel
from tests.selftest.host import Programs, write

ATA, NVME, SCSI = Kind.ATA, Kind.NVME, Kind.SCSI


def judge(bench_folder, drive):
    return judge_drive(Bench((), bench_folder, find_drives=lambda: (drive,)))


def findings(report):
    return {r.code: r.finding.severity for r in report.results if r.finding}


@pytest.mark.parametrize(
    ("kind", "fault", "code", "severity"),
    [
        (ATA, "status_failed", "DSK-101", Severity.FAIL),
        (ATA, "prefail_now", "DSK-102", Severity.FAIL),
        (ATA, "prefail_past", "DSK-103", Severity.WARN),
        (ATA, "reallocated=1", "DSK-110", Severity.WARN),
        (ATA, "reallocated=49", "DSK-110", Severity.WARN),
        (ATA, "reallocated=50", "DSK-110", Severity.FAIL),
        (ATA, "pending=9", "DSK-111", Severity.WARN),
        (ATA, "pending=10", "DSK-111", Severity.FAIL),
        (ATA, "offline=9", "DSK-112", Severity.WARN),
        (ATA, "offline=10", "DSK-112", Severity.FAIL),
        (ATA, "uncorrect=1", "DSK-113", Severity.WARN),
        (ATA, "timeouts=4", "DSK-114", Severity.INFO),
        (ATA, "log=56", "DSK-115", Severity.INFO),
        (ATA, "self_test_failed", "DSK-116", Severity.FAIL),
        (ATA, "crc=108", "DSK-120", Severity.INFO),
        (ATA, "hot=65", "DSK-150", Severity.WARN),
        (ATA, "hot=75", "DSK-150", Severity.FAIL),
        (NVME, "status_failed", "DSK-101", Severity.FAIL),
        (NVME, "warning=16", "DSK-130", Severity.FAIL),
        (NVME, "warning=2", "DSK-130", Severity.WARN),
        (NVME, "media_errors=7", "DSK-131", Severity.WARN),
        (NVME, "wear=80", "DSK-132", Severity.WARN),
        (NVME, "wear=100", "DSK-132", Severity.FAIL),
        (NVME, "spare=10", "DSK-133", Severity.FAIL),
        (SCSI, "grown=5", "DSK-140", Severity.WARN),
        (SCSI, "grown=50", "DSK-140", Severity.FAIL),
        (SCSI, "uncorrected=3", "DSK-141", Severity.WARN),
    ],
)
def test_a_fault_raises_its_code_and_no_other(tmp_path, kind, fault, code, severity):
    report = judge(tmp_path, SimulatedDrive((fault,), kind))
    assert findings(report) == {code: severity}
    wanted = {Severity.FAIL: "CRITICAL", Severity.WARN: "WARN", Severity.INFO: "INFO"}
    assert drive_class(report) == wanted[severity]
    assert not [r for r in report.results if r.outcome is Outcome.ERROR]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_healthy_drive_is_clean(tmp_path, kind):
    report = judge(tmp_path, SimulatedDrive((), kind))
    assert (drive_class(report), findings(report)) == ("CLEAN", {})
    assert all(r.reason for r in report.results if r.outcome is Outcome.SKIP)


def test_platters_bear_less_heat_than_flash(tmp_path):
    hot = SimulatedDrive(("hot=62",), rotation_rate=7200)
    assert findings(judge(tmp_path, hot)) == {"DSK-150": Severity.FAIL}
    assert findings(judge(tmp_path, SimulatedDrive(("hot=62",)))) == {}
    assert findings(judge(tmp_path, SimulatedDrive(("hot=0",)))) == {}


def test_what_cannot_be_read_is_not_proven(tmp_path):
    report = judge(tmp_path, SimulatedDrive(("unreadable",)))
    assert drive_class(report) == "CANNOT_TELL"
    (error,) = [r for r in report.results if r.outcome is Outcome.ERROR]
    assert error.code == "DSK-001"
    assert error.finding.action.steps_id
    assert report.verdict is Verdict.NOT_PROVEN


def test_without_a_status_the_rest_is_graded_but_nothing_is_proven(tmp_path):
    report = judge(tmp_path, SimulatedDrive(("silent", "pending=2")))
    assert drive_class(report) == "WARN"
    assert next(r for r in report.results if r.code == "DSK-101").outcome is Outcome.SKIP
    assert report.verdict is Verdict.NOT_PROVEN


def test_a_drive_that_failed_stops_the_station(make_bench):
    bench = make_bench(find_drives=lambda: (SimulatedDrive(("status_failed",)),))
    report = run_quick(bench).report
    assert report.verdict is Verdict.CANNOT_RECORD
    assert "drive" in report.limited_by


def test_without_any_drive_the_reason_is_told(make_bench):
    def missing():
        raise NotReadyError("smartctl belum dipasang / not installed")

    for find, words in ((missing, "not installed"), (lambda: (), "no drive")):
        results = judge_drive(make_bench(find_drives=find)).results
        assert {r.outcome for r in results} == {Outcome.SKIP}
        assert words in results[0].reason


def remember(bench, drive, code, name, value, days):
    unit = unit_of(drive_asset(drive.name, drive.read()))
    taken = bench.now() - datetime.timedelta(days=days)
    History(bench.history_file).add_readings(unit, taken, [(code, Value(name, value))])


@pytest.mark.parametrize(
    ("fault", "code", "name", "before", "severity"),
    [
        ("reallocated=12", "DSK-110", "reallocated", 2, Severity.FAIL),
        ("reallocated=12", "DSK-110", "reallocated", 3, Severity.WARN),
        ("uncorrect=2", "DSK-113", "uncorrect", 1, Severity.FAIL),
        ("uncorrect=2", "DSK-113", "uncorrect", 2, Severity.WARN),
        ("timeouts=9", "DSK-114", "timeouts", 4, Severity.WARN),
        ("timeouts=9", "DSK-114", "timeouts", 5, Severity.INFO),
        ("crc=109", "DSK-120", "crc", 108, Severity.WARN),
        ("crc=108", "DSK-120", "crc", 108, Severity.INFO),
        ("unsafe=6", "DSK-135", "unsafe_shutdowns", 3, Severity.WARN),
    ],
)
def test_growth_within_a_week_counts(make_bench, fault, code, name, before, severity):
    drive = SimulatedDrive((fault,))
    bench = make_bench(find_drives=lambda: (drive,))
    remember(bench, drive, code, name, before, 7)
    assert findings(judge_drive(bench)) == {code: severity}


def test_three_unsafe_shutdowns_within_a_month_warn_and_two_do_not(make_bench):
    for total, wanted in ((5.0, {}), (6.0, {"DSK-135": Severity.WARN})):
        drive = SimulatedDrive((f"unsafe={total}",), name=f"drive{total}")
        bench = make_bench(find_drives=lambda drive=drive: (drive,))
        remember(bench, drive, "DSK-135", "unsafe_shutdowns", 3.0, 25)
        assert findings(judge_drive(bench)) == wanted


def test_parked_heads_are_no_power_cuts(tmp_path):
    smart = SimulatedDrive(("unsafe=2539",)).read()
    table = smart["ata_smart_attributes"]["table"]
    table.append({**table[3], "id": 193, "name": "Load_Cycle_Count"})

    class Parked(SimulatedDrive):
        def read(self):
            return smart

    report = judge_drive(Bench((), tmp_path, find_drives=lambda: (Parked(),)))
    (result,) = [r for r in report.results if r.code == "DSK-135"]
    assert (result.outcome, "193" in result.reason) == (Outcome.SKIP, True)


def test_a_slow_drive_warns_against_its_baseline(make_bench):
    for fault, outcome in ((), Outcome.PASS), (("slow=3",), Outcome.WARN):
        drive = SimulatedDrive(fault)
        bench = make_bench(find_drives=lambda drive=drive: (drive,))
        unit = unit_of(drive_asset(drive.name, drive.read()))
        rows_ = [("DSK-160", Value("read_speed", 480.0))]
        History(bench.history_file).store_baseline(unit, bench.now(), Author("ani"), rows_)
        (result,) = [r for r in judge_drive(bench).results if r.code == "DSK-160"]
        assert result.outcome is outcome


# --- documents as they come -------------------------------------------------------------------


def test_fields_bear_odd_types():
    assert [number(x) for x in ("10", "0x10", "1,024", 3, True, None, [], "x", "nan", 10**400)] == [
        10, 16, 1024, 3, None, None, None, None, None, None,
    ]  # fmt: skip
    assert [truth(x) for x in (True, "PASSED", "false", 0, None, {}, "maybe")] == [
        True, True, False, False, None, None, None,
    ]  # fmt: skip
    assert block({"a": [1]}, "a", "b") == {}
    assert rows({"not": "a list"}) == ()
    assert text_of({"a": "  ", "b": 5}, "a", "b") == "5"


def ata(*table, **more):
    return {"ata_smart_attributes": {"table": list(table)}, **more}


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ({"id": 188, "raw": {"value": 17180131332}}, 4),
        ({"id": 188, "raw": {"value": "17180131332"}}, 4),
        ({"id": "5", "raw": {"value": 10, "string": "0"}}, 10),
        ({"id": 5, "raw": {"string": "12 (0 3)"}}, 12),
        ({"id": 5, "raw": {"value": 2000 << 32, "string": "0 (0 2000)"}}, 0),
        ({"id": 5, "raw": {"value": (3 << 16) + 2, "string": "2 (3 0)"}}, 2),
        ({"id": 5, "raw": 7}, 7),
        ({"id": 5, "raw": {"value": 70000, "string": "70000"}}, 70000),
        ({"id": 5}, None),
    ],
)
def test_raw_values_are_unpacked(row, count):
    (item,) = attributes_of(ata(row)).values()
    assert item.count == count


@pytest.mark.parametrize(
    ("row", "failed"),
    [
        ({"when_failed": "now"}, Failed.NOW),
        ({"when_failed": "FAILING_NOW"}, Failed.NOW),
        ({"when_failed": "In_the_past"}, Failed.PAST),
        ({"when_failed": "", "value": 1, "thresh": 5}, Failed.NEVER),
        ({"value": 1, "worst": 1, "thresh": 5}, Failed.NOW),
        ({"value": 9, "worst": 5, "thresh": 5}, Failed.PAST),
        ({"value": 1, "thresh": 0}, Failed.NEVER),
    ],
)
def test_when_an_attribute_failed(row, failed):
    (item,) = attributes_of(ata({"id": 5, "flags": {"prefailure": True}, **row})).values()
    assert item.failed is failed


def test_age_below_its_threshold_is_for_the_record(tmp_path):
    row = {"id": 190, "when_failed": "past", "flags": {"prefailure": False}, "raw": {"value": 30}}
    place = tmp_path / "old.json"
    place.write_text(json.dumps(ata(row, smart_status={"passed": True})))
    report = judge(tmp_path, DumpedDrive("old", place))
    assert findings(report) == {"DSK-103": Severity.INFO}


def test_the_newest_self_test_that_ended_is_judged():
    def log(*values):
        return {"ata_smart_self_test_log": {"standard": {"table": [{"status": v} for v in values]}}}

    running, aborted, good, bad = {"value": 249}, {"value": 25}, {"value": 0}, {"value": 121}
    assert last_self_test({}) is None
    assert last_self_test(log()) is None
    assert last_self_test(log(running, aborted)) is None
    assert last_self_test(log(running, good, bad)).has_failed is False
    assert last_self_test(log(aborted, bad, good)).has_failed is True
    assert last_self_test({"ata_smart_data": {"self_test": {"status": {"passed": True}}}}) is None
    assert last_self_test({"ata_smart_data": {"self_test": {"status": bad}}}).has_failed
    nvme = {"nvme_self_test_log": {"table": [{"self_test_result": {"value": 7}}]}}
    assert last_self_test(nvme).has_failed
    assert last_self_test({"scsi_self_test_0": {"result": {"value": 0}}}).has_failed is False


def test_the_rest_of_the_documents():
    assert kind_of({"nvme_smart_health_information_log": {}}) is NVME
    assert kind_of({"scsi_grown_defect_list": 0}) is SCSI
    assert kind_of({}) is None
    assert has_passed({"smart_status": {"passed": True}, "smartctl": {"exit_status": 8}}) is False
    assert why_unreadable({})
    assert why_unreadable({"smartctl": {"exit_status": "2"}})
    assert not why_unreadable({"smart_status": {"passed": True}})
    assert warnings_of({"smart_status": {"nvme": {"value": 16}}}) == 16
    log = {"read": {"total_uncorrected_errors": "3"}, "write": {}, "verify": None}
    assert uncorrected_errors({"scsi_error_counter_log": log}) == 3
    assert is_spinning(ata({"id": 3}))
    assert not is_spinning(ata({"id": 5}))
    assert temperature_cel(ata({"id": 194, "raw": {"value": 163210330144}})) == 32
    assert temperature_cel({"temperature": {"current": 300}}) is None


def test_heat_alone_is_no_failing_drive(tmp_path):
    drive = SimulatedDrive(("status_failed", "warning=2"), NVME)
    assert findings(judge(tmp_path, drive)) == {"DSK-130": Severity.WARN}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "raw",
                    "value",
                    "string",
                    "table",
                    "passed",
                    "status",
                    "standard",
                    "count",
                    "current",
                    "exit_status",
                    "nvme",
                    "read",
                    "total_uncorrected_errors",
                    "name",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
_KEYS = [
    "smartctl", "smart_status", "ata_smart_attributes", "ata_smart_error_log", "temperature",
    "ata_smart_self_test_log", "nvme_smart_health_information_log", "nvme_self_test_log",
    "scsi_grown_defect_list", "scsi_error_counter_log", "scsi_self_test_0", "device", "trim",
    "rotation_rate", "ata_smart_data", "model_name",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(_KEYS), _JSON, max_size=6))
def test_no_document_breaks_the_readers(smart):
    why_unreadable(smart), has_passed(smart), kind_of(smart), attributes_of(smart)
    last_self_test(smart), warnings_of(smart), uncorrected_errors(smart)
    is_spinning(smart), temperature_cel(smart), drive_asset("x", smart)


_ODD = ("10", "x", None, True, [], {}, -1, 10**30, 1e300, "", [1], {"a": 1}, "0x10")


def places_in(document, place=()):
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in pairs:
        yield (*place, key)
        if isinstance(value, (dict, list)):
            yield from places_in(value, (*place, key))


@pytest.mark.parametrize("kind", list(Kind))
def test_no_odd_field_breaks_a_check(tmp_path, kind):
    """A document with any one field of another type is still graded."""
    whole = json.dumps(SimulatedDrive((), kind).read())
    rnd = random.Random(7)
    for number_, place in enumerate(places_in(json.loads(whole))):
        smart = json.loads(whole)
        here = smart
        for key in place[:-1]:
            here = here[key]
        here[place[-1]] = rnd.choice(_ODD)
        dump = tmp_path / f"{number_}.json"
        dump.write_text(json.dumps(smart))
        report = judge(tmp_path, DumpedDrive("dump", dump))
        errors = [r.code for r in report.results if r.outcome is Outcome.ERROR]
        assert set(errors) <= {"DSK-001"}, place


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n",
        b"smartctl 7.3 2022-02-28\n",
        b"[]",
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b"7" * 5000,
    ],
)
def test_a_file_that_is_no_dump_ends_with_2_and_the_next_step(tmp_path, content):
    place = tmp_path / "x.json"
    place.write_bytes(content)
    done = CliRunner().invoke(app, ["smartctl", str(place), "--json"])
    assert done.exit_code == 2
    assert "smartctl --json" in " ".join(done.output.split())
    for absent in (tmp_path / "none.json", tmp_path):
        done = CliRunner().invoke(app, ["smartctl", str(absent)])
        assert (done.exit_code, "make it by" in " ".join(done.output.split())) == (2, True)


def test_a_dump_of_windows_is_read_and_a_virtual_disk_cannot_be_told(tmp_path):
    healthy = tmp_path / "win.json"
    healthy.write_bytes(json.dumps(SimulatedDrive().read()).encode("utf-16"))
    done = CliRunner().invoke(app, ["smartctl", str(healthy), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["class"]) == (0, "CLEAN")
    message = {"string": "/dev/vda: Unable to detect device type", "severity": "error"}
    virtual = tmp_path / "vda.json"
    virtual.write_text(json.dumps({"smartctl": {"exit_status": 1, "messages": [message]}}))
    done = CliRunner().invoke(app, ["smartctl", str(virtual), "--json"])
    document = json.loads(done.stdout)
    assert (done.exit_code, document["class"]) == (1, "CANNOT_TELL")
    assert [one["code"] for one in document["codes"]] == ["DSK-001"]
    assert "Unable to detect" in document["codes"][0]["reason"]


def test_a_dump_that_is_too_large_is_refused(tmp_path):
    place = tmp_path / "huge.json"
    with place.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(NotReadyError, match="too large"):
        DumpedDrive("huge", place).read()


# --- smartctl and the drive itself ------------------------------------------------------------


def test_a_bridge_is_asked_by_its_types_until_one_answers():
    asked = []

    def run(command, timeout_s):
        asked.append(command)
        if "--scan" in command:
            listed = {"devices": [{"name": "/dev/sdb", "type": "scsi"}]}
            return ProgramOutput(0, json.dumps(listed).encode())
        if "sntjmicron" in command:
            return ProgramOutput(0, json.dumps({"smart_status": {"passed": True}}).encode())
        text = "/dev/sdb: Unknown USB bridge; please specify device type with the -d option"
        told = {"smartctl": {"exit_status": 1, "messages": [{"string": text}]}}
        return ProgramOutput(1, json.dumps(told).encode())

    (drive,) = find_drives(run)
    assert drive.read() == {"smart_status": {"passed": True}}
    assert [command[4] for command in asked[1:]] == ["scsi", "sat", "sntjmicron"]
    closed = {"smartctl": {"exit_status": 2, "messages": [{"string": "Permission denied"}]}}
    silent = SmartctlDrive(
        "/dev/sda", run=lambda c, t: ProgramOutput(2, json.dumps(closed).encode())
    )
    assert silent.read() == closed


def test_a_couriers_stick_is_no_drive_of_the_station(tmp_path):
    write(tmp_path, "sys/block/sda/removable", "0\n")
    write(tmp_path, "sys/block/sdb/removable", "1\n")
    devices = [{"name": "/dev/sda", "type": "sat"}, {"name": "/dev/sdb"}, {"type": "nvme"}, 7]
    text = json.dumps({"devices": [*devices, {"name": "/dev/nvme0", "type": "nvme"}]})
    found = find_drives(Programs(smartctl=text), tmp_path)
    assert [(one.name, one.kind) for one in found] == [("/dev/sda", "sat"), ("/dev/nvme0", "nvme")]
    assert find_drives(Programs(smartctl='{"devices": "none"}'), tmp_path) == ()


def test_programs_that_are_missing_or_hang_are_told():
    with pytest.raises(NotReadyError, match="not installed"):
        run_program(("no-such-program-here",), 1.0)
    with pytest.raises(NotReadyError, match=r"not done in 0\.1 s"):
        run_program(("sleep", "5"), 0.1)
    assert run_program(("echo", "halo"), 5.0).text == "halo\n"


def test_the_speed_of_reading_is_measured_or_the_reason_told(tmp_path):
    place = tmp_path / "data"
    place.write_bytes(b"\x5a" * (16 * 1024 * 1024))
    try:
        speed = read_speed_mb_per_s(place)
    except NotReadyError as error:  # a file system without direct reads (tmpfs)
        pytest.skip(str(error))
    assert speed > 1


def test_what_gives_no_speed_tells_why(tmp_path):
    place = tmp_path / "short"
    place.write_bytes(b"short")
    with pytest.raises(NotReadyError):
        read_speed_mb_per_s(tmp_path / "none")
    with pytest.raises(NotReadyError):
        DumpedDrive("x", place).read_speed_mb_per_s()


def test_a_counter_that_fell_began_again():
    def at(*values):
        return [Reading(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), v) for v in values]

    assert increase(at(5, 7), 9) == 4
    assert increase(at(5, 7, 1), 3) == 5
    assert increase([], 3) == 0


def test_parse_names_where_the_text_came_from():
    with pytest.raises(NotReadyError, match=r"sda\.json"):
        parse_smart(b"nonsense", "sda.json")
