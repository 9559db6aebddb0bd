"""Errors of the station: the tree, and every text that an operator may see.

    StationError                      root; carries `issue_id`, `text_id`, `text_en`
    +-- ConfigError                   station.toml cannot be used as written
    +-- BadBiodataError               biodata that cannot be used; `problems` lists the fields
    +-- NikFormError                  the NIK is not 16 digits
    +-- StoreError                    the database
    |   +-- OldSqliteError            the SQLite library has a known corruption bug
    |   +-- StoreBusyError            another station process holds the database
    |   +-- StoreCorruptError         the file is damaged or is no station database
    |   +-- StoreFailedError          a write failed in a way that must not be retried
    |   +-- DiskFullError             no room left while writing
    |   +-- DiskGateError             no room to begin something new
    +-- KeyFileError                  a key file is missing, damaged or readable by others
    +-- TrustedCentreError            enrolment by the centre cannot be used
    +-- AccountError                  operators and their log-in
    |   +-- WrongCredentialsError     user name or password
    |   +-- LockedOutError            too many failures; `wait_s`, `until_s`
    |   +-- WeakPasswordError         a new password is too weak
    |   +-- UserNameTakenError        the name is in use
    |   +-- UnknownOperatorError      no such operator
    |   +-- LastSupervisorError       somebody must remain who can administer
    |   +-- LastKeyHolderError        open recordings that only this person can open
    |   +-- AccountFormError          user name or shown name cannot be used
    +-- DraftError                    encrypted parts of an open recording
    |   +-- NotYourDraftError         no key of this case for this person
    |   +-- DraftDamagedError         a part does not open: damaged, moved or swapped
    |   +-- UnknownPartError          no part of that name
    +-- RegisterError                 table of recordings
    |   +-- UnknownCaseError          no such recording
    |   +-- CaseExistsError           the identifier is in use
    |   +-- IllegalTransitionError    the state does not allow the step
    |   +-- WrongFactsError           a step without its facts, or with others
    +-- AuditBrokenError              the log of actions was changed; names the sequence

Texts are class attributes; what stands in braces is filled with the facts that the raise site
gives. Indonesian is the source language, English the second. `detail` is for logs only.
"""

from dataclasses import dataclass
from typing import ClassVar


class StationError(Exception):
    """Something the station refuses or cannot do; says why and what to do next."""

    issue_id: ClassVar[str] = "STA-000"
    text_id: str = "Terjadi kesalahan pada stasiun."
    text_en: str = "The station met an error."

    def __init__(self, detail: str = "", /, **facts: object) -> None:
        self.facts = facts
        """What the texts name, for programs."""
        self.text_id = type(self).text_id.format(**facts)
        self.text_en = type(self).text_en.format(**facts)
        super().__init__(detail or self.text_en)


