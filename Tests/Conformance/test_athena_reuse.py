"""Athena: an earlier query's result in the place of a run
(https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")


class Lake:
    """A table over one file, a folder of results, and queries that ask for reuse."""

    def __init__(self, athena: Any, s3: Any, glue: Any, eventually: Any, name: str) -> None:
        self.athena, self.s3, self.glue, self.eventually = athena, s3, glue, eventually
        self.bucket, self.database = name, name.replace("-", "_")
        self.output = f"s3://{name}/results/"
        s3.create_bucket(Bucket=name)
        glue.create_database(DatabaseInput={"Name": self.database})
        self.put(1)
        glue.create_table(DatabaseName=self.database, TableInput={
            "Name": "things", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": {
                "Columns": [{"Name": "id", "Type": "bigint"}], "Location": f"s3://{name}/things/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}}})

    def put(self, number: int) -> None:
        self.s3.put_object(Bucket=self.bucket, Key="things/1.json", Body=json.dumps({"id": number}).encode())

    def run(self, sql: str, age: int | None = 60, client: Any = None, **settings: Any) -> dict[str, Any]:
        """The ended execution. `age` None asks for no reuse."""
        client = client or self.athena
        wanted = {"QueryString": sql, "QueryExecutionContext": {"Database": self.database},
                  "ResultConfiguration": {"OutputLocation": self.output}, **settings}
        if age is not None:
            wanted["ResultReuseConfiguration"] = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": age}}
        query = client.start_query_execution(**wanted)["QueryExecutionId"]

        def ended() -> Any:
            execution = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return execution if execution["Status"]["State"] in FINAL else None

        execution = self.eventually(ended, timeout=30)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        return execution

    def values(self, execution: dict[str, Any]) -> list[str | None]:
        rows = self.athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]["Rows"]
        return [row["Data"][0].get("VarCharValue") for row in rows[1:]]


def reused(execution: dict[str, Any]) -> bool:
    return execution["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]


@pytest.fixture
def lake(athena: Any, s3: Any, glue: Any, eventually: Any, unique: Callable[[str], str]) -> Iterator[Lake]:
    lake = Lake(athena, s3, glue, eventually, unique("reuse"))
    yield lake
    glue.delete_database(Name=lake.database)


def test_an_earlier_result_serves_again(lake: Lake) -> None:
    first = lake.run("SELECT id FROM things", age=None)
    lake.put(2)
    again = lake.run("  SELECT id FROM things\n")
    assert (reused(first), reused(again)) == (False, True)
    assert lake.values(again) == lake.values(first) == ["1"]  # also what is stale
    assert again["ResultConfiguration"]["OutputLocation"] == first["ResultConfiguration"]["OutputLocation"]
    assert (again["StatementType"], again["SubstatementType"]) == (first["StatementType"], first["SubstatementType"])
    assert again["Statistics"]["DataScannedInBytes"] == 0 and first["Statistics"]["DataScannedInBytes"] > 0
    # Who does not ask gets the present, and that is what serves from then on.
    assert lake.values(lake.run("SELECT id FROM things", age=None)) == ["2"]
    assert lake.values(lake.run("SELECT id FROM things")) == ["2"]


def test_what_makes_it_another_query(lake: Lake, athena: Any, unique: Callable[[str], str]) -> None:
    lake.run("SELECT id FROM things")
    assert not reused(lake.run("SELECT id  FROM things"))
    assert not reused(lake.run(f"SELECT id FROM {lake.database}.things", QueryExecutionContext={"Database": "default"}))
    assert not reused(lake.run(
        "SELECT id FROM things", ResultConfiguration={"OutputLocation": f"s3://{lake.bucket}/elsewhere/"}))
    assert not reused(lake.run("SELECT id FROM things", ResultConfiguration={
        "OutputLocation": lake.output, "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}}))
    group = unique("group")
    athena.create_work_group(Name=group)
    assert not reused(lake.run("SELECT id FROM things", WorkGroup=group))
    assert not reused(lake.run("SELECT id FROM things WHERE id = ?", ExecutionParameters=["1"]))
    assert not reused(lake.run("SELECT id FROM things WHERE id = ?", ExecutionParameters=["2"]))
    assert reused(lake.run("SELECT id FROM things WHERE id = ?", ExecutionParameters=["1"]))


def test_its_age_is_the_first_runs(lake: Lake, advance: Callable[[int], Any]) -> None:
    lake.run("SELECT id FROM things")
    advance(45 * 60)
    assert reused(lake.run("SELECT id FROM things"))
    advance(30 * 60)
    assert not reused(lake.run("SELECT id FROM things"))  # 75 minutes old, though it served again 30 minutes ago
    assert not reused(lake.run("SELECT id FROM things", age=0))
    default = lake.run("SELECT id FROM things", age=None, ResultReuseConfiguration={"ResultReuseByAgeConfiguration": {"Enabled": True}})
    assert reused(default)
    off = {"ResultReuseByAgeConfiguration": {"Enabled": False, "MaxAgeInMinutes": 60}}
    assert not reused(lake.run("SELECT id FROM things", age=None, ResultReuseConfiguration=off))


@pytest.mark.parametrize("sql", [
    "SELECT rand() AS r, id FROM things", "SELECT shuffle(ARRAY[1, 2])", "SELECT id FROM things LIMIT 1",
    "SELECT id FROM (SELECT id FROM things LIMIT 1) ORDER BY id", "SELECT now()", "SELECT current_date", "SELECT uuid()",
    "SELECT table_name FROM information_schema.tables", "SELECT id FROM chance", "SHOW TABLES",
])
def test_what_never_serves_again(lake: Lake, sql: str) -> None:
    lake.run("CREATE VIEW chance AS SELECT id FROM things WHERE rand() < 2", age=None)
    lake.run(sql)
    assert not reused(lake.run(sql))


def test_an_order_makes_a_limit_repeatable(lake: Lake) -> None:
    lake.run("SELECT id FROM things ORDER BY id LIMIT 1")
    assert reused(lake.run("SELECT id FROM things ORDER BY id LIMIT 1"))


def test_a_statement_that_writes_runs_again(lake: Lake) -> None:
    for _ in range(2):
        assert not reused(lake.run("INSERT INTO things SELECT 5"))
    assert lake.values(lake.run("SELECT count(*) FROM things WHERE id = 5")) == ["2"]


def test_execute_is_its_statements_text(lake: Lake, athena: Any, unique: Callable[[str], str]) -> None:
    name = unique("stmt").replace("-", "_")
    athena.create_prepared_statement(StatementName=name, WorkGroup="primary", QueryStatement="SELECT id FROM things WHERE id < ?")
    lake.run(f"EXECUTE {name} USING 9")
    assert reused(lake.run(f"EXECUTE {name} USING 9"))
    assert not reused(lake.run(f"EXECUTE {name} USING 8"))
    athena.update_prepared_statement(StatementName=name, WorkGroup="primary", QueryStatement="SELECT id FROM things WHERE id > ?")
    assert not reused(lake.run(f"EXECUTE {name} USING 9"))


def test_a_result_that_is_gone_is_made_again(lake: Lake) -> None:
    first = lake.run("SELECT id FROM things")
    lake.s3.delete_object(Bucket=lake.bucket, Key=first["ResultConfiguration"]["OutputLocation"].split("/", 3)[3])
    again = lake.run("SELECT id FROM things")
    assert not reused(again) and lake.values(again) == ["1"]


def test_an_overridden_work_group_has_no_reuse(lake: Lake, athena: Any, unique: Callable[[str], str]) -> None:
    group = unique("group")
    athena.create_work_group(Name=group, Configuration={
        "EnforceWorkGroupConfiguration": False, "ResultConfiguration": {"OutputLocation": lake.output}})
    for _ in range(2):
        assert not reused(lake.run("SELECT id FROM things", WorkGroup=group))
    own: dict[str, Any] = {"WorkGroup": group, "ResultConfiguration": {}}
    assert reused(lake.run("SELECT id FROM things", **own))


def test_another_caller_needs_the_table_and_the_result(
    lake: Lake, iam: Any, athena: Any, client_for: Any, unique: Callable[[str], str], eventually: Any
) -> None:
    name = unique("analyst")
    iam.create_user(UserName=name)
    client = client_for("athena", iam.create_access_key(UserName=name)["AccessKey"])

    def may(*statements: tuple[str, str]) -> None:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]}))

    def outcome() -> dict[str, Any]:
        query = client.start_query_execution(
            QueryString="SELECT id FROM things", QueryExecutionContext={"Database": lake.database},
            ResultConfiguration={"OutputLocation": lake.output},
            ResultReuseConfiguration={"ResultReuseByAgeConfiguration": {"Enabled": True}})["QueryExecutionId"]

        def ended() -> Any:
            execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return execution if execution["Status"]["State"] in FINAL else None

        return eventually(ended, timeout=30)

    lake.run("SELECT id FROM things")
    everything, result = ("s3:*", f"arn:aws:s3:::{lake.bucket}*"), ("s3:Get*", f"arn:aws:s3:::{lake.bucket}/results/*")
    may(("athena:*", "*"), everything)
    assert outcome()["Status"]["State"] == "FAILED"  # the table is not the caller's to see
    may(("athena:*", "*"), ("glue:Get*", "*"), ("s3:Put*", f"arn:aws:s3:::{lake.bucket}/results/*"))
    assert outcome()["Status"]["State"] == "FAILED"  # neither is the earlier result, nor the data
    may(("athena:*", "*"), ("glue:Get*", "*"), result)
    served = outcome()
    assert served["Status"]["State"] == "SUCCEEDED" and reused(served)


def test_a_work_group_made_again_is_another(lake: Lake, athena: Any, unique: Callable[[str], str], advance: Callable[[int], Any]) -> None:
    group = unique("group")
    for _ in range(2):
        athena.create_work_group(Name=group)
        assert not reused(lake.run("SELECT id FROM things", WorkGroup=group))
        assert reused(lake.run("SELECT id FROM things", WorkGroup=group))
        athena.delete_work_group(WorkGroup=group, RecursiveDeleteOption=True)
        advance(1)
