"""Partition projection: partitions that a table's properties say, instead of the catalogue
(https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html)."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Callable, Iterator

from .faults import Code, Fault
from .patterns import joda
from .requests import Limit, Partition, Table

_NOW = re.compile(r"\s*NOW\s*(?:([+-])\s*(\d+)\s*(YEARS?|MONTHS?|WEEKS?|DAYS?|HOURS?|MINUTES?|SECONDS?)\s*)?", re.IGNORECASE)
_SECONDS = {"WEEKS": 604_800, "DAYS": 86_400, "HOURS": 3_600, "MINUTES": 60, "SECONDS": 1, "MILLISECONDS": 0.001}
Moment = datetime.datetime
#: Which of a key's values a statement asks for, of all that there are.
Chooser = Callable[[list[str]], list[str]]


def projected(table: Table, now: str | None, choose: dict[str, Chooser], fixed: dict[str, list[str]]) -> tuple[Partition, ...]:
    """`fixed`: the values that the statement compares a key with. Injected keys have no others."""
    missing = [key.name for key in table.partition_keys if not _property(table, key.name, "type")]
    if missing:
        name = f"{table.database}.{table.name}"
        raise Fault(
            Code.HIVE_METASTORE_ERROR,
            f"Table {name} is configured for partition projection, but the following partition columns are missing projection "
            f"configuration: [{', '.join(missing)}] (table {name})")
    lists = []
    count = 1
    for key in table.partition_keys:
        values = _values(table, key.name, now, fixed.get(key.name))
        lists.append(choose[key.name](values) if key.name in choose else values)
        count *= len(lists[-1])
    if count > Limit.OBJECTS_PER_REQUEST:
        raise Fault(Code.RESOURCE_LIMIT, f"Query reads more than {Limit.OBJECTS_PER_REQUEST} projected partitions")
    return tuple(Partition(values, _location(table, values)) for values in itertools.product(*lists))


def _property(table: Table, key: str, name: str) -> str:
    return next((value for each, value in table.projection.items() if each.lower() == f"projection.{key}.{name}"), "")


def _location(table: Table, values: tuple[str, ...]) -> str:
    template = table.projection.get("storage.location.template", "")
    if not template:
        folder = table.location if table.location.endswith("/") else table.location + "/"
        return folder + "/".join(f"{key.name}={value}" for key, value in zip(table.partition_keys, values, strict=True)) + "/"
    for key, value in zip(table.partition_keys, values, strict=True):
        if f"${{{key.name}}}" not in template:
            raise _bad(table, f"The storage location template has no placeholder for column {key.name}")
        template = template.replace(f"${{{key.name}}}", value)
    return template


def _bad(table: Table, why: str) -> Fault:
    return Fault(Code.INVALID_TABLE_PROPERTY, f"{why} (table {table.database}.{table.name})")


def _values(table: Table, key: str, now: str | None, fixed: list[str] | None) -> list[str]:
    kind = _property(table, key, "type").strip().lower()
    try:
        if kind == "enum":
            return _property(table, key, "values").split(",")
        if kind == "integer":
            return _integers(table, key)
        if kind == "date":
            return list(itertools.islice(_dates(table, key, now), Limit.OBJECTS_PER_REQUEST + 1))
    except (ValueError, OverflowError) as problem:
        raise _bad(table, f"Invalid projection of column {key}: {problem}") from problem
    if kind == "injected":
        if not fixed:
            raise Fault(
                Code.CONSTRAINT_VIOLATION,
                f"For the injected projected partition column {key}, the WHERE clause must contain only static equality conditions, and at "
                "least one such condition must be present.")
        return fixed
    raise _bad(table, f"Invalid projection type {kind} of column {key}")


def _integers(table: Table, key: str) -> list[str]:
    first, last = (int(each) for each in _property(table, key, "range").split(","))
    step, digits = int(_property(table, key, "interval") or 1), int(_property(table, key, "digits") or 0)
    numbers = range(first, last + 1, step)
    if len(numbers) > Limit.OBJECTS_PER_REQUEST:
        raise Fault(Code.RESOURCE_LIMIT, f"Query reads more than {Limit.OBJECTS_PER_REQUEST} projected partitions")
    return [f"{each:0{digits}d}" if digits else str(each) for each in numbers]


def _dates(table: Table, key: str, now: str | None) -> Iterator[str]:
    pattern = _property(table, key, "format")
    first, last = (_moment(each, pattern, now) for each in _property(table, key, "range").split(","))
    unit = _property(table, key, "interval.unit").strip().upper()
    unit = unit if unit.endswith("S") or not unit else unit + "S"
    interval = _property(table, key, "interval").strip()
    letters = re.sub(r"'[^']*'", "", pattern)
    finest = next((name for letter, name in (("S", ""), ("s", ""), ("m", ""), ("H", ""), ("d", "DAYS"), ("M", "MONTHS")) if letter in letters), "")
    if not finest and not (interval and unit):
        raise ValueError("interval and interval.unit are required")
    written = joda(pattern)
    step, unit = int(interval or 1), unit or finest
    if step < 1 or unit not in (*_SECONDS, "MONTHS", "YEARS"):
        raise ValueError("interval must be positive, and interval.unit a unit of time")
    seen = ""
    for number in itertools.count():
        moment = _later(first, number * step, unit)
        if moment > last:
            return
        text = moment.strftime(written)
        if text != seen:
            yield text
        seen = text


def _moment(text: str, pattern: str, now: str | None) -> Moment:
    relative = _NOW.fullmatch(text)
    if not relative:
        return datetime.datetime.strptime(text, joda(pattern)).replace(tzinfo=None)
    present = datetime.datetime.fromisoformat(now).replace(tzinfo=None) if now else datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    if relative[1]:
        unit = relative[3].upper()
        present = _later(present, int(relative[1] + relative[2]), unit if unit.endswith("S") else unit + "S")
    # What the pattern does not show does not count.
    written = joda(pattern)
    return datetime.datetime.strptime(present.strftime(written), written).replace(tzinfo=None)


def _later(moment: Moment, count: int, unit: str) -> Moment:
    if unit in _SECONDS:
        return moment + datetime.timedelta(seconds=count * _SECONDS[unit])
    months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "YEARS" else 1)
    year, month = divmod(months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1)
