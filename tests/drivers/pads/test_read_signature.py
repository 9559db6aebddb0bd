"""Reading a signature from any pad ends in every case."""

import time

import pytest

from drivers.devices import read_signature
from drivers.errors import CaptureTimeoutError, DeviceReportedError
from drivers.frames import PenSample


class ScriptedPad:
    """Gives prepared samples, one list per call, then nothing."""

    name = "pad"

    def __init__(self, *calls, repeat=False):
        self.calls = list(calls)
        self.repeat = repeat

    def read_samples(self, *, timeout_s):
        time.sleep(0.01)
        if self.repeat:
            return self.calls[0]
        return self.calls.pop(0) if self.calls else ()


def touch(time_s, *, is_touching=True):
    return PenSample(1.0, 1.0, 0.5, time_s, is_touching)


def test_nothing_written():
    with pytest.raises(CaptureTimeoutError, match="no signature"):
        read_signature(ScriptedPad(), timeout_s=0.1, pause_s=0.1)


def test_hovering_is_not_writing():
    pad = ScriptedPad((touch(0, is_touching=False),), repeat=True)
    with pytest.raises(CaptureTimeoutError):
        read_signature(pad, timeout_s=0.1, pause_s=0.1)


def test_strokes_end_with_the_pause():
    pad = ScriptedPad((touch(0), touch(1)), (touch(2, is_touching=False), touch(3)))
    strokes = read_signature(pad, timeout_s=1.0, pause_s=0.05)
    assert [len(stroke.samples) for stroke in strokes] == [2, 1]


def test_a_pen_without_rest_is_a_fault_in_time():
    started_s = time.monotonic()
    with pytest.raises(DeviceReportedError, match=r"0\.2 s without a rest"):
        read_signature(ScriptedPad((touch(0),), repeat=True), timeout_s=9, pause_s=9, longest_s=0.2)
    assert time.monotonic() - started_s < 2.0


def test_a_long_pause_of_hovering_still_ends():
    pad = ScriptedPad((touch(0),), *[(touch(n, is_touching=False),) for n in range(1, 40)])
    assert len(read_signature(pad, timeout_s=1.0, pause_s=0.1)) == 1
