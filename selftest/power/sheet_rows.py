"""The month's sheet in words: the same lines for the terminal and for paper."""

from collections.abc import Callable
from dataclasses import dataclass

from selftest.power.sheet import Extreme, MonthSheet

_UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line."""

    text_id: str
    text_en: str
    value: str
    is_bad: bool = False
    """Beyond what the self-test warns of."""


def sheet_rows(sheet: MonthSheet) -> tuple[SheetRow, ...]:
    """Return all lines, in the order of their weight."""
    parts: tuple[Callable[[MonthSheet], list[SheetRow]], ...] = (
        *(_times, _outages, _voltages, _frequencies, _consequences),
    )
    return tuple(row for part in parts for row in part(sheet))


def _times(sheet: MonthSheet) -> list[SheetRow]:
    unknown = f"{sheet.hours_unknown:.1f} h"
    return [
        SheetRow("Jam teramati", "Hours observed", f"{sheet.hours_known:.1f} h"),
        SheetRow("Jam tanpa data (tidak dianggap baik)", "Hours without data (not good)", unknown),
        SheetRow("Jam memakai baterai", "Hours on battery", f"{sheet.hours_on_battery:.1f} h"),
    ]


def _outages(sheet: MonthSheet) -> list[SheetRow]:
    counts = sheet.outages
    return [
        SheetRow(
            "Padam > 1 menit / < 1 menit / < 3 detik",
            "Outages > 1 min / < 1 min / < 3 s",
            f"{counts['sustained']} / {counts['temporary']} / {counts['momentary']}",
            counts["sustained"] > 0,
        ),
        SheetRow("Jam padam (> 1 menit)", "Hours out (> 1 min)", f"{sheet.hours_out:.1f} h"),
        SheetRow("Padam terlama", "Longest outage", f"{sheet.longest_outage_minutes:.0f} min"),
        SheetRow(
            "Kedip / kurang tegangan", "Sags / undervoltages",
            f"{sheet.sags} / {sheet.undervoltages}",
        ),
        SheetRow(
            "Lonjakan / lebih tegangan", "Swells / overvoltages",
            f"{sheet.swells} / {sheet.overvoltages}",
        ),
        SheetRow(
            "Ayunan > 20 V dalam 10 detik (dugaan netral)", "Swings > 20 V within 10 s (neutral)",
            f"{sheet.swings}", sheet.swings > 0,
        ),
    ]  # fmt: skip


def _voltages(sheet: MonthSheet) -> list[SheetRow]:
    low, high = 0.9 * sheet.nominal_v, 1.05 * sheet.nominal_v
    widest = f"{0.85 * sheet.nominal_v:g}-{1.1 * sheet.nominal_v:g} V"
    return [
        SheetRow(
            f"Rata-rata 10 menit < {low:g} V", f"10-minute means < {low:g} V",
            _percent(sheet.below_low_percent), (sheet.below_low_percent or 0) > 5,
        ),
        SheetRow(
            f"Rata-rata 10 menit > {high:g} V", f"10-minute means > {high:g} V",
            _percent(sheet.above_high_percent), (sheet.above_high_percent or 0) > 5,
        ),
        SheetRow(
            f"Rata-rata 10 menit di luar {widest}", f"10-minute means outside {widest}",
            _percent(sheet.outside_wide_percent), (sheet.outside_wide_percent or 0) > 0,
        ),
        SheetRow("Tegangan terendah", "Lowest voltage", _extreme(sheet.lowest)),
        SheetRow("Tegangan tertinggi", "Highest voltage", _extreme(sheet.highest)),
    ]  # fmt: skip


def _frequencies(sheet: MonthSheet) -> list[SheetRow]:
    wide = sheet.outside_47_52_percent
    return [
        SheetRow("Di luar 49-51 Hz", "Outside 49-51 Hz", _percent(sheet.outside_49_51_percent)),
        SheetRow("Di luar 47-52 Hz", "Outside 47-52 Hz", _percent(wide), (wide or 0) > 0),
    ]


def _consequences(sheet: MonthSheet) -> list[SheetRow]:
    per_day = _number(sheet.transfers_per_day)
    return [
        SheetRow(
            "UPS pindah ke baterai (per hari)", "Transfers to battery (per day)",
            f"{sheet.transfers} ({per_day})",
        ),
        SheetRow("UPS mengumumkan mati", "Shutdowns by the UPS", f"{sheet.ups_shutdowns}"),
        SheetRow(
            "Komputer mati mendadak (baterai / hitungan cakram)",
            "Unsafe shutdowns (on battery / drives' count)",
            f"{sheet.unsafe_shutdowns} / {_number(sheet.drive_unsafe_shutdowns)}",
            sheet.unsafe_shutdowns > 0,
        ),
        SheetRow(
            "USB lepas dalam 5 detik dari perpindahan", "USB resets within 5 s of a transfer",
            _number(sheet.usb_resets_joined), (sheet.usb_resets_joined or 0) > 1,
        ),
        SheetRow(
            "Gangguan alat dalam 24 jam dari kejadian listrik",
            "Device faults within 24 h of a mains event", _number(sheet.faults_joined),
        ),
    ]  # fmt: skip


def _percent(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.1f} %"


def _number(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:g}"


def _extreme(value: Extreme | None) -> str:
    return _UNKNOWN if value is None else f"{value.volts:.1f} V  {value.at:%d/%m %H:%M}"
