"""Trino's functions and operators as DuckDB's: one small maker for each node of the tree, found by its class or its function's name.

Only what means something else in DuckDB, or is missing there, is here. macros.py holds what is called.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.expressions import apply_index_offset

from .casts import cast
from .faults import Code, Fault
from .format import format_call
from .lambdas import LAMBDAS, array_sort, reduce
from .patterns import joda_in_duckdb
from .times import TIMES, in_zone
from .tree import call, is_untyped, is_text, like_type_of, unsupported
from .unnest import is_map, unnest

#: A function of Trino's -> the macro that means it, where DuckDB has the name for something else or not at all.
NAMES = {
    "millisecond": "tarn_millisecond", "url_encode": "tarn_url_encode", "url_decode": "tarn_url_decode", "every": "bool_and",
    "bit_count": "tarn_bit_count", "json_array_contains": "tarn_json_array_contains", "map_entries": "tarn_map_entries", "zip": "list_zip",
    "to_base": "tarn_to_base", "to_milliseconds": "tarn_to_milliseconds", "entropy": "tarn_entropy",
}
#: Nodes whose arguments become a macro's, in their order.
CALLS: dict[type[exp.Expression], tuple[str, tuple[str, ...]]] = {
    exp.Mod: ("tarn_modulo", ("this", "expression")),
    exp.Substring: ("tarn_substr", ("this", "start", "length")),
    exp.Length: ("tarn_length", ("this",)),
    exp.SplitPart: ("tarn_split_part", ("this", "delimiter", "part_index")),
    exp.RegexpExtract: ("tarn_regexp_extract", ("this", "expression", "group")),
    exp.ArraySlice: ("tarn_slice", ("this", "start", "end")),
    exp.ArrayMax: ("tarn_array_max", ("this",)),
    exp.ArrayMin: ("tarn_array_min", ("this",)),
    exp.ArrayPosition: ("tarn_array_position", ("this", "expression")),
    exp.ArrayDistinct: ("tarn_distinct", ("this",)),
    exp.Repeat: ("tarn_repeat", ("this", "times")),
    exp.StrToMap: ("split_to_map", ("this", "pair_delim", "key_value_delim")),
    exp.JSONArrayContains: ("tarn_json_array_contains", ("this", "expression")),
    exp.Soundex: ("tarn_soundex", ("this",)),
    exp.Cbrt: ("tarn_cbrt", ("this",)),
    exp.Levenshtein: ("tarn_levenshtein", ("this", "expression")),
    exp.DotProduct: ("tarn_dot_product", ("this", "expression")),
    exp.ToBase32: ("tarn_to_base32", ("this",)),
    exp.WidthBucket: ("width_bucket", ("this", "min_value", "max_value", "num_buckets")),
}
_PATH = re.compile(r"(?:lax|strict)\s+(\$(?:\.\w+|\.\"[^\"]*\"|\[\d+\])*)\s*")


def rewrite(tree: exp.Expression) -> exp.Expression:
    """From the leaves to the root: what a node holds is rewritten before it."""
    for node in reversed(list(tree.walk(bfs=False))):
        fresh = _rewritten(node)
        if fresh is not node:
            if node is tree:
                return fresh
            node.replace(fresh)
    return tree


def _rewritten(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Anonymous):
        return _named(node)
    if type(node) in CALLS:
        name, members = CALLS[type(node)]
        return call(name, *(node.args[each] for each in members if node.args.get(each) is not None))
    maker = MAKERS.get(type(node))
    return maker(node) if maker is not None else node


def _named(node: exp.Anonymous) -> exp.Expression:
    name = node.name.lower()
    if name in LAMBDAS:
        return LAMBDAS[name](node.expressions)
    if name in NAMES:
        return call(NAMES[name], *node.expressions)
    maker = BY_NAME.get(name)
    return maker(node) if maker is not None else node


# What follows is reached by MAKERS and BY_NAME, at the end.


def version(node: exp.Version) -> exp.Expression:
    raise Fault(Code.NOT_SUPPORTED, "Time travel is only supported on Iceberg tables")


def split(node: exp.Split) -> exp.Expression:
    limit = node.args.get("limit")
    return node if limit is None else call("tarn_split", node.this, node.expression, limit)


def position(node: exp.StrPosition) -> exp.Expression:
    occurrence = node.args.get("occurrence")
    return node if occurrence is None else call("tarn_strpos", node.this, node.args["substr"], occurrence)


def concat_ws(node: exp.ConcatWs) -> exp.Expression:
    if len(node.expressions) == 2 and isinstance(node.expressions[1], exp.ArrayAgg):
        return call("array_to_string", node.expressions[1], node.expressions[0])
    return call("tarn_concat_ws", *node.expressions) if len(node.expressions) == 2 and not is_untyped(node) else node


def reverse(node: exp.Reverse) -> exp.Expression:
    return node if is_untyped(node) else call("tarn_reverse", node.this)


def cardinality(node: exp.ArraySize) -> exp.Expression:
    if is_map(node.this):
        return exp.cast(call("cardinality", node.this), "bigint")
    return call("len" if is_untyped(node) else "tarn_cardinality", node.this)


def regexp_replace(node: exp.RegexpReplace) -> exp.Expression:
    """Java writes groups $1, DuckDB \\1."""
    replacement = node.args.get("replacement")
    if not is_text(replacement):
        raise unsupported("regexp_replace with a replacement that is no literal")
    text, index = "", 0
    given = replacement.name
    while index < len(given):
        letter, following = given[index], given[index + 1 : index + 2]
        if letter == "\\" and following:
            text, index = text + ("\\\\" if following == "\\" else following), index + 2
        elif letter == "$":
            if not following.isdigit():
                raise unsupported("groups of regular expressions by name")
            text, index = f"{text}\\{following}", index + 2
        else:
            text, index = text + letter, index + 1
    node.set("replacement", exp.Literal.string(text))
    return node


def digest(name: str) -> Callable[[Any], exp.Expression]:
    """DuckDB's hashes are texts of hexadecimal digits, Trino's are bytes."""
    return lambda node: call("unhex", call(name, node.this))


def digest_of_family(node: exp.SHA2Digest) -> exp.Expression:
    if node.args["length"].name != "256":
        raise unsupported(f"sha{node.args['length'].name}")
    return call("unhex", call("sha256", node.this))


def random(node: exp.Rand) -> exp.Expression:
    """Below a bound, or between two; sqlglot takes the first argument for a seed."""
    first, second = node.this, node.args.get("lower")
    if first is None:
        return node
    return call("tarn_random", *((0, first) if second is None else (first, second)))


def rounded(node: exp.Round) -> exp.Expression:
    """A decimal keeps its scale, and has room for one more digit."""
    if node.args.get("decimals") is None or (node.this.this if isinstance(node.this, exp.Neg) else node.this).is_int:
        return node
    return like_type_of(node.copy(), exp.Add(this=exp.paren(node.this.copy()), expression=exp.cast(exp.Literal.number(0), "tinyint")))


def truncated(node: exp.Trunc) -> exp.Expression:
    return node if node.args.get("decimals") is None else like_type_of(node.copy(), node.this.copy())


def normalize(node: exp.Normalize) -> exp.Expression:
    if node.args.get("form") and node.args["form"].name.upper() != "NFC":
        raise unsupported(f"normal form {node.args['form'].name}")
    return call("nfc_normalize", node.this)


def json_extract(node: exp.JSONExtract) -> exp.Expression:
    if node.args.get("json_query"):
        if any(node.args.get(each) for each in ("option", "quote", "on_condition")):
            raise unsupported("options of json_query")
        return call("tarn_json_extract", node.this, json_path(node.expression))
    return call("tarn_json_extract", node.this, _path(node)) if _is_plain(node) else node


def json_extract_scalar(node: exp.JSONExtractScalar) -> exp.Expression:
    return call("tarn_json_scalar", node.this, _path(node)) if _is_plain(node) else node


def _path(node: exp.JSONExtract | exp.JSONExtractScalar) -> exp.Expression:
    """A path that is a literal is parsed: it is written in DuckDB's way again."""
    path = node.expression
    return sqlglot.parse_one(path.sql(dialect="duckdb"), read="duckdb") if isinstance(path, exp.JSONPath) else path


