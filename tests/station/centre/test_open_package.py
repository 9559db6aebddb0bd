"""Verify without a key, open with one, check again, and answer accordingly."""

import copy
import json
import os
import shutil
from dataclasses import replace

import pytest

from station.centre.collector import pull_station
from station.centre.errors import BadPackageError, CentreError, CentreKeysError, UnknownStationError
from station.centre.intake import take_package, write_receipts
from station.centre.keys import CentreKeys, keygen
from station.centre.open_package import find_packages, open_package, verify
from station.centre.recheck import RULES, recheck, step_of
from station.package.manifest import inspect_manifest
from station.package.members import EXCEPTABLE_PARTS
from station.package.record_document import to_document
from station.package.record_json import RecordDocument
from tests.station.centre.sealed import seal_for, whole_record

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def keys(centre_keys, tmp_path) -> CentreKeys:
    """A centre of its own, so that its allow-list holds only this test's station."""
    folder = tmp_path / "centre"
    shutil.copytree(centre_keys.folder, folder)
    return CentreKeys.load(folder)


@pytest.fixture
def recipients(keys) -> list[str]:
    return json.loads(keys.enrolment.read_bytes())["recipients"]


@pytest.fixture
def station(pull_station, keys):
    keys.stations.trust(pull_station.identity)
    return pull_station


def folder_of(station, manifest):
    return station.spool.folder / manifest.package_id


def test_verify_needs_no_key(station, keys, recipients):
    manifest = seal_for(station, recipients)
    checked = verify(folder_of(station, manifest), keys.stations)
    assert checked.is_good
    assert (checked.station_code, checked.sequence) == (station.code, 1)
    assert checked.manifest_sha256 == manifest.sha256


def test_what_is_damaged_is_refused_with_a_word(station, keys, recipients):
    folder = folder_of(station, seal_for(station, recipients))
    path = folder / "part-b.age"
    payload = bytearray(path.read_bytes())
    payload[100] ^= 1
    path.write_bytes(payload)
    with pytest.raises(BadPackageError, match="chunk 0") as refused:
        verify(folder, keys.stations)
    assert refused.value.code == "chunk_hash"
    path.unlink()
    with pytest.raises(BadPackageError) as refused:
        verify(folder, keys.stations)
    assert refused.value.code == "missing_part"


def test_a_station_that_was_never_imported(pull_station, keys, recipients):
    manifest = seal_for(pull_station, recipients)
    with pytest.raises(UnknownStationError, match="trust its identity"):
        verify(folder_of(pull_station, manifest), keys.stations)


def test_open_writes_every_member_and_says_where_from(station, keys, recipients, tmp_path):
    manifest = seal_for(station, recipients)
    out = tmp_path / "opened"
    checked = open_package(folder_of(station, manifest), keys, out)
    assert checked.is_good, checked.violations
    place = out / manifest.package_id
    written = [path for part in ("a", "b") for path in (place / part).rglob("*") if path.is_file()]
    assert len(written) == checked.files == 26 + 16  # by FORMAT.md, without thumbnails
    assert (place / "a/fingers/right_index.wsq").is_file()
    opening = json.loads((place / "opening.json").read_text())
    assert opening["manifest_sha256"] == manifest.sha256
    assert out.stat().st_mode & 0o077 == 0
    assert [path.name for path in out.iterdir()] == [manifest.package_id]
    # opening again changes nothing
    assert open_package(folder_of(station, manifest), keys, out) == checked


def test_an_interrupted_opening_is_no_obstacle(station, keys, recipients, tmp_path):
    manifest = seal_for(station, recipients)
    half = tmp_path / "opened" / f".new-{manifest.package_id}" / "a"
    half.mkdir(parents=True)
    (half / "record.json").write_text("half")
    assert open_package(folder_of(station, manifest), keys, tmp_path / "opened").is_good


def test_another_thing_under_the_name_is_not_overwritten(station, keys, recipients, tmp_path):
    manifest = seal_for(station, recipients)
    place = tmp_path / "opened" / manifest.package_id
    place.mkdir(parents=True)
    (place / "notes.txt").write_text("mine")
    with pytest.raises(CentreError, match="something else"):
        open_package(folder_of(station, manifest), keys, tmp_path / "opened")
    assert (place / "notes.txt").read_text() == "mine"


def test_without_the_opening_key(station, keys, recipients, tmp_path):
    manifest = seal_for(station, recipients)
    carrier = replace(keys, identities=())
    with pytest.raises(CentreKeysError, match="no opening key"):
        open_package(folder_of(station, manifest), carrier, tmp_path / "opened")
    stranger = keygen(tmp_path / "stranger", now=_now())
    other = replace(keys, identities=stranger.identities)
    with pytest.raises(BadPackageError) as refused:
        open_package(folder_of(station, manifest), other, tmp_path / "opened")
    assert refused.value.code == "not_for_us"
    assert not (tmp_path / "opened").exists()


