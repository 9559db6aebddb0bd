"""Write simulated slaps for the command line, with a progress bar."""

from pathlib import Path

from rich.console import Console
from rich.progress import track

from drivers.simulation.slap_set import write_slaps


def run_slaps(folder: Path, seeds: range, *, people: int, master_folder: Path | None) -> None:
    """Write the slaps of these numbers into the folder and say how many are new."""
    console = Console(stderr=True)
    slaps = write_slaps(folder, seeds, people=people, master_folder=master_folder)
    written = sum(
        slap is not None
        for slap in track(slaps, description="slaps", total=len(seeds), console=console)
    )
    console.print(f"{written} slaps written, {len(seeds) - written} were there: {folder}")
