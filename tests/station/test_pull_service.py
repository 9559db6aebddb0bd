"""The pull process is started, let go in order, and leaves no thread behind."""

import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from station.build import load_keys
from station.centre.keys import CentreKeys
from station.config import CONFIG_NAME, StationConfig, write_default
from station.durable import write_private
from station.keys import import_centre
from station.pull.server import GRACEFUL_STOP_S
from station.pull_service import STOP_LIMIT_S, PullService

READER = "pull-output"


@pytest.fixture
def service(tmp_path: Path, centre_keys: CentreKeys, pull_station) -> Iterator[PullService]:
    """A pull process that offers one package of 32 MB, more than the sockets hold."""
    place = tmp_path / "data" / CONFIG_NAME
    write_default(place, code="61.71.01", name="Contoh", simulated=True)
    text = place.read_text(encoding="utf-8").replace("port = 8462", "port = 0")
    write_private(place, text.encode())
    config = StationConfig.load(place)
    keys = load_keys(config)
    import_centre(config.paths.keys, centre_keys.enrolment.read_bytes())
    package = pull_station.add_package(size_a=32_000_000).package_id
    shutil.copytree(pull_station.spool.folder / package, config.paths.spool / package)
    made = PullService(config, keys)
    yield made
    made.stop()


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == READER]


@contextmanager
def half_read(service: PullService, centre_keys: CentreKeys, path: str) -> Iterator[None]:
    """Ask for something large, take its beginning, and leave the rest on the way."""
    place = urlsplit(service.url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(centre_keys.client_certificate, centre_keys.client_key)
    with (
        socket.create_connection((place.hostname, place.port), timeout=20) as plain,
        context.wrap_socket(plain) as secure,
    ):
        secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {place.hostname}\r\n\r\n".encode())
        assert secure.recv(15) == b"HTTP/1.1 200 OK"
        yield


def test_a_stopped_service_leaves_no_thread_and_no_process(service: PullService) -> None:
    assert service.start()
    process = service._process
    assert len(readers()) == 1
    service.stop()
    assert readers() == []
    assert process.returncode == 0
    assert process.stdout.closed
    assert not service.is_running()


def test_a_transfer_that_hangs_is_ended_by_the_process_itself(
    service: PullService, centre_keys: CentreKeys, pull_station
) -> None:
    """Killed, it would leave no word of how it ended; so it is given more time than it takes."""
    assert STOP_LIMIT_S >= GRACEFUL_STOP_S + 3
    service.start()
    process = service._process
    package = pull_station.manifests[0].package_id
    with half_read(service, centre_keys, f"/v1/packages/{package}/parts/a"):
        service.stop()
    assert process.returncode == 0


def test_a_process_that_cannot_start_is_said_and_leaves_no_thread(service: PullService) -> None:
    (service._keys.centre_folder / "ca.pem").write_text("no certificate")
    with pytest.raises(ChildProcessError, match="did not start"):
        service.start()
    assert readers() == []


def test_without_a_centre_nothing_is_started(tmp_path: Path) -> None:
    place = tmp_path / CONFIG_NAME
    write_default(place, code="61.71.01", name="Contoh", simulated=True)
    config = StationConfig.load(place)
    service = PullService(config, load_keys(config))
    assert not service.start()
    service.stop()
    assert readers() == []
