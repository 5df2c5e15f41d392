"""Athena: EXPLAIN (TYPE VALIDATE) (https://docs.aws.amazon.com/athena/latest/ug/athena-explain-statement.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def explained(athena: Any, s3: Any, unique: Callable[[str], str], eventually: Any) -> Callable[..., tuple[dict[str, Any], list[str]]]:
    """explained(sql): the ended execution, and its rows if it ended well."""
    bucket = unique("explain")
    s3.create_bucket(Bucket=bucket)

    def run(sql: str, **settings: Any) -> tuple[dict[str, Any], list[str]]:
        query = athena.start_query_execution(
            QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{bucket}/"}, **settings)["QueryExecutionId"]

        def ended() -> Any:
            execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return execution if execution["Status"]["State"] in ("SUCCEEDED", "FAILED") else None

        execution = eventually(ended, timeout=30)
        if execution["Status"]["State"] == "FAILED":
            return execution, []
        found = athena.get_query_results(QueryExecutionId=query)["ResultSet"]
        assert [(each["Name"], each["Type"]) for each in found["ResultSetMetadata"]["ColumnInfo"]] == [("Valid", "boolean")]
        return execution, [row["Data"][0]["VarCharValue"] for row in found["Rows"]]

    return run


def test_a_valid_query_is_said_to_be(explained: Any) -> None:
    execution, rows = explained("EXPLAIN (TYPE VALIDATE)\nSELECT x / 0 FROM (VALUES 1) AS t(x)")
    assert rows == ["true"]
    assert (execution["StatementType"], execution["SubstatementType"]) == ("UTILITY", "EXPLAIN")
    assert execution["Statistics"]["DataScannedInBytes"] == 0
    assert execution["ResultConfiguration"]["OutputLocation"].endswith(".txt")
    assert explained("explain (type validate) select ?", ExecutionParameters=["1"])[1] == ["true"]


@pytest.mark.parametrize(("sql", "reason"), [
    ("SELECT x + 1 FROM (VALUES 'a') AS t(x)", "TYPE_MISMATCH: "),
    ("SELECT y FROM (VALUES 1) AS t(x)", "COLUMN_NOT_FOUND: line 1:32: Column 'y'"),
    ("SELECT no_such(1)", "FUNCTION_NOT_FOUND: line 1:32: "),
    ("SELECT * FROM no_such_place.t", "SCHEMA_NOT_FOUND: line 1:39: "),
])
def test_an_invalid_one_fails_as_it_would_run(explained: Any, sql: str, reason: str) -> None:
    status = explained(f"EXPLAIN (TYPE VALIDATE) {sql}")[0]["Status"]
    assert status["StateChangeReason"].startswith(reason), status


@pytest.mark.parametrize("sql", [
    "EXPLAIN SELECT 1", "EXPLAIN (FORMAT JSON) SELECT 1", "EXPLAIN (TYPE IO, FORMAT JSON) SELECT 1", "EXPLAIN ANALYZE SELECT 1",
    "EXPLAIN (TYPE VALIDATE) INSERT INTO t SELECT 1"])
def test_plans_are_refused(explained: Any, sql: str) -> None:
    status = explained(sql)[0]["Status"]
    assert status["StateChangeReason"].startswith("NOT_SUPPORTED: EXPLAIN"), status


def test_options_that_are_none(athena: Any) -> None:
    with pytest.raises(athena.exceptions.InvalidRequestException) as caught:
        athena.start_query_execution(QueryString="EXPLAIN (TYPE NONSENSE) SELECT 1", ResultConfiguration={"OutputLocation": "s3://x/"})
    assert caught.value.response["Error"]["Message"].startswith("line 1:9: mismatched input")
