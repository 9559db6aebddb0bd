"""The way between scanner and computer: resets of its port, and the speed of the link."""

from drivers.devices import FingerprintScanner
from selftest.check import Measured, Skip, Value, check, measured
from selftest.errors import NotReadyError
from selftest.kernel_log import DAY, USB_FAILURES, Trouble, read_kernel_log
from selftest.subject import Subject
from selftest.usb_tree import link_speed_mbit_per_s, usb_port_of_device


@check("scanner", "FPS-004", essential=False, time_limit_s=20)
def usb_resets(subject: Subject) -> Measured | Skip:
    """Resets and failed starts of the scanner's port in 24 hours; a healthy one has none."""
    port = usb_port_of_device(subject.device(FingerprintScanner))
    log = subject.once(read_kernel_log)
    found = log.find(*USB_FAILURES, within=DAY, port=port)
    gone = log.find(Trouble.USB_DISCONNECT, within=DAY, port=port)
    last = f"; {found[-1].text}" if found else ""
    evidence = f"USB {port}; putus / disconnects: {len(gone)}{last}"
    return measured("usb_resets", len(found), evidence=evidence)


@check("scanner", "FPS-005", essential=False, time_limit_s=20)
def link_speed(subject: Subject) -> Measured | Skip:
    """Speed of the link against its baseline, and the kernel's word that more is possible."""
    port = usb_port_of_device(subject.device(FingerprintScanner))
    speed = link_speed_mbit_per_s(subject.bench.root, port)
    if speed is None:
        return Skip(f"kernel tidak memberi kecepatan / no speed of USB {port}")
    values = [Value("link_speed", speed)]
    try:
        slow = subject.once(read_kernel_log).find(Trouble.USB_SLOW, port=port)
        values.append(Value("below_top_speed", bool(slow) and speed < _HIGH_SPEED_MBIT_PER_S))
    except NotReadyError:  # without the log the baseline alone judges
        pass
    return Measured(tuple(values), evidence=f"USB {port}: {speed:g} Mbit/s")


_HIGH_SPEED_MBIT_PER_S = 480.0  # USB 2.0, section 7.1: high speed
