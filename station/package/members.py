"""Names that the tars of a package may hold; everything else is refused (FORMAT.md section 6)."""

from station.package.errors import BadMemberError
from station.package.manifest import PartName

RECORD_FILE = "record.json"
PORTRAIT_SMALL = "portrait.jp2"
PORTRAIT_RECORD = "portrait.fac"
SIGNATURE_SERIES = "signature.sdi"
SIGNATURE_PICTURE = "signature.svg"

MAX_MEMBER_BYTES = 32 << 20
MAX_MEMBERS = 512
MAX_ATTEMPT_NUMBER = 999

FINGER_NAMES = tuple(
    f"{hand}_{finger}"
    for hand in ("right", "left")
    for finger in ("thumb", "index", "middle", "ring", "little")
)
SIDES = ("right", "left")
SLAP_STEPS = ("left_slap", "right_slap", "thumbs")
STEPS = ("portrait", *SLAP_STEPS, "verification", "irises", "signature")
EXCEPTABLE_PARTS = (*FINGER_NAMES, "right_iris", "left_iris", "portrait", "signature")

_ATTEMPTS = "attempts/"
_PICTURE = ".jp2"
_FIXED: dict[PartName, frozenset[str]] = {
    "a": frozenset(
        (
            *(RECORD_FILE, PORTRAIT_SMALL, SIGNATURE_SERIES, SIGNATURE_PICTURE),
            *(f"fingers/{name}.{kind}" for name in FINGER_NAMES for kind in ("fmr", "wsq")),
            *(f"irises/{side}.jp2" for side in SIDES),
        )
    ),
    "b": frozenset(
        (
            PORTRAIT_RECORD,
            *(f"fingers/{name}.fir" for name in FINGER_NAMES),
            *(f"irises/{side}.iir" for side in SIDES),
            *(f"slaps/{step}.jp2" for step in SLAP_STEPS),
            *(f"exceptions/{part}.jp2" for part in EXCEPTABLE_PARTS),
        )
    ),
}


def attempt_file(step: str, number: int) -> str:
    """Return the member name of an attempt's thumbnail."""
    return f"{_ATTEMPTS}{step}-{number}{_PICTURE}"


def check_member_name(part: PartName, name: str) -> None:
    """Refuse a name that is not in the list of its part; raises BadMemberError."""
    if name not in _FIXED[part] and not (part == "b" and _is_attempt(name)):
        raise BadMemberError(f"part {part} must not hold {name[:80]!r}")


def _is_attempt(name: str) -> bool:
    stem = name.removeprefix(_ATTEMPTS).removesuffix(_PICTURE)
    step, _, number = stem.rpartition("-")
    if step not in STEPS or not (number.isascii() and number.isdecimal() and len(number) <= 3):
        return False
    # Rebuilding the name refuses leading zeros and a missing prefix or suffix.
    return 1 <= int(number) <= MAX_ATTEMPT_NUMBER and name == attempt_file(step, int(number))
