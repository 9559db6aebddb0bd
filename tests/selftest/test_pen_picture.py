"""The picture of a pad that is kept beside a report holds nothing that a hand wrote."""

import numpy as np

from drivers.frames import PadGeometry, PenSample
from selftest.views.pen import draw_cells


def test_what_was_written_is_not_in_the_evidence():
    geometry = PadGeometry(
        width_mm=80.0, height_mm=40.0, sample_rate_hz=200.0, pressure_levels=1024
    )
    place = np.linspace(0.0, 1.0, 4000)
    curves = (np.sin(170 * place), np.cos(230 * place))
    drawn = [
        draw_cells(
            [
                PenSample(time_s=t, x_mm=80 * t, y_mm=20 + 19 * y, pressure=0.5, is_touching=True)
                for t, y in zip(place, curve, strict=True)
            ],
            geometry,
            shows_trace=shows_trace,
        )
        for curve in curves
        for shows_trace in (False, True)
    ]
    assert drawn[0] == drawn[2]
    assert drawn[1] != drawn[3]
