"""A running SBI service with simulated devices, and a way to speak to it byte by byte."""

import http.client
import json
import threading
import time
from contextlib import contextmanager

from station.sbi.serve import SbiServer, SbiSettings

CALL_LIMIT_S = 40.0
TRANSACTION = "TX-0001"


class Served:
    """A service in a thread of this process."""

    def __init__(self, server: SbiServer) -> None:
        self.server = server
        self.port = server.port
        self.root = server.root_path

    def call(self, verb, path, document, headers=None, *, body=None):
        """Return status, headers and parsed answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_LIMIT_S)
        try:
            data = json.dumps(document).encode() if body is None else body
            connection.request(verb, path, data, headers or {})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        is_json = answer.headers.get_content_type() == "application/json"
        return answer.status, answer.headers, json.loads(text) if is_json else text

    def capture(self, **changes):
        """Send an RCAPTURE for both thumbs with changes; `bio_...` changes its one part."""
        bio = {
            "type": "Finger",
            "count": "2",
            "bioSubType": [],
            "exception": [],
            "requestedScore": "40",
            "deviceId": "2",
            "deviceSubId": "3",
            "previousHash": "",
        }
        bio.update({key[4:]: value for key, value in changes.items() if key.startswith("bio_")})
        document = {
            "env": "Developer",
            "purpose": "Registration",
            "specVersion": "0.9.5",
            "timeout": "20000",
            "captureTime": "2026-11-24T05:36:27Z",
            "transactionId": TRANSACTION,
            "bio": [bio],
            "customOpts": None,
        }
        document.update({key: value for key, value in changes.items() if key[:4] != "bio_"})
        return self.call("RCAPTURE", "/capture", document)[2]

    def refusal(self, **changes):
        """Return the error code of a capture that must be refused."""
        (entry,) = self.capture(**changes)["biometrics"]
        assert entry["data"] == entry["hash"] == ""
        assert entry["error"]["errorInfo"]
        return entry["error"]["errorCode"]


@contextmanager
def serving(folder, **settings):
    """Serve until the block ends; every thread is gone afterwards."""
    server = SbiServer(SbiSettings(folder, is_simulated=True, **settings))
    thread = threading.Thread(target=server.serve_forever, name="sbi-service")
    thread.start()
    try:
        _wait_until_it_answers(server)
        yield Served(server)
    finally:
        server.stop()
        thread.join(20)
        server.close()
        assert not thread.is_alive()


def _wait_until_it_answers(server):
    served, deadline_s = Served(server), time.monotonic() + 20
    while time.monotonic() < deadline_s:
        try:
            served.call("SBIDISC", "/device", {"type": "Face"})
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the service does not answer")
