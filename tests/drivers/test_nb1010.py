"""The NB-1010-U driver against an emulated reader and against transcripts of it."""

import itertools
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.catalog import build_device
from drivers.devices import CaptureTarget
from drivers.errors import (
    CaptureCancelledError,
    CaptureTimeoutError,
    DeviceNotFoundError,
    DriverError,
    OptionsError,
    ProtocolError,
    TransportTimeoutError,
)
from drivers.models.nb1010 import Nb1010, Nb1010Options
from drivers.protocols import nb1010_chip
from drivers.simulation.wire.nb1010_device import NbDevice, NbSetup
from drivers.simulation.wire.nb1010_link import EmulatedNbLink
from drivers.transport.replay import ReplayMismatchError, ReplayTransport
from drivers.transport.transcript import TranscriptWriter, load_transcript


@pytest.fixture(scope="module")
def pixels():
    """180 rows of 256: an oval of dark stripes on white. No real print."""
    rows, cols = np.mgrid[:180, :256]
    stripes = 128 - 110 * np.sin(2 * np.pi * cols / 7 + 0.05 * rows)
    oval = ((rows - 90) / 80) ** 2 + ((cols - 128) / 90) ** 2 < 1
    return np.where(oval, stripes, 229).astype(np.uint8)


def make(pixels, *, options=None, **setup):
    reader = NbDevice(NbSetup(pixels.tobytes(), **setup))
    checked = Nb1010Options(transfer_timeout_s=0.3, **(options or {}))
    return reader, Nb1010("scanner", checked, lambda: EmulatedNbLink(reader))


def test_the_picture_comes_out_as_it_lies_on_the_sensor(pixels):
    reader, scanner = make(pixels)
    with scanner:
        frame = scanner.read_frame(timeout_s=1.0)
    assert np.array_equal(frame.pixels, pixels)
    assert frame.pixels.dtype == np.uint8
    assert frame.pixels.flags.c_contiguous
    assert frame.pixels.flags.writeable
    assert frame.resolution_ppi == 385.0
    assert reader.transfers[:6] == [
        "write 38", "read 37", "write 0d", "read 20", "write 12", "read 20",
    ]  # fmt: skip
    assert reader.transfers[6:] == ["read 21"] * 90


def test_it_is_for_looking_only(pixels):
    reader, scanner = make(pixels)
    assert scanner.targets == frozenset()
    assert not scanner.is_enrolment_grade
    with scanner:
        for target in CaptureTarget:
            with pytest.raises(OptionsError, match="preview only"):
                scanner.read_frame(target=target, timeout_s=1.0)
    assert reader.transfers == []


def test_opening_says_nothing_and_names_the_reader(pixels):
    reader, scanner = make(pixels)
    with scanner:
        identity = scanner.identity()
    assert (identity.make, identity.model, identity.serial, identity.firmware) == (
        "NEXT Biometrics", "NB-1010-U", "EMULATED", None,
    )  # fmt: skip
    assert reader.transfers == []


def test_frames_follow_each_other_while_the_finger_rests(pixels):
    _, scanner = make(pixels)
    with scanner:
        frames = [scanner.read_frame(timeout_s=1.0) for _ in range(3)]
    assert all(np.array_equal(frame.pixels, pixels) for frame in frames)
    times_s = [frame.captured_at_s for frame in frames]
    assert times_s == sorted(set(times_s))


def test_it_looks_until_a_finger_comes(pixels):
    reader, scanner = make(pixels, looks_without_finger=3)
    with scanner:
        assert scanner.read_frame(timeout_s=5.0).pixels.shape == (180, 256)
    assert reader.transfers.count("write 38") == 4


def test_no_finger_is_a_capture_timeout_in_time_and_the_next_finger_is_seen(pixels):
    reader, scanner = make(pixels, finger_on=False)
    with scanner:
        started_s = time.monotonic()
        with pytest.raises(CaptureTimeoutError, match=r"no finger within 0\.3 s"):
            scanner.read_frame(timeout_s=0.3)
        assert 0.3 <= time.monotonic() - started_s < 1.5
        reader.put_finger(is_on=True)
        assert np.array_equal(scanner.read_frame(timeout_s=1.0).pixels, pixels)


