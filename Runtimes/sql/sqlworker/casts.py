"""CAST and TRY_CAST: Trino's texts, its rounding, its JSON."""

from __future__ import annotations

from sqlglot import exp

from .tree import call, is_text

_WHOLE = {exp.DType.TINYINT: "tinyint", exp.DType.SMALLINT: "smallint", exp.DType.INT: "integer", exp.DType.BIGINT: "bigint"}
_TEXTS = (exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR)


def cast(node: exp.Cast) -> exp.Expression:
    kind = node.args["to"]
    if kind.this in _TEXTS:
        return _text(node.this, kind)
    if kind.this == exp.DType.JSON:
        return call("to_json", node.this)
    if kind.this == exp.DType.DECIMAL and not kind.expressions and is_text(node.this):
        return _literal(node)
    if kind.this in _WHOLE and not (is_text(node.this) or node.this.is_int):
        return call(f"tarn_{'try_cast' if isinstance(node, exp.TryCast) else 'cast'}_{_WHOLE[kind.this]}", node.this)
    return node


def _literal(node: exp.Cast) -> exp.Expression:
    """DECIMAL '1.50' has the digits that it shows."""
    whole, _, places = node.this.name.strip().lstrip("+-").partition(".")
    digits = whole.lstrip("0") + places
    if not digits.isdigit():
        return node
    kind = exp.DataType.build(f"decimal({max(len(digits), 1)}, {len(places)})", dialect="duckdb")
    return type(node)(this=node.this.copy(), to=kind)


def _text(value: exp.Expression, kind: exp.DataType) -> exp.Expression:
    text = value if is_text(value) else call("tarn_text", value)
    if not kind.expressions:
        return exp.cast(text.copy(), "text")
    length = kind.expressions[0].this
    cut = call("left", text, length)
    return call("rpad", cut, length, " ") if kind.this == exp.DType.CHAR else cut
