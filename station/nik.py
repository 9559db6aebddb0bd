"""The NIK: sixteen digits that carry a region, a birth date, the sex and a serial.

    PP KK CC DD MM YY SSSS     province, regency, sub-district of FIRST registration;
                               DD + 40 for women; serial from 0001

There is no check digit. What does not fit is pointed out, never refused and never repaired: only
the form (16 digits) is a condition. The prefix need not be the present sub-district.
"""

import calendar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from station.errors import NikFormError
from station.regions import Regions
from station.resident import Resident, require_nik_form

WOMEN_ADD_DAYS = 40
LONGEST_LIFE_YEARS = 110
# fmt: off
_MONTHS_ID = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)
# fmt: on


class Severity(StrEnum):
    """How much a finding matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class NikFinding:
    """Something about a NIK that a person should look at."""

    code: str
    severity: Severity
    text_id: str
    text_en: str
    derived: str | None = None
    """The value that the NIK says, where there is one."""


@dataclass(frozen=True, slots=True)
class Nik:
    """A NIK cut into its parts; the parts may be impossible."""

    digits: str

    @property
    def prefix(self) -> str:
        """The first six digits, the region of first registration."""
        return self.digits[:6]

    @property
    def is_female(self) -> bool:
        """Tell whether 40 was added to the day."""
        return int(self.digits[6:8]) > WOMEN_ADD_DAYS

    @property
    def day(self) -> int:
        """Day of birth, less 40 for women."""
        return int(self.digits[6:8]) - WOMEN_ADD_DAYS * self.is_female

    @property
    def month(self) -> int:
        """Month of birth."""
        return int(self.digits[8:10])

    @property
    def short_year(self) -> int:
        """Year of birth without the century."""
        return int(self.digits[10:12])

    @property
    def serial(self) -> int:
        """Serial among those with the same region and date."""
        return int(self.digits[12:])

    @property
    def sex(self) -> str:
        """Return "P" for a woman, "L" for a man."""
        return "P" if self.is_female else "L"

    def birth_dates(self) -> tuple[date, ...]:
        """Return the real dates that the digits can mean, one for each century."""
        years = (1900 + self.short_year, 2000 + self.short_year)
        return tuple(
            date(year, self.month, self.day)
            for year in years
            if 1 <= self.month <= 12 and 1 <= self.day <= calendar.monthrange(year, self.month)[1]
        )

    def birth_date(self, today: date) -> date | None:
        """Return the likely birth date: the latest that is past, of a person alive.

        None where the digits are no date, or only one in the future.
        """
        possible = [
            day for day in self.birth_dates() if 0 <= today.year - day.year <= LONGEST_LIFE_YEARS
        ]
        return max((day for day in possible if day <= today), default=None)


def parse_nik(text: str) -> Nik:
    """Cut a NIK into its parts; blanks and dots are allowed. Raises NikFormError."""
    return Nik(require_nik_form(text))


def check_nik(
    nik: str, resident: Resident | None, regions: Regions, *, today: date | None = None
) -> tuple[NikFinding, ...]:
    """Return what a person should look at; empty when all fits.

    `resident` adds the comparison with the biodata, `today` the choice of the century in texts.
    """
    try:
        parsed = parse_nik(nik)
    except NikFormError as error:
        return (NikFinding("nik_form", Severity.ERROR, error.text_id, error.text_en),)
    found = [_check_region(parsed, regions), *_check_digits(parsed, today)]
    if resident is not None:
        found += [
            _compare_sex(parsed, resident),
            _compare_birth_date(parsed, resident, today),
            _compare_residence(parsed, resident, regions),
        ]
    return tuple(finding for finding in found if finding is not None)


def _check_region(nik: Nik, regions: Regions) -> NikFinding | None:
    if regions.is_historic_prefix(nik.prefix):
        regency = regions.name_of(nik.prefix)
        return NikFinding(
            "nik_region_historic",
            Severity.INFO,
            f"Awalan {nik.prefix} adalah kode kecamatan lama di {regency}. NIK tetap berlaku.",
            f"Prefix {nik.prefix} is an old sub-district code in {regency}. The NIK stays valid.",
            nik.prefix,
        )
    if regions.is_known_prefix(nik.prefix):
        return None
    province = regions.province_of(nik.prefix)
    if province is None or regions.covers_province(nik.prefix):
        return NikFinding(
            "nik_region_unknown",
            Severity.WARNING,
            f"Awalan {nik.prefix} tidak ada dalam tabel wilayah. Bandingkan dengan KK.",
            f"Prefix {nik.prefix} is in no region table. Compare it with the family card.",
            nik.prefix,
        )
    return NikFinding(
        "nik_other_province",
        Severity.INFO,
        f"NIK pertama kali didaftarkan di {province}.",
        f"The NIK was first registered in {province}.",
        province,
    )


def _check_digits(nik: Nik, today: date | None) -> tuple[NikFinding | None, ...]:
    return _check_date(nik, today), _check_serial(nik)


def _check_date(nik: Nik, today: date | None) -> NikFinding | None:
    day, month = nik.digits[6:8], nik.digits[8:10]
    if not 1 <= nik.day <= 31:
        return NikFinding(
            "nik_day_impossible",
            Severity.WARNING,
            f"Angka hari {day} dalam NIK bukan 01-31 (laki-laki) atau 41-71 (perempuan).",
            f"Day digits {day} in the NIK are neither 01-31 (men) nor 41-71 (women).",
            day,
        )
    if not nik.birth_dates():
        written = f"{nik.day:02d}-{month}-{nik.short_year:02d}"
        return NikFinding(
            "nik_date_impossible",
            Severity.WARNING,
            f"Tanggal lahir dalam NIK ({written}) tidak ada di kalender.",
            f"The birth date in the NIK ({written}) is in no calendar.",
            written,
        )
    if today is not None and nik.birth_date(today) is None:
        derived = nik.birth_dates()[0]
        return NikFinding(
            "nik_date_in_future",
            Severity.WARNING,
            f"Tanggal lahir dalam NIK ({in_indonesian(derived)}) belum terjadi. Periksa jam "
            "stasiun dan NIK.",
            f"The birth date in the NIK ({derived}) has not come yet. Check the station's clock "
            "and the NIK.",
            derived.isoformat(),
        )
    return None


def _check_serial(nik: Nik) -> NikFinding | None:
    if nik.serial != 0:
        return None
    return NikFinding(
        "nik_serial_zero",
        Severity.WARNING,
        "Nomor urut NIK 0000; biasanya mulai 0001. Bandingkan dengan KK.",
        "The serial of the NIK is 0000; it usually begins at 0001. Compare with the family card.",
        "0000",
    )


def _compare_sex(nik: Nik, resident: Resident) -> NikFinding | None:
    if nik.sex == resident.sex or not 1 <= nik.day <= 31:
        return None
    words = {"L": ("laki-laki", "male"), "P": ("perempuan", "female")}
    by_nik, by_biodata = words[nik.sex], words[resident.sex]
    return NikFinding(
        "nik_sex_mismatch",
        Severity.WARNING,
        f"Menurut NIK {by_nik[0]}, menurut biodata {by_biodata[0]}. Tanyakan dan periksa KK.",
        f"The NIK says {by_nik[1]}, the biodata {by_biodata[1]}. Ask, and see the family card.",
        nik.sex,
    )


def _compare_birth_date(nik: Nik, resident: Resident, today: date | None) -> NikFinding | None:
    possible = nik.birth_dates()
    if not possible or resident.birth_date in possible:
        return None
    likely = nik.birth_date(today) if today is not None else None
    derived = likely or min(possible, key=lambda day: abs(day - resident.birth_date))
    return NikFinding(
        "nik_birth_date_mismatch",
        Severity.WARNING,
        f"Menurut NIK lahir {in_indonesian(derived)}, menurut biodata "
        f"{in_indonesian(resident.birth_date)}. Periksa KK.",
        f"The NIK says born {derived}, the biodata {resident.birth_date}. See the family card.",
        derived.isoformat(),
    )


def _compare_residence(nik: Nik, resident: Resident, regions: Regions) -> NikFinding | None:
    if nik.prefix == resident.district_code.replace(".", ""):
        return None
    if not regions.is_known_prefix(nik.prefix):
        return None  # said already by the region check
    first, present = regions.name_of(nik.prefix), regions.name_of(resident.district_code)
    return NikFinding(
        "nik_residence_differs",
        Severity.INFO,
        f"NIK pertama didaftarkan di {first}; sekarang tinggal di {present}. Ini wajar.",
        f"The NIK was first registered in {first}; the residence is {present}. This is normal.",
        first,
    )


def in_indonesian(day: date) -> str:
    """Write a date as people do: "5 November 1998"."""
    return f"{day.day} {_MONTHS_ID[day.month - 1]} {day.year}"