def _is_plain(node: exp.Expression) -> bool:
    """DuckDB gives a list for a path with *."""
    return not node.expression.find(exp.JSONPathWildcard)


def json_value(node: exp.JSONValue) -> exp.Expression:
    if node.args.get("returning") or node.args.get("on_condition"):
        raise unsupported("options of json_value")
    return call("tarn_json_scalar", node.this, json_path(node.args["path"]))


def json_exists(node: exp.Anonymous) -> exp.Expression:
    return call("tarn_json_exists", node.expressions[0], json_path(node.expressions[1]))


def json_path(node: exp.Expression) -> str:
    match = _PATH.fullmatch(node.name) if is_text(node) else None
    if match is None:
        raise unsupported(f"JSON path {node.sql(dialect='trino')}")
    return match[1]


def row(node: exp.Struct) -> exp.Expression:
    """Rows have no names in Trino until they are cast."""
    return node if any(isinstance(each, (exp.PropertyEQ, exp.Alias)) for each in node.expressions) else call("row", *node.expressions)


def quotient(node: exp.Div) -> exp.Expression:
    if is_untyped(node):
        return call("tarn_divide", node.this, node.expression)
    return call("tarn_divided", exp.Add(this=exp.paren(node.this.copy()), expression=exp.paren(node.expression.copy())), node.this, node.expression)


