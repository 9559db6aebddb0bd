"""The gateway of the office's network: which it is, and how it answers."""

import re
import socket
from dataclasses import dataclass
from pathlib import Path

from selftest.errors import NotReadyError
from selftest.host_files import read_text
from selftest.programs import RunProgram

_EVERY = "00000000"
"""Destination of the default route in /proc/net/route."""
_INTERVAL_S, _ANSWER_S = 0.2, 1.0  # ping(8): less than 0.2 s is for root only
_COUNTS = re.compile(r"(?P<sent>\d+) packets transmitted, (?P<got>\d+) (?:packets )?received")
_TIMES = re.compile(r"(?:rtt|round-trip) min/avg/max\S* = [\d.]+/(?P<mean>[\d.]+)/")
_ARP_COMPLETE = 0x2  # ATF_COM of Linux' if_arp.h


@dataclass(frozen=True, slots=True)
class Pings:
    """What a number of pings told."""

    sent: int
    loss_percent: float
    mean_ms: float | None
    """None where no answer came."""


def default_gateway(root: Path) -> str:
    """Return the address of the default gateway (IPv4); NotReadyError where there is none."""
    for line in (read_text(root / "proc/net/route") or "").splitlines()[1:]:
        fields = line.split()
        if len(fields) > 2 and fields[1] == _EVERY and fields[2] != _EVERY:
            # the kernel prints the address as a number in the order of this computer's bytes
            return socket.inet_ntoa(int(fields[2], 16).to_bytes(4, "little"))
    raise NotReadyError("tidak ada gerbang / no default gateway")


def ping(run: RunProgram, address: str, count: int) -> Pings:
    """Send pings; NotReadyError where ping is missing or says nothing that can be read."""
    limit_s = count * (_INTERVAL_S + _ANSWER_S)
    command = ("ping", "-n", "-q", "-c", str(count), "-i", f"{_INTERVAL_S:g}", "-W", "1", address)
    told = run(command, limit_s).text
    counts, times = _COUNTS.search(told), _TIMES.search(told)
    if counts is None or int(counts["sent"]) == 0:
        raise NotReadyError("ping tidak berhak atau tidak menjawab / ping not permitted")
    sent, got = int(counts["sent"]), int(counts["got"])
    return Pings(sent, 100 * (1 - got / sent), float(times["mean"]) if times else None)


def answers_arp(root: Path, address: str) -> bool:
    """Tell whether the gateway answers at the level below pings, which some refuse to answer."""
    for line in (read_text(root / "proc/net/arp") or "").splitlines()[1:]:
        fields = line.split()
        if len(fields) > 2 and fields[0] == address:
            return bool(int(fields[2], 16) & _ARP_COMPLETE)
    return False
