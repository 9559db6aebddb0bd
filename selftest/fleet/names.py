"""Words for people, Indonesian and English."""

from selftest.fleet.methods import Method
from selftest.fleet.state import Basis, State

KIND_NAMES = {
    "computer": ("komputer", "computer"),
    "drive": ("cakram", "drive"),
    "scanner": ("pemindai sidik jari", "fingerprint scanner"),
    "camera": ("kamera wajah", "face camera"),
    "iris": ("kamera iris", "iris camera"),
    "pad": ("alas tanda tangan", "signature pad"),
    "card": ("pembaca kartu", "card reader"),
    "ups": ("UPS", "UPS"),
    "network": ("jaringan", "network"),
    "mains": ("listrik", "mains"),
}
METHOD_NAMES = {
    Method.PHONE: ("telepon", "phone"),
    Method.VISIT: ("kunjungan", "visit"),
    Method.COLLECT: ("dibawa teknisi", "collected on the visit"),
    Method.HUB: ("dibawa ke bengkel", "brought to the workshop"),
    Method.NEXT_VISIT: ("kunjungan berikut", "next visit"),
    Method.THIRD_PARTY: ("pihak ketiga", "third party"),
    Method.SKIPPED: ("dilewati", "skipped"),
}
STATE_NAMES = {
    State.RECORDS: ("bisa merekam", "can record"),
    State.LIMITED: ("terbatas", "with limits"),
    State.BLOCKED: ("terblokir", "blocked"),
    State.UNPROVEN: ("belum terbukti", "not proven"),
    State.UNKNOWN: ("tidak diketahui", "unknown"),
}
BASIS_NAMES = {
    Basis.REPORT: ("laporan", "report"),
    Basis.STATEMENT: ("keterangan orang", "somebody's word"),
    Basis.STALE: ("laporan lama", "stale report"),
    Basis.NOTHING: ("belum melapor", "not reported"),
}


def kind_name(kind: str) -> str:
    """Return the Indonesian name of a kind of device; the word itself of an unknown one."""
    return KIND_NAMES.get(kind, (kind, kind))[0]
