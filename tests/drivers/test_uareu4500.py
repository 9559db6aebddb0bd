"""The U.are.U driver against an emulated reader and against transcripts of it."""

import threading
import time

import numpy as np
import pytest
from pydantic import ValidationError

from drivers.devices import CaptureTarget
from drivers.errors import (
    CaptureCancelledError,
    CaptureTimeoutError,
    DeviceNotFoundError,
    DeviceReportedError,
    OptionsError,
    ProtocolError,
)
from drivers.models.uareu4500 import USB_IDS, Uareu4500, Uareu4500Options
from drivers.simulation.wire.uareu4500_device import DeviceSetup, UareuDevice
from drivers.simulation.wire.uareu4500_link import EmulatedUsbLink
from drivers.simulation.wire.uareu4500_picture import BLOCK_LISTS
from drivers.transport.replay import ReplayMismatchError, ReplayTransport
from drivers.transport.transcript import TranscriptWriter, load_transcript

SEED = 0x51EA2124
READER_V2 = {"has_challenge": True, "vendor": 0x045E, "product": 0x00CA}


def make(picture, *, new_seed=None, **setup):
    reader = UareuDevice(DeviceSetup(picture, **setup))
    options = Uareu4500Options(transfer_timeout_s=0.3)
    return reader, Uareu4500("scanner", options, lambda: EmulatedUsbLink(reader), new_seed)


def as_sensor_sees(picture, blocks):
    """The 290 rows that the driver should hand out, before inversion and rotation."""
    received = np.frombuffer(picture, np.uint8).reshape(-1, 384)
    parts, row = [], 0
    for flags, lines in blocks:
        parts.append(received[row : row + lines])
        row += 0 if flags & 1 else lines
    return np.concatenate(parts)


@pytest.mark.parametrize("blocks", ["scrambled", "plain"])
@pytest.mark.parametrize(
    ("usb_id", "turns", "make_name", "model"),
    [
        ((0x045E, 0x00BB), 0, "Microsoft", "keyboard with fingerprint reader"),
        ((0x045E, 0x00BC), 0, "Microsoft", "wireless IntelliMouse with fingerprint reader"),
        ((0x045E, 0x00BD), 0, "Microsoft", "Fingerprint Reader"),
        ((0x045E, 0x00CA), 0, "Microsoft", "Fingerprint Reader v2"),
        ((0x05BA, 0x0007), 0, "DigitalPersona", "U.are.U 4000"),
        ((0x05BA, 0x0008), 0, "DigitalPersona", "U.are.U 4000 in a keyboard"),
        ((0x05BA, 0x000A), 2, "DigitalPersona", "U.are.U 4000B or 4500"),
    ],
)
def test_every_reader_of_the_family(ridges, usb_id, turns, make_name, model, blocks):
    vendor, product = usb_id
    has_challenge = product == 0x00CA
    block_list, keys = BLOCK_LISTS[blocks]
    reader, scanner = make(
        ridges, vendor=vendor, product=product, has_challenge=has_challenge, blocks=block_list,
        keys=keys,
    )  # fmt: skip
    with scanner:
        frame = scanner.read_frame(timeout_s=1.0)
    assert (frame.device.make, frame.device.model) == (make_name, model)
    seen = np.rot90(255 - frame.pixels, turns)
    assert np.array_equal(seen, as_sensor_sees(ridges, block_list))
    assert ("write 2000" in reader.transfers) == has_challenge
    assert ("read 34" in reader.transfers) == (blocks == "scrambled")


def test_all_readers_of_the_family_are_known():
    assert [str(usb_id) for usb_id in USB_IDS] == [
        "045e:00bb", "045e:00bc", "045e:00bd", "045e:00ca", "05ba:0007", "05ba:0008", "05ba:000a",
    ]  # fmt: skip


@pytest.mark.parametrize(("blocks", "keys"), BLOCK_LISTS.values(), ids=list(BLOCK_LISTS))
@pytest.mark.parametrize(("setup", "turns"), [({}, 2), (READER_V2, 0)], ids=["4500", "v2"])
def test_the_picture_comes_out_as_it_lies_on_the_platen(ridges, blocks, keys, setup, turns):
    _, scanner = make(ridges, blocks=blocks, keys=keys, **setup)
    with scanner:
        frame = scanner.read_frame(timeout_s=1.0)
    assert frame.pixels.dtype == np.uint8
    assert frame.pixels.flags.c_contiguous
    assert frame.resolution_ppi == 512.0
    seen = np.rot90(255 - frame.pixels, turns)
    assert np.array_equal(seen, as_sensor_sees(ridges, blocks))


