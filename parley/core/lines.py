"""One line of text, as users give it for names: what may break a line, or turn it around, is not part of it."""

import unicodedata

_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # controls, bidirectional overrides, line separators
_JOINERS = frozenset("\u200c\u200d")  # they join letters and emoji


def is_line(text: str) -> bool:
    """Whether ``text`` has none of the characters that ``line`` leaves out."""
    return all(_harmless(c) for c in text)


def line(text: str) -> str:
    """``text`` on one line: each run of white space is one space, and harmful characters are left out."""
    return "".join(filter(_harmless, " ".join(text.split())))


def _harmless(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _HARMFUL
