"""The network; a station records without it, so nothing here is critical."""

import datetime

from selftest.centre_link import Reach, load_centre, reach_centre
from selftest.certificates import days_left
from selftest.check import Measured, Skip, Value, check, measured
from selftest.gateway import answers_arp, default_gateway, ping
from selftest.history import History
from selftest.host_files import read_text
from selftest.kernel_log import DAY, Trouble, read_kernel_log
from selftest.runner import COMPUTER_UNIT
from selftest.sealed import sealed_at_s, waiting_packages
from selftest.subject import Subject

_DAY_S = 86400.0
_INNER = ("lo", "docker", "veth", "br-", "virbr", "ifb", "dummy")
"""How interfaces are named that lead nowhere outside this computer."""
_QUICK_PINGS, _THOROUGH_PINGS = 10, 100


@check("network", "NET-001")
def links(subject: Subject) -> Measured | Skip:
    """Interfaces that are up and lead out of this computer."""
    folder = subject.bench.root / "sys/class/net"
    places = [place for place in sorted(folder.glob("*")) if not place.name.startswith(_INNER)]
    if not places:
        return Skip("tidak ada antarmuka jaringan / no network interface")
    states = {place.name: (read_text(place / "operstate") or "").strip() for place in places}
    up = [name for name, state in states.items() if state in {"up", "unknown"}]
    return measured("links_up", len(up), n=len(places), evidence=", ".join(up))


@check("network", "NET-101", essential=False, time_limit_s=150)
def gateway(subject: Subject) -> Measured | Skip:
    """Pings to the gateway: ten without a person, a hundred with one."""
    address = default_gateway(subject.bench.root)
    count = _THOROUGH_PINGS if subject.bench.guide is not None else _QUICK_PINGS
    told = ping(subject.bench.run_program, address, count)
    if told.loss_percent == 100 and answers_arp(subject.bench.root, address):
        return Skip(f"{address}: ada, tetapi tidak menjawab ping / there, but answers no pings")
    values = [Value("gateway_loss", told.loss_percent, told.sent)]
    if count == _QUICK_PINGS:  # one lost of ten says little, so that other limits hold
        values = [Value("gateway_loss_quick", told.loss_percent, told.sent)]
    if told.mean_ms is not None:
        values.append(Value("gateway_rtt", told.mean_ms, told.sent))
    return Measured(tuple(values), evidence=address)


@check("network", "NET-102", essential=False, time_limit_s=30)
def centre(subject: Subject) -> Measured | Skip:
    """The name in DNS, then TLS with its certificate; nothing is sent."""
    reach = subject.once(_reach)
    values = (
        Value("reached", reach.is_reached),
        Value("days_unreached", 0.0 if reach.is_reached else _days_unreached(subject)),
    )
    return Measured(values, evidence=reach.text)


@check("network", "NET-103", essential=False, time_limit_s=30)
def certificates(subject: Subject) -> Measured | Skip:
    """Days until the first certificate runs out: ours, the clients' authority, the centre's."""
    now = subject.bench.now()
    known = days_left(subject.bench.keys, now)
    if subject.bench.centre is not None and subject.bench.centre.is_file():
        ends = subject.once(_reach).certificate_ends
        known |= {"centre": (ends - now) / datetime.timedelta(days=1)} if ends else {}
    if not known:
        return Skip("belum ada sertifikat / no certificates yet")
    first = min(known, key=lambda name: known[name])
    return measured("days_left", known[first], n=len(known), evidence=first)


@check("network", "NET-104", essential=False)
def outbox_age(subject: Subject) -> Measured | Skip:
    """Age of the oldest package that the centre did not receive."""
    waiting = waiting_packages(subject.bench.spool)
    now_s = subject.bench.now().timestamp()
    ages_s = [max(0.0, now_s - sealed_at_s(place)) for place in waiting]
    return measured("oldest", max(ages_s, default=0.0) / _DAY_S, n=len(ages_s))


@check("network", "NET-105", essential=False, time_limit_s=20)
def stalls(subject: Subject) -> Measured | Skip:
    """How often in 24 hours the network card sent no more."""
    lines = subject.once(read_kernel_log).find(Trouble.NETWORK, within=DAY)
    return measured("stalls_day", len(lines), evidence=lines[-1].text if lines else "")


def _reach(subject: Subject) -> Reach:
    return reach_centre(load_centre(subject.bench.centre))


def _days_unreached(subject: Subject) -> float:
    """Return the time since the centre was last reached, else since it was first tried."""
    bench = subject.bench
    tries = History(bench.history_file).readings(COMPUTER_UNIT, "NET-102", "reached")
    reached = [reading.taken for reading in tries if reading.value]
    since = reached[-1] if reached else tries[0].taken if tries else bench.now()
    return (bench.now() - since).total_seconds() / _DAY_S
