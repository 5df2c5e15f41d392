"""What CTAS, INSERT INTO and UNLOAD write: files in a folder of the request's, one for each partition or bucket.

Where they go in S3, and what the catalogue learns of them, is the asker's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from .faults import Code, Fault
from .requests import Column, Json, need
from .results import rows_scanned
from .translate import UNNAMED
from .types import athena_type, duckdb_to_hive, hive_to_duckdb, literal, quoted

#: Athena's bound on what one statement writes.
PARTITIONS = 100
DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_RESULT = "tarn_output"

#: Format -> its compressions, the default first. A text file or JSON is what its ending says, so Athena names it .gz.
COMPRESSIONS: dict[str, tuple[str, ...]] = {
    "parquet": ("gzip", "snappy", "zstd", "lz4", "none", "uncompressed"),
    "orc": ("zlib", "snappy", "zstd", "lz4", "none"),
    "json": ("gzip", "none"),
    "textfile": ("gzip", "none"),
}
_IN_DUCKDB = {"none": "uncompressed", "lz4": "lz4_raw"}

#: Trino coerces a type to those behind it.
_WIDENING = ("tinyint", "smallint", "integer", "bigint", "decimal", "float", "double")
_SAME = {
    "hugeint": "bigint", "utinyint": "smallint", "usmallint": "integer", "uinteger": "bigint", "ubigint": "bigint", "uhugeint": "bigint",
    "timestamp_s": "timestamp", "timestamp_ms": "timestamp", "timestamp_ns": "timestamp", "enum": "varchar",
}


@dataclass(frozen=True)
class Output:
    """`columns` are the target's, with the partition keys last; None where the query says them."""

    folder: Path
    format: str
    compression: str
    delimiter: str
    name: str
    partitioned_by: tuple[str, ...]
    bucketed_by: tuple[str, ...]
    bucket_count: int
    columns: tuple[Column, ...] | None
    given: tuple[str, ...]
    needs_names: bool
    is_empty: bool

    @staticmethod
    def read(document: Json) -> Output:
        kind = need(document, "format", str).lower()
        if kind not in COMPRESSIONS:
            raise Fault(Code.NOT_SUPPORTED, f"Tables in the format {kind.upper()} cannot be written")
        compression = (document.get("compression") or COMPRESSIONS[kind][0]).lower()
        if compression not in COMPRESSIONS[kind]:
            raise Fault(Code.INVALID_TABLE_PROPERTY, f"Compression {compression.upper()} is not supported for {kind.upper()}")
        columns = Column.read_all(document["columns"]) if document.get("columns") else None
        return Output(
            Path(need(document, "folder", str)), kind, compression, document.get("delimiter") or "\x01", need(document, "name", str),
            _lower(document.get("partitionedBy")), _lower(document.get("bucketedBy")), int(document.get("bucketCount") or 0), columns,
            _lower(document.get("given")), bool(document.get("needsNames")), bool(document.get("isEmpty")),
        )


def _lower(names: list[str] | None) -> tuple[str, ...]:
    return tuple(each.lower() for each in names or ())


