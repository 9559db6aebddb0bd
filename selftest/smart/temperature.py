"""How hot a drive is, and whether it has platters."""

from selftest.smart.attributes import SPINNING, attributes_of
from selftest.smart.fields import Fields, block, number, truth
from selftest.smart.nvme import health_number
from selftest.smart.status import Kind, kind_of

_CREDIBLE_CEL = (-40.0, 125.0)  # what an electronic part survives; ours
_TEMPERATURE_ATTRIBUTES = (194, 190)
_BYTE = 0xFF


def is_spinning(smart: Fields) -> bool:
    """Tell whether the drive has platters; by its attributes where it tells no rotation rate."""
    rate = number(smart.get("rotation_rate"))
    if rate is not None:
        return rate > 0
    if kind_of(smart) is Kind.NVME or truth(block(smart, "trim").get("supported")):
        return False
    return kind_of(smart) is Kind.SCSI or bool(SPINNING & set(attributes_of(smart)))


def temperature_cel(smart: Fields) -> float | None:
    """Return the present temperature; zero and nonsense mean that none is reported."""
    told = number(block(smart, "temperature").get("current"))
    if told is None:
        told = health_number(smart, "temperature")
    if told is None:
        told = _from_attributes(smart)
    lowest, highest = _CREDIBLE_CEL
    return told if told and lowest <= told <= highest else None


def _from_attributes(smart: Fields) -> float | None:
    """Return the lowest byte of the raw value, where vendors put the present temperature."""
    known = attributes_of(smart)
    for id_ in _TEMPERATURE_ATTRIBUTES:
        if id_ in known and (raw := known[id_].raw) is not None:
            return float(int(raw) & _BYTE)
    return None
