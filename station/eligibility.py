"""Who may be recorded, and from when a card may be printed.

UU 24/2013 art. 63: residents of 17 or older, or married or ever married; foreigners with a
permanent stay permit (ITAP). From 16 on a person may be recorded; the card is printed at 17.
"""

from dataclasses import dataclass
from datetime import date

from station.nik import in_indonesian
from station.resident import Resident

CARD_AGE_YEARS = 17  # UU 24/2013 art. 63
RECORDING_AGE_YEARS = 16  # practice of the civil registration offices, FIELD.md 3.4


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether a resident may be recorded; the texts say so and why."""

    may_record: bool
    print_from: date | None
    """First day on which the card may be printed; None when that is now, or never."""
    reason_code: str | None
    """None for an ordinary resident; otherwise why not, or under which condition."""
    text_id: str
    text_en: str


def judge_eligibility(resident: Resident, today: date) -> Eligibility:
    """Judge a resident on a day."""
    if resident.birth_date > today:
        return _born_in_future(resident)
    if resident.nationality == "WNA" and not resident.itap:
        return _foreigner_without_permit()
    if resident.birth_date <= years_before(today, CARD_AGE_YEARS):
        return Eligibility(True, None, None, "Boleh direkam.", "May be recorded.")
    if resident.marital_status.is_ever_married:
        return Eligibility(
            True,
            None,
            "married",
            "Boleh direkam: belum 17 tahun, tetapi sudah atau pernah kawin.",
            "May be recorded: under 17, but married or once married.",
        )
    if resident.birth_date <= years_before(today, RECORDING_AGE_YEARS):
        return _print_later(resident)
    return _too_young(resident)


def years_after(day: date, years: int) -> date:
    """Return the birthday so many years later; 29 February becomes 1 March in other years."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def years_before(today: date, years: int) -> date:
    """Return the latest birth date of those who have had that birthday by `today`."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:  # today is 29 February: those born on 28 February have had it
        return date(today.year - years, 2, 28)


def _print_later(resident: Resident) -> Eligibility:
    print_from = years_after(resident.birth_date, CARD_AGE_YEARS)
    return Eligibility(
        True,
        print_from,
        "print_later",
        f"Boleh direkam; KTP-el dicetak mulai {in_indonesian(print_from)} (17 tahun).",
        f"May be recorded; the card is printed from {print_from} (age 17).",
    )


def _too_young(resident: Resident) -> Eligibility:
    may_from = years_after(resident.birth_date, RECORDING_AGE_YEARS)
    return Eligibility(
        False,
        years_after(resident.birth_date, CARD_AGE_YEARS),
        "too_young",
        f"Belum boleh direkam: belum 16 tahun dan belum kawin. Boleh mulai "
        f"{in_indonesian(may_from)}.",
        f"May not be recorded yet: under 16 and unmarried. Possible from {may_from}.",
    )


def _foreigner_without_permit() -> Eligibility:
    return Eligibility(
        False,
        None,
        "foreigner_without_itap",
        "Tidak boleh direkam: orang asing harus memiliki Izin Tinggal Tetap (ITAP).",
        "May not be recorded: a foreigner needs a permanent stay permit (ITAP).",
    )


def _born_in_future(resident: Resident) -> Eligibility:
    return Eligibility(
        False,
        None,
        "born_in_future",
        f"Tanggal lahir {in_indonesian(resident.birth_date)} belum terjadi. Periksa biodata dan "
        "jam stasiun.",
        f"The birth date {resident.birth_date} has not come yet. Check the biodata and the "
        "station's clock.",
    )
