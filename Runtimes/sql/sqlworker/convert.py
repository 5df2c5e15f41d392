"""JSON records into one Parquet or ORC file by a catalog table's columns, for delivery streams.

A record that is not JSON, or has a value that its column can't hold, is left out whole and told by its line.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import orc, parquet

from .faults import Code, Fault
from .patterns import joda
from .requests import Json, need
from .types import split_top_level

MALFORMED = "DataFormatConversion.MalformedData"
PARSE = "DataFormatConversion.ParseError"
Reader = Callable[[Any], Any]

_EPOCH = datetime.datetime(1970, 1, 1)
_WHOLE = {"tinyint": 8, "smallint": 16, "int": 32, "integer": 32, "bigint": 64}


class Bad(ValueError):
    """A value that its column can't hold."""


class Columns:
    """The types of a table: Arrow's for the file, and a reader for each that turns JSON's values into them."""

    def __init__(self, request: Json) -> None:
        self._formats = [each for each in request.get("timestampFormats") or []]
        self._fold = bool(request.get("caseInsensitive", True))
        self._dots = bool(request.get("dotsToUnderscores", False))
        mapping = {column.lower(): key for column, key in (request.get("keys") or {}).items()}
        self._columns: list[tuple[str, str, Reader]] = []
        fields = []
        for column in need(request, "columns", list):
            name = need(column, "name", str).lower()
            kind, reader = self._type(column.get("type") or "string")
            fields.append(pa.field(name, kind))
            self._columns.append((name, self._name(mapping.get(name, name)), reader))
        self.schema = pa.schema(fields)

    def _name(self, key: str) -> str:
        key = key.replace(".", "_") if self._dots else key
        return key.lower() if self._fold else key

    def row(self, document: Json) -> list[Any]:
        members = {self._name(key): value for key, value in document.items()}
        row = []
        for name, key, reader in self._columns:
            try:
                row.append(reader(members.get(key)))
            except Bad as problem:
                raise Bad(f"Field {name}: {problem}") from problem
        return row

    def _type(self, hive: str) -> tuple[pa.DataType, Reader]:
        text = hive.strip()
        kind = text.lower()
        if kind in _WHOLE:
            return getattr(pa, f"int{_WHOLE[kind]}")(), _optional(lambda value: _whole(value, _WHOLE[kind]))
        if kind in ("float", "real"):
            return pa.float32(), _optional(_double)
        if kind in ("double", "double precision"):
            return pa.float64(), _optional(_double)
        if kind == "boolean":
            return pa.bool_(), _optional(_boolean)
        if kind == "string" or kind.startswith(("varchar", "char")):
            return pa.string(), _optional(_string)
        if kind == "binary":
            return pa.binary(), _optional(lambda value: _string(value).encode())
        if kind == "date":
            return pa.date32(), _optional(_date)
        if kind == "timestamp":
            return pa.timestamp("ms"), _optional(self._timestamp)
        if kind.startswith("decimal"):
            parts = kind.removeprefix("decimal").strip("() ").split(",")
            precision, scale = int(parts[0] or 10), int(parts[1]) if len(parts) > 1 else 0
            return pa.decimal128(precision, scale), _optional(lambda value: _decimal(value, precision, scale))
        if kind.startswith("array<") and text.endswith(">"):
            inner, read = self._type(text[6:-1])
            return pa.list_(inner), _optional(lambda value: [read(each) for each in _expect(value, list)])
        if kind.startswith("map<") and text.endswith(">"):
            return self._map(*split_top_level(text[4:-1]))
        if kind.startswith("struct<") and text.endswith(">"):
            return self._struct([each.split(":", 1) for each in split_top_level(text[7:-1])])
        raise Fault(Code.NOT_SUPPORTED, f"Unsupported Hive type: {hive}")

    def _map(self, key: str, value: str) -> tuple[pa.DataType, Reader]:
        (key_type, read_key), (value_type, read) = self._type(key), self._type(value)
        return pa.map_(key_type, value_type), _optional(
            lambda given: [(read_key(name), read(each)) for name, each in _expect(given, dict).items()])

    def _struct(self, parts: list[list[str]]) -> tuple[pa.DataType, Reader]:
        fields = [(name.strip().lower(), *self._type(kind)) for name, kind in parts]

        def read(value: Any) -> Any:
            members = {self._name(key): each for key, each in _expect(value, dict).items()}
            return {name: reader(members.get(name)) for name, _, reader in fields}

        return pa.struct([pa.field(name, kind) for name, kind, _ in fields]), _optional(read)

    def _timestamp(self, value: Any) -> datetime.datetime:
        if isinstance(value, bool):
            raise Bad("a boolean is no timestamp")
        if isinstance(value, (int, float)):
            # OpenX takes epoch seconds and milliseconds, told apart by their size.
            seconds = value / 1000 if abs(value) >= 1e11 or "millis" in self._formats else value
            try:
                return _EPOCH + datetime.timedelta(seconds=seconds)
            except OverflowError as problem:
                raise Bad(f"{value} is no timestamp") from problem
        text = _expect(value, str).strip()
        if text.lstrip("-").isdigit():
            return self._timestamp(int(text))
        for pattern in self._formats:
            if pattern == "millis":
                continue
            try:
                return _naive(datetime.datetime.strptime(text, joda(pattern)))
            except ValueError:
                pass
        try:
            return _naive(datetime.datetime.fromisoformat(text))
        except ValueError as problem:
            raise Bad(f"'{text}' is no timestamp") from problem


