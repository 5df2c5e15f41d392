"""From Athena's SQL to DuckDB's: parse, find the tables, and put right what a plain transpile gets wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.tokens import TokenType

from .faults import Code, Fault
from .functions import rewrite
from .information import IN_DUCKDB, SCHEMA
from .unnest import mark_map_columns
from .views import PATH_COLUMN

DEFAULT_CATALOG = "awsdatacatalog"
UNNAMED = "__tarn_unnamed_"


@dataclass(frozen=True)
class TableName:
    database: str
    name: str
    line: int
    column: int


def position(node: exp.Expression) -> tuple[int, int]:
    """Line and column (both from 1) of a node, from its first token that has one."""
    for each in node.walk():
        if "line" in each.meta:
            # sqlglot's col is the token's last character.
            length = each.meta["end"] - each.meta["start"] + 1
            return each.meta["line"], max(1, each.meta["col"] - length + 1)
    return 1, 1


def parse_one(sql: str) -> exp.Expression:
    try:
        statements = [each for each in sqlglot.parse(sql, read="athena") if each is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        token = first.get("highlight") or "<EOF>"
        line, column = first.get("line") or 1, max(1, (first.get("col") or 1) - len(token) + 1)
        raise Fault(Code.SYNTAX_ERROR, f"line {line}:{column}: mismatched input '{token}'") from error
    except TokenError as error:
        raise Fault(Code.SYNTAX_ERROR, f"line 1:1: {error}") from error
    if len(statements) != 1:
        raise Fault(Code.SYNTAX_ERROR, "Only one sql statement is allowed" if statements else "line 1:1: mismatched input '<EOF>'")
    return statements[0]


def query_of(tree: exp.Expression) -> exp.Query | None:
    """The query that a statement is, or writes the rows of; None if there is none."""
    inner = tree.expression if isinstance(tree, (exp.Insert, exp.Create)) else tree
    if isinstance(inner, exp.Values):
        # A statement of its own in Trino, a table in sqlglot.
        inner.pop()
        inner.set("alias", exp.TableAlias(this=exp.to_identifier("tarn_values")))
        return exp.select("*").from_(inner)
    return inner if isinstance(inner, exp.Query) else None


def physical_tables(tree: exp.Expression) -> list[exp.Table]:
    """Tables of the catalog: no WITH names, no table functions."""
    found: dict[int, exp.Table] = {}
    for scope in traverse_scope(tree):
        for table in scope.tables:
            is_cte = not table.db and table.name in scope.cte_sources
            if isinstance(table.this, exp.Identifier) and not is_cte:
                found[id(table)] = table
    return list(found.values())


def resolve(table: exp.Table, database: str) -> TableName:
    first = table.args.get("catalog") or table.args.get("db") or table
    return TableName((table.db or database).lower(), table.name.lower(), *position(first))


def missing_database(name: TableName) -> Fault:
    return Fault(Code.SCHEMA_NOT_FOUND, f"line {name.line}:{name.column}: Schema '{name.database}' does not exist")


def missing_table(name: TableName) -> Fault:
    return Fault(
        Code.TABLE_NOT_FOUND,
        f"line {name.line}:{name.column}: Table '{DEFAULT_CATALOG}.{name.database}.{name.name}' does not exist",
    )


def column_fault(tree: exp.Expression, name: str) -> Fault:
    line, column = 1, 1
    for each in tree.find_all(exp.Column):
        if each.name.lower() == name.lower():
            line, column = position(each)
            break
    return Fault(
        Code.COLUMN_NOT_FOUND,
        f"line {line}:{column}: Column '{name}' cannot be resolved or requester is not authorized to access requested resources",
    )


_FUNCTION = re.compile(r"Function '([^']+)' not registered|for function (\w+)$")


def with_place(fault: Fault, tree: exp.Expression) -> Fault:
    """The place of a function that is not there, or not for these arguments, before the message."""
    found = _FUNCTION.search(fault.message) if fault.code == Code.FUNCTION_NOT_FOUND else None
    name = next((each.lower() for each in found.groups() if each), "") if found else ""
    for each in tree.find_all(exp.Func):
        names = [each.name] if isinstance(each, exp.Anonymous) else each.sql_names()
        if name in map(str.lower, names) and "line" in each.meta:
            line, column = position(each)
            return Fault(fault.code, f"line {line}:{column}: {fault.message}")
    return fault


def bind(sql: str, parameters: tuple[str, ...]) -> str:
    """Puts values in the places of the question marks, in their order. Each value is the text of a literal or an expression of such."""
    try:
        marks = [each for each in sqlglot.tokenize(sql, read="athena") if each.token_type == TokenType.PLACEHOLDER]
    except TokenError:
        return sql  # parsing says what is wrong with it
    if len(marks) != len(parameters):
        raise Fault(Code.INVALID_PARAMETER_USAGE, f"Incorrect number of parameters: expected {len(marks)} but found {len(parameters)}")
    for mark, text in reversed(list(zip(marks, parameters, strict=True))):
        given = value(text)
        written = given.sql(dialect="athena")
        sql = f"{sql[: mark.start]} {written if isinstance(given, exp.Literal) else f'({written})'} {sql[mark.end + 1 :]}"
    return sql


def value(text: str) -> exp.Expression:
    """A parameter's expression. It reads nothing: neither columns nor tables."""
    query = parse_one(f"SELECT {text}")
    expressions = query.expressions if isinstance(query, exp.Select) else []
    is_plain = len(expressions) == 1 and not any(
        query.args.get(clause) for clause in ("from", "from_", "where", "group", "having", "order", "limit", "joins", "distinct", "with", "with_")
    )
    if not is_plain or isinstance(expressions[0], exp.Alias) or expressions[0].find(exp.Column, exp.Query, exp.Placeholder, exp.Star):
        raise Fault(Code.INVALID_PARAMETER_USAGE, f"Not a value for a parameter: {text}")
    return expressions[0]


