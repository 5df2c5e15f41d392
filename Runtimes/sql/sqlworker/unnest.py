"""UNNEST as a subquery, where DuckDB's table function can't: several arrays, maps, rows, and their numbers."""

from __future__ import annotations

from sqlglot import exp

from .tree import call, is_untyped

_MAPS = ("map", "map_from_entries", "map_agg", "map_union", "multimap_agg", "histogram", "split_to_map", "multimap_from_entries", "map_concat")

#: The mark of a column that is a map in the catalog.
MAP_COLUMN = "tarn_map_column"


def mark_map_columns(tree: exp.Expression, names: frozenset[str]) -> None:
    for each in tree.find_all(exp.Column):
        if each.name.lower() in names:
            each.meta[MAP_COLUMN] = True


def unnest(node: exp.Unnest) -> exp.Expression:
    alias, ordinal = node.args.get("alias"), node.args.get("offset")
    sources = node.expressions
    names = list(alias.args.get("columns") or []) if alias is not None else []
    wide = len(sources) == 1 and (len(names) > 1 or is_map(sources[0]))
    if len(sources) == 1 and not ordinal and not wide:
        return node
    columns = [_wide(sources[0])] if wide else [call("unnest", each) for each in sources]
    if ordinal:
        if isinstance(ordinal, exp.Identifier):
            names.append(ordinal)
        longest = [call("len", _entries(each)) for each in sources]
        count = exp.Greatest(this=longest[0], expressions=longest[1:]) if len(longest) > 1 else longest[0]
        columns.append(call("unnest", call("range", 1, exp.Add(this=count, expression=exp.Literal.number(1)))))
    query = exp.Select(expressions=columns)
    named = exp.TableAlias(this=alias.this.copy() if alias is not None and alias.this is not None else exp.to_identifier("tarn_unnest"),
                           columns=[each.copy() for each in names])
    return exp.Subquery(this=query, alias=named)


def is_map(node: exp.Expression) -> bool:
    """By its syntax, or by the catalog's type of a column."""
    return isinstance(node, (exp.Map, exp.VarMap)) or bool(node.meta.get(MAP_COLUMN)) or (
        isinstance(node, exp.Anonymous) and node.name.lower() in _MAPS)


def _entries(node: exp.Expression) -> exp.Expression:
    if is_map(node):
        return call("map_entries", node)
    return node.copy() if is_untyped(node) else call("tarn_rows", node, node.copy())


def _wide(node: exp.Expression) -> exp.Expression:
    depth = exp.PropertyEQ(this=exp.to_identifier("max_depth"), expression=exp.Literal.number(2))
    return call("unnest", _entries(node), depth)
