"""The ledger of a station's sequence: holes, breaks, forks, and lines torn by a crash."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.centre.ledger import LEDGER_NAME, Ledger
from station.package.manifest import NO_PREVIOUS


class Shown:
    """What the ledger reads of a manifest."""

    def __init__(self, sequence: int, previous: str | None = None) -> None:
        self.sequence = sequence
        self.package_id = f"{sequence:032x}"
        self.sha256 = f"{sequence:064x}"
        before = NO_PREVIOUS if sequence == 1 else f"{sequence - 1:064x}"
        self.previous_manifest_sha256 = previous or before


def test_empty(tmp_path):
    ledger = Ledger(tmp_path)
    assert (ledger.cursor(), ledger.gaps(), ledger.chain_breaks()) == (0, (), ())


def test_the_cursor_stops_at_what_is_open(tmp_path):
    ledger = Ledger(tmp_path)
    for number in (1, 2, 3):
        ledger.learn(Shown(number))
    assert ledger.cursor() == 0
    ledger.settle(1, "accepted")
    ledger.settle(3, "accepted")
    assert ledger.cursor() == 1
    ledger.settle(2, "rejected")
    assert ledger.cursor() == 3
    assert Ledger(tmp_path).cursor() == 3


def test_a_gap_holds_the_cursor(tmp_path):
    ledger = Ledger(tmp_path)
    for number in (1, 3, 6):
        ledger.learn(Shown(number))
        ledger.settle(number, "accepted")
    assert ledger.gaps() == (2, 4, 5)
    assert ledger.cursor() == 1


def test_a_break_is_found_in_any_order(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.learn(Shown(3))
    ledger.learn(Shown(2, previous="f" * 64))
    ledger.learn(Shown(1, previous="e" * 64))
    assert ledger.chain_breaks() == (1, 2)


def test_the_first_manifest_under_a_number_stays(tmp_path):
    ledger = Ledger(tmp_path)
    first = ledger.learn(Shown(1))
    other = Shown(1)
    other.sha256 = "a" * 64
    assert ledger.learn(other) == first
    assert Ledger(tmp_path).get(1) == first


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.integers(1, 8), min_size=1, max_size=8), cut=st.integers(1, 400))
def test_a_torn_line_loses_only_itself(tmp_path, numbers, cut):
    path = tmp_path / LEDGER_NAME
    path.unlink(missing_ok=True)
    ledger = Ledger(tmp_path)
    for number in numbers:
        ledger.learn(Shown(number))
    whole = path.read_bytes()
    torn = whole[: max(len(whole) - cut, 0)]
    path.write_bytes(torn)
    again = Ledger(tmp_path)
    assert len(again.entries()) == torn.count(b"\n")
    for number in numbers:
        again.learn(Shown(number))
    assert Ledger(tmp_path).entries() == ledger.entries()
