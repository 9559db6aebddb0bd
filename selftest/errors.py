"""Errors of the self-test.

SelftestError            the self-test itself cannot run or read what it needs
+-- BenchError           the configuration of what is under test cannot be used
+-- UnknownCodeError     no check and no text has this code
+-- NoReportError        there is no stored report yet
+-- NotReadyError        a check lacks what it needs; the runner turns it into SKIP
+-- HungError            an earlier check of the same device never came back
"""


class SelftestError(Exception):
    """The self-test could not run; the text says why and what to do."""


class BenchError(SelftestError):
    """For instance: no such file, no device table in it, an unknown driver."""


class UnknownCodeError(SelftestError):
    """For instance: a mistyped code; the text names where to look."""


class NoReportError(SelftestError):
    """For instance: the self-test never ran with this data folder."""


class NotReadyError(SelftestError):
    """For instance: the device did not open, so that its picture cannot be judged."""


class HungError(SelftestError):
    """For instance: the scanner stopped answering in the check before; a re-plug helps."""