class ConfigError(StationError):
    """For instance: unknown key, value out of range, no such file."""

    issue_id = "STA-010"
    text_id = "Konfigurasi {place}: {problem_id}"
    text_en = "Configuration {place}: {problem_en}"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Why a field of a form cannot be used; never holds the value."""

    field: str
    text_id: str
    text_en: str


class BadBiodataError(StationError):
    """For instance: empty name, a birth date that is no date."""

    issue_id = "STA-020"
    text_id = "Biodata belum dapat dipakai: {problems_id}."
    text_en = "The biodata cannot be used: {problems_en}."

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__(
            problems_id="; ".join(one.text_id for one in problems),
            problems_en="; ".join(one.text_en for one in problems),
        )
        self.problems = problems


class NikFormError(StationError):
    """For instance: 15 digits, a letter."""

    issue_id = "STA-021"
    text_id = "NIK harus 16 angka; yang dimasukkan {given}. Periksa kembali pada KK."
    text_en = "A NIK has 16 digits; given were {given}. Check it against the family card."


class StoreError(StationError):
    """The database cannot do what was asked."""

    issue_id = "STA-100"
    text_id = "Basis data {path}: {reason_id}"
    text_en = "Database {path}: {reason_en}"


class OldSqliteError(StoreError):
    """For instance: apsw replaced by a build on a system library."""

    issue_id = "STA-101"
    text_id = (
        "SQLite {found} terlalu lama (perlu {needed} atau lebih baru): versi itu dapat merusak "
        "basis data. Pasang ulang paket terkunci dengan `make setup`."
    )
    text_en = (
        "SQLite {found} is too old ({needed} or newer is needed): it can corrupt the database. "
        "Install the locked packages again with `make setup`."
    )


class StoreBusyError(StoreError):
    """For instance: the panel runs already, a command line tool opened the file."""

    issue_id = "STA-102"
    text_id = (
        "Basis data {path} sedang dipakai proses stasiun lain. Tutup program itu, lalu ulangi."
    )
    text_en = "Another station process holds the database {path}. Close that program and try again."


class StoreCorruptError(StoreError):
    """For instance: a flipped bit on the disk, a file that is something else."""

    issue_id = "STA-103"
    text_id = (
        "Basis data {path} rusak ({detail}). Jangan hapus: salin seluruh folder ke media lain, "
        "lalu hubungi teknisi. Paket yang sudah disegel di folder spool tidak terpengaruh."
    )
    text_en = (
        "The database {path} is damaged ({detail}). Do not delete it: copy the whole folder to "
        "another medium and call a technician. Sealed packages in the spool are not affected."
    )


class StoreFailedError(StoreError):
    """For instance: the disk reported an error at a write or flush."""

    issue_id = "STA-104"
    text_id = (
        "Penulisan ke {path} gagal ({detail}). Stasiun harus dijalankan ulang; yang sudah "
        "tersimpan tetap ada. Bila terulang, periksa disk."
    )
    text_en = (
        "Writing to {path} failed ({detail}). The station must be restarted; what was saved "
        "stays saved. If it happens again, check the disk."
    )


class DiskFullError(StoreError):
    """For instance: logs of another program filled the disk during a recording."""

    issue_id = "STA-105"
    text_id = (
        "Disk penuh saat menulis ke {path}. Yang sudah tersimpan tetap ada. Kosongkan ruang, "
        "lalu ulangi langkah terakhir."
    )
    text_en = (
        "The disk is full while writing to {path}. What was saved stays saved. Free some space "
        "and repeat the last step."
    )


class DiskGateError(StoreError):
    """For instance: 480 MB free before a new recording."""

    issue_id = "STA-106"
    text_id = (
        "Ruang disk tidak cukup untuk memulai: tersisa {free_mb} MB, perlu {needed_mb} MB. "
        "Kirim atau ekspor paket yang menunggu, atau kosongkan ruang di {path}."
    )
    text_en = (
        "Not enough disk space to begin: {free_mb} MB free, {needed_mb} MB needed. Let waiting "
        "packages be pulled or export them, or free space at {path}."
    )


class KeyFileError(StationError):
    """For instance: key file gone while its neighbour exists, mode 0644, no PEM."""

    issue_id = "STA-200"
    text_id = "Berkas kunci {path}: {reason_id}"
    text_en = "Key file {path}: {reason_en}"


class TrustedCentreError(StationError):
    """For instance: no recipient, a private key in the enrolment, an unsigned change."""

    issue_id = "STA-210"
    text_id = "Pendaftaran oleh pusat tidak dapat dipakai: {reason_id}"
    text_en = "The enrolment by the centre cannot be used: {reason_en}"


class AccountError(StationError):
    """An operator's account does not allow what was asked."""

    issue_id = "STA-300"


class WrongCredentialsError(AccountError):
    """For instance: mistyped password, unknown or deactivated user: not told apart."""

    issue_id = "STA-301"
    text_id = "Nama pengguna atau kata sandi salah."
    text_en = "User name or password is wrong."


class LockedOutError(AccountError):
    """For instance: five wrong passwords in a row, sixty attempts in a minute."""

    issue_id = "STA-302"
    text_id = "Terlalu banyak percobaan masuk. Tunggu {wait_s} detik, lalu coba lagi."
    text_en = "Too many attempts to sign in. Wait {wait_s} seconds and try again."

    def __init__(self, *, wait_s: int, until_s: float) -> None:
        super().__init__(wait_s=wait_s)
        self.wait_s = wait_s
        self.until_s = until_s
        """End of the lock on the host's monotonic clock, in seconds."""


class WeakPasswordError(AccountError):
    """For instance: eight characters, the user name itself."""

    issue_id = "STA-303"
    text_id = (
        "Kata sandi terlalu lemah: paling sedikit {minimum} karakter, tidak memuat nama pengguna, "
        "dan memakai tiga karakter berbeda atau lebih."
    )
    text_en = (
        "The password is too weak: at least {minimum} characters, without the user name, and with "
        "three different characters or more."
    )


class UserNameTakenError(AccountError):
    """For instance: adding the same operator twice."""

    issue_id = "STA-304"
    text_id = "Nama pengguna '{user_name}' sudah dipakai. Pilih nama lain."
    text_en = "The user name '{user_name}' is taken. Choose another."


class UnknownOperatorError(AccountError):
    """For instance: a number from an old page."""

    issue_id = "STA-305"
    text_id = "Tidak ada petugas dengan nomor {operator_id}."
    text_en = "There is no operator number {operator_id}."