def bracket(node: exp.Bracket) -> exp.Expression:
    """sqlglot counts an array's elements from 0, a row's fields as they are written. element_at is a safe one."""
    is_row = isinstance(node.this, exp.Anonymous) and node.this.name == "row"
    if is_row or isinstance(node.this, exp.Cast) and node.this.to.this == exp.DType.STRUCT:
        return call("struct_extract_at", node.this, node.expressions[0])
    if node.args.get("safe") or len(node.expressions) != 1 or isinstance(node.expressions[0], exp.Slice):
        return node
    index = apply_index_offset(node.this, node.expressions, 1, dialect="duckdb")[0]
    if is_map(node.this):
        return call("tarn_value", node.this, index)
    return node if is_untyped(node) else call("tarn_at", node.this, node.this, index)


def combinations(node: exp.Anonymous) -> exp.Expression:
    """Places in rising order, one place longer at a time; then what is at them."""
    source, count = node.expressions
    if not count.is_int or not 0 <= int(count.name) <= 5:
        raise unsupported("combinations of more than five, or of a number that is no literal")
    array = source.sql(dialect="duckdb")
    places = "[[]::BIGINT[]]"
    for _ in range(int(count.name)):
        places = (f"flatten(list_transform({places}, lambda c: list_transform(range(coalesce(c[-1], 0) + 1, len({array}) + 1), "
                  "lambda i: list_append(c, i))))")
    return sqlglot.parse_one(f"list_transform({places}, lambda c: list_transform(c, lambda i: list_extract({array}, i)))", read="duckdb")


def sort(node: exp.ArraySort) -> exp.Expression:
    return array_sort([node.this, node.expression]) if node.args.get("expression") is not None else node


def reduction(node: exp.Reduce) -> exp.Expression:
    return reduce(node.this, node.args["initial"], node.args["merge"], node.args.get("finish"))


def concatenation(node: exp.DPipe) -> exp.Expression:
    """An array and an element. With a column on the other side it is not known which of them it is, and DuckDB takes it for an array."""
    left, right = node.this, node.expression
    if isinstance(left, exp.Array) and _is_scalar(right):
        return call("list_append", left, right)
    if isinstance(right, exp.Array) and _is_scalar(left):
        return call("list_prepend", left, right)
    return node


