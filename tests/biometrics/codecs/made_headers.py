"""Hypothesis strategies for what the 2011 records share."""

from hypothesis import strategies as st

from biometrics.codecs.representation import (
    CaptureDevice,
    CaptureTime,
    QualityBlock,
    RepresentationStart,
)


def known_or_not(lowest, highest):
    return st.none() | st.integers(lowest, highest)


u8 = st.integers(0, 255)
u16 = st.integers(0, 65_535)
moments = st.builds(
    CaptureTime,
    known_or_not(1, 9999),
    known_or_not(1, 12),
    known_or_not(1, 31),
    known_or_not(0, 23),
    known_or_not(0, 59),
    known_or_not(0, 60),
    known_or_not(0, 999),
)
starts = st.builds(
    RepresentationStart,
    moments,
    st.builds(CaptureDevice, u8, u16, u16),
    st.lists(st.builds(QualityBlock, st.integers(0, 100) | st.just(255), u16, u16), max_size=3).map(
        tuple
    ),
)
blocks = st.lists(st.tuples(u16, st.binary(max_size=20)), max_size=3).map(tuple)
payloads = st.binary(max_size=60)
sizes = st.integers(1, 65_535)
shapes_px = st.tuples(sizes, sizes)
