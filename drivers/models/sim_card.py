"""Simulated smart-card reader: the station's test card, a card of the KTP-el's kind, or none.

The test card answers to SELECT of its own application with 9000 and to all else with 6D00 ("not
supported"); the other kind of card answers 6982 ("locked"), as a KTP-el does without a SAM.

Not modelled: contactless collisions, cards that are drawn away in the middle of a command.
"""

from enum import StrEnum

from drivers.devices import CardReader
from drivers.errors import CaptureTimeoutError, ProtocolError
from drivers.frames import CardAnswer, DeviceIdentity
from drivers.simulation.options import SimulatedOptions
from drivers.simulation.unit import SimulatedUnit

TEST_CARD_AID = bytes.fromhex(
    "F04B54504C544553"
)  # proprietary (ISO/IEC 7816-4, 8.2.1.2): "KTPLTES"
SELECT = b"\x00\xa4\x04\x00"
_ATRS = {
    # ISO/IEC 7816-3: TS, T0, historical bytes "KTPTEST"; and PC/SC part 3 for a contactless chip.
    "test": bytes.fromhex("3B074B545054455354"),
    "ktp": bytes.fromhex("3B80800101"),
}
_GOOD, _NOT_SUPPORTED, _LOCKED = 0x9000, 0x6D00, 0x6982
_ANSWER_S = 0.015  # a contact card at 9600 baud takes 10 to 20 ms for a short command
_TRIES = 10


class Card(StrEnum):
    """What lies on the reader."""

    TEST = "test"
    KTP = "ktp"
    NONE = "none"


class SimCardOptions(SimulatedOptions):
    """Options of the simulated reader."""

    fault_kind = "card_reader"

    card: Card = Card.TEST
    """What lies on the reader."""
    sam: bool = False
    """Whether the reader has a place for a SAM, with one in it."""


class SimCard(CardReader):
    """A reader with a card on it."""

    options_model = SimCardOptions
    options: SimCardOptions
    can_exchange = True

    def __init__(self, name: str, options: SimCardOptions) -> None:
        super().__init__(name, options)
        self.unit = SimulatedUnit(name, "Virtual card reader", options)
        self._looks = 0

    def _open(self) -> None:
        self.unit.open()

    def _close(self) -> None:
        self._looks = 0

    def _identity(self) -> DeviceIdentity:
        return self.unit.identity

    def _read_atr(self, timeout_s: float) -> bytes | None:
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        self._looks += 1
        misses = self.unit.faults.strength("misses") or 0
        if self.options.card is Card.NONE or self._looks % _TRIES < misses:
            return None
        return _ATRS[self.options.card.value]

    def _exchange(self, command: bytes, timeout_s: float) -> CardAnswer:
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        if self.options.card is Card.NONE:
            raise CaptureTimeoutError("no card; lay one on the reader", device=self.name)
        if len(command) < len(SELECT):
            raise ProtocolError("a command has at least 4 bytes", device=self.name)
        factor = self.unit.faults.strength("slow_card") or 1.0
        self.unit.wait(_ANSWER_S * factor, self._raise_if_cancelled)
        return CardAnswer(b"", self._status(command))

    def _has_sam(self, timeout_s: float) -> bool | None:
        if not self.options.sam:
            return None
        self.unit.begin_transfer(timeout_s, self._raise_if_cancelled)
        return not self.unit.faults.is_acting("no_sam")

    def _status(self, command: bytes) -> int:
        if self.options.card is Card.KTP:
            return _LOCKED
        is_ours = command[:4] == SELECT and command[5:13] == TEST_CARD_AID
        return _GOOD if is_ours else _NOT_SUPPORTED


DRIVER = SimCard
