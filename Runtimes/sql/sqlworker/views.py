"""A catalog table as a DuckDB view over its files, with the catalog's column types."""

from __future__ import annotations

import json
import os
from itertools import islice

import duckdb

from .faults import Code, Fault
from .requests import Column, Table
from .staging import StagedFile
from .types import hive_to_duckdb, quoted

#: The hidden column that holds a row's file; "$path" reads it.
PATH_COLUMN = "$path"
SAMPLED_LINES = 200


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def file_list(files: list[StagedFile]) -> str:
    # DuckDB would take *, ? and [ in an object's key for a pattern.
    escaped = ("".join(f"[{c}]" if each.is_remote and c in "*?[" else c for c in each.path) for each in files)
    return "[" + ", ".join(literal(path) for path in escaped) + "]"


def create_view(connection: duckdb.DuckDBPyConnection, table: Table, parts: list[tuple[tuple[str, ...], list[StagedFile]]],
                with_path: bool) -> None:
    """`parts`: partition values and files; a table without partition keys has one part with no values."""
    selects = [_select(connection, table, values, files, with_path) for values, files in parts if files]
    if not selects:
        columns = [f"CAST(NULL AS {hive_to_duckdb(each.type)}) AS {quoted(each.name)}" for each in table.columns + table.partition_keys]
        if with_path:
            columns.append(f"CAST(NULL AS VARCHAR) AS {quoted(PATH_COLUMN)}")
        selects = [f"SELECT {', '.join(columns)} WHERE false"]
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.database)}")
    connection.execute(f"CREATE VIEW {quoted(table.database)}.{quoted(table.name)} AS " + " UNION ALL ".join(selects))


def _select(connection: duckdb.DuckDBPyConnection, table: Table, values: tuple[str, ...], files: list[StagedFile], with_path: bool) -> str:
    if table.format == "json":
        columns, source = _json(table, files)
    elif table.format == "csv":
        columns, source = _csv(table, files)
    elif table.format == "parquet":
        columns, source = _parquet(connection, table, files)
    else:
        raise Fault(Code.NOT_SUPPORTED, f"Unsupported table format: {table.format}")
    for key, value in zip(table.partition_keys, values, strict=True):
        constant = "NULL" if value == "__HIVE_DEFAULT_PARTITION__" else literal(value)
        columns.append(f"CAST({constant} AS {hive_to_duckdb(key.type)}) AS {quoted(key.name)}")
    if with_path:
        names = ", ".join(f"{literal(each.path)}: {literal(each.url)}" for each in files)
        columns.append(f"map_extract_value(MAP {{{names}}}, filename) AS {quoted(PATH_COLUMN)}")
    return f"SELECT {', '.join(columns)} FROM {source}"


def _json_keys(table: Table, files: list[StagedFile]) -> dict[str, list[str]]:
    """Lower-case key -> the spellings seen. Hive's JSON readers ignore case; DuckDB's does not."""
    spellings: dict[str, list[str]] = {each.name: [] for each in table.columns}
    for file in files:
        if file.is_remote or file.path.endswith((".gz", ".zst")):
            continue
        with open(file.path, encoding="utf-8", errors="replace") as stream:
            for line in islice(stream, SAMPLED_LINES):
                try:
                    record = json.loads(line)
                except ValueError:
                    continue  # DuckDB reports it, with its position
                for key in record if isinstance(record, dict) else ():
                    if key.lower() in spellings and key not in spellings[key.lower()]:
                        spellings[key.lower()].append(key)
    return spellings


def _lower_keys(file: StagedFile) -> None:
    """Rewrites the query's own copy: DuckDB can't read two spellings of one key side by side."""
    fresh = file.path + ".lower"
    with open(file.path, encoding="utf-8", errors="surrogateescape") as source, \
            open(fresh, "w", encoding="utf-8", errors="surrogateescape") as target:
        for line in source:
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if isinstance(record, dict):
                line = json.dumps({key.lower(): value for key, value in record.items()}) + "\n"
            target.write(line)
    os.replace(fresh, file.path)


def _json(table: Table, files: list[StagedFile]) -> tuple[list[str], str]:
    keys = _json_keys(table, files)
    if any(len(names) > 1 for names in keys.values()):
        for file in files:
            if not file.is_remote and not file.path.endswith((".gz", ".zst")):
                _lower_keys(file)
        keys = {name: [name] for name in keys}
    sources: dict[str, str] = {}
    columns = []
    for each in table.columns:
        mapped = table.serde_properties.get(f"mapping.{each.name}")
        name = mapped or next(iter(keys[each.name]), each.name)
        sources[name] = hive_to_duckdb(each.type)
        columns.append(f"{quoted(name)} AS {quoted(each.name)}")
    described = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in sources.items())
    lenient = table.serde_properties.get("ignore.malformed.json", "false").lower() == "true"
    return columns, (
        f"read_json({file_list(files)}, format='newline_delimited', columns={{{described}}}, "
        f"ignore_errors={str(lenient).lower()}, maximum_object_size=134217728, filename=true)"
    )


def _csv(table: Table, files: list[StagedFile]) -> tuple[list[str], str]:
    properties = table.serde_properties
    is_open_csv = "opencsv" in table.serde.lower()
    if is_open_csv:
        delimiter, quote, escape = (properties.get(name, default) for name, default in
                                    (("separatorChar", ","), ("quoteChar", '"'), ("escapeChar", '"')))
        null = ""
    else:
        delimiter = properties.get("field.delim") or properties.get("serialization.format") or ","
        delimiter = "\x01" if delimiter == "1" else delimiter
        quote, escape, null = properties.get("quote.delim", ""), "", properties.get("serialization.null.format", "\\N")
    if escape == "\\" and quote == "":
        escape = ""
    columns = [_csv_column(each, is_open_csv) for each in table.columns]
    described = ", ".join(f"{literal(each.name)}: 'VARCHAR'" for each in table.columns)
    null_text = literal(null) if null else literal("\x02no-null\x02")
    return columns, (
        f"read_csv({file_list(files)}, auto_detect=false, header=false, skip={table.skip_header}, columns={{{described}}}, "
        f"delim={literal(delimiter)}, quote={literal(quote)}, escape={literal(escape)}, nullstr={null_text}, "
        "null_padding=true, strict_mode=false, parallel=false, filename=true)"
    )


def _csv_column(column: Column, is_open_csv: bool) -> str:
    kind, name = hive_to_duckdb(column.type), quoted(column.name)
    if kind == "VARCHAR":
        return f"{name}"
    # LazySimpleSerDe reads what it can't parse as NULL; OpenCSVSerDe fails the query.
    return f"CAST(nullif({name}, '') AS {kind}) AS {name}" if is_open_csv else f"TRY_CAST({name} AS {kind}) AS {name}"


def _parquet(connection: duckdb.DuckDBPyConnection, table: Table, files: list[StagedFile]) -> tuple[list[str], str]:
    source = f"read_parquet({file_list(files)}, union_by_name=true, hive_partitioning=false, filename=true)"
    present = {row[0].lower() for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    columns = [
        f"CAST({quoted(each.name) if each.name in present else 'NULL'} AS {hive_to_duckdb(each.type)}) AS {quoted(each.name)}"
        for each in table.columns
    ]
    return columns, source
