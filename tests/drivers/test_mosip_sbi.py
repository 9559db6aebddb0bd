"""The SBI drivers before an emulated service: what is asked, what comes out, what is refused."""

import json
import re
import threading
import time

import numpy as np
import pytest

from drivers import errors
from drivers.catalog import build_device
from drivers.devices import CaptureTarget
from drivers.models.mosip_sbi import MosipSbi
from drivers.protocols import sbi_errors, sbi_search
from drivers.protocols.sbi_chain import HashChains
from drivers.protocols.sbi_client import STALE_S
from drivers.protocols.sbi_options import SbiOptions, SbiSurroundings
from drivers.protocols.sbi_words import (
    NO_PREVIOUS_HASH,
    DeviceType,
    Dialect,
    Status,
    hash_of,
    sub_id_of,
)
from drivers.simulation.wire.sbi_deceit import Deceit
from drivers.simulation.wire.sbi_device import stripes
from drivers.simulation.wire.sbi_records import finger_record
from drivers.simulation.wire.sbi_server import Fault, FaultKind, SbiServer
from tests.drivers.mosip_sbi_rooms import NOW, TRANSACTION, keys, sbi_rooms, surroundings

BOTH = (Dialect.V0_9_5, Dialect.V1_0)


@pytest.fixture
def rooms(tmp_path):
    with sbi_rooms(tmp_path) as made:
        yield made


def sent(rooms, number=-1):
    return json.loads(rooms.server.requests[number].body)


# ---- nothing there, nothing configured


def test_nobody_is_trusted_by_default(rooms, tmp_path):
    scanner = build_device("scanner", "mosip_sbi", {"port": rooms.server.port})
    with pytest.raises(errors.OptionsError, match="trust_roots is missing"):
        scanner.open()
    assert rooms.server.requests == []


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_without_certificates(tmp_path, content):
    if content is not None:
        (tmp_path / "roots.pem").write_bytes(content)
    scanner = MosipSbi("scanner", SbiOptions(trust_roots=tmp_path / "roots.pem", port=9))
    with pytest.raises(errors.OptionsError, match="holds no PEM certificates"):
        scanner.open()


def test_no_service_at_the_port(tmp_path):
    with sbi_rooms(tmp_path) as rooms:
        rooms.server.close()
        with pytest.raises(errors.DeviceNotFoundError, match="start the device's service"):
            rooms.scanner.open()
        assert not rooms.scanner.is_open


def test_a_service_without_this_kind_of_device(tmp_path):
    with sbi_rooms(tmp_path, types=(DeviceType.FACE,)) as rooms:
        rooms.face.open()
        with pytest.raises(errors.DeviceReportedError, match="SBI error 502"):
            rooms.scanner.open()


def test_the_wanted_serial_number(tmp_path):
    with sbi_rooms(tmp_path, options={"serial": "EMU-FINGER-1"}) as rooms:
        rooms.scanner.open()
        with pytest.raises(errors.DeviceNotFoundError, match="no SBI service with a Iris"):
            rooms.iris.open()


# ---- opening


@pytest.mark.parametrize("dialects", [*((one,) for one in BOTH), BOTH])
def test_the_dialect_is_found_out(tmp_path, dialects):
    with sbi_rooms(tmp_path, dialects=dialects) as rooms:
        rooms.scanner.open()
        spoken = dialects[0]
        assert rooms.verbs()[-2:] == [spoken.discovery_verb, spoken.information_verb]
        identity = rooms.scanner.identity()
        assert (identity.make, identity.model) == ("Emulated", "Finger 01")
        assert (identity.serial, identity.firmware) == ("EMU-FINGER-1", "EMU.1.0")


def test_a_chosen_dialect_is_not_replaced(tmp_path):
    with (
        sbi_rooms(tmp_path, options={"dialect": "1.0"}) as rooms,
        pytest.raises(errors.ProtocolError, match="does not know SBIDISC"),
    ):
        rooms.scanner.open()


