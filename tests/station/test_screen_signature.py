"""A signature on the screen is not blamed for a mouse that feels no pressure."""

from drivers.frames import PenSample, SignatureStroke
from station.sources.signature import has_pressure


def strokes(*pressures):
    samples = tuple(
        PenSample(x_mm=place, y_mm=1.0, pressure=pressure, time_s=place / 100, is_touching=True)
        for place, pressure in enumerate(pressures)
    )
    return (SignatureStroke(samples),)


def test_a_mouse_has_no_pressure_and_a_pen_has():
    assert not has_pressure(strokes(0.5, 0.5, 0.5))
    assert has_pressure(strokes(0.5, 0.6))
    assert has_pressure(strokes(0.0, 0.0))  # a pad whose pressure is stuck is still a pad
    assert not has_pressure(())
