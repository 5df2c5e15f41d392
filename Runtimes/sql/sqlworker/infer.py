"""The `infer` operation: what tables lie under a prefix. Serves Glue's crawler.

Files with the same format and similar columns are one table; folders below it are its partitions, by `key=value` or
as partition_0, partition_1. Unlike folders become tables of their own.
"""

from __future__ import annotations

import re
import tempfile
import zlib
from dataclasses import dataclass

import duckdb

from .faults import Code, Fault
from .infer_text import Schema, csv_schema, json_schema, merge
from .objects import Object, Objects, folder, objects_for, visible
from .requests import Json, Limit, S3Access, need
from .types import duckdb_to_hive

#: Share of the smaller schema's columns that must be in the other for two files to be one table.
SIMILAR = 0.7


@dataclass(frozen=True)
class File:
    folders: tuple[str, ...]
    name: str
    size: int
    format: str
    schema: Schema
    records: int
    compression: str
    delimiter: str | None = None
    header: bool = False


def infer(document: Json) -> Json:
    location = folder(need(document, "location", str))
    objects = objects_for(location, S3Access.read(document["s3"]) if document.get("s3") else None)
    excluded = [glob(pattern) for pattern in document.get("exclusions") or []]
    listed = (each for each in visible(objects, location) if not any(pattern.fullmatch(each.relative) for pattern in excluded))
    files = [found for each in listed if (found := examine(objects, each)) is not None]
    combine = bool(document.get("combineSchemas"))
    level = document.get("tableLevel")
    if not files:
        return {"tables": []}
    return {"tables": tables_at(location, files, level, combine) if level else tables(location, (), files, combine)}


def glob(pattern: str) -> re.Pattern[str]:
    """Glue's exclude patterns: * and ? stay inside a folder, ** crosses folders, [..] and {a,b} choose, a backslash escapes.

    https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html
    """
    text, position, depth = "", 0, 0
    while position < len(pattern):
        character = pattern[position]
        end = pattern.find("]", position + 2) if character == "[" else -1
        if pattern.startswith("**", position):
            text, position = text + ".*", position + 1
        elif character == "*":
            text += "[^/]*"
        elif character == "?":
            text += "[^/]"
        elif end > 0:
            inner = pattern[position + 1 : end].replace("\\", "\\\\")
            text += "[" + ("^" + inner[1:] if inner[0] == "!" else inner) + "]"
            position = end
        elif character == "{":
            text, depth = text + "(?:", depth + 1
        elif character == "}" and depth:
            text, depth = text + ")", depth - 1
        elif character == "," and depth:
            text += "|"
        elif character == "\\" and position + 1 < len(pattern):
            position += 1
            text += re.escape(pattern[position])
        else:
            text += re.escape(character)
        position += 1
    try:
        return re.compile(text, re.DOTALL)
    except re.error as error:
        raise Fault(Code.INVALID_REQUEST, f"not an exclude pattern: {pattern}") from error


def examine(objects: Objects, each: Object) -> File | None:
    *folders, name = each.relative.split("/")
    is_parquet = name.lower().endswith(".parquet")
    first = None if is_parquet or each.size <= Limit.INFER_BYTES else Limit.INFER_BYTES
    with tempfile.NamedTemporaryFile(prefix="tarn-infer-") as target:
        try:
            read = objects.fetch(each.url, target, first)  # type: ignore[arg-type]
        except FileNotFoundError:
            return None
        target.flush()
        target.seek(0)
        data = target.read(Limit.INFER_BYTES)
        if data[:4] == b"PAR1":
            target.seek(0)
            return parquet(target.name, tuple(folders), name, each.size) if read == each.size else None
    whole, compression = first is None, "none"
    if data[:2] == b"\x1f\x8b":
        data, whole, compression = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, Limit.INFER_BYTES), False, "gzip"
        whole = len(data) < Limit.INFER_BYTES and first is None
    text = data.decode("utf-8", errors="replace")
    scale = 1.0 if whole else max(1.0, each.size / max(1, read))
    as_json = json_schema(text, whole)
    if as_json:
        return File(tuple(folders), name, each.size, "json", as_json[0], round(as_json[1] * scale), compression)
    as_csv = csv_schema(text, whole)
    if as_csv:
        return File(tuple(folders), name, each.size, "csv", as_csv[0], round(as_csv[1] * scale), compression, as_csv[2], as_csv[3])
    return None


