"""A virtual resident: everything about a body that the station records, from one seed.

The same seed gives the same resident on every machine: traits are drawn from a seeded PCG64
stream. Pixels follow from traits by floating-point arithmetic and may differ in the last grey
level between processor types.
"""

from dataclasses import dataclass
from enum import StrEnum

from drivers.simulation.face_traits import FaceTraits, draw_face_traits
from drivers.simulation.finger import FingerName, FingerTraits, draw_finger
from drivers.simulation.iris import EyeTraits, draw_eye
from drivers.simulation.randomness import generator
from drivers.simulation.signature import SignatureTraits, draw_signature_traits


class Sex(StrEnum):
    """Sex as the NIK records it."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class Person:
    """One resident."""

    seed: str
    sex: Sex
    fingers: dict[FingerName, FingerTraits]
    face: FaceTraits
    right_eye: EyeTraits
    left_eye: EyeTraits
    signature: SignatureTraits

    @classmethod
    def from_seed(cls, seed: str) -> "Person":
        """Draw a resident; takes well under a millisecond, nothing is grown yet."""
        rng = generator(seed, "person")
        sex = Sex.FEMALE if rng.random() < 0.5 else Sex.MALE
        is_female = sex is Sex.FEMALE
        # Mean ridge period at 500 ppi: about 9.1 px in men and 8.7 in women (breadths of 0.46 and
        # 0.44 mm; Moore, "Analysis of ridge-to-ridge distance", J. Forensic Ident. 39(4), 1989).
        period_px = float(rng.normal(8.75 if is_female else 9.1, 0.2))
        fingers = {
            name: draw_finger(seed, name, is_female=is_female, period_px=period_px)
            for name in FingerName
        }
        return cls(
            seed=seed,
            sex=sex,
            fingers=fingers,
            face=draw_face_traits(seed, is_female=is_female),
            right_eye=draw_eye(seed, is_right=True),
            left_eye=draw_eye(seed, is_right=False),
            signature=draw_signature_traits(seed),
        )
