"""The card reader driver over an emulated worker; `test_pcsc_vpcd.py` has a real pcscd."""

import sys
import threading

import pytest

from drivers.errors import (
    CaptureCancelledError,
    CaptureTimeoutError,
    OptionsError,
    ProtocolError,
)
from drivers.models.pcsc_reader import PcscReader, PcscReaderOptions
from drivers.probing import take_sample
from drivers.simulation.wire.card_vpcd import CHIP_ATR, GET_UID, UID, VirtualCard
from drivers.transport.pcsc import PcscLink

EMULATOR = (sys.executable, "-m", "drivers.simulation.wire.pcsc_emulator")
CONTACT_ATR = "3B6800000073C84012009000"
GET_CHALLENGE = bytes.fromhex("0084000008")


def make(*arguments):
    """A reader whose worker processes are kept in `reader.processes`."""
    processes = []

    def make_link():
        link = PcscLink(
            device="reader",
            check_cancel=lambda: reader._raise_if_cancelled(),
            worker=(*EMULATOR, *arguments),
        )
        processes.append(link._worker._process)
        return link

    reader = PcscReader("reader", PcscReaderOptions(open_timeout_s=2.0), make_link)
    reader.processes = processes
    return reader


def test_a_card_is_there_and_answers(assert_no_new_threads):
    reader = make()
    with reader:
        assert reader.identity().model == "Emulated Card Reader 00 00"
        assert reader.read_atr(timeout_s=5.0) == CHIP_ATR
        assert reader.has_chip(timeout_s=5.0)
        answer = reader.exchange(GET_UID + b"\0", timeout_s=5.0)
        assert (answer.data, answer.status) == (UID, 0x9000)
        assert reader.exchange(GET_CHALLENGE, timeout_s=5.0).status == 0x6D00
        reader.release_card(timeout_s=5.0)
    assert [process.poll() for process in reader.processes] == [0]
    assert_no_new_threads()


def test_no_card():
    with make("--atr", "") as reader:
        assert reader.read_atr(timeout_s=5.0) is None
        assert not reader.has_chip(timeout_s=5.0)
        with pytest.raises(CaptureTimeoutError, match="no card"):
            reader.exchange(GET_UID, timeout_s=5.0)
        with pytest.raises(CaptureTimeoutError, match=r"no card within 0\.3 s"):
            reader.wait_for_card(timeout_s=0.3)


def test_waiting_for_a_card():
    with make() as reader:
        assert reader.wait_for_card(timeout_s=5.0) == CHIP_ATR
    with make("--atr", "") as reader:
        threading.Timer(0.3, reader.cancel).start()
        with pytest.raises(CaptureCancelledError):
            reader.wait_for_card(timeout_s=30.0)


def test_a_bank_card_is_no_chip_of_that_kind():
    with make("--atr", CONTACT_ATR) as reader:
        assert not reader.has_chip(timeout_s=5.0)


def test_a_damaged_atr():
    with (
        make("--atr", "3B80800100") as reader,
        pytest.raises(ProtocolError, match=r"check byte.*clean its contacts"),
    ):
        reader.has_chip(timeout_s=5.0)


def test_what_is_no_command_is_not_sent():
    with make() as reader, pytest.raises(OptionsError, match="at least 4"):
        reader.exchange(b"\0\xa4", timeout_s=5.0)


def test_the_probe_tells_the_atr():
    with make() as reader:
        assert take_sample(reader, timeout_s=5.0).measurements["atr"] == CHIP_ATR.hex()


def test_a_short_answer_is_a_protocol_error_and_the_next_one_is_good():
    with make("--fault", "short@1") as reader:
        with pytest.raises(ProtocolError, match="no status"):
            reader.exchange(GET_UID, timeout_s=5.0)
        assert reader.exchange(GET_UID, timeout_s=5.0).status == 0x9000


def test_the_virtual_card_keeps_silent_where_no_answer_is_due():
    card = VirtualCard()
    assert [card.answer(bytes((order,))) for order in (0, 1, 2, 4)] == [None, None, None, CHIP_ATR]
    assert card.answer(bytes.fromhex("00A40400021234")) == b"\x6a\x82"
