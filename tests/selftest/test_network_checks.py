"""The network: gateway, the centre over real TLS on the loopback, certificates, packages' age."""

import contextlib
import datetime
import os
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from selftest.bench import bench_from_config, utc_now
from selftest.catalog import all_checks
from selftest.errors import NotReadyError
from selftest.gateway import answers_arp, default_gateway, ping
from selftest.report import Outcome, Severity
from selftest.runner import run_checks
from tests.selftest.host import Programs, write

DAY = datetime.timedelta(days=1)
ROUTE = "Iface\tDestination\tGateway\tFlags\n{}"


def result_of(bench, code):
    checks = [item for item in all_checks() if item.code == code]
    (result,) = run_checks(bench, checks).report.results
    return result


def test_the_default_gateway_is_read_as_the_kernel_writes_it(tmp_path):
    write(tmp_path, "proc/net/route", ROUTE.format("eth0\t0000A8C0\t00000000\t0001\n"))
    with pytest.raises(NotReadyError, match="no default gateway"):
        default_gateway(tmp_path)
    text = ROUTE.format("tun0\t00000000\t00000000\t1\nx\neth0\t00000000\t0101A8C0\t0003\n")
    write(tmp_path, "proc/net/route", text)
    assert default_gateway(tmp_path) == "192.168.1.1"


def test_pings_of_iputils_and_of_busybox_are_read():
    iputils = (
        "10 packets transmitted, 9 received, +1 errors, 10% packet loss, time 1826ms\n"
        "rtt min/avg/max/mdev = 20.1/31.5/90.0/3.1 ms\n"
    )
    busybox = (
        "10 packets transmitted, 10 packets received, 0% packet loss\n"
        "round-trip min/avg/max = 0.1/0.2/0.3 ms\n"
    )
    for text, loss, mean_ms in ((iputils, 10.0, 31.5), (busybox, 0.0, 0.2)):
        told = ping(Programs(ping=text), "10.0.0.1", 10)
        assert (told.sent, told.mean_ms) == (10, mean_ms)
        assert told.loss_percent == pytest.approx(loss)


@pytest.mark.parametrize("text", ["", "ping: bad address", "0 packets transmitted, 0 received"])
def test_what_ping_does_not_say_is_not_guessed(text):
    with pytest.raises(NotReadyError):
        ping(Programs(ping=text), "10.0.0.1", 10)


LOST = "10 packets transmitted, 0 received, 100% packet loss, time 9100ms\n"


def test_a_gateway_that_refuses_pings_is_no_fault(make_bench, healthy_root):
    write(healthy_root, "proc/net/route", ROUTE.format("eth0\t00000000\t0101A8C0\t0003\n"))
    bench = make_bench(run_program=Programs(ping=LOST))
    result = result_of(bench, "NET-101")
    assert result.outcome is Outcome.WARN  # ten pings never fail: a hint to repeat with more
    assert result.finding.confirm_en
    arp = "IP address HW type Flags HW address Mask Device\n192.168.1.1 0x1 {} 00:11 * eth0\n"
    write(healthy_root, "proc/net/arp", arp.format("0x0"))
    assert not answers_arp(healthy_root, "192.168.1.1")
    write(healthy_root, "proc/net/arp", arp.format("0x2"))
    assert result_of(bench, "NET-101").outcome is Outcome.SKIP


class Nobody:
    person = "Ani"

    def ask(self, question, *, timeout_s):
        raise AssertionError(question)

    def show(self, picture_png, caption_id, caption_en):
        raise AssertionError(caption_en)

    def tell(self, text_id, text_en):
        raise AssertionError(text_en)


@pytest.mark.parametrize(("got", "outcome"), [(96, "PASS"), (94, "WARN"), (69, "FAIL")])
def test_with_a_person_a_hundred_pings_judge(make_bench, healthy_root, got, outcome):
    write(healthy_root, "proc/net/route", ROUTE.format("eth0\t00000000\t0101A8C0\t0003\n"))
    text = f"100 packets transmitted, {got} received, 9% packet loss, time 9ms\n"
    programs = Programs(ping=text)
    bench = make_bench(run_program=programs, guide=Nobody())
    assert result_of(bench, "NET-101").outcome == outcome
    assert "100" in programs.asked[0]


