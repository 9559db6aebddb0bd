"""One device behind the service: gone, silent, back again; who may capture and watch."""

import threading
import time

import pytest

from drivers.models.sim_iris import SimIris, SimIrisOptions
from drivers.models.sim_scanner import SimScanner, SimScannerOptions
from drivers.protocols.sbi_words import Status, part_named
from drivers.simulation.behaviour import Behaviour
from station.device_slot import DeviceSlot
from station.live import encode_preview
from station.sbi import device as device_module
from station.sbi.device import MAX_STREAMS, SbiDevice
from station.sbi.eyes import EyeKind
from station.sbi.fingers import FingerKind, in_sbi_order, target_of
from station.sbi.kinds import Wish
from station.sbi.refusals import SbiRefusal

BOTH = {"requested_score": 40.0, "transaction_id": "TX-0001"}


@pytest.fixture
def eyes():
    """An iris camera in a room of its own."""
    camera = SimIris("iris", SimIrisOptions(scene="sbi-device"))
    slot = DeviceSlot(camera, "sim_iris")
    yield SbiDevice("1", slot, EyeKind(), "TEST-iris")
    slot.close()


def wish_of(device):
    return device.wish("3", count=2, named=(), exceptions=())


def refused(action):
    with pytest.raises(SbiRefusal) as caught:
        action()
    return caught.value.code


def test_who_it_is(eyes):
    assert eyes.identity is None
    eyes.meet()
    assert eyes.serial.startswith("SIM-")
    assert eyes.sub_type == "Double"
    assert eyes.code == eyes.code
    assert len(eyes.code) == 36


def test_gone_and_back(eyes):
    eyes.meet()
    faults = eyes.slot.device.unit.faults
    faults.add("unplug_at=1")
    assert refused(lambda: eyes.capture(wish_of(eyes), timeout_s=1.0, **BOTH)) == "705"
    assert eyes.status() is Status.NOT_READY
    assert refused(lambda: eyes.stream("3", life_s=5.0)) == "110"
    faults.remove("unplug_at")
    eyes.slot.probe()
    assert eyes.status() is Status.READY
    assert len(eyes.capture(wish_of(eyes), timeout_s=10.0, **BOTH).parts) == 2


def test_nobody_looks_into_the_camera(eyes):
    eyes.slot.device.unit.scene.set_behaviour(Behaviour(absent=True))
    started_s = time.monotonic()
    assert refused(lambda: eyes.capture(wish_of(eyes), timeout_s=0.6, **BOTH)) == "701"
    assert time.monotonic() - started_s < 3.0
    eyes.slot.device.unit.scene.set_behaviour(Behaviour())


def test_the_best_look_is_returned_when_the_score_is_not_met(eyes):
    look = eyes.capture(
        wish_of(eyes), timeout_s=1.5, transaction_id="TX-0002", requested_score=100.1
    )
    assert len(look.parts) == 2
    assert look.mean_score <= 100


def test_only_one_captures(eyes):
    eyes.slot.device.unit.scene.set_behaviour(Behaviour(absent=True))
    first = threading.Thread(
        target=lambda: refused(lambda: eyes.capture(wish_of(eyes), timeout_s=1.0, **BOTH))
    )
    first.start()
    while not eyes.is_capturing:
        time.sleep(0.01)
    assert eyes.status() is Status.BUSY
    assert refused(lambda: eyes.capture(wish_of(eyes), timeout_s=1.0, **BOTH)) == "703"
    first.join()
    eyes.slot.device.unit.scene.set_behaviour(Behaviour())
    assert eyes.status() is Status.READY


def test_previews_are_few_and_free_their_place(eyes):
    streams = [eyes.stream("3", life_s=20.0) for _ in range(MAX_STREAMS)]
    assert all(next(stream).startswith(b"\xff\xd8") for stream in streams)
    assert refused(lambda: eyes.stream("3", life_s=20.0)) == "610"
    streams.pop().close()
    eyes.stream("3", life_s=20.0).close()  # gone before its first picture
    streams.append(eyes.stream("3", life_s=20.0))
    for stream in streams:
        assert next(stream).startswith(b"\xff\xd8")
        stream.close()
        stream.close()


def test_a_preview_ends_with_its_time(eyes):
    started_s = time.monotonic()
    assert len(list(eyes.stream("3", life_s=0.7))) >= 2
    assert time.monotonic() - started_s < 3.0


def test_a_silent_device_shows_a_blank_then_ends_the_preview(eyes, monkeypatch):
    monkeypatch.setattr(device_module, "FROZEN_LIMIT_S", 0.5)
    monkeypatch.setattr(device_module, "SILENT_LIMIT_S", 4.0)
    stream = eyes.stream("3", life_s=30.0)
    blank = encode_preview(device_module.BLANK)
    first = next(picture for picture in stream if picture != blank)
    hold = threading.Event()
    monkeypatch.setattr(eyes.kind, "preview", lambda *_, **__: hold.wait(10.0) and first)
    pictures = list(stream)
    hold.set()
    assert len(pictures) >= 3
    assert pictures[-1] == blank  # not the last picture for ever


def test_sub_devices_and_parts(eyes):
    assert [part.part for part in eyes.wish("1", count=1, named=(), exceptions=()).parts] == [
        "left_iris"
    ]
    assert [p.part for p in eyes.wish("3", count=1, named=("Right",), exceptions=()).parts] == [
        "right_iris"
    ]
    for sub_id, count, named, exceptions, code in (
        ("0", 2, (), (), "119"),
        ("3", 1, (), (), "109"),
        ("3", 2, ("Left Thumb",), (), "119"),
        ("3", 1, (), ("Left Thumb",), "109"),
        ("1", 0, (), ("Left",), "109"),
    ):
        assert (
            refused(lambda: eyes.wish(sub_id, count=count, named=named, exceptions=exceptions))  # noqa: B023 - called at once
            == code
        )


def test_a_single_finger_scanner_says_so_and_refuses_slaps():
    scanner = SimScanner("single", SimScannerOptions(scene="sbi-device", model="single"))
    slot = DeviceSlot(scanner, "sim_scanner")
    device = SbiDevice("2", slot, FingerKind(), "TEST-single")
    try:
        device.meet()
        wish = device.wish("1", count=1, named=("Left IndexFinger",), exceptions=())
        assert target_of(wish).value == "left_index"
        look = device.capture(wish, timeout_s=20.0, **BOTH)
        assert [one.part.part for one in look.parts] == ["left_index"]
    finally:
        slot.close()


def test_fingers_in_the_order_of_sbi():
    names = ("left_little", "left_ring", "left_middle", "left_index")
    parts = tuple(part_named(name) for name in names)
    assert [part.part for part in in_sbi_order(parts)] == list(reversed(names))
    thumbs = (part_named("right_thumb"), part_named("left_thumb"))
    assert [part.part for part in in_sbi_order(thumbs)] == ["left_thumb", "right_thumb"]
    assert target_of(Wish("3", thumbs)).value == "thumbs"
