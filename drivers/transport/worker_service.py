"""The worker's end of `drivers.transport.worker`: answers calls until its parent goes away."""

import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

Handler = Callable[[dict[str, Any]], tuple[dict[str, Any], bytes]]
"""Takes the request, returns values and data; raises ReportedError."""


class ReportedError(Exception):
    """What the parent shall raise: the name of a class of `drivers.errors`, and a message."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def serve(handlers: Mapping[str, Handler]) -> None:
    """Answer calls; ends the process when the parent closes its end, even in a call that hangs."""
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests,), daemon=True).start()
    while True:
        request = json.loads(requests.get())
        values, data = _answer(handlers[request["do"]], request)
        line = json.dumps(values | {"call": request["call"], "bytes": len(data)})
        answers.write(line.encode() + b"\n" + data)
        answers.flush()


def _read_requests(requests: "queue.SimpleQueue[bytes]") -> None:
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(0)


def _answer(handler: Handler, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        return handler(request)
    except ReportedError as error:
        return {"error": error.name, "message": str(error)}, b""
