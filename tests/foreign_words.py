"""How a library's words are told from our own sentences."""

from __future__ import annotations

import re

_SIGNS = re.compile(
    r"\b\w*(?:Error|Exception)\b|Traceback|NoneType|object (?:has no attribute|is not|of type)"
    r"|not iterable|not callable"
    r"|array|numpy|shapely|GEOS|LinearRing|Expected `|got `|\$\.\w|\bdtype\b|codec can't|[Ee]rrno"
    r"|unterminated|Expecting (?:value|property|')|Extra data|invalid literal|could not convert"
    r"|<class '|line \d+ column|\bOverwrite\b|isoformat|strptime|literal for int"
)


def foreign_words(sentence: str) -> list[str]:
    """The words in a sentence that only a library would write."""
    return _SIGNS.findall(sentence)
