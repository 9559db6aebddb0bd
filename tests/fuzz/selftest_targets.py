"""Readers of the self-test that are given what others wrote: drives, UPS, paper, stations, sticks.

A reader raises its package's error, or measures less; a station that is asked about a broken drive
must not break by what the drive says.
"""

import datetime
import gzip
import io
import json
import tarfile
import tempfile
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import OKPKey

from drivers.protocols.nut_reading import make_reading
from selftest import digest, proof, signing
from selftest.base45 import decode_base45, encode_base45
from selftest.bench import Bench
from selftest.catalog import all_checks
from selftest.centre_link import load_centre
from selftest.checks import ups as ups_checks
from selftest.drives import parse_smart
from selftest.errors import BadReportError, NotReadyError, SelftestError, UnsignedError
from selftest.exporters.forms import render_text
from selftest.exporters.sms import decode_sms, encode_sms, render_sms
from selftest.faults import fault_text
from selftest.fleet.intake import Arrival, Body, find_bodies, read_arrival
from selftest.fleet.offices import load_offices, parse_offices
from selftest.fleet.state import fold_fleet
from selftest.fleet.statements import read_statements
from selftest.fleet.supplies import read_supplies
from selftest.inventory import load_inventory
from selftest.judging import result_of
from selftest.kernel_log import Trouble, read_kernel_log, usb_port_of
from selftest.power.usb_resets import parse_usb_resets
from selftest.programs import ProgramOutput
from selftest.report import Asset, CheckResult, Confidence, Measurement, Outcome, Report, Severity
from selftest.sealed import find_problems
from selftest.simulated_drive import SimulatedDrive
from selftest.smart.status import Kind
from selftest.stream import read_stream
from selftest.subject import Subject
from selftest.ups.age import battery_age
from selftest.ups.battery_run import parse_runtimecal, scale_runtime_s
from selftest.ups.observed import Observed
from selftest.ups.words import normalise_test
from selftest.verdict import decide_verdict
from tests.fuzz.target import Target

NOW = datetime.datetime(2026, 11, 24, 8, 0, tzinfo=datetime.UTC)
FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-selftest-"))
DRIVE_CHECKS = [check for check in all_checks() if check.component == "drive"]
UPS_CHECKS = [
    check
    for check in all_checks()
    if check.component == "ups" and check.function.__module__ == ups_checks.__name__
]
OFFICES = load_offices()
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def signature():
    """Return what signs for the seeds, and the keys that it is checked by."""
    place = FOLDER / "key.pem"
    place.write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = OKPKey.import_key(place.read_bytes())
    return signing.load_signature(place), {key.thumbprint(): key.as_dict(private=False)}


SIGN, KEYS = signature()


def written(data, name):
    """Return a file that holds the bytes."""
    place = FOLDER / name
    place.write_bytes(data)
    return place


def bench(**seams):
    """Return a bench of which only the seams are asked."""
    return Bench((), FOLDER, now=lambda: NOW, root=FOLDER / "root", **seams)


class SpokenDrive:
    """A drive that says what it was told to."""

    name = "drive"

    def __init__(self, data):
        self.data = data

    def read(self):
        """Parse as a dump is parsed."""
        return parse_smart(self.data, self.name)

    def read_speed_mb_per_s(self):
        """Never."""
        raise NotReadyError("no speed")


def judged(checks, subject):
    """Run checks as their runner does; NotReadyError is a SKIP."""
    for item in checks:
        try:
            said = item.function(subject)
        except NotReadyError as error:
            said = error
        result_of(item, subject.name, said)


def run_smartctl(data):
    judged(DRIVE_CHECKS, Subject(bench(), drive=SpokenDrive(data)))


def smartctl_seeds():
    faults = ((), ("reallocated=8", "pending=2", "timeouts=4", "prefail_past"), ("silent", "log=3"))
    drives = [SimulatedDrive(some, kind=kind) for kind in Kind for some in faults]
    return [json.dumps(drive.read()).encode() for drive in drives]


def run_ups(data):
    lines = (line.partition(":") for line in data.decode("utf-8", "replace").splitlines())
    variables = {name.strip(): value.strip() for name, _, value in lines}
    subject = Subject(bench())
    observed = Observed(make_reading(variables, read_at_s=0.0), 230.0)
    subject._kept[ups_checks.take_observation] = observed
    judged(UPS_CHECKS, subject)
    battery_age(variables, NOW.date())
    normalise_test(variables.get("ups.test.result"))
    cal = parse_runtimecal(variables.get("runtimecal"))
    scale_runtime_s(600.0, 30.0, runtimecal=cal)


def ups_seeds():
    return [
        b"ups.status: OL CHRG\nbattery.voltage: 27.3\nbattery.voltage.nominal: 24\nups.load: 21\n"
        b"battery.charge: 100\nbattery.runtime: 1440\ninput.voltage: 229.5\ndriver.version: 2.8.0\n"
        b"input.voltage.nominal: 230\nups.test.result: Done and passed\nbattery.date: 2024/03/01\n",
        b"ups.status: OB LB RB BYPASS\nups.alarm: Replace battery! Fan failure!\n"
        b"ups.test.result: Done and error\nbattery.mfr.date: 11/30/19\nruntimecal: 240,100,720,50\n"
        b"input.L1-N.voltage: 120\ninput.phases: 3\nups.temperature: 45\nbattery.voltage: 2.26\n",
    ]