def test_requests_are_spelled_as_services_parse_them(rooms):
    rooms.scanner.open()
    head, _, body = rooms.server.requests[0].raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"MOSIPDISC /device HTTP/1.1"
    assert b"Content-Length: %d" % len(body) in lines
    assert f"Host: 127.0.0.1:{rooms.server.port}".encode() in lines
    assert b"EXT: ktpel-station" in lines


def test_version_1_0_names_its_version_and_addresses_by_serial_number(tmp_path):
    with sbi_rooms(tmp_path, dialects=(Dialect.V1_0,)) as rooms:
        with rooms.iris:
            rooms.iris.read_eyes(timeout_s=1.0)
        asked = [json.loads(request.body) for request in rooms.server.requests]
        assert {"type": "Iris", "specVersion": "1.0"} in asked
        capture = asked[-1]
        assert capture["specVersion"] == "1.0"
        assert capture["bio"][0]["serialNo"] == "EMU-IRIS-1"
        assert "deviceId" not in capture["bio"][0]


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (Status.BUSY, errors.DeviceBusyError, "111"),
        (Status.NOT_READY, errors.DeviceReportedError, "110"),
        (Status.NOT_REGISTERED, errors.DeviceReportedError, "100"),
    ],
)
def test_a_device_that_is_not_ready(tmp_path, status, error, code):
    with sbi_rooms(tmp_path, status=status) as rooms:
        with pytest.raises(error, match=f"SBI error {code}"):
            rooms.scanner.open()
        rooms.device.status = Status.READY
        rooms.scanner.open()
        assert rooms.scanner.is_open


def test_a_device_of_another_environment(tmp_path):
    with (
        sbi_rooms(tmp_path, options={"env": "Production"}) as rooms,
        pytest.raises(sbi_errors.WrongDeviceError, match="set the option env"),
    ):
        rooms.scanner.open()


@pytest.mark.parametrize(
    "url",
    ["http://192.168.1.7:4501/", "https://127.0.0.1:4501", "http://127.0.0.1:x/", "", "gopher"],
)
def test_a_base_address_that_leads_away(tmp_path, url):
    with sbi_rooms(tmp_path, callback_url=url or "/") as rooms:
        with pytest.raises(errors.ProtocolError, match="callbackId"):
            rooms.scanner.open()
        assert rooms.verbs() == ["MOSIPDISC"]


def test_a_device_signed_by_another_provider(tmp_path):
    with sbi_rooms(tmp_path) as rooms:
        other = keys().false[Deceit.STRANGER_SIGNS][0]
        (tmp_path / "roots.pem").write_bytes(other.pem())
        with pytest.raises(sbi_errors.UntrustedSignerError, match="check the machine's clock"):
            rooms.scanner.open()


def test_a_clock_before_the_certificates(tmp_path):
    with sbi_rooms(tmp_path) as rooms:
        early = surroundings(rooms.server.port, now=NOW.replace(year=1970))
        scanner = MosipSbi("scanner", rooms.scanner.options, early)
        with pytest.raises(sbi_errors.UntrustedSignerError, match=r"at 1970-11-24 .* clock"):
            scanner.open()


# ---- capturing


def test_a_slap_keeps_every_record_and_the_whole_answer(rooms):
    with rooms.scanner as scanner:
        scanner.begin_transaction(TRANSACTION)
        frame = scanner.read_frame(target=CaptureTarget.RIGHT_SLAP, timeout_s=1.0)
    assert [region.name for region in frame.regions] == [
        "Right IndexFinger", "Right MiddleFinger", "Right RingFinger", "Right LittleFinger",
    ]  # fmt: skip
    for code, region in enumerate(frame.regions, start=2):
        assert np.array_equal(region.pixels, stripes(code))
        assert region.raw == finger_record(code, stripes(code))
        assert region.quality_score == 44
    assert frame.resolution_ppi == 500.0
    assert frame.pixels.dtype == np.uint8
    assert frame.pixels.ndim == 2
    assert json.loads(frame.raw)["biometrics"][0]["hash"] == hash_of(
        NO_PREVIOUS_HASH, frame.regions[0].raw
    )


