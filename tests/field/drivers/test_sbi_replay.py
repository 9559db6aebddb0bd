"""The drivers on 31 exchanges recorded with MOSIP's own mock service, byte by byte.

The clock stands at the time of the recording, 24 November 2026. The records inside are MOSIP's
public test biometrics: they are compared as numbers and never leave memory.
"""

import hashlib
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from biometrics.codecs import iso19794_4, iso19794_5, iso19794_6, jpeg2000
from biometrics.finger.position import LEFT_SLAP, RIGHT_SLAP, THUMBS, FingerPosition
from biometrics.finger.slap import check_slap
from drivers import errors
from drivers.devices import CaptureTarget
from drivers.models.mosip_sbi import MosipSbi
from drivers.models.mosip_sbi_face import MosipSbiFace
from drivers.models.mosip_sbi_iris import MosipSbiIris
from drivers.protocols import sbi_errors
from drivers.protocols.sbi_chain import HashChains
from drivers.protocols.sbi_link import SbiLink
from drivers.protocols.sbi_messages import (
    read_capture,
    read_discovery,
    read_information,
    read_refusal,
)
from drivers.protocols.sbi_options import SbiOptions, SbiSurroundings
from drivers.protocols.sbi_search import find_attached, is_understood
from drivers.protocols.sbi_words import NO_PREVIOUS_HASH, DeviceType
from drivers.simulation.wire.sbi_server import SbiServer

DATA = Path(__file__).parents[4] / "shared" / "data" / "sbi"
TRAFFIC = DATA / "traffic"
PROFILE = DATA / "profile-default" / "Registration"
NOW = datetime(2026, 11, 24, 5, 36, 30, tzinfo=UTC)
TRANSACTION = "TX-0001"
ODD_PIECES = (1, 7, 1371, 65536)

pytestmark = pytest.mark.skipif(not TRAFFIC.is_dir(), reason="shared SBI samples not present")

NAMES = sorted(path.name.removesuffix(".request.http") for path in TRAFFIC.glob("*.request.http"))


def request_document(name):
    return json.loads((TRAFFIC / f"{name}.request.http").read_bytes().partition(b"\r\n\r\n")[2])


def answer_bytes(name):
    return (TRAFFIC / f"{name}.response.http").read_bytes()


def answer_body(name):
    head, _, rest = answer_bytes(name).partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Len")
    )
    return rest[:length]


class Recorded:
    """Answers each verb with recorded bytes, in pieces of an odd size."""

    def __init__(self, *, piece=1371, info="dinfo", disc="disc-biometric_device"):
        self.by_verb = {"MOSIPDISC": disc, "MOSIPDINFO": info, "SBIDISC": "sbidisc-1.0"}
        self.piece = piece
        self.stream = None

    def __call__(self, request):
        if request.verb == "STREAM":
            data = (TRAFFIC / f"{self.stream}.stream.http").read_bytes()
        else:
            data = answer_bytes(self.by_verb[request.verb])
        return (data[at : at + self.piece] for at in range(0, len(data), self.piece))


class Bench:
    def __init__(self, server, recorded, now, options):
        self.server, self.recorded, self.chains = server, recorded, HashChains()
        self.now = now
        around = SbiSurroundings(
            make_link=lambda _, device, check: SbiLink(
                server.port, device=device, check_cancel=check
            ),
            now=lambda: self.now,
            chains=self.chains,
        )
        self.options = SbiOptions(
            trust_roots=DATA / "rootca.cer", port=4501, env="Staging", **options
        )
        self.scanner = MosipSbi("scanner", self.options, around)
        self.iris = MosipSbiIris("iris", self.options, around)
        self.face = MosipSbiFace("face", self.options, around)

    def driver_of(self, bio):
        return {"Finger": self.scanner, "Iris": self.iris, "Face": self.face}[bio["type"]]

    def capture(self, name):
        """Ask what was asked in the recording, after the captures before it."""
        asked = request_document(name)
        bio = asked["bio"][0]
        driver = self.driver_of(bio)
        driver.open()
        driver.begin_transaction(asked["transactionId"])
        head = self.chains.head(asked["transactionId"])
        self.chains.advance(asked["transactionId"], old_hash=head, new_hash=bio["previousHash"])
        self.recorded.by_verb["RCAPTURE"] = name
        driver.declare_exceptions([PART[one] for one in bio["exception"]])
        if driver is self.scanner:
            target = {"1": "left_slap", "2": "right_slap", "3": "thumbs"}[bio["deviceSubId"]]
            return driver.read_frame(target=CaptureTarget(target), timeout_s=10.0)
        if driver is self.iris:
            return driver.read_eyes(timeout_s=10.0)
        if bio["exception"]:
            return driver.read_exception_photo(
                [PART[one] for one in bio["exception"]], timeout_s=10.0
            )
        return driver.read_frame(timeout_s=10.0)


