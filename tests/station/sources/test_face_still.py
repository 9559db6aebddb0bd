"""The portrait is the still that the camera took, judged by itself; the live view only coaches."""

import sys
import threading
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from drivers.errors import CaptureTimeoutError, DriverError, ProtocolError, TransportTimeoutError
from drivers.frames import Frame
from drivers.models.gphoto_camera import GphotoCamera, GphotoCameraOptions
from drivers.models.mosip_sbi_face import MosipSbiFace
from drivers.models.sim_camera import SimCamera, SimCameraOptions
from drivers.protocols.sbi_options import SbiOptions
from drivers.simulation.behaviour import COOPERATIVE, Behaviour
from drivers.simulation.scene import Scene
from drivers.transport.gphoto import GphotoLink
from station.device_slot import DeviceSlot
from station.live import LiveCapture, LiveState
from station.recording import Step
from station.sources.context import OpenCase
from station.sources.face import LONGEST_EDGE_PX, PART, FaceSource
from tests.station.sbi.serving import serving

LIMIT_S = 30.0
SHORT_S = 0.5
LIVE_SHAPE = (480, 360, 3)
STILL_SHAPE = (3200, 2400, 3)


class StillCamera(SimCamera):
    """Simulates a still camera: a small live view, and a large picture when the shutter goes.

    Not modelled: that the two have different angles and light.
    """

    def __init__(self, scene: str) -> None:
        super().__init__("still", SimCameraOptions(scene=scene))
        self.before_still: Callable[[], None] = lambda: None
        self.stills_count = 0
        self.is_grey = False

    def _read_frame(self, timeout_s: float) -> Frame:
        return _scaled(super()._read_frame(timeout_s), LIVE_SHAPE)

    def _read_still(self, timeout_s: float) -> Frame:
        self.stills_count += 1
        self.before_still()
        still = _scaled(super()._read_frame(timeout_s), STILL_SHAPE)
        grey = still.pixels[..., 1].copy() if self.is_grey else still.pixels
        return Frame(grey, None, still.captured_at_s, still.device, b"as the camera sent it")


