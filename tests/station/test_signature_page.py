"""The page that a resident signs: readable, inside the screen, and put on the pad."""

import numpy as np
import pytest

from station.sources.signature_page import draw_signature_page
from tests.station.made_residents import resident

SCREENS = ((480, 800), (120, 320), (64, 240), (600, 1024))


@pytest.mark.parametrize("screen_px", SCREENS)
def test_the_page_fills_the_screen_and_leaves_its_edges_free(screen_px):
    page = draw_signature_page(resident(), screen_px)
    assert (page.shape, page.dtype) == ((*screen_px, 3), np.uint8)
    assert (page.min(), page.max()) == (0, 255)
    assert (page[:, -1] == 255).all()
    assert (page[:, 0] == 255).all()


def test_other_data_is_another_page():
    one, other = (draw_signature_page(resident(full_name=name), (480, 800)) for name in "AB")
    assert not np.array_equal(one, other)


def test_there_is_room_to_sign():
    page = draw_signature_page(resident(address="JL. " + "PANJANG SEKALI " * 9), (480, 800))
    assert (page[340:] == 255).all()


def test_a_long_name_is_written_smaller_not_cut():
    page = draw_signature_page(resident(full_name="NAMA " * 20), (480, 800))
    assert (page[:, -10:] == 255).all()