class Writer:
    def __init__(self, connection: duckdb.DuckDBPyConnection, output: Output, check: Callable[[], None]) -> None:
        self._connection = connection
        self._output = output
        self._check = check

    def write(self, sql: str, names: list[str], kinds: list[str], untyped: frozenset[int]) -> Json:
        """Runs the query and answers `files`, `rowCount` and `outputColumns`. `untyped` columns are NULL and nothing else."""
        types = [None if place in untyped else duckdb.sqltype(each) for place, each in enumerate(kinds)]
        columns, selected = self._chosen(names, types) if self._output.columns is None else self._fitted(types)
        keys = self._keys(columns)
        inner = ", ".join(f"c{number}" for number in range(len(names)))
        shown = ", ".join(f"CAST({value} AS {hive_to_duckdb(each.type)}) AS {quoted(each.name)}" for value, each in zip(selected, columns, strict=True))
        end = " LIMIT 0" if self._output.is_empty else ""
        self._connection.execute(f"CREATE TEMP TABLE {_RESULT} AS SELECT {shown} FROM ({sql}) AS q({inner}){end}")
        scanned = rows_scanned(self._connection)
        self._check()
        held = [each for each in columns if each.name not in keys]
        files: list[Json] = []
        for values, condition in self._partitions(keys):
            self._check()
            files += self._files(values, condition, held, len(files))
        return {
            "files": files, "rowCount": sum(each["rows"] for each in files), "rowsScanned": scanned,
            "outputColumns": [{"name": each.name, "type": each.type} for each in columns],
        }

    def _chosen(self, names: list[str], types: list[duckdb.DuckDBPyType | None]) -> tuple[list[Column], list[str]]:
        """A new table's columns, by the query's."""
        columns: list[Column] = []
        for place, (name, kind) in enumerate(zip(names, types, strict=True)):
            if name.startswith(UNNAMED) and self._output.needs_names:
                raise Fault(Code.MISSING_COLUMN_NAME, f"line 1:1: Column name not specified at position {place + 1}")
            label = f"_col{place}" if name.startswith(UNNAMED) else name.lower()
            if any(each.name == label for each in columns):
                raise Fault(Code.DUPLICATE_COLUMN_NAME, f"line 1:1: Column name '{label}' specified more than once")
            if kind is None:
                raise Fault(Code.COLUMN_TYPE_UNKNOWN, f"line 1:1: Column type is unknown at position {place + 1}")
            columns.append(Column(label, _hive(kind)))
        return columns, [f"c{place}" for place in range(len(columns))]

    def _fitted(self, types: list[duckdb.DuckDBPyType | None]) -> tuple[list[Column], list[str]]:
        """A present table's columns, each with its value or NULL."""
        columns = list(self._output.columns or ())
        given = list(self._output.given) or [each.name for each in columns]
        kinds = {each.name: duckdb.sqltype(hive_to_duckdb(each.type)) for each in columns}
        for place, name in enumerate(given):
            if name not in kinds:
                raise Fault(Code.COLUMN_NOT_FOUND, f"line 1:1: Insert column name does not exist in target table: {name}")
            if name in given[:place]:
                raise Fault(Code.DUPLICATE_COLUMN_NAME, f"line 1:1: Insert column name is specified more than once: {name}")
        wanted = [kinds[name] for name in given]
        if len(wanted) != len(types) or not all(_fits(kind, target) for kind, target in zip(types, wanted, strict=True)):
            shown = (", ".join(_shown(each) for each in group) for group in (wanted, types))
            raise Fault(Code.TYPE_MISMATCH, "line 1:1: Insert query has mismatched column types: Table: [{}], Query: [{}]".format(*shown))
        return columns, [f"c{given.index(each.name)}" if each.name in given else "NULL" for each in columns]

    def _keys(self, columns: list[Column]) -> tuple[str, ...]:
        keys = self._output.partitioned_by
        names = [each.name for each in columns]
        missing = [each for each in (*keys, *self._output.bucketed_by) if each not in names]
        if missing:
            what = "Partition" if missing[0] in keys else "Bucketing"
            raise Fault(Code.INVALID_TABLE_PROPERTY, f"{what} columns [{', '.join(missing)}] not present in schema")
        if keys and tuple(names[-len(keys):]) != keys:
            raise Fault(
                Code.HIVE_COLUMN_ORDER_MISMATCH,
                f"Partition keys must be the last columns in the table and in the same order as the table properties: [{', '.join(keys)}]")
        if len(keys) == len(names):
            raise Fault(Code.INVALID_TABLE_PROPERTY, "Table contains only partition columns")
        return keys

    def _partitions(self, keys: tuple[str, ...]) -> list[tuple[list[str], str]]:
        """The values of each partition, as its folder's name has them, and which rows are in it."""
        if not keys:
            return [([], "true")]
        texts = ", ".join(f"coalesce(nullif(tarn_text({quoted(each)}), ''), {literal(DEFAULT_PARTITION)})" for each in keys)
        rows = self._connection.execute(f"SELECT DISTINCT {texts} FROM {_RESULT} ORDER BY ALL LIMIT {PARTITIONS + 1}").fetchall()
        if len(rows) > PARTITIONS:
            raise Fault(Code.HIVE_TOO_MANY_OPEN_PARTITIONS, f"Exceeded limit of {PARTITIONS} open writers for partitions/buckets")
        return [
            (list(row), " AND ".join(
                f"coalesce(nullif(tarn_text({quoted(key)}), ''), {literal(DEFAULT_PARTITION)}) = {literal(value)}"
                for key, value in zip(keys, row, strict=True)))
            for row in rows
        ]

    def _files(self, values: list[str], condition: str, held: list[Column], first: int) -> list[Json]:
        count = self._output.bucket_count if self._output.bucketed_by else 0
        places = ", ".join(quoted(each) for each in self._output.bucketed_by)
        conditions = [(f"hash({places}) % {count} = {bucket}", f"_bucket-{bucket:05d}") for bucket in range(count)] or [("true", "")]
        files = []
        for narrower, suffix in conditions:
            where = f"{condition} AND {narrower}"
            rows = self._connection.execute(f"SELECT count(*) FROM {_RESULT} WHERE {where}").fetchone()
            if not rows or not rows[0]:
                continue
            path = self._output.folder / f"{first + len(files):05d}"
            self._write(path, held, where)
            ending = ".gz" if self._output.format in ("json", "textfile") and self._output.compression == "gzip" else ""
            files.append({
                "path": str(path), "name": f"{self._output.name}{first + len(files):05d}{suffix}{ending}", "values": values, "rows": rows[0],
                "bytes": path.stat().st_size,
            })
        return files

    def _write(self, path: Path, held: list[Column], where: str) -> None:
        kind, compression = self._output.format, self._output.compression
        values = ", ".join(_as_text(each) if kind == "textfile" else quoted(each.name) for each in held)
        query = f"SELECT {values} FROM {_RESULT} WHERE {where}"
        if kind == "orc":
            from pyarrow import orc  # noqa: PLC0415 - takes long to load

            # Only who writes ORC pays for its library.
            orc.write_table(self._connection.execute(query).to_arrow_table(), str(path), compression="uncompressed" if compression == "none" else compression)
            return
        options = f"COMPRESSION {_IN_DUCKDB.get(compression, compression) if kind == 'parquet' else compression}"
        if kind == "textfile":
            options += f", HEADER false, DELIMITER {literal(self._output.delimiter)}, NULLSTR '\\N', QUOTE '', ESCAPE ''"
        self._connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT {'csv' if kind == 'textfile' else kind}, {options})")


