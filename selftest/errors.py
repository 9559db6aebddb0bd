"""Errors of the self-test.

SelftestError            the self-test itself cannot run or read what it needs
+-- BenchError           the configuration of what is under test cannot be used
+-- UnknownCodeError     no check and no text has this code
+-- NoReportError        there is no stored report yet
+-- BadReportError       a report is not what its hash or signature says
|   +-- UnsignedError    it is whole, or of an older form, but nobody signed it
+-- BaselineRefusedError a unit with a fault, or nothing measured, makes no baseline
+-- NotReadyError        a check lacks what it needs; the runner turns it into SKIP
+-- HungError            an earlier check of the same device never came back
"""

import threading


class SelftestError(Exception):
    """The self-test could not run; the text says why and what to do."""


class BenchError(SelftestError):
    """For instance: no such file, no device table in it, an unknown driver."""


class UnknownCodeError(SelftestError):
    """For instance: a mistyped code; the text names where to look."""


class NoReportError(SelftestError):
    """For instance: the self-test never ran with this data folder."""


class BadReportError(SelftestError):
    """For instance: changed after it was stored, signed by another key, a damaged SMS line."""


class UnsignedError(BadReportError):
    """For instance: of simulated devices, or of a station that has no key."""


class NotReadyError(SelftestError):
    """For instance: the device did not open, so that its picture cannot be judged."""


class HungError(SelftestError):
    """For instance: the scanner stopped answering in the check before; a re-plug helps."""

    def __init__(self, text: str, back: threading.Event | None = None) -> None:
        super().__init__(text)
        self.back = back
        """Set once the device's thread has come back; nobody may use the device before."""


class BaselineRefusedError(SelftestError):
    """For instance: the scanner has bad columns, so its values are none to be compared with."""
