"""The parent's end of a worker process, over workers that are scripts of a few lines."""

import sys
import time

import pytest

from drivers.errors import (
    CaptureCancelledError,
    DeviceBusyError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.transport.worker import WorkerProcess

PREFACE = """
import json, sys, time
out = sys.stdout.buffer
def ask(): return json.loads(sys.stdin.buffer.readline())["call"]
def say(data, flush=True): out.write(data); out.flush()
"""


@pytest.fixture
def start():
    """A function that starts a worker whose answers are a script; none is left behind."""
    workers = []

    def run(script):
        worker = WorkerProcess([sys.executable, "-c", PREFACE + script], device="thing")
        workers.append(worker)
        return worker

    yield run
    for worker in workers:
        worker.close()
        worker.close()
        assert worker._process.poll() is not None


def test_values_and_data(start):
    worker = start(
        'n = ask(); say(json.dumps({"call": n, "bytes": 4, "x": 1}).encode() + b"\\n\\n\\0{}")'
    )
    answer = worker.call("x", timeout_s=10.0)
    assert (answer.values["x"], answer.data) == (1, b"\n\0{}")


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (r'ask(); say(b"no json\n"); time.sleep(9)', "no JSON"),
        (r'ask(); say(b"[1]\n"); time.sleep(9)', "no answer"),
        (r'ask(); say(b"\xff\n"); time.sleep(9)', "no JSON"),
        (r"""ask(); say(b'{"call": 1, "bytes": -1}\n'); time.sleep(9)""", "-1 bytes"),
        (r"""ask(); say(b'{"call": 1, "bytes": "x"}\n'); time.sleep(9)""", "'x' bytes"),
        (r"""ask(); say(b'{"call": 1, "bytes": 1e12}\n'); time.sleep(9)""", "bytes announced"),
        (r"""ask(); say(b'{"call": 1, "error": "Nonsense"}\n'); time.sleep(9)""", "'Nonsense'"),
        (r"""ask(); say(b'{"call": 1, "error": "ClassVar"}\n'); time.sleep(9)""", "'ClassVar'"),
        (r'ask(); say(b"x" * 3000000); time.sleep(9)', "line without end"),
    ],
)
def test_damage_is_a_protocol_error_and_ends_the_worker(start, script, text):
    worker = start(script)
    with pytest.raises(ProtocolError, match=text):
        worker.call("x", timeout_s=10.0)
    with pytest.raises(TransportError, match="open the device again"):
        worker.call("x", timeout_s=1.0)


@pytest.mark.parametrize("value", ["", ', "x": null', ', "x": 1'])
def test_a_value_that_an_answer_must_have(start, value):
    script = f"""ask(); say(b'{{"call": 1{value}}}\\n'); time.sleep(9)"""
    worker = start(script)
    answer = worker.call("x", timeout_s=10.0)
    with pytest.raises(ProtocolError, match="for 'x'"):
        worker.require(answer, "x", str)
    with pytest.raises(TransportError, match="open the device again"):
        worker.call("x", timeout_s=1.0)


def test_an_error_of_ours_is_raised_with_its_message(start):
    script = r"""say(json.dumps({"call": ask(), "error": "DeviceBusyError", "message": "taken"})
        .encode() + b"\n"); time.sleep(9)"""
    with pytest.raises(DeviceBusyError, match="thing: taken"):
        start(script).call("x", timeout_s=10.0)


@pytest.mark.parametrize(
    "script", ["time.sleep(30)", r"""ask(); say(b'{"call": 1, "bytes": 9}\nabc'); time.sleep(30)"""]
)
def test_silence_ends_the_worker_in_time(start, script):
    worker = start(script)
    started_s = time.monotonic()
    with pytest.raises(TransportTimeoutError, match="to 'look'"):
        worker.call("look", timeout_s=0.5)
    assert time.monotonic() - started_s < 1.5


def test_a_trickle_is_no_answer(start):
    worker = start('ask()\nwhile True: say(b" "); time.sleep(0.001)')
    started_s = time.monotonic()
    with pytest.raises(TransportTimeoutError):
        worker.call("x", timeout_s=0.5)
    assert time.monotonic() - started_s < 1.5


def test_a_worker_that_ends_in_an_answer(start):
    worker = start(r"""ask(); say(b'{"call": 1, "bytes": 9}\nabc')""")
    with pytest.raises(TransportError, match="ended"):
        worker.call("x", timeout_s=10.0)


def test_a_call_cancelled_in_the_middle_of_its_data_spoils_no_later_one(start):
    worker = start(r"""
ask(); say(b'{"call": 1, "bytes": 12}\n{"call"'); time.sleep(0.5); say(b": 9}\n")
n = ask(); say(b'{"call": 2, "bytes": 3}\nabc'); time.sleep(9)
""")
    looks = []

    def cancel_after_the_head():
        looks.append(len(worker._arrived))
        if looks[-1] > 24:
            raise CaptureCancelledError("cancelled", device="thing")

    with pytest.raises(CaptureCancelledError):
        worker.call("x", timeout_s=10.0, check_cancel=cancel_after_the_head)
    assert worker.call("y", timeout_s=10.0).data == b"abc"
