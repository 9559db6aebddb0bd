"""Errors of the centre's side.

    CentreError
    +-- CentreKeysError         keys of the centre missing, damaged, or there already
    +-- UnknownStationError     no identity of that station was imported, or another one was
    +-- StationUnreachableError the station did not answer as its pinned certificate promises
    +-- StationRefusedError     it answered, and refused: our certificate, our receipt
    +-- BadPackageError         a package on our disk does not hold: `code` says which rule

A package that is bad while it is pulled is a result (quarantine), not an exception: the others
go on.
"""

from station.package.errors import RefusedPackageError


class CentreError(Exception):
    """The centre cannot do what was asked; the text says why and what to do next."""


class CentreKeysError(CentreError):
    """For instance: folder without keys, keygen over existing keys, key readable by others."""


class UnknownStationError(CentreError):
    """For instance: identity not imported, a second identity for the same code."""


class StationUnreachableError(CentreError):
    """For instance: link down for longer than the retries last, another certificate served."""


class StationRefusedError(CentreError):
    """For instance: 403 because the station trusts another centre."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status; None where TLS refused us before any request."""


class BadPackageError(CentreError):
    """For instance: chunk hash differs, part missing, signature over another biodata."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        """Word for programs: "damaged_part", "incomplete", "untrusted_signer" ..."""
        self.detail = detail


def code_of(error: RefusedPackageError) -> str:
    """Return the word for a refusal of the package room: BadSignatureError -> bad_signature."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).removeprefix("_")
