"""The routes without TLS: bytes, headers, ranges, problems."""

import base64
import hashlib
import json

import pytest
from starlette.testclient import TestClient

from station.pull.app import create_pull_app
from station.pull.problems import CODES

RANGES = [
    (None, 200, 0, 5000),
    ("bytes=0-", 206, 0, 5000),
    ("bytes=0-0", 206, 0, 1),
    ("bytes=4999-", 206, 4999, 5000),
    ("bytes=-100", 206, 4900, 5000),
    ("bytes=100-99999", 206, 100, 5000),
    ("items=0-5", 200, 0, 5000),
    ("bytes=0-1,3-4", 200, 0, 5000),
    ("bytes=x", 200, 0, 5000),
]


@pytest.fixture
def client(pull_station):
    with TestClient(pull_station.app()) as client:
        yield client


def assert_problem(answer, code: str) -> None:
    status, next_step = CODES[code]
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["code"], body["status"], body["next_step"]) == (code, status, next_step)
    assert body["title"] == status.phrase
    assert body["detail"]


def test_an_empty_station(client):
    listing = client.get("/v1/packages").json()
    assert listing["packages"] == []
    assert listing["last_sequence"] == 0
    assert not listing["has_more"]
    assert client.get("/v1/reports").json()["reports"] == []
    assert client.get("/v1/health").json()["packages_waiting"] == 0


def test_the_list_is_numbered_and_part_a_comes_first(client, pull_station):
    manifests = [pull_station.add_package() for _ in range(5)]
    listing = client.get("/v1/packages?after=1&limit=3").json()
    assert [one["sequence"] for one in listing["packages"]] == [2, 3, 4]
    assert listing["has_more"]
    assert listing["last_sequence"] == 5
    assert [one["part"] for one in listing["order"]] == ["a", "a", "a", "b", "b", "b"]
    first = listing["packages"][0]
    assert first["manifest_sha256"] == manifests[1].sha256
    assert first["parts"][0] == {
        "name": "a",
        "size_bytes": 3000,
        "sha256": manifests[1].parts.a.sha256,
    }
    assert not client.get("/v1/packages?after=2").json()["has_more"]
    assert client.get("/v1/packages?after=5").json()["packages"] == []


def test_a_list_says_nothing_about_residents(client, pull_station):
    pull_station.add_package()
    text = client.get("/v1/packages").text
    assert "origin" not in text
    assert "host" not in text


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=1001", "after=1e3"])
def test_bad_query(client, query):
    assert_problem(client.get(f"/v1/packages?{query}"), "bad_query")


def test_manifest(client, pull_station):
    manifest = pull_station.add_package()
    path = f"/v1/packages/{manifest.package_id}/manifest"
    answer = client.get(path)
    on_disk = (pull_station.spool.folder / manifest.package_id / "manifest.jws").read_bytes()
    assert answer.content == on_disk
    assert answer.headers["content-type"] == "application/jose"
    tag = answer.headers["etag"]
    assert tag == f'"sha-256-{hashlib.sha256(on_disk).hexdigest()}"'
    again = client.get(path, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(on_disk))