def _is_scalar(node: exp.Expression) -> bool:
    return isinstance(node, (exp.Literal, exp.Neg, exp.Boolean, exp.Null)) or (
        isinstance(node, exp.Cast) and node.to.this not in (exp.DType.ARRAY, exp.DType.LIST))


def aggregate(node: exp.Expression) -> exp.Expression:
    """The mean of decimals is one of their type; a median's type is that, and that of a mean of other numbers. A percentile of whole
    numbers is one of them. Both are said of the whole: the aggregate with its FILTER and OVER."""
    inner = node
    while isinstance(inner, (exp.Window, exp.Filter)):
        inner = inner.this
    if isinstance(node, exp.ApproxQuantile):
        if node.args.get("weight") is not None:
            raise unsupported("approx_percentile with weights")
        node.set("this", exp.cast(node.this.copy(), "double"))
    is_part = isinstance(node.parent, (exp.Window, exp.Filter)) and node.arg_key == "this"
    if is_part or not isinstance(inner, (exp.Avg, exp.ApproxQuantile)):
        return node
    if isinstance(inner, exp.Avg):
        value = inner.this.expressions[0] if isinstance(inner.this, exp.Distinct) else inner.this
        name, of_row = "median", call("list_median", exp.Array(expressions=[value.copy()]))
    else:
        value = inner.this.this
        name, of_row = "max", value.copy()
    sample = of_row if isinstance(node, exp.Window) else _none_of(call(name, value))
    if isinstance(inner, exp.ApproxQuantile) and isinstance(inner.args["quantile"], exp.Array):
        sample = exp.Array(expressions=[sample])
    return like_type_of(node.copy(), sample)


def _none_of(function: exp.Expression) -> exp.Expression:
    return exp.Filter(this=function, expression=exp.Where(this=exp.false()))


def type_of(node: exp.Typeof) -> exp.Expression:
    return exp.Literal.string(f"varchar({len(node.this.name)})") if is_text(node.this) else call("tarn_typeof", node.this)


def format_datetime(node: exp.Anonymous) -> exp.Expression:
    moment, pattern = node.expressions
    return call("strftime", exp.cast(moment.copy(), "timestamp"), _pattern(pattern, reads=False))


def parse_datetime(node: exp.ParseDatetime) -> exp.Expression:
    return exp.cast(call("strptime", node.this, _pattern(node.args["format"], reads=True)), "timestamptz")


def _pattern(node: exp.Expression, reads: bool) -> str:
    if not is_text(node):
        raise unsupported("a date pattern that is no literal")
    return joda_in_duckdb(node.name, reads)


MAKERS: dict[type[exp.Expression], Callable[[Any], exp.Expression]] = {
    exp.Version: version, exp.Split: split, exp.Reverse: reverse, exp.ArraySize: cardinality,
    exp.StrPosition: position, exp.ConcatWs: concat_ws, exp.RegexpReplace: regexp_replace,
    exp.SHA: digest("sha1"), exp.SHA2Digest: digest_of_family, exp.Rand: random, exp.Round: rounded, exp.Trunc: truncated,
    exp.Normalize: normalize, exp.JSONExtract: json_extract, exp.JSONExtractScalar: json_extract_scalar,
    exp.JSONValue: json_value, exp.Struct: row, exp.Bracket: bracket, exp.Div: quotient,
    exp.ArraySort: sort, exp.Reduce: reduction, exp.DPipe: concatenation,
    exp.ApproxQuantile: aggregate, exp.Avg: aggregate, exp.Filter: aggregate, exp.Window: aggregate,
    exp.Typeof: type_of,
    exp.ParseDatetime: parse_datetime, exp.Cast: cast, exp.TryCast: cast, exp.Format: format_call, exp.Unnest: unnest, **TIMES,
}
BY_NAME: dict[str, Callable[[exp.Anonymous], exp.Expression]] = {
    "at_timezone": lambda node: in_zone(*node.expressions), "with_timezone": lambda node: exp.cast(node.expressions[0].copy(), "timestamp"),
    "json_exists": json_exists, "combinations": combinations, "format_datetime": format_datetime,
}
