"""Trino functions that DuckDB does not have, or means otherwise, as macros. functions.py says which call becomes which macro.

A macro may be given once for each of several types: the first that fits is taken (NULL fits the first; see is_untyped), and values are
cast to the type that is written. `cast_to_type(x, e)` casts to the type of `e` and does not run it: it keeps the type of an argument that is
not known here.
"""

from __future__ import annotations

from .binary import BINARY
from .faults import DIVISION_BY_ZERO_TEXT, REFUSAL

_FLOATING = "('FLOAT', 'DOUBLE')"
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def _quotients() -> tuple[str, ...]:
    # Of decimals: exact, halves away from zero. Their digits are divided as whole numbers; what is too long for those is a double's. The
    # sum `x` says which form it is, and is not run.
    zero = f"WHEN b = 0 THEN cast_to_type('{DIVISION_BY_ZERO_TEXT}', list_sum([a, b]))"
    exact = (
        "tarn_pointed(CASE WHEN (a < 0) <> (b < 0) THEN '-' ELSE '' END, CAST(tarn_ratio(abs(tarn_unscaled(a)) * tarn_tens(tarn_shift(a, b)), "
        "abs(tarn_unscaled(b))) AS VARCHAR), greatest(tarn_scale(a), tarn_scale(b)))"
    )
    return (
        "CREATE MACRO tarn_scale(d) AS length(split_part(CAST(d AS VARCHAR), '.', 2))",
        "CREATE MACRO tarn_unscaled(d) AS CAST(replace(CAST(d AS VARCHAR), '.', '') AS HUGEINT)",
        "CREATE MACRO tarn_tens(n) AS CAST(rpad('1', CAST(n + 1 AS INTEGER), '0') AS HUGEINT)",
        "CREATE MACRO tarn_shift(a, b) AS greatest(tarn_scale(a), tarn_scale(b)) - tarn_scale(a) + tarn_scale(b)",
        "CREATE MACRO tarn_ratio(n, d) AS (n + d // 2) // d",
        "CREATE MACRO tarn_padded(t, s) AS lpad(t, CAST(greatest(length(t), s + 1) AS INTEGER), '0')",
        "CREATE MACRO tarn_pointed(sign, t, s) AS sign || left(tarn_padded(t, s), length(tarn_padded(t, s)) - s) || '.' || "
        "right(tarn_padded(t, s), s)",
        f"CREATE MACRO tarn_quotient(a, b) AS CASE {zero} WHEN length(CAST(a AS VARCHAR)) + tarn_shift(a, b) > 37 "
        f"THEN cast_to_type(CAST(a / b AS VARCHAR), list_sum([a, b])) ELSE cast_to_type({exact}, list_sum([a, b])) END",
        "CREATE MACRO tarn_divided(x HUGEINT, a, b) AS tarn_divide(a, b), (x DECIMAL(38, 0), a, b) AS tarn_quotient(a, b), "
        "(x, a, b) AS tarn_divide(a, b)",
    )


def _guarded(name: str, operation: str, infinite: str) -> str:
    # Trino: x / 0 is an error for whole numbers and decimals (a cast that fails: TRY catches it), infinity or NaN for floating point.
    # A quotient has the scale of the longer of its operands, as their sum has.
    return (
        f"CREATE MACRO {name}(a, b) AS CASE WHEN b = 0 THEN cast_to_type(CASE WHEN typeof(a) NOT IN {_FLOATING} AND typeof(b) NOT IN "
        f"{_FLOATING} "
        f"THEN '{DIVISION_BY_ZERO_TEXT}' {infinite} ELSE 'NaN' END, [a, b][1]) ELSE cast_to_type({operation}, [a, b][1]) END"
    )


def _whole(kind: str, cast: str) -> str:
    # Trino rounds halves away from zero; DuckDB's cast rounds them to the even number.
    return (
        f"CREATE MACRO tarn_{cast.lower()}_{kind.lower()}(x) AS CASE WHEN typeof(x) IN {_FLOATING} "
        f"THEN {cast}(round(TRY_CAST(x AS DOUBLE)) AS {kind}) ELSE {cast}(x AS {kind}) END"
    )


