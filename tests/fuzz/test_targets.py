"""The targets of the fuzzer work: seeds are read, and thousands of small changes find nothing."""

import random

import pytest

from biometrics.codecs.errors import CodecError
from tests.fuzz import targets

QUICK = [name for name, target in targets.TARGETS.items() if not target.is_slow]


@pytest.mark.parametrize("name", list(targets.TARGETS))
def test_every_seed_is_read(name):
    target = targets.TARGETS[name]
    seeds = target.seeds()
    assert seeds
    for seed in seeds:
        assert len(seed) <= target.max_bytes
        target.run(seed)


def changed(seed, dice):
    """One to four bytes changed, left out or put in, or a piece cut off."""
    data = bytearray(seed)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(data) + 1)
        action = dice.randrange(4)
        if action == 0:
            data[place : place + 1] = bytes(
                [dice.choice((0, 1, 127, 128, 255, dice.randrange(256)))]
            )
        elif action == 1:
            del data[place : place + dice.randint(1, 4)]
        elif action == 2:
            data[place:place] = dice.randbytes(dice.randint(1, 4))
        elif dice.random() < 0.2:
            del data[place:]
    return bytes(data)


@pytest.mark.parametrize("name", QUICK)
def test_small_changes_find_nothing(name):
    dice = random.Random(20261124)
    seeds = targets.TARGETS[name].seeds()
    for _ in range(400):
        targets.fuzz(name, changed(dice.choice(seeds), dice))


def test_a_finding_is_not_swallowed():
    run = targets.settles(lambda data: data, lambda data: data + b"x")
    with pytest.raises(AssertionError, match="otherwise"):
        run(b"")
    with pytest.raises(CodecError):
        targets.TARGETS["nist_itl"].run(b"")
