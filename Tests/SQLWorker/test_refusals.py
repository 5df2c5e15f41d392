"""What SELECTs are refused with, in Trino's words."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("expression", "code", "message"),
    [
        ("nope(1)", "FUNCTION_NOT_FOUND", "line 1:8: Function 'nope' not registered"),
        ("sum('a')", "FUNCTION_NOT_FOUND", "Unexpected parameters (varchar) for function sum"),
        ("'a' + 1", "TYPE_MISMATCH", "Cannot apply operator: varchar + integer"),
        ("ipaddress '1.2.3.4'", "NOT_SUPPORTED", "Not supported: values of type ipaddress"),
    ],
)
def test_what_does_not_fit_is_said_in_trinos_words(answer: Any, expression: str, code: str, message: str) -> None:
    error = answer(f"SELECT {expression}")[0]["error"]
    assert error["code"] == code and error["message"].endswith(message), error


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("array[1, 2][3]", "Array subscript must be less than or equal to array length: 3 > 2"),
        ("split('a,b', ',')[3]", "Array subscript must be less than or equal to array length: 3 > 2"),
        ("a[0] from (values array[1]) t(a)", "SQL array indices start at 1"),
        ("a[i] from (values (array[1, 2], -1)) t(a, i)", "Array subscript is negative: -1"),
        ("map(array['a'], array[1])['b']", "Key not present in map: b"),
        ("m[8] from (values map(array[7], array[1])) t(m)", "Key not present in map: 8"),
    ],
)
def test_subscripts_of_what_is_not_there(answer: Any, expression: str, message: str) -> None:
    given, _ = answer(f"SELECT {expression}")
    assert given["error"] == {"code": "INVALID_FUNCTION_ARGUMENT", "message": message}


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("murmur3(to_utf8('a'))", "FUNCTION_NOT_FOUND"),
        ("hmac_sha512(to_utf8('a'), to_utf8('k'))", "FUNCTION_NOT_FOUND"),
        ("st_point(1, 2)", "FUNCTION_NOT_FOUND"),
        ("sha512(to_utf8('a'))", "NOT_SUPPORTED"),
        ("approx_percentile(x, w, 0.5) from (values (1, 5)) t(x, w)", "NOT_SUPPORTED"),
        ("from_unixtime(0, 1, 30)", "NOT_SUPPORTED"),
        ("random(0)", "INVALID_FUNCTION_ARGUMENT"),
        ("from_big_endian_64(from_hex('00'))", "INVALID_FUNCTION_ARGUMENT"),
        ("dot_product(array[1.0], array[1.0, 2.0])", "INVALID_FUNCTION_ARGUMENT"),
        ("format_datetime(now(), 'QQQ')", "NOT_SUPPORTED"),
        ("regexp_replace('a', '(?<n>a)', '${n}')", "NOT_SUPPORTED"),
        ("json_value('{}', 'lax $.a[*]')", "NOT_SUPPORTED"),
        ("format('%tY', now())", "NOT_SUPPORTED"),
        ("date_add('eon', 1, now())", "NOT_SUPPORTED"),
        ("1.5 / 0", "DIVISION_BY_ZERO"),
        ("(1/2)/(3/0)", "DIVISION_BY_ZERO"),
    ],
)
def test_what_is_not_there_refuses(answer: Any, expression: str, code: str) -> None:
    given, _ = answer(f"SELECT {expression}")
    assert given["error"]["code"] == code, given
