"""S3 Select: one statement over one object's bytes, which lie in a file. The answer is written to another file.

The language is S3's own (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference.html): one table,
S3Object, whose name may carry a path into JSON. It is read with sqlglot and run by DuckDB.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import sqlglot
from sqlglot import exp

from . import select_dates
from .faults import Code, Fault, from_duckdb, missing_column
from .interruption import Interruption
from .requests import Json, Limit, need
from .select_output import write
from .types import literal

#: Bytes of an expression, and of one record (S3 User Guide, "Filtering and retrieving data", limits).
EXPRESSION_BYTES = 256 << 10
RECORD_BYTES = 1 << 20
COLUMNS = 10_000
CHUNK = 1 << 20

_FROM = re.compile(r"\bFROM\s+S3Object((?:\s*\[\s*\*\s*\]|\s*\.\s*(?:\"[^\"]+\"|\w+))*)", re.IGNORECASE)
_STEP = re.compile(r"\[\s*\*\s*\]|\.\s*(?:\"([^\"]+)\"|(\w+))")
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)


class Select:
    """One request's life. `cancel` may be called from any thread."""

    def __init__(self, document: Json) -> None:
        self._expression = need(document, "expression", str)
        self._source = Path(need(document, "path", str))
        self._result = Path(need(document, "resultPath", str))
        self._input: Json = need(document, "input", dict)
        self._output: Json = need(document, "output", dict)
        self._range: Json | None = document.get("scanRange")
        self._interruption = Interruption()

    def cancel(self) -> None:
        self._interruption.interrupt()

    def _check(self) -> None:
        if self._interruption.stopped.is_set():
            raise Fault(Code.CANCELLED, "The request was canceled")

    def run(self) -> Json:
        if len(self._expression.encode()) > EXPRESSION_BYTES:
            raise Fault(Code.RESOURCE_LIMIT, "The expression is too long")
        tree, path = parse(self._expression)
        folder = Path(tempfile.mkdtemp(prefix="tarn-select-", dir=self._source.parent))
        try:
            file, scanned, processed = self._plain(folder)
            connection = duckdb.connect(":memory:")
            try:
                with self._interruption.watch(connection):
                    self._check()
                    rows = self._rows(connection, tree, path, file, folder)
            finally:
                connection.close()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return {"rowCount": rows, "resultBytes": self._result.stat().st_size, "bytesScanned": scanned, "bytesProcessed": processed}

    def _rows(self, connection: duckdb.DuckDBPyConnection, tree: exp.Select, path: list[str | None], file: Path, folder: Path) -> int:
        missing: set[str] = set()
        while True:
            try:
                return self._execute(connection, tree, path, file, folder, missing)
            except duckdb.Error as error:
                # A path that no record has is missing, and missing is null; a header must be there.
                column = missing_column(error)
                if column is None or "json" not in self._input or column in missing:
                    if column is not None:
                        raise Fault(Code.COLUMN_NOT_FOUND, column) from error
                    raise from_duckdb(error, str(folder) + "/") from error
                missing.add(column)

    # Input

    def _plain(self, folder: Path) -> tuple[Path, int, int]:
        """The records to read, unpacked, as DuckDB can read them; and the bytes scanned and processed."""
        size = self._source.stat().st_size
        if "parquet" in self._input:
            return self._source, size, size
        kind = self._input.get("compression", "NONE")
        delimiter = self._input["csv"].get("recordDelimiter", "\n") if "csv" in self._input else "\n"
        if kind == "NONE" and self._range is None and delimiter in ("\n", "\r\n"):
            return self._source, size, size
        target = folder / "plain"
        opened: Any
        if kind == "GZIP":
            opened = gzip.open(self._source, "rb")
        elif kind == "BZIP2":
            opened = bz2.open(self._source, "rb")
        else:
            opened = open(self._source, "rb")
        try:
            with opened as source, open(target, "wb") as out:
                if self._range is not None:
                    processed = self._copy_range(source, out, size, delimiter.encode())
                    return target, processed, processed
                shutil.copyfileobj(source, out, CHUNK)
        except (OSError, EOFError) as problem:
            raise Fault(Code.HIVE_BAD_DATA, f"The object cannot be unpacked: {problem}") from problem
        processed = target.stat().st_size
        if delimiter not in ("\n", "\r\n"):
            target = self._with_newlines(target, delimiter.encode())
        return target, size, processed

    def _copy_range(self, source: BinaryIO, out: BinaryIO, size: int, delimiter: bytes) -> int:
        """The records that begin inside the range, the last one whole. The first line, where it is a header, always."""
        first, last = self._bounds(size)
        if "csv" in self._input and self._input["csv"].get("header", "NONE") != "NONE":
            header = _record(source, delimiter)
            out.write(header.removesuffix(delimiter) + b"\n")
            first = max(first, len(header))
        if first > 0:
            # A record that begins before the range is another request's.
            source.seek(first - 1)
            at = first - 1 + len(_record(source, delimiter))
        else:
            source.seek(0)
            at = 0
        begun = at
        while at < last:
            record = _record(source, delimiter)
            if not record:
                break
            out.write(record.removesuffix(delimiter) + b"\n")
            at += len(record)
            self._check()
        return at - begun

    def _with_newlines(self, path: Path, delimiter: bytes) -> Path:
        target = path.with_name("lines")
        with open(path, "rb") as source, open(target, "wb") as out:
            while record := _record(source, delimiter):
                out.write(record.removesuffix(delimiter) + b"\n")
        return target

    def _table(self, connection: duckdb.DuckDBPyConnection, file: Path) -> str:
        if "parquet" in self._input:
            return self._row_groups(connection, literal(str(file)))
        if "json" in self._input:
            layout = "newline_delimited" if self._input["json"].get("type") == "LINES" else "unstructured"
            return (f"SELECT * FROM read_json({literal(str(file))}, format='{layout}', records='true', sample_size=-1, "
                    f"union_by_name=true, maximum_object_size={RECORD_BYTES}, convert_strings_to_integers=false, "
                    # Formats that no text has: JSON has no dates.
                    "dateformat='|%Y|%m|%d|', timestampformat='|%Y|%m|%d|%H|')")
        given = self._input["csv"]
        names, skip = self._columns(file, given)
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
        comment = given.get("comments", "#")
        quote, escape = given.get("quote", '"'), given.get("quoteEscape", '"')
        options = [
            "header=false", f"skip={skip}", "auto_detect=false", f"columns={{{columns}}}", f"delim={literal(given.get('delimiter', ','))}",
            f"quote={literal(quote)}", f"escape={literal(escape if quote else '')}", "null_padding=true", "strict_mode=false",
            f"max_line_size={RECORD_BYTES}", "nullstr='\\0'", "parallel=false",
        ]
        if comment:
            options.append(f"comment={literal(comment)}")
        return f"SELECT * FROM read_csv({literal(str(file))}, {', '.join(options)})"

    def _row_groups(self, connection: duckdb.DuckDBPyConnection, file: str) -> str:
        """The rows of a Parquet file: of those row groups that begin inside the range."""
        if self._range is None:
            return f"SELECT * FROM read_parquet({file})"
        first, last = self._bounds(self._source.stat().st_size)
        groups = connection.execute(
            "SELECT min(least(coalesce(nullif(dictionary_page_offset, 0), data_page_offset), data_page_offset)), "
            f"any_value(row_group_num_rows) FROM parquet_metadata({file}) GROUP BY row_group_id ORDER BY row_group_id").fetchall()
        picked, row = ["false"], 0
        for begin, rows in groups:
            if first <= begin < last:
                picked.append(f"file_row_number BETWEEN {row} AND {row + rows - 1}")
            row += rows
        return (f"SELECT * EXCLUDE (file_row_number) FROM read_parquet({file}, file_row_number=true) "
                f"WHERE {' OR '.join(picked)}")

    def _bounds(self, size: int) -> tuple[int, int]:
        """Where the range begins and where it ends, without its end. An end alone counts from the object's."""
        assert self._range is not None
        start, end = self._range.get("start"), self._range.get("end")
        return (max(size - end, 0), size) if start is None else (start, size if end is None else end + 1)

    def _columns(self, file: Path, given: Json) -> tuple[list[str], int]:
        """The names of the columns, and how many lines the header takes."""
        header = given.get("header", "NONE")
        with open(file, encoding="utf-8", newline="") as stream:
            try:
                # `csv` needs a quote character of its own; one that no text has turns quoting off.
                reader = csv.reader(stream, delimiter=given.get("delimiter", ","), quotechar=given.get("quote", '"') or "\0")
                rows = [row for _, row in zip(range(1000), reader, strict=False)]
            except (csv.Error, UnicodeDecodeError, TypeError) as problem:
                raise Fault(Code.HIVE_BAD_DATA, f"Error parsing CSV: {problem}") from problem
        width = max((len(row) for row in rows), default=1)
        if width > COLUMNS:
            raise Fault(Code.RESOURCE_LIMIT, "The object has too many columns")
        positions = [f"_{number + 1}" for number in range(max(width, 1))]
        if header == "USE" and rows:
            names: list[str] = []
            for position, name in zip(positions, rows[0] + positions[len(rows[0]):], strict=True):
                names.append(name if name and name.lower() not in (each.lower() for each in names) else position)
            return names, 1
        return positions, 1 if header == "IGNORE" and rows else 0

    # The statement

    def _execute(self, connection: duckdb.DuckDBPyConnection, tree: exp.Select, path: list[str | None], file: Path, folder: Path,
                 missing: set[str]) -> int:
        if not missing:
            for setting in ("integer_division=true", "TimeZone='UTC'", "threads=2", "memory_limit='1024MB'",
                            f"temp_directory={literal(str(folder / 'spill'))}", f"max_temp_directory_size='{Limit.SPILL_MB}MB'",
                            "autoinstall_known_extensions=false", "autoload_known_extensions=false", "preserve_insertion_order=true",
                            f"allowed_paths=[{literal(str(file))}]", "enable_external_access=false", "lock_configuration=true"):
                connection.execute(f"SET {setting}")
            for macro in select_dates.MACROS:
                connection.execute(macro)
        table = self._table(connection, file)
        is_empty = file.stat().st_size == 0
        if is_empty:
            table = "SELECT NULL AS _1 WHERE false"
        for name in path:
            if name is not None:
                quoted = '"' + name.replace('"', '""') + '"'
                table = f"SELECT {quoted} AS step FROM ({table})"
                kind = connection.execute(f"DESCRIBE {table}").fetchall()[0][1]
                if kind.endswith("[]"):
                    table = f"SELECT unnest(step) AS step FROM ({table})"
                    kind = kind[:-2]
                table = f"SELECT unnest(step) FROM ({table})" if kind.startswith("STRUCT") else f"SELECT step AS _1 FROM ({table})"
        columns = connection.execute(f"DESCRIBE {table}").fetchall()
        names = [row[0] for row in columns]
        mixed = {row[0].lower() for row in columns if row[1] == "JSON"}
        extra = "".join(f', NULL AS "{name}"' for name in sorted(missing))
        connection.execute(f"CREATE OR REPLACE TEMP VIEW s3object AS SELECT *{extra} FROM ({table})")
        sql = translate(tree, names, is_text="csv" in self._input, hides=missing, mixed=mixed)
        connection.execute(sql)
        return write(connection, tree, self._output, self._result, self._check, keeps_null="json" not in self._input)


