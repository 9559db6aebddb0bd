"""Requests of SBI clients, read into values; what does not fit is refused by number.

Clients differ in what they write: numbers as text or as numbers, lists as null, fields of their
own. These are accepted; wrong values are not.
"""

import re
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from drivers.protocols.sbi_words import (
    ANY_TYPE,
    NO_PREVIOUS_HASH,
    PURPOSE,
    TRANSACTION_ID,
    DeviceType,
    Dialect,
)
from station.sbi.refusals import SbiRefusal

MAX_TIMEOUT_MS = 120_000
DEFAULT_STREAM_MS = 300_000
MAX_CUSTOM_OPTIONS = 50
_HASH = re.compile(r"[0-9A-Fa-f]{64}")
M = TypeVar("M", bound=BaseModel)


def _to_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _to_list(value: object) -> object:
    return [] if value is None else value


Text = Annotated[str, BeforeValidator(_to_text), Field(max_length=200)]
TextList = Annotated[tuple[Text, ...], BeforeValidator(_to_list), Field(max_length=16)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Question(_Document):
    """A discovery or information."""

    type: Text = ANY_TYPE

    def wanted(self) -> tuple[DeviceType, ...]:
        """Return the types asked for; refuses an unknown word."""
        if self.type == ANY_TYPE:
            return tuple(DeviceType)
        return (device_type(self.type, code="502"),)


class BioQuestion(_Document):
    """One part of a capture."""

    type: Text
    count: Annotated[int, Field(ge=0, le=10)]
    bioSubType: TextList = ()  # noqa: N815 - names of the protocol
    exception: TextList = ()
    requestedScore: Annotated[float, Field(ge=0, le=100)] = 40.0  # noqa: N815
    deviceId: Text = ""  # noqa: N815
    serialNo: Text = ""  # noqa: N815
    deviceSubId: Text = "0"  # noqa: N815
    previousHash: Text | None = None  # noqa: N815


class CaptureQuestion(_Document):
    """A capture."""

    env: Text
    purpose: Text
    specVersion: Text  # noqa: N815
    timeout: Annotated[int, Field(ge=1)]
    transactionId: Text  # noqa: N815
    bio: Annotated[tuple[BioQuestion, ...], Field(min_length=1, max_length=4)]
    customOpts: Annotated[  # noqa: N815
        dict[str, object] | None, Field(max_length=MAX_CUSTOM_OPTIONS)
    ] = None

    def check(self, *, env: str) -> None:
        """Refuse what this service cannot serve; the device is not looked at."""
        if self.purpose != PURPOSE:
            raise SbiRefusal("121")
        if self.env != env:
            raise SbiRefusal("115", env)
        if not TRANSACTION_ID.fullmatch(self.transactionId):
            raise SbiRefusal("112")
        if self.specVersion not in tuple(Dialect):
            raise SbiRefusal("999", f"specVersion {', '.join(Dialect)}")
        if len(self.bio) != 1:
            raise SbiRefusal("109", "satu perangkat per permintaan / one device a request")
        if not _HASH.fullmatch(self.previous_hash()):
            raise SbiRefusal("999", "previousHash")

    def previous_hash(self) -> str:
        """Return the hash that this capture follows."""
        return self.bio[0].previousHash or NO_PREVIOUS_HASH

    def timeout_s(self) -> float:
        """Return how long the resident has, at most two minutes."""
        return min(self.timeout, MAX_TIMEOUT_MS) / 1000


class StreamQuestion(_Document):
    """A preview."""

    deviceId: Text = ""  # noqa: N815
    serialNo: Text = ""  # noqa: N815
    deviceSubId: Text = "0"  # noqa: N815
    timeout: Annotated[int, Field(ge=1)] = DEFAULT_STREAM_MS

    def life_s(self) -> float:
        """Return how long the preview may run."""
        return min(self.timeout, DEFAULT_STREAM_MS) / 1000


def read_question(model: type[M], body: bytes) -> M:
    """Read a request; refuses what is no such request."""
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SbiRefusal("999", place[:80]) from error


def device_type(word: str, *, code: Literal["114", "502"]) -> DeviceType:
    """Return the type of a word; refuses an unknown one by `code`."""
    try:
        return DeviceType(word)
    except ValueError as error:
        raise SbiRefusal(code) from error