def test_cancel_ends_a_waiting_capture_soon(pixels):
    _, scanner = make(pixels, finger_on=False)
    with scanner:
        timer = threading.Timer(0.2, scanner.cancel)
        timer.start()
        started_s = time.monotonic()
        with pytest.raises(CaptureCancelledError):
            scanner.read_frame(timeout_s=30.0)
        assert time.monotonic() - started_s < 2.0
        timer.join()


def test_platen_is_empty_follows_the_finger(pixels):
    reader, scanner = make(pixels, finger_on=False)
    with scanner:
        assert scanner.is_platen_empty(timeout_s=0.1) is True
        reader.put_finger(is_on=True)
        assert scanner.is_platen_empty(timeout_s=0.1) is False
        timer = threading.Timer(0.2, lambda: reader.put_finger(is_on=False))
        timer.start()
        assert scanner.is_platen_empty(timeout_s=5.0) is True
        timer.join()


@pytest.mark.parametrize("left_over", [1, 45, 90])
def test_what_an_earlier_program_left_unread_is_read_away(pixels, left_over):
    _, scanner = make(pixels, left_over_frames=left_over)
    with scanner:
        assert np.array_equal(scanner.read_frame(timeout_s=1.0).pixels, pixels)


def test_a_lost_part_is_an_error_and_the_next_picture_is_whole(pixels):
    reader, scanner = make(pixels, lost_frame=40)
    with scanner:
        with pytest.raises(ProtocolError, match="row 83 came where row 81 was to come"):
            scanner.read_frame(timeout_s=1.0)
        reader.setup.lost_frame = None
        assert np.array_equal(scanner.read_frame(timeout_s=1.0).pixels, pixels)


def test_a_lost_last_part_is_a_timeout(pixels):
    _, scanner = make(pixels, lost_frame=89)
    with scanner, pytest.raises(TransportTimeoutError):
        scanner.read_frame(timeout_s=1.0)


def test_replies_to_other_commands_are_refused(pixels):
    reader, scanner = make(pixels, wrong_sequence=True)
    with scanner, pytest.raises(ProtocolError, match=r"8037030010000000, not 8037020010000000"):
        scanner.read_frame(timeout_s=1.0)
    assert reader.transfers.count("write 38") == 2  # once more after reading what was left over


def test_a_reader_that_never_stops_sending_is_given_up(pixels):
    _, scanner = make(pixels, left_over_frames=1, is_endless=True)
    with scanner, pytest.raises(ProtocolError, match="does not stop sending"):
        scanner.read_frame(timeout_s=1.0)


def test_a_picture_that_trickles_is_given_up_in_time(pixels, monkeypatch):
    monkeypatch.setattr(nb1010_chip, "PICTURE_LIMIT_S", 0.0)
    _, scanner = make(pixels)
    with scanner, pytest.raises(TransportTimeoutError, match="0 of 90 parts"):
        scanner.read_frame(timeout_s=1.0)


def test_sequence_numbers_count_on_round_and_round(pixels):
    reader, scanner = make(pixels, looks_without_finger=2, options={"sequence_numbers": "254,255"})
    with scanner:
        scanner.read_frame(timeout_s=1.0)
    assert reader.sequences == [254, 255, 0, 1, 2]


def test_sequence_numbers_begin_at_one_at_every_opening(pixels):
    reader, scanner = make(pixels)
    for _ in range(2):
        with scanner:
            scanner.read_frame(timeout_s=1.0)
    assert reader.sequences == [1, 2, 3, 1, 2, 3]


def test_used_before_open(pixels):
    _, scanner = make(pixels)
    with pytest.raises(DeviceNotFoundError, match="before it was opened"):
        scanner.read_frame(timeout_s=1.0)


@pytest.mark.parametrize(
    "options",
    [{"sequence_numbers": "1,256"}, {"sequence_numbers": "a"}, {"transfer_timeout_s": 0}],
)
def test_options_out_of_range(options):
    with pytest.raises(ValidationError):
        Nb1010Options(**options)


