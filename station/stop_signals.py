"""What a request to stop may not do: end the process before devices and children are closed."""

import signal


def outlive_stop_signals() -> None:
    """Let a server stop by itself, and the program go on to close what it opened.

    uvicorn takes SIGTERM and SIGINT while it serves, and raises them once more when it has
    stopped; the default action of that second signal would end the process at once.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