def test_the_picture_of_a_slap_holds_its_fingers_from_left_to_right(rooms):
    with rooms.scanner as scanner:
        frame = scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=1.0)
    ink = frame.pixels < 250
    assert not ink[0].any()
    starts = np.flatnonzero(np.diff(ink.any(axis=0).astype(int)) == 1)
    gaps = np.diff(starts)
    assert len(starts) >= 4
    assert (gaps >= 1).all()
    tops = {region.name: np.argmax((frame.pixels == 255).all(axis=1)) for region in frame.regions}
    assert len(tops) == 4


@pytest.mark.parametrize("target", CaptureTarget)
def test_what_is_asked_for_each_target(rooms, target):
    with rooms.scanner as scanner:
        frame = scanner.read_frame(target=target, timeout_s=1.5)
    asked = sent(rooms)
    bio = asked["bio"][0]
    group_size = {"1": 4, "2": 4, "3": 2}[bio["deviceSubId"]]
    assert bio["deviceSubId"] == sub_id_of(target)
    assert int(bio["count"]) + len(bio["exception"]) == group_size
    assert int(bio["count"]) == len(frame.regions)
    assert (asked["purpose"], asked["env"], asked["timeout"]) == ("Registration", "Staging", "1500")
    assert asked["captureTime"] == "2026-11-24T05:36:30Z"
    assert bio["requestedScore"] == "40"


def test_a_single_finger_lies_on_a_glass_with_a_margin(rooms):
    with rooms.scanner as scanner:
        frame = scanner.read_frame(target=CaptureTarget.LEFT_THUMB, timeout_s=1.0)
    margin_px = 49  # 2.5 mm at 500 ppi
    assert np.array_equal(frame.pixels[margin_px:-margin_px, margin_px:-margin_px], stripes(6))
    assert (frame.pixels[:margin_px] == 255).all()


def test_missing_fingers_are_told_to_the_device(rooms):
    with rooms.scanner as scanner:
        scanner.declare_exceptions(["left_ring", "left_little", "right_index"])
        frame = scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=1.0)
        bio = sent(rooms)["bio"][0]
        assert sorted(bio["exception"]) == ["Left LittleFinger", "Left RingFinger"]
        assert bio["count"] == "2"
        assert [region.name for region in frame.regions] == [
            "Left MiddleFinger",
            "Left IndexFinger",
        ]
        scanner.begin_transaction("TX-0002")  # somebody else comes
        scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=1.0)
        assert sent(rooms)["bio"][0]["exception"] == []


def test_a_hand_without_fingers_is_not_asked_for(rooms):
    with rooms.scanner as scanner:
        scanner.declare_exceptions(["left_thumb", "right_thumb"])
        with pytest.raises(errors.OptionsError, match="every finger of 'thumbs' is excepted"):
            scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)
    assert "RCAPTURE" not in rooms.verbs()


def test_no_such_body_part(rooms):
    with pytest.raises(ValueError, match="'left_toe' is no finger"):
        rooms.scanner.declare_exceptions(["left_toe"])


def test_both_eyes(rooms):
    with rooms.iris as iris:
        pair = iris.read_eyes(timeout_s=1.0)
    for frame, code in ((pair.right, 1), (pair.left, 2)):
        assert frame.pixels.shape == (480, 640)
        rows, cols = stripes(code).shape
        top, left = (480 - rows) // 2, (640 - cols) // 2
        assert np.array_equal(frame.pixels[top : top + rows, left : left + cols], stripes(code))
        assert frame.raw.startswith(b"IIR\x00020\x00")