def _record(source: BinaryIO, delimiter: bytes) -> bytes:
    if delimiter in (b"\n", b"\r\n"):
        return source.readline(RECORD_BYTES + 2)
    found = io.BytesIO()
    tail = delimiter[-1:]
    while byte := source.read(1):
        found.write(byte)
        if byte == tail and found.getvalue().endswith(delimiter):
            break
        if found.tell() > RECORD_BYTES:
            raise Fault(Code.HIVE_BAD_DATA, "A record is too long")
    return found.getvalue()


def _place(problem: sqlglot.errors.SqlglotError) -> str:
    """Where a statement cannot be read. The parser's own words name its classes, which say nothing to a client."""
    errors = getattr(problem, "errors", None)
    if not errors:
        return "The statement cannot be read"
    first = errors[0]
    near = f" near '{first['highlight']}'" if first.get("highlight") else ""
    return f"Line {first.get('line')}, column {first.get('col')}{near}"


def parse(expression: str) -> tuple[exp.Select, list[str | None]]:
    """The statement with its table's name alone, and the path that the name carried."""
    found = _FROM.search(expression)
    if found is None and re.match(r"\s*SELECT\b(?!.*\bFROM\b)", expression, re.IGNORECASE | re.DOTALL):
        raise Fault(Code.TABLE_NOT_FOUND, "There is no FROM clause")
    if found is None:
        raise Fault(Code.SYNTAX_ERROR, "The FROM clause must name S3Object")
    steps = [each[0] or each[1] or None for each in _STEP.findall(found[1])]
    text = expression[: found.start(1)] + expression[found.end(1):]
    text = re.sub(r"\bIS\s+MISSING\b", "IS NULL", text, flags=re.IGNORECASE)
    text = re.sub(r"\bIS\s+NOT\s+MISSING\b", "IS NOT NULL", text, flags=re.IGNORECASE)
    try:
        trees = sqlglot.parse(select_dates.prepared(text), read="postgres")
    except sqlglot.errors.SqlglotError as problem:
        raise Fault(Code.SYNTAX_ERROR, _place(problem)) from problem
    if len(trees) != 1 or trees[0] is None:
        raise Fault(Code.SYNTAX_ERROR, "One statement is expected")
    tree = trees[0]
    if not isinstance(tree, exp.Select):
        raise Fault(Code.NOT_SUPPORTED, "Only SELECT is supported")
    for name in ("joins", "group", "having", "order", "with", "with_", "distinct", "offset", "windows", "qualify", "into"):
        if tree.args.get(name):
            raise Fault(Code.NOT_SUPPORTED, f"{name.upper().strip('_')} is not supported")
    if any(tree.find_all(exp.Subquery, exp.Window, exp.Union)) or len(list(tree.find_all(exp.Select))) != 1:
        raise Fault(Code.NOT_SUPPORTED, "Subqueries are not supported")
    tables = list(tree.find_all(exp.Table))
    if len(tables) != 1 or tables[0].name.lower() != "s3object" or tables[0].db:
        raise Fault(Code.SYNTAX_ERROR, "The FROM clause must name S3Object")
    return tree, steps


