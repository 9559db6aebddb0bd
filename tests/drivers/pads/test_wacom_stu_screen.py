"""What an STU pad shows: the page that is signed, in the pad's own encodings, and for how long."""

import zlib

import cv2
import numpy as np
import pytest

from drivers.errors import (
    CaptureCancelledError,
    DeviceReportedError,
    OptionsError,
    ProtocolError,
)
from drivers.models.wacom_stu import WacomStu, WacomStuOptions
from drivers.simulation.wire.stu_device import StuDevice, StuSetup
from drivers.simulation.wire.stu_line import StuLine
from drivers.simulation.wire.stu_pty import PadTerminal


def page():
    """A BGR page of text, as a resident's data would be shown; nobody's data."""
    picture = np.full((480, 800, 3), 255, np.uint8)
    cv2.putText(picture, "NAMA: CONTOH", (40, 120), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 4)
    cv2.rectangle(picture, (40, 240), (760, 440), (160, 0, 0), 3)
    return picture


def as_seen(pad):
    """The emulated screen as BGR."""
    rows, cols = pad.setup.screen_px
    data = np.frombuffer(pad.screen, np.uint8)
    if pad.screen_encoding == 0:
        bits = np.unpackbits(data.reshape(rows, -1), axis=1)[:, :cols]
        return np.repeat((bits * 255)[:, :, None], 3, axis=2)
    if pad.screen_encoding == 4:
        return data.reshape(rows, cols, 3)
    words = data.view(">u2").reshape(rows, cols).astype(np.uint16)
    parts = ((words & 0x1F) << 3, (words >> 5 & 0x3F) << 2, words >> 11 << 3)
    return np.stack(parts, axis=2).astype(np.uint8)


def test_the_page_is_shown_while_signing_and_gone_afterwards(make_stu, dash):
    device, pad = make_stu(points=dash)
    with pad:
        pad.show(page())
        expected = np.where(page().min(axis=2, keepdims=True) < 160, 0, 255)
        mismatch = np.mean(as_seen(device) != expected)
        pad.start_inking()
        assert device.is_inking
        assert device.screen is not None
        pad.read_samples(timeout_s=1.0)
        pad.stop_inking()
        assert device.screen is None
        assert not device.is_inking
    assert mismatch < 0.01  # anti-aliased edges of letters


def test_a_new_try_begins_on_the_page_without_ink(make_stu_usb, dash):
    device, pad = make_stu_usb(points=dash)
    with pad:
        pad.show(page())
        pad.start_inking()
        assert device.uploads == 1  # the page was fresh
        pad.start_inking()
        assert device.uploads == 2
        pad.stop_inking()
        pad.start_inking()
        assert device.screen is None  # the page was of the resident before


@pytest.mark.parametrize("product_flags", [(0x0F, 4, 0), (0x07, 2, 7)])
def test_pages_in_colour(make_stu_usb, product_flags):
    encodings, encoding, loss = product_flags
    device, pad = make_stu_usb(encodings=encodings, options={"colour": True})
    with pad:
        pad.show(page())
        assert device.screen_encoding == encoding
        difference = np.abs(as_seen(device).astype(int) - page().astype(int))
        assert difference.max() <= loss


def test_a_page_goes_over_a_serial_line_in_larger_blocks(tmp_path):
    device = StuDevice(StuSetup(encodings=0x02), is_serial=True)
    with PadTerminal(StuLine(device), tmp_path / "pad") as terminal:
        with WacomStu("pad", WacomStuOptions(serial_port=str(terminal.path))) as pad:
            pad.show(page())
            blocks = [what for what in device.wire.transfers if what == "write 26"]
        assert len(blocks) == -(-48000 // 2557)


def test_what_cannot_be_shown(make_stu_usb):
    _, pad = make_stu_usb()
    with pad, pytest.raises(OptionsError, match="picture"):
        pad.show(np.zeros((10, 10), np.uint8))


def test_a_pad_without_pictures(make_stu_usb):
    _, pad = make_stu_usb(absent=frozenset({0x26}))
    with pad, pytest.raises(ProtocolError, match="no pictures"):
        pad.show(page())


def test_closing_leaves_nothing_of_the_resident_on_the_screen(make_stu):
    device, pad = make_stu()
    with pad:
        pad.show(page())
        assert device.screen is not None
    assert device.screen is None


@pytest.mark.parametrize("number", [0x25, 0x26, 0x27])
def test_a_refused_page_is_the_pads_own_fault(make_stu, number):
    device, pad = make_stu(refused=frozenset({number}))
    with pad:
        with pytest.raises(DeviceReportedError, match=r"refuses|refused"):
            pad.show(page())
        device.setup.refused = frozenset()
        if number != 0x27:  # there also the end of an upload was refused
            pad.show(page())


def test_a_refused_command_is_the_pads_own_fault(make_stu):
    _, pad = make_stu(refused=frozenset({0x20}))
    with pad, pytest.raises(DeviceReportedError, match=r"refuses|refused"):
        pad.stop_inking()


def test_a_cancelled_upload_leaves_the_pad_ready(make_stu_usb):
    _, pad = make_stu_usb(encodings=0x02)
    with pad:
        pad.cancel()
        with pytest.raises(CaptureCancelledError):
            pad.show(page())
        pad.show(page())


def test_the_mono_page_fits_few_transfers(make_stu_usb):
    device, pad = make_stu_usb()
    with pad:
        pad.show(page())
    blocks = device.wire.transfers.count("write 26")
    assert blocks <= 15
    assert len(zlib.compress(device.screen or b"")) < 253 * 15