def test_one_eye_is_missing(rooms):
    with rooms.iris as iris:
        iris.declare_exceptions(["left_iris"])
        pair = iris.read_eyes(timeout_s=1.0)
        assert pair.left is None
        assert pair.right is not None
        assert sent(rooms)["bio"][0]["exception"] == ["Left"]
        iris.declare_exceptions(["left_iris", "right_iris"])
        with pytest.raises(errors.OptionsError, match="both eyes"):
            iris.read_eyes(timeout_s=1.0)


def test_a_portrait(rooms):
    with rooms.face as face:
        frame = face.read_frame(timeout_s=1.0)
    assert frame.pixels.shape == (200, 160, 3)
    assert frame.raw.startswith(b"FAC\x00030\x00")
    assert sent(rooms)["bio"][0]["deviceSubId"] == "0"


def test_a_photo_of_exceptions(rooms):
    with rooms.face as face:
        frame = face.read_exception_photo(["right_iris", "left_ring"], timeout_s=1.0)
        with pytest.raises(errors.OptionsError, match="needs exceptions"):
            face.read_exception_photo([], timeout_s=1.0)
    assert frame.pixels.ndim == 3
    assert sent(rooms)["bio"][0]["exception"] == ["Left RingFinger", "Right"]


def test_one_chain_of_hashes_through_all_devices(rooms):
    for driver in rooms.drivers:
        driver.open()
        driver.begin_transaction(TRANSACTION)
    rooms.scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)
    rooms.iris.read_eyes(timeout_s=1.0)
    rooms.face.read_frame(timeout_s=1.0)
    rooms.face.begin_transaction("TX-0002")
    rooms.face.read_frame(timeout_s=1.0)
    captures = [json.loads(one.body) for one in rooms.server.requests if one.verb == "RCAPTURE"]
    previous = [one["bio"][0]["previousHash"] for one in captures]
    assert previous[0] == previous[3] == NO_PREVIOUS_HASH
    assert len(set(previous[:3])) == 3
    assert [one["transactionId"] for one in captures] == [TRANSACTION] * 3 + ["TX-0002"]


def test_a_capture_in_between_by_another_device_is_noticed(tmp_path):
    class Racing(HashChains):
        def head(self, transaction_id):
            head = super().head(transaction_id)
            super().advance(transaction_id, old_hash=head, new_hash="AB" * 32)
            return head

    with (
        sbi_rooms(tmp_path, chains=Racing()) as rooms,
        rooms.face as face,
        pytest.raises(errors.DeviceBusyError, match="meanwhile"),
    ):
        face.read_frame(timeout_s=1.0)


def test_without_a_transaction_each_resident_gets_an_id_of_its_own(rooms):
    with rooms.face as face:
        face.read_frame(timeout_s=1.0)
    assert re.fullmatch("[A-Za-z0-9-]{4,50}", sent(rooms)["transactionId"])
    for unfit in ("", "abc", "x" * 51, "a b c d"):
        with pytest.raises(ValueError, match="transaction id"):
            rooms.face.begin_transaction(unfit)


# ---- what the service reports


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("701", errors.CaptureTimeoutError),
        ("101", errors.CaptureTimeoutError),
        ("703", errors.DeviceBusyError),
        ("705", errors.DeviceNotFoundError),
        ("109", errors.DeviceReportedError),
        ("110", errors.DeviceReportedError),
        ("999", errors.DeviceReportedError),
        ("what?", errors.DeviceReportedError),
    ],
)
def test_errors_hide_in_status_200(tmp_path, code, error):
    with sbi_rooms(tmp_path, capture_error=code) as rooms, rooms.scanner as scanner:
        with pytest.raises(error, match=re.escape(f"SBI error {code}")):
            scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=1.0)
        rooms.device.capture_error = None
        scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=1.0)
        assert rooms.verbs().count("RCAPTURE") == 2  # never sent again by itself


# ---- lies


