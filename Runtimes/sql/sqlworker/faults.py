"""Errors of the worker: a closed set of codes, and the one place where DuckDB's errors become Athena's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import duckdb


class Code(StrEnum):
    INVALID_REQUEST = "INVALID_REQUEST"
    SYNTAX_ERROR = "SYNTAX_ERROR"
    NOT_SUPPORTED = "NOT_SUPPORTED"
    SCHEMA_NOT_FOUND = "SCHEMA_NOT_FOUND"
    TABLE_NOT_FOUND = "TABLE_NOT_FOUND"
    COLUMN_NOT_FOUND = "COLUMN_NOT_FOUND"
    MISSING_COLUMN_NAME = "MISSING_COLUMN_NAME"
    DUPLICATE_COLUMN_NAME = "DUPLICATE_COLUMN_NAME"
    COLUMN_TYPE_UNKNOWN = "COLUMN_TYPE_UNKNOWN"
    INVALID_TABLE_PROPERTY = "INVALID_TABLE_PROPERTY"
    INVALID_VIEW = "INVALID_VIEW"
    CONSTRAINT_VIOLATION = "CONSTRAINT_VIOLATION"
    HIVE_METASTORE_ERROR = "HIVE_METASTORE_ERROR"
    HIVE_COLUMN_ORDER_MISMATCH = "HIVE_COLUMN_ORDER_MISMATCH"
    HIVE_TOO_MANY_OPEN_PARTITIONS = "HIVE_TOO_MANY_OPEN_PARTITIONS"
    FUNCTION_NOT_FOUND = "FUNCTION_NOT_FOUND"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    INVALID_PARAMETER_USAGE = "INVALID_PARAMETER_USAGE"
    INVALID_CAST_ARGUMENT = "INVALID_CAST_ARGUMENT"
    INVALID_FUNCTION_ARGUMENT = "INVALID_FUNCTION_ARGUMENT"
    NUMERIC_VALUE_OUT_OF_RANGE = "NUMERIC_VALUE_OUT_OF_RANGE"
    DIVISION_BY_ZERO = "DIVISION_BY_ZERO"
    HIVE_BAD_DATA = "HIVE_BAD_DATA"
    ACCESS_DENIED = "ACCESS_DENIED"
    NO_SUCH_BUCKET = "NO_SUCH_BUCKET"
    STORAGE_ERROR = "STORAGE_ERROR"
    FILE_CHANGED = "FILE_CHANGED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    RESOURCE_LIMIT = "RESOURCE_LIMIT"
    CANCELLED = "CANCELLED"
    TIMEOUT = "TIMEOUT"
    INTERNAL = "INTERNAL"


@dataclass
class Fault(Exception):
    """What a request is answered with when it fails. `message` has Trino's wording where Trino has one."""

    code: Code
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


#: Raised by the division macros; DuckDB hands the text through.
DIVISION_BY_ZERO_TEXT = "Division by zero"
#: What a macro refuses is cast to a number, for TRY catches casts that fail; the text behind this is the message.
REFUSAL = "tarn refuses: "

_READER = re.compile(r"Malformed JSON|Could not parse|CSV Error|not a Parquet file|No magic bytes|JSON transform error|"
                     r"Failed to cast value|unterminated|Snappy|Thrift|GZIP", re.IGNORECASE)
_MISSING_COLUMN = re.compile(r'Referenced column "([^"]+)" (?:not found|was not found)|'
                             r'does not have a column named "([^"]+)"|column "([^"]+)" not found', re.IGNORECASE)
_MISSING_TYPE = re.compile(r"Type with name (\w+) does not exist")
_MISSING_FUNCTION = re.compile(r"Function with name \"?([\w$]+)\"? does not exist")
_MISSING_EXTENSION = re.compile(r"Function with name \"?([\w$]+)\"? is not in the catalog")
_MISMATCH = re.compile(r"(?:No function matches the given name and argument types '|best candidate function for the function call \")"
                       r"(?:tarn_)?([^\s(]+)\((.*?)\)['\"]")
_OPERATOR = re.compile(r"[-+*/%|<>=!]+")
_ARGUMENTS = {"string_literal": "varchar", "integer_literal": "integer", "hugeint": "bigint", "float": "real", "blob": "varbinary"}
_CAST = re.compile(r"Could not convert string '((?:[^']|'')*)' to (\w+)")
#: DuckDB's names of types where Trino has others.
_TRINO_NAMES = {"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INT", "INT64": "BIGINT", "INT128": "BIGINT", "FLOAT": "REAL", "BOOL": "BOOLEAN"}
_MOMENT = re.compile(r'invalid (date|timestamp) field format: "([^"]*)"')
_CHANGED = re.compile(r"ETag|HTTP 412|\b412\b|\b416\b|changed|modified", re.IGNORECASE)