def test_the_configuration_may_give_numbers_as_a_list():
    scanner = build_device("scanner", "nb1010", {"sequence_numbers": [1, 3, 4], "port": "1-7"})
    assert scanner.options.sequence_numbers == (1, 3, 4)


class AnsweringLink(EmulatedNbLink):
    """Reads give the answers one after another, then nothing."""

    def __init__(self, answers):
        super().__init__(NbDevice(NbSetup(b"")))
        self._answers = list(answers)

    def bulk_write(self, endpoint, data, *, timeout_s):
        pass

    def bulk_read(self, endpoint, length, *, timeout_s):
        if not self._answers:
            raise TransportTimeoutError("no answer", device="scanner")
        return self._answers.pop(0)[:length]


def said_in_a_capture():
    """What a reader says in a capture, with the sequence numbers that the driver counts."""
    reader = NbDevice(NbSetup(bytes(180 * 256)))
    for command in ("8038010008000000", "800d02000c00000000040000",
                    "801203002000000002" + 19 * "00" + "20000000"):  # fmt: skip
        reader.write_bulk(bytes.fromhex(command), 0.0)
    return [reader.read_bulk(540, 0.0) for _ in range(93)]


@given(st.data())
def test_whatever_is_answered_it_ends_with_a_picture_or_an_error(data):
    answers = said_in_a_capture()
    damaged = st.integers(0, len(answers) - 1)
    for at in data.draw(st.lists(damaged, max_size=3)):
        answers[at] = data.draw(st.binary(max_size=24) | st.sampled_from(answers), label=str(at))
    for at in sorted(data.draw(st.sets(damaged, max_size=2)), reverse=True):
        del answers[at]
    scanner = Nb1010("scanner", Nb1010Options(), lambda: AnsweringLink(answers))
    try:
        with scanner:
            frame = scanner.read_frame(timeout_s=0.0)
    except DriverError:
        return
    assert frame.pixels.shape == (180, 256)


# ---- transcripts


@pytest.fixture(scope="module")
def recorded(pixels, tmp_path_factory):
    """A capture of the emulator, recorded with the numbers of the real recording."""
    path = tmp_path_factory.mktemp("transcript") / "capture.jsonl"
    _, scanner = make(pixels, options={"sequence_numbers": "1,3,4"})
    with TranscriptWriter(path) as transcript:
        scanner.record_to(transcript)
        with scanner:
            scanner.read_frame(timeout_s=1.0)
    return load_transcript(path)


def replaying(transcript, numbers):
    link = ReplayTransport(transcript)
    options = Nb1010Options(transfer_timeout_s=0.3, sequence_numbers=numbers)
    return link, Nb1010("scanner", options, lambda: link)


def test_a_recorded_capture_replays_to_the_same_picture(recorded, pixels):
    link, scanner = replaying(recorded, "1,3,4")
    with scanner:
        assert np.array_equal(scanner.read_frame(timeout_s=1.0).pixels, pixels)
    link.assert_finished()


def test_the_transcript_says_what_a_real_reader_was_told(recorded):
    told = [one.data for one in recorded.exchanges if one.do == "bulk_write"]
    assert told == [
        "8038010008000000",
        "800d03000c00000000040000",
        "801204002000000002" + 19 * "00" + "20000000",
    ]
    assert len(recorded.exchanges) == 3 + 2 * 93


@pytest.mark.parametrize("numbers", [(2, 3, 4), (1, 2, 3), ()])
def test_other_sequence_numbers_do_not_replay(recorded, numbers):
    _, scanner = replaying(recorded, numbers)
    with scanner, pytest.raises(ReplayMismatchError, match="bulk_write"):
        scanner.read_frame(timeout_s=1.0)


def test_a_transcript_cut_anywhere_gives_no_picture(recorded):
    for end in itertools.chain(range(12), (100, len(recorded.exchanges) - 1)):
        cut = type(recorded)(recorded.exchanges[:end], recorded.usb)
        _, scanner = replaying(cut, "1,3,4")
        with scanner, pytest.raises(ReplayMismatchError, match="ends before"):
            scanner.read_frame(timeout_s=1.0)
