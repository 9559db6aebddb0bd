"""Which office records for one that cannot: a table that the province makes and hands out.

A JSON file beside the station's configuration, by station code:

    {"61.08.05": {"code": "61.08.01", "name": "Ngabang", "distance_km": 18.8}}

Where it is missing, nothing is guessed.
"""

import json
from pathlib import Path

HOSTING_NAME = "hosting.json"
_DAMAGED = "? hosting.json rusak, tanyakan kabupaten / damaged, ask the kabupaten"


def nearest_office(place: Path | None, station_code: str) -> str | None:
    """Return "Ngabang (61.08.01), 19 km"; None without a table or a row for this station.

    A damaged table stops no report: the text then says that it is damaged.
    """
    if place is None or not place.is_file():
        return None
    try:
        host = json.loads(place.read_text(encoding="utf-8")).get(station_code)
        if host is None:
            return None
        return f"{host['name']} ({host['code']}), {float(host['distance_km']):.0f} km"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _DAMAGED
