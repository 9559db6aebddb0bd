"""The self-test's states in words: verdicts, outcomes, kinds of runs, components, answers."""

from selftest.guide import Answer
from selftest.mode import Mode
from selftest.report import Outcome, Verdict
from station.panel.i18n import N_
from station.panel.phrases import Phrase, Word

VERDICTS = {
    Verdict.CAN_RECORD: Word(N_("Bisa merekam"), "check-circle", "good"),
    Verdict.WITH_LIMITS: Word(N_("Bisa merekam dengan batasan"), "warn", "warn"),
    Verdict.CANNOT_RECORD: Word(N_("Tidak bisa merekam"), "cross-circle", "bad"),
    Verdict.NOT_PROVEN: Word(N_("Belum terbukti"), "help", "info"),
}
NEVER_TESTED = Word(N_("Belum pernah diuji"), "clock", "idle")
OUTCOMES = {
    Outcome.FAIL: Word(N_("rusak"), "cross-circle", "bad"),
    Outcome.ERROR: Word(N_("galat"), "help", "bad"),
    Outcome.WARN: Word(N_("peringatan"), "warn", "warn"),
    Outcome.PASS: Word(N_("baik"), "check", "good"),
    Outcome.MANUAL: Word(N_("baik menurut petugas"), "hand", "good"),
    Outcome.SKIP: Word(N_("tidak diuji"), "ban", "idle"),
}
"""The most urgent first."""
NOTED = Word(N_("catatan"), "info", "info")
"""A PASS beside which something is worth knowing."""
TRIGGERS = {
    "quick": N_("Uji cepat"),
    "boot": N_("Uji awal hari"),
    "nightly": N_("Uji malam"),
    "guided": N_("Uji terpandu"),
    "depot": N_("Uji depot"),
    "baseline": N_("Garis dasar"),
    "only": N_("Uji sebagian"),
    "diagnose": N_("Diagnosis"),
}
COMPONENTS = {
    "scanner": Phrase(N_("Pemindai sidik jari"), "finger"),
    "camera": Phrase(N_("Kamera wajah"), "camera"),
    "iris": Phrase(N_("Kamera iris"), "eye"),
    "pad": Phrase(N_("Papan tanda tangan"), "pen"),
    "card": Phrase(N_("Pembaca kartu"), "card"),
    "ups": Phrase(N_("UPS"), "power"),
    "power": Phrase(N_("Listrik"), "power"),
    "drive": Phrase(N_("Cakram"), "box"),
    "disk": Phrase(N_("Ruang cakram"), "box"),
    "memory": Phrase(N_("Memori"), "device"),
    "cpu": Phrase(N_("Prosesor"), "device"),
    "clock": Phrase(N_("Jam"), "clock"),
    "network": Phrase(N_("Jaringan"), "send"),
    "services": Phrase(N_("Layanan"), "list"),
    "usb": Phrase(N_("USB"), "device"),
    "store": Phrase(N_("Basis data"), "lock"),
    "software": Phrase(N_("Perangkat lunak"), "device"),
}
MODES = {
    Mode.QUICK: N_("tanpa bantuan orang"),
    Mode.GUIDED: N_("terpandu: perlu orang"),
    Mode.DEPOT: N_("perlu alat ukur depot"),
}
ANSWERS = {
    Answer.DONE: Phrase(N_("Selesai"), "check"),
    Answer.YES: Phrase(N_("Ya"), "check"),
    Answer.NO: Phrase(N_("Tidak"), "cross"),
    Answer.SKIP: Phrase(N_("Lewati"), "right"),
}
LEVELS = {
    "A1": N_("petugas"),
    "A2": N_("teknisi"),
    "A3": N_("depot"),
    "A4": N_("pihak lain"),
}
CHANGES = {
    "new": Word(N_("baru"), "plus", "warn"),
    "still": Word(N_("masih"), "clock", "warn"),
    "gone": Word(N_("hilang"), "check", "good"),
    "untested": Word(N_("belum diuji lagi"), "ban", "idle"),
}
EVENTS = {
    "opened": N_("dibuka"),
    "seen": N_("terlihat lagi"),
    "reopened": N_("dibuka lagi"),
    "closed": N_("ditutup oleh uji ulang yang baik"),
}
METRICS = {
    "background_level": N_("Terang kaca kosong (tingkat abu-abu)"),
    "grey_levels": N_("Tingkat abu-abu per jari"),
    "gaps": N_("Celah histogram (persen)"),
    "ridge_period": N_("Jarak alur (piksel)"),
    "ridge_excess": N_("Ketajaman alur (dB)"),
    "quality_score": N_("Skor mutu (0 sampai 100)"),
    "frame_rate": N_("Laju gambar per detik"),
    "capture_latency": N_("Lama pengambilan (detik)"),
}