def certificate(name="localhost", *, days=365.0):
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc_now() - 400 * DAY)
        .not_valid_after(utc_now() + days * DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.public_bytes(Encoding.PEM), secret


@contextlib.contextmanager
def served(folder, pem, secret):
    """Serve TLS on the loopback until the end; yields the port."""
    folder.mkdir(exist_ok=True)
    (folder / "chain.pem").write_bytes(pem + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake_hands, args=(listener, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def shake_hands(listener, context):
    while True:
        try:
            link, _ = listener.accept()
        except OSError:  # the test is over
            return
        with link, contextlib.suppress(OSError), context.wrap_socket(link, server_side=True):
            pass


def centre_file(folder, port, **changes):
    values = {"host": "localhost", "port": port, "ca": "ca.pem", **changes}
    rows = (f"{key} = {value!r}\n" for key, value in values.items() if value is not None)
    place = folder / "centre.toml"
    place.write_text("".join(rows).replace("'", '"'))
    return place


def test_the_centre_is_reached_over_tls(make_bench, tmp_path):
    pem, secret = certificate(days=20)
    (tmp_path / "ca.pem").write_bytes(pem)
    with served(tmp_path / "server", pem, secret) as port:
        bench = make_bench(centre=centre_file(tmp_path, port))
        result = result_of(bench, "NET-102")
        assert (result.outcome, "TLSv1.3" in result.reason) == (Outcome.PASS, True)
        soon = result_of(bench, "NET-103")  # 20 days
        assert (soon.outcome, soon.reason) == (Outcome.WARN, "centre")


def test_a_stranger_in_the_centres_place_is_not_the_centre(make_bench, tmp_path):
    (tmp_path / "ca.pem").write_bytes(certificate()[0])
    with served(tmp_path / "server", *certificate()) as port:
        result = result_of(make_bench(centre=centre_file(tmp_path, port)), "NET-102")
    assert (result.outcome, "TLS localhost" in result.reason) == (Outcome.WARN, True)


@pytest.mark.parametrize(
    ("changes", "words"), [({"host": "no-such-host.invalid"}, "DNS"), ({"port": 9}, "localhost (")]
)
def test_an_unreachable_centre_warns_and_after_a_week_fails(make_bench, tmp_path, changes, words):
    (tmp_path / "ca.pem").write_bytes(certificate()[0])
    days = [0]
    place = centre_file(tmp_path, **{"port": 9, **changes})
    bench = make_bench(centre=place, now=lambda: utc_now() + days[0] * DAY)
    first = result_of(bench, "NET-102")
    assert (first.outcome, words in first.reason) == (Outcome.WARN, True)
    days[0] = 6
    assert result_of(bench, "NET-102").outcome is Outcome.WARN
    days[0] = 8
    assert result_of(bench, "NET-102").outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "text", ["", "host = 7\n", "host = 'x'\nprt = 4\n", "[", "host='x'\nport=0"]
)
def test_a_wrong_address_file_is_skipped_and_told(make_bench, tmp_path, text):
    (tmp_path / "centre.toml").write_text(text)
    result = result_of(make_bench(centre=tmp_path / "centre.toml"), "NET-102")
    assert (result.outcome, "correct it" in result.reason) == (Outcome.SKIP, True)


@pytest.mark.parametrize(
    ("days", "severity"), [(31, None), (29, Severity.WARN), (2, Severity.FAIL), (-9, Severity.FAIL)]
)
def test_certificates_that_run_out_are_told(make_bench, tmp_path, days, severity):
    keys = tmp_path / "keys"
    (keys / "centre").mkdir(parents=True)
    (keys / "tls-server.pem").write_bytes(certificate(days=4000)[0])
    (keys / "centre" / "ca.pem").write_bytes(certificate(days=5000)[0] + certificate(days=days)[0])
    result = result_of(make_bench(keys=keys), "NET-103")
    assert (result.finding.severity if result.finding else None) is severity
    assert result.reason == "ca.pem"


def test_a_damaged_certificate_fails(make_bench, tmp_path):
    (tmp_path / "tls-server.pem").write_text("-----BEGIN")
    assert result_of(make_bench(keys=tmp_path), "NET-103").outcome is Outcome.FAIL
    assert result_of(make_bench(keys=tmp_path / "none"), "NET-103").outcome is Outcome.SKIP


def test_only_packages_without_a_receipt_age(make_bench, tmp_path):
    spool = tmp_path / "spool"
    spool.mkdir()
    bench = make_bench(spool=spool)
    assert result_of(bench, "NET-104").outcome is Outcome.PASS
    old = utc_now().timestamp() - 15 * 86400
    for name, files in (("a" * 32, ("manifest.jws", "receipt.jws")), ("x", ("manifest.jws",))):
        for file in files:
            write(spool, f"{name}/{file}", "x")
            os.utime(spool / name / file, (old, old))
    assert result_of(bench, "NET-104").outcome is Outcome.PASS
    write(spool, f"{'b' * 32}/manifest.jws", "x")
    os.utime(spool / ("b" * 32) / "manifest.jws", (old, old))
    assert result_of(bench, "NET-104").outcome is Outcome.FAIL


def test_the_configuration_says_where_keys_and_centre_are(tmp_path):
    place = tmp_path / "station.toml"
    place.write_text('[station]\ncode = "61.01.01"\n[paths]\nkeys = "secret"\n')
    bench = bench_from_config(place)
    assert (bench.keys, bench.centre) == (tmp_path / "secret", tmp_path / "centre.toml")
