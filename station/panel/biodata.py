"""The biodata form and what a NIK says, put into words while it is typed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.datastructures import FormData

from station.eligibility import judge_eligibility
from station.errors import BadBiodataError, NikFormError
from station.nik import Nik, NikFinding, Severity, check_nik, parse_nik
from station.panel.i18n import N_, Translator
from station.panel.phrases import BACKGROUNDS, CASE_STATES
from station.panel.rendering import show_day
from station.regions import Regions
from station.register import CaseRow
from station.resident import MaritalStatus, Religion, Resident, read_resident

NIK_LENGTH = 16
DAY_MONTH_YEAR = re.compile(r"(\d{1,2})[ ./-]?(\d{1,2})[ ./-]?(\d{4})")
FIELDS = tuple(Resident.model_fields)
TONES = {
    Severity.INFO: ("info", "info"),
    Severity.WARNING: ("warn", "warn"),
    Severity.ERROR: ("bad", "warn"),
}
GROUPS = (
    (0, 2, N_("provinsi")),
    (2, 4, N_("kabupaten/kota")),
    (4, 6, N_("kecamatan")),
    (6, 12, N_("tanggal lahir")),
    (12, 16, N_("urutan")),
)
MARITAL_WORDS = {
    MaritalStatus.SINGLE: N_("Belum kawin"),
    MaritalStatus.MARRIED: N_("Kawin"),
    MaritalStatus.MARRIED_REGISTERED: N_("Kawin tercatat"),
    MaritalStatus.MARRIED_UNREGISTERED: N_("Kawin belum tercatat"),
    MaritalStatus.DIVORCED: N_("Cerai hidup"),
    MaritalStatus.WIDOWED: N_("Cerai mati"),
}
RELIGION_WORDS = {
    Religion.ISLAM: N_("Islam"),
    Religion.KRISTEN: N_("Kristen"),
    Religion.KATOLIK: N_("Katolik"),
    Religion.HINDU: N_("Hindu"),
    Religion.BUDDHA: N_("Buddha"),
    Religion.KHONGHUCU: N_("Khonghucu"),
    Religion.KEPERCAYAAN: N_("Kepercayaan terhadap Tuhan YME"),
}


@dataclass(frozen=True, slots=True)
class DigitGroup:
    """Some digits of a NIK and what they mean."""

    digits: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should look at."""

    tone: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class NikView:
    """A NIK explained."""

    groups: tuple[DigitGroup, ...]
    facts: tuple[tuple[str, str], ...]
    findings: tuple[Remark, ...]
    background: str | None = None
    background_text: str = ""

    @property
    def is_blocked(self) -> bool:
        """Tell whether something said here keeps the recording from beginning."""
        return any(finding.tone == "bad" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Biodata:
    """A form as it was sent: the resident, or what is wrong with which field."""

    values: Mapping[str, str]
    resident: Resident | None
    problems: Mapping[str, str]


def read_form(form: FormData, say: Translator) -> Biodata:
    """Read the fields of the form; nothing is refused here."""
    values = {name: str(form.get(name, "")).strip() for name in FIELDS}
    values["nik"] = values["nik"].translate(str.maketrans("", "", " .-"))
    fields: dict[str, object] = {
        **values,
        "itap": values["itap"] == "true",
        "birth_date": as_iso_date(values["birth_date"]),
    }
    try:
        return Biodata(values, read_resident(fields), {})
    except BadBiodataError as error:
        problems = {one.field: say.pick(one.text_id, one.text_en) for one in error.problems}
        return Biodata(values, None, problems)


def as_iso_date(text: str) -> str:
    """Turn "17-08-1997" (also with blanks, dots, slashes or nothing between) into ISO form.

    The browser's own date field follows the browser's language, not the page's: day and month would
    be mistaken for each other. Anything else is returned as it is, for `read_resident` to refuse.
    """
    found = DAY_MONTH_YEAR.fullmatch(text)
    return "{2}-{1:0>2}-{0:0>2}".format(*found.groups()) if found else text


def explain_nik(
    biodata: Biodata,
    regions: Regions,
    today: date,
    say: Translator,
    *,
    earlier: Sequence[CaseRow],
) -> NikView | None:
    """Explain a NIK as far as it was typed; None for an empty one.

    `earlier` are recordings of the same NIK on this station.
    """
    typed = biodata.values["nik"]
    if not typed:
        return None
    findings = check_nik(typed, biodata.resident, regions, today=today)
    remarks = [_remark(finding, say) for finding in findings]
    remarks.extend(_duplicate(row, say) for row in earlier)
    resident = biodata.resident
    if resident is not None:
        remarks.append(_eligibility(resident, today, say))
    background = resident.photo_background.value if resident is not None else None
    return NikView(
        groups=tuple(
            DigitGroup(typed[first:last], say(meaning))
            for first, last, meaning in GROUPS
            if typed[first:last]
        ),
        facts=_facts(typed, regions, today, say),
        findings=tuple(remarks),
        background=background,
        background_text=say(BACKGROUNDS[background]) if background is not None else "",
    )


def is_nik_form(text: str) -> bool:
    """Tell whether `text` has the form of a NIK."""
    return len(text) == NIK_LENGTH and text.isascii() and text.isdigit()


def choices(regions: Regions, say: Translator) -> dict[str, object]:
    """Return the choices of the lists in the form."""
    return {
        "marital_choices": [(code.value, say(text)) for code, text in MARITAL_WORDS.items()],
        "religion_choices": [(code.value, say(text)) for code, text in RELIGION_WORDS.items()],
        "district_choices": [
            (region.code, f"{region.name}, {region.regency}") for region in regions.current()
        ],
    }


def _facts(
    typed: str, regions: Regions, today: date, say: Translator
) -> tuple[tuple[str, str], ...]:
    try:
        nik = parse_nik(typed)
    except NikFormError:
        return ()
    born = nik.birth_date(today)
    return (
        (say("Terdaftar di"), _place(nik, regions)),
        (say("Lahir"), show_day(born, say.language) if born is not None else "-"),
        (say("Jenis kelamin"), say("Perempuan") if nik.is_female else say("Laki-laki")),
    )


def _place(nik: Nik, regions: Regions) -> str:
    if regions.is_known_prefix(nik.prefix):
        return regions.name_of(nik.prefix)
    return regions.province_of(nik.prefix) or nik.prefix


def _remark(finding: NikFinding, say: Translator) -> Remark:
    return Remark(*TONES[finding.severity], say.pick(finding.text_id, finding.text_en))


def _duplicate(row: CaseRow, say: Translator) -> Remark:
    state = say(CASE_STATES[row.state.value].text)
    text = say(
        "NIK ini sudah direkam di stasiun ini: nomor %(number)s (%(state)s). Perekaman kedua akan "
        "menjadi DUPLICATE_RECORD.",
        number=row.number,
        state=state,
    )
    return Remark("bad", "warn", text)


def _eligibility(resident: Resident, today: date, say: Translator) -> Remark:
    verdict = judge_eligibility(resident, today)
    text = say.pick(verdict.text_id, verdict.text_en)
    if not verdict.may_record:
        return Remark("bad", "cross-circle", text)
    if verdict.print_from is not None:
        return Remark("info", "clock", text)
    return Remark("good", "check-circle", text)
