"""What self-tests of this station left: reports, tickets, trends; read only."""

from pathlib import Path

from selftest.archive import find_report, pictures_of, read_report, stored_places
from selftest.bench import Bench
from selftest.daily import STEPS, DailyStatistics
from selftest.errors import NoReportError, UnknownCodeError
from selftest.exporters.pdf import render_pdf
from selftest.exporters.words import Language
from selftest.history import History
from selftest.outbox import list_reports
from selftest.report import Report
from selftest.tickets import Ticket, list_tickets
from selftest.trend_plot import plot_trend


class SelftestRecords:
    """Reads the archive and the history of a bench; any thread may."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._read: dict[Path, Report] = {}

    def last(self) -> Report | None:
        """Return the newest report that can be read; None where there is none."""
        return next(iter(self.reports(1)), None)

    def reports(self, last: int) -> tuple[Report, ...]:
        """Return the newest reports, the newest first, without damaged ones."""
        listed = list_reports(self._bench, last)
        return tuple(one.report for one in listed if one.report is not None)

    def report(self, number: int) -> tuple[Report, dict[str, bytes]]:
        """Return a report with its pictures by name; raises NoReportError."""
        place = find_report(self._bench, number)
        return read_report(place), pictures_of(place)

    def standing(self) -> tuple[Report, ...]:
        """Return the newest full run and what was tested after it, the newest first."""
        found: list[Report] = []
        places = stored_places(self._bench)
        for place in reversed(places):
            report = self._report_at(place)
            if report is None:
                continue
            found.append(report)
            if not report.unfinished and report.trigger not in ("only", "diagnose", "baseline"):
                break
        self._read = {place: one for place, one in self._read.items() if one in found}
        return tuple(found)

    def tickets(self, *, with_closed: bool) -> tuple[Ticket, ...]:
        """Return the tickets, the worst first."""
        return list_tickets(self._history, with_closed=with_closed)

    def units(self) -> tuple[str, ...]:
        """Return every unit that has statistics of captures."""
        return DailyStatistics(self._history).units()

    def trend_png(self, unit: str, metric: str) -> bytes:
        """Return the trend of a unit as a picture; raises UnknownCodeError for another metric."""
        if metric not in STEPS:
            raise UnknownCodeError(f"no metric '{metric}'; known: {', '.join(STEPS)}")
        days = DailyStatistics(self._history).since_baseline(unit, metric)
        return plot_trend(unit, metric, days)

    def pdf(self, number: int, language: Language) -> bytes:
        """Return a report on paper; raises NoReportError."""
        report, pictures = self.report(number)
        return render_pdf(report, pictures, language=language, sign=self._bench.sign)

    @property
    def _history(self) -> History:
        return History(self._bench.history_file)

    def _report_at(self, place: Path) -> Report | None:
        """Return a report, read once: a stored one never changes; None where it is damaged."""
        if place not in self._read:
            try:
                self._read[place] = read_report(place)
            except NoReportError:
                return None
        return self._read.get(place)
