"""Dates, times and intervals: DuckDB makes timestamps of dates where Trino keeps them, and counts boundaries for whole units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from .tree import call, is_untyped, like_type_of, unsupported

#: What EXTRACT takes, where DuckDB means something else by it or has another name.
_PARTS = {
    "DOW": "isodow", "DAY_OF_WEEK": "isodow", "DAYOFWEEK": "isodow", "DOY": "dayofyear", "DAY_OF_YEAR": "dayofyear", "DAYOFYEAR": "dayofyear",
    "DAY_OF_MONTH": "day", "YOW": "isoyear", "YEAR_OF_WEEK": "isoyear",
}
_UNITS = {
    "MILLISECOND": "to_milliseconds", "SECOND": "to_seconds", "MINUTE": "to_minutes", "HOUR": "to_hours", "DAY": "to_days", "WEEK": "to_weeks",
    "MONTH": "to_months", "QUARTER": "to_quarters", "YEAR": "to_years",
}


def _unit(node: exp.Expression) -> str:
    unit = node.args.get("unit")
    name = unit.name.upper() if unit is not None else "DAY"
    if isinstance(unit, exp.WeekStart) or name.startswith("WEEK("):
        return "WEEK"
    if name not in _UNITS:
        raise unsupported(f"'{name.lower()}' as a unit of time")
    return name


def difference(node: exp.DateDiff) -> exp.Expression:
    return call("date_sub", _unit(node).lower(), node.expression, node.this)


def addition(node: exp.DateAdd) -> exp.Expression:
    span = call(_UNITS[_unit(node)], exp.cast(node.expression.copy(), "bigint"))
    return like_type_of(exp.Paren(this=exp.Add(this=node.this.copy(), expression=span)), node.this)


def truncation(node: exp.TimestampTrunc) -> exp.Expression:
    return like_type_of(call("date_trunc", _unit(node).lower(), node.this), node.this)


def plus(node: exp.Add) -> exp.Expression:
    if _is_interval(node.expression):
        return like_type_of(node.copy(), node.this)
    return like_type_of(node.copy(), node.expression) if _is_interval(node.this) else node


def minus(node: exp.Sub) -> exp.Expression:
    if _is_interval(node.expression):
        return like_type_of(node.copy(), node.this)
    if any(isinstance(each, exp.Literal) and not each.is_string for each in (node.this, node.expression)):
        return node
    if not is_untyped(node):
        return call("tarn_minus", node.this, node.expression)
    samples = [_sample(node.this), _sample(node.expression)]
    return node if any(is_untyped(each) for each in samples) else call("tarn_minus_of", *samples, node.this, node.expression)


def _sample(node: exp.Expression) -> exp.Expression:
    """Something of the type of an aggregate whose type is that of what it gathers, which is known when the aggregate's is not."""
    while isinstance(node, (exp.Max, exp.Min, exp.AnyValue, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.Window, exp.Filter, exp.Paren)):
        node = node.this
    return node


def _is_interval(node: exp.Expression) -> bool:
    if isinstance(node, (exp.Mul, exp.Add)):
        return _is_interval(node.this) or _is_interval(node.expression)
    return isinstance(node, exp.Interval) or isinstance(node, (exp.Neg, exp.Paren)) and _is_interval(node.this)


def at_zone(node: exp.AtTimeZone) -> exp.Expression:
    """The clock of a zone. DuckDB's times with a zone have none of their own, so that this is a plain time; what a result shows of it has
    the zone behind it (translate.zones_of)."""
    return in_zone(node.this, node.args["zone"])


def in_zone(moment: exp.Expression, zone: exp.Expression) -> exp.Expression:
    return call("timezone", zone, exp.cast(moment.copy(), "timestamptz"))


def of_epoch(node: exp.UnixToTime) -> exp.Expression:
    """A second argument is a zone, which a result shows (translate.zones_of)."""
    if node.args.get("hours") is not None:
        raise unsupported("from_unixtime with hours and minutes")
    zone = node.args.get("zone")
    if zone is None:
        return node
    plain = node.copy()
    plain.set("zone", None)
    return in_zone(plain, zone)


def sequence(node: exp.GenerateSeries) -> exp.Expression:
    start, end, step = node.args["start"], node.args["end"], node.args.get("step")
    if step is not None:
        return call("tarn_times" if _is_interval(step) else "generate_series", start, end, step)
    if _is_date(start) or _is_date(end):
        return call("tarn_dates", start, end)
    return call("tarn_numbers" if is_untyped(node) else "tarn_sequence", start, end)


def _is_date(node: exp.Expression) -> bool:
    return isinstance(node, (exp.CurrentDate, exp.Date, exp.TsOrDsToDate)) or isinstance(node, exp.Cast) and node.to.this == exp.DType.DATE


def extract(node: exp.Extract) -> exp.Expression:
    part = _PARTS.get(node.this.name.upper())
    return call(part, node.expression) if part else node


TIMES: dict[type[exp.Expression], Callable[[Any], exp.Expression]] = {
    exp.DateDiff: difference, exp.DateAdd: addition, exp.TimestampTrunc: truncation, exp.DateTrunc: truncation, exp.Add: plus, exp.Sub: minus,
    exp.AtTimeZone: at_zone, exp.Extract: extract, exp.GenerateSeries: sequence, exp.UnixToTime: of_epoch,
}
