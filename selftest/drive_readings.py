"""What checks of drives share: the data, or the reason why there are none."""

from selftest.drives import Smart
from selftest.errors import NotReadyError
from selftest.smart.attributes import attributes_of
from selftest.smart.status import Kind, kind_of, why_unreadable
from selftest.subject import Subject, read_smart


def readable_smart(subject: Subject, *kinds: Kind) -> Smart:
    """Return the drive's data; NotReadyError where they say nothing, or of another kind."""
    smart = subject.once(read_smart)
    if why_unreadable(smart):
        raise NotReadyError("SMART tidak terbaca / not readable: DSK-001")
    kind = kind_of(smart)
    if kinds and kind is not None and kind not in kinds:
        words = "/".join(one.value for one in kinds)
        raise NotReadyError(f"hanya cakram {words}, ini {kind} / only of {words} drives")
    return smart


def counted(smart: Smart, attribute_id: int) -> float:
    """Return the counter of an attribute; NotReadyError where the drive does not keep it."""
    known = attributes_of(smart).get(attribute_id)
    if known is None or known.count is None:
        raise NotReadyError(f"atribut {attribute_id} tidak ada / the drive does not keep it")
    return known.count
