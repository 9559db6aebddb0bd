"""HTTP requests and MJPEG streams, with the quirks of PROTOCOLS.md 10.4 and 10.6."""

import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import (
    AccessDeniedError,
    DeviceNotFoundError,
    OptionsError,
    ProtocolError,
    TransportError,
    TransportTimeoutError,
)
from drivers.transport.http import MAX_PART_BYTES, HttpLink, MjpegStream, MultipartSplitter


def part(delimiter, body, header=b"Content-Type: image/jpeg\r\n", *, with_length=True):
    length = b"Content-Length: %d\r\n" % len(body) if with_length else b""
    return delimiter + b"\r\n" + header + length + b"\r\n" + body + b"\r\n"


def split(boundary, data, step=7):
    splitter = MultipartSplitter(boundary)
    pieces = (data[start : start + step] for start in range(0, len(data), step))
    return [one for piece in pieces for one in splitter.feed(piece)]


@pytest.mark.parametrize("data", [b"", b"\r\n", b"noise without any delimiter", b"--frame"])
def test_no_whole_part_gives_nothing(data):
    assert split("frame", data) == []


@pytest.mark.parametrize(
    ("boundary", "delimiter"),
    [
        ("frame", b"--frame"),
        ('"frame"', b"--frame"),
        ("--BoundaryString", b"--BoundaryString"),  # SBI: the parameter has the dashes already
        ("--BoundaryString", b"----BoundaryString"),  # what the standard asks for then
    ],
)
def test_the_delimiter_is_found_with_and_without_its_dashes(boundary, delimiter):
    data = part(delimiter, b"one") + part(delimiter, b"two") + delimiter + b"--\r\n"
    assert split(boundary, data) == [b"one", b"two"]


def test_headers_without_a_space():
    header = b"Content-Length:5\r\nContent-Type:image/jpeg\r\n"
    data = part(b"--b", b"hello", header, with_length=False)
    assert split("b", data) == [b"hello"]


def test_without_a_length_a_part_ends_at_the_next_delimiter():
    data = b"".join(part(b"--b", body, with_length=False) for body in (b"one", b"two")) + b"--b"
    assert split("b", data) == [b"one", b"two"]


def test_a_delimiter_inside_a_part_of_known_length_is_data():
    assert split("b", part(b"--b", b"x\r\n--b\r\ny")) == [b"x\r\n--b\r\ny"]


@given(st.lists(st.binary(max_size=60), max_size=5), st.integers(1, 50), st.binary(max_size=20))
def test_parts_come_out_however_the_bytes_are_cut(bodies, step, noise):
    data = noise.replace(b"-", b"+") + b"".join(part(b"--frame", body) for body in bodies)
    assert split("frame", data, step) == bodies


@pytest.mark.parametrize("length", [b"-1", b"%d" % (MAX_PART_BYTES + 1), b"many"])
def test_lengths_that_cannot_be(length):
    with pytest.raises(ValueError, match=r"allowed|invalid literal"):
        split("b", b"--b\r\nContent-Length: " + length + b"\r\n\r\n")


def test_a_header_without_end():
    with pytest.raises(ValueError, match="does not end"):
        split("b", b"--b\r\n" + b"x" * 9000, step=1000)


# ---- requests


def test_any_method_and_any_status(camera):
    camera.paths["/device"] = (503, {"Content-Type": "application/json"}, [b'{"error": 1}'])
    link = HttpLink(camera.url, device="sbi")
    answer = link.request("RCAPTURE", "/device", body=b"{}", timeout_s=2.0)
    assert (answer.status, answer.body) == (503, b'{"error": 1}')
    assert answer.content_type == "application/json"
    assert camera.requests == [("RCAPTURE", "/device", b"{}")]


def test_stray_bytes_after_an_answer_are_not_the_next_answer(camera):
    body = b'{"a": 1}'
    camera.paths["/x"] = (200, {"Content-Length": str(len(body))}, [body, b"\r\n\r\n"])
    link = HttpLink(camera.url, device="sbi")
    assert [link.request("GET", "/x", timeout_s=2.0).body for _ in range(3)] == [body] * 3


def test_nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(DeviceNotFoundError, match="check address"):
        HttpLink(url, device="sbi").request("GET", "/", timeout_s=2.0)