NUMBERS = (
    _guarded("tarn_divide", "a / b", "WHEN a > 0 AND CAST(a AS VARCHAR) <> 'nan' THEN 'Infinity' WHEN a < 0 THEN '-Infinity'"),
    _guarded("tarn_modulo", "a % b", ""),
    *_quotients(),
    *(_whole(kind, cast) for kind in _WHOLE for cast in ("CAST", "TRY_CAST")),
    "CREATE MACRO from_base(s, radix) AS list_reduce(list_prepend(0::BIGINT, list_transform(string_split(lower(s), ''), "
    "lambda c: (strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1)::BIGINT)), lambda x, y: x * radix + y)",
    "CREATE MACRO tarn_to_base(n, radix) AS lower(to_base(n, radix))",
    "CREATE MACRO bitwise_and(a, b) AS CAST(a & b AS BIGINT)",
    "CREATE MACRO bitwise_or(a, b) AS CAST(a | b AS BIGINT)",
    "CREATE MACRO bitwise_xor(a, b) AS CAST(xor(a, b) AS BIGINT)",
    "CREATE MACRO bitwise_not(a) AS CAST(~a AS BIGINT)",
    # DuckDB's own refuses to overflow.
    "CREATE MACRO bitwise_left_shift(a, n) AS CASE WHEN n > 63 THEN cast_to_type(0, a) ELSE cast_to_type(CAST(a AS BIGINT) << CAST(n AS "
    "BIGINT), a) END",
    # Zeros come from the left: a negative number is one without a sign first.
    "CREATE MACRO tarn_width(a) AS CASE typeof(a) WHEN 'TINYINT' THEN 8 WHEN 'SMALLINT' THEN 16 WHEN 'INTEGER' THEN 32 ELSE 64 END",
    "CREATE MACRO bitwise_right_shift(a, n) AS CASE WHEN n >= tarn_width(a) THEN cast_to_type(0, a) WHEN a >= 0 OR n = 0 "
    "THEN cast_to_type(CAST(a AS BIGINT) >> CAST(n AS BIGINT), a) "
    "ELSE cast_to_type((CAST(a AS HUGEINT) + (1::HUGEINT << CAST(tarn_width(a) AS HUGEINT))) >> CAST(n AS HUGEINT), a) END",
    "CREATE MACRO bitwise_right_shift_arithmetic(a, n) AS cast_to_type(CAST(a AS BIGINT) >> CAST(least(n, 63) AS BIGINT), a)",
    f"CREATE MACRO tarn_random(a, b) AS cast_to_type(CASE WHEN b > a THEN CAST(floor(random() * (CAST(b AS DOUBLE) - a)) AS BIGINT) + a "
    f"ELSE CAST('{REFUSAL}bound must be greater than the start' AS BIGINT) END, [a, b][1])",
    # The root of a cube is whole.
    "CREATE MACRO tarn_cbrt(x) AS CASE WHEN power(round(cbrt(CAST(x AS DOUBLE))), 3) = x THEN round(cbrt(CAST(x AS DOUBLE))) ELSE "
    "cbrt(CAST(x AS DOUBLE)) END",
    "CREATE MACRO tarn_wilson(s, n, z, sign) AS (s / n + z * z / (2 * n) + sign * z * sqrt(s / n * (1 - s / n) / n + z * z / (4 * n * n))) / "
    "(1 + z * z / n)",
    "CREATE MACRO wilson_interval_lower(s, n, z) AS tarn_wilson(CAST(s AS DOUBLE), CAST(n AS DOUBLE), CAST(z AS DOUBLE), -1)",
    "CREATE MACRO wilson_interval_upper(s, n, z) AS tarn_wilson(CAST(s AS DOUBLE), CAST(n AS DOUBLE), CAST(z AS DOUBLE), 1)",
    # The argument counts: how surprising a row of so many is.
    "CREATE MACRO tarn_entropy(c) AS CASE WHEN coalesce(sum(CAST(c AS DOUBLE)), 0) = 0 THEN 0e0 ELSE log2(sum(CAST(c AS DOUBLE))) - "
    "coalesce(sum(CAST(c AS DOUBLE) * log2(nullif(CAST(c AS DOUBLE), 0))), 0) / sum(CAST(c AS DOUBLE)) END",
    "CREATE MACRO tarn_bit_count(a, bits) AS CAST(bit_count(CASE WHEN a < 0 AND bits < 64 THEN CAST(a AS BIGINT) + (1::BIGINT << "
    "CAST(bits AS BIGINT)) "
    "ELSE CAST(a AS BIGINT) END) AS BIGINT)",
    "CREATE MACRO e() AS exp(1e0)",
    "CREATE MACRO infinity() AS 'Infinity'::DOUBLE",
    "CREATE MACRO nan() AS 'NaN'::DOUBLE",
    "CREATE MACRO is_finite(x) AS isfinite(CAST(x AS DOUBLE))",
    "CREATE MACRO is_infinite(x) AS isinf(CAST(x AS DOUBLE))",
    "CREATE MACRO width_bucket(x, low, high, n) AS CASE "
    "WHEN low < high THEN CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 ELSE CAST(floor((x - low)::DOUBLE / (high - low)::DOUBLE * "
    "n) AS BIGINT) + 1 END "
    "WHEN x > low THEN 0 WHEN x <= high THEN n + 1 ELSE CAST(floor((low - x)::DOUBLE / (low - high)::DOUBLE * n) AS BIGINT) + 1 END, "
    "(x, bins) AS CAST(len(list_filter(bins, lambda b: b <= x)) AS BIGINT)",
)

