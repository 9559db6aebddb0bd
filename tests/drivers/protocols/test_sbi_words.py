"""Names, groups, times, hashes and frames of SBI."""

import hashlib
import re
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.devices import CaptureTarget
from drivers.frames import FrameRegion
from drivers.protocols import sbi_chain
from drivers.protocols.sbi_chain import HashChains
from drivers.protocols.sbi_frames import lay_side_by_side, to_colour, to_eye_frame, to_grey
from drivers.protocols.sbi_words import (
    EYES,
    FINGER_GROUPS,
    FINGERS,
    NO_PREVIOUS_HASH,
    hash_of,
    part_named,
    part_of_sub_type,
    parts_of,
    sub_id_of,
    to_moment,
    to_text,
)


def test_ten_fingers_two_eyes_by_three_names_each():
    assert len(FINGERS) == 10
    assert sorted(part.code for part in FINGERS) == list(range(1, 11))
    assert part_named("left_index").sub_type == "Left IndexFinger"
    assert part_named("left_index").code == 7
    assert part_named("right_thumb").sub_type == "Right Thumb"
    for part in (*FINGERS, *EYES):
        assert part_of_sub_type(part.sub_type) == part_named(part.part) == part
    assert part_of_sub_type("UNKNOWN") is None


@pytest.mark.parametrize("target", CaptureTarget)
def test_every_target_has_its_sub_device(target):
    assert set(parts_of(target)) <= set(FINGER_GROUPS[sub_id_of(target)])
    assert parts_of(target)


def test_the_first_hash_is_that_of_nothing():
    assert hashlib.sha256(b"").hexdigest().upper() == NO_PREVIOUS_HASH


@given(st.lists(st.binary(max_size=30), min_size=2, max_size=5, unique=True))
def test_a_chain_depends_on_every_record_and_its_order(records):
    def chain(items):
        head = NO_PREVIOUS_HASH
        for item in items:
            head = hash_of(head, item)
        return head

    assert re.fullmatch("[0-9A-F]{64}", chain(records))
    assert chain(records) != chain(records[::-1])
    assert chain(records) != chain(records[:-1])


def test_times():
    assert to_text(datetime(2026, 11, 24, 12, 36, tzinfo=timezone(timedelta(hours=7)))) == (
        "2026-11-24T05:36:00Z"
    )
    assert to_moment("2026-11-24T05:36:00Z") == datetime(2026, 11, 24, 5, 36, tzinfo=UTC)
    assert to_moment("2026-11-24T12:36:00.125+07:00") == datetime(
        2026, 11, 24, 5, 36, 0, 125_000, tzinfo=UTC
    )
    for wrong in ("", "yesterday", "2026-11-24T05:36:00"):
        with pytest.raises(ValueError, match=r"zone|Invalid"):
            to_moment(wrong)


# ---- chains


def test_a_head_moves_only_from_where_it_was():
    chains = HashChains()
    assert chains.head("a") == NO_PREVIOUS_HASH
    assert chains.advance("a", old_hash=NO_PREVIOUS_HASH, new_hash="1")
    assert not chains.advance("a", old_hash=NO_PREVIOUS_HASH, new_hash="2")
    assert chains.head("a") == "1"
    assert chains.head("b") == NO_PREVIOUS_HASH


def test_old_transactions_are_forgotten(monkeypatch):
    monkeypatch.setattr(sbi_chain, "MAX_TRANSACTIONS", 3)
    chains = HashChains()
    for name in "abcde":
        chains.advance(name, old_hash=NO_PREVIOUS_HASH, new_hash=name)
    assert [chains.head(name) for name in "abcde"] == [NO_PREVIOUS_HASH] * 2 + ["c", "d", "e"]


# ---- frames


def region(name, shape=(100, 80), paper=255, ink=40):
    pixels = np.full(shape, paper, np.uint8)
    pixels[10:-10, 10:-10] = ink
    return FrameRegion(name, pixels, 50, b"")


def test_fingers_lie_in_order_each_whole_none_over_another():
    order = FINGER_GROUPS["1"]
    names = [part.sub_type for part in order]
    inks = {name: 10 + 20 * number for number, name in enumerate(names)}
    canvas = lay_side_by_side(
        [region(name, ink=inks[name]) for name in reversed(names)], order, 500
    )
    lefts = [np.argmax((canvas == inks[name]).any(axis=0)) for name in names]
    assert lefts == sorted(lefts)
    for name in names:
        assert np.count_nonzero(canvas == inks[name]) == 80 * 60
    tops = {name: np.argmax((canvas == inks[name]).any(axis=1)) for name in names}
    assert tops["Left MiddleFinger"] < tops["Left RingFinger"] < tops["Left IndexFinger"]
    assert tops["Left LittleFinger"] == max(tops.values())


def test_the_canvas_has_the_grey_of_the_glass():
    names = ["Left Thumb", "Right Thumb"]
    canvas = lay_side_by_side([region(n, paper=230) for n in names], FINGER_GROUPS["3"], 500)
    assert set(np.unique(canvas)) == {40, 230}


def test_missing_fingers_leave_no_hole_at_the_top():
    order = FINGER_GROUPS["2"]
    canvas = lay_side_by_side(
        [region("Right LittleFinger"), region("Right IndexFinger")], order, 500
    )
    assert (canvas[:60] < 255).any()


def test_wide_fingers_do_not_touch():
    names = ["Left Thumb", "Right Thumb"]
    canvas = lay_side_by_side([region(n, (50, 900)) for n in names], FINGER_GROUPS["3"], 500)
    assert np.count_nonzero(canvas == 40) == 2 * 30 * 880


@pytest.mark.parametrize("shape", [(1, 1), (317, 423), (480, 640), (479, 639)])
def test_eyes_are_put_in_the_middle_unscaled(shape):
    eye = np.random.default_rng(1).integers(0, 255, shape, np.uint8)
    framed = to_eye_frame(eye)
    top, left = (480 - shape[0]) // 2, (640 - shape[1]) // 2
    assert framed.shape == (480, 640)
    assert np.array_equal(framed[top : top + shape[0], left : left + shape[1]], eye)


def test_too_large_an_eye():
    with pytest.raises(ValueError, match="481 x 640"):
        to_eye_frame(np.zeros((481, 640), np.uint8))


def test_grey_stored_as_colour_is_grey_true_colour_is_refused():
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert np.array_equal(to_grey(np.dstack([grey] * 3)), grey)
    assert np.array_equal(to_colour(grey), np.dstack([grey] * 3))
    with pytest.raises(ValueError, match="in colour"):
        to_grey(np.dstack([grey, grey, grey + 1]))
