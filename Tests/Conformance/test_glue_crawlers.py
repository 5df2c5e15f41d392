"""Crawlers: what they find in buckets, what they do when data changes, and what their role may not do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

SERVICE_ROLE = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"
READ = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}


def trust(principal: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}]})


@pytest.fixture
def glue_role(iam: Any, unique: Callable[[str], str]) -> Iterator[Callable[..., str]]:
    """glue_role(*statements, principal=...): the ARN of a role with Glue's service policy and the statements."""
    made: list[str] = []

    def make(*statements: dict[str, Any], principal: str = "glue.amazonaws.com") -> str:
        name = unique("crawls")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(principal))["Role"]
        iam.attach_role_policy(RoleName=name, PolicyArn=SERVICE_ROLE)
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": list(statements) or [
                {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}]}))
        made.append(name)
        return role["Arn"]

    yield make
    for name in made:
        iam.delete_role_policy(RoleName=name, PolicyName="own")
        iam.detach_role_policy(RoleName=name, PolicyArn=SERVICE_ROLE)
        iam.delete_role(RoleName=name)


@pytest.fixture
def database(glue: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("crawled").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": name})
    yield name
    glue.delete_database(Name=name)


@pytest.fixture
def crawl(glue: Any, eventually: Callable[..., Any]) -> Callable[[str], dict[str, Any]]:
    """crawl(name): runs the crawler to its end and gives LastCrawl."""

    def run(name: str) -> dict[str, Any]:
        glue.start_crawler(Name=name)

        def ended() -> Any:
            crawler = glue.get_crawler(Name=name)["Crawler"]
            return crawler if crawler["State"] == "READY" else None

        return eventually(ended, timeout=30, interval=0.1)["LastCrawl"]

    return run


@pytest.fixture
def crawler(glue: Any, unique: Callable[[str], str], bucket: str, database: str) -> Iterator[Callable[..., str]]:
    """crawler(role, path="", **settings): the name of a new crawler of s3://bucket/path."""
    made: list[str] = []

    def make(role: str, path: str = "", **settings: Any) -> str:
        name = unique("crawler")
        glue.create_crawler(**{
            "Name": name, "Role": role, "DatabaseName": database,
            "Targets": {"S3Targets": [{"Path": f"s3://{bucket}/{path}"}]}, **settings})
        made.append(name)
        return name

    yield make
    for name in made:
        glue.delete_crawler(Name=name)


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def columns(table: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Type"] for each in table["StorageDescriptor"]["Columns"]}


def test_json_becomes_a_table(
    glue: Any, s3: Any, bucket: str, database: str, glue_role: Any, crawler: Any, crawl: Any
) -> None:
    s3.put_object(Bucket=bucket, Key="orders/1.json", Body=lines(
        {"id": 1, "total": 1.5, "name": "tea", "paid": True}, {"id": 2, "total": 2.25, "name": "cake", "paid": False}))
    name = crawler(glue_role(READ), "orders/", TablePrefix="raw_")
    last = crawl(name)
    assert last["Status"] == "SUCCEEDED", last
    [table] = glue.get_tables(DatabaseName=database)["TableList"]
    assert table["Name"] == "raw_orders"
    assert columns(table) == {"id": "int", "total": "double", "name": "string", "paid": "boolean"}
    assert table["StorageDescriptor"]["Location"] == f"s3://{bucket}/orders/"
    assert table["Parameters"]["classification"] == "json"
    assert table["Parameters"]["UPDATED_BY_CRAWLER"] == name
    [metrics] = glue.get_crawler_metrics(CrawlerNameList=[name])["CrawlerMetricsList"]
    assert metrics["TablesCreated"] == 1


def test_csv_with_a_header(glue: Any, s3: Any, bucket: str, database: str, glue_role: Any, crawler: Any, crawl: Any) -> None:
    s3.put_object(Bucket=bucket, Key="people/a.csv", Body=b"name,age,height\nann,31,1.70\nbob,44,1.82\n")
    assert crawl(crawler(glue_role(READ), "people/"))["Status"] == "SUCCEEDED"
    table = glue.get_table(DatabaseName=database, Name="people")["Table"]
    assert columns(table) == {"name": "string", "age": "bigint", "height": "double"}
    assert table["Parameters"]["classification"] == "csv"
    assert table["Parameters"]["skip.header.line.count"] == "1"


def test_folders_become_partitions(
    glue: Any, s3: Any, bucket: str, database: str, glue_role: Any, crawler: Any, crawl: Any
) -> None:
    for year, month in (("2023", "12"), ("2024", "01"), ("2024", "02")):
        s3.put_object(Bucket=bucket, Key=f"sales/year={year}/month={month}/x.json", Body=lines({"amount": 5}))
    name = crawler(glue_role(READ), "sales/")
    assert crawl(name)["Status"] == "SUCCEEDED"
    table = glue.get_table(DatabaseName=database, Name="sales")["Table"]
    assert [each["Name"] for each in table["PartitionKeys"]] == ["year", "month"]
    assert columns(table) == {"amount": "int"}

    def known() -> list[list[str]]:
        return sorted(each["Values"] for each in glue.get_partitions(DatabaseName=database, TableName="sales")["Partitions"])

    assert known() == [["2023", "12"], ["2024", "01"], ["2024", "02"]]
    s3.put_object(Bucket=bucket, Key="sales/year=2025/month=03/x.json", Body=lines({"amount": 6}))
    assert crawl(name)["Status"] == "SUCCEEDED"
    assert known()[-1] == ["2025", "03"]
    assert len(known()) == 4


def test_a_second_run_picks_up_a_new_column(
    glue: Any, s3: Any, bucket: str, database: str, glue_role: Any, crawler: Any, crawl: Any
) -> None:
    s3.put_object(Bucket=bucket, Key="events/1.json", Body=lines({"id": 1}))
    name = crawler(glue_role(READ), "events/")
    assert crawl(name)["Status"] == "SUCCEEDED"
    assert columns(glue.get_table(DatabaseName=database, Name="events")["Table"]) == {"id": "int"}
    s3.put_object(Bucket=bucket, Key="events/2.json", Body=lines({"id": 2, "colour": "red"}))
    assert crawl(name)["Status"] == "SUCCEEDED"
    assert columns(glue.get_table(DatabaseName=database, Name="events")["Table"]) == {"id": "int", "colour": "string"}
    versions = glue.get_table_versions(DatabaseName=database, TableName="events")["TableVersions"]
    assert len(versions) == 2


@pytest.mark.parametrize(("behaviour", "is_left"), [
    ("DELETE_FROM_DATABASE", False), ("DEPRECATE_IN_DATABASE", True), ("LOG", True)])
def test_a_table_whose_data_is_gone(
    glue: Any, s3: Any, bucket: str, database: str, glue_role: Any, crawler: Any, crawl: Any, behaviour: str, is_left: bool
) -> None:
    for folder in ("kept", "gone"):
        s3.put_object(Bucket=bucket, Key=f"all/{folder}/1.json", Body=lines({folder: 1}))
    targets = {"S3Targets": [{"Path": f"s3://{bucket}/all/{folder}/"} for folder in ("kept", "gone")]}
    name = crawler(glue_role(READ), Targets=targets, SchemaChangePolicy={"DeleteBehavior": behaviour})
    assert crawl(name)["Status"] == "SUCCEEDED"
    s3.delete_object(Bucket=bucket, Key="all/gone/1.json")
    assert crawl(name)["Status"] == "SUCCEEDED"
    tables = {each["Name"]: each for each in glue.get_tables(DatabaseName=database)["TableList"]}
    assert set(tables) == ({"kept", "gone"} if is_left else {"kept"})
    if is_left:
        is_marked = "DEPRECATED_BY_CRAWLER" in tables["gone"]["Parameters"]
        assert is_marked == (behaviour == "DEPRECATE_IN_DATABASE")


def test_nested_json_and_types_that_widen(
    glue: Any, s3: Any, bucket: str, database: str, glue_role: Any, crawler: Any, crawl: Any
) -> None:
    s3.put_object(Bucket=bucket, Key="deep/1.json", Body=lines(
        {"who": {"name": "ann", "age": 3}, "tags": ["a"], "n": 1, "Upper": 1},
        {"who": {"name": "bob", "age": 4}, "tags": [], "n": 2.5, "Upper": 2}))
    assert crawl(crawler(glue_role(READ), "deep/"))["Status"] == "SUCCEEDED"
    assert columns(glue.get_table(DatabaseName=database, Name="deep")["Table"]) == {
        "who": "struct<name:string,age:int>", "tags": "array<string>", "n": "double", "upper": "int"}


def test_passing_the_role_needs_a_permission(
    glue: Any, iam: Any, client_for: Any, unique: Any, glue_role: Any, bucket: str, database: str
) -> None:
    role, user, name = glue_role(READ), unique("engineer"), unique("crawler")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    allowed = [{"Effect": "Allow", "Action": "glue:*", "Resource": "*"}]
    wanted = {"Name": name, "Role": role, "DatabaseName": database, "Targets": {"S3Targets": [{"Path": f"s3://{bucket}/"}]}}

    def allow() -> None:
        iam.put_user_policy(
            UserName=user, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed}))

    allow()
    client = client_for("glue", key)
    with pytest.raises(ClientError) as caught:
        client.create_crawler(**wanted)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    allowed.append({"Effect": "Allow", "Action": "iam:PassRole", "Resource": role,
                    "Condition": {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}})
    allow()
    client.create_crawler(**wanted)
    client.delete_crawler(Name=name)
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=user, PolicyName="own")
    iam.delete_user(UserName=user)


