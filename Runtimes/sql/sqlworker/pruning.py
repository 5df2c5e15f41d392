"""Which partitions a statement can need: what WHERE says of partition keys alone is asked before a file is fetched."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
from sqlglot import exp

from . import translate
from .macros import MACROS
from .projection import Chooser, projected
from .requests import Partition, QueryRequest, Table
from .types import hive_to_duckdb, literal, quoted

_NULL = "__HIVE_DEFAULT_PARTITION__"


def partitions(table: Table, trees: list[tuple[exp.Expression, str]], request: QueryRequest) -> tuple[Partition, ...]:
    """Those of the table's partitions, or of its projection, that the statement and its views (`trees`, each with its database) can need."""
    conditions = _conditions(table, trees)
    keys = [each.name for each in table.partition_keys]
    found = table.partitions
    if table.projection:
        own = {key: [each for each in conditions if {column.name.lower() for column in each.find_all(exp.Column)} == {key}] for key in keys}
        choose: dict[str, Chooser] = {
            key: lambda values, key=key: [row[0] for row in _kept(table, (key,), [(each,) for each in values], own[key], request)]
            for key in keys if own[key]}
        found = projected(table, request.now, choose, {key: fixed for key in keys if (fixed := _fixed(key, own[key]))})
        conditions = [each for each in conditions if not any(each in group for group in own.values())]
    if not conditions:
        return found
    kept = set(_kept(table, tuple(keys), [each.values for each in found], conditions, request))
    return tuple(each for each in found if each.values in kept)


def _conditions(table: Table, trees: list[tuple[exp.Expression, str]]) -> list[exp.Expression]:
    """The parts of the WHERE of a table that is named once, and not on the side of an outer join, that speak of its keys alone."""
    named = [
        node for tree, database in trees for node in translate.physical_tables(tree)
        if (name := translate.resolve(node, database)) and (name.database, name.name) == (table.database, table.name)
    ]
    if len(named) != 1 or not isinstance(named[0].parent, (exp.From, exp.Join)):
        return []
    select = named[0].parent.parent
    if not isinstance(select, exp.Select) or select.args.get("where") is None:
        return []
    joins = select.args.get("joins") or []
    if any(each.side for each in joins):
        return []
    keys, alias = {each.name for each in table.partition_keys}, named[0].alias_or_name.lower()
    where = select.args["where"].this
    parts = list(where.flatten()) if isinstance(where, exp.And) else [where]
    return [each for each in parts if _speaks_of(each, keys, alias, alone=not joins)]


def _speaks_of(condition: exp.Expression, keys: set[str], alias: str, alone: bool) -> bool:
    columns = list(condition.find_all(exp.Column))
    if not columns or condition.find(exp.Query, exp.AggFunc, exp.Window, exp.Rand, exp.Lambda):
        return False
    return all(each.name.lower() in keys and (each.table.lower() == alias if each.table else alone) for each in columns)


def _fixed(key: str, conditions: list[exp.Expression]) -> list[str] | None:
    """The values that a key must have one of."""
    for each in conditions:
        if isinstance(each, exp.EQ):
            sides = [each.this, each.expression]
            values = [side for side in sides if isinstance(side, exp.Literal)]
            if len(values) == 1:
                return [values[0].name]
        if isinstance(each, exp.In) and each.expressions and all(isinstance(value, exp.Literal) for value in each.expressions):
            return list(dict.fromkeys(value.name for value in each.expressions))
    return None


def _kept(table: Table, keys: tuple[str, ...], rows: Iterable[tuple[str, ...]], conditions: list[exp.Expression],
          request: QueryRequest) -> list[tuple[str, ...]]:
    """The rows that fulfil all conditions. One that fails keeps them all: the statement fails by itself, or does not."""
    given = list(rows)
    if not given or not conditions:
        return given
    kinds = {each.name: hive_to_duckdb(each.type) for each in table.partition_keys}
    tree = exp.select("tarn_place").from_(exp.to_table("tarn.partitions"))
    for each in conditions:
        copy = each.copy()
        for column in copy.find_all(exp.Column):
            column.set("table", None)
            column.set("this", exp.to_identifier(column.name.lower(), quoted=True))
        tree = tree.where(exp.Paren(this=copy), copy=False)
    connection = duckdb.connect(":memory:")
    try:
        for setting in ("integer_division=true", "TimeZone='UTC'", "enable_external_access=false"):
            connection.execute(f"SET {setting}")
        connection.execute(f"BEGIN; {'; '.join(MACROS)}; COMMIT")
        values = ", ".join(
            f"({place}, {', '.join('NULL' if value == _NULL else literal(value) for value in row)})" for place, row in enumerate(given))
        names = ", ".join(f"CAST(c{number} AS {kinds[key]}) AS {quoted(key)}" for number, key in enumerate(keys))
        columns = ", ".join(f"c{number}" for number in range(len(keys)))
        connection.execute("CREATE SCHEMA tarn")
        connection.execute(f"CREATE TABLE tarn.partitions AS SELECT tarn_place, {names} FROM (VALUES {values}) AS v(tarn_place, {columns})")
        places = connection.execute(translate.to_duckdb(tree, "tarn", request.now)).fetchall()
    except duckdb.Error:
        return given
    finally:
        connection.close()
    return [given[place] for (place,) in sorted(places)]
