"""The door of the SBI service: who may call, what is refused by number, what never gets in."""

import json
import socket
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.sbi.app import BODY_LIMIT_S, MAX_BODY_BYTES
from tests.station.sbi.serving import serving

VERBS = (
    ("MOSIPDISC", "/device"), ("SBIDISC", "/device"), ("MOSIPDINFO", "/info"),
    ("SBIINFO", "/info"), ("RCAPTURE", "/capture"), ("STREAM", "/stream"),
)  # fmt: skip


# ---- who may call


@pytest.mark.parametrize(("verb", "path"), VERBS)
def test_a_foreign_host_name_is_refused(served, verb, path):
    for host in ("evil.example:4501", "127.0.0.1", "127.0.0.1:1", ""):
        status, _, text = served.call(verb, path, {"type": "Finger"}, {"Host": host})
        assert (status, b"unknown Host" in text) == (400, True)


@pytest.mark.parametrize(("verb", "path"), VERBS)
def test_a_page_in_a_browser_is_refused(served, verb, path):
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{served.port}"):
        status, headers, _ = served.call(verb, path, {"type": "Finger"}, {"Origin": origin})
        assert status == 403
        assert not [name for name in headers if name.lower().startswith("access-control")]


def test_an_allowed_origin_may_call(tmp_path):
    with serving(tmp_path, allowed_origins=("http://client.local",)) as running:
        ask = ("MOSIPDISC", "/device", {"type": "Finger"})
        assert running.call(*ask, {"Origin": "http://client.local"})[0] == 200
        assert running.call(*ask, {"Origin": "http://client.local.evil.example"})[0] == 403
        assert running.call(*ask, {"Host": f"localhost:{running.port}"})[0] == 200


def test_it_listens_on_loopback_only(served):
    assert served.server._listener.getsockname()[0] == "127.0.0.1"
    assert 4501 <= served.port <= 4600


# ---- what is no request of SBI


@pytest.mark.parametrize(
    ("verb", "path"),
    [("GET", "/device"), ("POST", "/capture"), ("OPTIONS", "/capture"), ("CAPTURE", "/capture"),
     ("MOSIPDISC", "/info"), ("RCAPTURE", "/"), ("RCAPTURE", "//capture"),
     ("POST", "/admin/status")],
)  # fmt: skip
def test_other_verbs_and_paths(served, verb, path):
    status, headers, answer = served.call(verb, path, {})
    assert status == 405
    assert answer == [{"error": {"errorCode": "500", "errorInfo": "Invalid URL"}}]
    assert not [name for name in headers if name.lower().startswith("access-control")]


def test_a_body_too_large(served):
    body = b'{"type": "' + b"x" * MAX_BODY_BYTES + b'"}'
    assert served.call("MOSIPDISC", "/device", None, body=body)[0] == 413
    chunks = (body[at : at + 1000] for at in range(0, len(body), 1000))
    chunked = {"Transfer-Encoding": "chunked"}
    pieces = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in chunks) + b"0\r\n\r\n"
    assert served.call("MOSIPDISC", "/device", None, chunked, body=pieces)[0] == 413


def test_a_body_that_does_not_come(served):
    with socket.create_connection(("127.0.0.1", served.port)) as link:
        head = f"MOSIPDISC /device HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
        link.sendall(head.encode() + b"Content-Length: 20\r\n\r\n{")
        link.settimeout(BODY_LIMIT_S + 10)
        started_s = time.monotonic()
        assert b" 408 " in link.recv(4096).split(b"\r\n")[0]
        assert time.monotonic() - started_s < BODY_LIMIT_S + 5


# ---- what is refused by number


def test_unknown_types(served):
    for verb in ("MOSIPDISC", "SBIDISC"):
        status, _, answer = served.call(verb, "/device", {"type": "Bogus"})
        assert (status, answer[0]["error"]["errorCode"]) == (200, "502")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bio_count": "9"}, "109"),
        ({"bio_count": 0}, "109"),
        ({"bio_exception": ["Right Thumb"]}, "109"),
        ({"bio_exception": ["Left RingFinger"]}, "109"),
        ({"bio_exception": ["Left Thumb", "Right Thumb"], "bio_count": 0}, "109"),
        ({"bio_deviceId": "77"}, "705"),
        ({"bio_serialNo": "77"}, "705"),
        ({"bio_type": "Iris"}, "705"),
        ({"bio_type": "Nose"}, "114"),
        ({"bio_deviceSubId": "9"}, "119"),
        ({"bio_bioSubType": ["Left IndexFinger"]}, "119"),
        ({"transactionId": "x"}, "112"),
        ({"transactionId": "../../etc/passwd"}, "112"),
        ({"purpose": "Auth"}, "121"),
        ({"env": "Production"}, "115"),
        ({"specVersion": "7"}, "999"),
        ({"bio_previousHash": "zz"}, "999"),
        ({"bio_requestedScore": "1e9"}, "999"),
        ({"timeout": "-1"}, "999"),
        ({"timeout": "soon"}, "999"),
        ({"bio": []}, "999"),
        ({"bio": None}, "999"),
        ({"customOpts": {str(number): 1 for number in range(51)}}, "999"),
    ],
)
def test_wrong_captures(served, changes, code):
    assert served.refusal(**changes) == code


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'"x"', b"[" * 60_000, b"\xff\x00"])
def test_what_is_no_json(served, body):
    status, _, answer = served.call("RCAPTURE", "/capture", None, body=body)
    assert (status, answer["biometrics"][0]["error"]["errorCode"]) == (200, "999")


def test_wrong_previews(served):
    for document, code in (
        ({"deviceId": "77"}, "705"),
        ({"deviceId": "2", "deviceSubId": "9"}, "119"),
        ({"deviceId": "2", "deviceSubId": "1", "timeout": "x"}, "999"),
    ):
        status, _, answer = served.call("STREAM", "/stream", document)
        assert (status, answer["error"]["errorCode"]) == (200, code)


def test_an_abandoned_preview_frees_its_place(served):
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", served.port)) as link:
            body = json.dumps({"deviceId": "1", "deviceSubId": "3"}).encode()
            head = f"STREAM /stream HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
            link.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            link.settimeout(20)
            assert b"--BoundaryString" in _read_until(link, b"\xff\xd8")
        time.sleep(1.0)


def _read_until(link, mark):
    data = b""
    while mark not in data:
        chunk = link.recv(65536)
        assert chunk, data[:300]
        data += chunk
    return data


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
capture_like = st.fixed_dictionaries(
    {},
    optional={
        "env": json_values, "purpose": st.just("Registration") | json_values,
        "specVersion": st.just("1.0") | json_values, "timeout": json_values,
        "transactionId": st.just("TX-1") | json_values, "customOpts": json_values,
        "bio": json_values | st.lists(
            st.fixed_dictionaries(
                {}, optional={"type": json_values, "count": json_values, "exception": json_values,
                              "bioSubType": json_values, "deviceId": json_values},
            ), max_size=2,
        ),
    },
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=json_values | capture_like, place=st.sampled_from(VERBS[:5]))
def test_whatever_is_asked_is_answered_in_shape(served, document, place):
    status, _, answer = served.call(*place, document)
    assert status == 200
    entries = answer["biometrics"] if place[0] == "RCAPTURE" else answer
    assert all(isinstance(one["error"]["errorCode"], str) for one in entries)
