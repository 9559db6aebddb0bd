"""Errors of the sealed package, one class per reason; FORMAT.md section 8 names each.

    PackageError                    root
    +-- SealError                   a package could not be sealed; nothing was left behind
    |   +-- IncompleteRecordError   a part is neither there nor excepted nor owed, or twice over
    |   +-- RecipientError          recipients: none, unreadable, twice, or of kinds that do not mix
    |   +-- PackageExistsError      the package id is already in the spool
    |   +-- SealFailedError         disk or encryption failed while writing
    +-- IdentityError               an opening key cannot be read; never shows the key
    +-- OpenFailedError             no room for the plaintext; the package itself is sound
    +-- RefusedPackageError         a package that must not be used
        +-- LimitExceededError      larger than FORMAT.md allows; raised before it is read
        +-- BadManifestError        not the text, or not the fields, that FORMAT.md describes
        +-- UnknownSignerError      signed by no key of the allow-list
        +-- BadSignatureError       the signature, or how it is written, is wrong
        +-- DuplicateKeyError       a name twice in one JSON object
        +-- NotCanonicalError       encoding the value again gives other bytes (RFC 8785)
        +-- WrongStationError       a station's key over another station's manifest
        +-- SequenceError           the place in the station's sequence
        |   +-- RepeatedSequenceError   seen before
        |   +-- SequenceGapError        one or more packages in between are missing
        |   +-- BrokenChainError        names another predecessor than the one we hold
        +-- MissingPartError        no such part in the folder
        +-- PartSizeError           the part is longer or shorter than the manifest says
        +-- ChunkHashError          a chunk of the part has another hash; `chunk` says which
        +-- PartHashError           every chunk fits but the whole does not
        +-- NotForUsError           none of our identities is a recipient
        +-- DamagedPayloadError     the age file is damaged although its hashes fit
        +-- BadMemberError          a member that the tar must not hold, or is not well formed
        +-- BadRecordError          record.json does not say what FORMAT.md describes

A refused package is kept and set aside, never deleted: only its station can make it anew.
"""

from typing import ClassVar

from station.errors import StationError


class PackageError(StationError):
    """Anything about sealed packages; says why and what to do next."""

    issue_id: ClassVar[str] = "PKG-000"
    text_id = "Masalah pada paket rekaman."
    text_en = "A problem with a recording's package."


class SealError(PackageError):
    """A package could not be sealed; the case is as it was."""

    issue_id = "PKG-100"


class IncompleteRecordError(SealError):
    """For instance: no right thumb, no exception for it, and the step is not owed."""

    issue_id = "PKG-101"
    text_id = (
        "Rekaman belum lengkap pada bagian {part}. Rekam bagian itu, beri pengecualian, "
        "atau tandai sebagai terutang."
    )
    text_en = "The recording is not complete at {part}. Capture it, except it, or mark it owed."


class RecipientError(SealError):
    """For instance: no recipient; age1... together with age1tagpq...."""

    issue_id = "PKG-102"
    text_id = "Kunci penerima tidak dapat dipakai. Impor ulang berkas pendaftaran dari pusat."
    text_en = "The recipient keys cannot be used. Import the centre's enrolment file again."


class PackageExistsError(SealError):
    """For instance: sealed before a crash that came before the register was written."""

    issue_id = "PKG-103"
    text_id = "Paket {package_id} sudah ada di penampungan."
    text_en = "The package {package_id} is in the spool already."


class SealFailedError(SealError):
    """For instance: the disk is full, the disk reports an error."""

    issue_id = "PKG-104"
    text_id = "Penyegelan gagal. Rekaman tetap aman; periksa ruang disk, lalu segel lagi."
    text_en = "Sealing failed. The recording is safe; check the disk's room, then seal again."


class IdentityError(PackageError):
    """For instance: an empty file, a recipient where its secret key was expected."""

    issue_id = "PKG-300"
    text_id = "Kunci pembuka tidak dapat dibaca. Periksa berkas kunci pusat."
    text_en = "The opening key cannot be read. Check the centre's key file."


class OpenFailedError(PackageError):
    """For instance: the disk of the opener is full."""

    issue_id = "PKG-301"
    text_id = "Paket belum dapat dibuka di komputer ini. Periksa ruang disk, lalu ulangi."
    text_en = "The package could not be opened on this computer. Check the disk's room, try again."


