"""The sheet: pages, its code read back by a foreign reader, and proved offline."""

import shutil
import subprocess

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from selftest.base45 import ALPHABET, decode_base45, encode_base45
from selftest.digest import MAX_BYTES, PREFIX, decode_digest, digest_of, encode_digest
from selftest.errors import BadReportError, UnsignedError
from selftest.exporters.pdf import render_pdf
from selftest.exporters.sms import render_sms
from selftest.proof import prove
from selftest.report import Measurement, Outcome
from selftest.signing import read_keys, seal_report

PNG = cv2.imencode(".png", np.arange(1200, dtype=np.uint8).reshape(30, 40))[1].tobytes()
PRINTER_PPI = 200
"""Coarser than any office printer."""


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
    ],
)
def test_base45_of_the_rfc(data, text):
    assert encode_base45(data) == text
    assert decode_base45(text) == data


@given(st.binary(max_size=200))
def test_base45_round_trip(data):
    assert decode_base45(encode_base45(data)) == data


@given(st.text(alphabet=ALPHABET + "aé", max_size=20))
def test_base45_that_decodes_is_what_we_write(text):
    try:
        data = decode_base45(text)
    except BadReportError:
        return
    assert encode_base45(data) == text


@pytest.fixture
def sealed(faulty_report, sign):
    return seal_report(faulty_report.model_copy(update={"number": 17}), sign)


def test_a_code_says_the_essence_and_proves_it(sealed, sign, signing_key):
    digest, _ = decode_digest(encode_digest(digest_of(sealed), sign), read_keys(signing_key))
    assert (digest.number, digest.sha256, digest.verdict) == (17, sealed.sha256, sealed.verdict)
    assert [(f.code, f.letter, f.measured) for f in digest.faults] == [
        ("CAM-102", "F", "9.25 dB"),
        ("UPS-101", "F", "9.25 dB"),
        ("CAM-101", "E", ""),
        ("FPS-108", "W", "9.25 dB"),
    ]


def test_a_code_fits_whatever_was_found(make_report, make_result, sign, signing_key):
    results = [
        make_result(code, Outcome.WARN, asset=f"unit {number} of {code}")
        for number in range(40)
        for code in ("FPS-108", "CAM-102", "UPS-101", "IRS-102")
    ]
    text = encode_digest(digest_of(make_report(*results)), sign)
    assert len(decode_base45(text.removeprefix(PREFIX))) <= MAX_BYTES
    digest, _ = decode_digest(text, read_keys(signing_key))
    assert digest.faults
    assert len(digest.faults) + digest.dropped == 160


def test_a_code_that_was_changed_proves_nothing(sealed, sign, signing_key):
    data = decode_base45(encode_digest(digest_of(sealed), sign).removeprefix(PREFIX))
    keys = read_keys(signing_key)
    for place in range(0, len(data), 7):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(BadReportError):
            decode_digest(PREFIX + encode_base45(bytes(changed)), keys)
    for length in (1, 40, 140, len(data) - 1):
        with pytest.raises(BadReportError):
            decode_digest(PREFIX + encode_base45(data[:length]), keys)


def test_an_unsigned_code_says_so(sealed, signing_key):
    keys = read_keys(signing_key)
    with pytest.raises(UnsignedError, match="not signed"):
        decode_digest(encode_digest(digest_of(sealed), None), keys)
    for text in ("", PREFIX, "KTP1 610805", PREFIX + "::"):
        with pytest.raises(BadReportError):
            decode_digest(text, keys)


@given(st.binary(max_size=300))
def test_any_bytes_in_a_code_are_refused(data):
    with pytest.raises(BadReportError):
        decode_digest(PREFIX + encode_base45(data), {})


@pytest.fixture
def printed(tmp_path):
    """Return what prints a PDF and hands back its pages as pictures."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is not installed: apt install poppler-utils")

    def pages(pdf):
        (tmp_path / "r.pdf").write_bytes(pdf)
        command = ["pdftoppm", "-r", str(PRINTER_PPI), "-gray", "-png", "r.pdf", "page"]
        subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
        found = sorted(tmp_path.glob("page-*.png"))
        return [cv2.imdecode(np.fromfile(p, np.uint8), cv2.IMREAD_GRAYSCALE) for p in found]

    return pages


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_code_of_the_printed_page_is_read_back_and_verifies_offline(
    sealed, sign, signing_key, printed, tmp_path, language
):
    pdf = render_pdf(sealed, {"map.png": PNG}, language=language, sign=sign)
    first, *rest = printed(pdf)
    (code,) = zxingcpp.read_barcodes(first)
    assert not any(zxingcpp.read_barcodes(page) for page in rest)
    place = tmp_path / "code.txt"
    place.write_text(code.text + "\n")
    proved = prove(place, signing_key)
    assert (proved.form, proved.number, proved.sha256) == ("code", 17, sealed.sha256)
    assert proved.verdict == "CANNOT RECORD"


def test_a_code_copied_badly_is_still_read(sealed, sign, signing_key, printed):
    page = printed(render_pdf(sealed, sign=sign))[0].astype(np.float64)
    worn = cv2.GaussianBlur(page, (0, 0), 1.2) * 0.6 + 60
    worn += np.random.default_rng(1).normal(0, 12, worn.shape)
    worn[1660:1690, 400:430] = 90  # a stain within the code
    (code,) = zxingcpp.read_barcodes(np.clip(worn, 0, 255).astype(np.uint8))
    assert decode_digest(code.text, read_keys(signing_key))[0].number == 17


def test_the_first_page_says_it_all(sealed, sign, printed, tmp_path):
    printed(render_pdf(sealed, {"map.png": PNG}, sign=sign))
    command = ["pdftotext", "-l", "1", "-layout", "r.pdf", "-"]
    text = subprocess.run(
        command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
    ).stdout
    flat = " ".join(text.split())
    for said in (
        "TIDAK BISA MEREKAM / CANNOT RECORD",
        "FAIL CAM-102",
        "9.25 dB (WARN > 4, FAIL > 9)",
        "selftest only FPS-108",
        "Teknisi",
        "Petugas kecamatan",
        "61.08.05",
        *render_sms(sealed).split(" "),
    ):
        assert said in flat


@pytest.mark.parametrize("count", [0, 1, 12])
def test_any_number_of_faults_makes_a_sheet(make_report, make_result, printed, count):
    results = [make_result("CAM-102", Outcome.FAIL, asset=f"kamera {n}") for n in range(count)]
    report = make_report(make_result("FPS-001"), *results)
    pages = printed(render_pdf(report))
    assert len(pages) >= 2
    assert len(pages) == len(printed(render_pdf(report, language="en")))
    assert zxingcpp.read_barcodes(pages[0])


def test_values_without_limits_and_strange_letters_make_a_sheet(make_report, make_result):
    odd = Measurement(name="x", value=float("inf"), unit="", fail_above=1.0)
    bare = Measurement(name="y", value=1.0, unit="gl")
    result = make_result("CAM-102", Outcome.FAIL, reason="héé ✓ 漢字 \0").model_copy(
        update={"measurements": (odd, bare)}
    )
    assert render_pdf(make_report(result, operator="Ñ ☃")).startswith(b"%PDF")


def test_a_sheet_is_the_same_every_time(sealed, sign):
    assert render_pdf(sealed, sign=sign) == render_pdf(sealed, sign=sign)
