"""Words that every form of the report for people uses, in both languages."""

import datetime
from dataclasses import dataclass
from typing import Literal

from selftest.faults import load_parts
from selftest.report import Change, Finding, Measurement, Outcome, RepairAction, Report, Verdict

Language = Literal["id", "en"]
OUTCOME_ORDER = (Outcome.FAIL, Outcome.ERROR, Outcome.WARN)
"""What needs hands, the most urgent first."""
PARTIAL_TRIGGERS = frozenset({"only", "baseline", "diagnose"})
"""Runs whose verdict says nothing about the office: only part was tested."""


@dataclass(frozen=True, slots=True)
class Words:
    """Labels of one language."""

    measured: str
    evidence: str
    cause: str
    do: str
    warning: str
    confirm: str
    retest: str
    part: str
    tool: str
    minutes: str
    because: str
    go_to: str
    ask_kabupaten: str
    unfinished: str
    partial: str
    unsigned: str
    all_clear: str
    changes: str
    no_changes: str
    passed: str
    skipped: str
    other_modes: str
    unsure: str
    levels: dict[str, str]
    kinds: dict[str, str]


WORDS: dict[Language, Words] = {
    "id": Words(
        measured="terukur",
        evidence="bukti",
        cause="sebab",
        do="lakukan",
        warning="AWAS",
        confirm="pastikan",
        retest="uji ulang",
        part="suku cadang",
        tool="alat",
        minutes="menit",
        because="karena",
        go_to="Warga direkam di",
        ask_kabupaten="Tanyakan kabupaten: kantor terdekat yang bisa merekam",
        unfinished="PEMERIKSAAN TERPUTUS: yang belum diuji tidak terbukti",
        partial="Hanya sebagian yang diuji; ini bukan keadaan seluruh kantor",
        unsigned="tidak ditandatangani",
        all_clear="OKE-000  semua baik",
        changes="Sejak laporan sebelumnya",
        no_changes="tidak ada perubahan",
        passed="Baik",
        skipped="Tidak diuji",
        other_modes="perlu orang atau alat: selftest guided, selftest depot",
        unsure="belum pasti",
        levels={
            "A1": "operator",
            "A2": "teknisi",
            "A3": "depo",
            "A4": "pihak lain",
        },
        kinds={"new": "baru", "still": "masih", "gone": "hilang", "untested": "belum diuji lagi"},
    ),
    "en": Words(
        measured="measured",
        evidence="evidence",
        cause="cause",
        do="do this",
        warning="DANGER",
        confirm="confirm",
        retest="re-test",
        part="part",
        tool="tools",
        minutes="minutes",
        because="because of",
        go_to="Residents are recorded at",
        ask_kabupaten="Ask the kabupaten: the nearest office that can record",
        unfinished="THE RUN WAS CUT OFF: what was not tested is not proven",
        partial="Only part was tested; this is not the state of the whole office",
        unsigned="not signed",
        all_clear="OKE-000  all clear",
        changes="Since the report before",
        no_changes="nothing changed",
        passed="Good",
        skipped="Not tested",
        other_modes="need a person or tools: selftest guided, selftest depot",
        unsure="not certain",
        levels={
            "A1": "operator",
            "A2": "technician",
            "A3": "depot",
            "A4": "third party",
        },
        kinds={"new": "new", "still": "still", "gone": "gone", "untested": "not tested again"},
    ),
}
COMPONENTS_ID = {
    "scanner": "pemindai jari",
    "camera": "kamera",
    "iris": "kamera iris",
    "pad": "alas tanda tangan",
    "card": "pembaca kartu",
    "ups": "UPS",
    "power": "listrik",
    "drive": "cakram",
    "disk": "ruang cakram",
    "memory": "memori",
    "cpu": "prosesor",
    "clock": "jam",
    "network": "jaringan",
    "services": "layanan",
    "usb": "USB",
    "store": "basis data",
    "software": "perangkat lunak",
}
"""Components of the self-test as the office calls them; one that is missing keeps its own name."""
VERDICTS: dict[Verdict, str] = {
    Verdict.CAN_RECORD: "BISA MEREKAM",
    Verdict.WITH_LIMITS: "BISA MEREKAM DENGAN BATASAN",
    Verdict.CANNOT_RECORD: "TIDAK BISA MEREKAM",
    Verdict.NOT_PROVEN: "BELUM TERBUKTI",
}


