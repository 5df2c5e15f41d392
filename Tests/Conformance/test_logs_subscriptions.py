"""CloudWatch Logs: what subscription filters bring to functions, streams and destinations; exports to S3."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import _client
from refusals import code_and_message, refusal

kinesis = _client("kinesis")
firehose = _client("firehose")
OTHER = "998877665511"
KEEPS = """
import base64, gzip, json, os, urllib.request, boto3
def handler(event, context):
    data = json.loads(gzip.decompress(base64.b64decode(event['awslogs']['data'])))
    boto3.client('s3').put_object(Bucket=os.environ['BUCKET'], Key=context.aws_request_id, Body=json.dumps(data))
"""


@pytest.fixture
def group(logs: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("/subscribed/group")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="a/b")
    yield name
    logs.delete_log_group(logGroupName=name)


@pytest.fixture
def put(logs: Any, group: str) -> Callable[..., None]:
    def write(*messages: str) -> None:
        now = int(time.time() * 1_000)
        logs.put_log_events(
            logGroupName=group, logStreamName="a/b", logEvents=[{"timestamp": now, "message": text} for text in messages])

    return write


@pytest.fixture
def stream(kinesis: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("stream")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    yield kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.delete_stream(StreamName=name)


@pytest.fixture
def role(iam: Any, unique: Callable[[str], str]) -> Iterator[str]:
    """A role that CloudWatch Logs takes on to write to streams."""
    name = unique("role")
    trust = {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": ["kinesis:PutRecord", "firehose:PutRecord"], "Resource": "*"}
    iam.put_role_policy(
        RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    yield arn
    iam.delete_role_policy(RoleName=name, PolicyName="own")
    iam.delete_role(RoleName=name)


def arrived(kinesis: Any, stream: str) -> list[tuple[str, dict[str, Any]]]:
    """Partition keys and messages of a stream with one shard."""
    name = stream.split("/")[1]
    begin = kinesis.get_shard_iterator(
        StreamName=name, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records = kinesis.get_records(ShardIterator=begin)["Records"]
    return [(record["PartitionKey"], json.loads(gzip.decompress(record["Data"]))) for record in records]


def data(kinesis: Any, stream: str) -> list[tuple[str, dict[str, Any]]]:
    return [pair for pair in arrived(kinesis, stream) if pair[1]["messageType"] == "DATA_MESSAGE"]


def test_a_stream(
    logs: Any, kinesis: Any, group: str, put: Callable[..., None], stream: str, role: str, account: str, eventually: Any
) -> None:
    where = {"logGroupName": group, "filterName": "errors", "filterPattern": '{ $.level = "error" }', "destinationArn": stream}
    assert code_and_message(logs.put_subscription_filter, **where) == (
        "InvalidParameterException", "destinationArn for vendor kinesis cannot be used without roleArn")
    code, message = code_and_message(logs.put_subscription_filter, **{**where, "destinationArn": f"{stream}x"}, roleArn=role)
    assert code == "InvalidParameterException" and message.startswith("Could not deliver test message to specified Kinesis")
    logs.put_subscription_filter(**where, roleArn=role)
    (control,) = [message for _, message in arrived(kinesis, stream)]
    assert control["messageType"] == "CONTROL_MESSAGE" and control["owner"] == "CloudwatchLogs"
    put('{"level": "info"}', '{"level": "error", "n": 1}')
    ((key, message),) = eventually(lambda: data(kinesis, stream))
    assert key == "a/b" and message["owner"] == account and message["logGroup"] == group and message["logStream"] == "a/b"
    assert message["subscriptionFilters"] == ["errors"]
    assert [event["message"] for event in message["logEvents"]] == ['{"level": "error", "n": 1}']
    (event,) = logs.filter_log_events(logGroupName=group, filterPattern="error")["events"]
    assert message["logEvents"][0]["id"] == event["eventId"]
    # Two filters at most, and what is said of them.
    logs.put_subscription_filter(
        logGroupName=group, filterName="all", filterPattern="", destinationArn=stream, roleArn=role, distribution="Random")
    assert refusal(
        logs.put_subscription_filter, **{**where, "filterName": "third"}, roleArn=role).code == "LimitExceededException"
    first, second = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    assert first["filterName"] == "all" and first["distribution"] == "Random" and second["distribution"] == "ByLogStream"
    assert second["destinationArn"] == stream and second["roleArn"] == role and second["logGroupName"] == group
    for name in ("all", "errors"):
        logs.delete_subscription_filter(logGroupName=group, filterName=name)
    assert code_and_message(logs.delete_subscription_filter, logGroupName=group, filterName="all") == (
        "ResourceNotFoundException", "The specified subscription filter does not exist.")


def test_a_function(
    logs: Any, s3: Any, lambda_client: Any, function: Callable[..., Any], bucket: str, group: str, put: Callable[..., None],
    account: str, eventually: Any,
) -> None:
    made = function(
        KEEPS, [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}], Environment={"Variables": {"BUCKET": bucket}})
    where = {"logGroupName": group, "filterName": "f", "filterPattern": "", "destinationArn": made["FunctionArn"]}
    assert code_and_message(logs.put_subscription_filter, **where) == (
        "InvalidParameterException", "Could not execute the lambda function. Make sure you have given CloudWatch Logs "
        "permission to execute your function.")
    lambda_client.add_permission(
        FunctionName=made["FunctionName"], StatementId="logs", Action="lambda:InvokeFunction", Principal="logs.amazonaws.com",
        SourceArn=f"arn:aws:logs:us-east-1:{account}:log-group:{group}:*", SourceAccount=account)
    logs.put_subscription_filter(**where)
    put("one", "two")
    keys = eventually(lambda: [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])])
    message = json.loads(s3.get_object(Bucket=bucket, Key=keys[0])["Body"].read())
    assert [event["message"] for event in message["logEvents"]] == ["one", "two"] and message["logGroup"] == group


def test_a_destination_of_another_account(
    logs: Any, kinesis: Any, client_for: Callable[..., Any], unique: Callable[[str], str], stream: str, role: str, eventually: Any
) -> None:
    name = unique("destination")
    made = logs.put_destination(destinationName=name, targetArn=stream, roleArn=role, tags={"a": "1"})["destination"]
    assert made["arn"].endswith(f":destination:{name}") and made["targetArn"] == stream and "accessPolicy" not in made
    theirs, group = client_for("logs", OTHER), unique("/other/group")
    theirs.create_log_group(logGroupName=group)
    theirs.create_log_stream(logGroupName=group, logStreamName="s")
    where = {"logGroupName": group, "filterName": "f", "filterPattern": "", "destinationArn": made["arn"]}
    assert refusal(theirs.put_subscription_filter, **where).code == "AccessDeniedException"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "logs:PutSubscriptionFilter", "Resource": made["arn"]}]})
    logs.put_destination_policy(destinationName=name, accessPolicy=policy)
    (found,) = logs.describe_destinations(DestinationNamePrefix=name)["destinations"]
    assert found["accessPolicy"] == policy
    theirs.put_subscription_filter(**where)
    theirs.put_log_events(
        logGroupName=group, logStreamName="s", logEvents=[{"timestamp": int(time.time() * 1_000), "message": "across"}])
    ((_, message),) = eventually(lambda: data(kinesis, stream))
    assert message["owner"] == OTHER and message["logEvents"][0]["message"] == "across"
    theirs.delete_log_group(logGroupName=group)
    logs.delete_destination(destinationName=name)
    assert code_and_message(logs.delete_destination, destinationName=name) == (
        "ResourceNotFoundException", "The specified destination does not exist.")


def test_an_export(
    logs: Any, s3: Any, bucket: str, group: str, put: Callable[..., None], eventually: Any
) -> None:
    put("first", "second")
    now = int(time.time() * 1_000)
    ask = {"logGroupName": group, "from": now - 60_000, "to": now + 60_000, "destination": bucket, "taskName": "t"}
    code, message = code_and_message(logs.create_export_task, **ask)
    assert code == "InvalidParameterException" and message.startswith("GetBucketAcl call on the given bucket failed.")
    service = {"Service": "logs.us-east-1.amazonaws.com"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": service, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}"},
        {"Effect": "Allow", "Principal": service, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    task = logs.create_export_task(**ask, destinationPrefix="out")["taskId"]

    def ended() -> Any:
        (found,) = logs.describe_export_tasks(taskId=task)["exportTasks"]
        return found["status"]["code"] == "COMPLETED" and found

    found = eventually(ended)
    assert found["taskName"] == "t" and found["destinationPrefix"] == "out" and found["executionInfo"]["completionTime"]
    body = s3.get_object(Bucket=bucket, Key=f"out/{task}/a-b/000000.gz")["Body"].read()
    lines = gzip.decompress(body).decode().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["first", "second"] and lines[0].split(" ")[0].endswith("Z")
    assert s3.get_object(Bucket=bucket, Key="out/aws-logs-write-test")["Body"].read() == b"Permission Check Successful"
    assert refusal(logs.cancel_export_task, taskId=task).code == "InvalidOperationException"
    assert refusal(logs.describe_export_tasks, taskId="none").code == "ResourceNotFoundException"
    assert refusal(logs.create_export_task, **{**ask, "destination": "no-such-bucket-here"}).code == "InvalidParameterException"
