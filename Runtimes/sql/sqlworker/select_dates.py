"""S3 Select's dates (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-date.html) in DuckDB's terms.

Timestamps are those of Ion: text from the year alone to fractions of a second, with an offset. They are kept in UTC.
"""

from __future__ import annotations

import re
from typing import Any

from sqlglot import exp

from .faults import Code, Fault

#: What DuckDB must know before a statement with dates runs.
MACROS = (
    "CREATE OR REPLACE MACRO tarn_timestamp(s) AS CASE "
    r"WHEN regexp_full_match(s, '\d{4}T') THEN CAST(s[1:4] || '-01-01' AS TIMESTAMP) "
    r"WHEN regexp_full_match(s, '\d{4}-\d{2}T') THEN CAST(s[1:7] || '-01' AS TIMESTAMP) "
    r"WHEN regexp_full_match(s, '\d{4}-\d{2}-\d{2}T?') THEN CAST(s[1:10] AS TIMESTAMP) "
    r"WHEN regexp_full_match(s, '\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})?') "
    "THEN CAST(s[1:16] || ':00' || s[17:] AS TIMESTAMPTZ) AT TIME ZONE 'UTC' "
    "ELSE CAST(s AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END",
)

_PARTS = ("year", "month", "day", "hour", "minute", "second")
#: Texts and names as they stand; a literal of Ion; a function whose arguments sqlglot would take for another dialect's.
_WORDS = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`([^`]*)`|\b(DATE_ADD|DATE_DIFF|TO_TIMESTAMP|UTCNOW)\b(?=\s*\()", re.IGNORECASE)

_PATTERN = re.compile(r"'((?:[^']|'')*)'|([a-zA-Z])\2*|[^a-zA-Z']+")
_LETTERS = {
    "y": "%Y", "yy": "%y", "yyy": "%Y", "yyyy": "%Y", "M": "%-m", "MM": "%m", "MMM": "%b", "MMMM": "%B", "d": "%-d", "dd": "%d",
    "a": "%p", "h": "%-I", "hh": "%I", "H": "%-H", "HH": "%H", "m": "%-M", "mm": "%M", "s": "%-S", "ss": "%S", "SSS": "%g",
    "SSSSSS": "%f", "X": "Z", "XX": "Z", "XXX": "Z", "XXXX": "Z", "XXXXX": "Z", "x": "+00", "xx": "+0000", "xxx": "+00:00",
    "xxxx": "+0000", "xxxxx": "+00:00",
}


def prepared(expression: str) -> str:
    """The statement with S3's date functions under names that no other dialect has."""
    def word(found: re.Match[str]) -> str:
        if found[1] is not None:
            return "S3_TO_TIMESTAMP('" + found[1].replace("'", "''") + "')"
        return f"S3_{found[2]}" if found[2] else found[0]

    return _WORDS.sub(word, expression)


def translate(tree: exp.Expression) -> None:
    """Puts DuckDB's functions in the place of S3's, the inner ones first."""
    for cast in reversed(list(tree.find_all(exp.Cast))):
        if cast.to.this == exp.DataType.Type.TIMESTAMP:
            cast.replace(_timestamp(cast.this))
    for call in reversed(list(tree.find_all(exp.Anonymous))):
        name, given = str(call.this).upper(), list(call.expressions)
        if name == "S3_UTCNOW" and not given:
            call.replace(exp.maybe_parse("CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)", dialect="duckdb"))
        elif name == "S3_TO_TIMESTAMP" and len(given) == 1:
            call.replace(_timestamp(given[0]))
        elif name == "S3_DATE_ADD" and len(given) == 3:
            count = exp.Cast(this=given[1], to=exp.DataType.build("BIGINT"))
            call.replace(exp.Paren(this=exp.Add(this=given[2], expression=_call(f"to_{_part(given[0])}s", count))))
        elif name == "S3_DATE_DIFF" and len(given) == 3:
            # Whole parts: 23:00 and 01:00 of the next day are not a day apart.
            call.replace(_call("date_sub", exp.Literal.string(_part(given[0])), given[1], given[2]))
        elif name == "TO_STRING" and len(given) == 2:
            call.replace(_call("strftime", given[0], exp.Literal.string(_format(given[1]))))
        elif name.startswith("S3_"):
            raise Fault(Code.INVALID_FUNCTION_ARGUMENT, f"{name[3:]} has other arguments")
    for extract in list(tree.find_all(exp.Extract)):
        if extract.this.name.upper() in ("TIMEZONE_HOUR", "TIMEZONE_MINUTE"):
            extract.replace(exp.Literal.number(0))


def _call(name: str, *values: Any) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[value.copy() for value in values])


def _timestamp(value: Any) -> exp.Expression:
    return _call("tarn_timestamp", exp.Cast(this=value.copy(), to=exp.DataType.build("VARCHAR")))


def _part(node: Any) -> str:
    name = node.name.lower()
    if name not in _PARTS:
        raise Fault(Code.INVALID_FUNCTION_ARGUMENT, f"{name} is no part of a date")
    return name


def _format(node: Any) -> str:
    """A pattern of letters (yyyy-MM-dd) as one of percent signs."""
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise Fault(Code.NOT_SUPPORTED, "TO_STRING needs its pattern as text")
    parts: list[str] = []
    for found in _PATTERN.finditer(node.name):
        text = found[0]
        if found[1] is not None:
            parts.append(found[1].replace("''", "'").replace("%", "%%") or "'")
        elif found[2] is None:
            parts.append(text.replace("%", "%%"))
        elif text in _LETTERS:
            parts.append(_LETTERS[text])
        elif text == "T":
            parts.append(text)
        else:
            raise Fault(Code.INVALID_FUNCTION_ARGUMENT, f"{text} is no part of a pattern")
    return "".join(parts)
