"""The station's own SBI driver before the station's own SBI service: both ends of the protocol."""

import threading
import time

import numpy as np
import pytest

from biometrics.codecs import iso19794_4, iso19794_5, iso19794_6, jpeg2000
from biometrics.finger.position import LEFT_SLAP, FingerPosition
from biometrics.finger.slap import check_slap
from drivers import errors
from drivers.devices import CaptureTarget
from drivers.models.mosip_sbi import MosipSbi
from drivers.models.mosip_sbi_face import MosipSbiFace
from drivers.models.mosip_sbi_iris import MosipSbiIris
from drivers.protocols import sbi_errors
from drivers.protocols.sbi_options import SbiOptions
from drivers.simulation.behaviour import Behaviour
from drivers.simulation.finger import FingerName
from tests.station.sbi.serving import serving

CAPTURE_S = 30.0  # machines are shared; a capture takes 2 s on an idle one
DIALECTS = ("0.9.5", "1.0")


def options(served, **changes):
    return SbiOptions(
        **{
            "trust_roots": served.root,
            "port": served.port,
            "env": "Developer",
            "capture_s": 1.0,
            **changes,
        }
    )


@pytest.fixture
def scanner(served):
    with MosipSbi("scanner", options(served)) as opened:
        yield opened


@pytest.mark.parametrize("dialect", DIALECTS)
def test_all_three_devices_open_in_both_dialects(served, dialect):
    models = []
    for kind in (MosipSbi, MosipSbiIris, MosipSbiFace):
        with kind("device", options(served, dialect=dialect)) as device:
            models.append(device.identity().model)
            assert device.identity().serial.startswith("SIM-")
    assert models == ["Virtual slap scanner", "Virtual iris camera", "Virtual portrait camera"]


def test_a_left_slap(scanner):
    scanner.begin_transaction("slap-0001")
    frame = scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=CAPTURE_S)
    assert [region.name for region in frame.regions] == [
        "Left IndexFinger", "Left MiddleFinger", "Left RingFinger", "Left LittleFinger",
    ]  # fmt: skip
    for position, region in zip((7, 8, 9, 10), frame.regions, strict=True):
        image = iso19794_4.decode(region.raw).images[0]
        assert image.position == position
        assert image.compression is iso19794_4.Compression.JPEG_2000_LOSSLESS
        assert image.start.quality[0].score == region.quality_score
        assert jpeg2000.read_header(image.payload).is_reversible
        assert np.array_equal(iso19794_4.read_pixels(image), region.pixels)
    assert frame.resolution_ppi == 500.0
    check = check_slap(frame.pixels, frame.resolution_ppi, expected=LEFT_SLAP)
    assert [finger.position for finger in check.fingers] == list(LEFT_SLAP)
    assert not {reason.code for reason in check.reasons} & {"wrong_hand", "too_few_fingers"}


def test_thumbs_and_a_single_finger_in_version_1_0(served):
    with MosipSbi("scanner", options(served, dialect="1.0")) as scanner:
        scanner.begin_transaction("thumbs-0001")
        frame = scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=CAPTURE_S)
        assert [region.name for region in frame.regions] == ["Left Thumb", "Right Thumb"]
        single = scanner.read_frame(target=CaptureTarget.RIGHT_INDEX, timeout_s=CAPTURE_S)
        assert [region.name for region in single.regions] == ["Right IndexFinger"]
        check = check_slap(single.pixels, 500.0, expected=(FingerPosition.RIGHT_INDEX,))
        assert check.reasons == ()


def test_a_hand_with_a_missing_finger(scanner, scene):
    missing = frozenset({FingerName.RIGHT_RING})
    scanner.begin_transaction("missing-0001")
    scene.set_behaviour(Behaviour(missing_fingers=missing))
    scanner.declare_exceptions(["right_ring"])
    frame = scanner.read_frame(target=CaptureTarget.RIGHT_SLAP, timeout_s=CAPTURE_S)
    assert [region.name for region in frame.regions] == [
        "Right IndexFinger", "Right MiddleFinger", "Right LittleFinger",
    ]  # fmt: skip


