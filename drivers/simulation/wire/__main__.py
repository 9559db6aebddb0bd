"""Run an emulated device at a serial port or TCP port of its own, for any program to try.

Exit codes: 0 ended by the user, 2 could not run.
"""

import signal
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from drivers.simulation.power import SimulatedPower
    from drivers.simulation.wire.serial_line import EmulatedLine, SerialDevice

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ENDING_SIGNALS = {signal.SIGINT, signal.SIGTERM}
PortLink = Annotated[
    Path | None, typer.Option("--link", help="A name for the serial port, made as a link.")
]
LineFaultText = Annotated[
    str | None,
    typer.Option(
        "--line-fault",
        metavar="NAME@N",
        help="unplug, stall, skip, short, flip or noise at the n-th answer, from 0.",
    ),
]
PowerFaults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar="NAME[=VALUE][@N]",
        help="on_battery, low_battery, brown_out, overload or replace_battery; may be repeated.",
    ),
]


@app.callback()
def _hold_signals() -> None:
    """Run an emulated device until it is stopped with Ctrl-C."""
    # Threads inherit the mask, so that only the main thread takes these, when it waits for them.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)


@app.command(epilog="Example: python -m drivers.simulation.wire zfm20 --link /tmp/zfm")
def zfm20(
    link: PortLink = None,
    line_fault: LineFaultText = None,
    model: Annotated[str, typer.Option(help="r30x (288 x 256) or r503 (192 x 192).")] = "r30x",
    resident: Annotated[str, typer.Option(help="Whose finger lies on it.")] = "warga",
    is_paced: Annotated[bool, typer.Option("--paced", help="As slow as 57600 baud.")] = False,
) -> None:
    """Emulate a serial fingerprint module with a virtual resident's finger on it."""
    from drivers.simulation.scene import Scene
    from drivers.simulation.wire.zfm_device import ModuleSetup, ZfmDevice
    from drivers.simulation.wire.zfm_picture import SHAPES_PX, take_picture

    if model not in SHAPES_PX:
        raise typer.BadParameter(f"known models are: {', '.join(SHAPES_PX)}")
    device = ZfmDevice(ModuleSetup(take_picture(Scene(resident), model=model)))
    _serve_terminal(device, line_fault, link, baud=57_600 if is_paced else None)


@app.command(epilog="Example: python -m drivers.simulation.wire megatec-ups --fault on_battery@5")
def megatec_ups(
    link: PortLink = None,
    line_fault: LineFaultText = None,
    fault: PowerFaults = None,
    question: Annotated[str, typer.Option(help="Q1, QS or D.")] = "Q1",
) -> None:
    """Emulate a UPS with the Megatec protocol on a serial line."""
    from drivers.simulation.wire.megatec_device import MegatecDevice, MegatecSetup

    device = MegatecDevice(_make_power(fault or ()), MegatecSetup(question=question))
    _serve_terminal(device, line_fault, link)


@app.command(epilog="Example: python -m drivers.simulation.wire upsd --port 3493 --fault overload")
def upsd(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TCP port on the loopback; 0 for a free one.")
    ] = 0,
    line_fault: LineFaultText = None,
    fault: PowerFaults = None,
) -> None:
    """Emulate NUT's network server with one UPS."""
    from drivers.simulation.wire.upsd_device import UPS_NAME, UpsdDevice
    from drivers.simulation.wire.upsd_server import EmulatedServer

    line = _make_line(UpsdDevice(_make_power(fault or ())), line_fault)
    try:
        server = EmulatedServer(line, port=port)
    except OSError as error:
        raise typer.BadParameter(f"port {port} cannot be used: {error}") from error
    _serve(server, f"{UPS_NAME}@127.0.0.1:{server.port}")


def _make_line(device: "SerialDevice", fault_text: str | None) -> "EmulatedLine":
    from drivers.simulation.wire.serial_line import EmulatedLine, LineFault

    if fault_text is None:
        return EmulatedLine(device)
    try:
        return EmulatedLine(device, LineFault.parse(fault_text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _make_power(faults: Sequence[str]) -> "SimulatedPower":
    from drivers.simulation.faults import FaultSet
    from drivers.simulation.power import SimulatedPower

    try:
        return SimulatedPower(
            FaultSet("power_supply", tuple(faults)), time.monotonic, seed="emulated"
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _serve_terminal(
    device: "SerialDevice", fault_text: str | None, link: Path | None, baud: int | None = None
) -> None:
    from drivers.simulation.wire.pseudo_terminal import PseudoTerminal

    try:
        terminal = PseudoTerminal(_make_line(device, fault_text), link_path=link, baud=baud)
    except OSError as error:
        raise typer.BadParameter(f"the link cannot be made: {error}") from error
    _serve(terminal, f"serial port {terminal.port}")


def _serve(emulated: AbstractContextManager[object], where: str) -> None:
    """Serve until the process is told to end."""
    with emulated:
        print(f"{where}; Ctrl-C ends it", flush=True)
        signal.sigwait(ENDING_SIGNALS)


if __name__ == "__main__":
    app(prog_name="python -m drivers.simulation.wire")