LIES = {
    Deceit.STRANGER_SIGNS: sbi_errors.UntrustedSignerError,
    Deceit.EXPIRED_SIGNER: sbi_errors.UntrustedSignerError,
    Deceit.LEAF_AS_AUTHORITY: sbi_errors.UntrustedSignerError,
    Deceit.OTHER_DEVICE_SIGNS: sbi_errors.WrongDeviceError,
    Deceit.ALTERED: sbi_errors.SignatureError,
    Deceit.NOT_SIGNED: sbi_errors.SignatureError,
    Deceit.OTHER_ALGORITHM: sbi_errors.SignatureError,
    Deceit.UNSIGNED_IDENTITY: sbi_errors.SignatureError,
    Deceit.OTHER_TRANSACTION: sbi_errors.WrongTransactionError,
    Deceit.OLD: sbi_errors.TimestampError,
    Deceit.FROM_THE_FUTURE: sbi_errors.TimestampError,
    Deceit.NO_ZONE: sbi_errors.TimestampError,
    Deceit.BROKEN_CHAIN: sbi_errors.HashChainError,
    Deceit.CHAIN_FROM_START: sbi_errors.HashChainError,
    Deceit.OTHER_SERIAL: sbi_errors.WrongDeviceError,
    Deceit.OTHER_ENV: sbi_errors.WrongDeviceError,
    Deceit.OTHER_PURPOSE: sbi_errors.WrongDeviceError,
    Deceit.OTHER_VERSION: sbi_errors.WrongDeviceError,
    Deceit.PART_LEFT_OUT: sbi_errors.WrongPartsError,
    Deceit.PART_TWICE: sbi_errors.WrongPartsError,
    Deceit.UNASKED_PART: sbi_errors.WrongPartsError,
    Deceit.OTHER_PART: sbi_errors.RecordError,
    Deceit.WITH_LOSS: sbi_errors.RecordError,
    Deceit.CUT_RECORD: sbi_errors.RecordError,
    Deceit.NO_SCORE: errors.ProtocolError,
    Deceit.SCORE_OUT_OF_RANGE: errors.ProtocolError,
}


def test_every_lie_has_its_error():
    assert set(LIES) == set(Deceit)


@pytest.mark.parametrize("deceit", Deceit)
def test_a_lie_is_refused_by_name_and_the_next_honest_capture_is_taken(rooms, deceit):
    with rooms.scanner as scanner:
        scanner.begin_transaction(TRANSACTION)
        scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)
        rooms.device.deceit = deceit
        with pytest.raises(errors.DriverError) as caught:
            scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=1.0)
        assert type(caught.value) is LIES[deceit]
        rooms.device.deceit = None
        scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=1.0)


def test_yesterdays_answer_played_again(rooms):
    """The same bytes, honestly signed, for another resident: refused by the transaction."""
    with rooms.scanner as scanner:
        scanner.begin_transaction("TX-YESTERDAY")
        first = scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)
        scanner.begin_transaction(TRANSACTION)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(first.raw)
        rooms.server._responder = lambda _: [head, first.raw]
        with pytest.raises(sbi_errors.WrongTransactionError, match="TX-YESTERDAY"):
            scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)
        scanner.begin_transaction("TX-YESTERDAY")  # the same resident: now the chain tells
        with pytest.raises(sbi_errors.HashChainError):
            scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)


def test_each_reason_is_an_evidence_error_with_a_number_for_the_operator():
    for kind in set(LIES.values()) - {errors.ProtocolError}:
        assert issubclass(kind, sbi_errors.EvidenceError)
        assert kind.issue_id == "DEV-020"


# ---- quality


def test_low_quality_is_left_to_the_station_by_default(tmp_path):
    with sbi_rooms(tmp_path, score=15.0) as rooms, rooms.scanner as scanner:
        frame = scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)
        assert [region.quality_score for region in frame.regions] == [15, 15]