@pytest.mark.parametrize(("asked", "status", "start", "stop"), RANGES)
def test_part_ranges(client, pull_station, asked, status, start, stop):
    manifest = pull_station.add_package()
    payload = pull_station.part_bytes(manifest, "b")
    answer = client.get(
        f"/v1/packages/{manifest.package_id}/parts/b", headers={"range": asked} if asked else {}
    )
    assert answer.status_code == status
    assert answer.content == payload[start:stop]
    assert answer.headers["content-length"] == str(stop - start)
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"] == f'"sha-256-{manifest.parts.b.sha256}"'
    digest = base64.b64encode(hashlib.sha256(payload).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    expected = f"bytes {start}-{stop - 1}/5000" if status == 206 else None
    assert answer.headers.get("content-range") == expected


def test_part_conditions(client, pull_station):
    manifest = pull_station.add_package()
    path = f"/v1/packages/{manifest.package_id}/parts/a"
    tag = client.head(path).headers["etag"]
    part = {"range": "bytes=10-19"}
    assert client.get(path, headers={**part, "if-range": tag}).status_code == 206
    stale = client.get(path, headers={**part, "if-range": '"sha-256-00"'})
    assert (stale.status_code, len(stale.content)) == (200, 3000)
    same = client.get(path, headers={"if-none-match": tag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    other = client.get(path, headers={"if-match": '"sha-256-00"'})
    assert_problem(other, "precondition_failed")


def test_part_beyond_its_end(client, pull_station):
    manifest = pull_station.add_package()
    path = f"/v1/packages/{manifest.package_id}/parts/a"
    answer = client.get(path, headers={"range": "bytes=3000-"})
    assert_problem(answer, "range_not_satisfiable")
    assert answer.headers["content-range"] == "bytes */3000"


def test_part_head(client, pull_station):
    manifest = pull_station.add_package()
    answer = client.head(
        f"/v1/packages/{manifest.package_id}/parts/b", headers={"range": "bytes=0-9"}
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "5000"
    assert len(pull_station.inbox) == 0


def test_all_sizes_around_a_piece_arrive_whole(client, pull_station):
    for size in (1, 65_535, 65_536, 65_537, 262_144, 262_145):
        manifest = pull_station.add_package(size, 1)
        answer = client.get(f"/v1/packages/{manifest.package_id}/parts/a")
        assert answer.content == pull_station.part_bytes(manifest, "a")


def test_pulled_is_marked_after_the_last_byte_of_both_parts(client, pull_station):
    manifest = pull_station.add_package()
    path = f"/v1/packages/{manifest.package_id}/parts"
    client.get(f"{path}/a", headers={"range": "bytes=0-2998"})
    client.get(f"{path}/b")
    assert len(pull_station.inbox) == 0
    client.get(f"{path}/a", headers={"range": "bytes=2999-"})
    (entry,) = pull_station.inbox.entries()
    assert (entry.kind, entry.subject) == ("pulled", manifest.package_id)
    assert json.loads(entry.payload) == {"manifest_sha256": manifest.sha256}
    client.get(f"{path}/a")
    assert len(pull_station.inbox) == 1


def test_a_restart_between_the_parts_does_not_lose_the_mark(pull_station):
    manifest = pull_station.add_package()
    for part in ("a", "b"):
        with TestClient(pull_station.app()) as client:
            client.get(f"/v1/packages/{manifest.package_id}/parts/{part}")
    assert [entry.kind for entry in pull_station.inbox.entries()] == ["pulled"]


def test_notes_about_purged_packages_go_at_the_next_start(pull_station):
    manifest = pull_station.add_package()
    with TestClient(pull_station.app()) as client:
        client.get(f"/v1/packages/{manifest.package_id}/parts/a")
    notes = pull_station.inbox.folder / ".served"
    assert len(list(notes.iterdir())) == 1
    pull_station.spool.keep_receipt(manifest.package_id, b"receipt")
    pull_station.spool.remove_parts(manifest.package_id)
    with TestClient(pull_station.app()):
        assert list(notes.iterdir()) == []


def test_purged(client, pull_station):
    manifest = pull_station.add_package()
    pull_station.spool.keep_receipt(manifest.package_id, b"receipt")
    pull_station.spool.remove_parts(manifest.package_id)
    assert_problem(client.get(f"/v1/packages/{manifest.package_id}/parts/a"), "part_removed")
    assert client.get(f"/v1/packages/{manifest.package_id}/manifest").status_code == 200
    (listed,) = client.get("/v1/packages").json()["packages"]
    assert listed["is_purged"]
    assert client.get("/v1/packages").json()["order"] == []


def test_a_part_of_another_size_is_not_sent(client, pull_station):
    manifest = pull_station.add_package()
    path = pull_station.spool.folder / manifest.package_id / "part-a.age"
    path.write_bytes(path.read_bytes()[:-1])
    answer = client.get(f"/v1/packages/{manifest.package_id}/parts/a")
    assert_problem(answer, "part_damaged")


def test_a_part_that_is_a_link_is_not_followed(client, pull_station, tmp_path):
    manifest = pull_station.add_package()
    path = pull_station.spool.folder / manifest.package_id / "part-a.age"
    secret = tmp_path / "secret"
    secret.write_bytes(b"s" * 3000)
    path.unlink()
    path.symlink_to(secret)
    answer = client.get(f"/v1/packages/{manifest.package_id}/parts/a")
    assert_problem(answer, "storage_failed")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/", "unknown_path"),
        ("GET", "/v1", "unknown_path"),
        ("GET", "/v1/packages/", "unknown_path"),
        ("GET", "/docs", "unknown_path"),
        ("GET", "/openapi.json", "unknown_path"),
        ("GET", "/v1/packages/%2e%2e%2f%2e%2e/manifest", "unknown_path"),
        ("GET", "/v1/packages/..%5c/manifest", "unknown_package"),
        ("GET", f"/v1/packages/{'0' * 32}/manifest", "unknown_package"),
        ("GET", f"/v1/packages/{'0' * 32}/parts/a", "unknown_package"),
        ("DELETE", f"/v1/packages/{'0' * 32}/parts/a", "method_not_allowed"),
        ("POST", "/v1/packages", "method_not_allowed"),
        ("GET", "/v1/notices", "method_not_allowed"),
        ("GET", "/v1/reports/7", "unknown_report"),
        ("GET", "/v1/reports/x", "bad_query"),
        ("GET", "/v1/audit/checkpoint", "no_checkpoint"),
    ],
)
def test_refusals(client, method, path, code):
    answer = client.request(method, path)
    assert_problem(answer, code)
    if code == "method_not_allowed":
        assert answer.headers["allow"]


def test_unknown_part(client, pull_station):
    manifest = pull_station.add_package()
    assert_problem(client.get(f"/v1/packages/{manifest.package_id}/parts/c"), "unknown_part")


def test_no_answer_allows_other_origins(client):
    answer = client.get("/v1/health", headers={"origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_docs_only_when_asked(pull_station):
    options = pull_station.options()
    asked = type(options)(
        station_code=options.station_code, reports_folder=options.reports_folder, has_docs=True
    )
    app = create_pull_app(pull_station.spool, pull_station.inbox, pull_station.trusted(), asked)
    with TestClient(app) as client:
        assert "/v1/packages" in client.get("/openapi.json").json()["paths"]


def test_reports(client, pull_station):
    pull_station.reports.mkdir(parents=True)
    for number, name in ((2, "selftest-000002"), (10, "000010"), (11, "000011")):
        (pull_station.reports / f"{name}.json").write_text(f'{{"n": {number}}}')
    (pull_station.reports / ".new-1").write_text("half")
    (pull_station.reports / "note.txt").write_text("x")
    listing = client.get("/v1/reports?after=2&limit=1").json()
    assert [one["sequence"] for one in listing["reports"]] == [10]
    assert listing["has_more"]
    assert client.get("/v1/reports/2").json() == {"n": 2}
    answer = client.get("/v1/reports/10")
    assert answer.json() == {"n": 10}
    assert listing["reports"][0]["sha256"] == hashlib.sha256(answer.content).hexdigest()


def test_health_and_checkpoint(client, pull_station):
    pull_station.add_package()
    outbox = pull_station.reports.parent
    outbox.mkdir(exist_ok=True)
    (outbox / "readiness.json").write_text('{"state": "ready"}')
    (outbox / "audit-checkpoint").write_text("ktpel\n5\nAAAA\n")
    health = client.get("/v1/health").json()
    assert health["packages_waiting"] == 1
    assert health["bytes_waiting"] == 8000
    assert health["first_waiting_sequence"] == 1
    assert health["readiness"] == {"state": "ready"}
    assert health["time"] == "2026-11-24T08:00:00+00:00"
    assert client.get("/v1/audit/checkpoint").text == "ktpel\n5\nAAAA\n"
    (outbox / "readiness.json").write_text("{half")
    assert client.get("/v1/health").json()["readiness"]["state"] == "unknown"
