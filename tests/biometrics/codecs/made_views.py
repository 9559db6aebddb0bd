"""Finger views out of nothing for the minutiae codecs."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from biometrics.codecs.finger_views import FingerView
from biometrics.finger.position import FingerPosition
from biometrics.finger.template import FingerTemplate


def make_template(count=0, shape_px=(400, 300), **arrays):
    zeros = np.zeros(count, np.float32)
    fields = {
        "rows": zeros,
        "cols": zeros,
        "angle_rad": zeros,
        "kind": np.ones(count, np.uint8),
        "quality": np.full(count, 50, np.uint8),
    }
    return FingerTemplate(**(fields | arrays), shape_px=shape_px)


def view(template, position=FingerPosition.RIGHT_INDEX, quality_score=80, **fields):
    return FingerView(position, template, quality_score, **fields)


def assert_same_views(made, decoded, names=("quality_score", "areas")):
    """What was written came back, to the rounding of angles."""
    for before, after in zip(made, decoded, strict=True):
        for name in ("rows", "cols", "kind", "quality"):
            np.testing.assert_array_equal(
                getattr(before.template, name), getattr(after.template, name)
            )
        np.testing.assert_allclose(before.template.angle_rad, after.template.angle_rad, atol=1e-5)
        for name in ("position", "impression", "view_number", *names):
            assert getattr(before, name) == getattr(after, name)


def arrays_of(count, elements, dtype):
    return hnp.arrays(dtype, count, elements=elements)


@st.composite
def views(draw, position, angle_steps, impressions):
    count = draw(st.integers(0, 20))
    shape_px = (draw(st.integers(1, 16_384)), draw(st.integers(1, 16_384)))
    template = FingerTemplate(
        rows=draw(arrays_of(count, st.integers(0, shape_px[0] - 1), np.uint16)).astype(np.float32),
        cols=draw(arrays_of(count, st.integers(0, shape_px[1] - 1), np.uint16)).astype(np.float32),
        angle_rad=draw(arrays_of(count, st.integers(0, angle_steps - 1), np.uint8)).astype(
            np.float32
        )
        * np.float32(2 * np.pi / angle_steps),
        kind=draw(arrays_of(count, st.integers(0, 2), np.uint8)),
        quality=draw(arrays_of(count, st.integers(0, 100), np.uint8)),
        shape_px=shape_px,
    )
    areas = draw(
        st.lists(st.tuples(st.integers(0, 65_535), st.binary(max_size=30)), max_size=3).map(tuple)
    )
    return FingerView(
        position=position,
        template=template,
        quality_score=draw(st.integers(0, 100)),
        impression=draw(st.sampled_from(impressions)),
        view_number=draw(st.integers(0, 15)),
        areas=areas,
    )


def records_of(angle_steps, impressions):
    """One to four views of different fingers."""
    positions = st.lists(st.sampled_from(FingerPosition), min_size=1, max_size=4, unique=True)
    return positions.flatmap(
        lambda chosen: st.tuples(*(views(one, angle_steps, impressions) for one in chosen))
    )
