"""Frames and report sizes of a real STU-540: ours are the same, byte by byte."""

import json
from pathlib import Path

import pytest

from drivers.protocols.stu_serial import FrameReader, crc16_arc, encode_frame
from drivers.simulation.wire import stu_line
from drivers.simulation.wire.stu_device import FEATURE_BYTES

DATA = Path(__file__).parents[4] / "shared" / "data" / "recordings" / "stu540"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/recordings is absent")


@pytest.fixture(scope="module")
def vectors():
    return json.loads((DATA / "wire-vectors.json").read_text(encoding="utf-8"))


def test_frames_with_checksum(vectors):
    assert len(vectors["checked_frames"]) == 4
    for report_hex, frame_hex, name in vectors["checked_frames"]:
        report, frame = bytes.fromhex(report_hex), bytes.fromhex(frame_hex)
        assert encode_frame(report) == frame, name
        assert stu_line.frame(report, has_checksum=True) == frame, name
        assert FrameReader().feed(frame) == [report], name


def test_the_frame_without_checksum(vectors):
    report, frame = map(bytes.fromhex, vectors["unchecked_device_ack"])
    assert encode_frame(report, has_crc=False) == frame
    assert FrameReader().feed(frame) == [report]


def test_the_checksum(vectors):
    data, value = vectors["crc_check_value"]
    assert crc16_arc(bytes.fromhex(data)) == int(value, 16)


def test_the_emulator_has_the_report_sizes_of_the_real_pad():
    text = (DATA / "stu-540-hid-report-sizes.json").read_text(encoding="utf-8")
    real = {int(number): size for number, size in json.loads(text)["featureReports"].items()}
    assert {number: real.get(number) for number in FEATURE_BYTES} == FEATURE_BYTES
