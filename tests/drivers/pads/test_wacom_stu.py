"""The STU driver against an emulated pad: in place of the link, under pyusb, and on a pty."""

import logging
import threading
import time

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.devices import read_signature, split_strokes
from drivers.errors import (
    CaptureCancelledError,
    CaptureTimeoutError,
    DeviceNotFoundError,
    DeviceReportedError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.models.wacom_stu import WacomStu, WacomStuOptions
from drivers.protocols.stu_channel import serial_settings
from drivers.simulation.wire.stu_device import IMAGE, StuDevice, StuSetup
from drivers.simulation.wire.stu_faults import PadFault, PadFaultKind, PadWire
from drivers.simulation.wire.stu_line import StuLine
from drivers.simulation.wire.stu_pen import PenPoint
from drivers.simulation.wire.stu_pty import PadTerminal
from drivers.simulation.wire.stu_signature import sign
from drivers.transport.replay import ReplayTransport
from drivers.transport.serial import PySerialLink
from drivers.transport.transcript import TranscriptWriter, load_transcript

AREA = (10800, 6480, 1023)
SIGNATURE = sign("budi", area=AREA)
PAGE = np.full((48, 80, 3), 255, np.uint8)


def read_all(pad, *, count, limit_s=8.0):
    """Samples until so many came."""
    samples = []
    deadline_s = time.monotonic() + limit_s
    while len(samples) < count and time.monotonic() < deadline_s:
        samples += pad.read_samples(timeout_s=0.1)
    return samples


def test_every_point_pressure_and_time_of_a_signature_arrives(make_stu, assert_no_driver_threads):
    _, pad = make_stu(points=SIGNATURE)
    with pad:
        pad.start_inking()
        samples = read_all(pad, count=len(SIGNATURE))
        pad.stop_inking()
    assert len(samples) == len(SIGNATURE)
    for point, sample in zip(SIGNATURE, samples, strict=True):
        assert sample.x_mm == pytest.approx(108.0 * point.x / 10800, abs=1e-9)
        assert sample.y_mm == pytest.approx(64.8 * point.y / 6480, abs=1e-9)
        assert sample.pressure == point.pressure / 1023
        assert sample.is_touching == point.is_touching
    times_ms = [round(1000 * sample.time_s) for sample in samples]
    begin_ms = times_ms[0] - round(1000 * SIGNATURE[0].time_s)
    assert 0 <= begin_ms < 300
    assert [t - begin_ms for t in times_ms] == [round(1000 * p.time_s) for p in SIGNATURE]
    assert pad.lost_reports == 0
    assert_no_driver_threads()


def test_strokes_are_as_they_were_written(make_stu_usb):
    _, pad = make_stu_usb(points=SIGNATURE)
    with pad:
        pad.start_inking()
        strokes = read_signature(pad, timeout_s=2.0, pause_s=0.5)
    lengths, current = [], 0
    for point in SIGNATURE:
        if not point.is_touching and current:
            lengths.append(current)
        current = current + 1 if point.is_touching else 0
    assert [len(stroke.samples) for stroke in strokes] == lengths


def test_who_it_is_and_what_it_can(make_stu):
    _, pad = make_stu()
    with pad:
        identity, geometry = pad.identity(), pad.geometry()
    assert (identity.make, identity.model) == ("Wacom", "STU-540")
    assert (identity.serial, identity.firmware) == ("7GZQ000001", "1.8")
    assert (geometry.width_mm, geometry.height_mm) == pytest.approx((108.0, 64.8))
    assert (geometry.sample_rate_hz, geometry.pressure_levels) == (200.0, 1024)
    assert geometry.screen_px == (480, 800)


def test_after_an_error_a_line_is_not_used_again_until_it_is_opened(tmp_path, dash):
    """A late answer names no command: the next command would take it for its own."""
    device = StuDevice(
        StuSetup(points=dash), PadWire((PadFault(PadFaultKind.STALL, 6),)), is_serial=True
    )
    with PadTerminal(StuLine(device), tmp_path / "pad") as terminal:
        options = WacomStuOptions(serial_port=str(terminal.path), transfer_timeout_s=0.3)
        pad = WacomStu("pad", options)
        with pad:
            with pytest.raises(TransportTimeoutError):
                pad.start_inking()
            before = len(device.wire.transfers)
            with pytest.raises(TransportError, match="open the pad again"):
                pad.start_inking()
            assert len(device.wire.transfers) == before
        with pad:
            pad.start_inking()
            assert len(read_all(pad, count=len(dash))) == len(dash)


def test_an_unplugged_line_is_a_transport_error_at_every_call(tmp_path):
    device = StuDevice(StuSetup(), is_serial=True)
    with PadTerminal(StuLine(device), tmp_path / "pad") as terminal:
        link = PySerialLink(str(terminal.path), serial_settings(128000), device="pad")
        terminal.unplug()
        for number in range(10):
            with pytest.raises(TransportError):
                link.read_some(10, timeout_s=0.01 * number)
        link.close()


def test_what_was_written_too_early_is_forgotten(make_stu):
    early = tuple(PenPoint(0.0, n, n, 500) for n in range(50))
    _, pad = make_stu(points=SIGNATURE[:20], early_points=early)
    with pad:
        time.sleep(0.1)
        pad.start_inking()
        samples = read_all(pad, count=20)
        assert pad.read_samples(timeout_s=0.1) == ()
    assert [round(sample.x_mm * 100) for sample in samples] == [p.x for p in SIGNATURE[:20]]


@pytest.mark.parametrize(
    ("absent", "has_pad_time"), [({0x34}, True), ({0x34, 0x30}, False), ({0x32}, False)]
)
def test_models_with_a_lesser_clock(make_stu, absent, has_pad_time):
    points = SIGNATURE[:40]
    _, pad = make_stu(points=points, absent=frozenset(absent))
    with pad:
        pad.start_inking()
        samples = read_all(pad, count=len(points))
    assert len(samples) == len(points)
    steps_s = np.diff([sample.time_s for sample in samples])
    assert (steps_s >= 0).all()
    assert samples[-1].time_s == pytest.approx(points[-1].time_s, abs=0.3)
    if has_pad_time:
        assert np.allclose(steps_s, 0.005, atol=1e-9)


def test_an_old_pad(make_stu):
    _, pad = make_stu(
        has_old_capability=True, model="STU-500", product=0x00A1, screen_px=(480, 640),
        absent=frozenset({0x0B, 0x32, 0x30, 0x34}),
    )  # fmt: skip
    with pad:
        assert pad.identity().serial is None
        assert pad.geometry().sample_rate_hz == 200.0
        assert pad.geometry().screen_px == (480, 640)


def test_the_model_that_speaks_tls_only_is_refused_by_name(make_stu_usb):
    _, pad = make_stu_usb(product=0x00A9, model="STU-541")
    with pytest.raises(ProtocolError, match=r"STU-541.*TLS.*another model"):
        pad.open()
    assert not pad.is_open


def test_something_else_on_the_line(make_stu):
    _, pad = make_stu(model="MODEM")
    with pytest.raises(ProtocolError, match="no STU model"):
        pad.open()


@pytest.mark.parametrize("state", [IMAGE, 2])
def test_what_another_program_left_is_ended(make_stu, state, dash):
    device, pad = make_stu(points=dash, left_in_state=state)
    with pad:
        pad.show(PAGE)
        pad.start_inking()
        assert len(read_all(pad, count=len(dash))) == len(dash)
    assert device.uploads == 1


def test_a_pad_that_starts_is_waited_for(make_stu_usb):
    _, pad = make_stu_usb(boot_s=0.3)
    started_s = time.monotonic()
    with pad:
        assert 0.2 < time.monotonic() - started_s < 2.0


def test_a_pad_that_never_gets_ready(make_stu_usb, monkeypatch):
    monkeypatch.setattr("drivers.protocols.stu_pad.READY_TIMEOUT_S", 0.2)
    _, pad = make_stu_usb(boot_s=60.0)
    with pytest.raises(TransportTimeoutError, match="state 4 after"):
        pad.open()


def test_a_stuck_pen_is_no_wait_without_end(make_stu_usb):
    _, pad = make_stu_usb("stuck_pen=0.5@10", points=SIGNATURE)
    with pad:
        pad.start_inking()
        with pytest.raises(DeviceReportedError, match="without a rest"):
            read_signature(pad, timeout_s=1.0, pause_s=0.5, longest_s=0.6)
        late = read_all(pad, count=20)
        pad.stop_inking()
    assert len({(s.x_mm, s.y_mm, s.pressure, s.is_touching) for s in late}) == 1
    assert late[0].pressure == 512 / 1023


def test_ghosts_are_touches_that_nobody_made(make_stu_usb):
    _, pad = make_stu_usb("ghost=40")
    with pad:
        pad.start_inking()
        samples = read_all(pad, count=20)
    assert len(split_strokes(samples)) >= 8
    assert len({sample.x_mm for sample in samples}) > 5


@pytest.mark.parametrize("drift", [0.9, 1.1])
def test_a_drifting_clock_stretches_time_evenly(make_stu_usb, drift):
    points = SIGNATURE[:60]
    _, pad = make_stu_usb(f"drift={drift}", points=points)
    with pad:
        pad.start_inking()
        samples = read_all(pad, count=len(points))
    times_s = np.array([sample.time_s for sample in samples])
    expected_s = np.array([point.time_s for point in points]) * drift
    assert np.allclose(times_s - times_s[0], expected_s - expected_s[0], atol=0.001)


def test_a_touch_beyond_the_pad_is_damage_and_a_hovering_pen_is_not(make_stu_usb):
    hovering = PenPoint(0.0, 60000, 60000, 0, is_touching=False)
    _, pad = make_stu_usb(points=(hovering, PenPoint(0.05, 10801, 0, 5)))
    with pad:
        pad.start_inking()
        (sample,) = read_all(pad, count=1)
        assert (sample.x_mm, sample.y_mm) == pytest.approx((108.0, 64.8))
        with pytest.raises(ProtocolError, match="beyond the pad"):
            read_all(pad, count=1)


def test_lost_reports_are_counted_and_told(make_stu, caplog):
    _, pad = make_stu("lose=7", points=SIGNATURE[:70])
    caplog.set_level(logging.WARNING)
    with pad:
        pad.start_inking()
        samples = read_all(pad, count=60)
    assert len(samples) == 60
    assert pad.lost_reports >= 8  # the last one lost is not seen before the next comes
    assert "pen reports were lost" in caplog.text


def test_nobody_writes(make_stu):
    _, pad = make_stu()
    with pad:
        pad.start_inking()
        started_s = time.monotonic()
        assert pad.read_samples(timeout_s=0.3) == ()
        assert 0.25 < time.monotonic() - started_s < 1.0
        with pytest.raises(CaptureTimeoutError):
            read_signature(pad, timeout_s=0.2, pause_s=0.1)


def test_silence_is_asked_about(make_stu_usb, monkeypatch):
    monkeypatch.setattr("drivers.models.wacom_stu.SILENCE_S", 0.2)
    device, pad = make_stu_usb()
    with pad:
        pad.start_inking()
        before = len(device.wire.transfers)
        pad.read_samples(timeout_s=0.7)
    assert 2 <= device.wire.transfers[before:].count("read 03") <= 4


def test_cancel_ends_a_wait_soon(make_stu):
    _, pad = make_stu()
    with pad:
        pad.start_inking()
        timer = threading.Timer(0.2, pad.cancel)
        timer.start()
        started_s = time.monotonic()
        with pytest.raises(CaptureCancelledError):
            pad.read_samples(timeout_s=30.0)
        assert time.monotonic() - started_s < 2.0
        timer.join()


def test_recorded_traffic_replays(make_stu, dash, tmp_path):
    _, pad = make_stu(points=dash)
    path = tmp_path / "signature.jsonl"
    with TranscriptWriter(path) as transcript:
        pad.record_to(transcript)
        with pad:
            pad.show(PAGE)
            pad.start_inking()
            recorded = read_all(pad, count=len(dash))
            pad.stop_inking()
    link = ReplayTransport(load_transcript(path))
    again = WacomStu("pad", pad.options, lambda: link, lambda: link)
    with again:
        again.show(PAGE)
        again.start_inking()
        replayed = read_all(again, count=len(dash))
        again.stop_inking()
    link.assert_finished()
    keep = [(s.x_mm, s.y_mm, s.pressure, s.is_touching) for s in recorded]
    assert keep == [(s.x_mm, s.y_mm, s.pressure, s.is_touching) for s in replayed]


def test_closed_it_cannot_be_used(make_stu_usb):
    _, pad = make_stu_usb()
    with pytest.raises(DeviceNotFoundError):
        pad.start_inking()


@pytest.mark.parametrize(
    "options", [{"usb_id": "56a"}, {"baud": 300}, {"transfer_timeout_s": 0}, {"ink": 1}]
)
def test_options_out_of_range(options):
    with pytest.raises(ValidationError):
        WacomStuOptions(**options)