def test_frames_follow_each_other_while_the_finger_rests(ridges):
    reader, scanner = make(ridges)
    with scanner:
        first, second = (scanner.read_frame(timeout_s=1.0) for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)
    assert second.captured_at_s > first.captured_at_s
    assert reader.lost_pictures == 0


def test_no_finger_is_a_capture_timeout_in_time_and_the_next_finger_is_seen(ridges):
    reader, scanner = make(ridges, finger_on=False)
    with scanner:
        started_s = time.monotonic()
        with pytest.raises(CaptureTimeoutError, match=r"no finger within 0\.3 s"):
            scanner.read_frame(timeout_s=0.3)
        assert 0.3 <= time.monotonic() - started_s < 1.5
        reader.put_finger(is_on=True)
        assert scanner.read_frame(timeout_s=1.0).pixels.shape == (290, 384)


def test_a_finger_that_comes_during_the_wait_is_captured(ridges):
    reader, scanner = make(ridges, finger_on=False)
    with scanner:
        timer = threading.Timer(0.2, lambda: reader.put_finger(is_on=True))
        timer.start()
        assert scanner.read_frame(timeout_s=5.0).pixels.shape == (290, 384)
        timer.join()


def test_cancel_ends_a_waiting_capture_soon(ridges):
    _, scanner = make(ridges, finger_on=False)
    with scanner:
        timer = threading.Timer(0.2, scanner.cancel)
        timer.start()
        started_s = time.monotonic()
        with pytest.raises(CaptureCancelledError):
            scanner.read_frame(timeout_s=30.0)
        assert time.monotonic() - started_s < 2.0
        timer.join()


def test_platen_is_empty_follows_the_finger(ridges):
    reader, scanner = make(ridges, finger_on=False)
    with scanner:
        assert scanner.is_platen_empty(timeout_s=0.1) is True
        reader.put_finger(is_on=True)
        assert scanner.is_platen_empty(timeout_s=0.1) is False
        scanner.read_frame(timeout_s=1.0)
        assert scanner.is_platen_empty(timeout_s=0.1) is False
        reader.put_finger(is_on=False)
        assert scanner.is_platen_empty(timeout_s=0.1) is True
        assert scanner.is_platen_empty(timeout_s=0.1) is True
        reader.put_finger(is_on=True)
        assert scanner.is_platen_empty(timeout_s=0.1) is False


def test_a_finger_that_came_back_after_the_capture_is_seen(ridges, monkeypatch):
    monkeypatch.setattr("drivers.models.uareu4500.FRESH_CAPTURE_S", 0.1)
    reader, scanner = make(ridges)
    with scanner:
        scanner.read_frame(timeout_s=1.0)
        reader.put_finger(is_on=False)
        reader.put_finger(is_on=True)
        time.sleep(0.15)
        assert scanner.is_platen_empty(timeout_s=0.1) is False


def test_a_reader_after_a_fault_is_restarted(ridges):
    _, scanner = make(ridges, needs_reboot=True)
    with scanner:
        assert scanner.read_frame(timeout_s=1.0).pixels.shape == (290, 384)


def test_a_dead_sensor_is_reported_and_left_closed(ridges):
    _, scanner = make(ridges, is_dead=True)
    with pytest.raises(DeviceReportedError):
        scanner.open()
    assert not scanner.is_open


def test_two_damaged_pictures_are_read_again(ridges):
    _, scanner = make(ridges, bad_pictures=2)
    with scanner:
        assert scanner.read_frame(timeout_s=1.0).pixels.shape == (290, 384)


@pytest.mark.parametrize(("empty", "bad"), [(1, 0), (2, 0), (1, 1)])
def test_a_picture_without_a_byte_is_read_again(ridges, empty, bad, caplog):
    _, scanner = make(ridges, empty_pictures=empty, bad_pictures=bad)
    with scanner:
        pixels = scanner.read_frame(timeout_s=1.0).pixels
        assert np.array_equal(scanner.read_frame(timeout_s=1.0).pixels, pixels)
    assert caplog.text.count("says that its next picture will fail") == empty
    assert caplog.text.count("picture discarded") == empty + bad


def test_three_pictures_without_a_byte_are_an_error_and_the_next_capture_works(ridges):
    _, scanner = make(ridges, empty_pictures=3)
    with scanner:
        with pytest.raises(ProtocolError, match="0 bytes are less than a header"):
            scanner.read_frame(timeout_s=1.0)
        assert scanner.read_frame(timeout_s=1.0).pixels.shape == (290, 384)


