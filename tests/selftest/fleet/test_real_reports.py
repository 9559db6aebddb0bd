"""Reports as the self-test itself writes them, of simulated devices, are read and folded."""

import dataclasses

from selftest.archive import store_run
from selftest.catalog import all_checks
from selftest.fleet.fleet_file import open_fleet
from selftest.fleet.jobs import list_jobs
from selftest.fleet.merge import merge_reports
from selftest.fleet.state import Basis, State, fold_fleet
from selftest.mode import Mode
from selftest.runner import run_checks


def test_a_station_breaks_and_the_fleet_sees_it(make_bench, simulated, tmp_path, offices):
    whole = make_bench(simulated("scanner"), simulated("pad"))
    broken = make_bench(simulated("scanner", "unplug_at=0"), simulated("pad"))
    reports = []
    for bench in (whole, broken):
        station = dataclasses.replace(
            bench, station_code="61.01.01", data_folder=tmp_path, reports=tmp_path / "outbox"
        )
        checks = [item for item in all_checks() if item.code in {"FPS-001", "SIG-001"}]
        run = run_checks(station, checks, trigger="quick", mode=Mode.QUICK)
        reports.append(store_run(station, run))
    with open_fleet(tmp_path / "fleet.db", create=True) as fleet:
        merged = merge_reports(fleet, [tmp_path / "outbox"], offices, {})
        day = reports[1].ended.date()
        state = fold_fleet(fleet.reports(), (), offices, day)
    assert (merged.added, merged.refused, merged.gaps) == (2, (), ())
    office = state.offices["61.01.01"]
    assert (office.state, office.basis) == (State.BLOCKED, Basis.REPORT)
    job = list_jobs(state)[0]
    assert (job.codes, job.kind, job.critical) == (("FPS-001",), "scanner", True)
    assert job.unit in {unit.id for unit in state.units}
    assert reports[0].assets[0].serial in job.unit, "the serial is known from the report before"
