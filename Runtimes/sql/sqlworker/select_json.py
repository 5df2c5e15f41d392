"""S3 Select's JSON: records that need not be alike.

A record stays the text that it is. Each path of the statement becomes a column of the view `s3object`: what is answered
is the text itself, so that 1 stays 1 beside another record's 2.5; what is reckoned with has the type that all records
agree on. A member that is null is there and one that is missing is not
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-select.html).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from .faults import Code, Fault
from .types import literal

#: A step of a path: a name and whether it was quoted, or the number of an element.
Step = tuple[str, bool] | int

_MISSING = "TARN_MISSING"
_IS_MISSING = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\bIS\s+(NOT\s+)?MISSING\b", re.IGNORECASE)
_TYPES = {"UBIGINT": "HUGEINT", "BIGINT": "HUGEINT", "DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN", "VARCHAR": "VARCHAR",
          "NULL": "VARCHAR"}


def prepared(expression: str) -> str:
    """The statement with comparisons in the place of IS MISSING, which no other dialect has."""
    def word(found: re.Match[str]) -> str:
        if found[0][0] in "'\"":
            return found[0]
        return f"{'<>' if found[1] else '='} {_MISSING}()"

    return _IS_MISSING.sub(word, expression)


def missing(tree: exp.Expression, test: Callable[[exp.Expression], exp.Expression]) -> None:
    """Puts what `test` makes of an operand in the place of its comparison with what is missing."""
    for node in list(tree.find_all(exp.EQ, exp.NEQ)):
        other = node.expression
        if isinstance(other, exp.Anonymous) and str(other.this).upper() == _MISSING:
            found = test(node.this.copy())
            node.replace(found if isinstance(node, exp.EQ) else exp.Not(this=found))


class JSONRecords:
    """The records of a file under the path that the FROM clause carries, and the statement over them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: Path, layout: str, steps: list[tuple[str, bool] | None],
                 record_bytes: int) -> None:
        self._connection = connection
        self._columns: dict[str, str] = {}
        self.mixed: set[str] = set()
        self._table = "SELECT NULL::JSON AS record WHERE false"
        self._structure: Any = None
        if file.stat().st_size > 0:
            self._table = (f"SELECT json AS record FROM read_json_objects({literal(str(file))}, format='{layout}', "
                           f"maximum_object_size={record_bytes})")
            row = connection.execute(f"SELECT json_group_structure(record) FROM ({self._table})").fetchone()
            self._structure = json.loads(row[0]) if row and row[0] else None
        # The first [*] is the records themselves.
        for step in steps[1:] if steps[:1] == [None] else steps:
            if step is None:
                self._table = ("SELECT unnest(CASE json_type(record) WHEN 'ARRAY' THEN CAST(record AS JSON[]) ELSE [record] END) "
                               f"AS record FROM ({self._table})")
                self._structure = self._structure[0] if isinstance(self._structure, list) and self._structure else None
            else:
                pointers, self._structure = self._resolve([step])
                self._table = f"SELECT {_any_of('json_extract', pointers)} AS record FROM ({self._table})"

    def bind(self, tree: exp.Select, alias: str) -> tuple[exp.Select, list[str] | None]:
        """The statement with columns of the view `s3object`, which is made, in the place of paths; and what the columns of its
        answer are called. None for these where the records are answered whole.
        """
        tree = tree.copy()
        is_whole = any(isinstance(each, exp.Star) or (isinstance(each, exp.Column) and isinstance(each.this, exp.Star))
                       for each in tree.expressions)
        names = None if is_whole else [_name(each, place) for place, each in enumerate(tree.expressions, 1)]
        missing(tree, lambda node: self._is_missing(node, alias))
        if is_whole:
            tree.set("expressions", [self._column("json(record)")])
        for node in _paths(tree):
            steps = _steps(node, alias)
            place = node.parent.parent if isinstance(node.parent, exp.Alias) else node.parent
            node.replace(self._answered(steps) if isinstance(place, exp.Select) else self._typed(steps))
        next(tree.find_all(exp.Table)).replace(exp.to_table("s3object"))
        listed = ", ".join(f'{sql} AS "{name}"' for sql, name in self._columns.items())
        self._connection.execute(
            f"CREATE OR REPLACE TEMP VIEW s3object AS SELECT {listed + ', ' if listed else ''}0 AS nothing FROM ({self._table})")
        return tree, names

    def _column(self, sql: str) -> exp.Column:
        return exp.column(exp.to_identifier(self._columns.setdefault(sql, f"tarn {len(self._columns)}"), quoted=True))

    def _answered(self, steps: list[Step]) -> exp.Column:
        return self._column(_any_of("json_extract", self._resolve(steps)[0]))

    def _typed(self, steps: list[Step]) -> exp.Column:
        pointers, structure = self._resolve(steps)
        kind = _TYPES.get(structure) if isinstance(structure, str) else None
        if kind is None:
            column = self._column(_any_of("json_extract", pointers))
            self.mixed.add(column.name.lower())
            return column
        return self._column(f"TRY_CAST({_any_of('json_extract_string', pointers)} AS {kind})")

    def _is_missing(self, node: exp.Expression, alias: str) -> exp.Expression:
        if not isinstance(node, exp.Column | exp.Dot | exp.Bracket):
            return exp.Is(this=node, expression=exp.Null())
        return self._column(f"{_any_of('json_extract', self._resolve(_steps(node, alias))[0])} IS NULL")

    def _resolve(self, steps: list[Step]) -> tuple[list[str], Any]:
        """Pointers to what a path may mean, for a name without quotes means members in any case; and what is there."""
        found: list[tuple[str, Any]] = [("", self._structure)]
        for step in steps:
            following: list[tuple[str, Any]] = []
            for pointer, structure in found:
                if isinstance(step, int):
                    following.append((f"{pointer}/{step}", structure[0] if isinstance(structure, list) and structure else None))
                    continue
                name, is_quoted = step
                members = structure if isinstance(structure, dict) else {}
                keys = [key for key in members if key == name or (not is_quoted and key.lower() == name.lower())]
                keys.sort(key=lambda key: key != name)
                following += [(f"{pointer}/{_escaped(key)}", members.get(key)) for key in keys or [name]]
            found = following
        structures = [structure for _, structure in found]
        same = all(each == structures[0] for each in structures)
        return [pointer for pointer, _ in found], structures[0] if same else None


