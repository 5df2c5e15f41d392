"""Athena: values for question marks, prepared statements, named queries, and the time that a query sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from refusals import assert_refused

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def results(s3: Any, unique: Callable[[str], str]) -> str:
    name = unique("results")
    s3.create_bucket(Bucket=name)
    return f"s3://{name}/out/"


@pytest.fixture(scope="module")
def run(athena: Any, results: str, eventually: Callable[..., Any]) -> Callable[..., Any]:
    """run(sql, *parameters): the rows without their header, or why the query failed."""

    def run(sql: str, *parameters: str, **settings: Any) -> Any:
        wanted = {"QueryString": sql, "ResultConfiguration": {"OutputLocation": results}, **settings}
        if parameters:
            wanted["ExecutionParameters"] = list(parameters)
        query = athena.start_query_execution(**wanted)["QueryExecutionId"]

        def ended() -> Any:
            execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return execution if execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None

        execution = eventually(ended, timeout=30)
        assert execution.get("ExecutionParameters", []) == list(parameters)
        if execution["Status"]["State"] != "SUCCEEDED":
            return execution["Status"]["StateChangeReason"]
        rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        return [[each.get("VarCharValue") for each in row["Data"]] for row in rows[1:]]

    return run


def refused(call: Callable[..., Any], text: str, code: str = "InvalidRequestException", **input: Any) -> None:
    assert_refused(call, code, text, **input)


ROWS = "SELECT * FROM (VALUES (1, 'it''s'), (2, 'b')) AS t(id, name)"


def test_execution_parameters(run: Any) -> None:
    assert run(f"{ROWS} WHERE id = ? AND name <> '?'", "1") == [["1", "it's"]]
    assert run(f"{ROWS} WHERE name = ? OR id > ?", "'it''s'", "-5") == [["1", "it's"], ["2", "b"]]
    assert run(f"{ROWS} WHERE name = ?", "'b'' OR ''1'' = ''1'") == []
    assert run(f"{ROWS} WHERE id = ?", "1", "2") == "INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected 1 but found 2"
    assert run(f"{ROWS} WHERE id = ?") == "INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected 1 but found 0"
    for text in ("1 OR 1 = 1 FROM t", "id", "(SELECT 1)", "1, 2"):
        assert run(f"{ROWS} WHERE id = ?", text).startswith("INVALID_PARAMETER_USAGE: "), text


def test_parameters_are_part_of_what_a_token_stands_for(athena: Any, results: str) -> None:
    wanted = {"QueryString": "SELECT ?", "ClientRequestToken": "t" * 32, "ResultConfiguration": {"OutputLocation": results}}
    first = athena.start_query_execution(**wanted, ExecutionParameters=["1"])["QueryExecutionId"]
    assert athena.start_query_execution(**wanted, ExecutionParameters=["1"])["QueryExecutionId"] == first
    refused(athena.start_query_execution, "Idempotent parameters do not match", **wanted, ExecutionParameters=["2"])


def test_reuse_is_shown_as_it_was_asked_for(athena: Any, results: str) -> None:
    wanted = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 10}}
    query = athena.start_query_execution(
        QueryString="SELECT 1", ResultConfiguration={"OutputLocation": results}, ResultReuseConfiguration=wanted)["QueryExecutionId"]
    assert athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["ResultReuseConfiguration"] == wanted


def test_prepare_execute_deallocate(run: Any, athena: Any) -> None:
    assert run(f"PREPARE by_id FROM {ROWS} WHERE id = ?") == []
    assert run("EXECUTE by_id USING 2") == [["2", "b"]]
    assert run("EXECUTE by_id", "1") == [["1", "it's"]]
    assert athena.get_prepared_statement(StatementName="by_id", WorkGroup="primary")["PreparedStatement"]["QueryStatement"].endswith("?")
    assert run("DEALLOCATE PREPARE by_id") == []
    assert run("EXECUTE by_id USING 2") == "PreparedStatement by_id was not found in workGroup primary"
    assert run("DEALLOCATE PREPARE by_id") == "PreparedStatement by_id was not found in workGroup primary"


def test_prepared_statements(athena: Any, unique: Callable[[str], str]) -> None:
    group = unique("group")
    athena.create_work_group(Name=group)
    for name in ("one", "two"):
        athena.create_prepared_statement(StatementName=name, WorkGroup=group, QueryStatement="SELECT ?", Description="d")
    refused(athena.create_prepared_statement, "already exists", StatementName="one", WorkGroup=group, QueryStatement="SELECT 1")
    athena.update_prepared_statement(StatementName="one", WorkGroup=group, QueryStatement="SELECT 1 + ?")
    shown = athena.get_prepared_statement(StatementName="one", WorkGroup=group)["PreparedStatement"]
    assert shown.pop("LastModifiedTime") and shown == {
        "StatementName": "one", "QueryStatement": "SELECT 1 + ?", "WorkGroupName": group, "Description": "d"}
    page = athena.list_prepared_statements(WorkGroup=group, MaxResults=1)
    assert [each["StatementName"] for each in page["PreparedStatements"]] == ["one"]
    rest = athena.list_prepared_statements(WorkGroup=group, NextToken=page["NextToken"])
    assert [each["StatementName"] for each in rest["PreparedStatements"]] == ["two"] and "NextToken" not in rest
    refused(athena.list_prepared_statements, "Invalid NextToken", WorkGroup=group, NextToken="made up")
    batch = athena.batch_get_prepared_statement(PreparedStatementNames=["two", "none"], WorkGroup=group)
    assert [each["StatementName"] for each in batch["PreparedStatements"]] == ["two"]
    assert [each["StatementName"] for each in batch["UnprocessedPreparedStatementNames"]] == ["none"]
    athena.delete_prepared_statement(StatementName="one", WorkGroup=group)
    for call in (athena.get_prepared_statement, athena.delete_prepared_statement):
        refused(call, f"PreparedStatement one was not found in workGroup {group}", "ResourceNotFoundException",
                StatementName="one", WorkGroup=group)
    refused(athena.get_prepared_statement, "WorkGroup is not found", StatementName="one", WorkGroup="nobody")
    refused(athena.delete_work_group, "WorkGroup is not empty", WorkGroup=group)
    athena.delete_work_group(WorkGroup=group, RecursiveDeleteOption=True)
    athena.create_work_group(Name=group)
    assert athena.list_prepared_statements(WorkGroup=group)["PreparedStatements"] == []
    athena.delete_work_group(WorkGroup=group)


def test_named_queries(athena: Any, unique: Callable[[str], str]) -> None:
    group = unique("group")
    athena.create_work_group(Name=group)
    wanted = {"Name": "count", "Database": "db", "QueryString": "SELECT 1", "WorkGroup": group}
    first = athena.create_named_query(**wanted, ClientRequestToken="n" * 32)["NamedQueryId"]
    assert athena.create_named_query(**wanted, ClientRequestToken="n" * 32)["NamedQueryId"] == first
    refused(athena.create_named_query, "Idempotent parameters", **{**wanted, "QueryString": "SELECT 2"}, ClientRequestToken="n" * 32)
    second = athena.create_named_query(**wanted)["NamedQueryId"]
    assert athena.get_named_query(NamedQueryId=first)["NamedQuery"] == {**wanted, "NamedQueryId": first}
    page = athena.list_named_queries(WorkGroup=group, MaxResults=1)
    rest = athena.list_named_queries(WorkGroup=group, NextToken=page["NextToken"])
    assert sorted(page["NamedQueryIds"] + rest["NamedQueryIds"]) == sorted([first, second])
    assert athena.list_named_queries()["NamedQueryIds"] == []
    athena.update_named_query(NamedQueryId=first, Name="other", QueryString="SELECT 3", Description="d")
    batch = athena.batch_get_named_query(NamedQueryIds=[first, NOBODY])
    assert [(each["Name"], each["Description"]) for each in batch["NamedQueries"]] == [("other", "d")]
    assert batch["UnprocessedNamedQueryIds"][0]["NamedQueryId"] == NOBODY
    athena.delete_named_query(NamedQueryId=first)
    refused(athena.get_named_query, f"NamedQuery {first} was not found", NamedQueryId=first)
    refused(athena.create_named_query, "WorkGroup is not found", **{**wanted, "WorkGroup": "nobody"})
    athena.delete_work_group(WorkGroup=group, RecursiveDeleteOption=True)
    refused(athena.get_named_query, "was not found", NamedQueryId=second)


def test_a_prepared_statement_needs_its_permission(
    athena: Any, iam: Any, sts: Any, client_for: Callable[..., Any], results: str, unique: Callable[[str], str], eventually: Any
) -> None:
    name = unique("analyst")
    user = iam.create_user(UserName=name)["User"]["UserName"]
    keys = iam.create_access_key(UserName=user)["AccessKey"]
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["athena:StartQueryExecution", "athena:GetQueryExecution", "s3:*", "glue:*"], "Resource": "*"}]}))
    athena.create_prepared_statement(StatementName="secret", WorkGroup="primary", QueryStatement="SELECT 1")
    theirs = client_for("athena", keys)
    query = theirs.start_query_execution(QueryString="EXECUTE secret", ResultConfiguration={"OutputLocation": results})["QueryExecutionId"]

    def ended() -> Any:
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        return status if status["State"] == "FAILED" else None

    assert "athena:GetPreparedStatement" in eventually(ended)["StateChangeReason"]


def test_queries_see_the_platforms_time(run: Any, advance: Callable[[int], Any]) -> None:
    [[before, zone]] = run("SELECT date_format(now(), '%Y-%m-%d'), current_timestamp")
    assert zone.startswith(before) and zone.endswith(" UTC")
    assert run("SELECT from_unixtime(0), from_iso8601_timestamp('2026-01-02T03:04:05Z')") == [
        ["1970-01-01 00:00:00.000 UTC", "2026-01-02 03:04:05.000 UTC"]]
    advance(2 * 86_400)
    [[difference]] = run(f"SELECT date_diff('day', DATE '{before}', current_date)")
    assert int(difference) in (2, 3)


def test_names_in_messages_are_trinos(run: Any) -> None:
    assert run("SELECT CAST('x' AS INT)") == "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT"
    assert run("SELECT CAST('x' AS DATE)") == "INVALID_CAST_ARGUMENT: Value cannot be cast to date: x"
    assert run("SELECT * FROM nowhere.things") == "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist"


def test_tables_are_altered(run: Any, glue: Any, s3: Any, results: str, unique: Callable[[str], str]) -> None:
    name, data = unique("altered").replace("-", "_"), results.split("/")[2]
    glue.create_database(DatabaseInput={"Name": name})
    where = {"QueryExecutionContext": {"Database": name}}
    s3.put_object(Bucket=data, Key="old/1.csv", Body=b"1,a\n")
    s3.put_object(Bucket=data, Key="new/1.csv", Body=b"2,b\n")
    create = "CREATE EXTERNAL TABLE {} (id int) {} ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://{}/old/'"
    assert run(create.format("t", "", data), **where) == []
    assert run("ALTER TABLE t ADD COLUMNS (name string COMMENT 'of it')", **where) == []
    assert run("SELECT * FROM t", **where) == [["1", "a"]]
    assert "Duplicate column name: id" in run("ALTER TABLE t ADD COLUMNS (ID double)", **where)
    assert run(f"ALTER TABLE t SET LOCATION 's3://{data}/new/'", **where) == []
    assert run("ALTER TABLE t SET TBLPROPERTIES ('a' = 'b', 'EXTERNAL' = 'TRUE')", **where) == []
    assert run("ALTER TABLE t REPLACE COLUMNS (number int)", **where) == []
    assert run("SELECT number FROM t", **where) == [["2"]]
    # As some clients name it.
    assert run("SELECT number FROM t", QueryExecutionContext={"Database": f"`{name}`"}) == [["2"]]
    table = glue.get_table(DatabaseName=name, Name="t")["Table"]
    assert table["Parameters"]["a"] == "b" and table["VersionId"] == "4"
    assert run(create.format("p", "PARTITIONED BY (d string)", data), **where) == []
    assert run("ALTER TABLE p ADD PARTITION (d = '1')", **where) == []
    assert run(f"ALTER TABLE p PARTITION (d = '1') SET LOCATION 's3://{data}/new/'", **where) == []
    assert run("SELECT id, d FROM p", **where) == [["2", "1"]]
    assert "Partition not found" in run(f"ALTER TABLE p PARTITION (d = '2') SET LOCATION 's3://{data}/new/'", **where)
    assert "Table not found" in run("ALTER TABLE absent SET TBLPROPERTIES ('a' = 'b')", **where)
    glue.delete_database(Name=name)


def test_partitions_are_a_table(run: Any, glue: Any, results: str, unique: Callable[[str], str]) -> None:
    """querying-glue-catalog-listing-partitions.html; SQLMesh finds by it what to delete."""
    name, data = unique("listed").replace("-", "_"), results.split("/")[2]
    assert run(f"CREATE DATABASE `awsdatacatalog`.`{name}`") == []
    where = {"QueryExecutionContext": {"Database": name}}
    at = f"ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://{data}/listed/'"
    assert run(f"CREATE EXTERNAL TABLE awsdatacatalog.{name}.t (id int) PARTITIONED BY (day date, kind string) {at}") == []
    assert run("ALTER TABLE t ADD PARTITION (day='2024-01-02', kind='b') PARTITION (day='2024-01-01', kind='a')", **where) == []
    both = [["2024-01-01", "a"], ["2024-01-02", "b"]]
    assert run(f'SELECT * FROM {name}."t$partitions" ORDER BY day') == both
    assert run('SELECT kind FROM "T$partitions" WHERE day > DATE \'2024-01-01\'', **where) == [["b"]]
    assert run('SELECT count(*) FROM "t$partitions" p JOIN (VALUES \'a\') AS v(k) ON v.k = p.kind', **where) == [["1"]]
    assert run(f"CREATE EXTERNAL TABLE plain (id int) {at}", **where) == []
    for table in ("plain", "absent"):
        assert run(f'SELECT * FROM "{table}$partitions"', **where).startswith("TABLE_NOT_FOUND: line 1:15: "), table
    assert run("DROP TABLE t", **where) == [] and run("DROP TABLE plain", **where) == []
    assert run(f"DROP DATABASE awsdatacatalog.{name}") == []
    assert not [each for each in glue.get_databases()["DatabaseList"] if each["Name"] == name]


def test_what_is_not_there_is_refused_at_once(athena: Any, unique: Callable[[str], str]) -> None:
    bucket = unique("absent")
    refused(athena.start_query_execution, f"Unable to verify/create output bucket {bucket}", QueryString="SELECT 1",
            ResultConfiguration={"OutputLocation": f"s3://{bucket}/"})
    refused(athena.create_work_group, "is not supported", Name=unique("g"),
            Configuration={"EngineVersion": {"SelectedEngineVersion": "Athena engine version 2"}})
    refused(athena.list_work_groups, "Invalid NextToken", NextToken="made up")
    assert athena.get_data_catalog(Name="AwsDataCatalog")["DataCatalog"]["Type"] == "GLUE"
    refused(athena.get_data_catalog, "is not found", Name="other")
    assert {"Athena engine version 3"} == {each["EffectiveEngineVersion"] for each in athena.list_engine_versions()["EngineVersions"]}