def pick(language: Language, text_id: str, text_en: str) -> str:
    """Return the text of the language."""
    return text_en if language == "en" else text_id


def verdict_text(report: Report, language: Language) -> str:
    """Return the verdict in words."""
    return report.verdict.value if language == "en" else VERDICTS[report.verdict]


def notes_on_verdict(report: Report, language: Language) -> tuple[str, ...]:
    """Return the lines below the verdict: what it does not cover, why, and where to go."""
    words = WORDS[language]
    notes = [words.unfinished] if report.unfinished else []
    notes += [words.partial] if report.trigger in PARTIAL_TRIGGERS else []
    if report.limited_by:
        names = (component_text(name, language) for name in report.limited_by)
        notes.append(f"{words.because}: {', '.join(names)}")
    if report.verdict is Verdict.CANNOT_RECORD:
        notes.append(
            f"→ {words.go_to}: {report.go_to}" if report.go_to else f"→ {words.ask_kabupaten}"
        )
    return (*notes, words.all_clear) if report.all_clear else tuple(notes)


def component_text(name: str, language: Language) -> str:
    """Return what a component is called."""
    return name if language == "en" else COMPONENTS_ID.get(name, name)


def number_text(value: float) -> str:
    """Return a number as people read it: no powers of ten, four digits."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - not a number
        return str(value)
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.4g}" if abs(value) >= 0.001 or value == 0 else f"{value:.4f}"


def value_text(item: Measurement) -> str:
    """Return "9.2 gl"."""
    return f"{number_text(item.value)} {item.unit}".strip()


def measured_against_limit(item: Measurement) -> str:
    """Return one value with its bounds: "spread 9.2 gl (WARN > 8, FAIL > 12)"."""
    bounds = (
        ("INFO <", item.info_below),
        ("INFO >", item.info_above),
        ("WARN <", item.warn_below),
        ("WARN >", item.warn_above),
        ("FAIL <", item.fail_below),
        ("FAIL >", item.fail_above),
    )
    written = [f"{word} {number_text(bound)}" for word, bound in bounds if bound is not None]
    if item.reference is not None:
        written.append(f"{item.reference_text}: {number_text(item.reference)}")
    limits = f" ({', '.join(written)})" if written else ""
    return f"{item.name} {value_text(item)}{limits}"


def causes_text(finding: Finding, language: Language) -> str:
    """Return the causes in one line, the likeliest first, with weights where there are several."""
    texts = [pick(language, cause.text_id, cause.text_en) for cause in finding.causes]
    if len(texts) == 1:
        return texts[0]
    weights = [cause.weight for cause in finding.causes]
    return "; ".join(f"{text} ({w:.0%})" for text, w in zip(texts, weights, strict=True))


def effort_text(action: RepairAction, language: Language) -> str:
    """Return "A1 operator, 5 menit, suku cadang: kain mikrofiber"."""
    words = WORDS[language]
    parts = [f"{action.level} {words.levels[action.level]}", f"{action.minutes} {words.minutes}"]
    parts += [f"{words.part}: {part_text(action.part, language)}"] if action.part else []
    tools = ", ".join(part_text(tool, language) for tool in action.tools)
    return ", ".join([*parts, f"{words.tool}: {tools}"] if tools else parts)


def part_text(key: str, language: Language) -> str:
    """Return the name of a part; the key itself of one that this version does not know."""
    part = load_parts().get(key)
    return key if part is None else pick(language, part.name_id, part.name_en)


def change_text(change: Change, language: Language) -> str:
    """Return "masih  FPS-108 (kanan)  sejak 2026-11-20, 4x"."""
    where = f" ({change.asset})" if change.asset else ""
    since = "since" if language == "en" else "sejak"
    when = f"  {since} {local(change.since):%Y-%m-%d}, {change.times}x"
    return f"{change.code}{where}{'' if change.kind == 'new' else when}"


def local(moment: datetime.datetime) -> datetime.datetime:
    """Return a moment in the time of the place where this is read."""
    return moment.astimezone()
