"""HID requests over the real USB link and an emulated pad."""

import time

import pytest

from drivers.errors import ProtocolError, TransportError
from drivers.protocols.stu_descriptor import report_sizes
from drivers.simulation.wire.stu_device import StuDevice, StuSetup
from drivers.simulation.wire.stu_faults import PadFault, PadFaultKind, PadWire, parse_pad_fault
from drivers.simulation.wire.stu_hid import HidGadget
from drivers.transport.hid import HidLink


@pytest.fixture
def pad(dash):
    return StuDevice(StuSetup(points=dash), PadWire())


@pytest.fixture
def link(pad, pyusb_link, assert_no_driver_threads):
    link = HidLink(pyusb_link(HidGadget(pad)), device="pad")
    yield link
    link.close()
    link.close()
    assert_no_driver_threads()


def test_nothing_is_received_before_it_is_started(link):
    with pytest.raises(TransportError, match="before it was started"):
        link.next_input(timeout_s=0.1)


def test_the_kernels_driver_makes_room_and_comes_back(pad, pyusb_link):
    link = HidLink(pyusb_link(HidGadget(pad)), device="pad")
    backend = link._link._handle._ctx.backend
    link.start()
    assert not backend.has_kernel_driver
    link.close()
    assert backend.has_kernel_driver


def test_the_descriptor_tells_the_sizes(link, pad):
    link.start()
    assert report_sizes(link.report_descriptor(timeout_s=1.0)) == pad.sizes


def test_feature_reports_go_both_ways(link):
    link.start()
    assert link.get_feature(0x32, 2, timeout_s=1.0) == b"\x32\x00"
    link.set_feature(b"\x32\x03", timeout_s=1.0)
    assert link.get_feature(0x32, 2, timeout_s=1.0) == b"\x32\x03"


def test_an_unknown_report_is_refused_by_the_pad(link):
    link.start()
    with pytest.raises(TransportError, match="stalled"):
        link.get_feature(0x77, 2, timeout_s=1.0)


def test_input_reports_come_in_order(link, dash):
    link.start()
    link.set_feature(b"\x21\x01", timeout_s=1.0)
    reports = [link.next_input(timeout_s=1.0) for _ in dash]
    assert [int.from_bytes(report[3:5], "big") for report in reports] == [p.x for p in dash]
    started_s = time.monotonic()
    assert link.next_input(timeout_s=0.1) is None
    assert time.monotonic() - started_s < 1.0


def test_a_pad_that_is_there_says_so(link, pad):
    link.start()
    link.require_alive(timeout_s=1.0)
    pad.wire.faults = (PadFault(PadFaultKind.SHORT, len(pad.wire.transfers)),)
    with pytest.raises(TransportError, match="half a status"):
        link.require_alive(timeout_s=1.0)


def test_a_device_without_hid_interface(pad, pyusb_link, monkeypatch):
    monkeypatch.setattr("drivers.transport.hid.HID_INTERFACE", (3, 1, 2))
    link = HidLink(pyusb_link(HidGadget(pad)), device="pad")
    with pytest.raises(ProtocolError, match="03/01/02"):
        link.start()
    link.close()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("unplug@3", PadFault(PadFaultKind.UNPLUG, 3)),
        ("stuck_pen", PadFault(PadFaultKind.STUCK_PEN, 0, 1.0)),
        ("ghost=2.5@7", PadFault(PadFaultKind.GHOST, 7, 2.5)),
    ],
)
def test_faults_are_written_by_name_and_moment(text, fault):
    assert parse_pad_fault(text) == fault


@pytest.mark.parametrize("text", ["", "coffee", "ghost=", "unplug@x", "unplug@-1"])
def test_other_words_are_no_faults(text):
    with pytest.raises(ValueError, match="known are: unplug"):
        parse_pad_fault(text)