def test_below_its_own_threshold_a_capture_is_refused_with_the_capture(tmp_path):
    with sbi_rooms(tmp_path, score=15.0, options={"min_score": 40}) as rooms:
        for driver in rooms.drivers:
            driver.open()
        with pytest.raises(sbi_errors.LowQualityError, match="quality 15, 40 is needed") as caught:
            rooms.scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)
        assert caught.value.scores == {"Left Thumb": 15.0, "Right Thumb": 15.0}
        assert len(caught.value.capture.regions) == 2
        with pytest.raises(sbi_errors.LowQualityError, match="eye"):
            rooms.iris.read_eyes(timeout_s=1.0)
        with pytest.raises(sbi_errors.LowQualityError, match="portrait"):
            rooms.face.read_frame(timeout_s=1.0)
        rooms.face.read_exception_photo(["left_ring"], timeout_s=1.0)
        rooms.device.score = 40.0
        rooms.scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)


# ---- preview


def test_the_preview_runs_on_until_something_else_is_wanted(rooms):
    with rooms.scanner as scanner:
        pictures = [
            scanner.read_preview(target=CaptureTarget.LEFT_SLAP, timeout_s=1.0) for _ in range(5)
        ]
        scanner.read_frame(timeout_s=1.0)
        assert rooms.verbs().count("STREAM") == 1
        scanner.read_preview(target=CaptureTarget.THUMBS, timeout_s=1.0)
        assert rooms.verbs().count("STREAM") == 2
        scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)
        scanner.read_preview(timeout_s=1.0)  # what waited meanwhile would be old
        assert rooms.verbs().count("STREAM") == 3
        time.sleep(STALE_S + 0.1)
        scanner.read_preview(timeout_s=1.0)
        assert rooms.verbs().count("STREAM") == 4
    assert all(frame.pixels.shape == stripes(1).shape for frame in pictures)
    assert all(frame.raw.startswith(b"\xff\xd8") for frame in pictures)
    assert sent(rooms, 2) == {"deviceId": "2", "deviceSubId": "1", "timeout": "300000"}


def test_previews_of_eyes_and_faces(rooms):
    with rooms.iris as iris, rooms.face as face:
        assert iris.read_preview(timeout_s=1.0).pixels.ndim == 2
        assert face.read_preview(timeout_s=1.0).pixels.ndim == 3


def test_a_preview_of_version_1_0_names_type_and_version(tmp_path):
    with sbi_rooms(tmp_path, dialects=(Dialect.V1_0,)) as rooms, rooms.face as face:
        face.read_preview(timeout_s=1.0)
        assert sent(rooms)["type"] == "Face"
        assert sent(rooms)["specVersion"] == "1.0"


def test_a_refused_preview(rooms):
    with rooms.scanner as scanner:
        rooms.device.status = Status.NOT_READY
        with pytest.raises(errors.DeviceReportedError, match="SBI error 110"):
            scanner.read_preview(timeout_s=1.0)
        rooms.device.status = Status.READY
        scanner.read_preview(timeout_s=1.0)


# ---- cancelling, closing


def test_a_capture_that_waits_can_be_cancelled(tmp_path, assert_no_new_threads):
    with (
        sbi_rooms(tmp_path, faults=[Fault(FaultKind.HANG, 2)]) as rooms,
        rooms.scanner as scanner,
    ):
        stop = threading.Timer(0.3, scanner.cancel)
        stop.start()
        started_s = time.monotonic()
        with pytest.raises(errors.CaptureCancelledError):
            scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=20.0)
        assert time.monotonic() - started_s < 1.5
        stop.join()
        scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=1.0)
    assert_no_new_threads()


def test_a_preview_that_hangs_can_be_cancelled(tmp_path):
    with (
        sbi_rooms(tmp_path, faults=[Fault(FaultKind.HANG, 2)]) as rooms,
        rooms.scanner as scanner,
    ):
        stop = threading.Timer(0.3, scanner.cancel)
        stop.start()
        with pytest.raises(errors.CaptureCancelledError):
            scanner.read_preview(timeout_s=20.0)
        stop.join()
        scanner.read_preview(timeout_s=1.0)


