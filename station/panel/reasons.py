"""Coach codes and reason codes in words: what to do now, and why a capture is not better.

The same code may stand for different things ("off_centre" of a finger or of a face), so each
modality has its own tables. Lines for the coach are imperative and short; reasons name the cause
and what to do about it.
"""

from collections.abc import Mapping
from typing import Literal

from biometrics.finger.results import Reason
from station.panel.i18n import N_, Translator
from station.panel.phrases import Phrase
from station.recording import Step

Modality = Literal["finger", "face", "iris", "signature"]

_MOVES = {
    "move_left": Phrase(N_("Geser ke kiri"), "left"),
    "move_right": Phrase(N_("Geser ke kanan"), "right"),
    "move_up": Phrase(N_("Geser ke atas"), "up"),
    "move_down": Phrase(N_("Geser ke bawah"), "down"),
    "hold_still": Phrase(N_("Tahan, jangan bergerak"), "still"),
    "good": Phrase(N_("Bagus, tahan sebentar"), "check-circle"),
}
COACH: Mapping[Modality, Mapping[str, Phrase]] = {
    "finger": {
        **_MOVES,
        "place_fingers": Phrase(N_("Letakkan jari di atas kaca"), "hand"),
        "rotate": Phrase(N_("Luruskan jari"), "turn"),
        "too_few_fingers": Phrase(N_("Jari kurang: letakkan semua yang diminta"), "hand"),
        "too_many_fingers": Phrase(N_("Jari terlalu banyak: hanya yang diminta"), "hand"),
        "wrong_hand": Phrase(N_("Tangan keliru: pakai tangan yang lain"), "warn"),
        "press_harder": Phrase(N_("Tekan sedikit lebih kuat"), "down"),
        "press_softer": Phrase(N_("Tekan lebih ringan"), "up"),
    },
    "face": {
        **_MOVES,
        "face_not_found": Phrase(N_("Hadapkan wajah ke kamera"), "face"),
        "more_than_one_face": Phrase(N_("Hanya satu orang di depan kamera"), "users"),
        "come_closer": Phrase(N_("Maju sedikit"), "closer"),
        "go_back": Phrase(N_("Mundur sedikit"), "farther"),
        "too_dark": Phrase(N_("Terlalu gelap: tambah cahaya"), "sun"),
        "too_bright": Phrase(N_("Terlalu terang: kurangi cahaya"), "sun"),
    },
    "iris": {
        **_MOVES,
        "eye_not_found": Phrase(N_("Lihat lurus ke kamera iris"), "eye"),
        "open_eyes": Phrase(N_("Buka mata lebih lebar"), "eye"),
        "come_closer": Phrase(N_("Maju sedikit"), "closer"),
        "go_back": Phrase(N_("Mundur sedikit"), "farther"),
        "look_straight": Phrase(N_("Lihat lurus ke depan"), "eye"),
        "move_to_middle": Phrase(N_("Geser ke tengah"), "closer"),
        "take_off_glasses": Phrase(N_("Lepaskan kacamata"), "eye"),
    },
    "signature": {
        "sign_here": Phrase(N_("Tanda tangani di papan"), "pen"),
        "writing": Phrase(N_("Teruskan sampai selesai"), "pen"),
        "good": Phrase(N_("Selesai, angkat pena"), "check-circle"),
    },
}
REASONS: Mapping[Modality, Mapping[str, str]] = {
    "finger": {
        "no_finger": N_("tidak ada jari di kaca: letakkan jari"),
        "finger_not_found": N_("jari ini tidak ditemukan: letakkan semua jari yang diminta"),
        "too_few_fingers": N_("jari kurang: letakkan semua yang diminta bersamaan"),
        "too_many_fingers": N_("jari lebih banyak daripada yang diminta"),
        "wrong_hand": N_("tangan keliru: pakai tangan yang lain"),
        "same_finger": N_("jari yang sama sudah direkam: periksa tangan yang diminta"),
        "not_the_same_finger": N_("tidak cocok dengan jari yang direkam tadi"),
        "fingers_touching": N_("jari berimpit: renggangkan sedikit"),
        "too_rotated": N_("tangan miring: luruskan jari"),
        "out_of_frame": N_("jari keluar dari kaca: geser ke tengah"),
        "not_a_print": N_("bukan gambar sidik jari: bersihkan kaca, ulangi"),
        "small_area": N_("hanya sebagian kecil terlihat: rebahkan ujung jari"),
        "too_large": N_("gambar terlalu besar untuk diperiksa: hubungi teknisi"),
        "blur": N_("gambar kabur: tahan diam, bersihkan kaca"),
        "motion": N_("jari bergerak: tahan diam"),
        "low_contrast": N_("garis jari pudar: tekan sedikit lebih kuat"),
        "too_wet": N_("jari basah: lap dahulu, tekan lebih ringan"),
        "too_dry": N_("jari kering: lembapkan sedikit, tekan lebih kuat"),
        "residue": N_("ada bekas di kaca: bersihkan kaca"),
        "uneven_contact": N_("jari menempel tidak rata: lap jari dan kaca, tekan merata"),
        "inverted": N_("gambar terbalik terang-gelapnya: hubungi teknisi"),
        "off_centre": N_("jari tidak di tengah: geser"),
    },
    "face": {
        "face_not_found": N_("wajah tidak ditemukan"),
        "more_than_one_face": N_("lebih dari satu wajah"),
        "too_far": N_("terlalu jauh: maju sedikit"),
        "too_close": N_("terlalu dekat: mundur sedikit"),
        "off_centre": N_("wajah tidak di tengah: geser"),
        "tilted": N_("kepala miring: tegakkan"),
        "turned": N_("wajah menoleh: hadap lurus ke kamera"),
        "eyes_closed": N_("mata tertutup: buka mata"),
        "mouth_open": N_("mulut terbuka: tutup mulut"),
        "too_dark": N_("terlalu gelap: tambah cahaya dari depan"),
        "too_bright": N_("terlalu terang: kurangi cahaya"),
        "blurred": N_("gambar kabur: tahan diam, periksa fokus"),
        "background_wrong_colour": N_("warna latar tidak sesuai tahun lahir: ganti latar"),
        "background_uneven": N_("latar tidak rata: rapikan kain latar dan cahaya"),
    },
    "iris": {
        "eye_not_found": N_("mata tidak ditemukan: lihat lurus ke kamera"),
        "eye_closed": N_("mata tertutup: buka mata"),
        "eyelid_covers": N_("kelopak menutupi iris: buka mata lebih lebar"),
        "too_far": N_("terlalu jauh: maju sedikit"),
        "too_close": N_("terlalu dekat: mundur sedikit"),
        "out_of_frame": N_("mata di tepi gambar: geser ke tengah"),
        "look_straight": N_("mata melirik: lihat lurus ke depan"),
        "wrong_eye": N_("mata kiri dan kanan tertukar: periksa kamera"),
        "glasses_reflection": N_("pantulan kacamata: lepaskan kacamata"),
        "blurred": N_("gambar kabur: tahan diam"),
        "low_contrast": N_("iris kurang jelas: hindari cahaya langsung"),
    },
    "signature": {
        "blank": N_("belum ada tanda tangan"),
        "dot_only": N_("hanya titik: tanda tangani seperti biasa"),
        "straight_line": N_("hanya garis lurus: tanda tangani seperti biasa"),
        "too_short": N_("terlalu pendek: tanda tangani lengkap"),
        "too_small": N_("terlalu kecil: pakai lebih banyak bidang"),
        "clipped_at_edge": N_("terpotong di tepi: tanda tangani di tengah"),
        "sample_gaps": N_("goresan terputus: periksa kabel papan"),
        "pressure_stuck": N_("tekanan pena tidak terbaca: periksa pena"),
    },
}
_MODALITY_OF_STEP: Mapping[Step, Modality] = {
    Step.PORTRAIT: "face",
    Step.IRISES: "iris",
    Step.SIGNATURE: "signature",
}
_MIRRORED = {"move_left": "move_right", "move_right": "move_left"}


def modality_of(step: Step) -> Modality:
    """Return what a step captures."""
    return _MODALITY_OF_STEP.get(step, "finger")


def coach_phrase(step: Step, code: str, *, is_mirrored: bool = False) -> Phrase:
    """Return the line of a coach code; a code without one is shown as it is.

    Codes speak of the picture as captured; a mirrored preview swaps left and right.
    """
    shown = _MIRRORED.get(code, code) if is_mirrored else code
    return COACH[modality_of(step)].get(shown, Phrase(code, "info"))


def describe_reason(step: Step, reason: Reason, say: Translator) -> tuple[str, str]:
    """Return a reason in words, and its measured value with its limit."""
    text = say(REASONS[modality_of(step)].get(reason.code, reason.code))
    value, limit = _short(reason.value), _short(reason.limit)
    return text, say("terukur %(value)s, batas %(limit)s", value=value, limit=limit)


def _short(number: float) -> str:
    return f"{number:.3g}"
