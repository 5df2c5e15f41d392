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

from . import select_dates, select_json
from .faults import Code, Fault, from_duckdb, missing_column
from .interruption import Interruption
from .requests import Json, Limit, need
from .select_output import write, write_records
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


#: The steps of the path that the table's name carries: a name and whether it was quoted, or None for the elements of a list.
From = list[tuple[str, bool] | None]


class Select:
    """One request's life. `cancel` may be called from any thread."""

    def __init__(self, document: Json) -> None:
        self._expression = need(document, "expression", str)
        self._source = Path(need(document, "path", str))
        self._result = Path(need(document, "resultPath", str))
        self._input: Json = need(document, "input", dict)
        self._output: Json = need(document, "output", dict)
        self._range: Json | None = document.get("scanRange")
        self._headers: dict[str, str] = {}
        self._interruption = Interruption()

    def cancel(self) -> None:
        self._interruption.interrupt()

    def _check(self) -> None:
        if self._interruption.stopped.is_set():
            raise Fault(Code.CANCELLED, "The request was canceled")

    def run(self) -> Json:
        if len(self._expression.encode()) > EXPRESSION_BYTES:
            raise Fault(Code.RESOURCE_LIMIT, "The expression is too long")
        tree, path = parse(self._expression, is_json="json" in self._input)
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

    def _rows(self, connection: duckdb.DuckDBPyConnection, tree: exp.Select, path: From, file: Path, folder: Path) -> int:
        try:
            return self._execute(connection, tree, path, file, folder)
        except duckdb.Error as error:
            if (column := missing_column(error)) is not None:
                raise Fault(Code.COLUMN_NOT_FOUND, column) from error
            raise from_duckdb(error, str(folder) + "/") from error

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
        given = self._input["csv"]
        headers, skip = self._columns(file, given)
        names = _distinct(headers)
        self._headers = dict(zip(names, headers, strict=True))
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
            given_names = zip(positions, rows[0] + positions[len(rows[0]):], strict=True)
            return [name or position for position, name in given_names], 1
        return positions, 1 if header == "IGNORE" and rows else 0

    # The statement

    def _execute(self, connection: duckdb.DuckDBPyConnection, tree: exp.Select, path: From, file: Path, folder: Path) -> int:
        for setting in ("integer_division=true", "TimeZone='UTC'", "threads=2", "memory_limit='1024MB'",
                        f"temp_directory={literal(str(folder / 'spill'))}", f"max_temp_directory_size='{Limit.SPILL_MB}MB'",
                        "autoinstall_known_extensions=false", "autoload_known_extensions=false", "preserve_insertion_order=true",
                        f"allowed_paths=[{literal(str(file))}]", "enable_external_access=false", "lock_configuration=true"):
            connection.execute(f"SET {setting}")
        for macro in select_dates.MACROS:
            connection.execute(macro)
        if "json" in self._input:
            layout = "newline_delimited" if self._input["json"].get("type") == "LINES" else "unstructured"
            alias = next(tree.find_all(exp.Table)).alias or next((step[0] for step in path[-1:] if step), "s3object")
            records = select_json.JSONRecords(connection, file, layout, path, RECORD_BYTES)
            bound, answered = records.bind(_plainly(tree), alias)
            connection.execute(translate(bound, is_text=False, mixed=records.mixed))
            return write_records(connection, answered, self._output, self._result, self._check)
        table = self._table(connection, file) if file.stat().st_size > 0 else "SELECT NULL AS _1 WHERE false"
        names = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
        connection.execute(f"CREATE TEMP VIEW s3object AS {table}")
        tree = _plainly(tree)
        _name_columns(tree, {name: self._headers.get(name, name) for name in names})
        select_json.missing(tree, lambda node: exp.Is(this=node, expression=exp.Null()))
        connection.execute(translate(tree, is_text="csv" in self._input, mixed=set()))
        return write(connection, tree, self._headers, self._output, self._result, self._check)


def _distinct(headers: list[str]) -> list[str]:
    """Names that differ in more than their case, for the database does not tell others apart."""
    names: list[str] = []
    for place, header in enumerate(headers, 1):
        taken = {each.lower() for each in names}
        name = header
        while name.lower() in taken:
            name += f" {place}"
        names.append(name)
    return names


def _name_columns(tree: exp.Select, headers: dict[str, str]) -> None:
    """Columns under the names that the database has for them. A name in quotes means the header that is spelt so.

    `headers`: the object's own names by the database's.
    """
    alias = next(tree.find_all(exp.Table)).alias_or_name.lower()
    for column in list(tree.find_all(exp.Column)):
        parts = [part for part in (column.args.get(key) for key in ("catalog", "db", "table", "this")) if part is not None]
        if len(parts) > 1 and parts[0].name.lower() == alias:
            del parts[0]
        first = parts[0]
        if isinstance(first, exp.Star):
            continue
        is_quoted = bool(first.args.get("quoted"))
        found = [name for name, header in headers.items() if header == first.name] or [
            name for name, header in headers.items() if not is_quoted and header.lower() == first.name.lower()]
        if found:
            first.replace(exp.to_identifier(found[0], quoted=True))
        elif not is_quoted and first.name.lower() == alias and list(headers) == ["_1"]:
            column.replace(exp.column(exp.to_identifier("_1", quoted=True)))
        else:
            raise Fault(Code.COLUMN_NOT_FOUND, first.name)


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


def parse(expression: str, is_json: bool = False) -> tuple[exp.Select, From]:
    """The statement with its table's name alone, and the path that the name carried."""
    found = _FROM.search(expression)
    if found is None and re.match(r"\s*SELECT\b(?!.*\bFROM\b)", expression, re.IGNORECASE | re.DOTALL):
        raise Fault(Code.TABLE_NOT_FOUND, "There is no FROM clause")
    if found is None:
        raise Fault(Code.SYNTAX_ERROR, "The FROM clause must name S3Object")
    steps: From = [(each[0] or each[1], bool(each[0])) if each[0] or each[1] else None for each in _STEP.findall(found[1])]
    if any(steps) and not is_json:
        raise Fault(Code.NOT_SUPPORTED, "Only JSON has paths in the FROM clause")
    text = expression[: found.start(1)] + expression[found.end(1):]
    try:
        trees = sqlglot.parse(select_json.prepared(select_dates.prepared(text)), read="postgres")
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


def translate(tree: exp.Select, is_text: bool, mixed: set[str]) -> str:
    """DuckDB's SQL. CSV's fields are text, which counts as a number where it is put beside one.

    `mixed`: columns of JSON whose records are of several types. In an expression they are text as CSV's are.
    """
    tree = tree.copy()
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
    return tree.sql(dialect="duckdb")


def _plainly(tree: exp.Select) -> exp.Select:
    """The statement with DuckDB's functions of dates, and with elements that count from nought."""
    tree = tree.copy()
    select_dates.translate(tree)
    for bracket in tree.find_all(exp.Bracket):
        bracket.set("expressions", [_index(each) for each in bracket.expressions])
    return tree


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