def as_text(data):
    """Return a line as a person types or a scanner reads it."""
    return data.decode("utf-8", "replace")


def run_sms(data):
    line = as_text(data)
    if encode_sms(decode_sms(line)) != line:
        raise AssertionError("the line is written otherwise")


def run_digest(data):
    text = as_text(data)
    try:
        if encode_base45(decode_base45(text)) != text:
            raise AssertionError("Base45 is written otherwise")
    except BadReportError:  # not all that begins with the prefix is Base45 itself
        digest.decode_digest(text, KEYS)


def inside_seeds():
    plain = digest.digest_of(made_report()).model_dump_json().encode()
    packer = zlib.compressobj(wbits=-15)
    return [packer.compress(plain) + packer.flush()]


def made_result(code, component, outcome, value):
    """Return a result; WARN and FAIL with their texts."""
    text = fault_text(code)
    severity = {Outcome.WARN: Severity.WARN, Outcome.FAIL: Severity.FAIL}.get(outcome)
    return CheckResult(
        code=code,
        component=component,
        asset=component,
        outcome=outcome,
        name_id=text.test_id,
        name_en=text.test_en,
        measurements=(Measurement(name="value", value=value, unit="dB", fail_above=4.0),),
        finding=text.finding(code, severity, Confidence.CONFIRMED) if severity else None,
        critical=component == "scanner",
    )


def made_report():
    results = (
        made_result("FPS-108", "scanner", Outcome.WARN, 5.0),
        made_result("UPS-103", "ups", Outcome.FAIL, 10.9),
        made_result("FPS-109", "scanner", Outcome.PASS, 1.0),
    )
    verdict, limited_by = decide_verdict(results)
    return Report(
        run_id="20261124T080000-abcdef",
        station_code="61.08.05",
        trigger="quick",
        started=NOW,
        ended=NOW + datetime.timedelta(seconds=12),
        app_version="1",
        limits_version="1",
        assets=(Asset(name="scanner", role="scanner", make="Ma", model="Mo", serial="S1"),),
        results=results,
        verdict=verdict,
        limited_by=limited_by,
        number=7,
    )


def fold(arrivals):
    """Take what arrived into the state of the fleet, and show it as a person sees it."""
    reports = [Report.model_validate_json(gzip.decompress(one.packed)) for one in arrivals]
    for report in reports:
        render_text(report, "human")
        render_sms(report)
    fold_fleet(reports, (), OFFICES, NOW.date())


def run_report(data):
    arrived = read_arrival(Body("7.json", data), {}, OFFICES)
    if isinstance(arrived, Arrival):
        fold([arrived])
    read_arrival(Body("7.json", data), KEYS, OFFICES)
    with suppress(UnsignedError):
        proof._prove_report(proof._parsed(data), KEYS)


def report_seeds():
    signed = signing.stored_bytes(signing.seal_report(made_report(), SIGN))
    plain = made_report().model_dump_json().encode()  # changes to it break no hash
    return [signed, plain]


def run_bundle(data):
    suffix = ".zip" if data.startswith(b"PK") else ".json" if data.startswith(b"{") else ".tar.gz"
    bodies = find_bodies([written(data, f"bundle{suffix}")])
    for body in bodies:
        if isinstance(body, Body):
            read_arrival(body, KEYS, OFFICES)


def bundle_seeds():
    body = gzip.compress(b'{"schema_name": "ktpel-selftest/1"}', mtime=0)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("000001.json", b'{"a": 1}')
        bundle.writestr("000002.json.gz", body)
    seeds = [packed.getvalue(), body]
    for mode in ("w", "w:gz"):
        tarred = io.BytesIO()
        with tarfile.open(fileobj=tarred, mode=mode) as tar:
            entry = tarfile.TarInfo("a/000001.json.gz")
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
        seeds.append(tarred.getvalue())
    return [seed for seed in seeds if len(seed) <= 16384]


def stream_seeds():
    result = json.loads(made_result("FPS-109", "scanner", Outcome.PASS, 1.0).model_dump_json())
    head = {
        "run_id": "r",
        "station_code": "61.08.05",
        "trigger": "boot",
        "operator": None,
        "started": NOW.isoformat(),
        "app_version": "1",
        "limits_version": "1",
    }
    planned = [{"code": "FPS-109", "component": "scanner", "essential": True}]
    began = {"code": "FPS-109", "asset": "scanner"}
    rows = ({"run": head}, {"planned": planned}, {"began": began}, {"ended": result})
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    return [b"".join(lines), b"".join(lines[:3]) + b'{"ended": {']


KERNEL_LINES = (
    "usb 1-4.2: reset high-speed USB device number 7 using xhci_hcd",
    "usb usb1-port4: unable to enumerate USB device",
    "EXT4-fs error (device sda2): ext4_find_entry:1455: inode #2: comm ls: reading directory",
    "mce: [Hardware Error]: Machine check events logged",
    "EDAC MC0: 1 CE memory read error on CPU_SrcID#0",
    "I/O error, dev sda, sector 2048 op 0x0:(READ)",
)


