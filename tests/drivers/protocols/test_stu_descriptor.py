"""Sizes from HID report descriptors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.stu_descriptor import report_sizes
from drivers.simulation.wire.stu_hid import report_descriptor


def test_an_empty_descriptor_declares_nothing():
    assert report_sizes(b"") == {}


def test_a_mouse():
    # The boot mouse of the HID specification, appendix E.10: 3 buttons, 5 bits filling, x and y.
    descriptor = bytes.fromhex(
        "05010902a1010901a1000509190129031500250195037501810295017505810105010930093115812"
        "57f750895028106c0c0"
    )
    assert report_sizes(descriptor) == {0: 3}


def test_bits_add_up_and_are_rounded_to_bytes():
    descriptor = bytes.fromhex("8507 7501 9503 8102 7505 9501 8101 7504 9501 8102")
    assert report_sizes(descriptor) == {7: 1 + 2}


def test_push_and_pop_bring_the_old_values_back():
    descriptor = bytes.fromhex("8501 7508 9504 b102 a4 8502 9509 b102 b4 b102")
    assert report_sizes(descriptor) == {1: 9, 2: 10}


def test_an_unmatched_pop_is_refused():
    with pytest.raises(ValueError, match="pops"):
        report_sizes(b"\xb4")


def test_long_items_are_skipped():
    assert report_sizes(bytes.fromhex("fe03f0aabbcc 8501 7508 9502 8102")) == {1: 3}


@given(st.dictionaries(st.integers(1, 255), st.integers(2, 3000)))
def test_what_the_emulator_declares_is_read(sizes):
    assert report_sizes(report_descriptor(sizes)) == sizes


def test_a_descriptor_cut_within_an_item_is_refused():
    with pytest.raises(ValueError, match="within an item"):
        report_sizes(report_descriptor({1: 7})[:-2])


def test_a_descriptor_cut_between_items_is_refused():
    with pytest.raises(ValueError, match="within a collection"):
        report_sizes(report_descriptor({1: 7})[:-1])


@given(st.binary(max_size=60))
def test_any_bytes_give_sizes_or_a_value_error(data):
    try:
        sizes = report_sizes(data)
    except ValueError:
        return
    assert all(size >= 0 for size in sizes.values())
