"""JSON in one form only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.package.canonical import parse_canonical, to_canonical
from station.package.errors import (
    BadManifestError,
    BadRecordError,
    DuplicateKeyError,
    NotCanonicalError,
    RefusedPackageError,
)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2.0**53) + 1, 2.0**53 - 1)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_what_is_written_is_read(value):
    payload = to_canonical(value)
    assert to_canonical(parse_canonical(payload)) == payload


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (b"", BadManifestError),
        (b"[]", BadManifestError),
        (b"null", BadManifestError),
        (b'{"a":1', BadManifestError),
        (b'{"a":NaN}', BadManifestError),
        (b'{"a":Infinity}', BadManifestError),
        (b'{"a":"\xff"}', BadManifestError),
        (b"[" * 100_000, BadManifestError),
        (b'{"a":' + b"9" * 5000 + b"}", BadManifestError),
        (b'{"a":1,"a":1}', DuplicateKeyError),
        (b'{"a":{"b":1,"b":2}}', DuplicateKeyError),
        (b'{"a": 1}', NotCanonicalError),
        (b'{"b":1,"a":1}', NotCanonicalError),
        (b'{"a":1.0}', NotCanonicalError),
        (b'{"a":1e2}', NotCanonicalError),
        (b'{"a":-0}', NotCanonicalError),
        (b'{"a":"\\u0041"}', NotCanonicalError),
        (b'{"a":"\\ud800"}', NotCanonicalError),
        (b'{"a":9007199254740993}', NotCanonicalError),
        (b'\xef\xbb\xbf{"a":1}', BadManifestError),
        (b'{"a":1}\n', NotCanonicalError),
    ],
)
def test_each_other_form_is_refused(payload, error):
    with pytest.raises(error) as caught:
        parse_canonical(payload)
    assert type(caught.value) is error


def test_the_caller_names_the_refusal():
    with pytest.raises(BadRecordError):
        parse_canonical(b"[]", refusal=BadRecordError)


@given(st.binary(max_size=40))
def test_any_bytes_give_a_value_or_a_refusal(payload):
    try:
        value = parse_canonical(payload)
    except RefusedPackageError:
        return
    assert to_canonical(value) == payload
