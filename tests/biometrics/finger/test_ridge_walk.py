"""Neighbourhoods and walks, on arrays that can be read."""

import numpy as np

from biometrics.finger.ridge_walk import (
    BRANCHES,
    COL_STEP,
    ROW_STEP,
    WalkEnd,
    crossing_numbers,
    neighbourhood_codes,
    walk_ridges,
)

NORTH, EAST, SOUTH, WEST = 0, 2, 4, 6


def grid(text):
    return np.array([[mark == "#" for mark in line] for line in text.split()])


def walk(skeleton, start, move, steps):
    rows, cols = np.array([start[0]]), np.array([start[1]])
    return walk_ridges(neighbourhood_codes(skeleton), (rows, cols), np.array([move]), steps=steps)


def test_each_neighbour_has_its_bit():
    for move in range(8):
        image = np.zeros((3, 3), bool)
        image[1 + ROW_STEP[move], 1 + COL_STEP[move]] = True
        assert neighbourhood_codes(image)[1, 1] == 1 << move


def test_beyond_the_border_there_is_nothing():
    assert neighbourhood_codes(np.ones((1, 1), bool))[0, 0] == 0
    codes = neighbourhood_codes(np.ones((3, 3), bool))
    assert codes[1, 1] == 255
    assert bin(codes[0, 0]).count("1") == 3


def test_crossings_tell_endings_ridges_and_bifurcations():
    fork = grid("..... #..#. .##.. #..#. .....")
    crossings = crossing_numbers(neighbourhood_codes(fork), fork)
    assert crossings[1, 0] == crossings[3, 0] == crossings[1, 3] == crossings[3, 3] == 1
    assert crossings[2, 1] == crossings[2, 2] == 3
    assert not crossings[~fork].any()
    line = grid("..... .###. .....")
    assert crossing_numbers(neighbourhood_codes(line), line)[1].tolist() == [0, 1, 2, 1, 0]


def test_branches_merge_a_corner_with_its_edge():
    straight = 1 << EAST | 1 << 3  # east and south-east are one ridge
    assert [move for move in BRANCHES[straight] if move >= 0] == [EAST]
    three = 1 << NORTH | 1 << 3 | 1 << 5
    assert sorted(BRANCHES[three]) == [NORTH, 3, 5]


def test_a_walk_stops_where_its_ridge_ends():
    line = grid("......... .######.. .........")
    found = walk(line, (1, 1), EAST, 20)
    assert found.lengths[0] == 5
    assert found.ends[0] == WalkEnd.RIDGE_ENDING
    assert found.cols[:5, 0].tolist() == [2, 3, 4, 5, 6]
    assert (found.rows[5:, 0] == 1).all()
    assert (found.cols[5:, 0] == 6).all()


def test_a_walk_stops_at_its_length():
    line = np.zeros((3, 40), bool)
    line[1] = True
    found = walk(line, (1, 0), EAST, 10)
    assert found.ends[0] == WalkEnd.LENGTH_REACHED
    assert found.cols[-1, 0] == 10


def test_a_walk_stops_at_a_fork():
    fork = grid("......#. .....#.. .####... .....#.. ......#.")
    found = walk(fork, (2, 1), EAST, 20)
    assert found.ends[0] == WalkEnd.RIDGE_BIFURCATION
    assert (found.rows[found.lengths[0] - 1, 0], found.cols[found.lengths[0] - 1, 0]) == (2, 4)


def test_a_walk_follows_a_bend():
    bend = grid("....... .###... ....#.. ....#.. ....#.. .......")
    found = walk(bend, (1, 1), EAST, 20)
    last = found.lengths[0] - 1
    assert (found.rows[last, 0], found.cols[last, 0]) == (4, 4)


def test_a_walk_follows_the_border_of_the_image():
    frame = np.ones((6, 6), bool)
    frame[1:-1, 1:-1] = False
    found = walk(frame, (0, 0), EAST, 12)
    assert (found.rows[11, 0], found.cols[11, 0]) == (5, 3)
