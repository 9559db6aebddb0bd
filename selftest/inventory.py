"""Which unit belongs at which place of this station: written down by the province.

    [scanner]                      # name of the device in station.toml
    serial = "UAU 123456"
    certified = 2012-03-01         # date on the certificate of the model

A station without that file knows its units by the baselines taken of them.
"""

import datetime
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from selftest.errors import NotReadyError

INVENTORY_NAME = "inventory.toml"


class InventoryEntry(BaseModel):
    """One unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    serial: str | None = None
    certified: datetime.date | None = None
    """When the model was certified (EBTS/F, PIV or another programme)."""


def load_inventory(place: Path | None) -> dict[str, InventoryEntry]:
    """Return units by device name; none without the file, NotReadyError where it is damaged."""
    if place is None or not place.is_file():
        return {}
    try:
        tables = tomllib.loads(place.read_text(encoding="utf-8"))
        return {name: InventoryEntry.model_validate(table) for name, table in tables.items()}
    except (OSError, ValueError, RecursionError) as error:  # what tomllib and pydantic raise
        raise NotReadyError(
            f"{place}: tidak terbaca, perbaiki / cannot be read, correct it: {error}"
        ) from error