TEXTS = (
    # DuckDB's text of a number with an exponent or of seven digits and more, as Java writes it: d.dddE±n.
    "CREATE MACRO tarn_figures(t) AS regexp_replace(regexp_replace(replace(split_part(ltrim(t, '-'), 'e', 1), '.', ''), '^0+', ''), '0+$', '')",
    "CREATE MACRO tarn_exponent(t) AS floor(log10(abs(TRY_CAST(t AS DOUBLE))) + 1e-12)::INTEGER",
    "CREATE MACRO tarn_floating(t) AS CASE t WHEN 'inf' THEN 'Infinity' WHEN '-inf' THEN '-Infinity' WHEN 'nan' THEN 'NaN' ELSE "
    "CASE WHEN TRY_CAST(t AS DOUBLE) = 0 OR (abs(TRY_CAST(t AS DOUBLE)) >= 1e-3 AND abs(TRY_CAST(t AS DOUBLE)) < 1e7) THEN t ELSE "
    "CASE WHEN starts_with(t, '-') THEN '-' ELSE '' END || left(tarn_figures(t), 1) || '.' || "
    "coalesce(nullif(substring(tarn_figures(t), 2), ''), '0') || 'E' || tarn_exponent(t) END END",
    "CREATE MACRO tarn_moment(t) AS left(CASE WHEN contains(t, '.') THEN t ELSE t || '.' END || '000', 23)",
    "CREATE MACRO tarn_text(x) AS CASE typeof(x) WHEN 'FLOAT' THEN tarn_floating(CAST(x AS VARCHAR)) WHEN 'DOUBLE' THEN "
    "tarn_floating(CAST(x AS VARCHAR)) "
    "WHEN 'TIMESTAMP' THEN tarn_moment(CAST(x AS VARCHAR)) "
    "WHEN 'TIMESTAMP WITH TIME ZONE' THEN tarn_moment(regexp_replace(CAST(x AS VARCHAR), '\\+00$', '')) || ' UTC' "
    "WHEN 'JSON' THEN json_extract_string(CAST(x AS VARCHAR), '$') ELSE CAST(x AS VARCHAR) END",
    "CREATE MACRO tarn_interval(i) AS CASE WHEN date_part('year', i) * 12 + date_part('month', i) <> 0 "
    "THEN CASE WHEN date_part('year', i) * 12 + date_part('month', i) < 0 THEN '-' ELSE '' END || abs(date_part('year', i)) || '-' || "
    "abs(date_part('month', i)) "
    "ELSE CASE WHEN epoch_ms(i) < 0 THEN '-' ELSE '' END || printf('%d %02d:%02d:%02d.%03d', abs(epoch_ms(i)) // 86400000, "
    "abs(epoch_ms(i)) // 3600000 % 24, abs(epoch_ms(i)) // 60000 % 60, abs(epoch_ms(i)) // 1000 % 60, abs(epoch_ms(i)) % 1000) END",
    "CREATE MACRO tarn_substr(s, start) AS CASE WHEN start = 0 OR -start > length(s) THEN '' ELSE substring(s, start) END, "
    "(s, start, n) AS CASE WHEN start = 0 OR -start > length(s) OR n <= 0 THEN '' ELSE substring(s, start, n) END",
    "CREATE MACRO tarn_length(s) AS CASE typeof(s) WHEN 'BLOB' THEN octet_length(TRY_CAST(s AS BLOB)) ELSE length(CAST(s AS VARCHAR)) END",
    "CREATE MACRO tarn_reverse(s VARCHAR) AS reverse(s), (a) AS list_reverse(a)",
    "CREATE MACRO tarn_split(s, d, n) AS CASE WHEN len(string_split(s, d)) <= n THEN string_split(s, d) "
    "ELSE list_append(string_split(s, d)[1:n - 1], array_to_string(string_split(s, d)[n:], d)) END",
    "CREATE MACRO tarn_split_part(s, d, i) AS CASE WHEN i > 0 THEN string_split(s, d)[i] "
    f"ELSE CAST(CAST('{REFUSAL}Index must be greater than zero' AS TINYINT) AS VARCHAR) END",
    "CREATE MACRO tarn_strpos(s, t, n) AS CASE WHEN s IS NOT NULL AND t IS NOT NULL AND n IS NOT NULL THEN "
    "coalesce(list_filter(range(1, length(s) + 1), lambda i: substring(s, i, length(t)) = t)[n], 0) END",
    "CREATE MACRO tarn_concat_ws(s, a VARCHAR[]) AS array_to_string(a, s), (s, a) AS concat_ws(s, a)",
    "CREATE MACRO codepoint(s) AS unicode(s)",
    # DuckDB counts bytes. Each letter of the two texts becomes one byte; texts of more than 127 different letters are refused.
    "CREATE MACRO tarn_alphabet(a, b) AS list_distinct(string_split(a || b, ''))",
    f"CREATE MACRO tarn_one_byte(s, letters) AS CASE WHEN s = '' THEN '' WHEN len(letters) > 127 THEN CAST(CAST('{REFUSAL}The texts have "
    f"too many different letters' AS TINYINT) AS VARCHAR) ELSE array_to_string(list_transform(string_split(s, ''), lambda c: "
    f"chr(CAST(list_position(letters, c) AS INTEGER))), '') END",
    "CREATE MACRO tarn_is_ascii(a, b) AS strlen(a || b) = length(a || b)",
    "CREATE MACRO tarn_levenshtein(a, b) AS CASE WHEN tarn_is_ascii(a, b) THEN levenshtein(a, b) ELSE "
    "levenshtein(tarn_one_byte(a, tarn_alphabet(a, b)), tarn_one_byte(b, tarn_alphabet(a, b))) END",
    "CREATE MACRO hamming_distance(a, b) AS CASE WHEN tarn_is_ascii(a, b) THEN hamming(a, b) ELSE "
    "hamming(tarn_one_byte(a, tarn_alphabet(a, b)), tarn_one_byte(b, tarn_alphabet(a, b))) END",
    # H and W are as if not there, vowels part two equal codes, the first letter's code is only compared.
    "CREATE MACRO tarn_soundex_codes(s) AS translate(regexp_replace(upper(s), '(.)[HW]+', '\\1', 'g'), "
    "'BFPVCGJKQSXZDTLMNRAEIOUYHW', '11112222222233455600000000')",
    "CREATE MACRO tarn_once(t) AS list_reduce(list_prepend(t, ['11', '22', '33', '44', '55', '66']), "
    "lambda x, y: regexp_replace(x, y || '+', y[1], 'g'))",
    "CREATE MACRO tarn_soundex(s) AS CASE WHEN s = '' THEN '' ELSE rpad(upper(s[1]) || "
    "left(replace(substring(tarn_once(tarn_soundex_codes(s)), 2), "
    "'0', ''), 3), 4, '0') END",
    # The polynomial of zlib, bit by bit.
    "CREATE MACRO tarn_bytes(b) AS list_transform(range(octet_length(b)), lambda i: CAST('0x' || substring(hex(b), 2 * i + 1, 2) AS BIGINT))",
    "CREATE MACRO crc32(b) AS xor(4294967295, list_reduce(list_prepend(4294967295, tarn_bytes(b)), "
    "lambda c, byte: list_reduce(list_prepend(xor(c, byte), range(8)), lambda v, i: xor(v >> 1, (v & 1) * 3988292384))))",
    # Java's form encoding.
    "CREATE MACRO tarn_url_encode(s) AS replace(replace(replace(url_encode(s), '%20', '+'), '~', '%7E'), '%2A', '*')",
    "CREATE MACRO tarn_url_decode(s) AS url_decode(replace(s, '+', ' '))",
    "CREATE MACRO url_extract_protocol(u) AS nullif(regexp_extract(u, '^([a-zA-Z][a-zA-Z0-9+.-]*):', 1), '')",
    "CREATE MACRO url_extract_host(u) AS nullif(regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/@]*@)?([^/:?#]*)', 1), '')",
    "CREATE MACRO url_extract_port(u) AS TRY_CAST(regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/:?#]*:([0-9]+)', 1) AS BIGINT)",
    "CREATE MACRO url_extract_path(u) AS regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*([^?#]*)', 1)",
    "CREATE MACRO url_extract_query(u) AS regexp_extract(u, '\\?([^#]*)', 1)",
    "CREATE MACRO url_extract_fragment(u) AS regexp_extract(u, '#(.*)$', 1)",
    "CREATE MACRO url_extract_parameter(u, n) AS nullif(regexp_extract(u, '[?&]' || regexp_escape(n) || '=([^&#]*)', 1), '')",
    # NULL, not an empty text, where nothing matches.
    "CREATE MACRO tarn_regexp_extract(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END",
    "CREATE MACRO tarn_found(s, p) AS CASE WHEN regexp_matches(s, p) "
    "THEN length(regexp_extract(s, '^((?s:.*?))(?:' || p || ')', 1)) + 1 WHEN s IS NOT NULL AND p IS NOT NULL THEN -1 END",
    "CREATE MACRO tarn_found_from(s, p, f) AS CASE WHEN tarn_found(substring(s, f), p) < 0 THEN -1 ELSE tarn_found(substring(s, f), p) + f - 1 END",
    "CREATE MACRO regexp_position(s, p) AS tarn_found(s, p), (s, p, f) AS tarn_found_from(s, p, f)",
    # Every second digit from the right is doubled, and 9 taken off what has two digits then.
    "CREATE MACRO tarn_luhn(s) AS list_sum(list_transform(string_split(reverse(s), ''), lambda c, i: CASE WHEN i % 2 = 1 THEN CAST(c AS INTEGER) "
    "ELSE CAST(c AS INTEGER) * 2 - CASE WHEN CAST(c AS INTEGER) > 4 THEN 9 ELSE 0 END END)) % 10 = 0",
    "CREATE MACRO luhn_check(s) AS CASE WHEN s = '' THEN false ELSE tarn_luhn(s) END",
)