PART = {"Left RingFinger": "left_ring", "Right Thumb": "right_thumb"}


@contextmanager
def bench(*, now=NOW, piece=1371, info="dinfo", disc="disc-biometric_device", **options):
    recorded = Recorded(piece=piece, info=info, disc=disc)
    with SbiServer(recorded) as server:
        made = Bench(server, recorded, now, options)
        try:
            yield made
        finally:
            for driver in (made.scanner, made.iris, made.face):
                driver.close()


def recorded_record(name):
    return (PROFILE / name).read_bytes()


def test_the_samples_are_the_recorded_ones():
    lines = (DATA / "SHA256SUMS").read_text().splitlines()
    listed = dict(reversed(line.split(maxsplit=1)) for line in lines if line.strip())
    for name, digest in listed.items():
        path = DATA / name.removeprefix("*").removeprefix("./")
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, name


def test_there_are_31_exchanges_and_each_has_a_test():
    assert len(NAMES) == 31
    assert set(NAMES) == set(GOOD) | set(REFUSED) | set(STATES) | set(DISCOVERIES) | set(ADMIN)


# ---- captures that are right

FINGERS = {
    "left": ["Left_Index", "Left_Middle", "Left_Ring", "Left_Little"],
    "right": ["Right_Index", "Right_Middle", "Right_Ring", "Right_Little"],
    "thumbs": ["Left_Thumb", "Right_Thumb"],
}
GOOD = {
    "rcapture-left-slap": FINGERS["left"],
    "rcapture-nostream": FINGERS["left"],
    "rcapture-low-score": FINGERS["left"],
    "rcapture-left-slap-exception": ["Left_Index", "Left_Middle", "Left_Little"],
    "rcapture-right-slap": FINGERS["right"],
    "rcapture-thumbs": FINGERS["thumbs"],
    "rcapture-iris-both": ["Left_Iris", "Right_Iris"],
    "rcapture-face": ["Face"],
    "rcapture-face-exception-photo": ["Exception_Photo"],
}


@pytest.mark.parametrize(
    "name", [name for name in GOOD if "iris" not in name and "face" not in name]
)
def test_slaps(name):
    with bench() as made:
        frame = made.capture(name)
    assert frame.resolution_ppi == 500.0
    assert frame.raw == answer_body(name)
    assert len(frame.regions) == len(GOOD[name])
    for file, region in zip(GOOD[name], frame.regions, strict=True):
        side, digit = file.split("_")
        assert region.name == f"{side} {digit}" + ("" if digit == "Thumb" else "Finger")
        assert region.raw == recorded_record(f"{file}.iso")
        image = iso19794_4.decode(region.raw).images[0]
        assert np.array_equal(region.pixels, iso19794_4.read_pixels(image))
        assert region.quality_score == (15 if name == "rcapture-low-score" else 44)
    assert frame.device.serial == "1234567890"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rcapture-left-slap", LEFT_SLAP),
        ("rcapture-right-slap", RIGHT_SLAP),
        ("rcapture-thumbs", THUMBS),
        (
            "rcapture-left-slap-exception",
            tuple(one for one in LEFT_SLAP if one is not FingerPosition.LEFT_RING),
        ),
    ],
)
def test_the_drawn_slap_is_found_again_by_the_slap_check(name, expected):
    with bench() as made:
        frame = made.capture(name)
    check = check_slap(frame.pixels, frame.resolution_ppi, expected=expected)
    assert [finger.position for finger in check.fingers] == list(expected)
    codes = {reason.code for reason in check.reasons}
    assert not codes & {"wrong_hand", "too_few_fingers", "too_many_fingers"}


