"""Small makers of sqlglot's nodes, shared by the modules that rewrite functions."""

from __future__ import annotations

import itertools

from sqlglot import exp

from .faults import Code, Fault

_NAMES = itertools.count()


def call(name: str, *arguments: exp.Expression | str | int) -> exp.Anonymous:
    """A call of a function of DuckDB. Texts and numbers become literals."""
    return exp.Anonymous(this=name, expressions=[literal(each) for each in arguments])


def literal(value: exp.Expression | str | int) -> exp.Expression:
    if isinstance(value, exp.Expression):
        return value.copy() if value.parent is not None else value
    return exp.Literal.string(value) if isinstance(value, str) else exp.Literal.number(value)


def is_text(node: exp.Expression | None) -> bool:
    return isinstance(node, exp.Literal) and node.is_string


def like_type_of(node: exp.Expression, example: exp.Expression) -> exp.Expression:
    """`node` as the type that `example` has. The example is bound, not run."""
    return call("cast_to_type", node, example)


def unsupported(what: str) -> Fault:
    return Fault(Code.NOT_SUPPORTED, f"Not supported: {what}")


def fresh_name() -> str:
    return f"tarn_{next(_NAMES)}"


def function(parameters: list[str], body: exp.Expression) -> exp.Lambda:
    return exp.Lambda(this=body, expressions=[exp.to_identifier(each) for each in parameters])


def with_parameters(node: exp.Expression, values: list[exp.Expression]) -> exp.Expression:
    """A lambda's body with values in the places of its parameters."""
    if not isinstance(node, exp.Lambda) or len(node.expressions) != len(values):
        raise Fault(Code.INVALID_PARAMETER_USAGE, f"Not a function of {len(values)} parameters: {node.sql(dialect='trino')}")
    places = {parameter.name.lower(): value for parameter, value in zip(node.expressions, values, strict=True)}
    body = exp.Paren(this=node.this.copy())
    for each in list(body.walk()):
        if isinstance(each, exp.Identifier) and each.name.lower() in places and _is_parameter(each):
            target = each.parent if isinstance(each.parent, exp.Column) else each
            target.replace(places[each.name.lower()].copy())
    return body


def _is_parameter(name: exp.Identifier) -> bool:
    """Whether a name stands for a value: not a field's, an alias's or an inner function's."""
    parent = name.parent
    if isinstance(parent, exp.Column):
        return name.arg_key == "this" and not parent.args.get("table")
    if isinstance(parent, exp.Dot):
        return name.arg_key == "this"
    if isinstance(parent, exp.Lambda):
        return name.arg_key == "this"
    return not isinstance(parent, (exp.Alias, exp.DataType, exp.ColumnDef, exp.PropertyEQ))


#: What gathers rows and is no class of sqlglot's.
_AGGREGATES = ("list", "bool_and", "map_agg", "map_union", "multimap_agg", "histogram", "tarn_entropy")


def is_untyped(node: exp.Expression) -> bool:
    """Whether aggregates, or columns of an outer query, are in it. DuckDB does not know their types yet when it chooses between a macro's
    forms, and would take the first."""
    if node.find(exp.AggFunc) or any(each.name.lower() in _AGGREGATES for each in node.find_all(exp.Anonymous)):
        return True
    columns = list(node.find_all(exp.Column))
    place = node.find_ancestor(exp.Unnest, exp.Select)
    if not columns or not isinstance(place, exp.Select):
        return bool(columns)
    start = place.args.get("from_")
    sources = {each.this.alias_or_name.lower() for each in [start, *(place.args.get("joins") or [])] if each is not None}
    return any(column.table.lower() not in sources if column.table else not sources for column in columns)
