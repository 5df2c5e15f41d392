"""Crawlers' configuration, schedules, history and logs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from refusals import assert_refused

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "glue:*", "logs:*"], "Resource": "*"}]})


@pytest.fixture(scope="module")
def role(iam: Any, unique: Callable[[str], str]) -> str:
    name = unique("crawls")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=ALLOW)
    return arn


@pytest.fixture(scope="module")
def lake(s3: Any, unique: Callable[[str], str]) -> str:
    """A bucket with two classes of records in daily folders, and a folder of unlike files."""
    name = unique("lake")
    s3.create_bucket(Bucket=name)
    for kind in ("files", "network"):
        for day in ("20260101", "20260102"):
            s3.put_object(Bucket=name, Key=f"ext/windows/{kind}/eventday={day}/1.json", Body=b'{"id": 1, "name": "a"}\n')
    s3.put_object(Bucket=name, Key="mixed/1.json", Body=b'{"a": 1, "b": 2}\n')
    s3.put_object(Bucket=name, Key="mixed/2.json", Body=b'{"c": 1, "d": 2}\n')
    return name


@pytest.fixture
def crawler(glue: Any, unique: Callable[[str], str], lake: str, role: str) -> Iterator[Callable[..., tuple[str, str]]]:
    """crawler(path, **settings): the names of a new crawler and of a database of its own."""
    made: list[str] = []

    def make(path: str, **settings: Any) -> tuple[str, str]:
        name, database = unique("crawler"), unique("found").replace("-", "_")
        glue.create_crawler(Name=name, Role=role, DatabaseName=database,
                            Targets={"S3Targets": [{"Path": f"s3://{lake}/{path}"}]}, **settings)
        made.append(name)
        return name, database

    yield make
    for name in made:
        glue.delete_crawler(Name=name)


@pytest.fixture
def crawl(glue: Any, eventually: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    def run(name: str, start: bool = True) -> dict[str, Any]:
        if start:
            glue.start_crawler(Name=name)

        def ended() -> Any:
            crawler = glue.get_crawler(Name=name)["Crawler"]
            return crawler if crawler["State"] == "READY" and "LastCrawl" in crawler else None

        return eventually(ended, timeout=30, interval=0.1)["LastCrawl"]

    return run


def tables(glue: Any, database: str) -> dict[str, Any]:
    return {each["Name"]: each for each in glue.get_tables(DatabaseName=database)["TableList"]}


def columns(holder: dict[str, Any]) -> list[str]:
    return [each["Name"] for each in holder["StorageDescriptor"]["Columns"]]


def test_a_table_level_makes_a_table_of_each_folder_there(glue: Any, crawler: Any, crawl: Any) -> None:
    """The bucket is level 1, so level 4 under /ext/windows/ is its folders."""
    grouping = {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": 4}
    name, database = crawler("ext/windows/", TablePrefix="lake_", Configuration=json.dumps({"Version": 1.0, "Grouping": grouping}))
    assert crawl(name)["Status"] == "SUCCEEDED"
    found = tables(glue, database)
    assert sorted(found) == ["lake_files", "lake_network"]
    assert [each["Name"] for each in found["lake_files"]["PartitionKeys"]] == ["eventday"]
    partitions = glue.get_partitions(DatabaseName=database, TableName="lake_files")["Partitions"]
    assert sorted(each["Values"][0] for each in partitions) == ["20260101", "20260102"]


def test_compatible_schemas_are_combined(glue: Any, crawler: Any, crawl: Any) -> None:
    apart, first = crawler("mixed/")
    crawl(apart)
    assert len(tables(glue, first)) == 2
    together, second = crawler("mixed/", Configuration='{"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}')
    crawl(together)
    assert columns(tables(glue, second)["mixed"]) == ["a", "b", "c", "d"]


def test_more_tables_than_the_threshold_fail_the_crawl(glue: Any, crawler: Any, crawl: Any) -> None:
    name, database = crawler("mixed/", Configuration='{"Version": 1.0, "CrawlerOutput": {"Tables": {"TableThreshold": 1}}}')
    last = crawl(name)
    assert last["Status"] == "FAILED"
    assert "The number of tables detected by crawler: 2 is greater than the table threshold value provided: 1." in last["ErrorMessage"]
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_database(Name=database)
    [run] = glue.list_crawls(CrawlerName=name)["Crawls"]
    assert run["State"] == "FAILED" and "greater than the table threshold" in run["ErrorMessage"]


def test_what_a_table_was_made_into_stays(glue: Any, s3: Any, lake: str, crawler: Any, crawl: Any) -> None:
    """MergeNewColumns keeps columns, InheritFromTable gives them to the partitions."""
    output = {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}, "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}
    s3.put_object(Bucket=lake, Key="own/day=1/1.json", Body=b'{"id": 1}\n')
    name, database = crawler("own/", Configuration=json.dumps({"Version": 1.0, "CrawlerOutput": output}))
    crawl(name)
    table = tables(glue, database)["own"]
    wanted = {key: table[key] for key in ("Name", "StorageDescriptor", "PartitionKeys", "Parameters", "TableType")}
    wanted["StorageDescriptor"]["Columns"] = [{"Name": "id", "Type": "string", "Comment": "ours"}]
    glue.update_table(DatabaseName=database, TableInput=wanted)
    s3.put_object(Bucket=lake, Key="own/day=2/1.json", Body=b'{"id": 2, "more": true}\n')
    crawl(name)
    kept = tables(glue, database)["own"]["StorageDescriptor"]["Columns"]
    assert kept == [{"Name": "id", "Type": "string", "Comment": "ours"}, {"Name": "more", "Type": "boolean"}]
    for partition in glue.get_partitions(DatabaseName=database, TableName="own")["Partitions"]:
        assert partition["StorageDescriptor"]["Columns"] == kept


@pytest.mark.parametrize("text", [
    "{", "[]", '{"Version": 2.0}', '{"Grouping": {}}', '{"Version": 1.0, "Other": 1}',
    '{"Version": 1.0, "Grouping": {"TableLevelConfiguration": 0}}', '{"Version": 1.0, "Grouping": {"TableGroupingPolicy": "All"}}'])
def test_a_configuration_that_says_nothing_is_refused(glue: Any, lake: str, role: str, text: str) -> None:
    assert_refused(glue.create_crawler, "InvalidInputException", "crawler configuration", Name="bad", Role=role,
            Targets={"S3Targets": [{"Path": f"s3://{lake}/mixed/"}]}, Configuration=text)


def test_new_folders_only(glue: Any, s3: Any, lake: str, role: str, crawler: Any, crawl: Any) -> None:
    policy = {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    assert_refused(glue.create_crawler, "InvalidInputException", "can have only LOG DeleteBehavior", Name="bad", Role=role,
            Targets={"S3Targets": [{"Path": f"s3://{lake}/mixed/"}]}, RecrawlPolicy=policy)
    s3.put_object(Bucket=lake, Key="grows/day=1/1.json", Body=b'{"id": 1}\n')
    name, database = crawler("grows/", RecrawlPolicy=policy,
                             SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    crawl(name)
    before = tables(glue, database)["grows"]
    s3.put_object(Bucket=lake, Key="grows/day=2/1.json", Body=b'{"id": 2, "more": 1}\n')
    crawl(name)
    assert tables(glue, database)["grows"] == before
    assert len(glue.get_partitions(DatabaseName=database, TableName="grows")["Partitions"]) == 2


def test_a_crawler_runs_on_its_schedule(glue: Any, crawler: Any, crawl: Any, advance: Any) -> None:
    every = "cron(0/10 * * * ? *)"
    name, database = crawler("mixed/", Schedule=every)
    assert glue.get_crawler(Name=name)["Crawler"]["Schedule"] == {"ScheduleExpression": every, "State": "SCHEDULED"}
    assert glue.list_crawls(CrawlerName=name)["Crawls"] == []
    # No further than the role's session reaches: the run begins on the way.
    advance(600)
    assert crawl(name, start=False)["Status"] == "SUCCEEDED"
    assert len(tables(glue, database)) == 2
    assert_refused(glue.start_crawler_schedule, "SchedulerRunningException", CrawlerName=name)
    glue.stop_crawler_schedule(CrawlerName=name)
    assert_refused(glue.stop_crawler_schedule, "SchedulerNotRunningException", CrawlerName=name)
    assert glue.get_crawler(Name=name)["Crawler"]["Schedule"]["State"] == "NOT_SCHEDULED"
    advance(2 * 3600)
    assert len(glue.list_crawls(CrawlerName=name)["Crawls"]) == 1
    glue.start_crawler_schedule(CrawlerName=name)
    glue.update_crawler_schedule(CrawlerName=name, Schedule="cron(30 * * * ? *)")
    assert glue.get_crawler(Name=name)["Crawler"]["Schedule"]["ScheduleExpression"] == "cron(30 * * * ? *)"
    glue.update_crawler(Name=name, Schedule="")
    assert "Schedule" not in glue.get_crawler(Name=name)["Crawler"]
    assert_refused(glue.start_crawler_schedule, "NoScheduleException", CrawlerName=name)
    for text in ("every day", "rate(1 day)", "cron(* * * * ? *)", "cron(0,3 * * * ? *)"):
        assert_refused(glue.update_crawler_schedule, "InvalidInputException", text, CrawlerName=name, Schedule=text)
    assert_refused(glue.stop_crawler_schedule, "EntityNotFoundException", CrawlerName="nobody")


def test_history_and_log(glue: Any, logs: Any, crawler: Any, crawl: Any) -> None:
    name, database = crawler("mixed/")
    last = crawl(name)
    crawl(name)
    first, second = reversed(glue.list_crawls(CrawlerName=name)["Crawls"])
    assert (first["CrawlId"], first["State"], first["LogGroup"]) == (last["MessagePrefix"], "COMPLETED", "/aws-glue/crawlers")
    assert json.loads(first["Summary"])["TABLE"]["ADD"] == 2
    assert first["StartTime"] <= first["EndTime"] <= second["StartTime"]
    page = glue.list_crawls(CrawlerName=name, MaxResults=1)
    assert page["Crawls"] == [second] and page["NextToken"]
    only = [{"FieldName": "CRAWL_ID", "FilterOperator": "EQ", "FieldValue": first["CrawlId"]}]
    assert glue.list_crawls(CrawlerName=name, Filters=only)["Crawls"] == [first]
    assert_refused(glue.list_crawls, "EntityNotFoundException", CrawlerName="nobody")
    messages = [each["message"] for each in logs.get_log_events(logGroupName="/aws-glue/crawlers", logStreamName=name, startFromHead=True)["events"]]
    mark = f"[{last['MessagePrefix']}]"
    assert f"{mark} BENCHMARK : Running Start Crawl for Crawler {name}" in messages
    assert f"{mark} BENCHMARK : Classification complete, writing results to database {database}" in messages
    assert f"{mark} BENCHMARK : Crawler has finished running and is in state READY" in messages
    assert sum(each.startswith(f"{mark} INFO : Created table") for each in messages) == 2
    found = glue.batch_get_crawlers(CrawlerNames=[name, "nobody"])
    assert [each["Name"] for each in found["Crawlers"]] == [name] and found["CrawlersNotFound"] == ["nobody"]
