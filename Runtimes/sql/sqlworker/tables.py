"""Columnar files from rows, for S3's inventories."""

from __future__ import annotations

from typing import Any

from .faults import Code, Fault
from .requests import Json, need


def write_table(document: Json) -> Json:
    # Only inventories in ORC or Parquet need it; it takes 50 MB of memory.
    import pyarrow as pa
    from pyarrow import csv, orc, parquet

    kinds: dict[str, Any] = {
        "string": pa.string(), "boolean": pa.bool_(), "bigint": pa.int64(), "timestamp": pa.timestamp("ms", tz="UTC")}
    columns = need(document, "columns", list)
    types = {need(column, "name", str): kinds.get(need(column, "type", str)) for column in columns}
    if not types or None in types.values():
        raise Fault(Code.INVALID_REQUEST, "a column's type is string, boolean, bigint or timestamp")
    form = need(document, "format", str)
    if form not in ("parquet", "orc"):
        raise Fault(Code.INVALID_REQUEST, f"unknown format '{form}'")
    table = csv.read_csv(
        need(document, "source", str), read_options=csv.ReadOptions(column_names=list(types)),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]))
    target = need(document, "target", str)
    if form == "parquet":
        parquet.write_table(table, target, compression="snappy", version="1.0", coerce_timestamps="ms")
    else:
        # ORC's timestamps have no zone.
        plain = [pa.timestamp("ms") if pa.types.is_timestamp(field.type) else field.type for field in table.schema]
        orc.write_table(table.cast(pa.schema(list(zip(table.schema.names, plain)))), target, compression="zlib")
    return {"rowCount": table.num_rows}
