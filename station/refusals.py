"""What the station refuses an operator, and why.

StationError
+-- RefusalError
+-- NotEligibleError       too young, no permit; see `eligibility.py`
+-- AlreadyRecordedError   one recording per life (FIELD.md 3.4)
+-- NoSuchCaseError        the case is not open here
+-- NotCompleteError       something is still missing
+-- NotAllowedError        the role does not permit it
+-- SelfTestRunningError   one self-test at a time
"""

from typing import ClassVar

from station.errors import StationError


class RefusalError(StationError):
    """The station works; the request cannot be granted as things are."""

    issue_id: ClassVar[str] = "STA-700"


class NotEligibleError(RefusalError):
    """For instance: 15 years old and unmarried."""

    issue_id = "STA-701"
    text_id = "Warga ini belum dapat direkam: {reason_id}"
    text_en = "This resident cannot be recorded yet: {reason_en}"


class AlreadyRecordedError(RefusalError):
    """For instance: recorded this morning, the package still waits to be pulled."""

    issue_id = "STA-702"
    text_id = (
        "NIK ini sudah direkam di stasiun ini dengan nomor {number} (status: {state}). Perekaman "
        "kedua akan menjadi DUPLICATE_RECORD. Buka perekaman itu, atau batalkan dahulu."
    )
    text_en = (
        "This NIK was already recorded on this station as {number} (state: {state}). A second "
        "recording would become a DUPLICATE_RECORD. Open that one, or abandon it first."
    )


class NoSuchCaseError(RefusalError):
    """For instance: sealed in another window, an address from yesterday."""

    issue_id = "STA-703"
    text_id = "Perekaman ini tidak sedang dibuka. Pilih dari daftar perekaman."
    text_en = "This recording is not open. Choose it from the list of recordings."


class NotCompleteError(RefusalError):
    """For instance: the irises are neither captured nor owed."""

    issue_id = "STA-704"
    text_id = "Perekaman belum lengkap. Halaman tinjauan menandai yang masih kurang."
    text_en = "The recording is not complete. The review page marks what is missing."


class NotAllowedError(RefusalError):
    """For instance: an operator accepts a failed verification."""

    issue_id = "STA-705"
    text_id = "Peran Anda tidak mengizinkan tindakan ini. Mintalah penyelia."
    text_en = "Your role does not permit this. Ask a supervisor."


class SelfTestRunningError(RefusalError):
    """For instance: the run of the day began a moment ago."""

    issue_id = "STA-706"
    text_id = "Uji mandiri sedang berjalan. Tunggu sampai selesai, atau hentikan dahulu."
    text_en = "A self-test is running. Wait for its end, or stop it first."