def read_all(log):
    """Search every line for everything."""
    log.find(*Trouble)
    for line in log.lines:
        usb_port_of(line.text)


def run_journal(data):
    said = ProgramOutput(0, data)
    read_all(read_kernel_log(Subject(bench(run_program=lambda *_: said))))
    parse_usb_resets(data)


def journal_seeds():
    stamp_us = int(NOW.timestamp() * 1e6)
    rows = [
        {
            "__REALTIME_TIMESTAMP": str(stamp_us),
            "_SOURCE_MONOTONIC_TIMESTAMP": "811223",
            "_BOOT_ID": "0123456789abcdef0123456789abcdef",
            "MESSAGE": text,
        }
        for text in KERNEL_LINES
    ]
    rows.append({"__REALTIME_TIMESTAMP": str(stamp_us), "MESSAGE": [85, 83, 66, 255]})
    return [b"\n".join(json.dumps(row).encode() for row in rows)]


def no_journal(*_):
    raise NotReadyError("no journalctl")


def run_kernel_buffer(data):
    (FOLDER / "root/dev").mkdir(parents=True, exist_ok=True)
    written(data, "root/dev/kmsg")
    read_all(read_kernel_log(Subject(bench(run_program=no_journal))))


def kernel_buffer_seeds():
    lines = (f"6,{n},{n * 1000},-;{text}" for n, text in enumerate(KERNEL_LINES))
    return ["\n".join(lines).encode()]


def prepare_root():
    """Make the files that tell which start of the computer this is."""
    (FOLDER / "root/proc/sys/kernel/random").mkdir(parents=True)
    written(b"4711.5 4000.0\n", "root/proc/uptime")
    written(b"01234567-89ab-cdef-0123-456789abcdef\n", "root/proc/sys/kernel/random/boot_id")


prepare_root()


def run_manifest(data):
    package = FOLDER / "spool" / ("a" * 32)
    package.mkdir(parents=True, exist_ok=True)
    for name in ("part-a.age", "part-b.age"):
        (package / name).write_bytes(b"x")
    (package / "manifest.jws").write_bytes(data)
    find_problems([package], day=1)


def manifest_seeds():
    part = {"size_bytes": 1, "sha256": "0" * 64}
    payload = signing._base64url(json.dumps({"parts": {"a": part, "b": part}}).encode())
    return [f"e30.{payload}.c2ln".encode()]


def run_tables(data):
    place = written(data, "table.csv")
    for read in (
        lambda: read_statements(place, OFFICES),
        lambda: read_supplies(place),
        lambda: parse_offices(as_text(data), "table"),
    ):
        try:
            read()
        except SelftestError:  # most tables are of another kind
            continue


def table_seeds():
    return [
        b"code;state;day;person\n61.01.01;active;2026-11-20;Siti\n",
        b"item;count;place\nusb_cable;4;Pontianak\n",
        b"code,name,regency,lat,lng,villages\n61.01.01,Sambas,Sambas,1.36,109.3,18\n",
    ]


def inventory_seeds():
    return [
        b'[scanner]\nserial = "UAU 123456"\ncertified = 2012-03-01\n\n[camera]\nserial = "C1"\n'
    ]


def centre_seeds():
    return [b'host = "tarik.example.go.id"\nport = 443\nca = "centre-ca.pem"\n']


OURS = (SelftestError,)
SELFTEST_TARGETS = {
    "smartctl": Target(run_smartctl, smartctl_seeds, errors=OURS),
    "ups_variables": Target(run_ups, ups_seeds, 4096, errors=OURS),
    "sms": Target(run_sms, lambda: [render_sms(made_report()).encode()], 200, errors=OURS),
    "digest": Target(
        run_digest,
        lambda: [digest.encode_digest(digest.digest_of(made_report()), SIGN).encode()],
        2048,
        errors=OURS,
    ),
    # Nobody can sign for the fuzzer, so that what stands behind the signature gets its own turn.
    "digest_inside": Target(digest._opened, inside_seeds, 2048, errors=OURS),
    "report": Target(run_report, report_seeds, 16384, errors=OURS),
    "report_bundle": Target(run_bundle, bundle_seeds, 16384, errors=OURS),
    "run_stream": Target(read_stream, stream_seeds, errors=(ValueError, TypeError, OverflowError)),
    "journal": Target(run_journal, journal_seeds, errors=OURS),
    "kernel_buffer": Target(run_kernel_buffer, kernel_buffer_seeds, errors=OURS),
    "sealed_manifest": Target(run_manifest, manifest_seeds, errors=OURS),
    "fleet_tables": Target(run_tables, table_seeds, 2048, errors=OURS),
    "inventory": Target(
        lambda data: load_inventory(written(data, "inventory.toml")), inventory_seeds, errors=OURS
    ),
    "centre_link": Target(
        lambda data: load_centre(written(data, "centre.toml")), centre_seeds, errors=OURS
    ),
}
