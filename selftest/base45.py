"""Base45 (RFC 9285): bytes in the characters that a QR code packs best, as text for any scanner."""

from selftest.errors import BadReportError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def encode_base45(data: bytes) -> str:
    """Return three characters for two bytes, two for a last one."""
    pairs = (data[place : place + 2] for place in range(0, len(data), 2))
    return "".join(_letters(int.from_bytes(pair, "big"), len(pair) + 1) for pair in pairs)


def decode_base45(text: str) -> bytes:
    """Return the bytes; BadReportError where the text is not what `encode_base45` makes."""
    triples = (text[place : place + 3] for place in range(0, len(text), 3))
    return b"".join(_bytes(triple) for triple in triples)


def _letters(number: int, count: int) -> str:
    return "".join(ALPHABET[number // 45**place % 45] for place in range(count))


def _bytes(letters: str) -> bytes:
    try:
        number = sum(_VALUES[letter] * 45**place for place, letter in enumerate(letters))
        return number.to_bytes(len(letters) - 1, "big") if len(letters) > 1 else _fail(letters)
    except (KeyError, OverflowError):
        return _fail(letters)


def _fail(letters: str) -> bytes:
    raise BadReportError(f"'{letters}' is no Base45; scan the code again")
