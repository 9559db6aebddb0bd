"""What the pads hand out is good enough for the station's check of signatures."""

import numpy as np
import pytest

from biometrics import signature
from drivers.devices import read_signature
from drivers.models.epad import Epad, EpadOptions
from drivers.models.topaz_siglite import TopazSiglite, TopazSigliteOptions
from drivers.models.wacom_stu import WacomStu, WacomStuOptions
from drivers.simulation.wire.epad_device import EpadDevice
from drivers.simulation.wire.stu_device import StuDevice, StuSetup
from drivers.simulation.wire.stu_faults import PadWire, parse_pad_fault
from drivers.simulation.wire.stu_hid import EmulatedHidLink, HidGadget
from drivers.simulation.wire.stu_line import StuLine
from drivers.simulation.wire.stu_pty import PadTerminal
from drivers.simulation.wire.stu_signature import sign
from drivers.simulation.wire.topaz_line import TopazLine


def stu(points, wire, path):
    pad = StuDevice(StuSetup(points=points), wire, is_serial=path is not None)
    if path is None:
        gadget = HidGadget(pad)
        return WacomStu("pad", WacomStuOptions(), lambda: EmulatedHidLink(gadget)), None, None
    terminal = PadTerminal(StuLine(pad), path)
    return WacomStu("pad", WacomStuOptions(serial_port=str(path))), terminal, None


def topaz(points, wire, path):
    line = TopazLine(points, wire)
    pad = TopazSiglite("pad", TopazSigliteOptions(port=str(path)))
    return pad, PadTerminal(line, path), line.sign


def epad(points, wire, path):
    device = EpadDevice(points, wire)
    gadget = HidGadget(device)
    return Epad("pad", EpadOptions(), lambda: EmulatedHidLink(gadget)), None, device.sign


PADS = {
    "stu_usb": (stu, (10800, 6480, 1023), (0, 0), False),
    "stu_serial": (stu, (10800, 6480, 1023), (0, 0), True),
    "topaz": (topaz, (2150, 1400, 1023), (500, 700), True),
    "epad": (epad, (2896, 1370, 127), (0, 0), False),
}


@pytest.fixture
def judge(tmp_path):
    """A function that lets a resident sign on a pad and gives the check."""
    terminals = []

    def run(kind, *faults, resident="budi"):
        make, area, origin, is_serial = PADS[kind]
        wire = PadWire(tuple(parse_pad_fault(text) for text in faults))
        points = sign(resident, area=area, origin=origin)
        pad, terminal, begin = make(points, wire, tmp_path / "tty" if is_serial else None)
        if terminal is not None:
            terminals.append(terminal)
            terminal.plug_in()
        with pad:
            pad.start_inking()
            if begin is not None:
                begin()
            strokes = read_signature(pad, timeout_s=3.0, pause_s=0.6)
            geometry = pad.geometry()
        arrays = [
            np.array([(s.x_mm, s.y_mm, s.pressure, s.time_s) for s in stroke.samples])
            for stroke in strokes
        ]
        return signature.check(
            arrays,
            width_mm=geometry.width_mm,
            height_mm=geometry.height_mm,
            sample_rate_hz=geometry.sample_rate_hz,
        )

    yield run
    for terminal in terminals:
        terminal.unplug()


@pytest.mark.parametrize("kind", PADS)
def test_a_good_signature_is_good_through_every_pad(judge, kind):
    found = judge(kind)
    assert [reason.code for reason in found.reasons] == []
    assert found.quality_score >= 60


def test_lost_reports_show_as_gaps(judge):
    reasons = [reason.code for reason in judge("stu_usb", "lose=2").reasons]
    assert reasons == ["sample_gaps"]