def test_the_wrong_hand_and_three_fingers_are_no_capture(scanner, scene):
    for behaviour in (Behaviour(wrong_hand=True), Behaviour(three_of_four=True)):
        scene.set_behaviour(behaviour)
        with pytest.raises(errors.CaptureTimeoutError, match="701"):
            scanner.read_frame(target=CaptureTarget.RIGHT_SLAP, timeout_s=3.0)


def test_nobody_comes(scanner, scene):
    scene.set_behaviour(Behaviour(absent=True))
    started_s = time.monotonic()
    with pytest.raises(errors.CaptureTimeoutError, match="701"):
        scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)
    assert time.monotonic() - started_s < 4.0


def test_both_irises_then_one(served):
    with MosipSbiIris("iris", options(served)) as iris:
        iris.begin_transaction("iris-0001")
        pair = iris.read_eyes(timeout_s=CAPTURE_S)
        for eye, frame in ((iso19794_6.Eye.RIGHT, pair.right), (iso19794_6.Eye.LEFT, pair.left)):
            image = iso19794_6.decode(frame.raw).images[0]
            assert image.eye is eye
            assert np.array_equal(jpeg2000.decode(image.payload), frame.pixels)
        iris.declare_exceptions(["right_iris"])
        pair = iris.read_eyes(timeout_s=CAPTURE_S)
        assert pair.right is None
        assert pair.left is not None


def test_a_portrait_and_a_photo_of_exceptions(served):
    with MosipSbiFace("face", options(served)) as face:
        face.begin_transaction("face-0001")
        frame = face.read_frame(timeout_s=CAPTURE_S)
        image = iso19794_5.decode(frame.raw).images[0]
        assert np.array_equal(jpeg2000.decode(image.payload), frame.pixels)
        photo = face.read_exception_photo(["left_ring"], timeout_s=CAPTURE_S)
        assert photo.pixels.shape == frame.pixels.shape


def test_a_preview_runs_before_and_during_a_capture(served, scanner):
    frames = []
    with MosipSbi("watcher", options(served)) as watcher:
        begun_s = time.monotonic()
        frames = [
            watcher.read_preview(target=CaptureTarget.LEFT_SLAP, timeout_s=10.0) for _ in range(6)
        ]
        assert 6 / (time.monotonic() - begun_s) > 2.0
        capture = threading.Thread(
            target=lambda: scanner.read_frame(target=CaptureTarget.LEFT_SLAP, timeout_s=CAPTURE_S)
        )
        capture.start()
        while capture.is_alive():
            frames.append(watcher.read_preview(timeout_s=10.0))
        capture.join()
    assert all(frame.pixels.ndim in (2, 3) for frame in frames)
    assert len(frames) > 6


def test_a_second_capture_meanwhile_is_busy(served, scanner, scene):
    scene.set_behaviour(Behaviour(absent=True))
    outcome = []

    def wait_in_vain():
        try:
            scanner.read_frame(target=CaptureTarget.THUMBS, timeout_s=2.5)
        except errors.DriverError as error:
            outcome.append(error)

    with MosipSbi("other", options(served)) as other:
        first = threading.Thread(target=wait_in_vain)
        first.start()
        time.sleep(0.8)
        with pytest.raises(errors.DeviceBusyError, match="703"):
            other.read_frame(target=CaptureTarget.THUMBS, timeout_s=1.0)
        with pytest.raises(errors.DeviceBusyError, match="111"), MosipSbi("x", options(served)):
            pass
        first.join()
    assert isinstance(outcome[0], errors.CaptureTimeoutError)


def test_another_station_is_not_trusted(served, tmp_path):
    with serving(tmp_path) as other:
        strange = options(served, trust_roots=other.root)
        with pytest.raises(sbi_errors.UntrustedSignerError):
            MosipSbi("scanner", strange).open()
        assert other.port != served.port


def test_simulated_devices_do_not_pass_for_real_ones(served):
    with pytest.raises(sbi_errors.WrongDeviceError, match="Developer"):
        MosipSbi("scanner", options(served, env="Production")).open()
