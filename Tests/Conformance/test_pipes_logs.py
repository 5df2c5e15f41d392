"""Pipes: what they log of each execution, to CloudWatch Logs, S3 and Firehose."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import _client, empty
from refusals import code_of
from test_pipes import kinesis, pipe, pipes, queue, receive, role, sns, sqs  # noqa: F401

events = _client("events")
firehose = _client("firehose")


@pytest.fixture
def group(logs: Any, unique: Callable[[str], str]) -> Any:
    """The name and the ARN of a log group."""
    name = unique("/pipes/log")
    logs.create_log_group(logGroupName=name)
    yield name, logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["logGroupArn"]
    logs.delete_log_group(logGroupName=name)


def to_group(arn: str, level: str, **more: Any) -> dict[str, Any]:
    return {"Level": level, "CloudwatchLogsLogDestination": {"LogGroupArn": arn}, **more}


def records(logs: Any, group: str) -> list[dict[str, Any]]:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


def bodies(messages: list[str]) -> set[str]:
    return {json.loads(message)["body"] for message in messages}


def steps(logs: Any, group: str) -> list[str]:
    return [record["messageType"] for record in records(logs, group)]


@pytest.mark.parametrize("level, wanted", [
    ("TRACE", ["ExecutionStarted", "TargetStageEntered", "TargetTransformationStarted", "TargetTransformationSucceeded",
               "TargetInvocationStarted", "TargetInvocationSucceeded", "TargetStageSucceeded", "ExecutionSucceeded"]),
    ("INFO", ["ExecutionStarted", "TargetStageEntered", "TargetStageSucceeded", "ExecutionSucceeded"]),
])
def test_steps_of_a_level(
    logs: Any, sqs: Any, queue: Any, pipe: Any, pipes: Any, receive: Any, group: Any, eventually: Any, level: str, wanted: Any  # noqa: F811
) -> None:
    (source, source_arn), (target, target_arn) = queue(), queue()
    name = pipe(
        Source=source_arn, Target=target_arn, TargetParameters={"InputTemplate": '{"b": <$.body>}'},
        LogConfiguration=to_group(group[1], level))
    assert pipes.describe_pipe(Name=name)["LogConfiguration"] == to_group(group[1], level)
    sqs.send_message(QueueUrl=source, MessageBody="hello")
    assert json.loads(receive(target)[0]) == {"b": "hello"}
    eventually(lambda: steps(logs, group[0]) == wanted)
    found = records(logs, group[0])
    assert len({record["executionId"] for record in found}) == 1
    assert all(record["resourceArn"].endswith(f":pipe/{name}") and record["logLevel"] == level for record in found)
    assert not any("payload" in record or "awsRequest" in record for record in found)


def test_more_than_one_call_takes(
    logs: Any, sqs: Any, queue: Any, pipe: Any, receive: Any, group: Any, eventually: Any  # noqa: F811
) -> None:
    """PutLogEvents takes a mebibyte; the records of this one execution have more."""
    (source, source_arn), (target, target_arn) = queue(), queue()
    pipe(Source=source_arn, Target=target_arn, LogConfiguration=to_group(group[1], "TRACE", IncludeExecutionData=["ALL"]))
    sqs.send_message(QueueUrl=source, MessageBody="x" * 240_000)
    assert len(receive(target)) == 1
    eventually(lambda: "ExecutionSucceeded" in steps(logs, group[0]))
    found = records(logs, group[0])
    assert found[0]["messageType"] == "ExecutionStarted" and sum(len(json.dumps(record)) for record in found) > 1 << 20


def test_execution_data_and_failures(
    logs: Any, sqs: Any, queue: Any, pipe: Any, pipes: Any, role: Any, group: Any, eventually: Any, receive: Any  # noqa: F811
) -> None:
    (source, source_arn), (target, target_arn) = queue(), queue()
    only = {"Effect": "Allow", "Resource": source_arn, "Action": "sqs:*"}
    name = pipe(
        Source=source_arn, Target=target_arn, RoleArn=role(only),
        LogConfiguration=to_group(group[1], "ERROR", IncludeExecutionData=["ALL"]))
    sqs.send_message(QueueUrl=source, MessageBody="secret")
    eventually(lambda: steps(logs, group[0])[:2] == ["TargetStageFailed", "ExecutionFailed"])
    failed = records(logs, group[0])[0]
    assert failed["error"]["httpStatusCode"] in (400, 403) and "not authorized" in failed["error"]["message"]
    # An update takes the place of the whole configuration, and turns it off.
    pipes.update_pipe(Name=name, RoleArn=role(), LogConfiguration=to_group(group[1], "INFO", IncludeExecutionData=["ALL"]))
    eventually(lambda: pipes.describe_pipe(Name=name)["CurrentState"] == "RUNNING")
    sqs.send_message(QueueUrl=source, MessageBody="more")
    assert bodies(receive(target, 1)) <= {"more", "secret"}
    eventually(lambda: "ExecutionSucceeded" in steps(logs, group[0]))
    started = [record for record in records(logs, group[0]) if record["messageType"] == "ExecutionStarted"]
    assert json.loads(started[-1]["payload"])[0]["body"] in ("more", "secret")
    pipes.update_pipe(Name=name, RoleArn=role(), LogConfiguration={"Level": "OFF"})
    eventually(lambda: pipes.describe_pipe(Name=name)["CurrentState"] == "RUNNING")
    sqs.send_message(QueueUrl=source, MessageBody="quiet")
    eventually(lambda: "quiet" in bodies(receive(target, 1)))
    assert not any("quiet" in record.get("payload", "") for record in records(logs, group[0]))


def test_a_bucket_and_a_delivery_stream(
    s3: Any, iam: Any, firehose: Any, sqs: Any, queue: Any, pipe: Any, receive: Any, bucket: str, unique: Any, account: str,  # noqa: F811
    eventually: Any, advance: Any
) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:AssumeRole"}
    name, stream = unique("role"), unique("stream")
    arn = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    made = firehose.create_delivery_stream(DeliveryStreamName=stream, ExtendedS3DestinationConfiguration={
        "RoleARN": arn, "BucketARN": f"arn:aws:s3:::{bucket}", "Prefix": "firehose/",
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60}})["DeliveryStreamARN"]
    eventually(lambda: firehose.describe_delivery_stream(DeliveryStreamName=stream)["DeliveryStreamDescription"][
        "DeliveryStreamStatus"] == "ACTIVE")
    (source, source_arn), (target, target_arn) = queue(), queue()
    pipe(Source=source_arn, Target=target_arn, LogConfiguration={
        "Level": "INFO", "S3LogDestination": {"BucketName": bucket, "BucketOwner": account, "Prefix": "logs", "OutputFormat": "json"},
        "FirehoseLogDestination": {"DeliveryStreamArn": made}})
    sqs.send_message(QueueUrl=source, MessageBody="hello")
    receive(target)

    def objects(prefix: str) -> list[str]:
        return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]

    def kinds(key: str) -> list[str]:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        return [json.loads(line)["messageType"] for line in body.splitlines()]

    wanted = ["ExecutionStarted", "TargetStageEntered", "TargetStageSucceeded", "ExecutionSucceeded"]
    key, = eventually(lambda: objects("logs/"))
    assert key.startswith(f"logs/AWSLogs/{account}/") and kinds(key) == wanted
    tags = firehose.list_tags_for_delivery_stream(DeliveryStreamName=stream)["Tags"]
    assert {"Key": "LogDeliveryEnabled", "Value": "true"} in tags

    def delivered() -> list[str]:
        advance(61)
        return objects("firehose/")

    key, = eventually(delivered)
    assert kinds(key) == wanted
    firehose.delete_delivery_stream(DeliveryStreamName=stream)
    empty(s3, bucket)


def test_what_is_refused(pipes: Any, queue: Any, role: Any, group: Any, unique: Any, account: str, iam: Any, client_for: Any) -> None:  # noqa: F811
    (_, source), (_, target) = queue(), queue()
    common = {"Source": source, "Target": target, "RoleArn": role()}

    def refused(log: Any, client: Any = pipes) -> str:
        return code_of(client.create_pipe, Name=unique("pipe"), LogConfiguration=log, **common)

    assert refused({"Level": "INFO"}) == "ValidationException"
    assert refused(to_group(f"{group[1]}-none", "INFO")) == "ValidationException"
    assert refused({"Level": "INFO", "S3LogDestination": {
        "BucketName": "bucket", "BucketOwner": account, "OutputFormat": "plain"}}) == "ValidationException"
    assert refused({"Level": "INFO", "S3LogDestination": {
        "BucketName": unique("no-such-bucket"), "BucketOwner": account}}) == "NoSuchBucket"
    # Who makes the pipe opens the log group, and must be allowed to.
    user = unique("user")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": ["pipes:*", "iam:PassRole", "logs:Describe*"], "Resource": "*"}}))
    own = client_for("pipes", iam.create_access_key(UserName=user)["AccessKey"])
    assert refused(to_group(group[1], "INFO"), own) == "AccessDeniedException"