def _naive(moment: datetime.datetime) -> datetime.datetime:
    return moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _optional(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)


def _expect(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise Bad(f"{json.dumps(value)[:100]} is no {kind.__name__}")
    return value


def _whole(value: Any, bits: int) -> int:
    if isinstance(value, bool):
        raise Bad("a boolean is no number")
    try:
        number = int(value)
    except (ValueError, TypeError, OverflowError) as problem:
        raise Bad(f"{json.dumps(value)[:100]} is no whole number") from problem
    if isinstance(value, float) and number != value:
        raise Bad(f"{value} is no whole number")
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise Bad(f"{number} does not fit into {bits} bits")
    return number


def _double(value: Any) -> float:
    if isinstance(value, bool):
        raise Bad("a boolean is no number")
    try:
        return float(value)
    except (ValueError, TypeError, OverflowError) as problem:
        raise Bad(f"{json.dumps(value)[:100]} is no number") from problem


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise Bad(f"{json.dumps(value)[:100]} is no boolean")


def _string(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _date(value: Any) -> datetime.date:
    try:
        return datetime.date.fromisoformat(_expect(value, str))
    except ValueError as problem:
        raise Bad(f"{json.dumps(value)[:100]} is no date") from problem


def _decimal(value: Any, precision: int, scale: int) -> decimal.Decimal:
    if isinstance(value, bool):
        raise Bad("a boolean is no number")
    try:
        number = decimal.Decimal(str(value)).quantize(decimal.Decimal(1).scaleb(-scale), rounding=decimal.ROUND_HALF_UP)
    except decimal.InvalidOperation as problem:
        raise Bad(f"{json.dumps(value)[:100]} is no decimal({precision},{scale})") from problem
    if number.adjusted() >= precision - scale:
        raise Bad(f"{number} does not fit into decimal({precision},{scale})")
    return number


def objects(text: str) -> Iterator[Json]:
    """The JSON objects of one record, one behind the other."""
    decoder = json.JSONDecoder()
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            return
        value, position = decoder.raw_decode(text, position)
        if not isinstance(value, dict):
            raise ValueError("a record is a JSON object")
        yield value


def convert(request: Json) -> Json:
    columns = Columns(request)
    output = Path(need(request, "outputPath", str))
    rows: list[list[Any]] = []
    failures: list[Json] = []
    with Path(need(request, "inputPath", str)).open("rb") as lines:
        for index, line in enumerate(lines):
            try:
                taken = [columns.row(document) for document in objects(base64.b64decode(line).decode())]
                if not taken:
                    raise ValueError("the record is empty")
                rows += taken
            except Bad as problem:
                failures.append({"index": index, "code": MALFORMED, "message": f"Data does not match the schema: {problem}"})
            except (ValueError, RecursionError) as problem:
                failures.append({"index": index, "code": PARSE, "message": f"Encountered malformed JSON: {problem}"[:500]})
    if rows:
        arrays = [pa.array([row[place] for row in rows], field.type) for place, field in enumerate(columns.schema)]
        table = pa.Table.from_arrays(arrays, schema=columns.schema)
        compression = need(request, "compression", str).lower()
        compression = "uncompressed" if compression in ("none", "uncompressed") else compression
        if need(request, "format", str) == "orc":
            orc.write_table(table, str(output), compression=compression)
        else:
            parquet.write_table(table, str(output), compression="none" if compression == "uncompressed" else compression)
    return {"rowCount": len(rows), "failures": failures}
