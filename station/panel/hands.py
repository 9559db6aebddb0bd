"""Geometry of the two-hand drawing: palms down, as the operator sees them on the glass.

One hand is drawn in a field of 200 x 240 units; the right hand is the mirror image of the left.
Places are (x, y), x to the right and y down, and turns are clockwise degrees, as SVG has them.
"""

import math
from dataclasses import dataclass

FIELD_WIDTH = 200
GAP = 12
VIEW_WIDTH = 2 * FIELD_WIDTH + GAP
VIEW_HEIGHT = 240
LEFT_PALM = (
    "M14 138 C13 118 22 110 40 110 L124 110 C142 110 148 118 151 134 C158 156 156 172 146 188 "
    "C136 204 128 212 127 240 L47 240 C45 216 20 196 14 138Z"
)
ICON_INSET = 3.0
NUMBER_INSET = 24.0


@dataclass(frozen=True, slots=True)
class FingerShape:
    """One finger as a capsule from its root to its tip."""

    part: str
    root: tuple[float, float]
    tip: tuple[float, float]
    width: float

    @property
    def length(self) -> float:
        """Distance from root to tip."""
        return math.dist(self.root, self.tip)

    @property
    def turn(self) -> float:
        """Clockwise turn from upright."""
        across, down = self.tip[0] - self.root[0], self.tip[1] - self.root[1]
        return math.degrees(math.atan2(across, -down))

    @property
    def icon_place(self) -> tuple[float, float]:
        """Centre of the icon, at the fingertip."""
        return self._from_tip(ICON_INSET)

    @property
    def number_place(self) -> tuple[float, float]:
        """Centre of the score, below the icon."""
        return self._from_tip(NUMBER_INSET)

    def _from_tip(self, inset: float) -> tuple[float, float]:
        share = inset / self.length
        return (
            self.tip[0] + share * (self.root[0] - self.tip[0]),
            self.tip[1] + share * (self.root[1] - self.tip[1]),
        )


_LEFT = (
    FingerShape("left_little", (31, 130), (18, 78), 31),
    FingerShape("left_ring", (64, 124), (56, 40), 32),
    FingerShape("left_middle", (98, 124), (96, 24), 33),
    FingerShape("left_index", (131, 128), (136, 44), 32),
    FingerShape("left_thumb", (136, 190), (181, 128), 34),
)


def _mirror(shape: FingerShape) -> FingerShape:
    return FingerShape(
        shape.part.replace("left", "right"),
        (VIEW_WIDTH - shape.root[0], shape.root[1]),
        (VIEW_WIDTH - shape.tip[0], shape.tip[1]),
        shape.width,
    )


FINGERS = (*_LEFT, *(_mirror(shape) for shape in reversed(_LEFT)))