def test_a_search_that_hangs_can_be_cancelled(tmp_path):
    with sbi_rooms(tmp_path, faults=[Fault(FaultKind.HANG, 0)]) as rooms:
        stop = threading.Timer(0.3, rooms.scanner.cancel)
        stop.start()
        started_s = time.monotonic()
        with pytest.raises(errors.CaptureCancelledError):
            rooms.scanner.open()
        assert time.monotonic() - started_s < 1.5
        stop.join()
        rooms.scanner.open()


def test_closed_and_opened_again(rooms):
    for _ in range(2):
        with rooms.scanner as scanner:
            scanner.read_preview(timeout_s=1.0)
            scanner.read_frame(target=CaptureTarget.RIGHT_INDEX, timeout_s=1.0)
    with pytest.raises(errors.DeviceNotFoundError, match="before it was opened"):
        rooms.scanner.read_preview(timeout_s=1.0)


# ---- looking what is attached


def free_port():
    for port in range(4590, 4501, -1):
        try:
            return port, SbiServer(lambda _: [], port=port)
        except OSError:
            continue
    pytest.skip("no free port from 4502 to 4590")


def test_services_are_found_by_searching_all_ports(tmp_path):
    with sbi_rooms(tmp_path) as rooms:
        port, service = free_port()
        with service:
            service._responder = rooms.device
            found = [one for one in MosipSbi.find_attached() if one.place == f"127.0.0.1:{port}"]
            assert [one.description for one in found] == [
                "Emulated Finger 01 EMU-FINGER-1 (SBI 0.9.5)"
            ]
            assert found[0].problem is None
            rooms.device.status = Status.NOT_REGISTERED
            found = [one for one in MosipSbi.find_attached() if one.place == f"127.0.0.1:{port}"]
            assert "Device not registered" in found[0].problem


def test_a_busy_device_says_more_than_a_stranger_on_another_port(tmp_path, monkeypatch):
    """A stranger, a busy device, a silent stranger: the search names the busy device."""
    with sbi_rooms(tmp_path, status=Status.BUSY, options={"port": None}) as rooms:
        first_port, first = free_port()
        last_port, last = free_port()
        with first, last:
            first._responder = lambda _: [b"no hypertext"]
            last.faults = dict.fromkeys(range(100), FaultKind.HANG)
            monkeypatch.setattr(
                sbi_search, "listening_ports", lambda: [first_port, rooms.server.port, last_port]
            )
            plain = SbiSurroundings(now=lambda: NOW, chains=HashChains())
            scanner = MosipSbi("scanner", rooms.scanner.options, plain)
            with pytest.raises(errors.DeviceBusyError, match="111"):
                scanner.open()
            rooms.device.status = Status.READY
            scanner.open()
            assert scanner.identity().serial == "EMU-FINGER-1"
            scanner.close()


def test_a_silent_stranger_does_not_hide_the_device_behind_it(tmp_path):
    with sbi_rooms(tmp_path) as rooms, SbiServer(lambda _: []) as stranger:
        stranger.faults = dict.fromkeys(range(100), FaultKind.HANG)
        ports = [stranger.port, rooms.server.port]
        found = sbi_search.find_attached(DeviceType.IRIS, ports=ports)
        assert [one.place for one in found] == [f"127.0.0.1:{rooms.server.port}"]


def test_a_stranger_on_the_ports_delays_looking_but_little(tmp_path):
    port, service = free_port()
    with service:
        service.faults = dict.fromkeys(range(100), FaultKind.HANG)
        started_s = time.monotonic()
        found = MosipSbi.find_attached()
        assert time.monotonic() - started_s < 2.0
        assert f"127.0.0.1:{port}" not in {one.place for one in found}
