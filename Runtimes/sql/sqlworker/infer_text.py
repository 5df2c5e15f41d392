"""Schemas of JSON and CSV text, by the rules that Glue documents for its built-in classifiers."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

Schema = dict[str, str]
INT_MAX = 2**31 - 1


def type_of(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "int" if -INT_MAX - 1 <= value <= INT_MAX else "bigint"
    if isinstance(value, float):
        return "double"
    if isinstance(value, list):
        inner: str | None = None
        for each in value:
            inner = merge_types(inner, type_of(each))
        return f"array<{inner or 'string'}>"
    if isinstance(value, dict):
        return "struct<" + ",".join(f"{key.lower()}:{type_of(each) or 'string'}" for key, each in value.items()) + ">"
    return "string"


def struct_fields(kind: str) -> Schema:
    from .types import split_top_level

    pairs = (each.split(":", 1) for each in split_top_level(kind[7:-1]) if each)
    return {name: inner for name, inner in pairs}


def merge_types(one: str | None, other: str | None) -> str | None:
    """The type that holds both; text when nothing narrower does."""
    if one is None or other is None or one == other:
        return one or other
    numbers = ["int", "bigint", "double"]
    if one in numbers and other in numbers:
        return numbers[max(numbers.index(one), numbers.index(other))]
    if one.startswith("array<") and other.startswith("array<"):
        return f"array<{merge_types(one[6:-1], other[6:-1])}>"
    if one.startswith("struct<") and other.startswith("struct<"):
        return "struct<" + ",".join(f"{k}:{v}" for k, v in merge(struct_fields(one), struct_fields(other)).items()) + ">"
    return "string"


def merge(one: Schema, other: Schema) -> Schema:
    """Columns of both, in the order of their first appearance."""
    merged = dict(one)
    for name, kind in other.items():
        merged[name] = merge_types(merged.get(name), kind) or "string"
    return merged


def json_schema(text: str, whole: bool) -> tuple[Schema, int] | None:
    """Columns and records of newline-delimited JSON; None when it is not that. The last line of a cut sample is left out."""
    lines = [line for line in (text if whole else text.rpartition("\n")[0]).split("\n") if line.strip()]
    types: dict[str, str | None] = {}
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            return None
        if not isinstance(record, dict):
            return None
        for name, value in record.items():
            types[name.lower()] = merge_types(types.get(name.lower()), type_of(value))
    return ({name: kind or "string" for name, kind in types.items()}, len(lines)) if lines else None


def csv_type(text: str) -> str:
    if re.fullmatch(r"[+-]?\d{1,18}", text):
        return "bigint"
    return "double" if re.fullmatch(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?", text) else "string"


def csv_schema(text: str, whole: bool) -> tuple[Schema, int, str, bool] | None:
    """Columns, records, delimiter, and whether the first row is a header."""
    text = text if whole else text.rpartition("\n")[0] + "\n"
    for delimiter in (",", "|", "\t", ";", "\x01"):
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
        if len(rows) >= 2 and len(rows[0]) >= 2 and all(len(row) == len(rows[0]) for row in rows[1:50]):
            break
    else:
        return None
    kinds: list[str | None] = [None] * len(rows[0])
    for row in rows[1:]:
        for index, value in enumerate(row[: len(kinds)]):
            if value:
                kind = csv_type(value)
                kinds[index] = kind if kinds[index] in (None, kind) else "string" if "string" in (kind, kinds[index]) else "double"
    head = rows[0]
    has_header = (
        all(csv_type(each) == "string" and re.fullmatch(r"[\w .$-]+", each) for each in head)
        and all(len(each) < 150 for each in head[:-1]) and len(set(head)) == len(head) and any(each != "string" for each in kinds)
    )
    names = [each.strip().lower() for each in head] if has_header else [f"col{index}" for index in range(len(head))]
    schema = {name: kind or "string" for name, kind in zip(names, kinds, strict=True)}
    return schema, len(rows) - (1 if has_header else 0), delimiter, has_header
