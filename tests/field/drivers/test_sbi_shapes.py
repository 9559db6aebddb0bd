"""Our SBI service against the recorded one of MOSIP: field by field, type by type, spelling."""

import base64
import json
import re
import socket
from pathlib import Path

import pytest

from tests.station.sbi.serving import serving

TRAFFIC = Path(__file__).parents[4] / "shared" / "data" / "sbi" / "traffic"
pytestmark = pytest.mark.skipif(not TRAFFIC.is_dir(), reason="shared SBI samples not present")

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
SPELLING = {
    "deviceId": r"\d+",
    "deviceStatus": "Ready|Busy|Not Ready",
    "certification": "L0",
    "serviceVersion": r"0\.9\.5",
    "callbackId": r"http://127\.0\.0\.1:\d{4}/",
    "deviceCode": "[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}",
    "purpose": "Registration",
    "type": "Finger|Iris|Face",
    "deviceSubType": "Slap|Single|Touchless|Double|Full face",
    "dateTime": TIME,
    "timestamp": TIME,
    "env": "Staging|Developer|Pre-Production|Production",
    "errorCode": r"\d+",
    "hash": "[0-9A-F]{64}",
    "bioType": "Finger|Iris|Face",
    "bioSubType": "(Left|Right)( (Thumb|(Index|Middle|Ring|Little)Finger))?",
    "requestedScore": r"\d+\.\d",
    "qualityScore": r"\d+\.\d",
    "deviceServiceVersion": r"0\.9\.5",
}


def recorded(name):
    head, _, rest = (TRAFFIC / f"{name}.response.http").read_bytes().partition(b"\r\n\r\n")
    length = int(re.search(rb"Content-Length: (\d+)", head)[1])
    return json.loads(rest[:length])


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("sbi")) as served:
        everything = {"type": "Biometric Device"}
        yield {
            "disc-biometric_device": served.call("MOSIPDISC", "/device", everything)[2],
            "dinfo": served.call("MOSIPDINFO", "/info", everything)[2],
            "disc-bogus": served.call("MOSIPDISC", "/device", {"type": "Bogus"})[2],
            "sbidisc-1.0": served.call("ADMIN", "/device", everything)[2],
            "rcapture-thumbs": served.capture(),
            "rcapture-iris-both": served.capture(bio_type="Iris", bio_deviceId="1"),
            "rcapture-face": served.capture(
                bio_type="Face", bio_deviceId="3", bio_deviceSubId="0", bio_count="1"
            ),
            "rcapture-bad-count": served.capture(bio_count="9"),
            "rcapture-bad-device": served.capture(bio_deviceId="77"),
            "stream": stream_head(served.port),
        }


def stream_head(port):
    """Return the first bytes of a preview, as they are on the wire."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        body = b'{"deviceId": "2", "deviceSubId": "1"}'
        head = f"STREAM /stream HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n"
        link.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        link.settimeout(30)
        data = b""
        while b"\xff\xd8" not in data:
            data += link.recv(65536)
        return data


def decoded(text):
    """Return header and payload of a JWS, or nothing and the payload of unsigned base64url."""
    parts = [json.loads(base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)))
             for one in (text.split(".")[:2] if text.count(".") == 2 else [text])]  # fmt: skip
    return (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])


def shape(value, name=""):
    """Return keys and types all the way down, tokens opened."""
    if isinstance(value, str) and name in ("data", "deviceInfo", "digitalId") and value:
        head, content = decoded(value)
        return {"header": shape(head), "content": shape(content)}
    if isinstance(value, dict):
        return {key: shape(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def leaves(value, name=""):
    """Return (name, text) of every text, tokens opened."""
    if isinstance(value, str) and name in ("data", "deviceInfo", "digitalId") and value:
        yield from leaves(decoded(value)[1])
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, name)
    elif isinstance(value, str):
        yield name, value


ANSWERS = (
    "disc-biometric_device", "dinfo", "disc-bogus", "sbidisc-1.0", "rcapture-thumbs",
    "rcapture-iris-both", "rcapture-face", "rcapture-bad-count", "rcapture-bad-device",
)  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_the_same_fields_of_the_same_types(ours, name):
    assert shape(ours[name]) == shape(recorded(name))


@pytest.mark.parametrize("name", ANSWERS)
def test_the_same_spelling(ours, name):
    for answer in (recorded(name), ours[name]):
        for field, text in leaves(answer):
            if field in SPELLING and text:
                assert re.fullmatch(SPELLING[field], text), (field, text[:60])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_same_error_numbers(ours, name):
    def numbers(answer):
        return {text for field, text in leaves(answer) if field == "errorCode"}

    assert numbers(ours[name]) == numbers(recorded(name))


def test_the_same_numbers_of_devices_and_sub_devices(ours):
    def table(answer):
        return {one["deviceId"]: one["deviceSubId"] for one in answer}

    assert table(ours["disc-biometric_device"]) == table(recorded("disc-biometric_device"))


def test_the_same_order_of_parts(ours):
    for name in ("rcapture-thumbs", "rcapture-iris-both"):
        orders = [
            [decoded(one["data"])[1]["bioSubType"] for one in answer["biometrics"]]
            for answer in (ours[name], recorded(name))
        ]
        assert orders[0] == orders[1]


def test_records_of_the_same_editions(ours):
    for name in ("rcapture-thumbs", "rcapture-iris-both", "rcapture-face"):
        magics = set()
        for answer in (ours[name], recorded(name)):
            text = decoded(answer["biometrics"][0]["data"])[1]["bioValue"]
            magics.add(base64.urlsafe_b64decode(text[:12])[:8])
        assert len(magics) == 1


def test_the_preview_is_spelled_as_the_recorded_one(ours):
    theirs = (TRAFFIC / "rcapture-thumbs.stream.http").read_bytes()
    for data in (theirs, ours["stream"]):
        head, _, rest = data.partition(b"\r\n\r\n")
        assert b"multipart/x-mixed-replace; boundary=--BoundaryString" in head
        assert b"--BoundaryString\r\n" in rest[:100]
        part = rest.partition(b"--BoundaryString\r\n")[2].partition(b"\r\n\r\n")[0]
        assert b"Content-Type:image/jpeg" in part
        assert re.search(rb"Content-Length:\d+", part)
    assert b"Access-Control" not in ours["stream"]
