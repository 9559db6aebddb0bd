"""What the service answers instead of a capture: SBI's numbers with a text for people.

Numbers: PROTOCOLS.md 10.5. Texts are shown to the operator of another client: Indonesian first.
"""

from drivers.errors import (
    CaptureTimeoutError,
    DeviceBusyError,
    DeviceNotFoundError,
    DriverError,
    TransportError,
)

TEXTS = {
    "0": "Success",
    "100": "Perangkat belum terdaftar / Device not registered",
    "109": "Jumlah jari atau iris tidak sesuai / Requested number of biometrics not supported",
    "110": "Perangkat belum siap / Device is not ready",
    "111": "Perangkat sedang dipakai / Device is busy",
    "112": "transactionId tidak sah / Invalid transactionId",
    "114": "Jenis biometrik tidak dikenal / Invalid biometric type",
    "115": "Lingkungan (env) tidak sesuai / Invalid environment",
    "117": "Pengecualian tidak dikenal / Invalid exception",
    "119": "bioSubType tidak sesuai / Invalid bioSubType",
    "121": "Tujuan (purpose) tidak sesuai / Invalid purpose",
    "500": "Invalid URL",
    "502": "Jenis harus 'Biometric Device', 'Finger', 'Face', atau 'Iris' / Unknown device type",
    "503": "Tidak ada perangkat / No device connected",
    "610": "Terlalu banyak tayangan / Too many streams",
    "701": "Waktu pengambilan habis / Capture timeout",
    "703": "Pengambilan lain sedang berjalan, coba lagi / RCapture already in progress, try again",
    "705": "Perangkat tidak tersambung / Device is not connected",
    "706": "Perangkat hanya untuk Registration / Device is for Registration only",
    "999": "Permintaan tidak dapat dibaca / The request cannot be read",
}


class SbiRefusal(Exception):  # noqa: N818 - an answer by number, not a failure of ours
    """A request is answered by a number."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.text = f"{TEXTS[code]}: {detail}" if detail else TEXTS[code]
        super().__init__(f"{code} {self.text}")

    def to_error(self) -> dict[str, str]:
        """Return the error object of an answer."""
        return {"errorCode": self.code, "errorInfo": self.text}


SUCCESS = {"errorCode": "0", "errorInfo": TEXTS["0"]}


def refusal_of(error: DriverError) -> SbiRefusal:
    """Return the number for what a device call failed with; the text names no person's data."""
    if isinstance(error, CaptureTimeoutError):
        return SbiRefusal("701")
    if isinstance(error, DeviceBusyError):
        return SbiRefusal("703")
    if isinstance(error, (DeviceNotFoundError, TransportError)):
        return SbiRefusal("705", error.issue_id)
    return SbiRefusal("110", error.issue_id)