def _as_text(column: Column) -> str:
    if column.type.startswith(("array<", "map<", "struct<")):
        raise Fault(Code.NOT_SUPPORTED, f"Columns of type {column.type} in a text file")
    return f"tarn_text({quoted(column.name)}) AS {quoted(column.name)}"


def _hive(kind: duckdb.DuckDBPyType) -> str:
    """The catalogue's type of a new column."""
    name, label = _SAME.get(kind.id, kind.id), str(kind)
    if "TIME ZONE" in label or label == "JSON" or name in ("time", "interval", "uuid"):
        raise Fault(Code.NOT_SUPPORTED, f"Unsupported Hive type: {_shown(kind)}")
    if name == "bigint":
        return "bigint"
    if name in ("list", "array"):
        return f"array<{_hive(kind.children[0][1])}>"
    if name == "map":
        return f"map<{_hive(kind.children[0][1])},{_hive(kind.children[1][1])}>"
    if name == "struct":
        return "struct<" + ",".join(f"{each.lower() or f'field{place}'}:{_hive(inner)}" for place, (each, inner) in enumerate(kind.children)) + ">"
    return duckdb_to_hive(kind)


def _shown(kind: duckdb.DuckDBPyType | None) -> str:
    if kind is None:
        return "unknown"
    name, precision, scale = athena_type(kind)
    return {"decimal": f"decimal({precision},{scale})", "float": "real", "timestamp": "timestamp(3)"}.get(name, name)


def _fits(kind: duckdb.DuckDBPyType | None, target: duckdb.DuckDBPyType) -> bool:
    """Whether Trino takes a value of one type for a column of another without a CAST."""
    if kind is None:
        return True
    given, wanted = _SAME.get(kind.id, kind.id), _SAME.get(target.id, target.id)
    if given in _WIDENING and wanted in _WIDENING:
        if given == wanted == "decimal":
            (p, s), (q, t) = (tuple(int(value) for _, value in each.children) for each in (kind, target))
            return p - s <= q - t and s <= t
        return _WIDENING.index(given) <= _WIDENING.index(wanted)
    if given in ("list", "array", "map") and wanted == given:
        return all(_fits(one, other) for (_, one), (_, other) in zip(kind.children, target.children, strict=True))
    if given == wanted == "struct":
        pairs = list(zip(kind.children, target.children, strict=False))
        return len(kind.children) == len(target.children) and all(_fits(one[1], other[1]) for one, other in pairs)
    return given == wanted or (given == "date" and wanted == "timestamp")
