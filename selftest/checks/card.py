"""The smart-card reader, alone and with the station's test card."""

import time

from drivers.devices import CardReader
from drivers.errors import CaptureTimeoutError, DriverError
from selftest.check import Measured, Skip, check, measured
from selftest.counters import counted_in
from selftest.errors import NotReadyError
from selftest.guide import Question
from selftest.mode import Mode
from selftest.presence import see_and_open
from selftest.subject import Subject

TRIES = 10  # CHECKS E.2 row 57
_ANSWER_LIMIT_S = 2.0
_LIMIT_S = 200.0
_ASK_FOR_APPLICATION = bytes.fromhex("00A40400")
"""SELECT without a name: every card answers, be it with an error (ISO/IEC 7816-4:2020, 11.2.2)."""
_WINDOW_DAYS = 30
_LEAST_READS = 30


def lay_test_card(subject: Subject) -> None:
    """Ask for the test card: a card that is known to be good leaves only the reader to blame."""
    subject.ask(
        Question(
            "card-test",
            "Letakkan kartu uji stasiun di pembaca kartu dan biarkan diam.",
            "Lay the station's test card on the reader and leave it still.",
        )
    )


@check("card", "CRD-001", time_limit_s=15)
def presence(subject: Subject) -> Measured | Skip:
    """Whether the service runs and names the reader."""
    return see_and_open(subject, CardReader)


@check("card", "CRD-101", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def answers_to_reset(subject: Subject) -> Measured | Skip:
    """Answers to reset of the test card, of ten tries."""
    subject.once(lay_test_card)
    reader = subject.opened(CardReader)
    answered = sum(_has_answer(reader) for _ in range(TRIES))
    return measured("answers_to_reset", answered, n=TRIES)


@check("card", "CRD-102", time_limit_s=_LIMIT_S, mode=Mode.GUIDED)
def round_trip(subject: Subject) -> Measured | Skip:
    """Time from a short command to its answer, after one that warms up."""
    reader = subject.opened(CardReader)
    if not reader.can_exchange:
        return Skip("pembaca ini tidak meneruskan perintah / this reader passes no commands")
    subject.once(lay_test_card)
    try:
        times_s = sorted(_time_one(reader) for _ in range(TRIES + 1))
    except CaptureTimeoutError as error:
        raise NotReadyError(f"tidak ada kartu / no card: {error}") from error
    return measured("round_trip", 1000 * times_s[len(times_s) // 2], n=TRIES)


@check("card", "CRD-103", essential=False)
def secure_access_module(subject: Subject) -> Measured | Skip:
    """Whether the SAM that opens a KTP-el answers."""
    reader = subject.opened(CardReader)
    has_sam = reader.has_sam(timeout_s=_ANSWER_LIMIT_S)
    if has_sam is None:
        return Skip("pembaca ini tidak punya SAM / this reader tells of no SAM")
    return measured("sam_answers", float(has_sam))


@check("card", "CRD-104", essential=False)
def read_retries(subject: Subject) -> Measured | Skip:
    """Share of reads of residents' cards that had to be repeated."""
    reads, retries = counted_in(subject, "reads", "read_retries", days=_WINDOW_DAYS)
    if reads < _LEAST_READS:
        return Skip(f"baru {reads} dari {_LEAST_READS} pembacaan / reads so far")
    return measured("retry_share", 100 * retries / reads, n=reads)


def _has_answer(reader: CardReader) -> bool:
    try:
        return reader.read_atr(timeout_s=_ANSWER_LIMIT_S) is not None
    except DriverError:
        return False


def _time_one(reader: CardReader) -> float:
    began_s = time.perf_counter()
    reader.exchange(_ASK_FOR_APPLICATION, timeout_s=_ANSWER_LIMIT_S)
    return time.perf_counter() - began_s
