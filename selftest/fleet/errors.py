"""Errors of the fleet planner.

SelftestError
+-- FleetError           the planner cannot run or read what it needs
    +-- OfficesError     the table of offices is missing or says something impossible
    +-- TravelError      the table of distances is missing or names an unknown office
    +-- FleetFileError   the fleet file is missing, damaged or of another form
    +-- RulesError       pins, vetoes or statements contradict each other or name nobody
    +-- SolverError      the solver gave no proved answer
"""

from selftest.errors import SelftestError


class FleetError(SelftestError):
    """The planner could not run; the text says why and what to do."""


class OfficesError(FleetError):
    """For instance: no such file, a code twice, a latitude of 200."""


class TravelError(FleetError):
    """For instance: a distance to an office that the table of offices lacks, or below zero."""


class FleetFileError(FleetError):
    """For instance: nothing was merged yet, or the file belongs to another program."""


class RulesError(FleetError):
    """For instance: a pin without the name of the person who decided it."""


class SolverError(FleetError):
    """For instance: the time limit was hit before optimality was proved."""
