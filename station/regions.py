"""Sub-districts and provinces by code. Region tables are data: one file for each province.

station/data/regions_61.csv    code;name;regency of today's sub-districts
station/data/historic_61.csv   codes that older NIKs may carry (numbers freed by splits)
station/data/provinces.csv     all provinces, to name the origin of a NIK from elsewhere
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

_DATA = files("station") / "data"


@dataclass(frozen=True, slots=True)
class Region:
    """One sub-district (kecamatan)."""

    code: str
    """"61.01.01"."""
    name: str
    """Empty for a historic code."""
    regency: str
    is_historic: bool = False


class Regions:
    """The sub-districts of the provinces this station has tables for."""

    def __init__(self, regions: Iterable[Region], provinces: Mapping[str, str]) -> None:
        self._by_prefix = {region.code.replace(".", ""): region for region in regions}
        self._provinces = dict(provinces)
        self._covered = {prefix[:2] for prefix in self._by_prefix}

    @classmethod
    def load(cls, folder: Traversable = _DATA) -> "Regions":
        """Read the packaged tables, or those of another folder; a new province is a new file."""
        regions: list[Region] = []
        provinces: dict[str, str] = {}
        for table in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if table.name.startswith(("regions_", "historic_")):
                is_historic = table.name.startswith("historic_")
                regions += [_region(row, is_historic=is_historic) for row in _rows(table)]
            elif table.name == "provinces.csv":
                provinces = {row["code"]: row["name"] for row in _rows(table)}
        return cls(regions, provinces)

    def current(self) -> tuple[Region, ...]:
        """Return today's sub-districts in order of their codes."""
        return tuple(one for one in self._by_prefix.values() if not one.is_historic)

    def find(self, code: str) -> Region | None:
        """Return a sub-district by its code, with or without dots; historic ones too."""
        return self._by_prefix.get(code.replace(".", ""))

    def name_of(self, code: str) -> str:
        """Return "name, regency" of a sub-district; the code itself where it is unknown."""
        region = self.find(code)
        if region is None:
            return code
        return f"{region.name}, {region.regency}" if region.name else region.regency

    def is_known(self, code: str) -> bool:
        """Tell whether a code is one of today's sub-districts."""
        region = self.find(code)
        return region is not None and not region.is_historic

    def is_known_prefix(self, nik6: str) -> bool:
        """Tell whether a NIK may begin so: today's code or a historic one."""
        return nik6 in self._by_prefix

    def is_historic_prefix(self, nik6: str) -> bool:
        """Tell whether a prefix is that of a sub-district that has another number today."""
        region = self._by_prefix.get(nik6)
        return region is not None and region.is_historic

    def covers_province(self, nik6: str) -> bool:
        """Tell whether there is a table for the province of a prefix."""
        return nik6[:2] in self._covered

    def province_of(self, nik6: str) -> str | None:
        """Return the name of the province of a prefix, or None for a number that is none."""
        return self._provinces.get(nik6[:2])


def _rows(table: Traversable) -> list[dict[str, str]]:
    lines = table.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter=";"))


def _region(row: dict[str, str], *, is_historic: bool) -> Region:
    return Region(row["code"], row["name"], row["regency"], is_historic)
