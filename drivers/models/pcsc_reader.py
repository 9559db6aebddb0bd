"""Any smart-card reader of PC/SC: is a card there, which kind, what does it answer.

Of a KTP-el only the presence of its chip is told: a contactless chip that runs programs (ISO/IEC
14443-4, FIELD.md 3.9). The chip's content is locked to readers with a SAM of the ministry, and its
ATR is not published, so another card of that kind is not told apart. Needs pcscd and the extra
'card'.

pcscd looks every 0.4 s. A card that leaves just as a command to it fails, and is back before the
next look, is not seen (pcsc-lite 1.9.9) until it has been away for longer.
"""

import time

from pydantic import Field

from drivers.devices import AttachedDevice, CardReader, DeviceOptions
from drivers.errors import CaptureTimeoutError, DeviceNotFoundError, OptionsError, ProtocolError
from drivers.frames import CardAnswer, DeviceIdentity
from drivers.protocols.card_atr import CardKind, parse_atr
from drivers.transport.pcsc import PcscLink, PcscLinkFactory
from drivers.transport.usb_class_search import SMART_CARD, find_by_class

LOOK_EVERY_S = 0.2
MIN_COMMAND_BYTES = 4  # CLA INS P1 P2 (ISO/IEC 7816-4:2020, 5.2)
STATUS_BYTES = 2


class PcscReaderOptions(DeviceOptions):
    """Options of a card reader."""

    reader: str | None = None
    """Words in the reader's name as PC/SC has it; the first reader if left out."""
    open_timeout_s: float = Field(4.0, gt=0, le=60)
    """How long the service may take to name its readers."""


class PcscReader(CardReader):
    """A card reader behind a worker process."""

    options_model = PcscReaderOptions
    can_exchange = True

    def __init__(
        self, name: str, options: PcscReaderOptions, make_link: PcscLinkFactory | None = None
    ) -> None:
        super().__init__(name, options)
        self._reader_options = options
        self._make_link = make_link or (
            lambda: PcscLink(device=name, check_cancel=self._raise_if_cancelled)
        )
        self._link: PcscLink | None = None

    @classmethod
    def find_attached(cls) -> tuple[AttachedDevice, ...]:
        """Return the USB readers that any PC/SC service can drive (CCID)."""
        return find_by_class(SMART_CARD, description="card reader", needs_permission=False)

    def _exchange(self, command: bytes, timeout_s: float) -> CardAnswer:
        """Send it; from the first command on the card is this program's until `release_card`."""
        if len(command) < MIN_COMMAND_BYTES:
            raise OptionsError(
                f"a command has at least {MIN_COMMAND_BYTES} bytes", device=self.name
            )
        answer = self._opened().exchange(command, timeout_s=timeout_s)
        if len(answer) < STATUS_BYTES:
            raise ProtocolError(
                f"the card answered {len(answer)} bytes, no status; leave it still on the reader",
                device=self.name,
            )
        return CardAnswer(answer[:-STATUS_BYTES], int.from_bytes(answer[-STATUS_BYTES:], "big"))

    def release_card(self, *, timeout_s: float) -> None:
        """Switch the card off and let other programs use it."""
        self._require_open()
        self._opened().forget_card(timeout_s=timeout_s)

    def has_chip(self, *, timeout_s: float) -> bool:
        """Tell whether a card with a chip like that of a KTP-el lies on the reader."""
        atr = self.read_atr(timeout_s=timeout_s)
        if atr is None:
            return False
        try:
            return parse_atr(atr).kind is CardKind.CONTACTLESS_CHIP
        except ValueError as error:
            raise ProtocolError(
                f"{error}; turn the card, clean its contacts", device=self.name
            ) from error

    def wait_for_card(self, *, timeout_s: float) -> bytes:
        """Return the ATR as soon as a card is there; CaptureTimeoutError when none comes."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            self._raise_if_cancelled()
            atr = self.read_atr(timeout_s=timeout_s)
            if atr is not None:
                return atr
            if time.monotonic() > deadline_s:
                raise CaptureTimeoutError(
                    f"no card within {timeout_s:g} s; lift it for a second, then lay it down again",
                    device=self.name,
                )
            time.sleep(LOOK_EVERY_S)

    def _open(self) -> None:
        self._link = self._make_link()
        options = self._reader_options
        self._link.open(options.reader, timeout_s=options.open_timeout_s)

    def _close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _identity(self) -> DeviceIdentity:
        return DeviceIdentity(make="PC/SC", model=self._opened().reader)

    def _read_atr(self, timeout_s: float) -> bytes | None:
        return self._opened().read_atr(timeout_s=timeout_s)

    def _opened(self) -> PcscLink:
        if self._link is None:
            raise DeviceNotFoundError("used before it was opened", device=self.name)
        return self._link


DRIVER = PcscReader
