"""A smart-card reader through PC/SC, in a worker process that can be ended."""

import sys
from collections.abc import Callable, Sequence

from drivers.transport.worker import CancelCheck, WorkerProcess

WORKER = (sys.executable, "-m", "drivers.transport.pcsc_worker")


class PcscLink:
    """One card reader; used once: open, calls, close."""

    def __init__(
        self, *, device: str, check_cancel: CancelCheck, worker: Sequence[str] = WORKER
    ) -> None:
        self._check_cancel = check_cancel
        self._worker = WorkerProcess(worker, device=device)
        self.reader = ""
        """Name of the reader as PC/SC has it."""

    def open(self, reader: str | None, *, timeout_s: float) -> None:
        """Find the reader whose name has these words, or the first one."""
        answer = self._worker.call("open", timeout_s=timeout_s, reader=reader)
        self.reader = self._worker.require(answer, "reader", str)

    def read_atr(self, *, timeout_s: float) -> bytes | None:
        """Return the card's answer to reset; None without a card."""
        answer = self._worker.call("status", timeout_s=timeout_s, check_cancel=self._check_cancel)
        return answer.data if self._worker.require(answer, "is_present", bool) else None

    def exchange(self, command: bytes, *, timeout_s: float) -> bytes:
        """Send a command to the card and return its answer, status bytes last."""
        answer = self._worker.call(
            "exchange",
            timeout_s=timeout_s,
            check_cancel=self._check_cancel,
            command=command.hex(),
        )
        return answer.data

    def forget_card(self, *, timeout_s: float) -> None:
        """End the conversation with the card; until then no other program can use it."""
        self._worker.call("forget", timeout_s=timeout_s)

    def close(self) -> None:
        """End the worker, at which the system gives reader and card back; never raises."""
        self._worker.close()


PcscLinkFactory = Callable[[], PcscLink]
"""Makes a link anew at every call."""