def test_nobody_is_named_outside_the_sealed_parts(station, keys, recipients):
    manifest = seal_for(station, recipients)
    resident = whole_record().resident
    checked = json.dumps(verify(folder_of(station, manifest), keys.stations).as_dict())
    jws = (folder_of(station, manifest) / "manifest.jws").read_text()
    shown = checked + json.dumps(inspect_manifest(jws)[0].model_dump(mode="json"))
    for secret in (resident["nik"], resident["full_name"]):
        assert secret not in shown


def test_packages_are_found_in_a_bundle(station, keys, recipients, tmp_path):
    manifests = [seal_for(station, recipients) for _ in range(2)]
    bundle = tmp_path / "medium" / "ktpel" / station.code
    shutil.copytree(station.spool.folder, bundle)
    shutil.copytree(bundle / manifests[0].package_id, bundle / "quarantine" / "x")
    shutil.copytree(bundle / manifests[0].package_id, bundle / ".new-y")
    found = find_packages(tmp_path / "medium")
    assert [folder.name for folder in found] == [one.package_id for one in manifests]
    assert find_packages(found[0]) == (found[0],)
    assert find_packages(tmp_path / "nothing") == ()


# ---- rules that are checked again


@pytest.fixture(scope="module")
def document() -> RecordDocument:
    return to_document(whole_record())


@pytest.fixture(scope="module")
def manifest(tmp_path_factory, centre_keys, document):
    class Outside:
        host_code = document.host_code
        origin_code = document.origin_code
        software_version = document.software_version
        thresholds_version = document.thresholds_version

    return Outside()


def test_a_recording_without_fault_breaks_no_rule(document, manifest):
    assert recheck(document, manifest) == ()


def owe_irises(fields):
    fields["irises"] = {}
    fields["owed"] = {"irises": "camera missing"}


def except_finger(fields):
    del fields["fingers"]["left_ring"]
    fields["exceptions"] = [an_exception("left_ring")]


def an_exception(part: str) -> dict:
    at = "2026-11-24T08:00:00Z"
    return {"part": part, "kind": "missing", "note": "", "by": "sari", "at": at, "has_photo": False}


@pytest.mark.parametrize("change", [owe_irises, except_finger])
def test_what_is_owed_or_excepted_is_complete(document, manifest, change):
    fields = copy.deepcopy(document.model_dump(mode="json"))
    change(fields)
    assert recheck(RecordDocument.model_validate(fields), manifest) == ()


BREAKS = {
    "manifest_contradicted": lambda f: f.update(thresholds_version="1999-01"),
    "captured_and_excepted": lambda f: f.update(exceptions=[an_exception("left_ring")]),
    "incomplete": lambda f: f["fingers"].pop("left_ring"),
    "not_verified": lambda f: f.update(verification=[]),
    "decision_contradicted": lambda f: f["verification"][0].update(similarity_score=1.0),
    "biodata_changed": lambda f: f["resident"].update(full_name="SOMEBODY ELSE"),
    "signature_unbound": lambda f: f["signature"].update(biodata_sha256="0" * 64),
    "attempt_unknown": lambda f: f["fingers"]["left_ring"].update(attempt=2),
    "score_contradicted": lambda f: f["fingers"]["left_ring"].update(score=99),
    "threshold_ignored": lambda f: f["attempts"][1]["parts"][0].update(threshold=90),
}
GRAVE = {
    "manifest_contradicted",
    "captured_and_excepted",
    "incomplete",
    "not_verified",
    "biodata_changed",
    "signature_unbound",
}


@pytest.mark.parametrize("code", BREAKS)
def test_each_rule_finds_its_break(document, manifest, code):
    fields = copy.deepcopy(document.model_dump(mode="json"))
    BREAKS[code](fields)
    found = recheck(RecordDocument.model_validate(fields), manifest)
    assert code in {violation.code for violation in found}
    assert {violation.is_grave for violation in found if violation.code == code} == {code in GRAVE}
    text = json.dumps([violation.detail for violation in found])
    assert document.resident["nik"] not in text


def test_all_rules_tell_at_once(document, manifest):
    """A patched station shows everything it skipped, not only the first."""
    fields = copy.deepcopy(document.model_dump(mode="json"))
    for code in ("manifest_contradicted", "not_verified", "biodata_changed", "incomplete"):
        BREAKS[code](fields)
    found = {
        violation.code for violation in recheck(RecordDocument.model_validate(fields), manifest)
    }
    assert {"manifest_contradicted", "not_verified", "biodata_changed", "incomplete"} <= found
    assert len(RULES) == 6


def test_every_part_has_its_step():
    steps = {step_of(part) for part in EXCEPTABLE_PARTS}
    assert steps == {"left_slap", "right_slap", "thumbs", "irises", "portrait", "signature"}


# ---- answers


def pull(url, station, keys, tmp_path, quick):
    return pull_station(url, station.identity, keys, tmp_path / "held", policy=quick)


def codes(report) -> list[str]:
    return [finding.code for finding in report.findings]


