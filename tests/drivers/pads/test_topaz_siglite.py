"""The Topaz driver against an emulated pad on a pseudo-terminal."""

import itertools
import statistics
import termios
import threading
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from drivers.devices import read_signature
from drivers.errors import (
    CaptureCancelledError,
    CaptureTimeoutError,
    DeviceNotFoundError,
    DeviceReportedError,
    ProtocolError,
    TransportError,
)
from drivers.models.topaz_siglite import TopazSiglite, TopazSigliteOptions, line_settings
from drivers.protocols.topaz_packets import MODELS
from drivers.simulation.wire.stu_faults import (
    PadFault,
    PadWire,
    parse_pad_fault,
)
from drivers.simulation.wire.stu_pty import PadTerminal
from drivers.simulation.wire.stu_signature import sign
from drivers.simulation.wire.topaz_line import TopazLine
from drivers.transport.replay import ReplayTransport
from drivers.transport.serial import PySerialLink, SerialLink, SerialSettings
from drivers.transport.transcript import TranscriptWriter, load_transcript

ORIGIN, AREA = (500, 700), (2150, 1400, 1023)
SIGNATURE = sign("siti", area=AREA, origin=ORIGIN)


@pytest.fixture
def make(tmp_path):
    """A function that gives an emulated pad, its terminal and a driver for it."""
    terminals = []

    def build(*faults, points=SIGNATURE, **options):
        wire = PadWire(
            tuple(
                fault if isinstance(fault, PadFault) else parse_pad_fault(fault) for fault in faults
            )
        )
        line = TopazLine(points, wire)
        terminal = PadTerminal(line, tmp_path / "ttyTOPAZ")
        terminal.plug_in()
        terminals.append(terminal)
        options = TopazSigliteOptions(port=str(terminal.path), **options)
        return line, terminal, TopazSiglite("pad", options)

    yield build
    for terminal in terminals:
        terminal.unplug()


def capture(line, pad, *, count, limit_s=8.0):
    """Let the resident sign and read until so many samples came."""
    samples = []
    pad.start_inking()
    line.sign()
    deadline_s = time.monotonic() + limit_s
    while len(samples) < count and time.monotonic() < deadline_s:
        samples += pad.read_samples(timeout_s=0.1)
    pad.stop_inking()
    return samples


def test_every_point_pressure_and_time_of_a_signature_arrives(make):
    line, _, pad = make()
    with pad:
        begin_s = time.monotonic()
        samples = capture(line, pad, count=len(SIGNATURE))
    assert len(samples) == len(SIGNATURE)
    for point, sample in zip(SIGNATURE, samples, strict=True):
        assert sample.x_mm == pytest.approx(25.4 * (point.x - 500) / 410)
        assert sample.y_mm == pytest.approx(25.4 * (point.y - 700) / 410)
        assert sample.pressure == point.pressure / 1023
        assert sample.is_touching == point.is_touching
    late_s = [
        begin_s + sample.time_s - sent_s
        for sample, (sent_s, _) in zip(samples, line.sent, strict=True)
    ]
    assert abs(statistics.median(late_s)) < 0.02
    assert max(map(abs, late_s)) < 0.5
    times_s = [sample.time_s for sample in samples]
    assert times_s == sorted(times_s)


def test_the_line_has_odd_parity_and_the_models_speed():
    settings = line_settings(MODELS["clipgem"])
    assert settings == SerialSettings(9600, parity="O", data_bits=8, stop_bits=1)


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_model_opens_and_tells_its_area(make, model):
    _, _, pad = make(model=model)
    with pad:
        geometry = pad.geometry()
        assert pad.identity().model == MODELS[model].title
    assert (geometry.width_mm, geometry.height_mm) == MODELS[model].size_mm
    assert 50 < geometry.sample_rate_hz <= 100
    assert (geometry.pressure_levels, geometry.screen_px) == (1024, None)


def test_the_rate_can_be_told(make):
    _, _, pad = make(sample_rate_hz=150)
    with pad:
        assert pad.geometry().sample_rate_hz == 150


def test_the_serial_number_is_known_once_the_pad_said_it(make, dash):
    line, _, pad = make(points=dash)
    with pad:
        assert pad.identity().serial is None
        capture(line, pad, count=len(dash))
        assert pad.identity().serial == str(1 << 16 | 70123 & 0x3FFF)


def test_points_beyond_the_area_lie_on_its_edge(make, dash):
    line, _, pad = make(points=dash, model="siglite_lcd_4x5")  # begins at 500, 500
    with pad:
        samples = capture(line, pad, count=len(dash))
    assert samples[0].x_mm == pytest.approx(25.4 * 500 / 410)
    line, _, pad = make(points=[dash[0]], model="clipgem")
    with pad:
        (sample,) = capture(line, pad, count=1)
    assert sample.y_mm == pytest.approx(25.4 * 630 / 275)


def test_what_was_written_too_early_is_forgotten(make, dash):
    line, _, pad = make(points=dash)
    with pad:
        line.sign()
        time.sleep(0.15)
        assert len(capture(line, pad, count=len(dash))) == len(dash)
        assert pad.read_samples(timeout_s=0.1) == ()


