"""A new recording: NIK and biodata, explained and compared before anything is captured."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from station.clock import utc_now
from station.panel.access import Recorder
from station.panel.biodata import Biodata, NikView, choices, explain_nik, is_nik_form, read_form
from station.panel.rendering import STATION_ZONE
from station.panel.steps import step_path
from station.panel.visit import Visit

router = APIRouter(prefix="/new")


async def get_form(request: Request) -> FormData:
    """Return the fields as they were sent; `biodata.py` reads them."""
    return await request.form()


Form = Annotated[FormData, Depends(get_form)]


@router.get("")
def show(visit: Recorder) -> HTMLResponse:
    """Show the empty form."""
    values = {"district_code": visit.station.config.station.code}
    return _form(visit, Biodata(values, None, {}), None)


@router.post("/nik")
def explain(visit: Recorder, form: Form) -> HTMLResponse:
    """Explain the NIK while it is typed."""
    return visit.page("_nik.html", nik=_explained(visit, read_form(form, visit.say)))


@router.post("")
def start(visit: Recorder, form: Form) -> Response:
    """Begin the recording, or show the form again with what is wrong."""
    biodata = read_form(form, visit.say)
    nik = _explained(visit, biodata)
    if biodata.resident is None or (nik is not None and nik.is_blocked):
        return _form(
            visit, biodata, nik, trouble=visit.say("Belum dapat dimulai. Periksa yang ditandai.")
        )
    case = visit.station.start_case(visit.who, biodata.resident)
    return visit.go(step_path(case.case_id, case.next_step()))


def _explained(visit: Visit, biodata: Biodata) -> NikView | None:
    typed = biodata.values["nik"]
    earlier = visit.station.find_earlier(typed) if is_nik_form(typed) else ()
    today = utc_now().astimezone(STATION_ZONE).date()
    return explain_nik(biodata, visit.state.regions, today, visit.say, earlier=earlier)


def _form(
    visit: Visit, biodata: Biodata, nik: NikView | None, *, trouble: str | None = None
) -> HTMLResponse:
    answer = visit.page(
        "new.html",
        values=biodata.values,
        problems=biodata.problems,
        nik=nik,
        trouble=trouble,
        **choices(visit.state.regions, visit.say),
    )
    if trouble is not None:
        answer.status_code = 422
    return answer