def parquet(path: str, folders: tuple[str, ...], name: str, size: int) -> File | None:
    connection = duckdb.connect(":memory:")
    try:
        source = connection.execute("SELECT * FROM read_parquet($1, hive_partitioning=false) LIMIT 0", [path])
        schema = {each[0].lower(): duckdb_to_hive(each[1]) for each in source.description or []}
        counted = connection.execute("SELECT count(*) FROM read_parquet($1)", [path]).fetchone()
    except duckdb.Error:
        return None
    finally:
        connection.close()
    return File(folders, name, size, "parquet", schema, counted[0] if counted else 0, "none")


def alike(one: File, other: File, combine: bool = False) -> bool:
    if combine:
        return (one.format, one.delimiter) == (other.format, other.delimiter)
    smaller = min(len(one.schema), len(other.schema))
    shared = len(one.schema.keys() & other.schema.keys())
    return one.format == other.format and one.delimiter == other.delimiter and shared >= SIMILAR * smaller


def tables_at(location: str, files: list[File], level: int, combine: bool) -> list[Json]:
    """One table for each folder at a level, the bucket being level 1. Folders above it, and such with several formats, as ever."""
    depth = max(0, level - len(location.removeprefix("s3://").rstrip("/").split("/")))
    groups: dict[tuple[str, ...], list[File]] = {}
    for each in files:
        groups.setdefault(each.folders[:depth], []).append(each)
    found: list[Json] = []
    for above, inside in sorted(groups.items()):
        place = location + "".join(f"{name}/" for name in above)
        if len(above) == depth and all(alike(inside[0], each, combine=True) for each in inside[1:]):
            found.append(table(place, depth, inside))
        else:
            found += tables(place, above, inside, combine)
    return found


def tables(location: str, above: tuple[str, ...], files: list[File], combine: bool = False) -> list[Json]:
    """One table when all files are alike; else each file here and each folder below by itself."""
    depth = len(above)
    here = [each for each in files if len(each.folders) == depth]
    if all(alike(files[0], each, combine) for each in files[1:]) or (here and len(files) == 1):
        return [table(location, depth, files)]
    found = [table(location, depth, [each], by_file=True) for each in here]
    for name in sorted({each.folders[depth] for each in files if len(each.folders) > depth}):
        inside = [each for each in files if len(each.folders) > depth and each.folders[depth] == name]
        found += tables(f"{location}{name}/", (*above, name), inside, combine)
    return found


def table_name(text: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", text.lower())


def table(location: str, depth: int, files: list[File], by_file: bool = False) -> Json:
    schema: Schema = {}
    for each in files:
        schema = merge(schema, each.schema)
    levels = 0 if by_file else max(len(each.folders) for each in files) - depth
    uneven = any(len(each.folders) - depth != levels for each in files) and not by_file
    levels = 0 if uneven else levels
    keys: list[str] = []
    for level in range(levels):
        heads = {each.folders[depth + level].partition("=")[0] for each in files if "=" in each.folders[depth + level]}
        named = len(heads) == 1 and all("=" in each.folders[depth + level] for each in files)
        keys.append(heads.pop().lower() if named else f"partition_{level}")
    partitions: dict[tuple[str, ...], Json] = {}
    for each in files if levels else []:
        parts = each.folders[depth:]
        values = tuple(part.partition("=")[2] if not key.startswith("partition_") else part for key, part in zip(keys, parts, strict=True))
        entry = partitions.setdefault(values, {"values": list(values), "location": location + "/".join(parts) + "/", **statistics([])})
        inside = [other for other in files if other.folders == each.folders]
        entry.update(statistics(inside))
    columns = [{"name": name, "type": kind} for name, kind in schema.items() if name not in keys]
    first = files[0]
    return {
        "name": table_name(first.name if by_file else location.rstrip("/").rpartition("/")[2]),
        "location": location + first.name if by_file else location, "format": first.format, "columns": columns,
        "partitionKeys": [{"name": key, "type": "string"} for key in keys], "partitions": list(partitions.values()),
        "delimiter": first.delimiter, "header": first.header, "compression": first.compression, **statistics(files),
    }


def statistics(files: list[File]) -> Json:
    size, records = sum(each.size for each in files), sum(each.records for each in files)
    return {"objectCount": len(files), "sizeKey": size, "recordCount": records, "averageRecordSize": size // records if records else 0}