JSON = (
    "CREATE MACRO json_size(j, p) AS CASE json_type(j, p) WHEN 'OBJECT' THEN len(json_keys(j, p)) "
    "WHEN 'ARRAY' THEN json_array_length(j, p) ELSE 0 END",
    "CREATE MACRO is_json_scalar(j) AS json_type(j) NOT IN ('OBJECT', 'ARRAY')",
    "CREATE MACRO tarn_json_extract(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, p) END",
    "CREATE MACRO tarn_json_scalar(j, p) AS CASE WHEN json_valid(j) THEN "
    "CASE WHEN json_type(j, p) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE json_extract_string(j, p) END END",
    "CREATE MACRO tarn_json_exists(j, p) AS CASE WHEN json_valid(j) THEN json_exists(j, p) ELSE j IS NOT NULL AND false END",
    "CREATE MACRO tarn_json_array_contains(j, v) AS CASE WHEN json_valid(j) AND json_type(j) = 'ARRAY' "
    "THEN list_contains(json_extract(j, '$[*]'), to_json(v)) END",
    "CREATE MACRO json_array_get(j, i) AS CASE WHEN json_valid(j) AND json_type(j) = 'ARRAY' "
    "THEN json_extract(j, '$[' || CASE WHEN i < 0 THEN '#' ELSE '' END || i || ']') END",
)

