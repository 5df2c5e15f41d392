"""A catalog table as a DuckDB view over its files, with the catalog's column types."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterator
from typing import IO

import duckdb

from .faults import Code, Fault
from .lazy import lazy_value, separators
from .orc import from_orc, parquet_path
from .requests import Column, Table
from .staging import StagedFile
from .types import hive_to_duckdb, literal, quoted

#: The hidden column that holds a row's file; "$path" reads it.
PATH_COLUMN = "$path"
SAMPLED_LINES = 200
#: Bytes of a record, which Athena bounds so for a row; a longer line is DuckDB's to report.
LONGEST_LINE = 32 << 20
_SHORTEST_BUFFER = 64 << 10


def file_list(files: list[StagedFile]) -> str:
    # DuckDB would take *, ? and [ in an object's key for a pattern.
    escaped = ("".join(f"[{c}]" if each.is_remote and c in "*?[" else c for c in each.path) for each in files)
    return "[" + ", ".join(literal(path) for path in escaped) + "]"


def create_view(connection: duckdb.DuckDBPyConnection, table: Table, parts: list[tuple[tuple[str, ...], list[StagedFile]]],
                with_path: bool) -> None:
    """`parts`: partition values and files; a table without partition keys has one part with no values."""
    if table.is_of_partitions:
        selects = [f"SELECT {', '.join(_keys(table, values))}" for values, _ in parts]
    else:
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
    elif table.format == "regex":
        columns, source = _regex(table, files)
    elif table.format == "parquet":
        columns, source = _parquet(connection, table, files)
    elif table.format == "orc":
        columns, source = _parquet(connection, table, from_orc(files))
    else:
        raise Fault(Code.NOT_SUPPORTED, f"Unsupported table format: {table.format}")
    columns += _keys(table, values)
    if with_path:
        names = ", ".join(f"{literal(parquet_path(each) if table.format == 'orc' else each.path)}: {literal(each.url)}" for each in files)
        columns.append(f"map_extract_value(MAP {{{names}}}, filename) AS {quoted(PATH_COLUMN)}")
    return f"SELECT {', '.join(columns)} FROM {source}"


def _keys(table: Table, values: tuple[str, ...]) -> list[str]:
    constants = ("NULL" if value == "__HIVE_DEFAULT_PARTITION__" else literal(value) for value in values)
    return [f"CAST({constant} AS {hive_to_duckdb(key.type)}) AS {quoted(key.name)}"
            for key, constant in zip(table.partition_keys, constants, strict=True)]


def _is_text(file: StagedFile) -> bool:
    """Whether a copy is here that `_open` can read."""
    return not file.is_remote and not file.path.endswith(".zst")


def _open(file: StagedFile) -> IO[bytes]:
    return gzip.open(file.path, "rb") if file.path.endswith(".gz") else open(file.path, "rb")


def _first_lines(file: StagedFile) -> Iterator[bytes]:
    with _open(file) as stream:
        try:
            for _ in range(SAMPLED_LINES):
                line = stream.readline(LONGEST_LINE)
                if not line:
                    return
                yield line
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return  # DuckDB reports a broken archive


def _record(line: bytes) -> dict[str, object] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None  # DuckDB reports it, with its position
    return record if isinstance(record, dict) else None


def _json_keys(table: Table, files: list[StagedFile]) -> dict[str, list[str]]:
    """Lower-case key -> the spellings seen. Hive's JSON readers ignore case; DuckDB's does not."""
    spellings: dict[str, list[str]] = {each.name: [] for each in table.columns}
    for file in filter(_is_text, files):
        for line in _first_lines(file):
            for key in _record(line) or ():
                if key.lower() in spellings and key not in spellings[key.lower()]:
                    spellings[key.lower()].append(key)
    return spellings


def _lower_keys(file: StagedFile) -> None:
    """Rewrites the query's own copy: DuckDB can't read two spellings of one key side by side."""
    fresh = file.path + ".lower"
    try:
        with _open(file) as source, (
            gzip.open(fresh, "wb", compresslevel=1) if file.path.endswith(".gz") else open(fresh, "wb")
        ) as target:
            while line := source.readline(LONGEST_LINE):
                record = _record(line)
                if record is not None:
                    line = json.dumps({key.lower(): value for key, value in record.items()}).encode() + b"\n"
                target.write(line)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        os.unlink(fresh)  # a broken archive is DuckDB's to report
        return
    os.replace(fresh, file.path)


def _longest_line(files: list[StagedFile]) -> int:
    """Each reader of DuckDB's takes buffers of twice this size at once, however small its files are: what a query of a few partitions has."""
    if any(each.is_remote or each.path.endswith((".gz", ".zst")) for each in files):
        return LONGEST_LINE
    return min(LONGEST_LINE, max(_SHORTEST_BUFFER, *(os.path.getsize(each.path) + 1 for each in files)))


