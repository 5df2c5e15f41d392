"""CloudWatch Logs: groups, streams, events, retention, and who may do what."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

DAY = 86_400


@pytest.fixture
def now(server: Any) -> Callable[[], int]:
    """The platform's time in milliseconds."""

    def read() -> int:
        with urllib.request.urlopen(f"{server.endpoint}/_tarn/clock") as answer:
            return int(datetime.fromisoformat(json.load(answer)["now"]).timestamp() * 1_000)

    return read


@pytest.fixture
def group(logs: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("/test/group")
    logs.create_log_group(logGroupName=name, tags={"a": "1"})
    yield name
    logs.delete_log_group(logGroupName=name)


@pytest.fixture
def stream(logs: Any, group: str) -> str:
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    return "one"


def messages(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def test_groups(logs: Any, group: str) -> None:
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=group)
    (found,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert found["logGroupName"] == group and found["arn"].endswith(f":log-group:{group}:*")
    assert logs.list_tags_for_resource(resourceArn=found["logGroupArn"])["tags"] == {"a": "1"}
    logs.tag_resource(resourceArn=found["logGroupArn"], tags={"b": "2"})
    logs.untag_resource(resourceArn=found["logGroupArn"], tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=found["logGroupArn"])["tags"] == {"b": "2"}


def test_missing(logs: Any, group: str) -> None:
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.create_log_stream(logGroupName="no-such-group", logStreamName="a")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_log_events(logGroupName=group, logStreamName="no-such-stream")


def test_streams(logs: Any, group: str, now: Callable[[], int]) -> None:
    for name in ("b", "a", "c"):
        logs.create_log_stream(logGroupName=group, logStreamName=name)
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(logGroupName=group, logStreamName="a")
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group, PaginationConfig={"PageSize": 2})
    assert [stream["logStreamName"] for page in pages for stream in page["logStreams"]] == ["a", "b", "c"]
    logs.put_log_events(logGroupName=group, logStreamName="b", logEvents=[{"timestamp": now() + 60_000, "message": "x"}])
    newest = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True)["logStreams"][0]
    assert newest["logStreamName"] == "b"
    logs.delete_log_stream(logGroupName=group, logStreamName="b")
    assert len(logs.describe_log_streams(logGroupName=group)["logStreams"]) == 2


