"""Types between three worlds: Hive (catalog), DuckDB (engine), Athena (results)."""

from __future__ import annotations

from typing import Any

from .faults import Code, Fault

SCALARS = {
    "boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER", "integer": "INTEGER",
    "bigint": "BIGINT", "float": "FLOAT", "real": "FLOAT", "double": "DOUBLE", "double precision": "DOUBLE",
    "string": "VARCHAR", "binary": "BLOB", "date": "DATE", "timestamp": "TIMESTAMP",
}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def split_top_level(text: str, separator: str = ",") -> list[str]:
    """Splits at separators outside any <> and ()."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        if character in "<(":
            depth += 1
        elif character in ">)":
            depth -= 1
        elif character == separator and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    return [part.strip() for part in parts]


def hive_to_duckdb(hive: str) -> str:
    text = hive.strip()
    lower = text.lower()
    if lower in SCALARS:
        return SCALARS[lower]
    if lower.startswith("decimal"):
        inner = lower.removeprefix("decimal").strip("() ")
        return f"DECIMAL({inner})" if inner else "DECIMAL(10,0)"
    if lower.startswith(("varchar", "char")):
        return "VARCHAR"
    if lower.startswith("array<") and text.endswith(">"):
        return hive_to_duckdb(text[6:-1]) + "[]"
    if lower.startswith("map<") and text.endswith(">"):
        key, value = split_top_level(text[4:-1])
        return f"MAP({hive_to_duckdb(key)}, {hive_to_duckdb(value)})"
    if lower.startswith("struct<") and text.endswith(">"):
        fields = [each.split(":", 1) for each in split_top_level(text[7:-1])]
        return "STRUCT(" + ", ".join(f"{quoted(name.strip())} {hive_to_duckdb(kind)}" for name, kind in fields) + ")"
    raise Fault(Code.NOT_SUPPORTED, f"Unsupported Hive type: {hive}")


#: DuckDB type id -> (Athena's name, precision, scale), as ResultSetMetadata gives them.
ATHENA: dict[str, tuple[str, int, int]] = {
    "boolean": ("boolean", 0, 0), "tinyint": ("tinyint", 3, 0), "smallint": ("smallint", 5, 0), "integer": ("integer", 10, 0),
    "bigint": ("bigint", 19, 0), "hugeint": ("bigint", 19, 0), "utinyint": ("smallint", 5, 0), "usmallint": ("integer", 10, 0),
    "uinteger": ("bigint", 19, 0), "ubigint": ("bigint", 19, 0), "uhugeint": ("bigint", 19, 0), "float": ("float", 17, 0),
    "double": ("double", 17, 0), "varchar": ("varchar", 2147483647, 0), "blob": ("varbinary", 1073741824, 0), "date": ("date", 0, 0),
    "timestamp": ("timestamp", 3, 0), "timestamp_s": ("timestamp", 3, 0), "timestamp_ms": ("timestamp", 3, 0),
    "timestamp_ns": ("timestamp", 3, 0), "timestamp with time zone": ("timestamp with time zone", 3, 0), "time": ("time", 3, 0),
    "interval": ("interval day to second", 0, 0), "list": ("array", 0, 0), "array": ("array", 0, 0), "struct": ("row", 0, 0),
    "map": ("map", 0, 0), "uuid": ("varchar", 2147483647, 0), "enum": ("varchar", 2147483647, 0), "json": ("json", 2147483647, 0),
}


def athena_type(kind: Any) -> tuple[str, int, int]:
    """`kind` is a DuckDBPyType from a result's description."""
    if str(kind) == "JSON":
        return ATHENA["json"]
    if kind.id == "decimal":
        parameters = dict(kind.children)
        return "decimal", int(parameters["precision"]), int(parameters["scale"])
    return ATHENA.get(kind.id, ("varchar", 2147483647, 0))


HIVE_NAMES = {
    "boolean": "boolean", "tinyint": "tinyint", "smallint": "smallint", "integer": "int", "bigint": "bigint", "utinyint": "smallint",
    "usmallint": "int", "uinteger": "bigint", "ubigint": "bigint", "hugeint": "decimal(38,0)", "float": "float", "double": "double",
    "varchar": "string", "json": "string", "uuid": "string", "enum": "string", "blob": "binary", "date": "date", "time": "string",
}


def duckdb_to_hive(kind: Any) -> str:
    """The catalog's notation for a column of a Parquet file."""
    if kind.id == "decimal":
        parameters = dict(kind.children)
        return f"decimal({parameters['precision']},{parameters['scale']})"
    if kind.id.startswith("timestamp"):
        return "timestamp"
    if kind.id in ("list", "array"):
        return f"array<{duckdb_to_hive(kind.children[0][1])}>"
    if kind.id == "struct":
        return "struct<" + ",".join(f"{name.lower()}:{duckdb_to_hive(child)}" for name, child in kind.children) + ">"
    if kind.id == "map":
        key, value = (child for _, child in kind.children)
        return f"map<{duckdb_to_hive(key)},{duckdb_to_hive(value)}>"
    return HIVE_NAMES.get(kind.id, "string")
