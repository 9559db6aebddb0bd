"""The signature pad, with nobody writing."""

import time

from drivers.devices import SignaturePad, split_strokes
from drivers.frames import PenSample
from selftest.check import Measured, Skip, check, measured
from selftest.presence import see_and_open
from selftest.subject import Subject

_IDLE_S = 3.0
"""Shorter than the 10 s of the guided test, so that the quick one stays within a minute."""


@check("pad", "SIG-001")
def presence(subject: Subject) -> Measured | Skip:
    """Whether it opens."""
    return see_and_open(subject, SignaturePad)


@check("pad", "SIG-105", time_limit_s=20)
def ghost_touches(subject: Subject) -> Measured | Skip:
    """Touches reported while nobody writes."""
    pad = subject.opened(SignaturePad)
    samples: list[PenSample] = []
    pad.start_inking()
    end_s = time.monotonic() + _IDLE_S
    while time.monotonic() < end_s:
        samples += pad.read_samples(timeout_s=0.2)
    pad.stop_inking()
    evidence = f"{_IDLE_S:g} s; tidak boleh ada yang menyentuh / nobody may touch the pad"
    return measured("touches", len(split_strokes(samples)), evidence=evidence)
