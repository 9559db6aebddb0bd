"""`station sbi-serve`: starts, says what clients need, stops, and refuses with cause and step."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from itertools import takewhile

import pytest

from station.config import write_default
from station.sbi.errors import SbiDevicesError, SbiEnvError, SbiPortError
from station.sbi.serve import SbiServer, SbiSettings, listen

START_LIMIT_S = 40.0


def run(*words, timeout_s=60.0):
    command = [sys.executable, "-m", "station.cli", "sbi-serve", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=timeout_s)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(tmp_path, number):
    command = [sys.executable, "-m", "station.cli", "sbi-serve", "--simulated"]
    process = subprocess.Popen(
        [*command, "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        # All lines first: what `readline` has read ahead, `communicate` does not give again.
        lines = list(takewhile(lambda line: not line.startswith("stop"), process.stdout))
        first, told = lines[0], "".join(lines)
        assert first.startswith("SBI service http://127.0.0.1:45")
        assert "Iris: iris, Finger: scanner, Face: camera" in first
        port = int(first.split("/")[2].partition(":")[2])
        answer = _discover(port)
        assert [one["deviceId"] for one in answer] == ["1", "2", "3"]
        process.send_signal(number)
        _, error = process.communicate(timeout=20)
        assert "root.pem" in told
        assert error == ""
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def _discover(port):
    deadline_s = time.monotonic() + START_LIMIT_S
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("MOSIPDISC", "/device", b'{"type": "Biometric Device"}')
            return json.loads(connection.getresponse().read())
        except OSError:
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
        finally:
            connection.close()


def test_a_folder_without_a_configuration(tmp_path):
    refused = run("--data", str(tmp_path))
    assert refused.returncode == 2
    assert "station init" in refused.stderr.replace("\n", " ")


def test_simulated_devices_in_production(tmp_path):
    refused = run("--data", str(tmp_path), "--simulated", "--env", "Production")
    assert refused.returncode == 2
    assert "STA-903" in refused.stderr


def test_simulated_devices_of_a_configuration_are_known_as_such(tmp_path):
    write_default(tmp_path / "station.toml", code="61.71.01", simulated=True)
    with pytest.raises(SbiEnvError):
        SbiServer(SbiSettings(tmp_path, env="Staging"))
    server = SbiServer(SbiSettings(tmp_path))
    try:
        assert server.env == "Developer"
        assert [one.slot.name for one in server.devices] == ["iris", "scanner", "camera"]
    finally:
        server.close()


def test_a_configuration_without_devices_that_sbi_knows(tmp_path):
    write_default(tmp_path / "station.toml", code="61.71.01", simulated=False)
    text = (tmp_path / "station.toml").read_text(encoding="utf-8")
    served_again = (
        '\n[[devices]]\nkind = "fingerprint_scanner"\nname = "sbi"\ndriver = "mosip_sbi"\n'
    )
    (tmp_path / "station.toml").write_text(text + served_again, encoding="utf-8")
    with pytest.raises(SbiDevicesError, match="Add"):
        SbiServer(SbiSettings(tmp_path))


def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SbiPortError, match=str(port)):
            SbiServer(SbiSettings(tmp_path, is_simulated=True, port=port))


def test_the_first_free_port_is_taken():
    with listen(None) as first, listen(None) as second:
        ports = first.getsockname()[1], second.getsockname()[1]
    assert 4501 <= ports[0] < ports[1] <= 4600