TIMES = (
    "CREATE MACRO tarn_minus(a DATE, b DATE) AS to_days(CAST(a - b AS INTEGER)), (a, b) AS a - b",
    # A number counts milliseconds, or seconds if it is small or has a point.
    "CREATE MACRO tarn_json_moment(t) AS CASE WHEN NOT regexp_full_match(t, '-?[0-9]+([.][0-9]+)?') THEN CAST(t AS TIMESTAMP) "
    "WHEN contains(t, '.') OR abs(TRY_CAST(t AS DOUBLE)) < 1e11 THEN make_timestamp(CAST(round(TRY_CAST(t AS DOUBLE) * 1e6) AS BIGINT)) "
    "ELSE make_timestamp_ms(TRY_CAST(t AS BIGINT)) END",
    # The first two have the types of the others, and are not run.
    "CREATE MACRO tarn_minus_of(x DATE, y DATE, a, b) AS to_days(CAST(a - b AS INTEGER)), (x, y, a, b) AS a - b",
    "CREATE MACRO tarn_millisecond(t) AS millisecond(t) % 1000",
    "CREATE MACRO tarn_to_milliseconds(i) AS CAST(epoch_ms(i) AS BIGINT)",
    "CREATE MACRO year_of_week(d) AS isoyear(d)",
    "CREATE MACRO yow(d) AS isoyear(d)",
    "CREATE MACRO current_timezone() AS 'UTC'",
    "CREATE MACRO from_iso8601_date(s) AS CAST(s AS DATE)",
    "CREATE MACRO to_iso8601(t) AS replace(replace(tarn_text(t), ' UTC', 'Z'), ' ', 'T')",
    "CREATE MACRO human_readable_seconds(s) AS coalesce(nullif(array_to_string(list_transform(list_filter(["
    "{'n': CAST(round(s) AS BIGINT) // 604800, 'u': 'week'}, {'n': CAST(round(s) AS BIGINT) // 86400 % 7, 'u': 'day'}, "
    "{'n': CAST(round(s) AS BIGINT) // 3600 % 24, 'u': 'hour'}, {'n': CAST(round(s) AS BIGINT) // 60 % 60, 'u': 'minute'}, "
    "{'n': CAST(round(s) AS BIGINT) % 60, 'u': 'second'}], lambda p: p.n > 0), "
    "lambda p: p.n || ' ' || p.u || CASE WHEN p.n = 1 THEN '' ELSE 's' END), ', '), ''), CASE WHEN s IS NOT NULL THEN '0 seconds' END)",
)

