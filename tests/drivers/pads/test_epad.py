"""The ePad driver against an emulated pad, in place of the link and under pyusb."""

import statistics
import threading
import time

import pytest
from pydantic import ValidationError

from drivers.devices import read_signature
from drivers.errors import (
    CaptureCancelledError,
    CaptureTimeoutError,
    DeviceReportedError,
    ProtocolError,
)
from drivers.models.epad import Epad, EpadOptions
from drivers.simulation.wire.epad_device import EpadDevice
from drivers.simulation.wire.stu_faults import (
    PadFault,
    PadWire,
    parse_pad_fault,
)
from drivers.simulation.wire.stu_hid import HidGadget
from drivers.simulation.wire.stu_pen import PenPoint
from drivers.simulation.wire.stu_signature import sign
from drivers.transport.replay import ReplayTransport
from drivers.transport.transcript import TranscriptWriter, load_transcript

SIGNATURE = sign("agus", area=(2896, 1370, 127))
SILENCE_S = 0.2


@pytest.fixture
def make(hid_link, monkeypatch):
    """A function that gives an emulated pad and a driver for it."""
    monkeypatch.setattr("drivers.models.epad.SILENCE_S", SILENCE_S)

    def build(*faults, points=SIGNATURE, **options):
        wire = PadWire(
            tuple(
                fault if isinstance(fault, PadFault) else parse_pad_fault(fault) for fault in faults
            )
        )
        device = EpadDevice(points, wire)
        gadget = HidGadget(device)
        chosen = EpadOptions(**({"transfer_timeout_s": 0.05} | options))
        return device, Epad("pad", chosen, lambda: hid_link(gadget))

    return build


def capture(device, pad, *, count, limit_s=8.0):
    """Let the resident sign and read until so many samples came."""
    samples = []
    pad.start_inking()
    device.sign()
    deadline_s = time.monotonic() + limit_s
    while len(samples) < count and time.monotonic() < deadline_s:
        samples += pad.read_samples(timeout_s=0.1)
    return samples


def test_every_point_pressure_and_time_of_a_signature_arrives(make, assert_no_driver_threads):
    device, pad = make()
    with pad:
        begin_s = time.monotonic()
        samples = capture(device, pad, count=len(SIGNATURE))
    assert len(samples) == len(SIGNATURE)
    for point, sample in zip(SIGNATURE, samples, strict=True):
        assert sample.x_mm == pytest.approx(point.x * 0.0254)
        assert sample.y_mm == pytest.approx(point.y * 0.0254)
        assert sample.pressure == point.pressure / 127
        assert sample.is_touching == point.is_touching
    late_s = [
        begin_s + sample.time_s - sent_s
        for sample, (sent_s, _) in zip(samples, device.sent, strict=True)
    ]
    assert abs(statistics.median(late_s)) < 0.02
    assert max(map(abs, late_s)) < 0.5
    assert_no_driver_threads()


def test_who_it_is_and_what_it_can(make):
    _, pad = make()
    with pad:
        assert pad.identity().make == "ePadLink"
        geometry = pad.geometry()
    assert (geometry.width_mm, geometry.height_mm) == pytest.approx((73.56, 34.80), abs=0.01)
    assert (geometry.pressure_levels, geometry.screen_px) == (128, None)


def test_the_scale_can_be_told(make):
    _, pad = make(units_per_inch=500)
    with pad:
        assert pad.geometry().width_mm == pytest.approx(147.1, abs=0.1)


def test_what_was_written_too_early_is_forgotten(make, dash):
    device, pad = make(points=dash)
    with pad:
        device.sign()
        time.sleep(0.1)
        assert len(capture(device, pad, count=len(dash))) == len(dash)
        assert pad.read_samples(timeout_s=0.1) == ()


def test_a_place_beyond_the_pad_is_a_protocol_error(make):
    device, pad = make(points=(PenPoint(0.0, 2897, 0, 1),))
    with pad, pytest.raises(ProtocolError, match="beyond"):
        capture(device, pad, count=1)


def test_a_stuck_pen_is_no_wait_without_end(make):
    device, pad = make("stuck_pen=1@5")
    with pad:
        pad.start_inking()
        device.sign()
        with pytest.raises(DeviceReportedError, match="without a rest"):
            read_signature(pad, timeout_s=1.0, pause_s=0.5, longest_s=0.5)


def test_ghosts_are_touches_that_nobody_made(make):
    device, pad = make("ghost=40", points=())
    with pad:
        samples = capture(device, pad, count=20)
    assert sum(sample.is_touching for sample in samples) >= 8


def test_lost_reports_are_missing_and_nothing_else(make):
    device, pad = make("lose=5", points=SIGNATURE[:50])
    with pad:
        samples = capture(device, pad, count=41, limit_s=1.0)
    kept = [point.x for number, point in enumerate(SIGNATURE[:50], 1) if number % 5]
    assert [round(sample.x_mm / 0.0254) for sample in samples] == kept


def test_nobody_writes(make):
    _, pad = make(points=())
    with pad:
        pad.start_inking()
        with pytest.raises(CaptureTimeoutError):
            read_signature(pad, timeout_s=0.3, pause_s=0.1)


def test_cancel_ends_a_wait_soon(make):
    _, pad = make(points=())
    with pad:
        pad.start_inking()
        timer = threading.Timer(0.2, pad.cancel)
        timer.start()
        with pytest.raises(CaptureCancelledError):
            pad.read_samples(timeout_s=30.0)
        timer.join()


def test_recorded_traffic_replays(make, dash, tmp_path):
    device, pad = make(points=dash)
    path = tmp_path / "signature.jsonl"
    with TranscriptWriter(path) as transcript:
        pad.record_to(transcript)
        with pad:
            recorded = capture(device, pad, count=len(dash))
    link = ReplayTransport(load_transcript(path))
    again = Epad("pad", pad.options, lambda: link)
    with again:
        again.start_inking()
        replayed = []
        while len(replayed) < len(dash):
            replayed += again.read_samples(timeout_s=0.1)
    link.assert_finished()
    assert [(s.x_mm, s.pressure) for s in replayed] == [(s.x_mm, s.pressure) for s in recorded]


@pytest.mark.parametrize("options", [{"units_per_inch": 0}, {"sample_rate_hz": 0}, {"ink": 1}])
def test_options_out_of_range(options):
    with pytest.raises(ValidationError):
        EpadOptions(**options)
