"""Athena: what queries answer, how they fail, who may read what, and the statements that change the catalog."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
TEXT_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
# Long enough that it only ends because somebody stops it.
ENDLESS = ("SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) "
           "CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) WHERE (x * y + z) % 7 = 3")


class Place:
    """A database, its bucket of data and its bucket of results, shared by the module's tests."""

    def __init__(self, s3: Any, glue: Any, name: str) -> None:
        self.s3, self.glue = s3, glue
        self.database = name.replace("-", "_")
        self.data, self.results = f"{name}-data", f"{name}-results"
        self.output = f"s3://{self.results}/out/"

    def put(self, key: str, body: str) -> None:
        self.s3.put_object(Bucket=self.data, Key=key, Body=body.encode())

    def table(self, name: str, columns: dict[str, str], serde: str = JSON_SERDE, **parameters: str) -> None:
        self.glue.create_table(DatabaseName=self.database, TableInput={
            "Name": name, "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
                "Location": f"s3://{self.data}/{name}/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": serde, "Parameters": parameters},
            }})


@pytest.fixture(scope="module")
def place(s3: Any, glue: Any, unique: Callable[[str], str]) -> Iterator[Place]:
    place = Place(s3, glue, unique("lake"))
    for bucket in (place.data, place.results):
        s3.create_bucket(Bucket=bucket)
    glue.create_database(DatabaseInput={"Name": place.database})
    place.put("things/1.json", '{"id": 1, "name": "tea"}\n{"id": 2, "name": "a \\"big\\" cake"}\n{"id": 3}\n')
    place.table("things", {"id": "bigint", "name": "string"})
    yield place
    glue.delete_database(Name=place.database)


@pytest.fixture(scope="module")
def execute(athena: Any, place: Place, eventually: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """execute(sql, client=athena, **settings): the QueryExecution once it has ended."""

    def run(sql: str, client: Any = None, **settings: Any) -> dict[str, Any]:
        wanted = {
            "QueryString": sql, "QueryExecutionContext": {"Database": place.database},
            "ResultConfiguration": {"OutputLocation": place.output}, **settings}
        query = (client or athena).start_query_execution(**wanted)["QueryExecutionId"]

        def ended() -> Any:
            execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return execution if execution["Status"]["State"] in FINAL else None

        return eventually(ended, timeout=30)

    return run


@pytest.fixture(scope="module")
def rows(athena: Any, execute: Callable[..., Any]) -> Callable[..., list[list[str | None]]]:
    """rows(sql): the result's rows; a SELECT's begin with the column names."""

    def run(sql: str, **settings: Any) -> list[list[str | None]]:
        execution = execute(sql, **settings)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        answer = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in answer["ResultSet"]["Rows"]]

    return run


def failed(execution: dict[str, Any]) -> str:
    """The reason of a query that failed."""
    status = execution["Status"]
    assert status["State"] == "FAILED", status
    assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
    return status["StateChangeReason"]


def test_types_of_values(athena: Any, execute: Any, place: Place) -> None:
    place.put("kinds/1.json", json.dumps({
        "v": "text", "b": 9007199254740993, "d": 2.5, "t": True, "day": "2024-02-29", "at": "2024-02-29 13:14:15.678",
        "price": 12.30, "tags": ["x", "y"]}) + "\n")
    place.table("kinds", {
        "v": "varchar(10)", "b": "bigint", "d": "double", "t": "boolean", "day": "date", "at": "timestamp",
        "price": "decimal(10,2)", "tags": "array<string>"})
    execution = execute("SELECT v, b, d, t, day, at, price, tags, CAST(NULL AS varchar) AS nothing FROM kinds")
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    answer = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]
    described = {each["Name"]: each["Type"] for each in answer["ResultSetMetadata"]["ColumnInfo"]}
    assert described == {
        "v": "varchar", "b": "bigint", "d": "double", "t": "boolean", "day": "date", "at": "timestamp", "price": "decimal",
        "tags": "array", "nothing": "varchar"}
    price = next(each for each in answer["ResultSetMetadata"]["ColumnInfo"] if each["Name"] == "price")
    assert (price["Precision"], price["Scale"]) == (10, 2)
    assert [cell.get("VarCharValue") for cell in answer["Rows"][1]["Data"]] == [
        "text", "9007199254740993", "2.5", "true", "2024-02-29", "2024-02-29 13:14:15.678", "12.30", "[x, y]", None]


