"""A result as Athena writes it: CSV, every value in double quotes, NULL as nothing at all, Trino's text for each type."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from .requests import Json
from .translate import UNNAMED, output_name
from .types import ATHENA, athena_type, duckdb_to_hive

ROWS_AT_ONCE = 2048
LARGEST_FLOAT = 3.4028235677973366e38


#: DuckDB's Python client gives times with a zone only through a package that is not needed otherwise; every zone is UTC here.
ZONED = "TIMESTAMP WITH TIME ZONE"
INTERVAL = "INTERVAL"


#: Makes DuckDB count the rows that the tables of a statement give.
COUNT_ROWS = ("PRAGMA enable_profiling='no_output'", "PRAGMA custom_profiling_settings='{\"CUMULATIVE_ROWS_SCANNED\": \"true\"}'")


def rows_scanned(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Of the last statement, once its rows are fetched."""
    counted = json.loads(connection.get_profiling_information() or "{}")
    return counted.get("cumulative_rows_scanned")


def bound_columns(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[list[str], list[str]]:
    """The names of a query's columns and their types in DuckDB's notation. The query is bound, not run."""
    rows = connection.execute(f"DESCRIBE {sql}").fetchall()
    return [row[0] for row in rows], [row[1] for row in rows]


def without_zones(sql: str, kinds: list[str]) -> str:
    """The query with plain times, in UTC, for those with a zone, and with texts for intervals, whose months Python would make days."""
    if not any(ZONED in kind or kind == INTERVAL for kind in kinds):
        return sql
    shown = ", ".join(f"{_fetched(f'c{number}', kind)} AS c{number}" for number, kind in enumerate(kinds))
    names = ", ".join(f"c{number}" for number in range(len(kinds)))
    return f"SELECT {shown} FROM ({sql}) AS q({names})"


def _fetched(name: str, kind: str) -> str:
    if kind == INTERVAL:
        return f"tarn_interval({name})"
    return f"CAST({name} AS {kind.replace(ZONED, 'TIMESTAMP')})" if ZONED in kind else name


def describe(description: list[Any], kinds: list[str], names: list[str]) -> list[Json]:
    columns = []
    for index, each in enumerate(description):
        name, precision, scale = ATHENA.get(kinds[index].lower()) or athena_type(each[1])
        columns.append({"name": output_name(names[index], index), "type": name, "precision": precision, "scale": scale, "nullable": "UNKNOWN"})
    return columns


def describe_bound(names: list[str], kinds: list[str]) -> list[Json]:
    """The same for a query that does not run; types are in Trino's notation."""
    return [
        {"name": output_name(name, index), "type": _trino(duckdb.sqltype(kind)), "precision": 0, "scale": 0, "nullable": "UNKNOWN",
         "hive": duckdb_to_hive(duckdb.sqltype(kind)), "isNamed": not name.startswith(UNNAMED)}
        for index, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]


def _trino(kind: Any) -> str:
    name, precision, scale = ATHENA.get(str(kind).lower()) or athena_type(kind)
    if kind.id in ("list", "array"):
        return f"array({_trino(kind.children[0][1])})"
    if kind.id == "map":
        return "map(" + ", ".join(_trino(each) for _, each in kind.children) + ")"
    if kind.id == "struct":
        return "row(" + ", ".join(f"{field} {_trino(each)}" for field, each in kind.children) + ")"
    if name == "decimal":
        return f"decimal({precision},{scale})"
    return {"float": "real", "timestamp": "timestamp(3)", "time": "time(3)", "timestamp with time zone": "timestamp(3) with time zone"}.get(name, name)


def floating(value: float, digits: Callable[[float], str] = repr) -> str:
    """Java's Double.toString: plain from 1e-3 up to 1e7, else d.dddE±n."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    sign, figures, exponent = decimal.Decimal(digits(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, figures))
    scientific = len(text) + exponent - 1
    if 1e-3 <= abs(value) < 1e7:
        plain = format(decimal.Decimal(digits(value)).normalize(), "f")
        return plain if "." in plain else plain + ".0"
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{scientific}"


def shortest(value: float) -> str:
    """The fewest digits that give the same number of 32 bits."""
    for digits in range(1, 9):
        text = format(value, f".{digits}g")
        if abs(float(text)) < LARGEST_FLOAT and struct.unpack("f", struct.pack("f", float(text)))[0] == value:
            return text
    return format(value, ".9g")


def interval(value: datetime.timedelta) -> str:
    """Trino's text of days and smaller units."""
    whole = round(value / datetime.timedelta(milliseconds=1))
    seconds, milliseconds = divmod(abs(whole), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{'-' if whole < 0 else ''}{days} {hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"


def timestamp(value: datetime.datetime) -> str:
    text = value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    if value.tzinfo is not None:
        zone = value.tzinfo.tzname(value) or "UTC"
        return f"{text} {zone}"
    return text


def text_of(value: Any, kind: Any) -> str:
    """A value that is not NULL. `kind` is its DuckDB type; nested values are written as Athena's CSV does."""
    name = kind.id
    if isinstance(value, bool):
        return "true" if value else "false"
    if name == "float":
        return floating(value, shortest)
    if isinstance(value, float):
        return floating(value)
    if isinstance(value, datetime.datetime):
        return timestamp(value)
    if isinstance(value, datetime.timedelta):
        return interval(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex(" ")
    if name == "decimal":
        return format(value, "f")
    if name == "time":
        return value.strftime("%H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    if name in ("list", "array"):
        child = kind.children[0][1]
        return "[" + ", ".join(inner(each, child) for each in value) + "]"
    if name == "struct":
        # A row without names comes as a tuple.
        held = value if isinstance(value, tuple) else [value[field] for field, _ in kind.children]
        return "{" + ", ".join(
            f"{field or f'field{place}'}={inner(each, child)}" for place, ((field, child), each) in enumerate(zip(kind.children, held, strict=True))
        ) + "}"
    if name == "map":
        key, held = (child for _, child in kind.children)
        return "{" + ", ".join(f"{inner(k, key)}={inner(v, held)}" for k, v in value.items()) + "}"
    return str(value)


def inner(value: Any, kind: Any) -> str:
    return "null" if value is None else text_of(value, kind)


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def write_csv(connection: duckdb.DuckDBPyConnection, columns: list[Json], path: Path, check: Callable[[], None],
              bound: list[str], zones_said: dict[int, str]) -> int:
    """Writes the pending result of `connection`; `check` is called between batches and raises to stop. `zones_said` are those of columns
    that are in another zone than UTC. Returns the rows."""
    kinds = [each[1] for each in connection.description or []]
    zones = [f" {zones_said.get(place, 'UTC')}" if each == ZONED else "" for place, each in enumerate(bound)]
    rows = 0
    with open(path, "w", encoding="utf-8", newline="") as stream:
        stream.write(",".join(cell(each["name"]) for each in columns) + "\n")
        while batch := connection.fetchmany(ROWS_AT_ONCE):
            check()
            for row in batch:
                texts = (
                    "" if value is None else cell(text_of(value, kind) + zone) for value, kind, zone in zip(row, kinds, zones, strict=True)
                )
                stream.write(",".join(texts) + "\n")
            rows += len(batch)
    return rows
