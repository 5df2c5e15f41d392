"""information_schema: the catalogue's databases, tables and columns as tables
(https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html)."""

from __future__ import annotations

import re
from typing import Any

import duckdb

from .requests import Json
from .types import literal, quoted, split_top_level

SCHEMA = "information_schema"
#: DuckDB has one of its own.
IN_DUCKDB = "tarn_information_schema"
CATALOG = "awsdatacatalog"

_TEXT, _NUMBER = "VARCHAR", "BIGINT"
TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "schemata": (("catalog_name", _TEXT), ("schema_name", _TEXT)),
    "tables": (("table_catalog", _TEXT), ("table_schema", _TEXT), ("table_name", _TEXT), ("table_type", _TEXT)),
    "views": (("table_catalog", _TEXT), ("table_schema", _TEXT), ("table_name", _TEXT), ("view_definition", _TEXT)),
    "columns": (
        ("table_catalog", _TEXT), ("table_schema", _TEXT), ("table_name", _TEXT), ("column_name", _TEXT), ("ordinal_position", _NUMBER),
        ("column_default", _TEXT), ("is_nullable", _TEXT), ("data_type", _TEXT), ("comment", _TEXT), ("extra_info", _TEXT),
    ),
}
_TRINO = {"string": "varchar", "int": "integer", "float": "real", "binary": "varbinary", "timestamp": "timestamp(3)"}


def create_information(connection: duckdb.DuckDBPyConnection, described: Json) -> None:
    """`described`: `databases` (names) and `tables` (`database`, `name`, `view` its text or null, `columns`, `partitionKeys`)."""
    tables = described.get("tables") or []
    rows: dict[str, list[tuple[Any, ...]]] = {
        "schemata": [(CATALOG, each) for each in [*described.get("databases", []), SCHEMA]],
        "tables": [(CATALOG, each["database"], each["name"], "VIEW" if each.get("view") is not None else "BASE TABLE") for each in tables]
        + [(CATALOG, SCHEMA, name, "BASE TABLE") for name in TABLES],
        "views": [(CATALOG, each["database"], each["name"], each["view"]) for each in tables if each.get("view") is not None],
        "columns": [row for each in tables for row in _columns(each)],
    }
    connection.execute(f"CREATE SCHEMA {IN_DUCKDB}")
    for name, columns in TABLES.items():
        place = f"{IN_DUCKDB}.{quoted(name)}"
        connection.execute(f"CREATE TABLE {place} ({', '.join(f'{quoted(column)} {kind}' for column, kind in columns)})")
        if rows[name]:
            connection.execute(f"INSERT INTO {place} VALUES " + ", ".join(f"({', '.join(map(_literal, row))})" for row in rows[name]))


def _columns(table: Json) -> list[tuple[Any, ...]]:
    plain, keys = table.get("columns") or [], table.get("partitionKeys") or []
    return [
        (CATALOG, table["database"], table["name"], each["name"].lower(), place + 1, None, "YES", trino_type(each.get("type") or "string"),
         each.get("comment"), "partition key" if place >= len(plain) else None)
        for place, each in enumerate([*plain, *keys])
    ]


def _literal(value: Any) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else literal(value)


def trino_type(hive: str) -> str:
    """Hive's notation of a type in Trino's."""
    text = hive.strip()
    lower = text.lower()
    if lower.startswith("array<") and text.endswith(">"):
        return f"array({trino_type(text[6:-1])})"
    if lower.startswith("map<") and text.endswith(">"):
        return "map(" + ", ".join(trino_type(each) for each in split_top_level(text[4:-1])) + ")"
    if lower.startswith("struct<") and text.endswith(">"):
        fields = (each.split(":", 1) for each in split_top_level(text[7:-1]))
        return "row(" + ", ".join(f"{each[0].strip()} {trino_type(each[1])}" for each in fields if len(each) == 2) + ")"
    if lower == "decimal":
        return "decimal(10,0)"
    return _TRINO.get(lower, re.sub(r"\s", "", lower))
