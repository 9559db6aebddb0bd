"""What a plan is handed out as: files for the office, the road and the stations."""

import json
from pathlib import Path

from selftest.fleet.document import write_document
from selftest.fleet.hosting import HostingPlan
from selftest.fleet.pictures import draw_map
from selftest.fleet.plan import RepairPlan
from selftest.fleet.plan_input import PlanInput
from selftest.fleet.state import State
from selftest.fleet.workbook import write_workbook


def write_handout(plan: RepairPlan, given: PlanInput, folder: Path) -> None:
    """Write plan.json, plan.xlsx, plan.pdf and map.png; the same plan gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = draw_map(plan, given)
    (folder / "plan.json").write_text(plan.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / "map.png").write_bytes(picture)
    (folder / "plan.xlsx").write_bytes(write_workbook(plan, given.offices))
    (folder / "plan.pdf").write_bytes(write_document(plan, given.offices, picture))


def hosting_table(plan: HostingPlan, given: PlanInput) -> str:
    """Return the hosting.json that stations read: the host of a blocked office, else the nearest.

    A station that still records gets a row too, for the day it breaks.
    """
    hosts = {one.code: one.host for one in plan.hosted}
    working = given.state.codes_in(State.RECORDS)
    for code in given.offices:
        others = [other for other in working if other != code]
        if code not in hosts and others:
            hosts[code] = min(others, key=lambda o: (given.travel.km_between(code, o), o))
    rows = {
        code: {
            "code": host,
            "name": given.offices[host].name,
            "distance_km": round(given.travel.km_between(code, host), 1),
        }
        for code, host in sorted(hosts.items())
    }
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
