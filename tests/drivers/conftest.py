"""Shared by the drivers' tests: synthetic pictures, threads, and a pyusb backend."""

import threading
import time

import pytest

from tests.drivers import synthetic_ridges
from tests.drivers.usb_backends import EmulatorBackend


@pytest.fixture(scope="session")
def ridges() -> bytes:
    """289 rows of 384 as a sensor sees a finger."""
    return synthetic_ridges.sensor_ridges()


@pytest.fixture(scope="session")
def packed_ridges() -> bytes:
    """288 rows of 256 pixels, two in a byte, as a serial module sends them."""
    return synthetic_ridges.packed_ridges()


@pytest.fixture
def threads_before():
    """The threads that ran before; `assert_no_new_threads` compares."""
    return set(threading.enumerate())


@pytest.fixture
def assert_no_new_threads(threads_before):
    def check():
        deadline_s = time.monotonic() + 1.0
        while set(threading.enumerate()) - threads_before and time.monotonic() < deadline_s:
            time.sleep(0.01)
        assert set(threading.enumerate()) - threads_before == set()

    return check


@pytest.fixture(scope="session")
def emulator_backend():
    """The class, for tests that need a backend of their own making."""
    return EmulatorBackend
