"""The simulated card reader: which card lies there, what it answers, its faults."""

import pytest

from drivers.catalog import build_device
from drivers.devices import CardReader, DeviceOptions
from drivers.errors import CaptureTimeoutError, OptionsError, ProtocolError
from drivers.frames import DeviceIdentity
from drivers.models.sim_card import SELECT, TEST_CARD_AID
from drivers.protocols.card_atr import CardKind, parse_atr

SELECT_TEST = SELECT + bytes([len(TEST_CARD_AID)]) + TEST_CARD_AID


def reader(**options):
    return build_device("card", "sim_card", options)


@pytest.mark.parametrize(
    ("card", "kind"), [("test", CardKind.CONTACT), ("ktp", CardKind.CONTACTLESS_CHIP)]
)
def test_its_cards_have_well_formed_answers_to_reset(card, kind):
    with reader(card=card) as device:
        assert parse_atr(device.read_atr(timeout_s=1)).kind is kind


def test_the_test_card_knows_its_own_application_only():
    with reader() as device:
        assert device.exchange(SELECT_TEST, timeout_s=1).status == 0x9000
        assert device.exchange(b"\x00\xb0\x00\x00", timeout_s=1).status == 0x6D00


def test_a_ktp_el_is_locked():
    with reader(card="ktp") as device:
        assert device.exchange(SELECT_TEST, timeout_s=1).status == 0x6982


def test_without_a_card_there_is_no_answer():
    with reader(card="none") as device:
        assert device.read_atr(timeout_s=1) is None
        with pytest.raises(CaptureTimeoutError):
            device.exchange(SELECT_TEST, timeout_s=1)


def test_what_is_no_command_is_refused():
    with reader() as device, pytest.raises(ProtocolError):
        device.exchange(b"\x00", timeout_s=1)


def test_worn_contacts_miss_some_of_ten_answers():
    with reader(faults=["misses=3"]) as device:
        seen = [device.read_atr(timeout_s=1) is not None for _ in range(10)]
    assert seen.count(False) == 3


class Mute(CardReader):
    """A reader that only tells of presence."""

    def _open(self):
        pass

    def _close(self):
        pass

    def _identity(self):
        return DeviceIdentity("Acme", "Mute")

    def _read_atr(self, timeout_s):
        return None


def test_readers_that_pass_no_commands_say_so():
    with Mute("mute", DeviceOptions()) as device, pytest.raises(OptionsError, match="no commands"):
        device.exchange(SELECT_TEST, timeout_s=1)
