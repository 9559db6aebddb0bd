"""While a device behind SBI captures, the operator sees what it sees, and no empty glass."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from drivers.devices import Device
from drivers.models.mosip_sbi import MosipSbi
from drivers.models.mosip_sbi_face import MosipSbiFace
from drivers.models.mosip_sbi_iris import MosipSbiIris
from drivers.protocols.sbi_options import SbiOptions
from drivers.simulation.behaviour import COOPERATIVE, Behaviour
from drivers.simulation.scene import Scene
from station.device_slot import DeviceSlot
from station.live import LiveCapture
from station.live_source import LiveSource, View
from station.recording import Step
from station.sources.context import OpenCase
from station.sources.face import FaceSource
from station.sources.fingers import FingerSource
from station.sources.irises import IrisSource
from tests.station.sbi.serving import Served, serving

LIMIT_S = 60.0
CAPTURE_S = 4.0  # how long the device takes where nothing reaches the score that it is asked for
UNREACHED_SCORE = 100

KINDS = [  # a hand takes its time to lie down; a face and eyes that are not perfect take it all
    pytest.param(
        MosipSbi,
        lambda opened: FingerSource(opened, Step.LEFT_SLAP),
        Step.LEFT_SLAP,
        COOPERATIVE,
        id="scanner",
    ),
    pytest.param(
        MosipSbiFace, FaceSource, Step.PORTRAIT, Behaviour(brightness=0.6), id="face camera"
    ),
    pytest.param(
        MosipSbiIris, IrisSource, Step.IRISES, Behaviour(looks_aside=True), id="iris camera"
    ),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("sbi")) as running:
        yield running


@pytest.fixture
def before_devices() -> Iterator[Scene]:
    shared = Scene.shared("default")
    yield shared
    shared.set_behaviour(COOPERATIVE)


class Watched:
    """Keeps what a source shows of a device that captures."""

    def __init__(self, source: LiveSource[Any]) -> None:
        self._glance = source.glance
        self.views: list[View] = []
        source.glance = self.glance

    def glance(self, device: Device, timeout_s: float) -> View | None:
        view = self._glance(device, timeout_s)
        assert view is not None
        self.views.append(view)
        return view

    def seen(self) -> list[View]:
        """Return what shows more than one grey."""
        return [view for view in self.views if float(view.picture.std()) > 1.0]


def make_live(
    served: Served, opened: OpenCase, kind: type[Device], source: LiveSource[Any]
) -> tuple[DeviceSlot[Any], LiveCapture[Any]]:
    options = SbiOptions(trust_roots=served.root, port=served.port, env="Developer", capture_s=20.0)
    slot = DeviceSlot(kind("device", options), "mosip_sbi")
    live = LiveCapture(
        slot,
        source,
        accept=lambda stored: opened.file.save_attempt(stored, actor="petugas"),
        is_automatic=True,
    )
    return slot, live


@pytest.mark.parametrize(("kind", "make_source", "step", "behaviour"), KINDS)
def test_what_the_device_sees_is_shown_until_it_has_captured(
    served: Served,
    opened: OpenCase,
    before_devices: Scene,
    kind: type[Device],
    make_source: Callable[[OpenCase], LiveSource[Any]],
    step: Step,
    behaviour: Behaviour,
) -> None:
    before_devices.set_behaviour(behaviour)
    source = make_source(opened)
    watched = Watched(source)
    slot, live = make_live(served, opened, kind, source)
    deadline_s = time.monotonic() + LIMIT_S
    try:
        live.start()
        while len(watched.seen()) < 2:
            assert time.monotonic() < deadline_s, (len(watched.views), live.error())
            time.sleep(0.02)
        while not opened.file.case.attempts(step):
            assert time.monotonic() < deadline_s, live.error()
            live.request_capture()  # the operator takes what comes
            time.sleep(0.1)
    finally:
        live.stop()
        slot.close()
