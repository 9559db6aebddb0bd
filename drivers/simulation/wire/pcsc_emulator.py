"""Emulated worker process of a card reader: the calls of `drivers.transport.pcsc_worker`.

    python -m drivers.simulation.wire.pcsc_emulator --fault hang@2

For machines without pcscd; where it runs, `card_vpcd` puts the same virtual card into a real one.
Not modelled: other programs that talk to the card.
"""

import argparse
import os
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from drivers.simulation.wire.card_vpcd import CHIP_ATR, VirtualCard
from drivers.transport.worker_service import ReportedError, serve

READER_NAME = "Emulated Card Reader 00 00"
Call = Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]]


class ReaderFault(StrEnum):
    """What goes wrong at one call."""

    HANG = "hang"
    VANISH = "vanish"
    """The reader is unplugged: this call and all after it fail."""
    BUSY = "busy"
    SHORT = "short"
    """One byte of the card's answer comes, and nothing of what else the answer should tell."""
    DIE = "die"


class EmulatedReader:
    """One reader with at most one fault; without an ATR no card lies on it."""

    def __init__(self, atr: bytes, fault: ReaderFault | None, at_call: int) -> None:
        self._atr = atr
        self._fault = fault
        self._at_call = at_call
        self._calls = 0
        self._is_gone = False

    def handlers(self) -> dict[str, Call]:
        """Return what the worker answers to."""
        calls: dict[str, Call] = {
            "open": lambda _: ({"reader": READER_NAME, "readers": [READER_NAME]}, b""),
            "status": lambda _: ({"is_present": bool(self._atr)}, self._atr),
            "exchange": self._exchange,
            "forget": lambda _: ({}, b""),
        }
        return {name: self._faulty(call) for name, call in calls.items()}

    def _faulty(self, call: Call) -> Call:
        def answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
            fault = self._fault if self._calls == self._at_call else None
            self._calls += 1
            self._fail(fault)
            values, data = call(request)
            return ({}, data[:1]) if fault is ReaderFault.SHORT else (values, data)

        return answer

    def _fail(self, fault: ReaderFault | None) -> None:
        self._is_gone |= fault is ReaderFault.VANISH
        if self._is_gone:
            raise ReportedError("TransportError", "the card reader went away; check the cable")
        if fault is ReaderFault.BUSY:
            raise ReportedError("DeviceBusyError", "another program talks to the card; close it")
        if fault is ReaderFault.HANG:
            threading.Event().wait()
        if fault is ReaderFault.DIE:
            os._exit(1)  # at once, whatever its threads do

    def _exchange(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        if not self._atr:
            raise ReportedError("CaptureTimeoutError", "no card is on the reader")
        answer = VirtualCard(self._atr).answer(bytes.fromhex(request["command"]))
        return {}, answer or b""


def main() -> None:
    """Serve the reader that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--atr", type=bytes.fromhex, default=CHIP_ATR, help="'' for no card")
    parser.add_argument("--fault", metavar="NAME@CALL", help=", ".join(ReaderFault))
    arguments = parser.parse_args()
    name, _, at_call = (arguments.fault or "").partition("@")
    fault = ReaderFault(name) if name else None
    serve(EmulatedReader(arguments.atr, fault, int(at_call or 0)).handlers())


if __name__ == "__main__":
    main()