class LastSupervisorError(AccountError):
    """For instance: deactivating the only supervisor, or making them an operator."""

    issue_id = "STA-306"
    text_id = "'{user_name}' adalah penyelia aktif terakhir. Tambahkan penyelia lain dahulu."
    text_en = "'{user_name}' is the last active supervisor. Add another supervisor first."


class LastKeyHolderError(AccountError):
    """For instance: deactivating the only operator of a station with an open recording."""

    issue_id = "STA-307"
    text_id = (
        "Hanya '{user_name}' yang dapat membuka {drafts} perekaman yang belum selesai. Selesaikan "
        "atau batalkan dahulu, atau minta petugas lain masuk sekali."
    )
    text_en = (
        "Only '{user_name}' can open {drafts} unfinished recordings. Finish or abandon them first."
    )


class AccountFormError(AccountError):
    """For instance: a user name with a space, an empty shown name."""

    issue_id = "STA-308"
    text_id = (
        "Nama pengguna terdiri dari 2-32 huruf kecil, angka, titik, garis, diawali huruf; nama "
        "tampilan 1-80 karakter."
    )
    text_en = (
        "A user name has 2-32 lower-case letters, digits, dots or dashes and begins with a "
        "letter; a shown name has 1-80 characters."
    )


class DraftError(StationError):
    """The encrypted parts of an open recording cannot be used."""

    issue_id = "STA-400"


class NotYourDraftError(DraftError):
    """For instance: operator added after the recording began; already sealed or abandoned."""

    issue_id = "STA-401"
    text_id = (
        "Anda belum punya kunci untuk perekaman {case_id}. Petugas yang memulainya harus masuk "
        "sekali lagi agar Anda mendapat akses."
    )
    text_en = (
        "You hold no key for recording {case_id}. A person who has access must sign in once so "
        "that you are given yours."
    )


class DraftDamagedError(DraftError):
    """For instance: a flipped bit, a part moved between cases by hand."""

    issue_id = "STA-402"
    text_id = (
        "Bagian '{part}' dari perekaman {case_id} rusak atau tertukar. Ulangi pengambilan bagian "
        "itu dan laporkan kepada teknisi."
    )
    text_en = (
        "Part '{part}' of recording {case_id} is damaged or was swapped. Capture that part again "
        "and tell a technician."
    )

    def __init__(self, *, case_id: str, part: str) -> None:
        super().__init__(case_id=case_id, part=part)
        self.case_id = case_id
        self.part = part


class UnknownPartError(DraftError):
    """For instance: asking for the third attempt where two were made."""

    issue_id = "STA-403"
    text_id = "Perekaman {case_id} tidak memiliki bagian '{part}'."
    text_en = "Recording {case_id} has no part '{part}'."


class RegisterError(StationError):
    """The table of recordings does not allow what was asked."""

    issue_id = "STA-500"


class UnknownCaseError(RegisterError):
    """For instance: an address from an old page."""

    issue_id = "STA-501"
    text_id = "Tidak ada perekaman {case_id}."
    text_en = "There is no recording {case_id}."


class CaseExistsError(RegisterError):
    """For instance: a form sent twice."""

    issue_id = "STA-502"
    text_id = "Perekaman {case_id} sudah ada."
    text_en = "Recording {case_id} exists already."


class IllegalTransitionError(RegisterError):
    """For instance: sealing twice, purging before the receipt."""

    issue_id = "STA-503"
    text_id = "Perekaman {number} berstatus '{state}' dan tidak dapat menjadi '{to}'."
    text_en = "Recording {number} is '{state}' and cannot become '{to}'."


class WrongFactsError(RegisterError):
    """For instance: sealed without a manifest hash, a sequence number out of turn."""

    issue_id = "STA-504"
    text_id = "Data untuk langkah '{to}' pada perekaman {number} tidak sesuai: {problem}."
    text_en = "The facts for step '{to}' of recording {number} do not fit: {problem}."


class AuditBrokenError(StationError):
    """For instance: a row edited, deleted or moved outside the station."""

    issue_id = "STA-600"
    text_id = (
        "Catatan tindakan berubah di luar stasiun pada nomor {sequence} ({finding}). Hentikan "
        "pemakaian, simpan salinan folder stasiun, dan laporkan kepada penyelia."
    )
    text_en = (
        "The log of actions was changed outside the station at number {sequence} ({finding}). "
        "Stop using it, keep a copy of the station's folder and tell the supervisor."
    )

    def __init__(self, *, sequence: int, finding: str) -> None:
        super().__init__(sequence=sequence, finding=finding)
        self.sequence = sequence
        """First leaf that does not fit, counted from 1."""
        self.finding = finding
