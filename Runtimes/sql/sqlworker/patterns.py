"""Joda's date patterns in the letters of strptime: Python's for delivery streams, DuckDB's for queries."""

from __future__ import annotations

from .faults import Code, Fault

#: Joda's letters in Python's, the longest run first.
_JODA = [("yyyy", "%Y"), ("yy", "%y"), ("MMM", "%b"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("hh", "%I"), ("mm", "%M"),
         ("ss", "%S"), ("SSSSSS", "%f"), ("SSS", "%f"), ("a", "%p"), ("ZZ", "%z"), ("Z", "%z"), ("EEE", "%a")]
#: The same in DuckDB's, whole runs of a letter only.
_DUCKDB = {
    "yyyy": "%Y", "y": "%Y", "YYYY": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m", "dd": "%d", "d": "%-d", "HH": "%H",
    "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "SSSSSS": "%f", "a": "%p",
    "EEEE": "%A", "EEE": "%a", "EE": "%a", "E": "%a", "DDD": "%j", "D": "%-j", "xxxx": "%G", "ww": "%V", "e": "%u",
}
#: Zones. Every time is UTC when it is written.
_ZONES_WRITTEN = {"Z": "+0000", "ZZ": "+00:00", "ZZZ": "UTC", "z": "UTC"}
_ZONES_READ = {"Z": "%z", "ZZ": "%z"}


def joda(pattern: str) -> str:
    """A date pattern of Joda's in strptime's letters."""
    text, position, quoted = "", 0, False
    while position < len(pattern):
        if pattern[position] == "'":
            quoted, position = not quoted, position + 1
            continue
        match = None if quoted else next((each for each in _JODA if pattern.startswith(each[0], position)), None)
        text += match[1] if match else pattern[position].replace("%", "%%")
        position += len(match[0]) if match else 1
    return text


def joda_in_duckdb(pattern: str, reads: bool) -> str:
    """A pattern to read or to write times by. What DuckDB has no letter for is refused, for a wrong time would come of it."""
    letters = _DUCKDB | (_ZONES_READ if reads else _ZONES_WRITTEN)
    text, position = "", 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "'":
            end = pattern.find("'", position + 1)
            if end < 0:
                raise Fault(Code.INVALID_FUNCTION_ARGUMENT, f"Invalid format: \"{pattern}\"")
            text += (pattern[position + 1 : end] or "'").replace("%", "%%")
            position = end + 1
        elif letter.isalpha():
            run = letter * (len(pattern[position:]) - len(pattern[position:].lstrip(letter)))
            if run not in letters:
                raise Fault(Code.NOT_SUPPORTED, f"Date pattern not supported: {run}")
            text += letters[run]
            position += len(run)
        else:
            text += letter.replace("%", "%%")
            position += 1
    return text
