"""Lines of upsd, the network server of NUT: words, quotes, refusals.

Source: PROTOCOLS.md section 12.2. A line is words with spaces between; a word in double quotes may
hold spaces, and a backslash in it takes the next character as it is. No line holds a line end, so
none may be in a word.
"""

QUOTE, ESCAPE = '"', "\\"


def join_words(command: str, *words: str) -> str:
    """Return a line, its words quoted; ValueError for a word that would end the line."""
    quoted = []
    for word in words:
        if any(not letter.isprintable() for letter in word):
            raise ValueError("a control character in a word")
        escaped = word.replace(ESCAPE, ESCAPE * 2).replace(QUOTE, ESCAPE + QUOTE)
        quoted.append(f"{QUOTE}{escaped}{QUOTE}")
    return " ".join((command, *quoted))


def split_words(line: str) -> tuple[str, ...]:
    """Return the words of a line; ValueError for a quote that does not end."""
    words: list[str] = []
    at = 0
    while at < len(line):
        if line[at] == " ":
            at += 1
            continue
        word, at = _take_quoted(line, at + 1) if line[at] == QUOTE else _take_bare(line, at)
        words.append(word)
    return tuple(words)


def _take_bare(line: str, at: int) -> tuple[str, int]:
    end = line.find(" ", at)
    end = len(line) if end < 0 else end
    return line[at:end], end


def _take_quoted(line: str, at: int) -> tuple[str, int]:
    """Return the word that begins behind an opening quote, and where the rest begins."""
    letters: list[str] = []
    while at < len(line):
        if line[at] == QUOTE:
            return "".join(letters), at + 1
        if line[at] == ESCAPE:
            at += 1
        letters.append(line[at : at + 1])
        at += 1
    raise ValueError(f"a quote that does not end in: {line[:80]}")