def uses_path(tree: exp.Expression) -> bool:
    return any(each.name == PATH_COLUMN for each in tree.find_all(exp.Column))


def to_duckdb(tree: exp.Expression, database: str, now: str | None = None, map_columns: frozenset[str] = frozenset()) -> str:
    """`tree` is changed in place; positions are read before this is called. `now` (ISO 8601, UTC) is the statement's present.
    `map_columns` are the names of the tables' columns that are maps."""
    for table in physical_tables(tree):
        name = resolve(table, database)
        table.set("this", exp.to_identifier(name.name, quoted=True))
        schema = IN_DUCKDB if name.database == SCHEMA else name.database
        table.set("db", exp.to_identifier(schema, quoted=True))
        table.set("catalog", None)
    _hide_path(tree)
    _name_place(tree, database)
    _name_columns(tree)
    _widen_times(tree)
    mark_map_columns(tree, map_columns)
    rewritten = rewrite(tree)
    if now is not None:
        rewritten = rewritten.transform(_presents(now))
    return rewritten.sql(dialect="duckdb")


def _name_place(tree: exp.Expression, database: str) -> None:
    """current_catalog and current_schema are Athena's, not the engine's."""
    names = {"current_catalog": DEFAULT_CATALOG, "current_schema": database}
    for each in list(tree.find_all(exp.CurrentCatalog, exp.CurrentSchema, exp.Column)):
        is_column = isinstance(each, exp.Column)
        if not is_column or not each.table and not each.this.args.get("quoted") and each.name.lower() in names:
            key = each.name.lower() if is_column else "current_catalog" if isinstance(each, exp.CurrentCatalog) else "current_schema"
            each.replace(exp.Literal.string(names[key]))


def _widen_times(tree: exp.Expression) -> None:
    """Times of a precision are a type of their own in DuckDB, which compares with few others: they are cut, and widened again."""
    for each in reversed(list(tree.find_all(exp.Cast))):
        kind = each.args.get("to")
        if isinstance(kind, exp.DataType) and kind.this in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ) and kind.expressions:
            each.replace(exp.Cast(this=each.copy(), to=exp.DataType.build("timestamp")))


def _presents(now: str) -> Callable[[exp.Expression], exp.Expression]:
    """What the clock says is asked of the platform, not of this machine."""
    moment = exp.Literal.string(now)

    def present(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.CurrentTimestamp):
            return exp.cast(moment.copy(), "timestamptz")
        if isinstance(node, exp.Localtimestamp):
            return exp.cast(exp.Literal.string(now.removesuffix("Z").removesuffix("+00:00")), "timestamp")
        if isinstance(node, (exp.CurrentTime, exp.Localtime)):
            return exp.cast(exp.Literal.string(now[11:23]), "time")
        if isinstance(node, exp.CurrentDate):
            return exp.cast(exp.Literal.string(now[:10]), "date")
        return node

    return present


def _hide_path(tree: exp.Expression) -> None:
    """The "$path" column of the views is only seen when it is asked for."""
    if not uses_path(tree):
        return
    for star in list(tree.find_all(exp.Star)):
        if isinstance(star.parent, (exp.Select, exp.Column)) and not star.args.get("except_"):
            star.set("except_", [exp.column(PATH_COLUMN, quoted=True)])


def _name_columns(tree: exp.Expression) -> None:
    """Results without a name are called _colN in Athena; N is only known once a * is spread out (results.py)."""
    query = tree
    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    if isinstance(query, exp.Select):
        for number, each in enumerate(query.expressions):
            if not isinstance(each, (exp.Alias, exp.Column, exp.Star, exp.Dot)) or (isinstance(each, exp.Dot) and not each.is_star):
                query.expressions[number].replace(exp.alias_(each.copy(), f"{UNNAMED}{number}", quoted=True))


def untyped_columns(query: exp.Query) -> frozenset[int]:
    """Places of columns that are NULL and nothing else: DuckDB takes them for integers."""
    if not isinstance(query, exp.Select):
        return frozenset()
    start = query.args.get("from_")
    values = start.this if start is not None and query.is_star else None
    rows = [each.expressions for each in values.expressions if isinstance(each, exp.Tuple)] if isinstance(values, exp.Values) else [query.expressions]
    return frozenset(place for place in range(min(map(len, rows), default=0)) if all(isinstance(row[place].unalias(), exp.Null) for row in rows))


def zones_of(query: exp.Query) -> dict[int, str]:
    """The zones of columns that are times in a zone, by their places."""
    zones: dict[int, str] = {}
    for place, each in enumerate(query.expressions if isinstance(query, exp.Select) else []):
        if each.is_star:
            break  # what is behind it has no known place
        value = each.unalias()
        zone = value.args.get("zone") if isinstance(value, (exp.AtTimeZone, exp.UnixToTime)) else None
        if isinstance(value, exp.Anonymous) and value.name.lower() in ("at_timezone", "with_timezone") and len(value.expressions) == 2:
            zone = value.expressions[1]
        if isinstance(zone, exp.Literal) and zone.is_string:
            zones[place] = zone.name
    return zones


def output_name(name: str, index: int) -> str:
    return f"_col{index}" if name.startswith(UNNAMED) else name.lower()