ARRAYS = (
    # In the order of their first places, NULL among them. An array without duplicates is not searched for each of its elements.
    "CREATE MACRO tarn_distinct(a) AS CASE WHEN len(list_distinct(a)) = len(a) THEN a "
    "ELSE list_filter(a, lambda x, i: list_position(a, x) = i) END",
    # A map's value and an array's element: what is not there is an error, which a cast makes of a text. The value is given twice,
    # for the first is cast.
    f"CREATE MACRO tarn_refuse(t, x) AS cast_to_type(CAST(CAST('{REFUSAL}' || t AS TINYINT) AS VARCHAR), x)",
    "CREATE MACRO tarn_value(m, k) AS CASE WHEN map_contains(m, k) OR m IS NULL OR k IS NULL THEN m[k] "
    "ELSE tarn_refuse('Key not present in map: ' || CAST(k AS VARCHAR), m[k]) END",
    "CREATE MACRO tarn_element(a, i) AS CASE WHEN i = 0 THEN tarn_refuse('SQL array indices start at 1', list_extract(a, i)) "
    "WHEN i < 0 THEN tarn_refuse('Array subscript is negative: ' || i, list_extract(a, i)) "
    "WHEN i > len(a) THEN tarn_refuse('Array subscript must be less than or equal to array length: ' || i || ' > ' || len(a), "
    "list_extract(a, i)) ELSE list_extract(a, i) END",
    "CREATE MACRO tarn_at(x MAP(VARCHAR, VARCHAR), c, k) AS tarn_value(c, k), (x, c, k) AS tarn_element(c, k)",
    "CREATE MACRO array_union(a, b) AS tarn_distinct(list_concat(a, b))",
    "CREATE MACRO arrays_overlap(a, b) AS list_has_any(a, b)",
    "CREATE MACRO trim_array(a, n) AS a[1:len(a) - n]",
    "CREATE MACRO ngrams(a, n) AS list_transform(range(1, greatest(len(a) - n + 1, 1) + 1), lambda i: a[i:i + n - 1])",
    "CREATE MACRO tarn_repeat(x, n) AS list_transform(range(n), lambda i: x)",
    "CREATE MACRO tarn_slice(a, start, n) AS CASE WHEN start > 0 THEN a[start:start + n - 1] "
    "WHEN start = 0 OR -start > len(a) THEN a[1:0] ELSE a[len(a) + start + 1:len(a) + start + n] END",
    "CREATE MACRO tarn_array_max(a) AS CASE WHEN len(a) = list_count(a) THEN list_max(a) END",
    "CREATE MACRO tarn_array_min(a) AS CASE WHEN len(a) = list_count(a) THEN list_min(a) END",
    "CREATE MACRO tarn_array_position(a, x) AS CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN CAST(coalesce(list_position(a, x), 0) AS "
    "BIGINT) END",
    "CREATE MACRO tarn_cardinality(m MAP(VARCHAR, VARCHAR)) AS CAST(cardinality(m) AS BIGINT), (a) AS len(a)",
    "CREATE MACRO tarn_dates(a, b) AS list_transform(generate_series(CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP), "
    "to_days(CASE WHEN a <= b THEN 1 ELSE -1 END)), lambda d: CAST(d AS DATE))",
    "CREATE MACRO tarn_numbers(a, b) AS generate_series(a, b, CASE WHEN a <= b THEN 1 ELSE -1 END)",
    "CREATE MACRO tarn_sequence(a DATE, b DATE) AS tarn_dates(a, b), (a, b) AS tarn_numbers(a, b)",
    # Each is so many steps behind the first: months that are shorter leave no trace in those after them.
    "CREATE MACRO tarn_steps(a, b, s) AS list_transform(range(len(generate_series(a, b, s)) + 1), lambda i: a + s * CAST(i AS INTEGER))",
    "CREATE MACRO tarn_times(a, b, s) AS cast_to_type(list_filter(tarn_steps(a, b, s), lambda t: t BETWEEN least(a, b) AND greatest(a, b)), "
    "[greatest(a, b)])",
    "CREATE MACRO shuffle(a) AS list_transform(list_sort(list_transform(a, lambda x: row(random(), x))), lambda e: struct_extract_at(e, 2))",
    "CREATE MACRO contains_sequence(a, b) AS len(b) = 0 OR len(list_filter(range(len(a) - len(b) + 1), lambda i: "
    "a[i + 1:i + len(b)] = b)) > 0",
    f"CREATE MACRO tarn_dot_product(a, b) AS CASE WHEN len(a) = len(b) THEN list_dot_product(CAST(a AS DOUBLE[]), CAST(b AS DOUBLE[])) "
    f"WHEN a IS NOT NULL AND b IS NOT NULL THEN CAST('{REFUSAL}The arguments must have the same length' AS DOUBLE) END",
    "CREATE MACRO array_histogram(a) AS map_from_entries(list_transform(list_sort(list_distinct(a)), "
    "lambda x: row(x, CAST(len(list_filter(a, lambda y: y = x)) AS BIGINT))))",
)