def test_the_result_is_a_csv_file(s3: Any, execute: Any, place: Place) -> None:
    execution = execute("SELECT id, name FROM things ORDER BY id")
    location = execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"{place.output}{execution['QueryExecutionId']}.csv"
    key = location.removeprefix(f"s3://{place.results}/")
    found = s3.get_object(Bucket=place.results, Key=key)
    assert found["Body"].read() == b'"id","name"\n"1","tea"\n"2","a ""big"" cake"\n"3",\n'
    s3.head_object(Bucket=place.results, Key=f"{key}.metadata")
    assert (execution["StatementType"], execution["WorkGroup"]) == ("DML", "primary")
    assert execution["Statistics"]["DataScannedInBytes"] > 0


def test_a_delimited_file_with_a_header(rows: Any, place: Place) -> None:
    place.put("delimited/1.csv", "id;word\n1;one\nx;two\n")
    place.glue.create_table(DatabaseName=place.database, TableInput={
        "Name": "delimited", "TableType": "EXTERNAL_TABLE", "Parameters": {"skip.header.line.count": "1"},
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "int"}, {"Name": "word", "Type": "string"}],
            "Location": f"s3://{place.data}/delimited/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {"SerializationLibrary": TEXT_SERDE, "Parameters": {"field.delim": ";"}}}})
    assert rows("SELECT id, word FROM delimited ORDER BY word") == [["id", "word"], ["1", "one"], [None, "two"]]


def test_nested_and_compressed_json(rows: Any, place: Place) -> None:
    record = {"Id": 1, "who": {"name": "Zo\u00eb, \u6771\u4eac", "age": 5}, "marks": {"a": 1}}
    place.s3.put_object(Bucket=place.data, Key="nested/1.json.gz", Body=gzip.compress(json.dumps(record).encode()))
    place.put("nested/2.json", '{"ID": 2, "who": {"name": "line\\nbreak", "age": null}}\n')
    place.put("nested/_ignored.json", "not data")
    place.table("nested", {"id": "bigint", "who": "struct<name:string,age:int>", "marks": "map<string,int>"})
    assert rows('SELECT id, who.name, who.age, marks[\'a\'] AS a, "$path" AS path FROM Nested WHERE id = 1') == [
        ["id", "name", "age", "a", "path"],
        ["1", "Zo\u00eb, \u6771\u4eac", "5", "1", f"s3://{place.data}/nested/1.json.gz"]]
    assert rows("SELECT who.name AS n, who FROM nested WHERE id = 2") == [
        ["n", "who"], ["line\nbreak", "{name=line\nbreak, age=null}"]]


def test_queries_over_several_tables(rows: Any, place: Place) -> None:
    place.put("prices/1.json", '{"thing": 1, "price": 1.5}\n{"thing": 1, "price": 2.5}\n{"thing": 2, "price": 4}\n')
    place.table("prices", {"thing": "bigint", "price": "double"})
    assert rows(f"""WITH named AS (SELECT t.name, p.price FROM "{place.database}"."things" t JOIN prices p ON t.id = p.thing)
        SELECT name, count(*) AS n, sum(price) AS total, approx_distinct(price) AS kinds FROM named
        GROUP BY name HAVING sum(price) > 0 ORDER BY total DESC, name DESC LIMIT 10;""") == [
        ["name", "n", "total", "kinds"], ["tea", "2", "4.0", "2"], ['a "big" cake', "1", "4.0", "1"]]
    assert rows("SELECT date_format(from_iso8601_timestamp('2024-03-01T10:00:00Z'), '%Y-%m') AS m, "
                "json_extract_scalar('{\"a\": {\"b\": 7}}', '$.a.b') AS b, split_part('x-y', '-', 2) AS y") == [
        ["m", "b", "y"], ["2024-03", "7", "y"]]


