"""Worker process around PC/SC; run by `drivers.transport.pcsc`, never imported by it."""

import importlib
from typing import Any

from drivers.transport.worker_service import ReportedError, serve

scard: Any = None  # smartcard.scard, loaded by the first call, so that its absence can be reported

_NO_READER = ("DeviceNotFoundError", "no card reader is attached; check cable and plug")
_GONE = ("TransportError", "the card reader went away; check cable and plug")
_NO_SERVICE = ("DeviceNotFoundError", "the service pcscd does not answer; install and start it")
_NO_CARD = ("CaptureTimeoutError", "no card is on the reader")
_MUTE = ("DeviceReportedError", "the card does not answer; turn it, clean its contacts")
_RESET = ("TransportError", "the card was reset or moved; leave it on the reader and try again")
_ERRORS = {  # by the name of the code in winscard.h
    "SCARD_E_NO_SERVICE": _NO_SERVICE,
    "SCARD_E_SERVICE_STOPPED": _NO_SERVICE,
    "SCARD_E_NO_READERS_AVAILABLE": _NO_READER,
    "SCARD_E_UNKNOWN_READER": _GONE,
    "SCARD_E_READER_UNAVAILABLE": _GONE,
    "SCARD_E_SHARING_VIOLATION": ("DeviceBusyError", "another program talks to the card; close it"),
    "SCARD_E_NO_SMARTCARD": _NO_CARD,
    "SCARD_W_REMOVED_CARD": _NO_CARD,
    "SCARD_W_UNRESPONSIVE_CARD": _MUTE,
    "SCARD_W_UNPOWERED_CARD": _MUTE,
    "SCARD_W_RESET_CARD": _RESET,
    "SCARD_E_TIMEOUT": ("TransportTimeoutError", "the card gave no answer in time"),
    "SCARD_W_SECURITY_VIOLATION": ("AccessDeniedError", "the system lets this user use no cards"),
}


class Reader:
    """The reader of this process."""

    def __init__(self) -> None:
        self._context: Any = None
        self._name = ""
        self._card: Any = None
        self._protocol = 0

    def open(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Find the reader whose name has the given words, or the first."""
        _load_library()
        code, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        _check(code, "asking the service pcscd")
        code, names = scard.SCardListReaders(self._context, [])
        _check(code, "looking for readers")
        wanted = str(request.get("reader") or "")
        fitting = [name for name in names if wanted.casefold() in name.casefold()]
        if not fitting:
            known = ", ".join(names) or "none"
            raise ReportedError(
                "DeviceNotFoundError", f"no card reader is named '{wanted}'; attached: {known}"
            )
        self._name = fitting[0]
        return {"reader": self._name, "readers": list(names)}, b""

    def status(self, _request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return the card's ATR, empty without a card."""
        code, states = scard.SCardGetStatusChange(
            self._context, 0, [(self._name, scard.SCARD_STATE_UNAWARE)]
        )
        _check(code, "looking for a card")
        _, state, atr = states[0]
        if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
            raise ReportedError(*_GONE)
        if state & scard.SCARD_STATE_MUTE:
            raise ReportedError(*_MUTE)
        return {"is_present": bool(state & scard.SCARD_STATE_PRESENT)}, bytes(atr)

    def exchange(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Send a command to the card and return its answer with both status bytes."""
        if self._card is None:
            code, self._card, self._protocol = self._connect()
            if code != scard.SCARD_S_SUCCESS:
                self._card = None
            _check(code, "talking to the card")
        protocol = scard.SCARD_PCI_T0 if self._protocol == 1 else scard.SCARD_PCI_T1
        command = list(bytes.fromhex(request["command"]))
        code, answer = scard.SCardTransmit(self._card, protocol, command)
        if code != scard.SCARD_S_SUCCESS:
            self._forget()
        _check(code, "talking to the card")
        return {}, bytes(answer)

    def forget(self, _request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """End the conversation with the card, which is switched off; others may use it."""
        self._forget()
        return {}, b""

    def _connect(self) -> tuple[int, Any, int]:
        code, card, protocol = scard.SCardConnect(
            self._context,
            self._name,
            scard.SCARD_SHARE_EXCLUSIVE,
            scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
        )
        return code, card, protocol

    def _forget(self) -> None:
        if self._card is not None:
            scard.SCardDisconnect(self._card, scard.SCARD_UNPOWER_CARD)
            self._card = None


def _load_library() -> None:
    global scard  # noqa: PLW0603 - one library in a process that has no other purpose
    try:
        scard = importlib.import_module("smartcard.scard")
    except ImportError as error:
        raise ReportedError(
            "OptionsError", "the library pyscard is missing; install the extra 'card'"
        ) from error


def _check(code: int, action: str) -> None:
    if code == scard.SCARD_S_SUCCESS:
        return
    for name, (error, message) in _ERRORS.items():
        if getattr(scard, name, None) == code:
            raise ReportedError(error, f"{message} (while {action})")
    raise ReportedError(
        "TransportError", f"{scard.SCardGetErrorMessage(code)} (while {action}); check the reader"
    )


def main() -> None:
    """Serve one reader."""
    reader = Reader()
    serve(
        {
            "open": reader.open,
            "status": reader.status,
            "exchange": reader.exchange,
            "forget": reader.forget,
        }
    )


if __name__ == "__main__":
    main()
