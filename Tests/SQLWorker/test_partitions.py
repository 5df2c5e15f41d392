"""Which partitions a statement reads, and partitions that a table's properties project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def scan(worker: Any, tmp_path: Path) -> Any:
    """scan(sql, table members): the numbers of the rows, and how many bytes were read; each file has a row of 8 bytes."""
    def scan(sql: str, files: dict[str, int], keys: str, **more: Any) -> tuple[list[str], int]:
        for place, number in files.items():
            (tmp_path / place).mkdir(parents=True, exist_ok=True)
            (tmp_path / place / "f.json").write_text(f'{{"n":{number}}}\n')
        table = {"database": "db", "name": "t", "location": f"file://{tmp_path}", "format": "json", "columns": [{"name": "n", "type": "int"}],
                 "partitionKeys": [dict(zip(("name", "type"), each.split(" "), strict=True)) for each in keys.split(", ")], **more}
        result = tmp_path / "result.csv"
        answer = worker.ask(op="query", sql=sql, database="db", tables=[table], resultPath=str(result), now="2024-03-05T10:00:00.000Z")
        if "error" in answer:
            return answer["error"]["code"], answer["error"]["message"]
        return [line.strip('"') for line in result.read_text().split()[1:]], answer["bytesScanned"] // 8
    return scan


FILES = {f"p={p}/q={q}": p * 10 + q for p in (1, 2, 3) for q in (1, 2)}


@pytest.mark.parametrize(("where", "rows", "read"), [
    ("p = 2", ["21", "22"], 2),
    ("p > 1 AND q = '1'", ["21", "31"], 2),
    ("t.p = 1 AND n = 12", ["12"], 2),
    ("p + 1 = 2 OR q = '2'", ["11", "12", "22", "32"], 4),
    ("p IN (1, 3) AND q LIKE '2%'", ["12", "32"], 2),
    ("p = (SELECT 1)", ["11", "12"], 6),
    ("p = 1 OR n = 22", ["11", "12", "22"], 6),
    ("cast(p as varchar) = q", ["11", "22"], 2),
])
def test_partitions_that_where_leaves_out_are_not_read(scan: Any, tmp_path: Path, where: str, rows: list[str], read: int) -> None:
    partitions = [{"values": place.replace("p=", "").replace("q=", "").split("/"), "location": f"file://{tmp_path}/{place}"} for place in FILES]
    assert scan(f"SELECT n FROM t WHERE {where} ORDER BY n", FILES, "p int, q string", partitions=partitions) == (rows, read)


def test_joins_read_what_they_need(scan: Any, tmp_path: Path) -> None:
    partitions = [{"values": place.replace("p=", "").replace("q=", "").split("/"), "location": f"file://{tmp_path}/{place}"} for place in FILES]
    described = {"keys": "p int, q string", "partitions": partitions, "files": FILES}
    assert scan("SELECT n FROM (VALUES 1) AS v(x) JOIN t ON x = 1 WHERE t.p = 3 ORDER BY 1", **described) == (["31", "32"], 2)
    rows, read = scan("SELECT n FROM (VALUES 1) AS v(x) LEFT JOIN t ON t.p = 99 WHERE t.p IS NULL", **described)
    assert read == 6
    rows, read = scan("SELECT a.n FROM t a JOIN t b ON a.n = b.n WHERE a.p = 1 ORDER BY 1", **described)
    assert (rows, read) == (["11", "12"], 6)


@pytest.mark.parametrize(("where", "rows"), [("", ["1a", "2b", "none"]), ("WHERE p = 2", ["2b"]), ("WHERE p > 5", []), ("WHERE p IS NULL", ["none"])])
def test_partitions_are_a_table_without_files(scan: Any, tmp_path: Path, where: str, rows: list[str]) -> None:
    values = (("1", "a"), ("2", "b"), ("__HIVE_DEFAULT_PARTITION__", "none"))
    partitions = [{"values": list(each), "location": f"file://{tmp_path}/{each[1]}"} for each in values]
    described = {"name": "t$partitions", "format": "partitions", "columns": [], "partitions": partitions}
    select = f'SELECT coalesce(cast(p AS varchar), \'\') || q AS both FROM db."t$partitions" {where} ORDER BY 1'
    assert scan(select, {"a": 1}, "p int, q string", **described) == (rows, 0)


PROJECTED = {"projection.enabled": "true", "projection.year.type": "integer", "projection.year.range": "2020,2030", "projection.kind.type": "enum",
             "projection.kind.values": "a,b"}


def test_integers_and_enums(scan: Any) -> None:
    files = {"year=2021/kind=a": 1, "year=2029/kind=b": 2, "year=1999/kind=a": 3, "year=2021/kind=z": 4}
    described = {"keys": "year int, kind string", "projection": PROJECTED, "files": files}
    assert scan("SELECT n FROM t ORDER BY n", **described) == (["1", "2"], 2)
    assert scan("SELECT n FROM t WHERE year < 2025", **described) == (["1"], 1)
    digits = {**PROJECTED, "projection.year.digits": "6", "projection.year.interval": "2", "storage.location.template": "file://%s/x/${kind}-${year}/"}
    described["projection"] = digits
    assert scan("SELECT n FROM t", **described) == ([], 0)


def test_dates(scan: Any, tmp_path: Path) -> None:
    files = {"2024/03/05": 1, "2024/03/01": 2, "2024/02/29": 3, "2023/01/01": 4}
    projection = {
        "projection.day.type": "date", "projection.day.range": "2024/02/01,NOW", "projection.day.format": "yyyy/MM/dd",
        "storage.location.template": f"file://{tmp_path}/${{day}}/"}
    described = {"keys": "day string", "projection": projection, "files": files}
    assert scan("SELECT n FROM t ORDER BY n", **described) == (["1", "2", "3"], 3)
    assert scan("SELECT n FROM t WHERE day >= '2024/03/01' ORDER BY n", **described) == (["1", "2"], 2)
    described["projection"] = {**projection, "projection.day.range": "NOW-4DAYS,NOW+1DAY"}
    assert scan("SELECT n FROM t ORDER BY n", **described) == (["1", "2"], 2)
    described["projection"] = {**projection, "projection.day.format": "yyyy/MM/dd/HH", "projection.day.range": "2024/02/01/00,NOW"}
    assert scan("SELECT n FROM t", **described) == (
        "INVALID_TABLE_PROPERTY", "Invalid projection of column day: interval and interval.unit are required (table db.t)")


def test_injected_values_and_what_is_missing(scan: Any) -> None:
    described = {"keys": "id string", "projection": {"projection.id.type": "injected"}, "files": {"id=x": 1, "id=y": 2}}
    assert scan("SELECT n FROM t WHERE id = 'y'", **described) == (["2"], 1)
    assert scan("SELECT n FROM t", **described) == (
        "CONSTRAINT_VIOLATION",
        "For the injected projected partition column id, the WHERE clause must contain only static equality conditions, and at least one such "
        "condition must be present.")
    described["projection"] = {"projection.enabled": "true"}
    assert scan("SELECT n FROM t", **described) == (
        "HIVE_METASTORE_ERROR",
        "Table db.t is configured for partition projection, but the following partition columns are missing projection configuration: [id] "
        "(table db.t)")
