"""Run an emulated serial signature pad on a pseudo-terminal, to use the drivers without a pad.

    python -m drivers.simulation.wire.stu_terminal wacom_stu /tmp/ttyPAD
    python -m drivers probe wacom_stu --option serial_port=/tmp/ttyPAD --out signature.png

    python -m drivers.simulation.wire.stu_terminal topaz_siglite /tmp/ttyPAD --fault ghost=5
    python -m drivers probe topaz_siglite --option port=/tmp/ttyPAD

The STU pad is signed on when a program asks for ink. A Topaz pad cannot be asked: it is signed on
when a program has opened the port. The command runs until it is interrupted, or `--seconds` long.
"""

import argparse
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from drivers.protocols.topaz_packets import MODELS
from drivers.simulation.wire.stu_device import StuDevice, StuSetup
from drivers.simulation.wire.stu_faults import PadWire, parse_pad_fault
from drivers.simulation.wire.stu_line import StuLine
from drivers.simulation.wire.stu_pty import PadTerminal
from drivers.simulation.wire.stu_signature import sign
from drivers.simulation.wire.topaz_line import TopazLine

_PRESSURE = 1023


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pad", choices=["wacom_stu", "topaz_siglite"])
    parser.add_argument("path", type=Path, help="name of the port to make")
    parser.add_argument("--resident", default="resident", help="whose hand it is; any text")
    parser.add_argument("--nobody", action="store_true", help="nobody writes: a pad at rest")
    parser.add_argument("--model", choices=sorted(MODELS), default="siglite_1x5", help="of a Topaz")
    parser.add_argument("--wait", type=float, default=0.8, help="seconds before a Topaz is used")
    parser.add_argument("--seconds", type=float, help="end after so long")
    parser.add_argument("--fault", action="append", default=[], help="for instance stuck_pen@20")
    return parser.parse_args()


def _run_topaz(arguments: argparse.Namespace, wire: PadWire, end: threading.Event) -> None:
    (left, right), (top, bottom) = MODELS[arguments.model].x_range, MODELS[arguments.model].y_range
    area = (right - left, bottom - top, _PRESSURE)
    points = sign(arguments.resident, area=area, origin=(left, top))
    later = tuple(replace(point, time_s=point.time_s + arguments.wait) for point in points)
    line = TopazLine(() if arguments.nobody else later, wire)
    with PadTerminal(line, arguments.path, on_open=line.sign):
        end.wait()


def _run_stu(arguments: argparse.Namespace, wire: PadWire, end: threading.Event) -> None:
    setup = StuSetup()
    area = (setup.max_x, setup.max_y, setup.max_pressure)
    setup.points = () if arguments.nobody else sign(arguments.resident, area=area)
    with PadTerminal(StuLine(StuDevice(setup, wire, is_serial=True)), arguments.path):
        end.wait()


def main() -> int:
    """Run the pad that the arguments ask for."""
    arguments = _arguments()
    wire = PadWire(tuple(parse_pad_fault(text) for text in arguments.fault))
    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    if arguments.seconds is not None:
        timer = threading.Timer(arguments.seconds, end.set)
        timer.daemon = True
        timer.start()
    run = _run_topaz if arguments.pad == "topaz_siglite" else _run_stu
    run(arguments, wire, end)
    return 0


if __name__ == "__main__":
    sys.exit(main())