def test_no_answer_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started_s = time.monotonic()
        with pytest.raises(TransportTimeoutError):
            HttpLink(url, device="sbi").request("GET", "/", timeout_s=0.3)
        assert time.monotonic() - started_s < 2.0


def test_an_answer_that_trickles_is_given_up(camera):
    def trickle():
        for _ in range(20):
            time.sleep(0.1)
            yield b"x"

    camera.paths["/slow"] = (200, {}, trickle())
    with pytest.raises(TransportTimeoutError, match="too slowly"):
        HttpLink(camera.url, device="sbi").request("GET", "/slow", timeout_s=0.35)


def test_an_answer_cut_short(camera):
    camera.paths["/cut"] = (200, {"Content-Length": "100"}, [b"only this"])
    with pytest.raises(TransportError):
        HttpLink(camera.url, device="sbi").request("GET", "/cut", timeout_s=2.0)


@pytest.mark.parametrize("url", ["ftp://host", "nonsense", "http://host:port"])
def test_addresses_that_are_none(url):
    with pytest.raises(OptionsError, match="no HTTP address"):
        HttpLink(url, device="sbi").request("GET", "/", timeout_s=1.0)


# ---- streams


def stream(camera, chunks, content_type="multipart/x-mixed-replace; boundary=frame"):
    camera.paths["/stream"] = (200, {"Content-Type": content_type}, chunks)
    return MjpegStream(camera.url + "/stream", device="camera", timeout_s=1.0)


def test_pictures_come_one_after_another(camera, make_jpeg):
    jpegs = [make_jpeg(gray) for gray in (10, 200)]
    with stream(camera, [part(b"--frame", one) for one in jpegs]) as mjpeg:
        assert [mjpeg.read_jpeg() for _ in jpegs] == jpegs


@pytest.mark.parametrize("filling", [b"", b"\0\0", b"\r\n"])
def test_a_cut_picture_is_skipped_and_a_filled_one_is_not(camera, make_jpeg, filling):
    whole = make_jpeg(10) + filling
    with stream(camera, [part(b"--frame", one) for one in (whole[:-40], whole)]) as mjpeg:
        assert mjpeg.read_jpeg() == whole


def test_nothing_but_cut_pictures(camera, make_jpeg):
    chunks = [part(b"--frame", make_jpeg(10)[:-40])] * 10
    with (
        stream(camera, chunks) as mjpeg,
        pytest.raises(ProtocolError, match="10 cut pictures in a row"),
    ):
        mjpeg.read_jpeg()


def test_the_stream_of_an_sbi_device(camera, make_jpeg):
    one = make_jpeg(77)
    header = b"Content-Length:%d\r\nContent-Type:image/jpeg\r\n" % len(one)
    chunks = [part(b"--BoundaryString", one, header, with_length=False)]
    content_type = "multipart/x-mixed-replace; boundary=--BoundaryString"
    with stream(camera, chunks, content_type) as mjpeg:
        assert mjpeg.read_jpeg() == one


def test_a_stream_that_ends(camera):
    with stream(camera, [part(b"--frame", b"last")]) as mjpeg:
        camera.release()
        assert mjpeg.read_jpeg() == b"last"
        with pytest.raises(TransportError, match="ended"):
            mjpeg.read_jpeg()


def test_a_stream_that_falls_silent(camera):
    with stream(camera, []) as mjpeg, pytest.raises(TransportTimeoutError):
        mjpeg.read_jpeg()


def test_a_stream_of_nonsense(camera):
    nonsense = b"--frame\r\nContent-Length: x\r\n\r\n"
    with stream(camera, [nonsense]) as mjpeg, pytest.raises(ProtocolError, match="multipart"):
        mjpeg.read_jpeg()


@pytest.mark.parametrize("content_type", ["text/html", "multipart/x-mixed-replace", ""])
def test_no_mjpeg_at_all(camera, content_type):
    with pytest.raises(ProtocolError, match="not an MJPEG stream"):
        stream(camera, [], content_type)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AccessDeniedError),
        (403, AccessDeniedError),
        (404, DeviceNotFoundError),
        (500, ProtocolError),
    ],
)
def test_a_camera_that_refuses(camera, status, kind):
    camera.paths["/stream"] = (status, {}, [])
    with pytest.raises(kind, match=str(status)):
        MjpegStream(camera.url + "/stream", device="camera", timeout_s=1.0)