def test_what_opens_is_accepted(station, keys, recipients, tmp_path, quick):
    manifest = seal_for(station, recipients)
    with station.serve() as url:
        report = pull(url, station, keys, tmp_path, quick)
    assert report.is_good, report
    (entry,) = station.inbox.find("receipt", manifest.package_id)
    assert station.trusted().read_receipt(entry.payload).verdict == "accepted"


def test_what_is_for_other_keys_gets_no_receipt_until_the_key_comes(
    station, keys, recipients, tmp_path, quick
):
    stranger = keygen(tmp_path / "stranger", now=_now())
    old = replace(keys, identities=stranger.identities)
    manifest = seal_for(station, recipients)
    with station.serve() as url:
        report = pull(url, station, old, tmp_path, quick)
        assert codes(report) == ["not_for_us"]
        assert station.inbox.find("receipt", manifest.package_id) == ()
        again = pull(url, station, keys, tmp_path, quick)
    assert again.is_good, again
    assert again.received_bytes == 0
    assert again.receipted == [manifest.package_id]


def test_what_does_not_hold_inside_is_rejected_and_stays(station, keys, tmp_path, quick):
    manifest = station.add_package()  # signed, hashes fit, but no age file
    with station.serve() as url:
        report = pull(url, station, keys, tmp_path, quick)
        again = pull(url, station, keys, tmp_path, quick)
    assert report.rejected == [manifest.package_id]
    assert codes(report) == ["rejected"]
    assert again.is_good
    (entry,) = station.inbox.find("receipt", manifest.package_id)
    receipt = station.trusted().read_receipt(entry.payload)
    assert (receipt.verdict, receipt.reason) == ("rejected", "damaged_payload")
    assert station.part_bytes(manifest, "a")


def test_a_grave_violation_is_rejected(station, keys, recipients, tmp_path, quick):
    manifest = seal_for(station, recipients, thresholds_version="1999-01")
    with station.serve() as url:
        report = pull(url, station, keys, tmp_path, quick)
    assert report.rejected == [manifest.package_id]
    assert codes(report) == ["manifest_contradicted", "rejected"]


# ---- courier


def test_by_courier_and_by_network_is_one_package_with_one_receipt(
    station, keys, recipients, tmp_path, quick
):
    manifest = seal_for(station, recipients)
    medium, out = tmp_path / "medium", tmp_path / "held"
    shutil.copytree(folder_of(station, manifest), medium / "p1")
    taken = take_package(medium / "p1", keys, out)
    assert (taken.is_new, taken.has_receipt, taken.findings) == (True, True, ())
    again = take_package(medium / "p1", keys, out)
    assert (again.is_new, again.has_receipt) == (False, True)
    assert write_receipts(out, medium) == 1
    carried = (medium / "receipts" / f"{manifest.package_id}.jws").read_bytes()
    with station.serve() as url:
        report = pull(url, station, keys, tmp_path, quick)
    assert report.receipted == [manifest.package_id]
    assert report.received_bytes == 0
    (entry,) = station.inbox.find("receipt", manifest.package_id)
    assert entry.payload == carried


def test_a_medium_is_not_believed(station, keys, recipients, tmp_path):
    manifest = seal_for(station, recipients)
    medium, out = tmp_path / "medium", tmp_path / "held"
    shutil.copytree(folder_of(station, manifest), medium)
    path = medium / "part-a.age"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(BadPackageError) as refused:
        take_package(medium, keys, out)
    assert refused.value.code == "part_size"
    assert not (out / station.code).exists()
    path.unlink()
    path.symlink_to(folder_of(station, manifest) / "part-a.age")
    with pytest.raises(BadPackageError) as refused:
        take_package(medium, keys, out)
    assert refused.value.code == "missing_part"


def test_a_second_package_under_a_number_is_a_fork(station, keys, recipients, tmp_path):
    out = tmp_path / "held"
    first = seal_for(station, recipients)
    take_package(folder_of(station, first), keys, out)
    station.manifests.clear()
    other = seal_for(station, recipients, package_id="f" * 32)
    with pytest.raises(BadPackageError) as refused:
        take_package(folder_of(station, other), keys, out)
    assert refused.value.code == "fork"
    assert not (out / station.code / other.package_id).exists()


def test_a_medium_pulled_out_in_the_middle(station, keys, recipients, tmp_path, monkeypatch):
    manifest = seal_for(station, recipients)
    out = tmp_path / "held"
    copy_file = shutil.copyfile
    copies = []

    def unplugged(source, target, **options):
        copies.append(source)
        if len(copies) == 2:
            raise OSError(5, os.strerror(5))
        return copy_file(source, target, **options)

    monkeypatch.setattr(shutil, "copyfile", unplugged)
    with pytest.raises(CentreError, match="try again"):
        take_package(folder_of(station, manifest), keys, out)
    assert find_packages(out) == ()
    monkeypatch.undo()
    assert take_package(folder_of(station, manifest), keys, out).is_new


def _now():
    from datetime import UTC, datetime

    return datetime.now(UTC)
