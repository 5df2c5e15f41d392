"""SELECTs on local files: results, formats, refusals."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest


def table(location: Path, columns: str, format: str = "json", **more: Any) -> dict[str, Any]:
    pairs = [each.split(" ", 1) for each in columns.split(", ")]
    return {"database": "db", "name": "t", "location": f"file://{location}", "format": format,
            "columns": [{"name": name, "type": kind} for name, kind in pairs], **more}


@pytest.fixture
def run(worker: Any, tmp_path: Path) -> Any:
    def run(sql: str, *tables: dict[str, Any], **more: Any) -> tuple[dict[str, Any], str]:
        result = tmp_path / "result.csv"
        answer = worker.ask(op="query", sql=sql, database="db", tables=list(tables), resultPath=str(result), **more)
        return answer, result.read_text() if "error" not in answer else ""
    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "1.json").write_text('{"id":1,"fileContents":"a,\\"b","x":1.5}\n{"id":2,"filecontents":null,"x":1e10}\n')
    (folder / "_SUCCESS").write_text("not json")
    (folder / "empty.json").write_text("")
    return folder


COLUMNS = "id int, filecontents string, x double"


def test_json_with_athenas_result_form(run: Any, data: Path) -> None:
    answer, text = run("SELECT *, id/2, count(*) OVER () FROM T ORDER BY id", table(data, COLUMNS))
    assert text == '"id","filecontents","x","_col3","_col4"\n"1","a,""b","1.5","0","2"\n"2",,"1.0E10","1","2"\n'
    assert [each["type"] for each in answer["columns"]] == ["integer", "varchar", "double", "integer", "bigint"]
    assert answer["rowCount"] == 2
    assert answer["bytesScanned"] == (data / "1.json").stat().st_size


def test_bad_json_fails(run: Any, data: Path) -> None:
    (data / "2.json").write_text('{"id": 3, oops\n')
    answer, _ = run("SELECT * FROM t", table(data, COLUMNS))
    assert answer["error"]["code"] == "HIVE_BAD_DATA"


def test_empty_location_has_no_rows(run: Any, tmp_path: Path) -> None:
    _, text = run("SELECT count(*) AS n FROM t", table(tmp_path / "none", COLUMNS))
    assert text == '"n"\n"0"\n'


def test_partitions_are_constants(run: Any, data: Path) -> None:
    described = table(data, COLUMNS, partitionKeys=[{"name": "day", "type": "int"}],
                      partitions=[{"values": ["7"], "location": f"file://{data}"}, {"values": ["8"], "location": f"file://{data}"}])
    _, text = run("SELECT day, sum(id) AS s FROM t GROUP BY 1 ORDER BY 1", described)
    assert text == '"day","s"\n"7","3"\n"8","3"\n'


@pytest.mark.parametrize(("ending", "memory"), [("", 192), (".gz", 512)])
def test_many_small_partitions_fit_the_memory(run: Any, tmp_path: Path, ending: str, memory: int) -> None:
    places = []
    for number in range(12):
        folder = tmp_path / "table" / str(number)
        folder.mkdir(parents=True)
        text = b'{"id": %d}\n' % number
        (folder / f"rows.json{ending}").write_bytes(gzip.compress(text) if ending else text)
        places.append({"values": [str(number)], "location": f"file://{folder}"})
    described = table(tmp_path / "table", "id int", partitionKeys=[{"name": "part", "type": "int"}], partitions=places)
    answer, text = run("SELECT id FROM t WHERE id = part ORDER BY id", described, limits={"memoryMB": memory})
    assert text.split() == ['"id"', *(f'"{number}"' for number in range(12))], answer


def test_a_record_may_be_long(run: Any, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "rows.json").write_text('{"word": "' + "x" * 20_000_000 + '"}\n{"word": "y"}\n')
    _, text = run("SELECT length(word) AS n FROM t ORDER BY 1", table(tmp_path / "t", "word string"))
    assert text.split() == ['"n"', '"1"', '"20000000"']


def test_csv_with_header(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "csv"
    folder.mkdir()
    (folder / "a.csv").write_text("n,name\n1,x\nno,y\n")
    described = table(folder, "n int, name string", "csv", skipHeader=1, serdeProperties={"field.delim": ","})
    _, text = run("SELECT * FROM t ORDER BY name", described)
    assert text == '"n","name"\n"1","x"\n,"y"\n'


def test_parquet_with_nested_values(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "parquet"
    folder.mkdir()
    duckdb.sql(f"COPY (SELECT 1 AS a, [1, NULL] AS l, {{'k': 'v'}} AS s, TIMESTAMP '2024-01-02 03:04:05' AS ts) TO '{folder}/a.parquet'")
    _, text = run("SELECT * FROM t", table(folder, "a bigint, l array<int>, s struct<k:string>, ts timestamp, later int", "parquet"))
    assert text == '"a","l","s","ts","later"\n"1","[1, null]","{k=v}","2024-01-02 03:04:05.000",\n'


def test_path_column(run: Any, data: Path) -> None:
    _, text = run('SELECT DISTINCT "$path" FROM t', table(data, COLUMNS))
    assert text.splitlines()[1] == f'"file://{data}/1.json"'


@pytest.mark.parametrize(
    ("sql", "code", "message"),
    [
        ("SELECT * FROM nope", "TABLE_NOT_FOUND", "line 1:15: Table 'awsdatacatalog.db.nope' does not exist"),
        ("SELECT missing FROM t", "COLUMN_NOT_FOUND", "line 1:8: Column 'missing' cannot be resolved"),
        ("SELECT 1/0", "DIVISION_BY_ZERO", "Division by zero"),
        ("SELECT id % 0 FROM t", "DIVISION_BY_ZERO", "Division by zero"),
        ("selec 1", "SYNTAX_ERROR", "line 1:7: mismatched input"),
        ("SELECT CAST('a' AS integer)", "INVALID_CAST_ARGUMENT", "Cannot cast 'a'"),
        ("SELECT nofunction(1)", "FUNCTION_NOT_FOUND", "nofunction"),
        ("SELECT * FROM read_csv('/etc/passwd')", "ACCESS_DENIED", "Access Denied"),
        ("SELECT 1; SELECT 2", "SYNTAX_ERROR", "Only one"),
    ],
)
def test_refusals(run: Any, data: Path, sql: str, code: str, message: str) -> None:
    answer, _ = run(sql, table(data, COLUMNS))
    assert answer["error"]["code"] == code, answer
    assert message in answer["error"]["message"]


RUNAWAY = "SELECT count(*) FROM UNNEST(sequence(1, 100000)) a(x), UNNEST(sequence(1, 100000)) b(y), UNNEST(sequence(1, 1000)) c(z) WHERE x+y+z=7"


def test_timeout(run: Any) -> None:
    answer, _ = run(RUNAWAY, limits={"timeoutSeconds": 0.5})
    assert answer["error"]["code"] == "TIMEOUT"


@pytest.mark.parametrize("milliseconds", [0, 5, 10, 15, 20, 30, 40, 60])
def test_cancel(worker: Any, milliseconds: int) -> None:
    """Wherever the query is: before its connection, while that is made ready, or at work."""
    query = worker.send(op="query", sql=RUNAWAY)
    time.sleep(milliseconds / 1000)
    assert worker.ask(op="cancel", target=query)["cancelled"]
    assert worker.wait(query)["error"]["code"] == "CANCELLED"


def test_a_cancel_that_comes_first(worker: Any) -> None:
    number = int(worker.send(op="ping"))
    assert not worker.ask(op="cancel", target=str(number + 2))["cancelled"]
    query = worker.send(op="query", sql=RUNAWAY)
    assert query == str(number + 2)
    assert worker.wait(query)["error"]["code"] == "CANCELLED"


def test_malformed_requests_are_answered(worker: Any) -> None:
    assert worker.ask(op="nonsense")["error"]["code"] == "INVALID_REQUEST"
    assert worker.ask(op="query")["error"]["code"] == "INVALID_REQUEST"


def test_times_with_zones_and_precisions(run: Any) -> None:
    now = "2026-11-22T02:00:00.123Z"
    answer, text = run(
        "SELECT now() a, now() > TIMESTAMP '2026-01-01' b, array[now()] c, current_date d, localtimestamp e, x "
        "FROM (VALUES 1, 3, 2) AS t(x) ORDER BY x DESC LIMIT 1", now=now)
    assert [column["type"] for column in answer["columns"]] == [
        "timestamp with time zone", "boolean", "array", "date", "timestamp", "integer"]
    assert text.splitlines()[1] == (
        '"2026-11-22 02:00:00.123 UTC","true","[2026-11-22 02:00:00.123]","2026-11-22","2026-11-22 02:00:00.123","3"')
    _, text = run("SELECT CAST('2026-01-01 01:02:03.456789' AS timestamp(3)) = TIMESTAMP '2026-01-01 01:02:03.457'")
    assert text.splitlines()[1] == '"true"'


def test_parameters_are_values_and_nothing_else(run: Any, data: Path) -> None:
    things = table(data, COLUMNS)
    _, text = run("SELECT id FROM t WHERE id = ? -- ?\nOR filecontents = '?' OR x = ?", things, parameters=["1", "-2.5"])
    assert text.splitlines() == ['"id"', '"1"']
    for parameters in ([], ["1", "2"], ["id"], ["(SELECT 1)"], ["1 FROM t"], ["?"], ["*"], ["1 AS a"]):
        answer, _ = run("SELECT id FROM t WHERE id = ?", things, parameters=parameters)
        assert answer["error"]["code"] == "INVALID_PARAMETER_USAGE", parameters
    answer, _ = run("SELECT * FROM absent.t", missingDatabases=["absent"])
    assert answer["error"] == {"code": "SCHEMA_NOT_FOUND", "message": "line 1:15: Schema 'absent' does not exist"}


def test_lines_that_a_pattern_takes_apart(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "lines"
    folder.mkdir()
    (folder / "a.log").write_text('1.2.3.4 [x, "y"] 200\nnothing\n5.6.7.8 [z] many\n')
    described = table(folder, "ip string, text string, status int", "regex", serde="org.apache.hadoop.hive.serde2.RegexSerDe",
                      serdeProperties={"input.regex": r"([0-9.]+) \[([^\]]*)\] (\S+)"})
    _, text = run("SELECT * FROM t", described)
    assert text == '"ip","text","status"\n"1.2.3.4","x, ""y""","200"\n,,\n"5.6.7.8","z",\n'
    answer, _ = run("SELECT * FROM t", {**described, "serdeProperties": {}})
    assert answer["error"]["message"] == 'This table does not have serde property "input.regex"!'


def test_text_without_a_delimiter_said_has_hives(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "text"
    folder.mkdir()
    (folder / "a.txt").write_text("1\x01a,b\n")
    _, text = run("SELECT * FROM t", table(folder, "n int, s string", "csv", serde="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"))
    assert text == '"n","s"\n"1","a,b"\n'
