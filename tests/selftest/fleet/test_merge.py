"""Reports of many stations become one file: twice is once, and what is bad is named."""

import datetime
import gzip
import hashlib
import io
import json
import tarfile
import zipfile

import pytest
from joserfc.jwk import OKPKey

from selftest.fleet.errors import FleetError, FleetFileError
from selftest.fleet.fleet_file import open_fleet
from selftest.fleet.merge import merge_reports
from selftest.fleet.statements import read_statements
from selftest.signing import load_signature, read_keys, seal_report, stored_bytes


@pytest.fixture
def chain(sample):
    """Return the three reports of one station."""
    code = next(code for code, kinds in sample.broken.items() if not kinds)
    mine = [report for report in sample.reports if report.station_code == code]
    assert [report.number for report in mine] == [1, 2, 3]
    return mine


@pytest.fixture
def merge(tmp_path, offices):
    """Merge bodies, given by name, into one file; return the result."""

    def run(bodies, keys=None):
        folder = tmp_path / "reports"
        for name, content in bodies.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        with open_fleet(tmp_path / "fleet.db", create=True) as fleet:
            return merge_reports(fleet, [folder], offices, keys or {})

    return run


def bodies_of(chain):
    return {f"{report.number:06d}.json": stored_bytes(report) for report in chain}


def refusals(result):
    return {one.name.rsplit("/", 1)[-1]: one.reason for one in result.refused}


def test_merging_twice_changes_nothing(tmp_path, merge, sample):
    bodies = dict(sample.files())
    first = merge(bodies)
    before = (tmp_path / "fleet.db").read_bytes()
    again = merge(bodies)
    assert (first.added, again.added, again.already_known) == (413, 0, 413)
    assert first.refused == again.refused == ()
    assert (tmp_path / "fleet.db").read_bytes() == before


def test_reports_come_packed_and_in_bundles(merge, chain, tmp_path):
    first, second, third = (stored_bytes(report) for report in chain)
    tar_bytes, zip_bytes = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar_bytes, mode="w:gz") as bundle:
        info = tarfile.TarInfo("outbox/000001.json")
        info.size = len(first)
        bundle.addfile(info, io.BytesIO(first))
    with zipfile.ZipFile(zip_bytes, "w") as bundle:
        bundle.writestr("000002.json", second)
        bundle.writestr("picture.png", b"no report")
    found = merge(
        {
            "a.tar.gz": tar_bytes.getvalue(),
            "b.zip": zip_bytes.getvalue(),
            "000003.json.gz": gzip.compress(third, mtime=0),
            "notes.txt": b"not looked at",
        }
    )
    assert (found.added, found.refused, found.gaps) == (3, (), ())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[1]", "foreign"),
        (b'{"schema_name": "other/1"}', "foreign"),
        (b'{"schema_name": "ktpel-selftest/2"}', "damaged"),
        (b"\x1f\x8b\x08rubbish", "damaged"),
        (gzip.compress(b"{}" * 100, mtime=0)[:20], "cut short"),
        (gzip.compress(b" " * 5_000_000, mtime=0), "larger than"),
    ],
)
def test_what_is_no_report_is_named_and_the_rest_goes_on(merge, chain, content, said):
    found = merge({"bad.json": content, **bodies_of(chain)})
    assert said in refusals(found)["bad.json"]
    assert (found.added, len(found.refused)) == (3, 1)


def test_damaged_bundles_are_named(merge, chain):
    found = merge({"bad.zip": b"PK", "bad.tar": b"x" * 600, **bodies_of(chain)})
    assert set(refusals(found)) == {"bad.zip", "bad.tar"}
    assert found.added == 3


def test_a_foreign_office_a_diagnosis_and_impossible_times_are_refused(merge, chain):
    report = chain[0]
    other = seal_report(report.model_copy(update={"station_code": "99.01.01"}), None)
    diagnosis = seal_report(report.model_copy(update={"trigger": "diagnose"}), None)
    backwards = seal_report(
        report.model_copy(update={"ended": chain[0].started.replace(year=2000)}), None
    )
    naive = seal_report(
        report.model_copy(update={"started": report.started.replace(tzinfo=None)}), None
    )
    reports = {"o": other, "d": diagnosis, "b": backwards, "n": naive}
    found = refusals(merge({f"{k}.json": stored_bytes(r) for k, r in reports.items()}))
    assert "not in the table" in found["o.json"]
    assert "another machine" in found["d.json"]
    assert "before it begins" in found["b.json"]
    assert "without a zone" in found["n.json"]


def test_a_changed_report_is_refused_by_its_own_hash(merge, chain):
    changed = stored_bytes(chain[2]).replace(b'"verdict":"CAN RECORD"', b'"verdict":"NOT PROVEN"')
    found = merge({**bodies_of(chain), "000003.json": changed})
    assert "tampered" in refusals(found)["000003.json"]
    assert found.added == 2