def _scaled(frame: Frame, shape: tuple[int, int, int]) -> Frame:
    pixels = cv2.resize(frame.pixels, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return Frame(np.asarray(pixels, np.uint8), None, frame.captured_at_s, frame.device)


class Booth:
    """A live view of the portrait step before a still camera."""

    def __init__(self, opened: OpenCase, scene: Scene, name: str) -> None:
        self.opened = opened
        self.scene = scene
        self.camera = StillCamera(name)
        self.slot = DeviceSlot(self.camera, "still")
        self.live = LiveCapture(
            self.slot,
            FaceSource(opened),
            accept=lambda stored: opened.file.save_attempt(stored, actor="petugas"),
            is_automatic=True,
        )

    @property
    def attempts(self) -> int:
        return len(self.opened.file.case.attempts(Step.PORTRAIT))

    def wait_for(self, is_reached: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + LIMIT_S
        while not is_reached():
            assert time.monotonic() < deadline_s, (self.live.state, self.live.error())
            time.sleep(0.005)


@pytest.fixture
def booth(opened: OpenCase, scene: Scene, request: pytest.FixtureRequest) -> Iterator[Booth]:
    made = Booth(opened, scene, f"sources-{request.node.name}")
    yield made
    made.live.stop()
    made.slot.close()


def test_the_still_is_kept_and_the_live_view_stays_small(booth: Booth) -> None:
    booth.live.start()
    booth.wait_for(lambda: booth.attempts == 1)
    stored = booth.opened.file.stored(Step.PORTRAIT, 1)
    rows, cols = STILL_SHAPE[:2]
    expected = (LONGEST_EDGE_PX, round(cols * LONGEST_EDGE_PX / rows), 3)
    assert stored.picture(PART).shape == expected
    assert stored.originals[PART] == b"as the camera sent it"
    assert stored.attempt.is_passed
    latest = booth.live.latest()
    assert latest is not None
    shown = cv2.imdecode(np.frombuffer(latest.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == LIVE_SHAPE


def test_one_still_is_taken_for_one_attempt(booth: Booth) -> None:
    booth.live.start()
    booth.wait_for(lambda: booth.attempts == 1)
    latest = booth.live.latest()
    assert latest is not None
    booth.wait_for(lambda: booth.live.wait_newer(latest.number + 10, LIMIT_S) is not None)
    assert booth.camera.stills_count == 1


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour(closed_eyes=True), "eyes_closed"),
        (Behaviour(brightness=0.3), "too_dark"),
        (Behaviour(wrong_background=True), "background_wrong_colour"),
        (Behaviour(absent=True), "face_not_found"),
    ],
)
def test_what_changed_when_the_shutter_went_is_seen_in_the_still(
    booth: Booth, behaviour: Behaviour, reason: str
) -> None:
    booth.camera.before_still = lambda: booth.scene.set_behaviour(behaviour)
    booth.live.start()
    booth.wait_for(lambda: booth.attempts == 1)
    attempt = booth.opened.file.stored(Step.PORTRAIT, 1).attempt
    assert reason in {one.code for one in attempt.parts[0].reasons}
    assert not attempt.is_passed
    assert attempt.is_usable is (reason != "face_not_found")


def test_a_grey_still_is_kept_in_colour_form(booth: Booth) -> None:
    booth.camera.is_grey = True
    booth.live.start()
    booth.wait_for(lambda: booth.attempts == 1)
    assert booth.opened.file.stored(Step.PORTRAIT, 1).picture(PART).shape[2:] == (3,)


def test_who_watches_is_told_to_stay_while_the_still_is_taken(booth: Booth) -> None:
    is_shutter_open = threading.Event()
    booth.camera.before_still = lambda: is_shutter_open.wait(LIMIT_S) or None
    booth.live.start()
    booth.wait_for(lambda: booth.camera.stills_count == 1)
    latest = booth.live.latest()
    assert latest is not None
    assert latest.state is LiveState.CHECKING
    is_shutter_open.set()
    booth.wait_for(lambda: booth.attempts == 1)


def test_stopping_waits_for_no_shutter_and_stores_nothing_after_it(booth: Booth) -> None:
    is_shutter_open = threading.Event()
    booth.camera.before_still = lambda: is_shutter_open.wait(LIMIT_S) or None
    booth.live.start()
    booth.wait_for(lambda: booth.camera.stills_count == 1)
    began_s = time.monotonic()
    booth.live.stop()
    assert time.monotonic() - began_s < SHORT_S
    is_shutter_open.set()
    booth.wait_for(lambda: not booth.live.is_running)
    assert booth.attempts == 0


def _fail(error: DriverError) -> None:
    raise error


def test_a_still_that_does_not_come_fails_the_view_and_counts_no_attempt(booth: Booth) -> None:
    error = TransportTimeoutError("no picture within 10 s", device="still")
    booth.camera.before_still = lambda: _fail(error)
    booth.live.start()
    booth.wait_for(lambda: not booth.live.is_running)
    assert booth.live.error() is error
    assert booth.attempts == 0


def test_a_still_that_is_not_ready_yet_is_asked_for_again(booth: Booth) -> None:
    def refuse_once() -> None:
        if booth.camera.stills_count == 1:
            _fail(CaptureTimeoutError("nothing yet", device="still"))

    booth.camera.before_still = refuse_once
    booth.live.start()
    booth.wait_for(lambda: booth.attempts == 1)
    assert booth.camera.stills_count == 2


def _emulated(*arguments: str) -> GphotoCamera:
    worker = (sys.executable, "-m", "drivers.simulation.wire.gphoto_emulator", *arguments)

    def make_link() -> GphotoLink:
        return GphotoLink(device="camera", check_cancel=lambda: None, worker=worker)

    return GphotoCamera("camera", GphotoCameraOptions(), make_link)


def test_a_still_cameras_own_picture_is_judged_not_its_live_view(opened: OpenCase) -> None:
    source = FaceSource(opened)
    with _emulated() as camera:
        shot = source.read(camera, 10.0, is_resting=False)
        taken = source.take(camera, shot, 10.0)
    assert shot.pixels.shape == (424, 640, 3)
    assert taken.pixels.shape == (1000, 1500, 3)
    stored = source.judge(taken)
    assert stored.picture(PART).shape == (1000, 1500, 3)
    assert stored.originals[PART] == taken.frame.raw != shot.frame.raw
    assert [one.code for one in stored.attempt.parts[0].reasons] == ["face_not_found"]


def test_a_cut_still_is_an_error_and_no_attempt(opened: OpenCase) -> None:
    source = FaceSource(opened)
    with _emulated("--fault", "short@4") as camera:  # open, settings, set, preview, capture
        shot = source.read(camera, 10.0, is_resting=False)
        with pytest.raises(ProtocolError, match="is cut"):
            source.take(camera, shot, 10.0)


def test_a_camera_behind_sbi_is_not_asked_for_a_second_capture(
    opened: OpenCase, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each of its frames is a signed capture of seconds already: the held one is the still."""
    Scene.shared("default").set_behaviour(COOPERATIVE)
    source = FaceSource(opened)
    with serving(tmp_path_factory.mktemp("sbi")) as served:
        options = SbiOptions(
            trust_roots=served.root, port=served.port, env="Developer", capture_s=20.0
        )
        with MosipSbiFace("face", options) as camera:
            source.begin(camera)
            shots = [source.read(camera, LIMIT_S, is_resting=False) for _ in range(3)]
            taken = source.take(camera, shots[-1], LIMIT_S)
    assert shots[-1].preview.is_ready
    assert {shot.frame.raw for shot in shots} == {taken.frame.raw}