def test_a_role_that_glue_may_not_assume_is_refused(glue: Any, glue_role: Any, crawler: Any, unique: Any) -> None:
    for role in (glue_role(READ, principal="lambda.amazonaws.com"), unique("no-such-role")):
        with pytest.raises(ClientError) as caught:
            crawler(role)
        assert caught.value.response["Error"]["Code"] == "InvalidInputException"
    assert glue.list_crawlers()["CrawlerNames"] == []


def test_a_role_that_may_not_read_makes_the_run_fail(
    glue: Any, s3: Any, bucket: str, database: str, glue_role: Any, crawler: Any, crawl: Any
) -> None:
    s3.put_object(Bucket=bucket, Key="secret/1.json", Body=lines({"id": 1}))
    last = crawl(crawler(glue_role(), "secret/"))
    assert last["Status"] == "FAILED", last
    assert "denied" in last["ErrorMessage"].lower() or "permission" in last["ErrorMessage"].lower()
    assert glue.get_tables(DatabaseName=database)["TableList"] == []


def test_crawlers_that_are_not_there_or_twice(glue: Any, glue_role: Any, crawler: Any, database: str, bucket: str) -> None:
    for call in (glue.get_crawler, glue.start_crawler, glue.stop_crawler, glue.delete_crawler):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            call(Name="missing")
    role = glue_role(READ)
    name = crawler(role)
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_crawler(
            Name=name, Role=role, DatabaseName=database, Targets={"S3Targets": [{"Path": f"s3://{bucket}/"}]})
    with pytest.raises(glue.exceptions.CrawlerNotRunningException):
        glue.stop_crawler(Name=name)
    glue.update_crawler(Name=name, Description="changed")
    found = glue.get_crawler(Name=name)["Crawler"]
    assert (found["Description"], found["State"], found["Version"]) == ("changed", "READY", 2)
    assert "LastCrawl" not in found
