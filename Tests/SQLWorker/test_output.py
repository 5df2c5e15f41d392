"""CTAS, INSERT and UNLOAD: the files that rows become, read back; views; information_schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def described(columns: str) -> list[dict[str, str]]:
    return [dict(zip(("name", "type"), each.split(" ", 1), strict=True)) for each in columns.split(", ")]


@pytest.fixture
def write(worker: Any, tmp_path: Path) -> Any:
    def write(sql: str, format: str = "parquet", **more: Any) -> dict[str, Any]:
        folder = tmp_path / "out"
        folder.mkdir(exist_ok=True)
        output = {"folder": str(folder), "format": format, "name": "f_", **more}
        return worker.ask(op="query", sql=sql, database="db", tables=[], output=output)
    return write


@pytest.fixture
def read(worker: Any, tmp_path: Path) -> Any:
    """The rows of written files, as a table of the columns that the worker said."""
    def read(answer: dict[str, Any], format: str, serde: dict[str, str] | None = None, sql: str = "SELECT * FROM t") -> str:
        folder = tmp_path / "table"
        folder.mkdir(exist_ok=True)
        for each in answer["files"]:
            Path(each["path"]).rename(folder / each["name"])
        table = {"database": "db", "name": "t", "location": f"file://{folder}", "format": format, "columns": answer["outputColumns"],
                 "serde": "LazySimpleSerDe", "serdeProperties": serde or {}}
        result = tmp_path / "result.csv"
        assert "error" not in worker.ask(op="query", sql=sql, database="db", tables=[table], resultPath=str(result))
        return result.read_text().split("\n", 1)[1].rstrip()
    return read


ROW = """CREATE TABLE x AS SELECT 1 AS "i", BIGINT '2' AS b, 1.50 AS d, 1e10 AS f, 'a"b,c' AS s, true AS t, DATE '2020-01-02' AS day,
TIMESTAMP '2020-01-02 03:04:05.678' AS ts, sum(BIGINT '3') AS total, CAST(NULL AS varchar) AS n"""
SHOWN = '"1","2","1.50","1.0E10","a""b,c","true","2020-01-02","2020-01-02 03:04:05.678","3",'
TYPES = ["int", "bigint", "decimal(3,2)", "double", "string", "boolean", "date", "timestamp", "bigint", "string"]


@pytest.mark.parametrize(("format", "reader", "serde"), [
    ("parquet", "parquet", {}), ("orc", "orc", {}), ("json", "json", {}), ("textfile", "csv", {"field.delim": "\x01"}),
])
def test_what_is_written_is_read(write: Any, read: Any, format: str, reader: str, serde: dict[str, str]) -> None:
    answer = write(ROW, format)
    assert [each["type"] for each in answer["outputColumns"]] == TYPES
    assert answer["rowCount"] == 1
    assert answer["files"][0]["name"] == ("f_00000.gz" if format in ("json", "textfile") else "f_00000")
    assert read(answer, reader, serde) == SHOWN


@pytest.mark.parametrize(("format", "compression"), [
    ("parquet", "snappy"), ("parquet", "zstd"), ("parquet", "lz4"), ("parquet", "none"), ("orc", "snappy"), ("orc", "zstd"), ("orc", "none"),
])
def test_nested_values_and_compressions(write: Any, read: Any, format: str, compression: str) -> None:
    sql = "SELECT ARRAY[1, NULL] AS a, MAP(ARRAY['k'], ARRAY[1]) AS m, CAST(ROW(1, 'x') AS ROW(p integer, q varchar)) AS r"
    answer = write(sql, format, compression=compression)
    assert [each["type"] for each in answer["outputColumns"]] == ["array<int>", "map<string,int>", "struct<p:int,q:string>"]
    assert read(answer, format) == '"[1, null]","{k=1}","{p=1, q=x}"'


def test_partitions_are_folders_of_their_own(write: Any) -> None:
    sql = "SELECT * FROM (VALUES (1, 'a', DATE '2020-01-01'), (2, NULL, DATE '2020-01-01'), (3, 'a', DATE '2020-01-01')) AS v(x, k, d)"
    answer = write(sql, partitionedBy=["k", "d"])
    assert [(each["values"], each["rows"]) for each in answer["files"]] == [
        (["__HIVE_DEFAULT_PARTITION__", "2020-01-01"], 1), (["a", "2020-01-01"], 2)]
    assert [each["name"] for each in answer["outputColumns"]] == ["x", "k", "d"]
    many = write("SELECT n AS x, n AS k FROM UNNEST(sequence(1, 101)) AS u(n)", partitionedBy=["k"])
    assert many["error"] == {"code": "HIVE_TOO_MANY_OPEN_PARTITIONS", "message": "Exceeded limit of 100 open writers for partitions/buckets"}


def test_buckets_and_empty_results(write: Any) -> None:
    answer = write("SELECT n FROM UNNEST(sequence(1, 100)) AS u(n)", bucketedBy=["n"], bucketCount=4)
    assert len(answer["files"]) == 4 and answer["rowCount"] == 100
    assert answer["files"][1]["name"] == "f_00001_bucket-00001"
    nothing = write("SELECT 1 AS a", isEmpty=True)
    assert (nothing["files"], nothing["outputColumns"]) == ([], [{"name": "a", "type": "int"}])


@pytest.mark.parametrize(("sql", "more", "code", "text"), [
    ("SELECT 1", {"needsNames": True}, "MISSING_COLUMN_NAME", "line 1:1: Column name not specified at position 1"),
    ("SELECT 1 a, 2 A", {}, "DUPLICATE_COLUMN_NAME", "line 1:1: Column name 'a' specified more than once"),
    ("SELECT NULL AS a", {}, "COLUMN_TYPE_UNKNOWN", "line 1:1: Column type is unknown at position 1"),
    ("SELECT now() AS a", {}, "NOT_SUPPORTED", "Unsupported Hive type: timestamp with time zone"),
    ("SELECT 1 AS a, 2 AS b", {"partitionedBy": ["a"]}, "HIVE_COLUMN_ORDER_MISMATCH",
     "Partition keys must be the last columns in the table and in the same order as the table properties: [a]"),
    ("SELECT 1 AS a", {"partitionedBy": ["z"]}, "INVALID_TABLE_PROPERTY", "Partition columns [z] not present in schema"),
    ("SELECT 1 AS a", {"partitionedBy": ["a"]}, "INVALID_TABLE_PROPERTY", "Table contains only partition columns"),
    ("SELECT 1 AS a", {"compression": "lzo"}, "INVALID_TABLE_PROPERTY", "Compression LZO is not supported for PARQUET"),
    ("INSERT INTO t SELECT 'x'", {"columns": described("a bigint")}, "TYPE_MISMATCH",
     "line 1:1: Insert query has mismatched column types: Table: [bigint], Query: [varchar]"),
    ("INSERT INTO t VALUES (1, 2)", {"columns": described("a bigint")}, "TYPE_MISMATCH",
     "line 1:1: Insert query has mismatched column types: Table: [bigint], Query: [integer, integer]"),
    ("INSERT INTO t SELECT BIGINT '1'", {"columns": described("a int")}, "TYPE_MISMATCH",
     "line 1:1: Insert query has mismatched column types: Table: [integer], Query: [bigint]"),
    ("INSERT INTO t (z) SELECT 1", {"columns": described("a int"), "given": ["z"]}, "COLUMN_NOT_FOUND",
     "line 1:1: Insert column name does not exist in target table: z"),
    ("INSERT INTO t SELECT nope", {"columns": described("a int")}, "COLUMN_NOT_FOUND",
     "line 1:22: Column 'nope' cannot be resolved or requester is not authorized to access requested resources"),
])
def test_refusals(write: Any, sql: str, more: dict[str, Any], code: str, text: str) -> None:
    assert write(sql, **more)["error"] == {"code": code, "message": text}


def test_an_insertion_has_the_tables_columns(write: Any, read: Any) -> None:
    assert write("INSERT INTO t VALUES (NULL, 'x'), (NULL, 'y')", columns=described("b string, c string"))["rowCount"] == 2
    assert write("INSERT INTO t SELECT NULL, 'y'", columns=described("b string, c string"))["rowCount"] == 1
    columns = described("a bigint, b string, c decimal(10,2), d double")
    answer = write("INSERT INTO t (c, a) VALUES (1.5, 1), (NULL, 2)", columns=columns, given=["c", "a"])
    assert answer["outputColumns"] == columns
    assert read(answer, "parquet", sql="SELECT * FROM t ORDER BY a") == '"1",,"1.50",\n"2",,,'


def test_views(worker: Any, tmp_path: Path) -> None:
    result = tmp_path / "result.csv"
    views = [{"database": "db", "name": "inner_one", "sql": "SELECT 1 AS a, 'x' AS b", "columns": ["a", "b"]},
             {"database": "db", "name": "outer_one", "sql": "SELECT a + 1, b FROM inner_one", "schema": "db", "columns": ["two", "b"]}]

    def ask(sql: str, views: list[dict[str, Any]] = views, **more: Any) -> dict[str, Any]:
        return worker.ask(op="query", sql=sql, database="other", tables=[], views=views, resultPath=str(result), **more)

    assert ask("SELECT * FROM db.outer_one o JOIN db.inner_one i ON o.b = i.b")["rowCount"] == 1
    assert result.read_text() == '"two","b","a","b"\n"2","x","1","x"\n'
    stale = [{"database": "db", "name": "v", "sql": "SELECT 1 AS a", "columns": ["a", "gone"]}]
    error = ask("SELECT * FROM db.v", stale)["error"]
    assert error["code"] == "INVALID_VIEW"
    assert error["message"].startswith("line 1:15: Failed analyzing stored view 'awsdatacatalog.db.v': ")
    shown = ask("SELECT a, count(*), ARRAY[1.5] AS l FROM db.inner_one GROUP BY a", describeOnly=True)["columns"]
    assert [(each["name"], each["type"], each["hive"], each["isNamed"]) for each in shown] == [
        ("a", "integer", "int", True), ("_col1", "bigint", "bigint", False), ("l", "array(decimal(2,1))", "array<decimal(2,1)>", True)]


def test_information_schema(worker: Any, tmp_path: Path) -> None:
    result = tmp_path / "result.csv"
    information = {"databases": ["db"], "tables": [
        {"database": "db", "name": "t", "columns": described("a int, s struct<x:array<string>,y:map<string,timestamp>>"),
         "partitionKeys": [{"name": "k", "type": "string", "comment": "it's"}]},
        {"database": "db", "name": "v", "view": "SELECT 1 AS a", "columns": described("a int"), "partitionKeys": []}]}

    def ask(sql: str) -> str:
        answer = worker.ask(op="query", sql=sql, database="db", tables=[], information=information, resultPath=str(result))
        assert "error" not in answer, answer
        return result.read_text().split("\n", 1)[1].rstrip()

    assert ask("SELECT schema_name FROM information_schema.schemata ORDER BY 1") == '"db"\n"information_schema"'
    assert ask("SELECT * FROM awsdatacatalog.information_schema.tables WHERE table_schema = 'db' ORDER BY 3") == (
        '"awsdatacatalog","db","t","BASE TABLE"\n"awsdatacatalog","db","v","VIEW"')
    assert ask("SELECT column_name, ordinal_position, data_type, comment, extra_info FROM information_schema.columns WHERE table_name = 't'") == (
        '"a","1","integer",,\n"s","2","row(x array(varchar), y map(varchar, timestamp(3)))",,\n"k","3","varchar","it\'s","partition key"')
    assert ask("SELECT view_definition FROM information_schema.views") == '"SELECT 1 AS a"'


def test_rows_that_were_read_are_counted(worker: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "1.json").write_text('{"a":1}\n{"a":2}\n{"a":3}\n')
    table = {"database": "db", "name": "t", "location": f"file://{tmp_path}/data", "format": "json", "columns": described("a int")}
    answer = worker.ask(op="query", sql="SELECT a FROM t WHERE a > 1", database="db", tables=[table], resultPath=str(tmp_path / "r"))
    assert (answer["rowCount"], answer["rowsScanned"]) == (2, 3)
