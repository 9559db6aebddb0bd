"""A small HTTP camera on the loopback interface."""

import http.server
import threading

import cv2
import numpy as np
import pytest


def jpeg(gray):
    """A plain JPEG of one grey level, 48 rows and 64 columns."""
    return cv2.imencode(".jpg", np.full((48, 64, 3), gray, np.uint8))[1].tobytes()


class CameraServer:
    """Answers each path with bytes given before; a stream stays open until `release()`.

    `paths[path] = (status, headers, chunks)`.
    """

    def __init__(self):
        self.paths = {}
        self.requests = []
        self._released = threading.Event()
        camera = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def _answer(self):
                status, headers, chunks = camera.paths[self.path]
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                camera.requests.append((self.command, self.path, body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for chunk in chunks:
                        self.wfile.write(chunk)
                    camera._released.wait(5.0 if "multipart" in str(headers) else 0.0)
                except (BrokenPipeError, ConnectionResetError):
                    return

            do_GET = do_POST = do_STREAM = do_RCAPTURE = _answer  # noqa: N815 - http.server's names

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def release(self):
        self._released.set()

    def close(self):
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)


@pytest.fixture
def camera():
    server = CameraServer()
    yield server
    server.close()


@pytest.fixture
def make_jpeg():
    return jpeg