def _any_of(function: str, pointers: list[str]) -> str:
    """The first of several places that there is. The record itself is no place in it."""
    calls = [f"{function}(record, {literal(pointer)})" if pointer else _whole(function) for pointer in pointers]
    return calls[0] if len(calls) == 1 else f"coalesce({', '.join(calls)})"


def _whole(function: str) -> str:
    return "json(record)" if function == "json_extract" else "json_extract_string(record, '$')"


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _paths(tree: exp.Expression) -> list[exp.Expression]:
    """Columns with all that leads on from them, the outermost node of each."""
    found = []
    for column in list(tree.find_all(exp.Column)):
        if isinstance(column.this, exp.Star) or column.name.startswith("tarn "):
            continue
        node: exp.Expression = column
        while isinstance(node.parent, exp.Dot | exp.Bracket) and node.arg_key == "this":
            node = node.parent
        found.append(node)
    return found


def _steps(node: exp.Expression, alias: str) -> list[Step]:
    steps: list[Step] = []
    while not isinstance(node, exp.Column):
        if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
            steps.append((node.expression.name, bool(node.expression.args.get("quoted"))))
        elif isinstance(node, exp.Bracket) and len(node.expressions) == 1 and _is_place(node.expressions[0]):
            steps.append(int(node.expressions[0].this))
        else:
            raise Fault(Code.NOT_SUPPORTED, "A path is names and numbers of elements")
        node = node.this
    parts = [part for part in (node.args.get(key) for key in ("this", "table", "db", "catalog")) if part is not None]
    steps += [(part.name, bool(part.args.get("quoted"))) for part in parts]
    steps.reverse()
    first = steps[0]
    return steps[1:] if isinstance(first, tuple) and first[0].lower() == alias.lower() else steps


def _is_place(node: exp.Expression) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string


def _name(column: exp.Expression, place: int) -> str:
    return column.alias if isinstance(column, exp.Alias) else (
        column.name if isinstance(column, exp.Column | exp.Dot) else f"_{place}")