def _json(table: Table, files: list[StagedFile]) -> tuple[list[str], str]:
    keys = _json_keys(table, files)
    if any(len(names) > 1 for names in keys.values()):
        for file in filter(_is_text, files):
            _lower_keys(file)
        keys = {name: [name] for name in keys}
    sources: dict[str, str] = {}
    columns = []
    for each in table.columns:
        mapped = table.serde_properties.get(f"mapping.{each.name}")
        name = mapped or next(iter(keys[each.name]), each.name)
        kind = hive_to_duckdb(each.type)
        sources[name] = "VARCHAR" if kind == "TIMESTAMP" else kind
        columns.append(f"{'tarn_json_moment(' + quoted(name) + ')' if kind == 'TIMESTAMP' else quoted(name)} AS {quoted(each.name)}")
    described = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in sources.items())
    lenient = table.serde_properties.get("ignore.malformed.json", "false").lower() == "true"
    return columns, (
        f"read_json({file_list(files)}, format='newline_delimited', columns={{{described}}}, "
        f"ignore_errors={str(lenient).lower()}, maximum_object_size={_longest_line(files)}, filename=true)"
    )


def _csv(table: Table, files: list[StagedFile]) -> tuple[list[str], str]:
    properties = table.serde_properties
    is_open_csv = "opencsv" in table.serde.lower()
    if is_open_csv:
        delimiter, quote, escape = (properties.get(name, default) for name, default in
                                    (("separatorChar", ","), ("quoteChar", '"'), ("escapeChar", '"')))
        null = ""
    else:
        delimiter = properties.get("field.delim") or properties.get("serialization.format") or "\x01"
        delimiter = "\x01" if delimiter == "1" else delimiter
        quote, null = properties.get("quote.delim", ""), properties.get("serialization.null.format", "\\N")
        escape = properties.get("escape.delim", "")
    if is_open_csv and escape == "\\" and quote == "":
        escape = ""
    columns = [_csv_column(each, is_open_csv, properties, null) for each in table.columns]
    described = ", ".join(f"{literal(each.name)}: 'VARCHAR'" for each in table.columns)
    null_text = literal(null) if null else literal("\x02no-null\x02")
    return columns, (
        f"read_csv({file_list(files)}, auto_detect=false, header=false, skip={table.skip_header}, columns={{{described}}}, "
        f"delim={literal(delimiter)}, quote={literal(quote)}, escape={literal(escape)}, nullstr={null_text}, "
        "null_padding=true, strict_mode=false, parallel=false, filename=true)"
    )


def _csv_column(column: Column, is_open_csv: bool, properties: dict[str, str], null: str) -> str:
    kind, name = hive_to_duckdb(column.type), quoted(column.name)
    if not is_open_csv and column.type.strip().lower().startswith(("array<", "map<", "struct<")):
        return f"CAST({lazy_value(name, column.type, separators(properties), null)} AS {kind}) AS {name}"
    if kind == "VARCHAR":
        return f"{name}"
    if is_open_csv and kind in ("DATE", "TIMESTAMP"):
        # Days and milliseconds since 1970; a text is taken too.
        number = f"TRY_CAST({name} AS BIGINT)"
        moment = f"make_date({number}::INTEGER)" if kind == "DATE" else f"make_timestamp_ms({number})"
        return f"CASE WHEN {number} IS NULL THEN CAST(nullif({name}, '') AS {kind}) ELSE {moment} END AS {name}"
    # LazySimpleSerDe reads what it can't parse as NULL; OpenCSVSerDe fails the query.
    return f"CAST(nullif({name}, '') AS {kind}) AS {name}" if is_open_csv else f"TRY_CAST({name} AS {kind}) AS {name}"


def _regex(table: Table, files: list[StagedFile]) -> tuple[list[str], str]:
    """Each line's groups; a line that does not match as a whole is a row of NULLs (Hive's RegexSerDe)."""
    pattern = table.serde_properties.get("input.regex", "")
    if not pattern:
        raise Fault(Code.HIVE_METASTORE_ERROR, 'This table does not have serde property "input.regex"!')
    flags = ", 'i'" if table.serde_properties.get("input.regex.case.insensitive", "false").lower() == "true" else ""
    whole = literal(f"^(?:{pattern})$")
    columns = []
    for number, each in enumerate(table.columns, 1):
        group = f"regexp_extract(line, {whole}, {number}{flags})"
        columns.append(
            f"CASE WHEN regexp_matches(line, {whole}{flags}) THEN TRY_CAST({group} AS {hive_to_duckdb(each.type)}) END AS {quoted(each.name)}")
    return columns, (
        f"read_csv({file_list(files)}, auto_detect=false, header=false, skip={table.skip_header}, columns={{'line': 'VARCHAR'}}, "
        "delim='\x02', quote='', escape='', strict_mode=false, parallel=false, filename=true)"
    )


def _parquet(connection: duckdb.DuckDBPyConnection, table: Table, files: list[StagedFile]) -> tuple[list[str], str]:
    source = f"read_parquet({file_list(files)}, union_by_name=true, hive_partitioning=false, filename=true)"
    present = {row[0].lower() for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    columns = [
        f"CAST({quoted(each.name) if each.name in present else 'NULL'} AS {hive_to_duckdb(each.type)}) AS {quoted(each.name)}"
        for each in table.columns
    ]
    return columns, source
