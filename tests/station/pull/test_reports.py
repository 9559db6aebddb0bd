"""Reports of the self-test through the pull interface: the very bytes, which prove themselves."""

import datetime
import hashlib
import json

import pytest
from starlette.testclient import TestClient

from selftest.archive import store_run
from selftest.bench import Bench
from selftest.errors import BadReportError
from selftest.report import Report, Verdict
from selftest.runner import Run
from selftest.signing import read_keys, verify_report

NOW = datetime.datetime(2026, 11, 24, 8, 0, tzinfo=datetime.UTC)


def run_of(number):
    report = Report(
        run_id=f"run-{number}",
        station_code="61.01.01",
        trigger="quick",
        started=NOW,
        ended=NOW,
        app_version="1",
        limits_version="1",
        assets=(),
        results=(),
        verdict=Verdict.NOT_PROVEN,
    )
    return Run(report, {}, ())


def test_what_the_self_test_stores_is_served_chained_and_proved(pull_station, tmp_path):
    bench = Bench(
        (), tmp_path / "selftest", reports=pull_station.reports, sign=pull_station.signer.sign_jws
    )
    for number in range(3):
        store_run(bench, run_of(number))
    key = tmp_path / "station.json"
    key.write_text(pull_station.identity.model_dump_json())
    with TestClient(pull_station.app()) as client:
        listed = client.get("/v1/reports").json()["reports"]
        served = [client.get(f"/v1/reports/{item['sequence']}").content for item in listed]
    assert [item["sequence"] for item in listed] == [1, 2, 3]
    documents = [json.loads(content) for content in served]
    assert [document["number"] for document in documents] == [1, 2, 3]
    for item, content in zip(listed, served, strict=True):
        assert item["sha256"] == hashlib.sha256(content).hexdigest()
    assert [d["previous_sha256"] for d in documents[1:]] == [x["sha256"] for x in listed[:-1]]
    for document in documents:
        assert verify_report(document, read_keys(key)).kid == pull_station.signer.kid
    with pytest.raises(BadReportError):
        verify_report({**documents[0], "verdict": "CAN RECORD"}, read_keys(key))