def translate(tree: exp.Select, names: list[str], is_text: bool, hides: set[str], mixed: set[str]) -> str:
    """DuckDB's SQL. CSV's fields are text, which counts as a number where it is put beside one.

    `mixed`: columns of JSON whose records are of several types. In an expression they are text as CSV's are.
    """
    tree = tree.copy()
    alias = next(tree.find_all(exp.Table)).alias_or_name.lower()
    whole = "_1" if [name.lower() for name in names] == ["_1"] else None
    for column in list(tree.find_all(exp.Column)):
        if not column.table and column.name.lower() == alias and alias not in (name.lower() for name in names) and whole:
            column.replace(exp.column(whole, table=alias))
    for bracket in tree.find_all(exp.Bracket):
        bracket.set("expressions", [_index(each) for each in bracket.expressions])
    select_dates.translate(tree)
    for cast in tree.find_all(exp.Cast):
        if cast.to.this in (exp.DataType.Type.FLOAT, exp.DataType.Type.UNKNOWN):
            cast.set("to", exp.DataType.build("DOUBLE"))
    if is_text or mixed:
        wanted = None if is_text else mixed
        for node in list(tree.find_all(*_COMPARISONS, exp.Between, exp.In)):
            operands = [node.this, *node.expressions, *(node.args.get(name) for name in ("expression", "low", "high"))]
            if any(_is_number(each) for each in operands if each is not None):
                _as_number(operands, wanted)
        for node in list(tree.find_all(*_ARITHMETIC)):
            _as_number([node.this, node.expression], wanted)
        for node in list(tree.find_all(exp.Sum, exp.Avg)):
            _as_number([node.this], wanted)
    if mixed:
        _as_text(tree, mixed)
    if hides:
        for star in list(tree.find_all(exp.Star)):
            if not isinstance(star.parent, exp.Count):
                star.set("except_", [exp.to_identifier(name) for name in sorted(hides)])
    return tree.sql(dialect="duckdb")


