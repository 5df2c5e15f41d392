"""Pipes: from queues and streams, through filters, enrichments and templates, to targets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import _client
from refusals import code_of

sqs = _client("sqs")
sns = _client("sns")
kinesis = _client("kinesis")
events = _client("events")
pipes = _client("pipes")

ALL = {"Effect": "Allow", "Resource": "*", "Action": ["sqs:*", "sns:*", "kinesis:*", "dynamodb:*", "lambda:*", "events:*", "logs:*"]}


@pytest.fixture
def role(iam: Any, unique: Callable[[str], str]) -> Iterator[Callable[..., str]]:
    made: list[str] = []

    def make(*statements: dict[str, Any], service: str = "pipes.amazonaws.com") -> str:
        name = unique("role")
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(
            RoleName=name, PolicyName="own", PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": list(statements) or [ALL]}))
        made.append(name)
        return arn

    yield make
    for name in made:
        iam.delete_role_policy(RoleName=name, PolicyName="own")
        iam.delete_role(RoleName=name)


@pytest.fixture
def queue(sqs: Any, unique: Callable[[str], str]) -> Iterator[Callable[..., tuple[str, str]]]:
    made: list[str] = []

    def make(name: str = "queue", **attributes: str) -> tuple[str, str]:
        suffix = ".fifo" if attributes.get("FifoQueue") else ""
        url = sqs.create_queue(QueueName=unique(name) + suffix, Attributes=attributes)["QueueUrl"]
        made.append(url)
        return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    yield make
    for url in made:
        sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def stream(kinesis: Any, unique: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    name = unique("stream")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    yield name, kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.delete_stream(StreamName=name)


@pytest.fixture
def pipe(pipes: Any, role: Any, unique: Callable[[str], str], eventually: Any) -> Iterator[Callable[..., str]]:
    made: list[str] = []

    def state(name: str) -> str:
        return pipes.describe_pipe(Name=name)["CurrentState"]

    def make(waits: str = "RUNNING", **settings: Any) -> str:
        name = unique("pipe")
        if "RoleArn" not in settings:
            settings["RoleArn"] = role()
        answer = pipes.create_pipe(Name=name, **settings)
        made.append(name)
        assert answer["CurrentState"] == "CREATING" and answer["Arn"].endswith(f":pipe/{name}")
        eventually(lambda: state(name) == waits)
        return name

    yield make
    for name in made:
        try:
            eventually(lambda name=name: state(name) in ("RUNNING", "STOPPED") or state(name).endswith("FAILED"))
            pipes.delete_pipe(Name=name)
            eventually(lambda name=name: not [each for each in pipes.list_pipes()["Pipes"] if each["Name"] == name])
        except pipes.exceptions.NotFoundException:
            pass


@pytest.fixture
def receive(sqs: Any, eventually: Any) -> Callable[[str, int], list[str]]:
    def collect(url: str, count: int = 1) -> list[str]:
        found: list[str] = []

        def more() -> bool:
            answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            found.extend(each["Body"] for each in answer.get("Messages", []))
            return len(found) >= count

        eventually(more)
        return found

    return collect


def left(sqs: Any, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()))


def test_queue_to_queue_with_filter_and_template(sqs: Any, queue: Any, pipe: Any, receive: Any, eventually: Any) -> None:
    (source, source_arn), (target, target_arn) = queue(), queue()
    template = '{"who": "Mr. <$.body.name>", "what": <$.body.order>, "pipe": "<aws.pipes.pipe-name>", "none": <$.body.x>}'
    name = pipe(
        Source=source_arn, Target=target_arn, TargetParameters={"InputTemplate": template},
        SourceParameters={"FilterCriteria": {"Filters": [{"Pattern": '{"body": {"kind": ["order"]}}'}]}})
    sqs.send_message(QueueUrl=source, MessageBody='{"kind": "other"}')
    sqs.send_message(QueueUrl=source, MessageBody='{"kind": "order", "name": "A\\"B", "order": {"n": [1, 2]}}')
    assert json.loads(receive(target)[0]) == {"who": 'Mr. A"B', "what": {"n": [1, 2]}, "pipe": name, "none": None}
    eventually(lambda: left(sqs, source) == 0)


def test_enrichment_and_function_target(
    sqs: Any, lambda_client: Any, queue: Any, pipe: Any, function: Any, receive: Any, eventually: Any
) -> None:
    (source, source_arn), (target, target_arn) = queue(), queue()
    enrich = function(
        "import json\ndef handler(events, context):\n"
        "    return [{'n': json.loads(e['body']) + 1} for e in events if e['body'] != '0']")
    forward = function(
        "import boto3, json, os\ndef handler(events, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl=os.environ['URL'], MessageBody=json.dumps(events))", [ALL],
        Environment={"Variables": {"URL": target}})
    pipe(Source=source_arn, Enrichment=enrich["FunctionArn"], Target=forward["FunctionArn"])
    sqs.send_message(QueueUrl=source, MessageBody="41")
    assert json.loads(receive(target)[0]) == [{"n": 42}]
    sqs.send_message(QueueUrl=source, MessageBody="0")
    eventually(lambda: left(sqs, source) == 0)
    assert left(sqs, target) == 1


def test_stream_to_bus_topic_and_stream(
    sqs: Any, sns: Any, kinesis: Any, events: Any, queue: Any, stream: Any, pipe: Any, receive: Any, unique: Any, account: str
) -> None:
    name, arn = stream
    url, queue_arn = queue()
    everyone = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue_arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(everyone)})
    bus = events.create_event_bus(Name=unique("bus"))["EventBusArn"]
    rule = unique("rule")
    events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps({"account": [account]}))
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "q", "Arn": queue_arn}])
    start = {"KinesisStreamParameters": {"StartingPosition": "TRIM_HORIZON"}}
    made = pipe(
        Source=arn, SourceParameters=start, Target=bus,
        TargetParameters={"InputTemplate": '{"v": <$.data.v>}', "EventBridgeEventBusParameters": {"DetailType": "$.data.type"}})
    kinesis.put_record(StreamName=name, Data=b'{"v": 7, "type": "T"}', PartitionKey="p")
    event = json.loads(receive(url)[0])
    assert event["source"] == f"Pipe {made}" and event["detail-type"] == "T" and event["detail"] == {"v": 7}
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    pipe(Source=arn, SourceParameters=start, Target=topic)
    record = next(each for each in map(json.loads, receive(url)) if "sequenceNumber" in each)
    assert record["partitionKey"] == "p" and record["eventSource"] == "aws:kinesis" and "kinesis" not in record
    # Back into the same stream, under a key of the record's, without going round.
    pipe(
        Source=arn, Target=arn,
        SourceParameters={**start, "FilterCriteria": {"Filters": [{"Pattern": '{"data": {"v": [7]}}'}]}},
        TargetParameters={"InputTemplate": '"copy of <$.data.v>"', "KinesisStreamParameters": {"PartitionKey": "$.data.type"}})
    copy = next(each for each in map(json.loads, receive(url)) if each.get("partitionKey") == "T")
    assert copy["data"] == "Y29weSBvZiA3"


def test_table_to_log(
    dynamodb: Any, logs: Any, pipe: Any, unique: Callable[[str], str], eventually: Any, account: str
) -> None:
    table, group = unique("table"), unique("/group")
    arn = dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})["TableDescription"]["LatestStreamArn"]
    logs.create_log_group(logGroupName=group)
    pipe(
        Source=arn, SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": "LATEST"}},
        Target=f"arn:aws:logs:us-east-1:{account}:log-group:{group}",
        TargetParameters={"InputTemplate": '"<$.eventName> <$.dynamodb.NewImage.pk.S>"',
                          "CloudWatchLogsParameters": {"LogStreamName": "out"}})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}})
    # A stream that is not there yet cannot be asked for by its name.
    eventually(lambda: [(each["logStreamName"], each["message"]) for each in logs.filter_log_events(
        logGroupName=group)["events"]] == [("out", "INSERT a")])
    dynamodb.delete_table(TableName=table)


def test_given_up_records_go_to_the_dead_letter_queue(
    kinesis: Any, queue: Any, stream: Any, pipe: Any, function: Any, receive: Any
) -> None:
    name, arn = stream
    url, dead = queue()
    fails = function("def handler(events, context): raise ValueError('no')")["FunctionArn"]
    kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="p")
    pipe(
        Source=arn, Target=fails, SourceParameters={"KinesisStreamParameters": {
            "StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0, "DeadLetterConfig": {"Arn": dead}}})
    told = json.loads(receive(url)[0])
    assert told["context"]["condition"] == "RetryAttemptsExhausted" and told["KinesisBatchInfo"]["batchSize"] == 1


def test_states(sqs: Any, pipes: Any, queue: Any, pipe: Any, receive: Any, role: Any, eventually: Any) -> None:
    (source, source_arn), (target, target_arn) = queue(), queue()
    name = pipe("STOPPED", Source=source_arn, Target=target_arn, DesiredState="STOPPED", Tags={"a": "b"}, Description="d")
    got = pipes.describe_pipe(Name=name)
    assert got["DesiredState"] == "STOPPED" and got["Source"] == source_arn and got["Tags"] == {"a": "b"}
    sqs.send_message(QueueUrl=source, MessageBody="one")
    assert pipes.start_pipe(Name=name)["CurrentState"] == "STARTING"
    assert json.loads(receive(target)[0])["body"] == "one"
    eventually(lambda: pipes.describe_pipe(Name=name)["CurrentState"] == "RUNNING")
    assert code_of(pipes.create_pipe, Name=name, Source=source_arn, Target=target_arn, RoleArn=role()) == "ConflictException"
    updated = pipes.update_pipe(Name=name, RoleArn=role(), TargetParameters={"InputTemplate": '"<$.body>!"'})
    assert updated["CurrentState"] == "UPDATING"
    sqs.send_message(QueueUrl=source, MessageBody="two")
    assert receive(target) == ["two!"]
    eventually(lambda: pipes.describe_pipe(Name=name)["CurrentState"] == "RUNNING")
    pipes.stop_pipe(Name=name)
    eventually(lambda: pipes.describe_pipe(Name=name)["CurrentState"] == "STOPPED")
    assert [each["Name"] for each in pipes.list_pipes(NamePrefix=name, CurrentState="STOPPED")["Pipes"]] == [name]
    arn = got["Arn"]
    pipes.tag_resource(resourceArn=arn, tags={"c": "d"})
    pipes.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert pipes.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "d"}
    assert pipes.delete_pipe(Name=name)["DesiredState"] == "DELETED"
    eventually(lambda: name not in [each["Name"] for each in pipes.list_pipes()["Pipes"]])
    assert code_of(pipes.describe_pipe, Name=name) == "NotFoundException"


def test_a_role_that_may_not(pipes: Any, queue: Any, pipe: Any, role: Any) -> None:
    (_, source), (_, target) = queue(), queue()
    name = pipe("CREATE_FAILED", Source=source, Target=target, RoleArn=role(service="lambda.amazonaws.com"))
    assert "cannot be assumed" in pipes.describe_pipe(Name=name)["StateReason"]
    only = {"Effect": "Allow", "Resource": "*", "Action": "sqs:DeleteMessage"}
    name = pipe("CREATE_FAILED", Source=source, Target=target, RoleArn=role(only))
    assert "sqs:ReceiveMessage" in pipes.describe_pipe(Name=name)["StateReason"]
    name = pipe("CREATE_FAILED", Source=f"{source}-absent", Target=target, RoleArn=role())
    assert "does not exist" in pipes.describe_pipe(Name=name)["StateReason"]


def test_refusals(pipes: Any, queue: Any, role: Any, stream: Any, account: str) -> None:
    _, arn = queue()
    common = {"Name": "refused", "RoleArn": role()}
    bad = {"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}
    assert code_of(pipes.create_pipe, Source=arn, Target=arn, SourceParameters=bad, **common) == "ValidationException"
    assert code_of(pipes.create_pipe, Source=stream[1], Target=arn, **common) == "ValidationException"
    foreign = {"KinesisStreamParameters": {"StartingPosition": "LATEST"}}
    assert code_of(pipes.create_pipe, Source=arn, Target=arn, SourceParameters=foreign, **common) == "ValidationException"
    assert code_of(pipes.create_pipe, Source=arn, Target=stream[1], **common) == "ValidationException"
    template = {"InputTemplate": '"<aws.pipes.nothing>"'}
    assert code_of(pipes.create_pipe, Source=arn, Target=arn, TargetParameters=template, **common) == "ValidationException"
    broker = f"arn:aws:mq:us-east-1:{account}:broker:x"
    assert code_of(pipes.create_pipe, Source=broker, Target=arn, **common) == "NotImplemented"
    machine = f"arn:aws:states:us-east-1:{account}:stateMachine:x"
    assert code_of(pipes.create_pipe, Source=arn, Target=machine, **common) == "NotImplemented"
    assert pipes.list_pipes(NamePrefix="refused")["Pipes"] == []


def test_defaults_of_a_source_are_shown(pipe: Any, pipes: Any, queue: Any, stream: Any) -> None:
    target = queue("target")[1]
    shown = pipes.describe_pipe(Name=pipe(Source=queue()[1], Target=target))["SourceParameters"]
    assert shown == {"SqsQueueParameters": {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0}}
    settings = {"KinesisStreamParameters": {"StartingPosition": "LATEST", "MaximumRetryAttempts": 2}}
    shown = pipes.describe_pipe(Name=pipe(Source=stream[1], Target=target, SourceParameters=settings))["SourceParameters"]
    assert shown == {"KinesisStreamParameters": {
        "StartingPosition": "LATEST", "MaximumRetryAttempts": 2, "BatchSize": 100, "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1, "ParallelizationFactor": 1}}