class RefusedPackageError(PackageError):
    """A package that must not be used; set it aside and ask the station for it again."""

    issue_id = "PKG-200"
    text_id = "Paket ditolak: {reason_id}. Sisihkan dan minta ulang dari stasiun."
    text_en = "Package refused: {problem}. Set it aside and ask the station for it again."
    reason_id: ClassVar[str] = "tidak sah"
    """Why, in Indonesian."""

    def __init__(self, problem: str, *, chunk: int | None = None) -> None:
        super().__init__(problem, problem=problem, reason_id=self.reason_id)
        self.problem = problem
        """What was found, with the value."""
        self.chunk = chunk
        """Index of the first wrong chunk, from 0, where one is known."""


class LimitExceededError(RefusedPackageError):
    """For instance: a manifest of 2 MiB, 5,000 chunks, a member of 100 MiB."""

    issue_id = "PKG-201"
    reason_id = "lebih besar dari batas"


class BadManifestError(RefusedPackageError):
    """For instance: not JSON, an unknown field, a size that its chunks contradict."""

    issue_id = "PKG-202"
    reason_id = "isi manifes salah"


class UnknownSignerError(RefusedPackageError):
    """For instance: a station that was never enrolled, or whose key was withdrawn."""

    issue_id = "PKG-203"
    reason_id = "penandatangan tidak dikenal"


class BadSignatureError(RefusedPackageError):
    """For instance: one changed byte, another algorithm, a second spelling of the same bytes."""

    issue_id = "PKG-204"
    reason_id = "tanda tangan digital salah"


class DuplicateKeyError(RefusedPackageError):
    """For instance: "sequence" twice, so that two readers could read two numbers."""

    issue_id = "PKG-205"
    reason_id = "nama ganda dalam manifes"


class NotCanonicalError(RefusedPackageError):
    """For instance: a blank after a colon, names out of order, 1.0 for 1."""

    issue_id = "PKG-206"
    reason_id = "bentuk manifes tidak baku"


class WrongStationError(RefusedPackageError):
    """For instance: station A's key under a manifest that names station B."""

    issue_id = "PKG-207"
    reason_id = "manifes menyebut stasiun lain"


class SequenceError(RefusedPackageError):
    """The manifest is genuine, but not the one that comes next."""

    issue_id = "PKG-210"
    reason_id = "nomor urut tidak sesuai"


class RepeatedSequenceError(SequenceError):
    """For instance: the same medium delivered twice; harmless when the hash is the same."""

    issue_id = "PKG-211"
    reason_id = "nomor urut sudah pernah diterima"


class SequenceGapError(SequenceError):
    """For instance: a package was withheld or lost on the way."""

    issue_id = "PKG-212"
    reason_id = "ada paket sebelumnya yang belum diterima"


class BrokenChainError(SequenceError):
    """For instance: a station's database restored from an old copy."""

    issue_id = "PKG-213"
    reason_id = "rantai paket terputus"


class MissingPartError(RefusedPackageError):
    """For instance: part-b.age was not copied."""

    issue_id = "PKG-220"
    reason_id = "bagian paket tidak ada"


class PartSizeError(RefusedPackageError):
    """For instance: a transfer that was cut, bytes behind the end."""

    issue_id = "PKG-221"
    reason_id = "ukuran bagian tidak sesuai"


class ChunkHashError(RefusedPackageError):
    """For instance: a flipped bit; only the chunk named needs to be fetched again."""

    issue_id = "PKG-222"
    reason_id = "isi bagian berubah"


class PartHashError(RefusedPackageError):
    """For instance: a manifest whose hashes contradict each other."""

    issue_id = "PKG-223"
    reason_id = "isi bagian berubah"


class NotForUsError(RefusedPackageError):
    """For instance: sealed to a key that was rotated out."""

    issue_id = "PKG-230"
    text_id = "Paket tidak dapat dibuka dengan kunci ini. Periksa kunci pembuka yang dipakai."
    text_en = "This key does not open the package. Check which opening key is in use."


class DamagedPayloadError(RefusedPackageError):
    """For instance: not an age file, although it is what the station signed."""

    issue_id = "PKG-231"
    reason_id = "isi tersegel rusak"


class BadMemberError(RefusedPackageError):
    """For instance: a link, "../x", a name that is not in the list, a name twice."""

    issue_id = "PKG-232"
    reason_id = "berkas di dalam paket tidak diperbolehkan"


class BadRecordError(RefusedPackageError):
    """For instance: no record.json, an unknown field, a finger without its files."""

    issue_id = "PKG-233"
    reason_id = "catatan rekaman salah"