def test_irises():
    with bench() as made:
        pair = made.capture("rcapture-iris-both")
    for side, frame in (("Left", pair.left), ("Right", pair.right)):
        record = recorded_record(f"{side}_Iris.iso")
        assert frame.raw == record
        image = iso19794_6.decode(record).images[0]
        pixels = jpeg2000.decode(image.payload)
        pixels = pixels if pixels.ndim == 2 else pixels[:, :, 0]
        assert frame.pixels.shape == (480, 640)
        top, left = (480 - len(pixels)) // 2, (640 - pixels.shape[1]) // 2
        inner = frame.pixels[top : top + len(pixels), left : left + pixels.shape[1]]
        assert np.array_equal(inner, pixels)


@pytest.mark.parametrize("name", ["rcapture-face", "rcapture-face-exception-photo"])
def test_faces(name):
    with bench() as made:
        frame = made.capture(name)
    record = recorded_record(f"{GOOD[name][0]}.iso")
    assert frame.raw == record
    image = iso19794_5.decode(record).images[0]
    assert np.array_equal(frame.pixels, jpeg2000.decode(image.payload))
    assert frame.pixels.shape == ((320, 240, 3) if name == "rcapture-face" else (400, 600, 3))


@pytest.mark.parametrize("piece", ODD_PIECES)
def test_in_pieces_of_any_size(piece):
    with bench(piece=piece) as made:
        if piece == 1:
            made.recorded.piece = 1371
            made.scanner.open()
            made.recorded.piece = 1
            made.recorded.by_verb["RCAPTURE"] = "rcapture-bad-count"
            with pytest.raises(errors.DeviceReportedError, match="109"):
                made.scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=10.0)
        else:
            assert len(made.capture("rcapture-thumbs").regions) == 2


def test_the_whole_transaction_in_its_recorded_order():
    """Left, right, thumbs, irises, face, two more: each request names the hash of the recording."""
    order = (
        "rcapture-left-slap", "rcapture-right-slap", "rcapture-thumbs", "rcapture-iris-both",
        "rcapture-face", "rcapture-left-slap-exception", "rcapture-face-exception-photo",
    )  # fmt: skip
    with bench() as made:
        for name in order:
            bio = request_document(name)["bio"][0]
            assert made.chains.head(TRANSACTION) == bio["previousHash"]
            made.capture(name)
            sent = json.loads(made.server.requests[-1].body)
            recorded = request_document(name)
            assert sent["bio"][0].pop("deviceSubId") == recorded["bio"][0].pop("deviceSubId")
            assert sent["bio"] == recorded["bio"] or sent["bio"][0]["exception"]
            assert {*sent} == {*recorded}


def test_low_quality_with_a_threshold_of_our_own():
    with (
        bench(min_score=40) as made,
        pytest.raises(sbi_errors.LowQualityError, match="quality 15, 40 is needed") as caught,
    ):
        made.capture("rcapture-low-score")
    assert set(caught.value.scores.values()) == {15.0}


# ---- captures that are refused by the service

REFUSED = {
    "rcapture-bad-count": (errors.DeviceReportedError, "109"),
    "rcapture-exception-mismatch": (errors.DeviceReportedError, "109"),
    "rcapture-bad-device": (errors.DeviceNotFoundError, "705"),
    "rcapture-not_registered": (errors.DeviceNotFoundError, "705"),
    "rcapture-busy": (errors.DeviceBusyError, "703"),
    "rcapture-not_ready": (errors.DeviceReportedError, "110"),
    "rcapture-delay12s": (errors.CaptureTimeoutError, "701"),
}