def test_a_stuck_pen_is_no_wait_without_end(make):
    line, _, pad = make("stuck_pen=1@5")
    with pad:
        pad.start_inking()
        line.sign()
        with pytest.raises(DeviceReportedError, match="without a rest"):
            read_signature(pad, timeout_s=1.0, pause_s=0.5, longest_s=0.5)


def test_ghosts_are_touches_that_nobody_made(make):
    line, _, pad = make("ghost=40", points=())
    with pad:
        samples = capture(line, pad, count=20)
    assert sum(sample.is_touching for sample in samples) >= 8


def test_lost_points_are_missing_and_nothing_else(make):
    line, _, pad = make("lose=5", points=SIGNATURE[:50])
    with pad:
        samples = capture(line, pad, count=41, limit_s=1.0)
    kept = [point.x for number, point in enumerate(SIGNATURE[:50], 1) if number % 5]
    assert [round(sample.x_mm * 410 / 25.4) + 500 for sample in samples] == kept


def test_noise_tells_to_check_the_model(make, dash):
    line, _, pad = make(points=dash)
    line.say = lambda: b"\xff\x80" * 5
    with pad:
        pad.start_inking()
        with pytest.raises(ProtocolError, match="option model"):
            pad.read_samples(timeout_s=5.0)
    assert pad.damaged_packets >= 20


def test_nobody_writes(make):
    _, _, pad = make(points=())
    with pad:
        pad.start_inking()
        started_s = time.monotonic()
        assert pad.read_samples(timeout_s=0.3) == ()
        assert 0.25 < time.monotonic() - started_s < 1.0
        with pytest.raises(CaptureTimeoutError):
            read_signature(pad, timeout_s=0.2, pause_s=0.1)


def test_cancel_ends_a_wait_soon(make):
    _, _, pad = make(points=())
    with pad:
        pad.start_inking()
        timer = threading.Timer(0.2, pad.cancel)
        timer.start()
        with pytest.raises(CaptureCancelledError):
            pad.read_samples(timeout_s=30.0)
        timer.join()


def test_recorded_traffic_replays(make, dash, tmp_path):
    line, _, pad = make(points=dash)
    path = tmp_path / "signature.jsonl"
    with TranscriptWriter(path) as transcript:
        pad.record_to(transcript)
        with pad:
            recorded = capture(line, pad, count=len(dash))
    link = ReplayTransport(load_transcript(path))
    again = TopazSiglite("pad", pad.options, lambda: link)
    with again:
        again.start_inking()
        replayed = []
        while len(replayed) < len(dash):
            replayed += again.read_samples(timeout_s=0.1)
    link.assert_finished()
    assert [(s.x_mm, s.pressure) for s in replayed] == [(s.x_mm, s.pressure) for s in recorded]


class Trickle(SerialLink):
    """A line that gives three packets at once."""

    device = "pad"

    def write(self, data):
        raise AssertionError("the driver must not talk")

    def read_some(self, max_bytes, *, timeout_s):
        return bytes.fromhex("c1010a020b") * 3

    def discard_input(self):
        pass

    def close(self):
        pass


def test_points_that_come_at_once_are_as_far_apart_as_the_line_needed():
    pad = TopazSiglite("pad", TopazSigliteOptions(port="x"), Trickle)
    with pad:
        pad.start_inking()
        time.sleep(0.05)
        times_s = [sample.time_s for sample in pad.read_samples(timeout_s=1.0)]
    packet_s = 5 * 11 / 19200
    assert [b - a for a, b in itertools.pairwise(times_s)] == pytest.approx(
        [packet_s] * 2, abs=1e-6
    )


def refuses_parity(path):
    """Tell whether it is an error to ask for a parity again that the system left out before."""
    with path.open("rb", buffering=0) as port:
        try:
            for _ in range(2):
                attributes = termios.tcgetattr(port)
                attributes[2] |= termios.PARENB | termios.PARODD
                termios.tcsetattr(port, termios.TCSANOW, attributes)
        except termios.error:
            return True
    return False


def test_a_port_that_does_not_take_its_settings_is_a_transport_error(make, monkeypatch):
    monkeypatch.setattr("drivers.transport.serial._PSEUDO_TERMINALS", Path("/nowhere"))
    _, terminal, _ = make()
    settings = SerialSettings(19200, parity="O")
    PySerialLink(str(terminal.path), settings, device="pad").close()
    if not refuses_parity(terminal.path):
        pytest.skip("pseudo-terminals of this system take a parity")
    with pytest.raises(TransportError, match="does not take its settings"):
        PySerialLink(str(terminal.path), settings, device="pad")


def test_nothing_on_the_port():
    pad = TopazSiglite("pad", TopazSigliteOptions(port="/dev/nothing"))
    with pytest.raises(DeviceNotFoundError, match="check the cable"):
        pad.open()


@pytest.mark.parametrize(
    "options", [{}, {"port": "x", "model": "signaturegem_lcd_1x5"}, {"port": "x", "baud": 9600}]
)
def test_options_out_of_range(options):
    with pytest.raises(ValidationError):
        TopazSigliteOptions(**options)