def test_a_reader_that_says_power_on_again_and_again(ridges):
    _, scanner = make(ridges, power_on_packets=5)
    with scanner:
        for _ in range(2):
            assert scanner.read_frame(timeout_s=1.0).pixels.shape == (290, 384)


def test_three_damaged_pictures_are_an_error(ridges):
    _, scanner = make(ridges, bad_pictures=3)
    with scanner, pytest.raises(ProtocolError, match="5000 of 111040 bytes"):
        scanner.read_frame(timeout_s=1.0)


@pytest.mark.parametrize("mask", [1, 0x80000000, 0x00F000])
def test_a_wrong_key_gives_an_error_and_no_picture(ridges, mask):
    _, scanner = make(ridges, wrong_key_mask=mask)
    with scanner, pytest.raises(ProtocolError, match="scramble key"):
        scanner.read_frame(timeout_s=1.0)


def test_every_key_number_gets_a_seed_of_its_own(ridges):
    seeds = iter([0, 1, 2**31 - 2, SEED])
    blocks, keys = BLOCK_LISTS["key_changes"]
    _, scanner = make(ridges, blocks=blocks, keys=keys, new_seed=lambda: next(seeds))
    with scanner:
        scanner.read_frame(timeout_s=1.0)
    assert next(seeds, None) is None


def test_slaps_are_refused_and_single_fingers_are_not(ridges):
    _, scanner = make(ridges)
    with scanner:
        for target in CaptureTarget:
            if target in scanner.targets:
                scanner.read_frame(target=target, timeout_s=1.0)
            else:
                with pytest.raises(OptionsError, match="single-finger"):
                    scanner.read_frame(target=target, timeout_s=1.0)
    assert len(scanner.targets) == 10


def test_identity_without_strings_from_the_device(ridges):
    _, scanner = make(ridges, **READER_V2)
    with scanner:
        identity = scanner.identity()
    assert (identity.make, identity.serial, identity.firmware) == (
        "Microsoft",
        "EMULATED",
        "0115, 0010",
    )


def test_used_before_open(ridges):
    _, scanner = make(ridges)
    with pytest.raises(DeviceNotFoundError, match="before it was opened"):
        scanner.read_frame(timeout_s=1.0)


@pytest.mark.parametrize(
    "options",
    [
        {"usb_id": "05BA"},
        {"scramble_seed": 2**31 - 1},
        {"scramble_seed": -1},
        {"transfer_timeout_s": 0},
        {"unknown": 1},
    ],
)
def test_options_out_of_range(options):
    with pytest.raises(ValidationError):
        Uareu4500Options(**options)


def test_a_seed_may_be_written_in_hexadecimal():
    assert Uareu4500Options(scramble_seed="0x51EA2124").scramble_seed == SEED


# ---- transcripts


@pytest.fixture(scope="module")
def recorded(ridges, tmp_path_factory):
    """A capture of the emulator, recorded, and the picture it gave."""
    path = tmp_path_factory.mktemp("transcript") / "capture.jsonl"
    _, scanner = make(ridges, new_seed=lambda: SEED)
    with TranscriptWriter(path) as transcript:
        scanner.record_to(transcript)
        with scanner:
            frame = scanner.read_frame(timeout_s=1.0)
    return load_transcript(path), frame.pixels


def replaying(transcript, seed):
    link = ReplayTransport(transcript)
    options = Uareu4500Options(transfer_timeout_s=0.3, scramble_seed=seed)
    return link, Uareu4500("scanner", options, lambda: link)


def test_a_recorded_capture_replays_to_the_same_picture(recorded):
    transcript, pixels = recorded
    link, scanner = replaying(transcript, SEED)
    with scanner:
        frame = scanner.read_frame(timeout_s=1.0)
    assert np.array_equal(frame.pixels, pixels)
    link.assert_finished()


def test_another_seed_does_not_replay(recorded):
    transcript, _ = recorded
    _, scanner = replaying(transcript, SEED + 1)
    scanner.open()
    with pytest.raises(ReplayMismatchError, match="0033"):
        scanner.read_frame(timeout_s=1.0)


def test_a_capture_left_out_is_left_over(recorded):
    transcript, _ = recorded
    link, scanner = replaying(transcript, SEED)
    scanner.open()
    with pytest.raises(ReplayMismatchError, match="left over"):
        link.assert_finished()