def _mismatch(name: str, arguments: list[str]) -> Fault:
    if _OPERATOR.fullmatch(name):
        return Fault(Code.TYPE_MISMATCH, f"Cannot apply operator: {f' {name} '.join(arguments)}")
    return Fault(Code.FUNCTION_NOT_FOUND, f"Unexpected parameters ({', '.join(arguments)}) for function {name}")


def missing_column(error: duckdb.Error) -> str | None:
    found = _MISSING_COLUMN.search(str(error))
    return next((name for name in found.groups() if name), None) if found else None


def from_duckdb(error: duckdb.Error, stage: str) -> Fault:
    """`stage` is the worker's staging folder: its paths are taken out of messages."""
    first = str(error).split("\n\n")[0].replace("\n", " ").replace(stage, "")
    text = re.sub(r"^[\w ]+ Error: ", "", first).strip()
    if DIVISION_BY_ZERO_TEXT in text:
        return Fault(Code.DIVISION_BY_ZERO, DIVISION_BY_ZERO_TEXT)
    if isinstance(error, duckdb.OutOfMemoryException):
        return Fault(Code.OUT_OF_MEMORY, f"Query exceeded its memory or temporary space limit. {text}")
    if isinstance(error, duckdb.InterruptException):
        return Fault(Code.CANCELLED, "Query was canceled")
    if isinstance(error, duckdb.PermissionException):
        return Fault(Code.ACCESS_DENIED, f"Access Denied: {text}")
    if isinstance(error, (duckdb.HTTPException, duckdb.IOException)) and _CHANGED.search(text):
        return Fault(Code.FILE_CHANGED, f"A file changed while it was read: {text}")
    if isinstance(error, duckdb.HTTPException):
        return Fault(Code.STORAGE_ERROR, text)
    function = _MISSING_FUNCTION.search(text) or _MISSING_EXTENSION.search(text)
    if function:
        return Fault(Code.FUNCTION_NOT_FOUND, f"Function '{function[1]}' not registered")
    mismatch = _MISMATCH.search(text)
    if mismatch:
        return _mismatch(mismatch[1], [_ARGUMENTS.get(each.strip().lower(), each.strip().lower()) for each in mismatch[2].split(",")])
    unknown = _MISSING_TYPE.search(text)
    if unknown:  # one of Trino's: the parser knows no other
        return Fault(Code.NOT_SUPPORTED, f"Not supported: values of type {unknown[1].lower()}")
    # A reader's complaint names the file; a cast in the query does not.
    if isinstance(error, (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException)) and (
        _READER.search(text) and ("file" in text.lower() or "csv" in text.lower())
    ):
        return Fault(Code.HIVE_BAD_DATA, f"Error parsing a record: {text}")
    cast = _CAST.search(text)
    if cast and cast[1].startswith(REFUSAL):
        return Fault(Code.INVALID_FUNCTION_ARGUMENT, cast[1].removeprefix(REFUSAL))
    if cast:
        return Fault(Code.INVALID_CAST_ARGUMENT, f"Cannot cast '{cast[1]}' to {_TRINO_NAMES.get(cast[2], cast[2])}")
    moment = _MOMENT.search(text)
    if moment:
        return Fault(Code.INVALID_CAST_ARGUMENT, f"Value cannot be cast to {moment[1]}: {moment[2]}")
    if isinstance(error, duckdb.OutOfRangeException):
        return Fault(Code.NUMERIC_VALUE_OUT_OF_RANGE, text)
    if isinstance(error, (duckdb.BinderException, duckdb.ConversionException, duckdb.TypeMismatchException)):
        return Fault(Code.TYPE_MISMATCH, text)
    if isinstance(error, duckdb.ParserException):
        return Fault(Code.SYNTAX_ERROR, text)
    if isinstance(error, duckdb.InvalidInputException):
        return Fault(Code.INVALID_FUNCTION_ARGUMENT, text)
    if isinstance(error, duckdb.NotImplementedException):
        return Fault(Code.NOT_SUPPORTED, text)
    return Fault(Code.INTERNAL, text)