@pytest.mark.parametrize(("name", "expected"), REFUSED.items())
def test_refused_captures(name, expected):
    kind, code = expected
    with bench() as made:
        with pytest.raises(errors.DriverError, match=f"SBI error {code}") as caught:
            made.capture(name)
        assert type(caught.value) is kind
        assert len(made.capture("rcapture-thumbs").regions) == 2


# ---- discovery and information

STATES = {
    "disc-busy": errors.DeviceBusyError,
    "dinfo-busy": errors.DeviceBusyError,
    "disc-not_ready": errors.DeviceReportedError,
    "dinfo-not_ready": errors.DeviceReportedError,
    "disc-not_registered": errors.DeviceReportedError,
    "dinfo-not_registered": errors.DeviceReportedError,
}
DISCOVERIES = ("disc-biometric_device", "disc-finger", "disc-bogus", "sbidisc-1.0", "dinfo")


@pytest.mark.parametrize("state", ["busy", "not_ready", "not_registered"])
def test_devices_that_are_not_ready(state):
    with bench(disc=f"disc-{state}", info=f"dinfo-{state}") as made:
        with pytest.raises(errors.DriverError) as caught:
            made.scanner.open()
        assert type(caught.value) is STATES[f"dinfo-{state}"]
        assert type(caught.value) is STATES[f"disc-{state}"]
        made.recorded.by_verb.update(MOSIPDISC="disc-finger", MOSIPDINFO="dinfo")
        made.scanner.open()
        assert made.scanner.identity().firmware == "MOSIP.SLAP.1.0.0.0"


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("disc-")])
def test_what_a_search_shows(name):
    recorded = Recorded(disc=name)
    with SbiServer(recorded) as server:
        found = find_attached(DeviceType.FINGER, ports=[server.port])
    if name == "disc-bogus":
        assert found == ()
    elif name == "disc-biometric_device":
        assert [one.description.split()[1] for one in found] == ["SLAP01", "FACE01", "IRIS01"]
    else:
        assert [one.description for one in found] == ["MOSIP SLAP01 1234567890 (SBI 0.9.5)"]
        assert (found[0].problem is None) == (name == "disc-finger")


def test_an_unknown_type():
    with pytest.raises(errors.DeviceReportedError, match="SBI error 502"):
        read_discovery(answer_body("disc-bogus"), device="scanner")


def test_the_verb_of_1_0_is_not_known_to_this_service():
    with SbiServer(Recorded()) as server:
        answer = SbiLink(server.port, device="scanner").request(
            "SBIDISC", "/device", request_document("sbidisc-1.0"), timeout_s=2.0
        )
        assert answer.status == 405
        assert not is_understood(answer, device="scanner")
        with bench(dialect="1.0") as made, pytest.raises(errors.ProtocolError, match="SBIDISC"):
            made.scanner.open()


def test_identities_of_all_three_devices():
    with bench() as made:
        for driver, model, serial in (
            (made.scanner, "SLAP01", "1234567890"),
            (made.face, "FACE01", "2345678901"),
            (made.iris, "IRIS01", "3456789012"),
        ):
            driver.open()
            assert (driver.identity().model, driver.identity().serial) == (model, serial)
    assert len(read_information(answer_body("dinfo"), device="scanner")) == 3


ADMIN = tuple(name for name in NAMES if name.startswith("admin-"))


@pytest.mark.parametrize("name", ADMIN)
def test_administration_answers_are_successes_without_content(name):
    """No driver calls these; their shape is the one of a refusal, with code 0."""
    document = json.loads(answer_body(name))
    assert read_refusal(json.dumps({"error": document}).encode(), device="mock") == ("0", "Success")
    with pytest.raises(errors.ProtocolError):
        read_capture(answer_body(name), device="mock")


