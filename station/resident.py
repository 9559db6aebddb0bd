"""A resident's biodata as it is recorded, with sensible limits.

Read-only at the station: the biodata comes from the civil register (or the family card); a
station never repairs it (FIELD.md 3.3, 3.7).
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

import rfc8785
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from station.errors import BadBiodataError, FieldProblem, NikFormError

__all__ = [
    "Background",
    "BadBiodataError",
    "MaritalStatus",
    "Religion",
    "Resident",
    "read_resident",
    "require_nik_form",
]

EARLIEST_BIRTH = date(1900, 1, 1)  # older than the oldest living person


class Religion(StrEnum):
    """Words of the card and the family card."""

    ISLAM = "ISLAM"
    KRISTEN = "KRISTEN"
    KATOLIK = "KATOLIK"
    HINDU = "HINDU"
    BUDDHA = "BUDDHA"
    KHONGHUCU = "KHONGHUCU"
    KEPERCAYAAN = "KEPERCAYAAN"
    """Kepercayaan terhadap Tuhan Yang Maha Esa."""


class MaritalStatus(StrEnum):
    """Words of the card and the family card."""

    SINGLE = "BELUM KAWIN"
    MARRIED = "KAWIN"
    MARRIED_REGISTERED = "KAWIN TERCATAT"
    MARRIED_UNREGISTERED = "KAWIN BELUM TERCATAT"
    DIVORCED = "CERAI HIDUP"
    WIDOWED = "CERAI MATI"

    @property
    def is_ever_married(self) -> bool:
        """Tell whether the person is or was married."""
        return self is not MaritalStatus.SINGLE


class Background(StrEnum):
    """Colour behind a portrait: published custom, tested by hue (FIELD.md 3.5)."""

    RED = "red"
    BLUE = "blue"
    ORANGE = "orange"


def _tidy(value: object) -> object:
    """Bring a text to composed form with single spaces."""
    if not isinstance(value, str):
        return value
    return " ".join(unicodedata.normalize("NFC", value).split())


def _in_capitals(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _has_letter(value: str) -> str:
    if not any(character.isalpha() for character in value):
        raise ValueError("has no letter")
    return value


def _is_lived(value: date) -> date:
    if value < EARLIEST_BIRTH:
        raise ValueError("is before 1900")
    return value


def _text(longest: int) -> object:
    return StringConstraints(min_length=1, max_length=longest, pattern=r"^[^\x00-\x1f\x7f<>]+$")


# Lengths: what the card has room for in two lines is about 60; the rest is generous.
PersonName = Annotated[str, BeforeValidator(_tidy), _text(100), AfterValidator(_has_letter)]
PlaceName = Annotated[str, BeforeValidator(_tidy), _text(60), AfterValidator(_has_letter)]
AddressLine = Annotated[str, BeforeValidator(_tidy), _text(150)]
Word = Annotated[str, BeforeValidator(_tidy), _text(60)]
Capitals = (BeforeValidator(_in_capitals), BeforeValidator(_tidy))


class Resident(BaseModel):
    """One resident's biodata; printed in logs and errors without any value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    nik: Annotated[str, StringConstraints(pattern=r"^[0-9]{16}$")] = Field(repr=False)
    full_name: PersonName = Field(repr=False)
    birth_place: PlaceName = Field(repr=False)
    birth_date: Annotated[date, AfterValidator(_is_lived)] = Field(repr=False)
    sex: Literal["L", "P"] = Field(repr=False)
    """L laki-laki (male), P perempuan (female)."""
    address: AddressLine = Field(repr=False)
    rt_rw: Annotated[str, BeforeValidator(_tidy), StringConstraints(pattern=r"^\d{1,3}/\d{1,3}$")]
    """Neighbourhood numbers, "003/001"."""
    village: PlaceName = Field(repr=False)
    district_code: Annotated[str, StringConstraints(pattern=r"^\d{2}\.\d{2}\.\d{2}$")]
    """Sub-district of residence, "61.01.01": credited with the recording."""
    religion: Annotated[Religion, *Capitals] = Field(repr=False)
    marital_status: Annotated[MaritalStatus, *Capitals] = Field(repr=False)
    occupation: Word = Field(repr=False)
    nationality: Literal["WNI", "WNA"] = "WNI"
    """WNI citizen, WNA foreigner."""
    itap: bool = False
    """Holds a permanent stay permit; foreigners only."""

    @model_validator(mode="after")
    def _permit_is_for_foreigners(self) -> Self:
        if self.itap and self.nationality == "WNI":
            raise ValueError("a citizen holds no stay permit (ITAP)")
        return self

    @property
    def photo_background(self) -> Background:
        """Orange for foreigners, red for odd years of birth, blue for even ones."""
        if self.nationality == "WNA":
            return Background.ORANGE
        return Background.RED if self.birth_date.year % 2 == 1 else Background.BLUE

    @property
    def biodata_sha256(self) -> str:
        """SHA-256 of all fields as canonical JSON (RFC 8785): what the signature is bound to."""
        return hashlib.sha256(rfc8785.dumps(self.model_dump(mode="json"))).hexdigest()


_FIELD_TEXTS = {
    "nik": ("NIK harus 16 angka", "the NIK has 16 digits"),
    "full_name": ("isi nama lengkap (paling panjang 100 huruf)", "give the full name (up to 100)"),
    "birth_place": ("isi tempat lahir", "give the place of birth"),
    "birth_date": ("isi tanggal lahir yang benar (TTTT-BB-HH)", "give a real birth date (ISO)"),
    "sex": ("pilih L atau P", "choose L (male) or P (female)"),
    "address": ("isi alamat (paling panjang 150 huruf)", "give the address (up to 150)"),
    "rt_rw": ("isi RT/RW seperti 003/001", "give RT/RW like 003/001"),
    "village": ("isi desa atau kelurahan", "give the village"),
    "district_code": ("pilih kecamatan", "choose the sub-district"),
    "religion": ("pilih agama dari daftar", "choose the religion from the list"),
    "marital_status": ("pilih status perkawinan dari daftar", "choose the marital status"),
    "occupation": ("isi pekerjaan", "give the occupation"),
    "nationality": ("pilih WNI atau WNA", "choose WNI or WNA"),
    "itap": ("ITAP hanya untuk WNA", "a stay permit (ITAP) is for foreigners only"),
}


def read_resident(fields: Mapping[str, object]) -> Resident:
    """Check the fields of a form; raises BadBiodataError that lists each bad field once."""
    try:
        return Resident.model_validate(dict(fields))
    except ValidationError as error:
        names = dict.fromkeys(
            str(item["loc"][0]) if item["loc"] else "itap" for item in error.errors()
        )
        raise BadBiodataError(tuple(_problem(name) for name in names)) from None


def _problem(name: str) -> FieldProblem:
    unknown = (f"kolom '{name}' tidak dikenal", f"unknown field '{name}'")
    return FieldProblem(name, *_FIELD_TEXTS.get(name, unknown))


def require_nik_form(nik: str) -> str:
    """Return the NIK without blanks and dots; raises NikFormError unless it has 16 digits."""
    digits = re.sub(r"[\s.-]", "", nik)
    if not re.fullmatch(r"[0-9]{16}", digits):
        raise NikFormError(given=len(digits))
    return digits
