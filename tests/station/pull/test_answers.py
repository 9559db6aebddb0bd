"""Receipts and notices over the routes: who is believed, and what the station process finds."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient

from station.answers import Notice
from station.pull.answers import MAX_ALARMS_PER_PACKAGE
from station.pull.problems import CODES
from station.signer import Signer

STRANGER = Signer("centre", Ed25519PrivateKey.generate())


@pytest.fixture
def client(pull_station):
    with TestClient(pull_station.app()) as client:
        yield client


def put(client, manifest, body: str):
    return client.put(f"/v1/packages/{manifest.package_id}/receipt", content=body)


def kinds(pull_station) -> list[str]:
    return [entry.kind.value for entry in pull_station.inbox.entries()]


def is_problem(answer, code: str) -> bool:
    return (answer.status_code, answer.json()["code"]) == (CODES[code][0], code)


def notice(pull_station, **changes) -> Notice:
    fields = {
        "notice_id": "c" * 32,
        "station_code": pull_station.code,
        "kind": "status",
        "package_id": "a" * 32,
        "status": "PRINT_READY_RECORD",
        "issued_at": "2026-11-24T08:00:00Z",
    }
    return Notice(**{**fields, **changes})


def test_a_receipt_reaches_the_station_byte_for_byte(client, pull_station):
    manifest = pull_station.add_package()
    text = pull_station.signed_receipt(manifest)
    answer = put(client, manifest, text)
    assert answer.status_code == 200
    assert answer.json()["verdict"] == "accepted"
    (entry,) = pull_station.inbox.entries()
    assert (entry.kind, entry.subject) == ("receipt", manifest.package_id)
    assert entry.payload == text.encode()
    assert pull_station.part_bytes(manifest, "a")


def test_the_same_receipt_again_gets_the_same_answer(client, pull_station):
    manifest = pull_station.add_package()
    text = pull_station.signed_receipt(manifest)
    first = put(client, manifest, text)
    for _ in range(3):
        again = put(client, manifest, text)
        assert (again.status_code, again.content) == (200, first.content)
    assert kinds(pull_station) == ["receipt"]


def test_also_after_the_station_took_it_and_after_a_restart(pull_station):
    manifest = pull_station.add_package()
    text = pull_station.signed_receipt(manifest)
    with TestClient(pull_station.app()) as client:
        first = put(client, manifest, text)
    (entry,) = pull_station.inbox.entries()
    pull_station.spool.keep_receipt(manifest.package_id, entry.payload)
    pull_station.spool.remove_parts(manifest.package_id)
    pull_station.inbox.take(entry)
    other = pull_station.signed_receipt(manifest, verdict="rejected", reason="cannot_open")
    with TestClient(pull_station.app()) as client:
        again = put(client, manifest, text)
        assert (again.status_code, again.content) == (200, first.content)
        assert is_problem(put(client, manifest, other), "other_receipt_known")
    assert kinds(pull_station) == ["alarm"]


@pytest.mark.parametrize(
    "changes",
    [
        {"issued_at": "2026-11-24T08:00:01Z"},
        {"verdict": "rejected", "reason": "cannot_open"},
    ],
)
def test_a_different_receipt_is_a_conflict_and_an_alarm(client, pull_station, changes):
    manifest = pull_station.add_package()
    put(client, manifest, pull_station.signed_receipt(manifest))
    answer = put(client, manifest, pull_station.signed_receipt(manifest, **changes))
    assert is_problem(answer, "other_receipt_known")
    assert kinds(pull_station) == ["receipt", "alarm"]


def test_a_rejection_is_taken_too(client, pull_station):
    manifest = pull_station.add_package()
    text = pull_station.signed_receipt(manifest, verdict="rejected", reason="cannot_open")
    assert put(client, manifest, text).json()["verdict"] == "rejected"


def test_another_key_is_refused_and_raises_an_alarm(client, pull_station):
    manifest = pull_station.add_package()
    payload = pull_station.receipt(manifest).payload()
    assert is_problem(put(client, manifest, STRANGER.sign_jws(payload)), "untrusted_answer")
    assert kinds(pull_station) == ["alarm"]
    assert pull_station.part_bytes(manifest, "b")


def test_without_the_signature_check_the_forgery_would_pass(client, pull_station, monkeypatch):
    """Negative control: the test above fails when nobody checks signatures."""

    def believe(text, _keys):
        payload = text.split(".")[1]
        return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))

    monkeypatch.setattr("station.answers.verify_compact", believe)
    manifest = pull_station.add_package()
    forged = STRANGER.sign_jws(pull_station.receipt(manifest).payload())
    assert put(client, manifest, forged).status_code == 200
    assert kinds(pull_station) == ["receipt"]


def test_the_stations_own_key_does_not_sign_receipts(client, pull_station):
    manifest = pull_station.add_package()
    payload = pull_station.receipt(manifest).payload()
    answer = put(client, manifest, pull_station.signer.sign_jws(payload))
    assert is_problem(answer, "untrusted_answer")


@pytest.mark.parametrize(
    "changes",
    [
        {"manifest_sha256": "0" * 64},
        {"station_code": "61.01.01-2"},
        {"sequence": 2},
        {"package_id": "f" * 32},
    ],
)
def test_a_genuine_receipt_for_something_else_is_refused(client, pull_station, changes):
    manifest = pull_station.add_package()
    answer = put(client, manifest, pull_station.signed_receipt(manifest, **changes))
    assert is_problem(answer, "mismatched_answer")
    assert kinds(pull_station) == ["alarm"]


def test_a_receipt_of_one_package_does_not_fit_another(client, pull_station):
    first, second = pull_station.add_package(), pull_station.add_package()
    answer = put(client, second, pull_station.signed_receipt(first))
    assert is_problem(answer, "mismatched_answer")


@pytest.mark.parametrize("body", ["", "x", "{}", "a.b.c", "é.é.é", "x" * 9000])
def test_malformed(client, pull_station, body):
    manifest = pull_station.add_package()
    assert is_problem(put(client, manifest, body), "malformed_answer")
    assert kinds(pull_station) == []


def test_too_large(client, pull_station):
    manifest = pull_station.add_package()
    assert is_problem(put(client, manifest, "x" * 20_000), "body_too_large")


def test_unknown_package(client, pull_station):
    manifest = pull_station.add_package()
    text = pull_station.signed_receipt(manifest)
    answer = client.put(f"/v1/packages/{'9' * 32}/receipt", content=text)
    assert is_problem(answer, "unknown_package")
    assert kinds(pull_station) == []


def test_alarms_about_one_package_are_few(client, pull_station):
    manifest = pull_station.add_package()
    for number in range(MAX_ALARMS_PER_PACKAGE + 5):
        text = pull_station.signed_receipt(manifest, sequence=number + 100)
        assert is_problem(put(client, manifest, text), "mismatched_answer")
    assert kinds(pull_station) == ["alarm"] * MAX_ALARMS_PER_PACKAGE


def test_a_full_inbox_asks_to_come_later(client, pull_station, monkeypatch):
    monkeypatch.setattr("station.inbox.MAX_ENTRIES", 0)
    manifest = pull_station.add_package()
    answer = put(client, manifest, pull_station.signed_receipt(manifest))
    assert is_problem(answer, "inbox_full")
    assert answer.headers["retry-after"]


def test_a_notice_reaches_the_station(client, pull_station):
    text = pull_station.centre.signer.sign_jws(notice(pull_station).payload())
    first = client.put("/v1/notices", content=text)
    again = client.put("/v1/notices", content=text)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    (entry,) = pull_station.inbox.entries()
    assert (entry.kind, entry.subject, entry.payload) == ("notice", "c" * 32, text.encode())


def test_notices_that_are_refused(client, pull_station):
    def answer(signer, **changes):
        text = signer.sign_jws(notice(pull_station, **changes).payload())
        return client.put("/v1/notices", content=text)

    centre = pull_station.centre.signer
    assert is_problem(answer(STRANGER), "untrusted_answer")
    assert is_problem(answer(centre, station_code="other"), "mismatched_answer")
    assert answer(centre).status_code == 200
    assert is_problem(answer(centre, status="DUPLICATE_RECORD"), "other_notice_known")
    receipt = centre.sign_jws(json.dumps({"format": "ktpel-receipt/1"}).encode())
    assert is_problem(client.put("/v1/notices", content=receipt), "malformed_answer")