def _index(node: Any) -> Any:
    """S3 counts from nought; the parser takes it that the statement counts from one."""
    literal = node.this if isinstance(node, exp.Neg) else node
    if not isinstance(literal, exp.Literal) or literal.is_string:
        return node
    return exp.Literal.number((-1 if isinstance(node, exp.Neg) else 1) * int(literal.this) + 1)


def _is_number(node: Any) -> bool:
    if isinstance(node, exp.Neg):
        node = node.this
    return (isinstance(node, exp.Literal) and not node.is_string) or isinstance(node, _ARITHMETIC) or (
        isinstance(node, exp.Cast) and node.to.is_type(*exp.DataType.NUMERIC_TYPES))


def _as_text(tree: exp.Select, mixed: set[str]) -> None:
    """Columns of several types, but for those that are answered as they are."""
    for column in list(tree.find_all(exp.Column)):
        place = column.parent.parent if isinstance(column.parent, exp.Alias) else column.parent
        if isinstance(column.this, exp.Star) or column.name.lower() not in mixed or isinstance(place, exp.Select):
            continue
        column.replace(exp.Anonymous(this="json_extract_string", expressions=[column.copy(), exp.Literal.string("$")]))


def _as_number(nodes: list[Any], wanted: set[str] | None) -> None:
    """`wanted`: the columns it is for; None is all."""
    for node in nodes:
        while isinstance(node, exp.Paren):
            node = node.this
        if isinstance(node, exp.Column) and (wanted is None or node.name.lower() in wanted):
            node.replace(exp.TryCast(this=node.copy(), to=exp.DataType.build("DOUBLE")))