def test_events_page_both_ways(logs: Any, group: str, stream: str, now: Callable[[], int]) -> None:
    begin = now()
    logs.put_log_events(
        logGroupName=group, logStreamName=stream,
        logEvents=[{"timestamp": begin + index // 2, "message": f"m{index}"} for index in range(5)])
    where = {"logGroupName": group, "logStreamName": stream}
    first = logs.get_log_events(**where, startFromHead=True, limit=3)
    assert messages(first) == ["m0", "m1", "m2"]
    second = logs.get_log_events(**where, nextToken=first["nextForwardToken"], limit=3)
    assert messages(second) == ["m3", "m4"]
    end = logs.get_log_events(**where, nextToken=second["nextForwardToken"])
    assert messages(end) == [] and end["nextForwardToken"] == second["nextForwardToken"]
    assert messages(logs.get_log_events(**where, nextToken=second["nextBackwardToken"], limit=2)) == ["m1", "m2"]
    # Without startFromHead the latest come, in the order of their time.
    assert messages(logs.get_log_events(**where, limit=2)) == ["m3", "m4"]
    assert messages(logs.get_log_events(**where, startTime=begin + 1, endTime=begin + 2, startFromHead=True)) == ["m2", "m3"]


def test_filter(logs: Any, group: str, stream: str, now: Callable[[], int]) -> None:
    logs.create_log_stream(logGroupName=group, logStreamName="two")
    begin = now()
    for index, name in enumerate([stream, "two", stream, "two"]):
        text = "ERROR disk full" if index % 3 == 0 else "INFO all well"
        logs.put_log_events(logGroupName=group, logStreamName=name, logEvents=[{"timestamp": begin + index, "message": text}])
    found = logs.filter_log_events(logGroupName=group, filterPattern='ERROR "disk full"')["events"]
    assert [event["timestamp"] - begin for event in found] == [0, 3]
    assert [event["logStreamName"] for event in found] == [stream, "two"]
    assert len(logs.filter_log_events(logGroupName=group, filterPattern="-ERROR")["events"]) == 2
    assert len(logs.filter_log_events(logGroupName=group, filterPattern="?ERROR ?INFO")["events"]) == 4
    assert len(logs.filter_log_events(logGroupName=group, logStreamNames=["two"])["events"]) == 2
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, PaginationConfig={"PageSize": 3})
    assert [len(page["events"]) for page in pages] == [3, 1]
    for token in ("-1", str(2**63 - 1), str(-2**63)):
        with pytest.raises(logs.exceptions.InvalidParameterException, match="nextToken"):
            logs.filter_log_events(logGroupName=group, nextToken=token)


def test_what_only_the_standard_class_does(logs: Any, unique: Callable[[str], str]) -> None:
    name = unique("rare")
    logs.create_log_group(logGroupName=name, logGroupClass="INFREQUENT_ACCESS")
    metric = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
    for call, input in (
        (logs.put_metric_filter, {"filterName": "f", "filterPattern": "", "metricTransformations": metric}),
        (logs.create_export_task, {"fromTime": 0, "to": 1, "destination": "nowhere"}),
    ):
        with pytest.raises(logs.exceptions.InvalidParameterException, match="INFREQUENT_ACCESS"):
            call(logGroupName=name, **input)
    logs.delete_log_group(logGroupName=name)


def test_pages_of_groups(logs: Any, unique: Callable[[str], str]) -> None:
    prefix = unique("page")
    names = [f"{prefix}-{number}" for number in range(3)]
    for name in names:
        logs.create_log_group(logGroupName=name)
    page = logs.describe_log_groups(logGroupNamePrefix=prefix, limit=2)
    rest = logs.describe_log_groups(logGroupNamePrefix=prefix, limit=2, nextToken=page["nextToken"])
    assert [each["logGroupName"] for each in page["logGroups"] + rest["logGroups"]] == names and "nextToken" not in rest
    with pytest.raises(logs.exceptions.InvalidParameterException, match="nextToken"):
        logs.describe_log_groups(nextToken="made up")
    with pytest.raises(logs.exceptions.InvalidParameterException, match="Could not convert to persistable policy"):
        logs.put_resource_policy(policyName=prefix, policyDocument="{}")


def test_put_is_checked(logs: Any, group: str, stream: str, now: Callable[[], int]) -> None:
    where = {"logGroupName": group, "logStreamName": stream}
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.put_log_events(
            **where, logEvents=[{"timestamp": now(), "message": "b"}, {"timestamp": now() - 5_000, "message": "a"}])
    answer = logs.put_log_events(**where, logEvents=[{"timestamp": now() - 15 * DAY * 1_000, "message": "old"}])
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    answer = logs.put_log_events(**where, logEvents=[{"timestamp": now() + 3 * 3_600_000, "message": "new"}])
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 0}
    assert messages(logs.get_log_events(**where)) == []


def test_retention(
    logs: Any, group: str, stream: str, now: Callable[[], int], advance: Callable[[int], Any], eventually: Any
) -> None:
    where = {"logGroupName": group, "logStreamName": stream}
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.put_retention_policy(logGroupName=group, retentionInDays=2)
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"] == 1
    logs.put_log_events(**where, logEvents=[{"timestamp": now(), "message": "old"}])
    advance(3 * DAY)
    eventually(lambda: messages(logs.get_log_events(**where, startFromHead=True)) == [])
    logs.put_log_events(**where, logEvents=[{"timestamp": now(), "message": "new"}])
    assert messages(logs.get_log_events(**where, startFromHead=True)) == ["new"]
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]


def test_a_functions_log(logs: Any, lambda_client: Any, function: Callable[..., Any], eventually: Any) -> None:
    name = function("def handler(event, context): print('a line')")["FunctionName"]
    lambda_client.invoke(FunctionName=name)

    def logged() -> bool:
        try:
            found = messages(logs.filter_log_events(logGroupName=f"/aws/lambda/{name}"))
        except logs.exceptions.ResourceNotFoundException:
            return False
        return "a line\n" in found and any(line.startswith("REPORT RequestId: ") for line in found)

    eventually(logged)
    logs.delete_log_group(logGroupName=f"/aws/lambda/{name}")


@pytest.mark.parametrize("suffix", ["", ":*"])
def test_policies_name_groups_with_and_without_star(
    logs: Any, iam: Any, client_for: Callable[..., Any], unique: Callable[[str], str], group: str, stream: str, account: str,
    suffix: str,
) -> None:
    user = unique("user")
    iam.create_user(UserName=user)
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
    allowed = {"Effect": "Allow", "Resource": arn + suffix, "Action": [
        "logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:PutRetentionPolicy", "logs:PutLogEvents"]}
    iam.put_user_policy(
        UserName=user, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    mine = client_for("logs", key)
    assert len(mine.describe_log_streams(logGroupName=group)["logStreams"]) == 1
    mine.filter_log_events(logGroupName=group)
    mine.put_retention_policy(logGroupName=group, retentionInDays=1)
    with pytest.raises(ClientError) as refusal:
        mine.delete_log_group(logGroupName=group)
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
    put = {"logGroupName": group, "logStreamName": stream, "logEvents": [{"timestamp": 0, "message": "x"}]}
    if suffix:
        mine.put_log_events(**put)
    else:
        # A stream lies below its group: the group's bare name does not reach it.
        with pytest.raises(ClientError):
            mine.put_log_events(**put)
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=user, PolicyName="own")
    iam.delete_user(UserName=user)