def test_a_resealed_report_is_refused_by_its_successor(merge, chain):
    forged = seal_report(chain[1].model_copy(update={"operator": "somebody else"}), None)
    found = merge({**bodies_of(chain), "000002.json": stored_bytes(forged)})
    assert chain[2].run_id in refusals(found)["000002.json"]
    assert found.added == 2
    assert found.gaps[0].missing_numbers == (2,)


def test_a_report_that_does_not_fit_what_was_merged_before_is_refused(merge, chain):
    forged = seal_report(chain[2].model_copy(update={"previous_sha256": "0" * 64}), None)
    bodies = bodies_of(chain)
    del bodies["000003.json"]
    merge(bodies)
    found = merge({"000003.json": stored_bytes(forged)})
    assert "broken chain" in refusals(found)["000003.json"]


def test_another_content_of_a_known_run_is_refused(merge, chain):
    merge(bodies_of(chain[2:]))
    forged = seal_report(chain[2].model_copy(update={"operator": "X"}), None)
    found = merge({"000003.json": stored_bytes(forged)})
    assert "other content" in refusals(found)["000003.json"]


def test_gaps_in_the_numbering_are_seen_and_close(merge, chain):
    bodies = bodies_of(chain)
    second = bodies.pop("000002.json")
    found = merge(bodies)
    assert found.gaps[0].station == chain[0].station_code
    assert found.gaps[0].missing_numbers == (2,)
    assert found.gaps[0].missing_runs == (chain[1].run_id,)
    assert merge({"000002.json": second}).gaps == ()


def test_signatures_are_proved_with_the_stations_keys(merge, chain, tmp_path):
    key = OKPKey.generate_key("Ed25519")
    (tmp_path / "key.pem").write_bytes(key.as_pem(private=True))
    (tmp_path / "key.json").write_text(json.dumps(key.as_dict(private=False)))
    signed = seal_report(chain[0], load_signature(tmp_path / "key.pem"))
    stranger = OKPKey.generate_key("Ed25519")
    (tmp_path / "other.pem").write_bytes(stranger.as_pem(private=True))
    foreign = seal_report(chain[1], load_signature(tmp_path / "other.pem"))
    bodies = {"1.json": stored_bytes(signed), "2.json": stored_bytes(foreign)}
    found = merge(bodies, read_keys(tmp_path / "key.json"))
    assert (found.added, found.unproved) == (1, 0)
    assert "unknown key" in refusals(found)["2.json"]


def test_unsigned_reports_are_refused_where_a_person_asks_for_it(tmp_path, offices, chain):
    (tmp_path / "1.json").write_bytes(stored_bytes(chain[0]))
    with open_fleet(tmp_path / "fleet.db", create=True) as fleet:
        found = merge_reports(fleet, [tmp_path / "1.json"], offices, {}, signed_only=True)
    assert found.added == 0
    assert "not signed" in refusals(found)["1.json"]


def test_a_fleet_file_of_something_else_is_not_touched(tmp_path, offices):
    place = tmp_path / "fleet.db"
    place.write_bytes(b"this is no database, and long enough to be looked at" * 40)
    before = hashlib.sha256(place.read_bytes()).digest()
    with pytest.raises(FleetFileError, match="cannot be used"), open_fleet(place, create=True):
        pass
    assert hashlib.sha256(place.read_bytes()).digest() == before
    with pytest.raises(FleetFileError, match="no fleet file"), open_fleet(tmp_path / "none.db"):
        pass


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("99.01.01;active;2026-11-01;Ani", "99.01.01"),
        ("61.01.01;asleep;2026-11-01;Ani", "state"),
        ("61.01.01;active;yesterday;Ani", "day"),
        ("61.01.01;active;2026-11-01;", "person"),
    ],
)
def test_a_bad_statement_is_told_by_line(tmp_path, offices, row, said):
    place = tmp_path / "s.csv"
    place.write_text("code;state;day;person\n" + row + "\n")
    with pytest.raises(FleetError, match=said):
        read_statements(place, offices)


def test_reports_come_back_in_the_order_of_time_whatever_came_first(
    merge, chain, tmp_path, offices
):
    for name, content in reversed(bodies_of(chain).items()):
        merge({name: content})
    with open_fleet(tmp_path / "fleet.db") as fleet:
        assert [report.number for report in fleet.reports()] == [1, 2, 3]
        days = [report.ended.astimezone(datetime.UTC).date() for report in chain]
        assert fleet.known_days() == (days[0], days[2])


def test_an_empty_fleet_file_says_what_to_do(tmp_path):
    with (
        open_fleet(tmp_path / "fleet.db", create=True) as fleet,
        pytest.raises(FleetFileError, match="holds no report"),
    ):
        fleet.known_days()
