"""Every code that rooms below the panel use, as a phrase for the operator with an icon.

The rooms speak in short words ("press_softer"); here each becomes one imperative line. Texts are
the Indonesian source; English comes from the catalogue. A code without a phrase is a defect, which
`tests/station/panel/test_phrases.py` finds by reading the rooms' sources.
"""

from dataclasses import dataclass

from station.panel.i18n import N_


@dataclass(frozen=True, slots=True)
class Phrase:
    """A source text and the icon that goes with it."""

    text: str
    icon: str = "info"


@dataclass(frozen=True, slots=True)
class Word:
    """A state in words: text, icon and tone (good, warn, bad, info or idle)."""

    text: str
    icon: str
    tone: str


STEPS = {
    "portrait": Phrase(N_("Pas foto"), "face"),
    "left_slap": Phrase(N_("Empat jari kiri"), "hand"),
    "right_slap": Phrase(N_("Empat jari kanan"), "hand"),
    "thumbs": Phrase(N_("Dua ibu jari"), "finger"),
    "verification": Phrase(N_("Verifikasi telunjuk"), "check-circle"),
    "irises": Phrase(N_("Dua iris"), "eye"),
    "signature": Phrase(N_("Tanda tangan"), "pen"),
    "exception_photo": Phrase(N_("Foto pengecualian"), "camera"),
}
STEP_HINTS = {
    "portrait": N_("Duduk tegak, lihat kamera, mulut tertutup, mata terbuka."),
    "left_slap": N_("Letakkan empat jari kiri, rapat dan lurus, di atas kaca."),
    "right_slap": N_("Letakkan empat jari kanan, rapat dan lurus, di atas kaca."),
    "thumbs": N_("Letakkan kedua ibu jari berdampingan di atas kaca."),
    "verification": N_("Letakkan jari yang diminta sekali lagi untuk dicocokkan."),
    "irises": N_("Buka mata lebar, lihat lurus ke kamera iris."),
    "signature": N_("Bacakan data, lalu minta warga menandatangani sebagai persetujuan."),
    "exception_photo": N_("Foto bagian tubuh yang dikecualikan sebagai bukti."),
}
# Where the operator and the resident must be told different things.
RESIDENT_HINTS = {
    "signature": N_("Periksa data, lalu tanda tangan"),
}
PARTS = {
    "portrait": N_("Pas foto"),
    "right_thumb": N_("Ibu jari kanan"),
    "right_index": N_("Telunjuk kanan"),
    "right_middle": N_("Jari tengah kanan"),
    "right_ring": N_("Jari manis kanan"),
    "right_little": N_("Kelingking kanan"),
    "left_thumb": N_("Ibu jari kiri"),
    "left_index": N_("Telunjuk kiri"),
    "left_middle": N_("Jari tengah kiri"),
    "left_ring": N_("Jari manis kiri"),
    "left_little": N_("Kelingking kiri"),
    "right_iris": N_("Iris kanan"),
    "left_iris": N_("Iris kiri"),
    "signature": N_("Tanda tangan"),
}
STEP_STATES = {
    "todo": Word(N_("belum"), "dot", "idle"),
    "retry": Word(N_("perlu diulang"), "again", "warn"),
    "done": Word(N_("selesai"), "check", "good"),
    "best_of": Word(N_("terbaik dari beberapa"), "star", "warn"),
    "excepted": Word(N_("dikecualikan"), "ban", "idle"),
    "owed": Word(N_("terutang"), "clock", "info"),
}
EXCEPTION_KINDS = {
    "missing": N_("Tidak ada sejak lahir"),
    "amputated": N_("Diamputasi"),
    "bandaged": N_("Dibalut"),
    "contracted": N_("Kaku atau tidak dapat diluruskan"),
    "unreadable": N_("Aus atau tidak terbaca"),
}
VETO_KINDS = {
    "ok_obvious": N_("Perangkat lunak jelas keliru: gambarnya baik"),
    "ok": N_("Diterima: lebih baik dari ini tidak mungkin"),
}
MISSING = {
    "not_captured": N_("belum direkam"),
    "verification_failed": N_("belum cocok"),
    "exception_photo": N_("foto pengecualian belum ada"),
}
CASE_STATES = {
    "draft": Word(N_("Belum selesai"), "pen", "warn"),
    "reviewed": Word(N_("Siap disegel"), "check", "info"),
    "sealed": Word(N_("Terekam, belum terkirim"), "lock", "info"),
    "offered": Word(N_("Terekam, belum terkirim"), "lock", "info"),
    "pulled": Word(N_("Sudah diambil pusat, menunggu tanda terima"), "send", "info"),
    "exported": Word(N_("Dibawa kurir, menunggu tanda terima"), "box", "info"),
    "receipted": Word(N_("Diterima pusat"), "check-circle", "good"),
    "purged": Word(N_("Diterima pusat, salinan stasiun dihapus"), "check-circle", "good"),
    "abandoned": Word(N_("Dibatalkan"), "cross-circle", "idle"),
}
# The national words are shown verbatim (FIELD.md 3.8); this says what they mean for the office.
NATIONAL_STATES = {
    "BIO_CAPTURED": Word(N_("direkam, belum dikirim"), "clock", "info"),
    "PROCESSING": Word(N_("disiapkan untuk dikirim"), "clock", "info"),
    "SENT_FOR_ENROLLMENT": Word(N_("dikirim ke pusat"), "send", "info"),
    "RECEIVED_AT_CENTRAL": Word(N_("diterima pusat"), "check", "info"),
    "ENROLL_FAILURE_AT_CENTRAL": Word(N_("tidak lengkap di pusat: rekam ulang"), "warn", "bad"),
    "ENROLL_FAILURE_AT_REGIONAL": Word(N_("gagal di daerah: rekam ulang"), "warn", "bad"),
    "SEARCH_FAILURE_AT_CENTRAL": Word(N_("pencarian gagal di pusat"), "warn", "warn"),
    "ADJUDICATE_RECORD": Word(N_("diperiksa petugas pusat"), "search", "warn"),
    "DUPLICATE_RECORD": Word(N_("data ganda: hubungi dinas"), "warn", "bad"),
    "PRINT_READY_RECORD": Word(N_("siap cetak"), "print", "good"),
    "SENT_FOR_CARD_PRINTING": Word(N_("dikirim untuk dicetak"), "print", "good"),
    "CARD_PRINTED": Word(N_("kartu sudah dicetak"), "card", "good"),
    "CARD_SHIPPED": Word(N_("kartu dikirim"), "card", "good"),
    "CARD_ISSUED": Word(N_("kartu sudah diserahkan"), "card", "good"),
}
DEVICE_KINDS = {
    "fingerprint_scanner": Phrase(N_("Pemindai sidik jari"), "finger"),
    "face_camera": Phrase(N_("Kamera wajah"), "camera"),
    "iris_camera": Phrase(N_("Kamera iris"), "eye"),
    "signature_pad": Phrase(N_("Papan tanda tangan"), "pen"),
    "card_reader": Phrase(N_("Pembaca kartu"), "card"),
    "power_supply": Phrase(N_("UPS"), "power"),
}
DEVICE_SHORT_NAMES = {
    "fingerprint_scanner": N_("Sidik jari"),
    "face_camera": N_("Wajah"),
    "iris_camera": N_("Iris"),
    "signature_pad": N_("Tanda tangan"),
    "card_reader": N_("Kartu"),
    "power_supply": N_("UPS"),
}
DEVICE_STATES = {
    "off": Word(N_("belum diperiksa"), "clock", "idle"),
    "ready": Word(N_("siap"), "check", "good"),
    "busy": Word(N_("dipakai"), "dot", "info"),
    "missing": Word(N_("tidak terhubung"), "cross-circle", "bad"),
    "faulty": Word(N_("gangguan"), "warn", "bad"),
    "hung": Word(N_("tidak menjawab"), "warn", "bad"),
}
READINESS = {
    "ready": Word(N_("Siap merekam"), "check-circle", "good"),
    "degraded": Word(N_("Dapat merekam, tidak lengkap"), "warn", "warn"),
    "blocked": Word(N_("Belum dapat merekam"), "cross-circle", "bad"),
}
ROLES = {
    "operator": N_("Petugas"),
    "supervisor": N_("Penyelia"),
    "technician": N_("Teknisi"),
}
BACKGROUNDS = {
    "red": N_("merah (tahun lahir ganjil)"),
    "blue": N_("biru (tahun lahir genap)"),
    "orange": N_("jingga (orang asing dengan ITAP)"),
}
# Cause and next step by the issue id of `drivers.errors`; DEV-011: the thread never returned.
DRIVER_ISSUES = {
    "DEV-000": N_("Perangkat gagal. Cabut, tunggu 10 detik, colokkan kembali, lalu ulangi."),
    "DEV-001": N_("Perangkat tidak ditemukan. Periksa kabel dan sakelar, lalu ulangi."),
    "DEV-002": N_("Perangkat sedang dipakai program lain. Tutup program itu, lalu ulangi."),
    "DEV-003": N_("Stasiun tidak berhak memakai perangkat ini. Hubungi teknisi (aturan udev)."),
    "DEV-004": N_("Sambungan terputus. Colokkan kembali kabelnya, lalu ulangi."),
    "DEV-005": N_("Perangkat tidak menjawab. Colokkan kembali kabelnya, lalu ulangi."),
    "DEV-006": N_("Jawaban perangkat tidak dapat dibaca. Colokkan kembali, lalu ulangi."),
    "DEV-007": N_("Tidak ada yang diletakkan dalam waktu yang ditentukan. Ulangi."),
    "DEV-008": N_("Pengambilan dihentikan. Ulangi bila perlu."),
    "DEV-009": N_("Perangkat melaporkan gangguan pada dirinya. Hubungi teknisi."),
    "DEV-010": N_("Pengaturan perangkat salah. Hubungi teknisi (`station check-config`)."),
    "DEV-011": N_("Perangkat macet. Cabut, tunggu 10 detik, colokkan kembali."),
    "DEV-020": N_(
        "Jawaban perangkat tidak dapat dipercaya. Periksa jam komputer, lalu hubungi teknisi."
    ),
}


def word_of(table: dict[str, Word], code: str) -> Word:
    """Return the word of a state; a code without one is shown as it is."""
    return table.get(code, Word(code, "info", "idle"))