def test_results_come_in_pages(athena: Any, execute: Any) -> None:
    query = execute("SELECT x FROM UNNEST(sequence(1, 2500)) AS t(x) ORDER BY x")["QueryExecutionId"]
    pages = list(athena.get_paginator("get_query_results").paginate(QueryExecutionId=query))
    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1000, 1000, 501]
    values = [row["Data"][0]["VarCharValue"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert values == ["x", *map(str, range(1, 2501))]
    first = athena.get_query_results(QueryExecutionId=query, MaxResults=2)
    second = athena.get_query_results(QueryExecutionId=query, MaxResults=1, NextToken=first["NextToken"])
    assert [row["Data"][0]["VarCharValue"] for row in second["ResultSet"]["Rows"]] == ["2"]
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.get_query_results(QueryExecutionId=query, NextToken="nonsense")


@pytest.mark.parametrize(("sql", "reason"), [
    ("SELECT * FROM no_such_table", "TABLE_NOT_FOUND: "),
    ("SELECT colour FROM things", "COLUMN_NOT_FOUND: "),
    ("SELECT no_such_function(id) FROM things", "FUNCTION_NOT_FOUND: "),
    ("SELECT 1 / 0", "DIVISION_BY_ZERO: "),
    ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: "),
])
def test_a_failure_says_why(athena: Any, execute: Any, sql: str, reason: str) -> None:
    execution = execute(sql)
    assert failed(execution).startswith(reason)
    with pytest.raises(athena.exceptions.InvalidRequestException) as caught:
        athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    assert "FAILED" in str(caught.value)


def test_a_text_that_does_not_parse_is_refused(athena: Any, place: Place) -> None:
    with pytest.raises(athena.exceptions.InvalidRequestException) as caught:
        athena.start_query_execution(QueryString="SELECT FROM WHERE", ResultConfiguration={"OutputLocation": place.output})
    assert caught.value.response["Error"]["Message"].startswith("line 1:13: mismatched input 'WHERE'")


def test_a_failure_names_the_place_in_the_text(execute: Any) -> None:
    assert "line 1:8" in failed(execute("SELECT colour FROM things"))


def test_malformed_json_fails_the_query(execute: Any, rows: Any, place: Place) -> None:
    place.put("broken/1.json", '{"id": 1}\n{"id": 2,,}\n')
    place.table("broken", {"id": "bigint"})
    assert "HIVE_" in failed(execute("SELECT id FROM broken"))
    place.put("lenient/1.json", '{"id": 1}\n{"id": 2,,}\n{"id": 3}\n')
    place.table("lenient", {"id": "bigint"}, **{"ignore.malformed.json": "true"})
    found = rows("SELECT id FROM lenient WHERE id IS NOT NULL ORDER BY id")
    assert found == [["id"], ["1"], ["3"]]


def test_requests_that_never_become_queries(athena: Any, place: Place) -> None:
    for arguments, message in (
        ({"QueryString": "SELECT 1"}, "No output location provided"),
        ({"QueryString": "SELECT 1", "WorkGroup": "missing"}, "WorkGroup is not found"),
        ({"QueryString": "SELECT 1", "ResultConfiguration": {"OutputLocation": "/tmp/here"}}, "S3"),
    ):
        with pytest.raises(athena.exceptions.InvalidRequestException) as caught:
            athena.start_query_execution(**arguments)
        assert message in caught.value.response["Error"]["Message"]
    for call in (athena.get_query_execution, athena.stop_query_execution, athena.get_query_results):
        with pytest.raises(athena.exceptions.InvalidRequestException):
            call(QueryExecutionId="00000000-0000-0000-0000-000000000000")


def test_one_token_is_one_query(athena: Any, place: Place, unique: Callable[[str], str]) -> None:
    given = {"ClientRequestToken": unique("token").ljust(40, "x"), "ResultConfiguration": {"OutputLocation": place.output}}
    first = athena.start_query_execution(QueryString="SELECT 1", **given)
    assert athena.start_query_execution(QueryString="SELECT 1", **given)["QueryExecutionId"] == first["QueryExecutionId"]
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.start_query_execution(QueryString="SELECT 2", **given)


def test_a_query_is_stopped(athena: Any, place: Place, eventually: Any) -> None:
    query = athena.start_query_execution(
        QueryString=ENDLESS, ResultConfiguration={"OutputLocation": place.output})["QueryExecutionId"]

    def state() -> str:
        return athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"]

    eventually(lambda: state() == "RUNNING")
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.get_query_results(QueryExecutionId=query)
    athena.stop_query_execution(QueryExecutionId=query)
    eventually(lambda: state() == "CANCELLED")
    athena.stop_query_execution(QueryExecutionId=query)
    assert query in athena.list_query_executions()["QueryExecutionIds"]


def test_a_work_group_enforces_its_settings(
    athena: Any, execute: Any, place: Place, unique: Callable[[str], str]
) -> None:
    group = unique("group")
    athena.create_work_group(Name=group, Configuration={
        "EnforceWorkGroupConfiguration": True, "ResultConfiguration": {"OutputLocation": f"s3://{place.results}/group/"}})
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.create_work_group(Name=group)
    execution = execute("SELECT 1", WorkGroup=group)
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{place.results}/group/")
    assert athena.list_query_executions(WorkGroup=group)["QueryExecutionIds"] == [execution["QueryExecutionId"]]

    athena.update_work_group(WorkGroup=group, ConfigurationUpdates={"EnforceWorkGroupConfiguration": False})
    execution = execute("SELECT 1", WorkGroup=group)
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(place.output)

    athena.update_work_group(WorkGroup=group, State="DISABLED")
    with pytest.raises(athena.exceptions.InvalidRequestException):
        execute("SELECT 1", WorkGroup=group)
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.delete_work_group(WorkGroup=group)
    athena.delete_work_group(WorkGroup=group, RecursiveDeleteOption=True)
    assert group not in [each["Name"] for each in athena.list_work_groups()["WorkGroups"]]
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.delete_work_group(WorkGroup="primary")


def test_results_are_kept_as_the_query_says(
    athena: Any, execute: Any, place: Place, s3: Any, account: str, client_for: Any, unique: Callable[[str], str],
) -> None:
    key = client_for("kms").create_key()["KeyMetadata"]["Arn"]
    wanted = {"OutputLocation": place.output, "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": key},
              "ExpectedBucketOwner": account, "AclConfiguration": {"S3AclOption": "BUCKET_OWNER_FULL_CONTROL"}}
    done = execute("SELECT 1", ResultConfiguration=wanted)
    assert done["Status"]["State"] == "SUCCEEDED", done
    location = done["ResultConfiguration"].pop("OutputLocation")
    assert done["ResultConfiguration"] == {key: value for key, value in wanted.items() if key != "OutputLocation"}
    head = s3.head_object(Bucket=place.results, Key=location.split("/", 3)[3])
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    foreign = execute("SELECT 1", ResultConfiguration={"OutputLocation": place.output, "ExpectedBucketOwner": "444455556666"})
    assert foreign["Status"]["State"] == "FAILED" and "Access" in foreign["Status"]["StateChangeReason"]
    group = unique("group")
    athena.create_work_group(Name=group, Configuration={"ResultConfiguration": {
        "OutputLocation": place.output, "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": key}}})
    ruled = execute("SELECT 1", WorkGroup=group, ResultConfiguration={"EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}})
    assert ruled["ResultConfiguration"]["EncryptionConfiguration"]["KmsKey"] == key
    with pytest.raises(ClientError, match="NotImplemented"):
        execute("SELECT 1", ResultConfiguration={
            "OutputLocation": place.output, "EncryptionConfiguration": {"EncryptionOption": "CSE_KMS", "KmsKey": key}})


def test_statements_that_change_the_catalog(rows: Any, execute: Any, place: Place, glue: Any) -> None:
    for year in (2023, 2024):
        place.put(f"visits/year={year}/1.json", f'{{"who": "ann", "pages": {year - 2020}}}\n')
    place.put("elsewhere/1.json", '{"who": "bob", "pages": 9}\n')
    assert rows(f"""CREATE EXTERNAL TABLE visits (who string, pages int) PARTITIONED BY (year int)
        ROW FORMAT SERDE '{JSON_SERDE}' LOCATION 's3://{place.data}/visits/'""") == []
    table = glue.get_table(DatabaseName=place.database, Name="visits")["Table"]
    assert [each["Name"] for each in table["PartitionKeys"]] == ["year"]
    assert rows("SELECT * FROM visits") == [["who", "pages", "year"]]

    rows("MSCK REPAIR TABLE visits")
    assert sorted(rows("SHOW PARTITIONS visits")) == [["year=2023"], ["year=2024"]]
    rows(f"ALTER TABLE visits ADD PARTITION (year = 2025) LOCATION 's3://{place.data}/elsewhere/'")
    assert rows("SELECT who, pages, year FROM visits WHERE year >= 2024 ORDER BY year") == [
        ["who", "pages", "year"], ["ann", "4", "2024"], ["bob", "9", "2025"]]
    assert "AlreadyExists" in failed(execute("ALTER TABLE visits ADD PARTITION (year = 2025)"))
    rows("ALTER TABLE visits ADD IF NOT EXISTS PARTITION (year = 2025)")
    rows("ALTER TABLE visits DROP PARTITION (year = 2023)")
    assert len(rows("SHOW PARTITIONS visits")) == 2

    assert ["visits"] in rows("SHOW TABLES")
    assert rows("SHOW TABLES 'vis*'") == [["visits"]]
    assert [place.database] in rows("SHOW DATABASES")
    assert [row[0].strip() for row in rows("SHOW COLUMNS IN visits")] == ["who", "pages", "year"]
    assert "CREATE EXTERNAL TABLE" in rows("SHOW CREATE TABLE visits")[0][0]
    rows("DROP TABLE visits")
    failed(execute("DROP TABLE visits"))
    rows("DROP TABLE IF EXISTS visits")
    assert rows("SHOW TABLES 'vis*'") == []
    place.s3.head_object(Bucket=place.data, Key="visits/year=2023/1.json")


def test_lists_and_batches_of_queries(athena: Any, execute: Any, place: Place, unique: Callable[[str], str]) -> None:
    group = unique("listed")
    athena.create_work_group(Name=group)
    ids = [execute(f"SELECT {number}", WorkGroup=group)["QueryExecutionId"] for number in range(3)]
    pages = list(athena.get_paginator("list_query_executions").paginate(WorkGroup=group, PaginationConfig={"PageSize": 2}))
    assert [len(page["QueryExecutionIds"]) for page in pages] == [2, 1]
    assert [query for page in pages for query in page["QueryExecutionIds"]] == ids[::-1]
    answer = athena.batch_get_query_execution(QueryExecutionIds=[ids[0], "missing"])
    assert [each["QueryExecutionId"] for each in answer["QueryExecutions"]] == [ids[0]]
    assert [each["QueryExecutionId"] for each in answer["UnprocessedQueryExecutionIds"]] == ["missing"]
    athena.delete_work_group(WorkGroup=group, RecursiveDeleteOption=True)


def test_statements_that_are_not_supported_say_so(execute: Any, glue: Any, place: Place) -> None:
    reason = failed(execute("CREATE TABLE copied WITH (table_type = 'ICEBERG', is_external = false) AS SELECT * FROM things"))
    assert "support" in reason.lower() or "does not run" in reason, reason
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName=place.database, Name="copied")


@pytest.fixture
def user(iam: Any, client_for: Any, unique: Callable[[str], str]) -> Iterator[Callable[..., Any]]:
    """user(*statements): an Athena client of a new user that may only what the statements say."""
    made: list[tuple[str, str]] = []

    def make(*statements: dict[str, Any]) -> Any:
        name = unique("analyst")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": list(statements)}))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        made.append((name, key["AccessKeyId"]))
        return client_for("athena", key)

    yield make
    for name, key in made:
        iam.delete_access_key(UserName=name, AccessKeyId=key)
        iam.delete_user_policy(UserName=name, PolicyName="own")
        iam.delete_user(UserName=name)


def test_a_query_reads_what_its_user_may_read(execute: Any, athena: Any, user: Any, place: Place) -> None:
    own = {"Effect": "Allow", "Action": ["athena:*", "glue:Get*"], "Resource": "*"}
    results = {"Effect": "Allow", "Action": "s3:*", "Resource": [
        f"arn:aws:s3:::{place.results}", f"arn:aws:s3:::{place.results}/*"]}
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{place.data}"}
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{place.data}/things/*"}
    sql = "SELECT count(*) AS n FROM things"
    assert execute(sql, user(own, results, listing, reading))["Status"]["State"] == "SUCCEEDED"
    for client in (user(own, results, listing), user(own, listing, reading)):
        assert "denied" in failed(execute(sql, client)).lower()
    catalog_only = {"Effect": "Allow", "Action": "athena:*", "Resource": "*"}
    failed(execute(sql, user(catalog_only, results, listing, reading)))
    with pytest.raises(ClientError) as caught:
        execute(sql, user(results))
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