# ---- evidence that does not hold


def test_another_root():
    with bench() as made:
        made.scanner._client._options = made.options.model_copy(
            update={"trust_roots": DATA / "rootcaftm.cer"}
        )
        with pytest.raises(sbi_errors.UntrustedSignerError):
            made.scanner.open()


@pytest.mark.parametrize("minutes", [-6, 6])
def test_another_time(minutes):
    with bench() as made:
        made.scanner.open()
        made.now = NOW + timedelta(minutes=minutes)
        with pytest.raises(sbi_errors.TimestampError, match="check the clocks"):
            made.capture("rcapture-left-slap")


def test_after_the_certificates_end():
    with (
        bench(now=datetime(2031, 3, 1, tzinfo=UTC)) as made,
        pytest.raises(sbi_errors.UntrustedSignerError, match="2031-03-01"),
    ):
        made.scanner.open()


def test_another_transaction():
    with bench() as made:
        made.scanner.open()
        made.scanner.begin_transaction("TX-0002")
        made.recorded.by_verb["RCAPTURE"] = "rcapture-left-slap"
        with pytest.raises(sbi_errors.WrongTransactionError, match="TX-0001"):
            made.scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=10.0)


def test_captures_in_another_order():
    with bench() as made:
        made.scanner.open()
        made.scanner.begin_transaction(TRANSACTION)
        assert made.chains.head(TRANSACTION) == NO_PREVIOUS_HASH
        made.recorded.by_verb["RCAPTURE"] = "rcapture-right-slap"
        with pytest.raises(sbi_errors.HashChainError):
            made.scanner.read_frame(target=CaptureTarget.RIGHT_SLAP, timeout_s=10.0)


def test_the_other_hand():
    with bench() as made:
        made.scanner.open()
        made.scanner.begin_transaction(TRANSACTION)
        made.recorded.by_verb["RCAPTURE"] = "rcapture-left-slap"
        with pytest.raises(sbi_errors.WrongPartsError, match="Left IndexFinger"):
            made.scanner.read_frame(target=CaptureTarget.RIGHT_SLAP, timeout_s=10.0)


def test_any_changed_byte_of_a_capture_is_refused():
    """Every 997th byte of the thumbs' answer, one bit flipped: nothing passes unnoticed."""
    body = bytearray(answer_body("rcapture-thumbs"))
    previous = request_document("rcapture-thumbs")["bio"][0]["previousHash"]
    with bench() as made:
        made.scanner.open()
        made.scanner.begin_transaction(TRANSACTION)
        made.chains.advance(TRANSACTION, old_hash=NO_PREVIOUS_HASH, new_hash=previous)
        accepted = []
        for at in range(0, len(body), len(body) // 120):
            changed = bytearray(body)
            changed[at] ^= 0x04
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(changed)
            made.server._responder = lambda _, sent=(head, bytes(changed)): list(sent)
            try:
                made.scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=10.0)
            except errors.DriverError:
                continue
            accepted.append(at)
        assert accepted == []


# ---- previews

STREAMS = sorted(path.name.removesuffix(".stream.http") for path in TRAFFIC.glob("*.stream.http"))


@pytest.mark.parametrize("name", STREAMS)
def test_previews(name):
    """All whole pictures come out; the last one, which the recording cuts, is an error."""
    bio = request_document(name)["bio"][0]
    with bench() as made:
        made.recorded.stream = name
        driver = made.driver_of(bio)
        driver.open()
        data = (TRAFFIC / f"{name}.stream.http").read_bytes()
        begun = data.count(b"\n--BoundaryString\r\n")
        frames = [driver.read_preview(timeout_s=2.0) for _ in range(begun - 1)]
        with pytest.raises(errors.TransportError, match="ended"):
            driver.read_preview(timeout_s=2.0)
    assert len(frames) >= 2
    assert len({frame.pixels.shape for frame in frames}) == 1
    assert frames[0].pixels.ndim == (3 if driver is made.face else 2)
