"""The pad's clock and counter, which both wrap, put on the host's time.

The pad counts milliseconds modulo 65536 and may run fast or slow. Between two reports its count
decides, so that strokes keep the pad's own even timing; the host's clock only tells how often the
count wrapped while no report came.
"""

_WRAP = 1 << 16


class StuPenClock:
    """Times of one signature; `begin_s` is the host's clock when inking began."""

    def __init__(self, begin_s: float) -> None:
        self.lost_reports = 0
        """Reports that the pad counted and the host never got."""
        self._begin_s = begin_s
        self._count_ms: int | None = None
        self._sequence: int | None = None
        self._host_s = begin_s
        self._time_ms = 0

    def time_s(self, count_ms: int | None, host_s: float) -> float:
        """Return when a report was made, since the start of inking; `host_s`: when it came.

        The first report ties the pad's clock to the host's. Without a count the host's clock
        alone decides.
        """
        if count_ms is None:
            return host_s - self._begin_s
        if self._count_ms is None:
            self._time_ms = round(1000 * (host_s - self._begin_s))
        else:
            step_ms = (count_ms - self._count_ms) % _WRAP
            host_step_ms = 1000 * (host_s - self._host_s)
            self._time_ms += step_ms + _WRAP * max(0, round((host_step_ms - step_ms) / _WRAP))
        self._count_ms, self._host_s = count_ms, host_s
        return self._time_ms / 1000

    def note_sequence(self, sequence: int | None) -> int:
        """Count a report and return how many were lost just before it."""
        lost = 0
        if sequence is not None and self._sequence is not None:
            lost = (sequence - self._sequence - 1) % _WRAP
            self.lost_reports += lost
        self._sequence = sequence
        return lost