MAPS = (
    # A map's entries, or the array that is no map. The value is given twice, for the second is not cast.
    "CREATE MACRO tarn_rows(m MAP(VARCHAR, VARCHAR), rows) AS map_entries(rows), (m, rows) AS rows",
    "CREATE MACRO tarn_map_entries(m) AS list_transform(map_entries(m), lambda e: row(e.key, e.value))",
    "CREATE MACRO split_to_map(s, d, k) AS map_from_entries(list_transform(string_split(s, d), "
    "lambda p: row(split_part(p, k, 1), split_part(p, k, 2))))",
    "CREATE MACRO multimap_from_entries(a) AS map_from_entries(list_transform(tarn_distinct(list_transform(a, lambda e: "
    "struct_extract_at(e, 1))), "
    "lambda k: row(k, list_transform(list_filter(a, lambda e: struct_extract_at(e, 1) = k), lambda e: struct_extract_at(e, 2)))))",
    "CREATE MACRO split_to_multimap(s, d, k) AS multimap_from_entries(list_transform(string_split(s, d), "
    "lambda p: row(split_part(p, k, 1), split_part(p, k, 2))))",
    # The first of a key's values is kept, for one of them is.
    "CREATE MACRO tarn_keys(a) AS list_transform(a, lambda o: struct_extract_at(o, 1))",
    "CREATE MACRO tarn_entries(a) AS map_from_entries(CASE WHEN len(list_distinct(tarn_keys(a))) = len(a) THEN a "
    "ELSE list_filter(a, lambda e, i: list_position(tarn_keys(a), struct_extract_at(e, 1)) = i) END)",
    "CREATE MACRO map_agg(k, v) AS tarn_entries(list(row(k, v)) FILTER (WHERE k IS NOT NULL))",
    "CREATE MACRO multimap_agg(k, v) AS multimap_from_entries(list(row(k, v)) FILTER (WHERE k IS NOT NULL))",
    "CREATE MACRO map_union(m) AS tarn_entries(flatten(list(map_entries(m)) FILTER (WHERE m IS NOT NULL)))",
)

#: A type's name in Trino, from its name in DuckDB.
TYPES = (
    "CREATE MACRO tarn_lists(t) AS regexp_replace(t, '([a-z]+(?:\\([^()]*\\))?(?: [a-z ]+)?)\\[\\]', 'array(\\1)', 'g')",
    "CREATE MACRO tarn_scalars(t) AS replace(replace(replace(replace(replace(replace(replace(t, 'hugeint', 'bigint'), 'float', 'real'), "
    "'blob', 'varbinary'), "
    "'timestamp', 'timestamp(3)'), 'struct(', 'row('), 'interval', 'interval day to second'), '\"null\"', 'unknown')",
    "CREATE MACRO tarn_typeof(x) AS tarn_lists(tarn_lists(tarn_lists(tarn_scalars(lower(typeof(x))))))",
)

MACROS = NUMBERS + TEXTS + BINARY + JSON + TIMES + ARRAYS + MAPS + TYPES
