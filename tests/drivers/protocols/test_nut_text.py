"""Words of upsd's lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols.nut_text import join_words, split_words
from drivers.simulation.wire import upsd_device

PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", ()),
        ("   ", ()),
        ("OK", ("OK",)),
        ('VAR ups ups.status "OL CHRG"', ("VAR", "ups", "ups.status", "OL CHRG")),
        (r'UPS a "say \"hi\" \\ there"', ("UPS", "a", 'say "hi" \\ there')),
        ('X ""', ("X", "")),
        ('X "" y', ("X", "", "y")),
        ("a  b", ("a", "b")),
        ('"a""b"', ("a", "b")),
        ('x"y', ('x"y',)),
    ],
)
def test_words(line, words):
    assert split_words(line) == words


@pytest.mark.parametrize("line", ['"', 'VAR a b "open', 'VAR "a\\', 'VAR "a\\"'])
def test_a_quote_that_does_not_end(line):
    with pytest.raises(ValueError, match="does not end"):
        split_words(line)


@given(st.lists(PRINTABLE, max_size=5))
def test_what_is_joined_is_split(words):
    line = join_words("SET", *words)
    assert split_words(line) == ("SET", *words)
    assert upsd_device._parse(line) == ["SET", *words]


@given(PRINTABLE)
def test_what_the_server_quotes_is_split(word):
    assert split_words(upsd_device._quoted(word)) == (word,)


@pytest.mark.parametrize("word", ["a\nINSTCMD ups load.off", "a\r", "a\0", "a\x7f", "a\u2028"])
def test_no_word_ends_the_line(word):
    with pytest.raises(ValueError, match="control character"):
        join_words("PASSWORD", word)


@given(st.text(max_size=60))
def test_any_line_is_words_or_an_error(line):
    try:
        words = split_words(line)
    except ValueError:
        assert '"' in line
    else:
        assert all(word in line for word in words) or "\\" in line
