"""The thread that owns a device: in order, errors and all, and never in the way of the end."""

import subprocess
import sys
import threading
import time

import pytest

from station.owner_thread import OwnerThread

LIMIT_S = 10.0
HANGING_PROGRAM = """
import threading, time
from drivers.catalog import build_device
from station.device_room import DeviceRoom
from station.device_slot import DeviceSlot

slot = DeviceSlot(build_device("iris", "sim_iris", {"scene": "left-behind"}), "sim_iris")
hangs = threading.Event()

def hang(device):
    hangs.set()
    threading.Event().wait()

room = DeviceRoom([slot])
slot.submit(hang, silent_limit_s=0.1)
hangs.wait(10.0)
time.sleep(0.2)
print(slot.status().state, flush=True)
room.close()
print("closed", flush=True)
"""


def test_work_is_done_in_order_on_one_thread() -> None:
    owner = OwnerThread("owner-under-test")
    seen: list[tuple[int, str]] = []
    futures = [
        owner.submit(lambda number=number: seen.append((number, threading.current_thread().name)))
        for number in range(50)
    ]
    for future in futures:
        future.result(LIMIT_S)
    assert seen == [(number, "owner-under-test") for number in range(50)]
    assert owner.end(timeout_s=LIMIT_S)


def test_an_error_is_told_and_the_thread_goes_on() -> None:
    owner = OwnerThread("owner-under-test")
    failing = owner.submit(lambda: {}["nothing"])
    assert owner.submit(lambda: 7).result(LIMIT_S) == 7
    with pytest.raises(KeyError):
        failing.result(LIMIT_S)
    assert owner.end(timeout_s=LIMIT_S)


def test_what_was_submitted_is_done_before_the_end() -> None:
    owner = OwnerThread("owner-under-test")
    slow = owner.submit(lambda: time.sleep(0.2))
    assert owner.end(timeout_s=LIMIT_S)
    assert slow.done()
    assert owner.end(timeout_s=0.0)  # twice is allowed


def test_after_the_end_nothing_is_taken() -> None:
    owner = OwnerThread("owner-under-test")
    assert owner.end(timeout_s=LIMIT_S)
    with pytest.raises(RuntimeError, match="no more work"):
        owner.submit(lambda: None)


def test_one_that_hangs_is_not_waited_for() -> None:
    owner, goes_on = OwnerThread("owner-under-test"), threading.Event()
    hanging = owner.submit(lambda: goes_on.wait(LIMIT_S))
    began_s = time.monotonic()
    assert not owner.end(timeout_s=0.1)
    assert time.monotonic() - began_s < LIMIT_S / 2
    goes_on.set()
    assert hanging.result(LIMIT_S)
    assert owner.end(timeout_s=LIMIT_S)


def test_a_program_whose_device_hangs_for_ever_still_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGING_PROGRAM],
        capture_output=True,
        text=True,
        timeout=60.0,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "hung"
    assert "left behind" in done.stdout
    assert lines[-1] == "closed"
