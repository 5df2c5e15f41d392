"""LazySimpleSerDe's arrays, maps and structs: text that is split by a separator for each level."""

from __future__ import annotations

from .types import hive_to_duckdb, literal, split_top_level


def separators(properties: dict[str, str]) -> list[str]:
    """From the first level inside a field on. From the third on they are Hive's control characters."""
    given = [properties.get("collection.delim") or properties.get("colelction.delim"), properties.get("mapkey.delim")]
    return [given[0] or "\x02", given[1] or "\x03", *(chr(code) for code in range(4, 9))]


def lazy_value(text: str, hive: str, levels: list[str], null: str) -> str:
    """DuckDB's expression of a value of a Hive type, from one that gives its text. What can't be read is NULL."""
    kind = hive.strip()
    lower = kind.lower()
    held = f"nullif({text}, {literal(null)})"
    if not lower.startswith(("array<", "map<", "struct<")):
        return held if hive_to_duckdb(kind) == "VARCHAR" else f"TRY_CAST({held} AS {hive_to_duckdb(kind)})"
    if len(levels) < 2:
        return f"CAST(NULL AS {hive_to_duckdb(kind)})"
    item, parts = f"e{len(levels)}", f"string_split({held}, {literal(levels[0])})"
    if lower.startswith("array<"):
        inner = lazy_value(item, kind[6:-1], levels[1:], null)
        return f"CASE WHEN {text} = '' THEN [] ELSE list_transform({parts}, lambda {item}: {inner}) END"
    if lower.startswith("struct<"):
        fields = [each.split(":", 1) for each in split_top_level(kind[7:-1])]
        values = ", ".join(lazy_value(f"{parts}[{place}]", field[1], levels[1:], null) for place, field in enumerate(fields, 1))
        return f"CASE WHEN {held} IS NOT NULL THEN CAST(row({values}) AS {hive_to_duckdb(kind)}) END"
    key, value = split_top_level(kind[4:-1])
    mark = literal(levels[1])
    # A key without a value has NULL; of two of a key the first holds.
    first = lazy_value(f"split_part({item}, {mark}, 1)", key, levels[2:], null)
    rest = lazy_value(f"CASE WHEN contains({item}, {mark}) THEN substring({item}, strpos({item}, {mark}) + {len(levels[1])}) END", value,
                      levels[2:], null)
    return (f"CASE WHEN {text} = '' THEN MAP {{}} ELSE tarn_entries(list_filter(list_transform({parts}, lambda {item}: row({first}, {rest})), "
            f"lambda {item}: struct_extract_at({item}, 1) IS NOT NULL)) END")
