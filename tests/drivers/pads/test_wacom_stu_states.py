"""Any order of calls, unplugging and mischief: the driver keeps its promises."""

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from drivers.errors import DeviceNotFoundError, DriverError
from drivers.models.wacom_stu import WacomStu, WacomStuOptions
from drivers.simulation.wire.stu_device import StuDevice, StuSetup
from drivers.simulation.wire.stu_faults import WIRE_FAULTS, PadFault
from drivers.simulation.wire.stu_hid import EmulatedHidLink, HidGadget
from drivers.simulation.wire.stu_pen import PenPoint

POINTS = (PenPoint(0.0, 100, 200, 300), PenPoint(0.0, 101, 200, 0, is_touching=False))
PAGE = np.full((48, 80, 3), 255, np.uint8)


class PadInUse(RuleBasedStateMachine):
    """A driver and its pad; `is_sound` until a fault was met, and again after a plugging in."""

    def __init__(self):
        super().__init__()
        self.device = StuDevice(StuSetup(points=POINTS))
        gadget = HidGadget(self.device)
        options = WacomStuOptions(transfer_timeout_s=0.02)
        self.pad = WacomStu("pad", options, lambda: EmulatedHidLink(gadget))
        self.is_sound = True
        self.is_shown = False
        self.is_inking = False

    def attempt(self, call):
        """Make a call; only DriverError may come, and none from a sound pad that is open."""
        try:
            call()
        except DeviceNotFoundError:
            assert not self.pad.is_open
            return False
        except DriverError:
            assert not self.is_sound
            return False
        return True

    @rule()
    def open(self):
        self.attempt(self.pad.open)

    @rule()
    def close(self):
        self.pad.close()
        self.is_shown = self.is_inking = False

    @rule()
    def show(self):
        if self.attempt(lambda: self.pad.show(PAGE)):
            self.is_shown = True

    @rule()
    def start_inking(self):
        if self.attempt(self.pad.start_inking):
            self.is_inking = True

    @rule()
    def stop_inking(self):
        if self.attempt(self.pad.stop_inking):
            self.is_shown = self.is_inking = False

    @rule()
    def read(self):
        def call():
            samples = self.pad.read_samples(timeout_s=0.0)
            assert all(sample.time_s >= 0 for sample in samples)

        self.attempt(call)

    @rule(kind=st.sampled_from(WIRE_FAULTS), later=st.integers(0, 6))
    def mischief(self, kind, later):
        at = len(self.device.wire.transfers) + later
        self.device.wire.faults = (PadFault(kind, at),)
        self.is_sound = False

    @precondition(lambda self: not self.is_sound)
    @rule()
    def plug_in_anew(self):
        self.pad.close()
        self.device.replug()
        self.is_sound, self.is_shown, self.is_inking = True, False, False

    @invariant()
    def the_screen_shows_what_was_asked_for(self):
        if self.is_sound:
            assert (self.device.screen is not None) == self.is_shown
            assert self.device.is_inking == self.is_inking

    def teardown(self):
        self.pad.close()


PadInUse.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestPadInUse = PadInUse.TestCase
