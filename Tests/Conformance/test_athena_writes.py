"""Athena: CTAS, INSERT INTO and UNLOAD, views, information_schema and runtime statistics."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")


class Lake:
    """A database and a bucket, and a way to run statements in them."""

    def __init__(self, athena: Any, glue: Any, s3: Any, eventually: Any, name: str) -> None:
        self.athena, self.glue, self.s3, self.eventually = athena, glue, s3, eventually
        self.bucket, self.database = name, name.replace("-", "_")
        self.output = f"s3://{self.bucket}/results/"

    def execute(self, sql: str, client: Any = None, **settings: Any) -> dict[str, Any]:
        query = (client or self.athena).start_query_execution(**{
            "QueryString": sql, "QueryExecutionContext": {"Database": self.database},
            "ResultConfiguration": {"OutputLocation": self.output}, **settings})["QueryExecutionId"]

        def ended() -> Any:
            execution = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return execution if execution["Status"]["State"] in FINAL else None

        return self.eventually(ended, timeout=60)

    def run(self, sql: str, **settings: Any) -> dict[str, Any]:
        execution = self.execute(sql, **settings)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        return execution

    def fails(self, sql: str, **settings: Any) -> str:
        execution = self.execute(sql, **settings)
        assert execution["Status"]["State"] == "FAILED", execution
        return execution["Status"]["StateChangeReason"]

    def lines(self, sql: str) -> list[list[str | None]]:
        answer = self.athena.get_query_results(QueryExecutionId=self.run(sql)["QueryExecutionId"])["ResultSet"]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in answer["Rows"]]

    def rows(self, sql: str) -> list[list[str | None]]:
        return self.lines(sql)[1:]

    def keys(self, prefix: str) -> list[str]:
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])]

    def table(self, name: str) -> dict[str, Any]:
        return self.glue.get_table(DatabaseName=self.database, Name=name)["Table"]


@pytest.fixture(scope="module")
def lake(athena: Any, glue: Any, s3: Any, eventually: Any, unique: Callable[[str], str]) -> Iterator[Lake]:
    lake = Lake(athena, glue, s3, eventually, unique("written"))
    s3.create_bucket(Bucket=lake.bucket)
    glue.create_database(DatabaseInput={"Name": lake.database})
    lake.run("CREATE TABLE fruits AS SELECT * FROM (VALUES (1, 'apple', 'red'), (2, 'lime', 'green'), (3, 'pea', 'green')) AS t(id, name, colour)")
    yield lake
    glue.delete_database(Name=lake.database)


def test_a_table_of_a_query(lake: Lake, athena: Any) -> None:
    execution = lake.run("CREATE TABLE chosen AS SELECT id, name FROM fruits WHERE id > 1")
    query = execution["QueryExecutionId"]
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DDL", "CREATE_TABLE_AS_SELECT")
    assert execution["ResultConfiguration"]["OutputLocation"] == f"{lake.output}tables/{query}"
    manifest = execution["Statistics"]["DataManifestLocation"]
    assert manifest == f"{lake.output}tables/{query}-manifest.csv"
    listed = lake.s3.get_object(Bucket=lake.bucket, Key=manifest.split("/", 3)[3])["Body"].read().decode().splitlines()
    assert listed == [f"s3://{lake.bucket}/{key}" for key in lake.keys(f"results/tables/{query}/")] != []
    lake.s3.head_object(Bucket=lake.bucket, Key=f"results/tables/{query}.metadata")
    answer = athena.get_query_results(QueryExecutionId=query)
    assert answer["UpdateCount"] == 2
    assert answer["ResultSet"]["Rows"] == []
    assert [(each["Name"], each["Type"]) for each in answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]] == [("rows", "bigint")]
    table = lake.table("chosen")
    assert table["StorageDescriptor"]["Location"] == f"{lake.output}tables/{query}/"
    assert table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
    assert [(each["Name"], each["Type"]) for each in table["StorageDescriptor"]["Columns"]] == [("id", "int"), ("name", "string")]
    assert lake.rows("SELECT * FROM chosen ORDER BY id") == [["2", "lime"], ["3", "pea"]]


@pytest.mark.parametrize("format", ["PARQUET", "ORC", "JSON", "TEXTFILE"])
def test_formats_partitions_and_places(lake: Lake, format: str) -> None:
    name = f"by_colour_{format.lower()}"
    place = f"s3://{lake.bucket}/{name}/"
    lake.run(f"CREATE TABLE {name} WITH (format = '{format}', external_location = '{place}', partitioned_by = ARRAY['colour']) "
             "AS SELECT id, name, colour FROM fruits")
    partitions = lake.glue.get_partitions(DatabaseName=lake.database, TableName=name)["Partitions"]
    assert sorted(each["Values"][0] for each in partitions) == ["green", "red"]
    assert {each["StorageDescriptor"]["Location"] for each in partitions} == {f"{place}colour=green/", f"{place}colour=red/"}
    assert lake.rows(f"SELECT * FROM {name} WHERE colour = 'green' ORDER BY id") == [["2", "lime", "green"], ["3", "pea", "green"]]
    lake.run(f"INSERT INTO {name} VALUES (4, 'plum', 'blue'), (5, NULL, 'red')")
    assert lake.rows(f"SELECT colour, count(*), count(name) FROM {name} GROUP BY 1 ORDER BY 1") == [
        ["blue", "1", "1"], ["green", "2", "2"], ["red", "2", "1"]]
    assert len(lake.glue.get_partitions(DatabaseName=lake.database, TableName=name)["Partitions"]) == 3


def test_refusals_of_new_tables(lake: Lake, athena: Any, unique: Callable[[str], str]) -> None:
    assert lake.fails("CREATE TABLE fruits AS SELECT 1 AS a") == (
        f"TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.{lake.database}.fruits' already exists")
    lake.run("CREATE TABLE IF NOT EXISTS fruits AS SELECT 1 AS a")
    assert lake.rows("SELECT count(*) FROM fruits") == [["3"]]
    lake.s3.put_object(Bucket=lake.bucket, Key="taken/x", Body=b"x")
    reason = lake.fails(f"CREATE TABLE taken WITH (external_location = 's3://{lake.bucket}/taken') AS SELECT 1 AS a")
    assert reason.startswith(
        f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{lake.database}.taken' already exists: s3://{lake.bucket}/taken/. ")
    assert lake.fails("CREATE TABLE none AS SELECT 1") == "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1"
    assert lake.fails("CREATE TABLE nowhere.none AS SELECT 1 AS a").startswith("SCHEMA_NOT_FOUND: ")
    assert "table property 'colour' does not exist" in lake.fails("CREATE TABLE none WITH (colour = 'red') AS SELECT 1 AS a")
    group = unique("enforcing")
    athena.create_work_group(Name=group, Configuration={"ResultConfiguration": {"OutputLocation": lake.output}})
    sql = f"CREATE TABLE none WITH (external_location = 's3://{lake.bucket}/none/') AS SELECT 1 AS a"
    assert lake.fails(sql, WorkGroup=group).startswith(
        "The Create Table As Select query failed because it was submitted with an 'external_location' property to an Athena Workgroup")
    assert lake.keys("none/") == []
    with pytest.raises(ClientError):
        lake.table("none")


def test_a_failure_leaves_nothing(lake: Lake, iam: Any, client_for: Any, unique: Callable[[str], str]) -> None:
    """Whoever may write objects and not tables has neither in the end."""
    name = unique("writer")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["athena:*", "s3:*", "glue:Get*"], "Resource": "*"}]}))
    somebody = client_for("athena", iam.create_access_key(UserName=name)["AccessKey"])
    reason = lake.fails(
        f"CREATE TABLE denied WITH (external_location = 's3://{lake.bucket}/denied/') AS SELECT 1 AS a", client=somebody)
    assert reason.startswith("PERMISSION_DENIED: ") and "glue:CreateTable" in reason
    assert lake.keys("denied/") == []


def test_insertions(lake: Lake, athena: Any) -> None:
    lake.run("CREATE TABLE numbers WITH (format = 'PARQUET') AS SELECT BIGINT '1' AS a, CAST('x' AS varchar) AS b, 1.5e0 AS c")
    execution = lake.run("INSERT INTO numbers (c, a) SELECT id, id FROM fruits WHERE id = ?", ExecutionParameters=["2"])
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "INSERT")
    query = execution["QueryExecutionId"]
    assert execution["Statistics"]["DataManifestLocation"] == f"{lake.output}{query}-manifest.csv"
    assert athena.get_query_results(QueryExecutionId=query)["UpdateCount"] == 1
    assert lake.rows("SELECT * FROM numbers ORDER BY a") == [["1", "x", "1.5"], ["2", None, "2.0"]]
    assert lake.fails("INSERT INTO numbers SELECT name, name, 1e0 FROM fruits") == (
        "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: [bigint, varchar, double], "
        "Query: [varchar, varchar, double]")
    assert lake.fails("INSERT INTO nothing SELECT 1").startswith(
        f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{lake.database}.nothing' does not exist")
    athena.create_prepared_statement(StatementName="add_one", WorkGroup="primary", QueryStatement="INSERT INTO numbers VALUES (?, ?, 1e0)")
    lake.run("EXECUTE add_one USING 9, 'nine'")
    assert lake.rows("SELECT b FROM numbers WHERE a = 9") == [["nine"]]


def test_unload(lake: Lake) -> None:
    place = f"s3://{lake.bucket}/unloaded/"
    sql = f"UNLOAD (SELECT id, name, colour FROM fruits WHERE id < 3) TO '{place}' WITH (format = 'JSON', partitioned_by = ARRAY['colour'])"
    execution = lake.run(sql)
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "UNLOAD")
    listed = lake.s3.get_object(
        Bucket=lake.bucket, Key=execution["Statistics"]["DataManifestLocation"].split("/", 3)[3])["Body"].read().decode().split()
    read = {}
    for url in listed:
        body = lake.s3.get_object(Bucket=lake.bucket, Key=url.split("/", 3)[3])["Body"].read()
        read[url.removeprefix(place).split("/")[0]] = json.loads(gzip.decompress(body))
    assert read == {"colour=green": {"id": 2, "name": "lime"}, "colour=red": {"id": 1, "name": "apple"}}
    assert lake.fails(sql).startswith("HIVE_PATH_ALREADY_EXISTS: ")
    assert lake.fails(f"UNLOAD (SELECT nope FROM fruits) TO 's3://{lake.bucket}/u2/' WITH (format = 'JSON')").startswith(
        "COLUMN_NOT_FOUND: line 1:16: Column 'nope' cannot be resolved")
    assert lake.keys("u2/") == []


def test_views(lake: Lake) -> None:
    lake.run("CREATE VIEW greens AS SELECT id, name, count(*) OVER () AS total FROM fruits WHERE colour = 'green'")
    lake.run("CREATE OR REPLACE VIEW names (label) AS SELECT upper(name) FROM greens")
    assert lake.rows("SELECT g.total, n.label FROM greens g JOIN names n ON upper(g.name) = n.label ORDER BY 2") == [["2", "LIME"], ["2", "PEA"]]
    table = lake.table("greens")
    assert (table["TableType"], table["Parameters"]["presto_view"]) == ("VIRTUAL_VIEW", "true")
    assert [(each["Name"], each["Type"]) for each in table["StorageDescriptor"]["Columns"]] == [
        ("id", "int"), ("name", "string"), ("total", "bigint")]
    assert lake.lines("SHOW VIEWS") == [["greens"], ["names"]]
    assert lake.lines("SHOW VIEWS LIKE 'g*'") == [["greens"]]
    assert lake.lines("SHOW CREATE VIEW names")[0] == [f"CREATE VIEW {lake.database}.names AS"]
    assert lake.fails("CREATE VIEW greens AS SELECT 1 AS a") == (
        f"TABLE_ALREADY_EXISTS: line 1:1: View already exists: 'awsdatacatalog.{lake.database}.greens'")
    assert lake.fails("CREATE VIEW v AS SELECT 1") == "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1"
    assert lake.fails("CREATE VIEW v AS SELECT nope FROM fruits").startswith("COLUMN_NOT_FOUND: line 1:25: Column 'nope'")
    assert lake.fails("INSERT INTO greens SELECT 1, 'x', 1") == "NOT_SUPPORTED: line 1:1: Inserting into views is not supported"
    lake.run("DROP VIEW names")
    lake.run("DROP VIEW IF EXISTS names")
    assert lake.fails("DROP VIEW names").startswith("TABLE_NOT_FOUND: ")
    assert "Did you mean DROP TABLE" in lake.fails("DROP VIEW fruits")


def test_information_schema(lake: Lake) -> None:
    sql = f"FROM information_schema.%s WHERE table_schema = '{lake.database}' AND table_name = 'fruits'"
    assert lake.rows("SELECT table_type " + sql % "tables") == [["BASE TABLE"]]
    assert lake.rows("SELECT column_name, data_type " + sql % "columns") == [
        ["id", "integer"], ["name", "varchar"], ["colour", "varchar"]]
    assert [lake.database] in lake.rows("SELECT schema_name FROM information_schema.schemata")
    assert lake.fails("SELECT * FROM information_schema.nothing").startswith("TABLE_NOT_FOUND: line 1:15: ")


def test_runtime_statistics(lake: Lake, athena: Any) -> None:
    query = lake.run("SELECT * FROM fruits WHERE id > 1")["QueryExecutionId"]
    found = athena.get_query_runtime_statistics(QueryExecutionId=query)["QueryRuntimeStatistics"]
    assert (found["Rows"]["InputRows"], found["Rows"]["OutputRows"]) == (3, 2)
    assert found["Rows"]["InputBytes"] > 0
    execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
    assert found["Timeline"]["TotalExecutionTimeInMillis"] == execution["Statistics"]["TotalExecutionTimeInMillis"]
    with pytest.raises(ClientError, match="QueryExecution 0+-0000-0000-0000-0+ was not found"):
        athena.get_query_runtime_statistics(QueryExecutionId="00000000-0000-0000-0000-000000000000")


def test_partitions_are_renamed_and_described(lake: Lake) -> None:
    lake.run("CREATE TABLE kinds WITH (partitioned_by = ARRAY['kind']) AS SELECT 1 AS a, 'x' AS kind")
    lake.run("ALTER TABLE kinds PARTITION (kind = 'x') RENAME TO PARTITION (kind = 'y')")
    assert lake.rows("SELECT a, kind FROM kinds") == [["1", "y"]]
    assert lake.lines("DESCRIBE kinds PARTITION (kind = 'y')")[0][0].startswith("a ")
    assert "Partition not found" in lake.fails("DESCRIBE kinds PARTITION (kind = 'x')")
    assert "Partition not found" in lake.fails("ALTER TABLE kinds PARTITION (kind = 'x') RENAME TO PARTITION (kind = 'z')")


def test_projected_partitions(lake: Lake) -> None:
    for day in ("2024-01-01", "2024-01-02"):
        lake.s3.put_object(Bucket=lake.bucket, Key=f"daily/{day}/1.json", Body=json.dumps({"day_of": day}).encode() + b"\n")
    lake.run(f"""CREATE EXTERNAL TABLE daily (day_of string) PARTITIONED BY (day string) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
        LOCATION 's3://{lake.bucket}/daily/' TBLPROPERTIES ('projection.enabled' = 'true', 'projection.day.type' = 'date',
        'projection.day.range' = '2024-01-01,NOW', 'projection.day.format' = 'yyyy-MM-dd',
        'storage.location.template' = 's3://{lake.bucket}/daily/${{day}}/')""")
    assert lake.rows("SELECT day_of, day FROM daily ORDER BY 1") == [["2024-01-01"] * 2, ["2024-01-02"] * 2]
    execution = lake.run("SELECT count(*) FROM daily WHERE day > '2024-01-01'")
    assert execution["Statistics"]["DataScannedInBytes"] == len('{"day_of": "2024-01-02"}\n')
    lake.run("INSERT INTO daily VALUES ('new', '2024-01-03')")
    assert lake.rows("SELECT day_of FROM daily WHERE day = '2024-01-03'") == [["new"]]
    assert len(lake.keys("daily/2024-01-03/")) == 1
    assert lake.glue.get_partitions(DatabaseName=lake.database, TableName="daily")["Partitions"] == []


def test_a_stopped_statement_leaves_nothing(lake: Lake, athena: Any) -> None:
    endless = ("SELECT count(*) AS n FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) "
               "CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) WHERE (x * y + z) % 7 = 3")
    query = athena.start_query_execution(
        QueryString=f"CREATE TABLE stopped WITH (external_location = 's3://{lake.bucket}/stopped/') AS {endless}",
        QueryExecutionContext={"Database": lake.database}, ResultConfiguration={"OutputLocation": lake.output})["QueryExecutionId"]

    def state() -> str:
        return athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"]

    lake.eventually(lambda: state() == "RUNNING")
    athena.stop_query_execution(QueryExecutionId=query)
    lake.eventually(lambda: state() == "CANCELLED")
    lake.run("SELECT 1")
    assert lake.keys("stopped/") == []
    with pytest.raises(ClientError):
        lake.table("stopped")
