"""The answer of S3 Select: records in CSV or JSON."""

from __future__ import annotations

import datetime
import decimal
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from .requests import Json

ROWS_AT_ONCE = 5_000


def write(connection: duckdb.DuckDBPyConnection, tree: exp.Select, headers: dict[str, str], output: Json, path: Path,
          check: Callable[[], None]) -> int:
    """Writes the pending result of `connection`; `check` is called between batches and raises to stop. Returns the rows.

    `headers`: the object's own names of columns by the database's.
    """
    names = _names(tree, headers, [each[0] for each in connection.description or []])
    return _write(connection, _json(names, output["json"]) if "json" in output else _csv(output.get("csv", {})), path, check)


def write_records(connection: duckdb.DuckDBPyConnection, names: list[str] | None, output: Json, path: Path,
                  check: Callable[[], None]) -> int:
    """Writes a result whose columns of type JSON are members of records, as they are. What is missing is left out.

    `names`: None where the only column is the record itself.
    """
    is_text = [str(each[1]) == "JSON" for each in connection.description or []]
    if "json" in output:
        return _write(connection, _spliced(names, is_text, output["json"]), path, check)
    cells = _csv(output.get("csv", {}))

    def line(row: tuple[Any, ...]) -> str:
        values = [_parsed(value) if text else value for value, text in zip(row, is_text, strict=True)]
        if names is None:
            values = list(values[0].values()) if isinstance(values[0], dict) else values
        return cells(tuple(values))

    return _write(connection, line, path, check)


def _write(connection: duckdb.DuckDBPyConnection, line: Callable[[tuple[Any, ...]], str], path: Path, check: Callable[[], None]) -> int:
    rows = 0
    with open(path, "w", encoding="utf-8", newline="") as stream:
        while batch := connection.fetchmany(ROWS_AT_ONCE):
            check()
            for row in batch:
                stream.write(line(row))
            rows += len(batch)
    return rows


def _parsed(value: str | None) -> Any:
    """A member, whose numbers are kept as they were written."""
    return None if value is None else json.loads(value, parse_float=decimal.Decimal)


def _spliced(names: list[str] | None, is_text: list[bool], given: Json) -> Callable[[tuple[Any, ...]], str]:
    delimiter = given.get("recordDelimiter", "\n")
    if names is None:
        def record(row: tuple[Any, ...]) -> str:
            value = "{}" if row[0] is None else row[0]
            return (value if value.startswith("{") else f'{{"_1":{value}}}') + delimiter

        return record
    keys = [json.dumps(name, ensure_ascii=False) for name in names]

    def line(row: tuple[Any, ...]) -> str:
        members = [
            f"{key}:{value if text else _dumped(value)}" for key, value, text in zip(keys, row, is_text, strict=True)
            if value is not None]
        return "{" + ",".join(members) + "}" + delimiter

    return line


def _dumped(value: Any) -> str:
    """What an expression has come to. Numbers are decimal ones to S3."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_value)


def _names(tree: exp.Select, headers: dict[str, str], given: list[str]) -> list[str]:
    """A column that is no name is called by its place, a path by its last name."""
    if any(isinstance(each, exp.Star) or (isinstance(each, exp.Column) and isinstance(each.this, exp.Star)) for each in tree.expressions):
        return [headers.get(name, name) for name in given]
    return [_name(each, headers.get(name, name), place)
            for place, (each, name) in enumerate(zip(tree.expressions, given, strict=True), 1)]


def _name(column: exp.Expression, given: str, place: int) -> str:
    if isinstance(column, exp.Dot):
        return column.name
    return given if isinstance(column, exp.Alias | exp.Column) else f"_{place}"


def _json(names: list[str], given: Json) -> Callable[[tuple[Any, ...]], str]:
    delimiter = given.get("recordDelimiter", "\n")
    return lambda row: json.dumps(
        dict(zip(names, row, strict=True)), separators=(",", ":"), ensure_ascii=False, default=_value) + delimiter


def _value(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode(errors="replace")
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return value.isoformat() + ("Z" if value.tzinfo is None else "")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _csv(given: Json) -> Callable[[tuple[Any, ...]], str]:
    field, record = given.get("delimiter", ","), given.get("recordDelimiter", "\n")
    quote, escape, always = given.get("quote", '"'), given.get("quoteEscape", '"'), given.get("quoteFields") == "ALWAYS"

    def cell(value: Any) -> str:
        if value is None:
            text = ""
        elif isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
            text = str(int(value))
        elif isinstance(value, dict | list):
            text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_value)
        else:
            text = _text(value)
        if always or (quote and any(each in text for each in (field, record, quote, "\n", "\r") if each)):
            return quote + text.replace(quote, escape + quote) + quote
        return text

    return lambda row: field.join(cell(value) for value in row) + record
