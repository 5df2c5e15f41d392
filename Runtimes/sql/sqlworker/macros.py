"""Trino functions that DuckDB does not have, as macros, and the operators whose meaning differs."""

from __future__ import annotations

from .faults import DIVISION_BY_ZERO_TEXT

_FLOATING = "('FLOAT', 'DOUBLE')"


def _guarded(name: str, operation: str) -> str:
    # Trino: x / 0 is an error for whole numbers and decimals, infinity or NaN for floating point.
    return (
        f"CREATE MACRO {name}(a, b) AS CASE WHEN b = 0 AND typeof(a) NOT IN {_FLOATING} AND typeof(b) NOT IN {_FLOATING} "
        f"THEN error('{DIVISION_BY_ZERO_TEXT}') ELSE {operation} END"
    )


MACROS = (
    # A floating-point division by zero gives NULL (Trino: infinity): a branch of type DOUBLE would make 7/2 a double.
    _guarded("tarn_divide", "a / b"),
    _guarded("tarn_modulo", "a % b"),
    "CREATE MACRO json_size(j, p) AS CASE json_type(j, p) WHEN 'OBJECT' THEN len(json_keys(j, p)) "
    "WHEN 'ARRAY' THEN json_array_length(j, p) ELSE 0 END",
    "CREATE MACRO from_base(s, radix) AS list_reduce(list_prepend(0::BIGINT, list_transform(string_split(lower(s), ''), "
    "lambda c: (strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1)::BIGINT)), lambda x, y: x * radix + y)",
    "CREATE MACRO codepoint(s) AS unicode(s)",
    "CREATE MACRO url_extract_protocol(u) AS nullif(regexp_extract(u, '^([a-zA-Z][a-zA-Z0-9+.-]*):', 1), '')",
    "CREATE MACRO url_extract_host(u) AS nullif(regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/@]*@)?([^/:?#]*)', 1), '')",
    "CREATE MACRO url_extract_port(u) AS TRY_CAST(regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/:?#]*:([0-9]+)', 1) AS BIGINT)",
    "CREATE MACRO url_extract_path(u) AS regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*([^?#]*)', 1)",
    "CREATE MACRO url_extract_query(u) AS regexp_extract(u, '\\?([^#]*)', 1)",
    "CREATE MACRO url_extract_fragment(u) AS regexp_extract(u, '#(.*)$', 1)",
    "CREATE MACRO url_extract_parameter(u, n) AS nullif(regexp_extract(u, '[?&]' || regexp_escape(n) || '=([^&#]*)', 1), '')",
    "CREATE MACRO map_agg(k, v) AS map_from_entries(list({'k': k, 'v': v}))",
    "CREATE MACRO year_of_week(d) AS isoyear(d)",
    "CREATE MACRO bitwise_and(a, b) AS a & b",
    "CREATE MACRO bitwise_or(a, b) AS a | b",
    "CREATE MACRO bitwise_xor(a, b) AS xor(a, b)",
    "CREATE MACRO from_iso8601_date(s) AS CAST(s AS DATE)",
    "CREATE MACRO from_iso8601_timestamp(s) AS CAST(s AS TIMESTAMPTZ)",
    "CREATE MACRO to_iso8601(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%g')",
    "CREATE MACRO is_json_scalar(j) AS json_type(j) NOT IN ('OBJECT', 'ARRAY')",
)
