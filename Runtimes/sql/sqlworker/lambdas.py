"""Trino's functions that take functions. DuckDB's macros can't take any, so their bodies are put in place here."""

from __future__ import annotations

from sqlglot import exp

from .tree import call, fresh_name, function, with_parameters

Arguments = list[exp.Expression]


def _field(name: str, place: int) -> exp.Expression:
    return call("struct_extract_at", exp.column(name), place)


def any_match(arguments: Arguments) -> exp.Expression:
    return exp.GT(this=call("len", call("list_filter", *arguments)), expression=exp.Literal.number(0))


def none_match(arguments: Arguments) -> exp.Expression:
    return exp.EQ(this=call("len", call("list_filter", *arguments)), expression=exp.Literal.number(0))


def all_match(arguments: Arguments) -> exp.Expression:
    name = fresh_name()
    condition = exp.Not(this=with_parameters(arguments[1], [exp.column(name)]))
    return none_match([arguments[0], function([name], condition)])


def zip_with(arguments: Arguments) -> exp.Expression:
    pair = fresh_name()
    body = with_parameters(arguments[2], [_field(pair, 1), _field(pair, 2)])
    return call("list_transform", call("list_zip", arguments[0], arguments[1]), function([pair], body))


def map_filter(arguments: Arguments) -> exp.Expression:
    entry = fresh_name()
    body = with_parameters(arguments[1], [_field(entry, 1), _field(entry, 2)])
    return call("map_from_entries", call("list_filter", call("map_entries", arguments[0]), function([entry], body)))


def transform_values(arguments: Arguments) -> exp.Expression:
    entry = fresh_name()
    value = with_parameters(arguments[1], [_field(entry, 1), _field(entry, 2)])
    return _entries(arguments[0], entry, call("row", _field(entry, 1), value))


def transform_keys(arguments: Arguments) -> exp.Expression:
    entry = fresh_name()
    key = with_parameters(arguments[1], [_field(entry, 1), _field(entry, 2)])
    return _entries(arguments[0], entry, call("row", key, _field(entry, 2)))


def _entries(source: exp.Expression, entry: str, row: exp.Expression) -> exp.Expression:
    return call("map_from_entries", call("list_transform", call("map_entries", source), function([entry], row)))


def map_zip_with(arguments: Arguments) -> exp.Expression:
    """Over the keys of both; a key that one of them lacks has NULL there."""
    key = fresh_name()
    held = [call("map_extract_value", each, exp.column(key)) for each in arguments[:2]]
    row = call("row", exp.column(key), with_parameters(arguments[2], [exp.column(key), *held]))
    keys = call("tarn_distinct", call("list_concat", *(call("map_keys", each) for each in arguments[:2])))
    return call("map_from_entries", call("list_transform", keys, function([key], row)))


def array_sort(arguments: Arguments) -> exp.Expression:
    """By a comparator: each element is put behind those that are not greater."""
    one, sorted_, element = fresh_name(), fresh_name(), fresh_name()
    other = exp.Bracket(this=exp.column(element), expressions=[exp.Literal.number(0)])

    def part(comparison: type[exp.Binary]) -> exp.Expression:
        name = fresh_name()
        order = with_parameters(arguments[1], [exp.column(name), other])
        return call("list_filter", exp.column(sorted_), function([name], comparison(this=order, expression=exp.Literal.number(0))))

    inserted = call("list_concat", call("list_concat", part(exp.LTE), exp.column(element)), part(exp.GT))
    wrapped = call("list_transform", arguments[0], function([one], exp.Array(expressions=[exp.column(one)])))
    return call("list_reduce", wrapped, function([sorted_, element], inserted), exp.Array(expressions=[]))


def reduce(source: exp.Expression, initial: exp.Expression, merge: exp.Expression, finish: exp.Expression | None) -> exp.Expression:
    reduced = call("list_reduce", source, merge, initial)
    return with_parameters(finish, [reduced]) if finish is not None else reduced


def reduce_agg(arguments: Arguments) -> exp.Expression:
    value = arguments[0]
    gathered = exp.Filter(
        this=call("list", value), expression=exp.Where(this=exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))))
    return reduce(gathered, arguments[1], arguments[2], None)


LAMBDAS = {
    "any_match": any_match, "none_match": none_match, "all_match": all_match, "zip_with": zip_with, "map_filter": map_filter,
    "transform_values": transform_values, "transform_keys": transform_keys, "map_zip_with": map_zip_with, "reduce_agg": reduce_agg,
}
