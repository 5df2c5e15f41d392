"""Trino's functions of bytes as macros: message authentication, xxHash, encodings and numbers in bytes. DuckDB has none of them."""

from __future__ import annotations

from .faults import REFUSAL

_DIGITS = "0123456789abcdef"
_HASHES = ("md5", "sha1", "sha256")
_BLOCK = 64
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

# xxHash's numbers (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md).
_P1, _P2, _P3, _P4, _P5 = (
    0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
_WORD = 1 << 64
_LOW, _HALF = f"{(1 << 32) - 1}::UHUGEINT", "32::UHUGEINT"


def _refused(text: str, kind: str) -> str:
    return f"CAST('{REFUSAL}{text}' AS {kind})"


def _hmac(name: str) -> tuple[str, ...]:
    # RFC 2104. The key is as long as a block: with zeros behind it, or its digest if it is longer.
    key = f"rpad(CASE WHEN octet_length(k) > {_BLOCK} THEN {name}(k) ELSE lower(hex(k)) END, {2 * _BLOCK}, '0')"
    return (
        f"CREATE MACRO tarn_key_{name}(k, x) AS unhex(array_to_string(list_transform(range({_BLOCK}), lambda i: printf('%02x', "
        f"xor(CAST('0x' || substring({key}, 2 * i + 1, 2) AS INTEGER), x))), ''))",
        f"CREATE MACRO hmac_{name}(b, k) AS CASE WHEN b IS NOT NULL AND k IS NOT NULL THEN "
        f"unhex({name}(tarn_key_{name}(k, 92) || unhex({name}(tarn_key_{name}(k, 54) || b)))) END",
    )


def _xxhash() -> tuple[str, ...]:
    # Words of 64 bits are numbers of 128, cut after each step.
    return (
        f"CREATE MACRO tarn_cut(x) AS (x) & {_WORD - 1}::UHUGEINT",
        f"CREATE MACRO tarn_times_word(x, y) AS tarn_cut(((((x) >> {_HALF}) * y & {_LOW}) << {_HALF}) + ((x) & {_LOW}) * y)",
        "CREATE MACRO tarn_turn(x, n) AS tarn_cut((x) << n::UHUGEINT) | ((x) >> (64 - n)::UHUGEINT)",
        "CREATE MACRO tarn_backwards(h) AS array_to_string(list_reverse(regexp_extract_all(h, '..')), '')",
        "CREATE MACRO tarn_word(h, i, n) AS CAST(CAST('0x' || tarn_backwards(substring(h, 2 * i + 1, 2 * n)) AS UBIGINT) AS UHUGEINT)",
        f"CREATE MACRO tarn_round(a, w) AS tarn_times_word(tarn_turn(tarn_cut(a + tarn_times_word(w, {_P2}::UHUGEINT)), 31), {_P1}::UHUGEINT)",
        # One lane of four: every fourth word of the whole stripes.
        "CREATE MACRO tarn_lane(h, stripes, lane, start) AS list_reduce(list_prepend(start::UHUGEINT, list_transform(range(stripes), "
        "lambda s: tarn_word(h, 32 * s + 8 * lane, 8))), lambda a, w: tarn_round(a, w))",
        f"CREATE MACRO tarn_merged(a, v) AS tarn_cut(tarn_times_word(xor(a, tarn_round(0::UHUGEINT, v)), {_P1}::UHUGEINT) + {_P4}::UHUGEINT)",
        "CREATE MACRO tarn_joined(v) AS list_reduce(list_prepend(tarn_cut(tarn_turn(v[1], 1) + tarn_turn(v[2], 7) + tarn_turn(v[3], 12) + "
        "tarn_turn(v[4], 18)), v), lambda a, x: tarn_merged(a, x))",
        f"CREATE MACRO tarn_lanes(h, n) AS CASE WHEN n < 32 THEN {_P5}::UHUGEINT ELSE list_transform([["
        f"tarn_lane(h, n // 32, 0, {(_P1 + _P2) % _WORD}), tarn_lane(h, n // 32, 1, {_P2}), tarn_lane(h, n // 32, 2, 0), "
        f"tarn_lane(h, n // 32, 3, {_WORD - _P1})]], lambda v: tarn_joined(v))[1] END",
        # What is left: words of eight bytes, one of four, single bytes.
        "CREATE MACRO tarn_eights(a, h, n) AS list_reduce(list_prepend(a, list_transform(range(n % 32 // 8), lambda i: "
        "tarn_word(h, n - n % 32 + 8 * i, 8))), lambda x, w: tarn_cut(tarn_times_word(tarn_turn(xor(x, tarn_round(0::UHUGEINT, w)), 27), "
        f"{_P1}::UHUGEINT) + {_P4}::UHUGEINT))",
        "CREATE MACRO tarn_fours(a, h, n) AS list_reduce(list_prepend(a, list_transform(range(n % 8 // 4), lambda i: "
        f"tarn_word(h, n - n % 8, 4))), lambda x, w: tarn_cut(tarn_times_word(tarn_turn(xor(x, tarn_times_word(w, {_P1}::UHUGEINT)), 23), "
        f"{_P2}::UHUGEINT) + {_P3}::UHUGEINT))",
        "CREATE MACRO tarn_ones(a, h, n) AS list_reduce(list_prepend(a, list_transform(range(n % 4), lambda i: "
        f"tarn_word(h, n - n % 4 + i, 1))), lambda x, w: tarn_times_word(tarn_turn(xor(x, tarn_times_word(w, {_P5}::UHUGEINT)), 11), "
        f"{_P1}::UHUGEINT))",
        "CREATE MACRO tarn_shuffled(x, n, p) AS tarn_times_word(xor(x, (x) >> n::UHUGEINT), p)",
        f"CREATE MACRO tarn_finished(x) AS list_transform(list_transform(list_transform([x], lambda a: tarn_shuffled(a, 33, {_P2}::UHUGEINT)), "
        f"lambda a: tarn_shuffled(a, 29, {_P3}::UHUGEINT)), lambda a: xor(a, a >> {_HALF}))[1]",
        "CREATE MACRO tarn_xxhash64(h, n) AS tarn_finished(tarn_ones(tarn_fours(tarn_eights(tarn_cut(tarn_lanes(h, n) + n::UHUGEINT), h, n), "
        "h, n), h, n))",
        "CREATE MACRO xxhash64(b) AS unhex(list_transform([hex(b)], lambda h: "
        "printf('%016x', CAST(tarn_xxhash64(h, length(h) // 2) AS UBIGINT)))[1])",
    )


def _numbers() -> tuple[str, ...]:
    made = []
    for bits, digits, kind, unsigned in ((32, 8, "INTEGER", "UINTEGER"), (64, 16, "BIGINT", "UBIGINT")):
        made += [
            f"CREATE MACRO to_big_endian_{bits}(n) AS unhex(lpad(hex(CASE WHEN n < 0 THEN CAST(CAST(n AS HUGEINT) + {1 << bits}::HUGEINT AS "
            f"{unsigned}) ELSE CAST(n AS {unsigned}) END), {digits}, '0'))",
            f"CREATE MACRO from_big_endian_{bits}(b) AS CASE WHEN octet_length(b) <> {bits // 8} "
            f"THEN {_refused(f'expected {bits // 8}-byte input', kind)} ELSE CAST((CAST(CAST('0x' || hex(b) AS UBIGINT) AS HUGEINT) + "
            f"{1 << (bits - 1)}::HUGEINT) % {1 << bits}::HUGEINT - {1 << (bits - 1)}::HUGEINT AS {kind}) END",
        ]
    return tuple(made)


BINARY = (
    *(macro for name in _HASHES for macro in _hmac(name)),
    *_xxhash(),
    *_numbers(),
    "CREATE MACRO to_base64url(b) AS translate(to_base64(b), '+/', '-_')",
    "CREATE MACRO from_base64url(s) AS from_base64(translate(s, '-_', '+/'))",
    # Five bits a letter; the last one's are filled with zeros, the last group of eight letters with =.
    "CREATE MACRO tarn_bits(b) AS array_to_string(list_transform(tarn_bytes(b), lambda x: right(lpad(bin(x), 8, '0'), 8)), '')",
    "CREATE MACRO tarn_letters(t) AS array_to_string(list_transform(range((length(t) + 4) // 5), lambda i: "
    f"substring('{_BASE32}', CAST('0b' || rpad(substring(t, 5 * i + 1, 5), 5, '0') AS INTEGER) + 1, 1)), '')",
    "CREATE MACRO tarn_to_base32(b) AS rpad(tarn_letters(tarn_bits(b)), CAST((octet_length(b) + 4) // 5 * 8 AS INTEGER), '=')",
)
