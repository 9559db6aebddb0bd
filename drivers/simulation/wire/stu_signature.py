"""A virtual resident's signature in the units of a pad: what the emulators play."""

from collections.abc import Sequence

from drivers.frames import PenSample
from drivers.simulation.signature import AREA_MM, draw_signature_traits, write_signature
from drivers.simulation.wire.stu_pen import PenPoint


def sign(
    seed: str, attempt: int = 1, *, area: tuple[int, int, int], origin: tuple[int, int] = (0, 0)
) -> tuple[PenPoint, ...]:
    """Return the signature of the resident drawn from `seed`.

    `area` is width, height and pressure range in the pad's units; `origin` its first x and y.
    """
    return to_pad_units(
        write_signature(draw_signature_traits(seed), attempt), area=area, origin=origin
    )


def to_pad_units(
    samples: Sequence[PenSample], *, area: tuple[int, int, int], origin: tuple[int, int] = (0, 0)
) -> tuple[PenPoint, ...]:
    """Return samples in a pad's units, scaled to its area with their proportions kept."""
    width, height, pressure = area
    scale = min(width / AREA_MM[0], height / AREA_MM[1])
    return tuple(
        PenPoint(
            sample.time_s,
            origin[0] + round(sample.x_mm * scale),
            origin[1] + round(sample.y_mm * scale),
            round(sample.pressure * pressure),
            is_touching=sample.is_touching,
        )
        for sample in samples
    )
