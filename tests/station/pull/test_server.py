"""Mutual TLS, the server's proof of its own door, and its life as a process."""

import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from station.centre.keys import keygen
from station.pull.__main__ import main
from station.pull.server import (
    AddressError,
    CertificateFilesError,
    PullServer,
    UnprotectedError,
    listen,
    prove_closed,
    tls_context,
)
from station.tls import KeyPair, client_certificate, revocation_list, server_certificate

pytestmark = pytest.mark.timeout(60)
ROOT = Path(__file__).parents[3]
TIME_LIMIT_S = 20
NOW = datetime.now(UTC)


def client_context(station, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=station.tls.certificate_pem.decode())
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def connect(station, url: str, certificate: Path | None = None, key: Path | None = None):
    keys = station.centre
    context = client_context(
        station, certificate or keys.client_certificate, key or keys.client_key
    )
    return httpx.Client(base_url=url, verify=context, timeout=TIME_LIMIT_S, trust_env=False)


def arguments(station, port: int = 0, **changes: object) -> list[str]:
    files = {
        "--spool": station.spool.folder,
        "--inbox": station.inbox.folder,
        "--reports": station.reports,
        "--certificate": station.folder / "tls.pem",
        "--key": station.folder / "tls.key",
        "--client-ca": station.centre.folder / "ca.pem",
        "--receipt-keys": station.folder / "receipt-keys.json",
        "--port": port,
    }
    files |= {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    return [str(word) for option in files.items() for word in option]


@contextmanager
def process(station, **changes: object):
    """Run `python -m station.pull`; give the process and its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "station.pull", *arguments(station, **changes)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        try:
            assert child.stdout is not None
            line = child.stdout.readline()
            assert line.startswith("pull interface: https://127.0.0.1:"), line
            yield child, line.split()[-1]
        finally:
            child.kill()
            child.wait(TIME_LIMIT_S)


def refused(station, url: str, certificate: Path | None, key: Path | None) -> bool:
    """Whether a client gets no answer at all."""
    context = client_context(station, certificate, key)
    with httpx.Client(verify=context, timeout=TIME_LIMIT_S, trust_env=False) as client:
        try:
            client.get(f"{url}/v1/health")
        except httpx.TransportError:
            return True
    return False


def write_client(folder: Path, pair: KeyPair, name: str) -> tuple[Path, Path]:
    pair.write(folder / f"{name}.pem", folder / f"{name}.key")
    return folder / f"{name}.pem", folder / f"{name}.key"


def test_a_process_serves_the_centre_and_ends_with_code_0(pull_station):
    manifest = pull_station.add_package()
    with process(pull_station) as (child, url):
        with connect(pull_station, url) as client:
            health = client.get("/v1/health").json()
            assert health["station_code"] == pull_station.code  # from the certificate
            part = client.get(f"/v1/packages/{manifest.package_id}/parts/a")
            assert part.content == pull_station.part_bytes(manifest, "a")
            assert "server" not in part.headers
        child.send_signal(signal.SIGTERM)
        assert child.wait(TIME_LIMIT_S) == 0


def test_who_is_refused(pull_station, tmp_path):
    keys = pull_station.centre
    issuer = KeyPair.read(keys.folder / "ca.pem", keys.folder / "ca.key")
    rogue = keygen(tmp_path / "rogue", now=NOW)
    lost = client_certificate(issuer, "lost", now=NOW)
    expired = client_certificate(issuer, "old", now=NOW, life=-timedelta(days=1))
    crl = tmp_path / "crl.pem"
    crl.write_bytes(revocation_list(issuer, [lost.certificate_pem], now=NOW))
    strangers = {
        "none": (None, None),
        "rogue": (rogue.client_certificate, rogue.client_key),
        "expired": write_client(tmp_path, expired, "expired"),
        "revoked": write_client(tmp_path, lost, "lost"),
        "the station itself": (pull_station.folder / "tls.pem", pull_station.folder / "tls.key"),
    }
    with process(pull_station, client_crl=crl) as (_, url):
        let_in = {who: not refused(pull_station, url, *pair) for who, pair in strangers.items()}
        assert not any(let_in.values()), let_in
        assert not refused(pull_station, url, keys.client_certificate, keys.client_key)


def test_older_tls_is_refused(pull_station):
    keys = pull_station.centre
    context = client_context(pull_station, keys.client_certificate, keys.client_key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pull_station.serve() as url:
        port = int(url.rpartition(":")[2])
        with (
            socket.create_connection(("127.0.0.1", port), TIME_LIMIT_S) as plain,
            pytest.raises(ssl.SSLError),
        ):
            context.wrap_socket(plain)


def test_plain_http_gets_nothing(pull_station):
    with pull_station.serve() as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), TIME_LIMIT_S) as plain:
            plain.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert not plain.recv(64).startswith(b"HTTP")


@pytest.mark.parametrize("mode", [ssl.CERT_NONE, ssl.CERT_OPTIONAL])
def test_a_door_that_is_open_to_strangers_stops_the_server(pull_station, mode):
    """Negative control: without CERT_REQUIRED the server must end, and must have served nothing."""
    context = tls_context(pull_station.tls_files())
    context.verify_mode = mode
    server = PullServer(pull_station.app(), listen("127.0.0.1", 0), context)
    announced = []
    with pytest.raises(UnprotectedError, match="without a certificate"):
        server.serve_forever(announced.append)
    assert announced == []


def test_the_gate_is_shut_until_the_proof(pull_station, monkeypatch):
    """While the server proves its door, even the centre gets 503."""
    seen = []
    url_known = threading.Event()

    def slow_proof(host: str, port: int) -> None:
        with connect(pull_station, f"https://{host}:{port}") as client:
            seen.append(client.get("/v1/packages").status_code)
        prove_closed(host, port)
        url_known.set()

    monkeypatch.setattr("station.pull.server.prove_closed", slow_proof)
    with pull_station.serve() as url:
        assert seen == [503]
        with connect(pull_station, url) as client:
            assert client.get("/v1/packages").status_code == 200


def test_a_door_that_says_nothing_is_not_proved(monkeypatch):
    monkeypatch.setattr("station.pull.server.PROBE_TIME_LIMIT_S", 0.3)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(UnprotectedError, match="neither served nor refused"),
    ):
        prove_closed(*silent.getsockname())


def test_port_in_use(pull_station, capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(arguments(pull_station, port)) == 2
    assert f"port {port} on 127.0.0.1 is in use" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_an_address_of_somebody_else(host):
    with pytest.raises(AddressError, match="no address of this machine"):
        listen(host, 0)


@pytest.mark.parametrize("name", ["certificate", "key", "client_ca", "receipt_keys"])
@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_files_that_are_missing_or_wrong(pull_station, tmp_path, capsys, name, content):
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    assert main(arguments(pull_station, **{name: path})) == 2
    assert "cannot run" in capsys.readouterr().err


def test_a_key_of_another_certificate(pull_station, tmp_path):
    server_certificate("other").write(tmp_path / "o.pem", tmp_path / "o.key")
    with pytest.raises(CertificateFilesError, match="import the centre's enrolment"):
        tls_context(replace(pull_station.tls_files(), key=tmp_path / "o.key"))


def test_help_has_an_example(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "--receipt-keys var/station" in capsys.readouterr().out


def test_a_stalled_download_holds_up_nobody_and_is_not_pulled(pull_station):
    manifest = pull_station.add_package(1, 40_000_000)
    path = f"/v1/packages/{manifest.package_id}/parts"
    with pull_station.serve() as url, connect(pull_station, url) as client:
        client.get(f"{path}/a")
        with client.stream("GET", f"{path}/b") as stalled:
            next(stalled.iter_raw())
            started_s = time.monotonic()
            with connect(pull_station, url) as other:
                assert other.get("/v1/health").status_code == 200
            assert time.monotonic() - started_s < 3
        # the client went away in the middle: nothing was pulled
        with connect(pull_station, url) as other:
            assert other.get("/v1/health").json()["messages_waiting"] == 0
            assert len(other.get(f"{path}/b").content) == 40_000_000
            for _ in range(100):
                if other.get("/v1/health").json()["messages_waiting"] == 1:
                    break
                time.sleep(0.02)
    assert [entry.kind.value for entry in pull_station.inbox.entries()] == ["pulled"]


def test_memory_does_not_grow_with_the_part(pull_station):
    manifest = pull_station.add_package(60_000_000, 1)
    with process(pull_station) as (child, url), connect(pull_station, url) as client:
        client.get("/v1/health")
        before = _resident_bytes(child.pid)
        with client.stream("GET", f"/v1/packages/{manifest.package_id}/parts/a") as answer:
            received = sum(len(piece) for piece in answer.iter_raw())
            during = _resident_bytes(child.pid)
    assert received == 60_000_000
    assert during - before < 16_000_000


def _resident_bytes(process_id: int) -> int:
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_a_stop_during_a_download_ends_in_time(pull_station):
    manifest = pull_station.add_package(40_000_000, 1)
    path = f"/v1/packages/{manifest.package_id}/parts/a"
    with (
        process(pull_station) as (child, url),
        connect(pull_station, url) as client,
        client.stream("GET", path) as answer,
    ):
        next(answer.iter_raw())
        child.send_signal(signal.SIGTERM)
        assert child.wait(TIME_LIMIT_S) == 0


def test_a_slow_body_is_cut_off(pull_station, monkeypatch):
    monkeypatch.setattr("station.pull.room.BODY_TIME_LIMIT_S", 0.3)

    def dripping():
        for _ in range(20):
            yield b"x"
            time.sleep(0.1)

    with pull_station.serve() as url, connect(pull_station, url) as client:
        answer = client.put("/v1/notices", content=dripping())
        assert (answer.status_code, answer.json()["code"]) == (408, "body_too_slow")


def test_endless_headers_are_refused(pull_station):
    with pull_station.serve() as url, connect(pull_station, url) as client:
        try:
            status = client.get("/v1/health", headers={"x-long": "x" * 400_000}).status_code
        except httpx.TransportError:
            status = 400  # the server closed while we were still sending
        assert status in {400, 431}
        assert client.get("/v1/health").status_code == 200


def test_two_receipts_at_once_leave_one(pull_station):
    """Two centres, or one that is confused: one verdict wins, the other gets 409."""
    manifest = pull_station.add_package()
    texts = [
        pull_station.signed_receipt(manifest, issued_at=f"2026-11-24T08:00:{second:02d}Z")
        for second in range(8)
    ]
    statuses: list[int] = []

    def send(text: str) -> None:
        with connect(pull_station, url) as client:
            path = f"/v1/packages/{manifest.package_id}/receipt"
            statuses.append(client.put(path, content=text).status_code)

    with pull_station.serve() as url:
        threads = [threading.Thread(target=send, args=[text]) for text in texts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIME_LIMIT_S)
    assert sorted(statuses) == [200] + [409] * 7
    assert len(pull_station.inbox.find("receipt", manifest.package_id)) == 1


def test_problems_have_one_shape_over_the_wire_too(pull_station):
    with pull_station.serve() as url, connect(pull_station, url) as client:
        answer = client.delete("/v1/packages")
        assert answer.status_code == 405
        assert json.loads(answer.content)["code"] == "method_not_allowed"
