"""What a request to stop does: leave by the way that closes devices and children."""

import signal
from types import FrameType

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def leave_on_stop_signals() -> None:
    """Turn SIGTERM and SIGINT into SystemExit, so that `finally` closes what was opened.

    uvicorn takes both while it serves and raises the one it got again when it has stopped: the
    default action of that second signal would end the process at once, and leave children.
    A second request while closing is ignored, because closing has time limits of its own.
    """
    for number in _STOP_SIGNALS:
        signal.signal(number, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)
