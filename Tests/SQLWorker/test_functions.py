"""Trino's functions and operators: a SELECT's only cell, None for NULL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

DATES = [
    ("date_diff('hour', timestamp '2020-01-01 00:59:00', timestamp '2020-01-01 01:01:00')", "0"),
    ("date_diff('year', date '2019-12-31', date '2020-01-01')", "0"),
    ("date_diff('day', date '2020-03-01', date '2020-03-02')", "1"),
    ("date_diff('day', timestamp '2020-03-02 00:00:00', timestamp '2020-03-01 12:00:00')", "0"),
    ("date_diff('second', timestamp '2020-03-01 00:00:00', timestamp '2020-03-01 00:01:00')", "60"),
    ("date_diff('quarter', date '2020-01-01', date '2020-07-01')", "2"),
    ("date_diff('week', date '2020-01-01', date '2020-01-15')", "2"),
    ("date_add('day', 3, date '2020-01-30')", "2020-02-02"),
    ("date_add('month', 1, date '2020-01-31')", "2020-02-29"),
    ("date_add('hour', 3, timestamp '2020-01-30 22:00:00')", "2020-01-31 01:00:00.000"),
    ("date_trunc('month', date '2020-01-30')", "2020-01-01"),
    ("date_trunc('hour', timestamp '2020-01-30 22:11:00')", "2020-01-30 22:00:00.000"),
    ("date '2020-01-30' + interval '2' day", "2020-02-01"),
    ("date '2020-01-30' - interval '1' month", "2019-12-30"),
    ("interval '2' day + date '2020-01-30'", "2020-02-01"),
    ("date '2020-01-03' - date '2020-01-01'", "2 00:00:00.000"),
    ("interval '2' day", "2 00:00:00.000"),
    ("to_milliseconds(interval '2' second)", "2000"),
    ("interval '3' month", "0-3"),
    ("interval '90' minute", "0 01:30:00.000"),
    ("extract(dow from date '2020-01-05')", "7"),
    ("day_of_week(date '2020-01-06')", "1"),
    ("extract(day_of_week from date '2020-01-05')", "7"),
    ("millisecond(timestamp '2020-01-01 00:00:05.678')", "678"),
    ("to_iso8601(date '2020-01-01')", "2020-01-01"),
    ("to_iso8601(timestamp '2020-01-01 01:02:03')", "2020-01-01T01:02:03.000"),
    ("cast(timestamp '2020-01-01 01:02:03.100' as varchar)", "2020-01-01 01:02:03.100"),
    ("cast(date '2020-01-01' as varchar)", "2020-01-01"),
    ("format_datetime(timestamp '2020-01-02 03:04:05', 'yyyy-MM-dd HH:mm:ss')", "2020-01-02 03:04:05"),
    ("parse_datetime('2020-01-02 03:04', 'yyyy-MM-dd HH:mm')", "2020-01-02 03:04:00.000 UTC"),
    ("date_format(timestamp '2020-01-02 03:04:05', '%Y-%m-%d %H:%i:%s')", "2020-01-02 03:04:05"),
    ("date_parse('2020-01-02', '%Y-%m-%d')", "2020-01-02 00:00:00.000"),
    ("current_timezone()", "UTC"),
    ("from_unixtime(0)", "1970-01-01 00:00:00.000 UTC"),
    ("to_unixtime(timestamp '1970-01-01 00:00:01')", "1.0"),
    ("last_day_of_month(date '2020-02-03')", "2020-02-29"),
    ("yow(date '2021-01-01')", "2020"),
    ("human_readable_seconds(96)", "1 minute, 36 seconds"),
    ("from_iso8601_date('2020-01-02')", "2020-01-02"),
    ("date_diff('month', date '2020-01-31', date '2020-02-29')", "1"),  # Joda takes both for a month's last day
    ("interval '1' year - interval '13' month", "-0-1"),
    ("interval '1' day * 2", "2 00:00:00.000"),
    ("-interval '5' second", "-0 00:00:05.000"),
    ("timestamp '2020-01-03 00:00:00' - timestamp '2020-01-01 12:00:00'", "1 12:00:00.000"),
    ("max(d) - min(d) from (values date '2020-01-05', date '2020-01-01') t(d)", "4 00:00:00.000"),
    ("max(d) - min(d) from (values 5, 1) t(d)", "4"),
    ("max(d) - date '2020-01-01' from (values date '2020-01-05') t(d)", "4 00:00:00.000"),
    ("timestamp '2020-01-01 01:02:03' at time zone 'America/New_York'", "2019-12-31 20:02:03.000 America/New_York"),
    ("at_timezone(timestamp '2020-01-01 01:02:03 UTC', 'Europe/Paris')", "2020-01-01 02:02:03.000 Europe/Paris"),
    ("with_timezone(timestamp '2020-01-01 01:02:03', 'Europe/Paris')", "2020-01-01 01:02:03.000 Europe/Paris"),
    ("hour(timestamp '2020-01-01 01:02:03' at time zone 'America/New_York')", "20"),
    ("date_trunc('week', timestamp '2020-01-02 10:00:00')", "2019-12-30 00:00:00.000"),
    ("format_datetime(timestamp '2020-01-02 15:04:05.678', 'EEE, d MMM yyyy h:mm:ss.SSS a ''at'' Z')", "Thu, 2 Jan 2020 3:04:05.678 PM at +0000"),
    ("parse_datetime('2020-01-02T03:04:05+02:00', 'yyyy-MM-dd''T''HH:mm:ssZ')", "2020-01-02 01:04:05.000 UTC"),
]

BYTES = [
    # The empty text and "hello" are of xxHash's and RFC 2104's own implementations; two stripes and a rest reach every step.
    ("to_hex(xxhash64(to_utf8('')))", "EF46DB3751D8E999"),
    ("to_hex(xxhash64(to_utf8('hello')))", "26C7827D889F6DA3"),
    ("to_hex(xxhash64(to_utf8(rpad('', 79, 'tarn'))))", "DC0E0E3840F6F878"),
    ("to_hex(hmac_sha256(to_utf8('hello'), to_utf8('key')))", "9307B3B915EFB5171FF14D8CB55FBCC798C6C0EF1456D66DED1A6AA723A58B7B"),
    ("to_hex(hmac_md5(to_utf8('hello'), to_utf8('key')))", "04130747AFCA4D79E32E87CF2104F087"),
    ("to_hex(hmac_sha1(to_utf8('hello'), to_utf8('key')))", "B34CEAC4516FF23A143E61D79D0FA7A4FBE5F266"),
    ("to_hex(hmac_sha256(to_utf8('hello'), to_utf8(rpad('', 65, 'k'))))", "EDBBE32A95786F734EC02887A09A8814B83F71BE6ED8FF8D5C6049BDC2D035CC"),
    ("hmac_md5(null, to_utf8('k')) is null", "true"),
    ("to_base64url(to_utf8('a??>'))", "YT8_Pg=="),
    ("from_utf8(from_base64url('YT8_Pg=='))", "a??>"),
    ("to_base32(to_utf8('abc'))", "MFRGG==="),
    ("to_hex(to_big_endian_64(-2))", "FFFFFFFFFFFFFFFE"),
    ("from_big_endian_64(from_hex('FFFFFFFFFFFFFFFE'))", "-2"),
    ("to_hex(to_big_endian_32(1))", "00000001"),
    ("from_big_endian_32(from_hex('80000000'))", "-2147483648"),
]

#: What answered otherwise than Trino, and what was missing.
MORE = [
    ("random(3, 4)", "3"), ("random(1)", "0"), ("random(5) between 0 and 4", "true"),
    ("round(9.99, 1)", "10.00"), ("round(2.345, 2)", "2.350"), ("truncate(12.345, 2)", "12.340"), ("round(double '2.345', 1)", "2.3"),
    ("typeof(round(cast(1.5 as decimal(10,4)), 2))", "decimal(11,4)"), ("typeof(round(15, -1))", "integer"), ("round(125, -1)", "130"),
    ("round(sum(x), 1) from (values 1.25, 1.35) t(x)", "2.60"), ("round(sum(x) over (), 1) from (values 1.25) t(x)", "1.30"),
    ("array_sort(shuffle(array[3, 1, 2]))", "[1, 2, 3]"),
    ("count(distinct shuffle(sequence(x, x + 9))) > 1 from (values 1, 1, 1, 1) t(x)", "true"),
    ("levenshtein_distance('äb', 'ab')", "1"), ("levenshtein_distance('kitten', 'sitting')", "3"), ("levenshtein_distance('', 'ä')", "1"),
    ("hamming_distance('äbc', 'abd')", "2"),
    ("cbrt(27)", "3.0"), ("cbrt(-8)", "-2.0"),
    ("entropy(x) from (values 1, 1) t(x)", "1.0"), ("entropy(x) from (values 0) t(x)", "0.0"), ("entropy(x) from (values 5, 0) t(x)", "0.0"),
    ("from_unixtime(0, 'Asia/Tokyo')", "1970-01-01 09:00:00.000 Asia/Tokyo"), ("hour(from_unixtime(0, 'Asia/Tokyo'))", "9"),
    ("sequence(date '2020-01-31', date '2020-03-31', interval '1' month)", "[2020-01-31, 2020-02-29, 2020-03-31]"),
    ("sequence(date '2020-03-31', date '2020-01-31', interval '-1' month)", "[2020-03-31, 2020-02-29, 2020-01-31]"),
    ("bitwise_right_shift(bigint '-8', 1)", "9223372036854775804"), ("bitwise_right_shift(-8, 0)", "-8"),
    ("bitwise_right_shift_arithmetic(-8, 3)", "-1"),
    ("width_bucket(3, array[1, 2, 4])", "2"), ("width_bucket(0, array[1, 2, 4])", "0"),
    ("wilson_interval_lower(1250, 1310, 1.96)", "0.9414883725395894"), ("wilson_interval_upper(1250, 1310, 1.96)", "0.9642524717143908"),
    ("luhn_check('79927398713')", "true"), ("luhn_check('79927398714')", "false"), ("luhn_check('')", "false"),
    ("split_to_multimap('a=1,a=2', ',', '=')", "{a=[1, 2]}"),
    ("regexp_position('23 apples, 5 pears', '\\d+', 3)", "12"), ("regexp_position('abc', 'x', 2)", "-1"),
    ("array_histogram(array[42, 7, 42, null])", "{7=1, 42=2}"),
    ("contains_sequence(array[1, 2, 3], array[2, 3])", "true"), ("contains_sequence(array[1, 2], array[1, 2, 3])", "false"),
    ("dot_product(array[1.0, 2.0], array[3.0, 4.0])", "11.0"),
]

NUMBERS = [
    ("1.0/3", "0.3"),
    ("10/4", "2"),
    ("decimal '9.99' / decimal '0.01'", "999.00"),
    ("decimal '12345678901234567.89' / decimal '0.07'", "176366841446208112.71"),
    ("cast(1 as decimal(38,10)) / cast(7 as decimal(20,10))", "0.1428571429"),
    ("-1.00 / 6", "-0.17"),
    ("0.05 / 0.3", "0.17"),
    ("1.0 / cast(null as decimal(3,1))", None),
    ("5 / cast(null as integer)", None),
    ("try(1.0 / 0)", None),
    ("decimal '1.50'", "1.50"),
    ("array['a', 'b'][2]", "b"),
    ("map(array[7], array['x'])[7]", "x"),
    ("element_at(array[1], 5)", None),
    ("try(array[1][2])", None),
    ("cast(row(1, 'x') as row(a int, b varchar))[2]", "x"),
    ("10e0/4", "2.5"),
    ("cast(1 as decimal(10,2))/3", "0.33"),
    ("avg(x) from (values 1.0, 2.0) t(x)", "1.5"),
    ("cast(2.5e0 as int)", "3"),
    ("cast(3.5e0 as bigint)", "4"),
    ("round(2.5e0)", "3.0"),
    ("to_base(255, 16)", "ff"),
    ("-1.0e0/0e0", "-Infinity"),
    ("0e0/0e0", "NaN"),
    ("cast(1e10 as varchar)", "1.0E10"),
    ("cast(0.5e0 as varchar)", "0.5"),
    ("cast(1.1 as real)", "1.1"),
    ("cast(1 as real)/3", "0.33333334"),
    ("to_hex(sha1(to_utf8('a')))", "86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B8"),
    ("to_hex(md5(to_utf8('a')))", "0CC175B9C0F1B6A831C399E269772661"),
    ("to_hex(sha256(to_utf8('a')))", "CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB"),
    ("to_base64(to_utf8('a'))", "YQ=="),
    ("from_utf8(from_base64('YQ=='))", "a"),
    ("e()", "2.718281828459045"),
    ("infinity()", "Infinity"),
    ("nan()", "NaN"),
    ("is_finite(1e0)", "true"),
    ("width_bucket(5.3e0, 0, 10, 5)", "3"),
    ("bitwise_left_shift(1, 3)", "8"),
    ("bit_count(9, 64)", "2"),
    ("truncate(2.7e0)", "2.0"),
    ("sign(-3)", "-1"),
    ("mod(7, 3)", "1"),
    ("power(2, 10)", "1024.0"),
    ("ceil(1.2e0)", "2.0"),
    ("cast('12' as integer) + 1", "13"),
    ("try_cast('x' as integer)", None),
    ("try(1/0)", None),
    ("try((1/2)/(3/0))", None),
    ("100.0 * sum(x) / count(*) from (values 1, 2, 4) t(x)", "233.3"),
    ("5e0 % 0", "NaN"),
    ("cast(-2.5e0 as bigint)", "-3"),
    ("cast(1.5e-5 as varchar)", "1.5E-5"),
    ("avg(x) over () from (values 1.0, 2.0) t(x) limit 1", "1.5"),
    ("avg(x) filter (where x > 1) from (values 1.0, 2.0) t(x)", "2.0"),
    ("avg(x) from (values 1, 2) t(x)", "1.5"),
    ("approx_percentile(x, 0.5) filter (where x > 1) from (values 1, 2, 2) t(x)", "2"),
]

STRINGS = [
    ("cardinality(split('a,b,c', ',', 2))", "2"),
    ("split('a,b,c', ',', 2)", "[a, b,c]"),
    ("split('a,b,c', ',')", "[a, b, c]"),
    ("split_part('a,b', ',', 3)", None),
    ("split_part('a,b', ',', 2)", "b"),
    ("substr('abc', 0)", ""),
    ("substr('abc', 2)", "bc"),
    ("substr('abc', -2)", "bc"),
    ("substring('abcde', 2, 3)", "bcd"),
    ("strpos('abcabc', 'b', 2)", "5"),
    ("strpos('abcabc', 'b')", "2"),
    ("concat_ws(',', array['a','b'])", "a,b"),
    ("concat_ws(',', 'a', 'b')", "a,b"),
    ("format('%05d', 42)", "00042"),
    ("format('%s-%s', 'a', 1)", "a-1"),
    ("format('%,d', 1234567)", "1,234,567"),
    ("format('%.2f', 3.14159e0)", "3.14"),
    ("cast('abcdef' as varchar(2))", "ab"),
    ("cast('ab' as char(4))", "ab  "),
    ("url_encode('a b/c')", "a+b%2Fc"),
    ("url_decode('a+b%2Fc')", "a b/c"),
    ("replace('aXb', 'X')", "ab"),
    ("reverse('abc')", "cba"),
    ("lpad('a', 3, 'x')", "xxa"),
    ("length('abc')", "3"),
    ("length(to_utf8('é'))", "2"),
    ("normalize('é')", "é"),
    ("soundex('Robert')", "R163"),
    ("hamming_distance('abc', 'abd')", "1"),
    ("levenshtein_distance('abc', 'abd')", "1"),
    ("translate('abcd', 'a', 'z')", "zbcd"),
    ("starts_with('abc', 'ab')", "true"),
    ("chr(65)", "A"),
    ("upper('a') || lower('B')", "Ab"),
    ("trim(' a ')", "a"),
    ("(select length(x.s)) from (values 'é') x(s)", "1"),
    ("format('%10s|%-3s|%x', 'a', 'b', 255)", "         a|b  |ff"),
    ("soundex('Tymczak')", "T522"),
    ("soundex('Ashcraft')", "A261"),
]

REGULAR_EXPRESSIONS = [
    ("regexp_replace('1a 2b', '(\\d)([ab])', '$2$1')", "a1 b2"),
    ("regexp_replace('abc', 'b')", "ac"),
    ("regexp_extract('abc', '\\d+')", None),
    ("regexp_extract('a12', '(\\d)(\\d)', 2)", "2"),
    ("regexp_extract_all('1a 2b', '\\d')", "[1, 2]"),
    ("regexp_like('abc', 'b')", "true"),
    ("regexp_count('1a 2b', '\\d')", "2"),
    ("regexp_position('abc', 'c')", "3"),
    ("regexp_split('1a2b3', '[ab]')", "[1, 2, 3]"),
]

JSON = [
    ("json_extract_scalar('{\"a\":{\"b\":1}}', '$.a')", None),
    ("json_extract_scalar('{\"a\":{\"b\":1}}', '$.a.b')", "1"),
    ("json_extract_scalar('{\"a\":\"x\"}', '$.a')", "x"),
    ("json_extract_scalar('{\"a\":true}', '$.a')", "true"),
    ("json_extract('{\"a\":[1,2]}', '$.a')", "[1,2]"),
    ("json_extract('nope', '$.a')", None),
    ("json_array_contains('[1,2]', 2)", "true"),
    ("json_array_get('[1,2]', 1)", "2"),
    ("json_array_length('[1,2]')", "2"),
    ("json_format(json '{\"a\":1}')", "{\"a\":1}"),
    ("cast(json '\"x\"' as varchar)", "x"),
    ("cast(json '5' as integer)", "5"),
    ("cast(json '[1,2]' as array(integer))", "[1, 2]"),
    ("json_parse('[1]')", "[1]"),
    ("json_value('{\"a\":5}', 'lax $.a')", "5"),
    ("json_query('{\"a\":[1]}', 'lax $.a')", "[1]"),
    ("json_exists('{\"a\":5}', 'lax $.a')", "true"),
    ("json_format(cast(array[1,2] as json))", "[1,2]"),
]

ARRAYS = [
    ("array_sort(array[3,1,2], (x, y) -> if(x < y, 1, if(x = y, 0, -1)))", "[3, 2, 1]"),
    ("array_sort(array[3,1,null])", "[1, 3, null]"),
    ("slice(array[1,2,3,4], -2, 2)", "[3, 4]"),
    ("slice(array[1,2,3,4], 2, 2)", "[2, 3]"),
    ("sequence(3, 1)", "[3, 2, 1]"),
    ("sequence(1, 5, 2)", "[1, 3, 5]"),
    ("sequence(date '2020-01-01', date '2020-01-03')", "[2020-01-01, 2020-01-02, 2020-01-03]"),
    ("sequence(date '2020-01-01', date '2020-03-01', interval '1' month)", "[2020-01-01, 2020-02-01, 2020-03-01]"),
    ("array_max(array[1,null])", None),
    ("array_max(array[1,2])", "2"),
    ("array_min(array[1,2])", "1"),
    ("array_position(array[1,2], 9)", "0"),
    ("array_position(array[1,2], 2)", "2"),
    ("repeat('a', 2)", "[a, a]"),
    ("cardinality(array[1,2])", "2"),
    ("cardinality(map(array['a'], array[1]))", "1"),
    ("zip(array[1,2], array['a','b'])", "[{field0=1, field1=a}, {field0=2, field1=b}]"),
    ("zip_with(array[1,2], array[3,4], (x, y) -> x + y)", "[4, 6]"),
    ("array_union(array[1,2], array[2,3])", "[1, 2, 3]"),
    ("arrays_overlap(array[1,2], array[2,3])", "true"),
    ("any_match(array[1,2], x -> x > 1)", "true"),
    ("all_match(array[1,2], x -> x > 1)", "false"),
    ("none_match(array[1,2], x -> x > 5)", "true"),
    ("combinations(array[1,2,3], 2)", "[[1, 2], [1, 3], [2, 3]]"),
    ("ngrams(array['a','b','c'], 2)", "[[a, b], [b, c]]"),
    ("trim_array(array[1,2,3], 1)", "[1, 2]"),
    ("reverse(array[1,2])", "[2, 1]"),
    ("array[1] || 2", "[1, 2]"),
    ("array[1] || array[2]", "[1, 2]"),
    ("array_remove(array[1,2,1], 1)", "[2]"),
    ("array_distinct(array[1,1])", "[1]"),
    ("array_intersect(array[1,2], array[2,3])", "[2]"),
    ("array_except(array[1,2], array[2,3])", "[1]"),
    ("array_join(array[1,null,2], ',')", "1,2"),
    ("array_join(array[1,null,2], ',', 'x')", "1,x,2"),
    ("contains(array[1,2], 2)", "true"),
    ("element_at(array[1,2], -1)", "2"),
    ("element_at(array[1,2], 5)", None),
    ("flatten(array[array[1], array[2]])", "[1, 2]"),
    ("filter(array[1,2,3], x -> x > 1)", "[2, 3]"),
    ("transform(array[1,2], x -> x + 1)", "[2, 3]"),
    ("reduce(array[1,2,3], 0, (s, x) -> s + x, s -> s)", "6"),
    ("array_agg(x) from (values 1, 2) t(x)", "[1, 2]"),
]

MAPS = [
    ("map(array['a','b'], array[1,2])", "{a=1, b=2}"),
    ("map(array['a'], array[1])['a']", "1"),
    ("element_at(map(array['a'], array[1]), 'b')", None),
    ("map_keys(map(array['a'], array[1]))", "[a]"),
    ("map_values(map(array['a'], array[1]))", "[1]"),
    ("map_entries(map(array['a'], array[1]))", "[{field0=a, field1=1}]"),
    ("map_concat(map(array['a'], array[1]), map(array['b'], array[2]))", "{a=1, b=2}"),
    ("map_filter(map(array['a','b'], array[1,2]), (k, v) -> v > 1)", "{b=2}"),
    ("transform_values(map(array['a'], array[1]), (k, v) -> v + 1)", "{a=2}"),
    ("transform_keys(map(array['a'], array[1]), (k, v) -> k || 'x')", "{ax=1}"),
    ("map_zip_with(map(array['a'], array[1]), map(array['a'], array[2]), (k, a, b) -> a + b)", "{a=3}"),
    ("split_to_map('a=1,b=2', ',', '=')", "{a=1, b=2}"),
    ("map_from_entries(array[row('a', 1)])", "{a=1}"),
    ("multimap_from_entries(array[row('a', 1), row('a', 2)])", "{a=[1, 2]}"),
    ("map_agg(k, v) from (values ('a', 1)) t(k, v)", "{a=1}"),
    ("histogram(x) from (values 1, 1, 2) t(x)", "{1=2, 2=1}"),
]

AGGREGATES = [
    ("every(x > 0) from (values 1, 2) t(x)", "true"),
    ("bool_or(x > 1) from (values 1, 2) t(x)", "true"),
    ("count_if(x > 1) from (values 1, 2) t(x)", "1"),
    ("arbitrary(x) from (values 1) t(x)", "1"),
    ("max_by(x, y) from (values (1, 2), (3, 1)) t(x, y)", "1"),
    ("approx_distinct(x) from (values 1, 2) t(x)", "2"),
    ("approx_percentile(x, 0.5) from (values 1, 2, 3) t(x)", "2"),
    ("listagg(x, ',') within group (order by x) from (values 'b', 'a') t(x)", "a,b"),
    ("map_union(m) from (values map(array['a'], array[1])) t(m)", "{a=1}"),
    ("multimap_agg(k, v) from (values ('a', 1), ('a', 2)) t(k, v)", "{a=[1, 2]}"),
    ("reduce_agg(x, 0, (a, b) -> a + b, (a, b) -> a + b) from (values 1, 2) t(x)", "3"),
    ("geometric_mean(x) from (values 2e0, 8e0) t(x)", "4.0"),
    ("stddev(x) from (values 1e0, 3e0) t(x)", "1.4142135623730951"),
]

ROWS_AND_THE_REST = [
    ("row(1, 'x')", "{field0=1, field1=x}"),
    ("cast(row(1, 'x') as row(a integer, b varchar))", "{a=1, b=x}"),
    ("cast(row(1, 'x') as row(a integer, b varchar)).a", "1"),
    ("row(1, 'x')[1]", "1"),
    ("typeof(1)", "integer"),
    ("typeof('abc')", "varchar(3)"),
    ("typeof(array[1])", "array(integer)"),
    ("typeof(cast(1 as bigint))", "bigint"),
    ("typeof(1.5)", "decimal(2,1)"),
    ("typeof(1e0)", "double"),
    ("typeof(null)", "unknown"),
    ("coalesce(null, 1)", "1"),
    ("nullif(1, 1)", None),
    ("if(true, 'a', 'b')", "a"),
    ("greatest(1, 3)", "3"),
    ("current_catalog", "awsdatacatalog"),
    ("current_schema", "db"),
    ("x from unnest(array[1,2]) t(x) order by x limit 1", "1"),
    ("k || cast(v as varchar) from unnest(map(array['a'], array[1])) t(k, v)", "a1"),
    ("a + b from unnest(array[1], array[2]) t(a, b)", "3"),
    ("n from unnest(array['x']) with ordinality t(v, n)", "1"),
    ("b from unnest(array[row(1, 'z')]) t(a, b)", "z"),
    ("crc32(to_utf8('a'))", "3904355907"),
    ("(select x.a - x.b) from (values (3, 2)) x(a, b)", "1"),
    ("a || cast(b as varchar) from (values array[row('a', 1)]) x(m), unnest(m) t(a, b)", "a1"),
    ("sum(n) from (values (array[1,2], array['z'])) x(p, q) cross join unnest(p, q) with ordinality t(a, b, n)", "3"),
]

#: Types of aggregates are not known yet when DuckDB chooses between a macro's forms.
OVER_AGGREGATES = [
    ("max(x) - min(x) FROM (VALUES 1, 5) t(x)", "4"),
    ("max(x) - min(x) FROM (VALUES 1.5, 5) t(x)", "3.5"),
    ("a - b FROM (SELECT max(x) a, min(x) b FROM (VALUES 1, 5) t(x))", "4"),
    ("max(x) - min(x) FROM (VALUES (1, 5), (1, 7)) t(k, x) GROUP BY k HAVING max(x) - min(x) > 0 ORDER BY max(x) - min(x)", "2"),
    ("x - lag(x, 1, 0) OVER (ORDER BY x) FROM (VALUES 4) t(x)", "4"),
    ("cardinality(array_agg(x)) FROM (VALUES 1, 2) t(x)", "2"),
    ("cardinality(array_distinct(array_agg(x))) FROM (VALUES 1, 2, 2) t(x)", "2"),
    ("cardinality(map_agg(k, v)) FROM (VALUES ('a', 1)) t(k, v)", "1"),
    ("concat_ws(',', array_agg(x ORDER BY x)) FROM (VALUES 'b', 'a') t(x)", "a,b"),
    ("concat_ws(',', max(x)) FROM (VALUES 'b', 'a') t(x)", "b"),
    ("sequence(min(x), max(x)) FROM (VALUES 1, 3) t(x)", "[1, 2, 3]"),
    ("reverse(max(x)) FROM (VALUES 'ab') t(x)", "ba"),
]
CASES = OVER_AGGREGATES + BYTES + MORE + DATES + NUMBERS + STRINGS + REGULAR_EXPRESSIONS + JSON + ARRAYS + MAPS + AGGREGATES + ROWS_AND_THE_REST


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_value(answer: Any, expression: str, expected: str | None) -> None:
    given, rows = answer(f"SELECT {expression}")
    assert "error" not in given, given
    # An empty text is in quotes, NULL is an empty line.
    assert rows[1:] == [[] if expected is None else [expected]]


def test_moments_in_json_may_be_numbers(answer: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "1.json").write_text('{"t":1577840523000}\n{"t":1577840523}\n{"t":"2020-01-01 01:02:03.5"}\n{"t":null}\n')
    table = {"database": "db", "name": "t", "location": f"file://{tmp_path}/data", "format": "json", "columns": [{"name": "t", "type": "timestamp"}]}
    _, rows = answer("SELECT coalesce(t, timestamp '2000-01-01 00:00:00') FROM t ORDER BY 1", table)
    assert rows[1:] == [["2000-01-01 00:00:00.000"], ["2020-01-01 01:02:03.000"], ["2020-01-01 01:02:03.000"], ["2020-01-01 01:02:03.500"]]


def test_maps_of_the_catalog_are_unnested(answer: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "1.json").write_text('{"m":{"a":1,"b":2}}\n')
    table = {"database": "db", "name": "t", "location": f"file://{tmp_path}/data", "format": "json",
             "columns": [{"name": "m", "type": "map<string,int>"}]}
    _, rows = answer("SELECT k, v + 1, n FROM t CROSS JOIN UNNEST(m) WITH ORDINALITY AS u(k, v, n) ORDER BY k", table)
    assert rows[1:] == [["a", "2", "1"], ["b", "3", "2"]]
    _, rows = answer("SELECT cardinality(m) FROM t", table)
    assert rows[1:] == [["2"]]


@pytest.mark.parametrize(
    ("text", "escape", "expected"),
    [
        ("1,x|y|\\N,a:1|b:2|c,5|z,p\n", {}, ["1", "[x, y, null]", "{a=1, b=2, c=null}", "{n=5, t=z}", "p"]),
        ("1,,,5,\\N\n", {}, ["1", "[]", "{}", "{n=5, t=null}", ""]),
        ("1,x|y,a:1,no|z,p\\,q\n", {"escape.delim": "\\"}, ["1", "[x, y]", "{a=1}", "{n=null, t=z}", "p,q"]),
        ("1,\\N,\\N,\\N,\\N\n", {"escape.delim": "\\"}, ["1", "", "", "", ""]),
    ],
)
def test_nested_columns_of_delimited_text(answer: Any, tmp_path: Path, text: str, escape: dict[str, str], expected: list[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text(text)
    kinds = {"id": "int", "l": "array<string>", "m": "map<string,int>", "s": "struct<n:int,t:string>", "e": "string"}
    table = {"database": "db", "name": "t", "location": f"file://{tmp_path}/data", "format": "csv",
             "serdeProperties": {"field.delim": ",", "collection.delim": "|", "mapkey.delim": ":", **escape},
             "columns": [{"name": name, "type": kind} for name, kind in kinds.items()]}
    _, rows = answer("SELECT * FROM t", table)
    assert rows[1:] == [expected]
    _, rows = answer("SELECT count(e) FROM t", table)
    assert rows[1:] == [["0" if expected[4] == "" else "1"]]


def test_open_csv_counts_from_1970(answer: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text('"18263","1577836800123"\n"2020-01-02",""\n')
    table = {"database": "db", "name": "t", "location": f"file://{tmp_path}/data", "format": "csv",
             "serde": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
             "columns": [{"name": "d", "type": "date"}, {"name": "t", "type": "timestamp"}]}
    _, rows = answer("SELECT * FROM t ORDER BY t", table)
    assert rows[1:] == [["2020-01-02", "2020-01-01 00:00:00.123"], ["2020-01-02", ""]]
