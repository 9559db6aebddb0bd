"""Answers of services are read or refused, whatever they are; requests say what was meant."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceReportedError, DriverError, ProtocolError
from drivers.protocols.sbi_messages import (
    CaptureOrder,
    callback_port,
    question,
    read_capture,
    read_discovery,
    read_information,
    read_refusal,
)
from drivers.protocols.sbi_words import NO_PREVIOUS_HASH, Dialect

SUCCESS = {"errorCode": "0", "errorInfo": "Success"}
READERS = (read_discovery, read_information, read_capture)

FIELDS = ("error", "errorCode", "data", "biometrics", "deviceInfo", "digitalId")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "errorCode", "data", "biometrics", "deviceInfo", "digitalId"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@pytest.mark.parametrize("reader", READERS)
@given(document=json_values)
def test_any_json_is_read_or_refused(reader, document):
    try:
        entries = reader(json.dumps(document).encode(), device="test")
    except DriverError:
        return
    assert len(entries) >= 1


@pytest.mark.parametrize("reader", READERS)
@given(noise=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(reader, noise):
    with pytest.raises(DriverError):
        reader(noise, device="test")


def test_an_absent_or_null_error_is_success():
    for error in ({}, {"error": None}, {"error": {}}, {"error": SUCCESS}):
        entry = {"specVersion": "1.0", "data": "a.b.c", "hash": "00", **error}
        (captured,) = read_capture(json.dumps({"biometrics": [entry]}).encode(), device="test")
        assert captured.token == "a.b.c"


def test_one_failed_part_fails_the_capture():
    good = {"specVersion": "1.0", "data": "a.b.c", "hash": "00", "error": SUCCESS}
    bad = {**good, "error": {"errorCode": "102", "errorInfo": "extraction"}}
    with pytest.raises(DeviceReportedError, match="102"):
        read_capture(json.dumps({"biometrics": [good, bad]}).encode(), device="test")


def test_a_capture_answered_with_a_bare_error():
    for document in ({"error": {"errorCode": 500}}, [{"error": {"errorCode": "500"}}]):
        with pytest.raises(DeviceReportedError, match="SBI error 500: no text"):
            read_capture(json.dumps(document).encode(), device="test")


def test_long_texts_of_strangers_are_cut():
    body = json.dumps([{"error": {"errorCode": "9" * 500, "errorInfo": "x" * 5000}}]).encode()
    with pytest.raises(DeviceReportedError) as caught:
        read_discovery(body, device="test")
    assert len(str(caught.value)) < 300


def test_a_broken_device_among_sound_ones_is_left_out():
    sound = {"digitalId": "e30", "deviceInfo": "a.b.c", "deviceId": "2", "error": SUCCESS}
    broken = {"error": {"errorCode": "106", "errorInfo": "not found"}}
    for listed in ([broken, sound], [sound, broken]):
        body = json.dumps(listed).encode()
        assert [one.address for one in read_discovery(body, device="test")] == ["2"]
        assert len(read_information(body, device="test")) == 1


def test_a_serial_number_addresses_before_a_device_id():
    entry = {"digitalId": "e30", "deviceId": "2", "serialNo": "S-1", "error": SUCCESS}
    (found,) = read_discovery(json.dumps([entry]).encode(), device="test")
    assert found.address == "S-1"


def test_refusals_of_any_nesting():
    error = {"errorCode": "110", "errorInfo": "later"}
    for document in ({"error": error}, [{"error": error}]):
        assert read_refusal(json.dumps(document).encode(), device="test") == ("110", "later")
    for document in ([], [7], 7, None):
        with pytest.raises(ProtocolError):
            read_refusal(json.dumps(document).encode(), device="test")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4501", "http://127.0.0.1:4501/", "http://127.0.0.1:4501/x?y"]
)
def test_base_addresses_on_this_machine(url):
    assert callback_port(url, device="test") == 4501


@pytest.mark.parametrize(
    "url",
    [
        "", "4501", "http://127.0.0.1", "http://localhost:4501", "http://127.0.0.2:4501",
        "http://127.0.0.1.evil.example:4501", "http://evil@10.0.0.1:4501", "ftp://127.0.0.1:4501",
        "http://[::1", "http://127.0.0.1:99999999", "http://127.0.0.1:port",
    ],
)  # fmt: skip
def test_base_addresses_elsewhere(url):
    with pytest.raises(ProtocolError):
        callback_port(url, device="test")


def test_questions():
    assert question(Dialect.V0_9_5, "Iris") == {"type": "Iris"}
    assert question(Dialect.V1_0, "Iris") == {"type": "Iris", "specVersion": "1.0"}


@pytest.mark.parametrize(
    ("dialect", "field"), [(Dialect.V0_9_5, "deviceId"), (Dialect.V1_0, "serialNo")]
)
def test_a_capture_order(dialect, field):
    order = CaptureOrder(
        dialect=dialect, env="Staging", transaction_id="TX-1", device_type="Finger", address="2",
        sub_id="1", count=3, exceptions=("Left RingFinger",), requested_score=40,
        previous_hash=NO_PREVIOUS_HASH, timeout_ms=10_000,
    )  # fmt: skip
    document = order.to_document(datetime(2026, 11, 24, 5, 36, 27, tzinfo=UTC))
    (bio,) = document.pop("bio")
    assert document == {
        "env": "Staging", "purpose": "Registration", "specVersion": dialect.value,
        "timeout": "10000", "captureTime": "2026-11-24T05:36:27Z", "transactionId": "TX-1",
        "customOpts": None,
    }  # fmt: skip
    assert bio[field] == "2"
    assert (bio["count"], bio["exception"]) == ("3", ["Left RingFinger"])
