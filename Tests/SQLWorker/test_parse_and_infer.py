"""Statement kinds, DDL trees, and the crawler's inference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT 1", "select"), ("WITH a AS (SELECT 1 x) SELECT * FROM a", "select"), ("SHOW TABLES IN db", "show_tables"),
        ("SHOW DATABASES", "show_databases"), ("DESCRIBE db.t", "describe"), ("MSCK REPAIR TABLE t", "msck"),
        ("DROP TABLE IF EXISTS `db`.`t`", "drop_table"), ("CREATE DATABASE IF NOT EXISTS x LOCATION 's3://b/'", "create_database"),
        ("CREATE DATABASE `AwsDataCatalog`.`x`", "create_database"), ("DROP SCHEMA awsdatacatalog.x", "drop_database"),
        ("DROP DATABASE x CASCADE", "drop_database"), ("CREATE TABLE n AS SELECT 1 a", "ctas"), ("INSERT INTO t SELECT 1", "insert"),
        ("UNLOAD (SELECT 1 a) TO 's3://x/' WITH (format='PARQUET')", "unload"), ("-- note\nUSE db;", "use"),
        ("ALTER TABLE t ADD COLUMNS (a int)", "alter_add_columns"), ("ALTER TABLE db.t REPLACE COLUMNS (a int)", "alter_replace_columns"),
        ("ALTER TABLE t SET TBLPROPERTIES ('a'='b')", "alter_set_tblproperties"), ("ALTER TABLE t SET LOCATION 's3://b/'", "alter_set_location"),
        ("ALTER TABLE t ADD PARTITION (d='1')", "alter_add_partition"), ("ALTER TABLE t DROP PARTITION (d='1')", "alter_drop_partition"),
        ("PREPARE p FROM SELECT ?", "prepare"), ("EXECUTE p USING 1, 'a,b'", "execute"), ("DEALLOCATE PREPARE p", "deallocate"),
    ],
)
def test_kinds(worker: Any, sql: str, kind: str) -> None:
    assert worker.ask(op="parse", sql=sql).get("kind") == kind


def test_tables_read(worker: Any) -> None:
    answer = worker.ask(op="parse", sql="WITH x AS (SELECT * FROM a.b) SELECT * FROM x JOIN c USING (i)")
    assert sorted((each["database"] or "", each["table"]) for each in answer["reads"]) == [("", "c"), ("a", "b")]


def test_create_table(worker: Any) -> None:
    answer = worker.ask(op="parse", sql="""CREATE EXTERNAL TABLE IF NOT EXISTS db.t (a int, b array<struct<x:string,y:int>>)
        PARTITIONED BY (dt string) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://b/p/' TBLPROPERTIES ('k'='v')""")
    assert answer["columns"][1]["type"] == "array<struct<x:string,y:int>>"
    assert [each["name"] for each in answer["partitionKeys"]] == ["dt"]
    assert (answer["serde"], answer["location"], answer["properties"]) == ("org.openx.data.jsonserde.JsonSerDe", "s3://b/p/", {"k": "v"})


def test_infer_json_merges_files(worker: Any, tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "1.json").write_text('{"id":1,"tags":["a"]}\n')
    (folder / "2.json").write_text('{"id":5000000000,"tags":[],"new":true}\n')
    (found,) = worker.ask(op="infer", location=f"file://{folder}")["tables"]
    assert found["name"] == "dataset" and found["objectCount"] == 2 and found["recordCount"] == 2
    assert found["columns"] == [{"name": "id", "type": "bigint"}, {"name": "tags", "type": "array<string>"}, {"name": "new", "type": "boolean"}]


def test_infer_partitions_and_csv(worker: Any, tmp_path: Path) -> None:
    for year in ("2023", "2024"):
        folder = tmp_path / "sales" / f"year={year}"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("id,name\n1,x\n2,y\n")
    (found,) = worker.ask(op="infer", location=f"file://{tmp_path}/sales/")["tables"]
    assert found["format"] == "csv" and found["header"] and found["partitionKeys"] == [{"name": "year", "type": "string"}]
    assert [each["values"] for each in found["partitions"]] == [["2023"], ["2024"]]
    assert found["columns"] == [{"name": "id", "type": "bigint"}, {"name": "name", "type": "string"}]


def test_a_level_makes_a_table_of_each_folder(worker: Any, tmp_path: Path) -> None:
    """The first folder of the path is level 1, as a bucket would be."""
    for name in ("one/day=1/a.json", "one/day=2/b.json", "two/day=1/a.json", "above.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('{"id": 1}\n' if name.startswith("one") else '{"other": 1}\n')
    location = f"file://{tmp_path}/"
    level = len(location.rstrip("/").split("/")) + 1
    found = worker.ask(op="infer", location=location, tableLevel=level)["tables"]
    assert [each["name"] for each in found] == [tmp_path.name.replace("-", "_").lower(), "one", "two"]
    assert [len(each["partitions"]) for each in found] == [0, 2, 1]


def test_unlike_files_are_one_table_when_schemas_are_combined(worker: Any, tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text('{"a": 1}\n')
    (tmp_path / "2.json").write_text('{"b": 1}\n')
    location = f"file://{tmp_path}/"
    assert len(worker.ask(op="infer", location=location)["tables"]) == 2
    [table] = worker.ask(op="infer", location=location, combineSchemas=True)["tables"]
    assert [each["name"] for each in table["columns"]] == ["a", "b"]


@pytest.mark.parametrize(("sql", "place"), [
    ("CREATE TABLE x WITH (format = 'JSON') AS SELEC a FROM t", "line 1:"), ("CREATE VIEW v AS\nSELECT a FRM t WHERE", "line 2:"),
])
def test_a_query_that_does_not_parse_says_where(worker: Any, sql: str, place: str) -> None:
    error = worker.ask(op="parse", sql=sql)["error"]
    assert error["code"] == "SYNTAX_ERROR" and error["message"].startswith(place) and "mismatched input" in error["message"], error
