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


def write(connection: duckdb.DuckDBPyConnection, tree: exp.Select, output: Json, path: Path, check: Callable[[], None],
          keeps_null: bool) -> int:
    """Writes the pending result of `connection`; `check` is called between batches and raises to stop. Returns the rows.

    `keeps_null`: a null is shown in JSON. Of records that are JSON themselves it may as well be missing, and is left out.
    """
    names = _names(tree, [each[0] for each in connection.description or []])
    line = _json(names, output["json"], keeps_null) if "json" in output else _csv(output.get("csv", {}))
    readers = [_reader(each[1]) for each in connection.description or []]
    is_mixed = any(each is not None for each in readers)
    rows = 0
    with open(path, "w", encoding="utf-8", newline="") as stream:
        while batch := connection.fetchmany(ROWS_AT_ONCE):
            check()
            for row in batch:
                if is_mixed:
                    row = tuple(value if read is None else read(value) for read, value in zip(readers, row, strict=True))
                stream.write(line(row))
            rows += len(batch)
    return rows


def _reader(kind: Any) -> Callable[[Any], Any] | None:
    """What makes values of a column whose records are of several types: DuckDB keeps those as JSON text.

    None where there is nothing of the kind.
    """
    if str(kind) == "JSON":
        return lambda value: None if value is None else json.loads(value)
    if kind.id not in ("struct", "list"):
        return None
    inner = {name: read for name, child in kind.children if (read := _reader(child)) is not None}
    if not inner:
        return None
    if kind.id == "list":
        read = inner["child"]
        return lambda value: None if value is None else [read(each) for each in value]
    return lambda value: None if value is None else {
        name: inner[name](each) if name in inner else each for name, each in value.items()}


def _names(tree: exp.Select, given: list[str]) -> list[str]:
    """A column that is no name is called by its place, a path by its last name."""
    if any(isinstance(each, exp.Star) or (isinstance(each, exp.Column) and isinstance(each.this, exp.Star)) for each in tree.expressions):
        return given
    return [_name(each, name, place) for place, (each, name) in enumerate(zip(tree.expressions, given, strict=True), 1)]


def _name(column: exp.Expression, given: str, place: int) -> str:
    if isinstance(column, exp.Dot):
        return column.name
    return given if isinstance(column, exp.Alias | exp.Column) else f"_{place}"


def _json(names: list[str], given: Json, keeps_null: bool) -> Callable[[tuple[Any, ...]], str]:
    delimiter = given.get("recordDelimiter", "\n")

    def line(row: tuple[Any, ...]) -> str:
        members = dict(zip(names, row, strict=True))
        if not keeps_null:
            members = _pruned(members)
        return json.dumps(members, separators=(",", ":"), ensure_ascii=False, default=_value) + delimiter

    return line


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _pruned(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_pruned(each) for each in value]
    return value


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
