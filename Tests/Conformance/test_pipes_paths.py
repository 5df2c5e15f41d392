"""Paths into a pipe's events: wildcards, what stands packed in text, and settings of the target that are paths."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conftest import _client
from test_pipes import kinesis, left, pipe, queue, receive, role, sns, sqs, stream  # noqa: F401

pipes = _client("pipes")


def test_templates(sqs: Any, queue: Any, pipe: Any, receive: Any) -> None:  # noqa: F811
    (source, arn), (target, target_arn) = queue("source"), queue("target")
    body = json.dumps({"lines": [{"sku": "a"}, {"sku": "b"}], "by": {"x": 1, "y": 2}})
    sent = sqs.send_message(QueueUrl=source, MessageBody=body)["MessageId"]
    pipe(
        Source=arn, Target=target_arn, TargetParameters={
            "InputTemplate": '{"skus": <$.body.lines[*].sku>, "values": <$.body.by.*>, "event": <aws.pipes.event.json>}'})
    made = json.loads(receive(target)[0])
    assert made["skus"] == ["a", "b"] and made["values"] == [1, 2]
    assert made["event"]["messageId"] == sent and made["event"]["body"] == json.loads(body)


def test_an_enrichment_s_data_is_its_own(
    sqs: Any, queue: Any, pipe: Any, receive: Any, function: Callable[..., Any]  # noqa: F811
) -> None:
    """Text that could be base64 is decoded in Kinesis records alone."""
    (source, arn), (target, target_arn) = queue("source"), queue("target")
    sqs.send_message(QueueUrl=source, MessageBody="x")
    enrichment = function("def handler(events, context):\n    return [{'data': 'YWJj'}]")["FunctionArn"]
    pipe(Source=arn, Enrichment=enrichment, Target=target_arn, TargetParameters={"InputTemplate": '{"d": <$.data>}'})
    assert json.loads(receive(target)[0]) == {"d": "YWJj"}


def test_log_streams_and_times_of_each_event(
    sqs: Any, logs: Any, queue: Any, pipe: Any, unique: Callable[[str], str], eventually: Any, account: str  # noqa: F811
) -> None:
    source, arn = queue("source")
    group = unique("/group")
    logs.create_log_group(logGroupName=group)
    now = _now(sqs, source)
    lines = [("one", now), ("two", now - 5_000), ("one", now - 9_000), ("two", now - 90_000_000)]
    sqs.send_message_batch(QueueUrl=source, Entries=[
        {"Id": str(place), "MessageBody": json.dumps({"stream": stream, "time": time})}
        for place, (stream, time) in enumerate(lines)])
    pipe(
        Source=arn, Target=f"arn:aws:logs:us-east-1:{account}:log-group:{group}", TargetParameters={
            "InputTemplate": "<$.body.time>",
            "CloudWatchLogsParameters": {"LogStreamName": "$.body.stream", "Timestamp": "$.body.time"}})
    eventually(lambda: left(sqs, source) == 0)
    found = logs.filter_log_events(logGroupName=group)["events"]
    assert sorted((each["logStreamName"], each["timestamp"], each["message"]) for each in found) == sorted(
        (stream, time, str(time)) for stream, time in lines)
    logs.delete_log_group(logGroupName=group)


def test_log_events_that_are_none(
    sqs: Any, logs: Any, queue: Any, pipe: Any, unique: Callable[[str], str], eventually: Any, account: str  # noqa: F811
) -> None:
    """No stream without a name or with a colon in it, no empty message; the batch's other events go in."""
    (source, arn), group = queue("source", VisibilityTimeout="600"), unique("/group")
    logs.create_log_group(logGroupName=group)
    bodies = [{"m": "x"}, {"s": "a:b", "m": "x"}, {"s": "empty", "m": ""}, {"s": "good", "m": "y"}]
    sqs.send_message_batch(QueueUrl=source, Entries=[
        {"Id": str(place), "MessageBody": json.dumps(body)} for place, body in enumerate(bodies)])
    pipe(
        Source=arn, Target=f"arn:aws:logs:us-east-1:{account}:log-group:{group}", TargetParameters={
            "InputTemplate": "<$.body.m>", "CloudWatchLogsParameters": {"LogStreamName": "$.body.s"}})
    eventually(lambda: left(sqs, source) == 3)
    found = logs.filter_log_events(logGroupName=group)["events"]
    assert [(each["logStreamName"], each["message"]) for each in found] == [("good", "y")]
    logs.delete_log_group(logGroupName=group)


def test_log_times_that_are_none(
    sqs: Any, logs: Any, queue: Any, pipe: Any, unique: Callable[[str], str], eventually: Any, account: str  # noqa: F811
) -> None:
    """The least and the greatest number of 64 bits in one batch with a time."""
    (source, arn), group = queue("source", VisibilityTimeout="600"), unique("/group")
    logs.create_log_group(logGroupName=group)
    now = _now(sqs, source)
    sqs.send_message_batch(QueueUrl=source, Entries=[
        {"Id": str(place), "MessageBody": json.dumps({"time": time})}
        for place, time in enumerate([-(1 << 63), (1 << 63) - 1, now])])
    pipe(
        Source=arn, Target=f"arn:aws:logs:us-east-1:{account}:log-group:{group}", TargetParameters={
            "InputTemplate": "<$.body.time>",
            "CloudWatchLogsParameters": {"LogStreamName": "s", "Timestamp": "$.body.time"}})
    eventually(lambda: [event["timestamp"] for event in logs.filter_log_events(logGroupName=group)["events"]] == [now])
    logs.delete_log_group(logGroupName=group)


def _now(sqs: Any, url: str) -> int:  # noqa: F811
    """The server's time in milliseconds."""
    sqs.send_message(QueueUrl=url, MessageBody="now")
    message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, AttributeNames=["SentTimestamp"])["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return int(message["Attributes"]["SentTimestamp"])


def test_numbers_keep_their_digits(
    sqs: Any, queue: Any, pipe: Any, receive: Any, function: Callable[..., Any]  # noqa: F811
) -> None:
    """Nothing is lost of a number on its way through an enrichment and a template."""
    (source, arn), (target, target_arn) = queue("source"), queue("target")
    numbers = '{"price":10.0,"id":12345678901234567890,"rate":1.10}'
    sqs.send_message(QueueUrl=source, MessageBody=numbers)
    enrichment = function(
        "def handler(events, context):\n    return [{'body': each['body'], 'own': 2.0} for each in events]")["FunctionArn"]
    pipe(Source=arn, Enrichment=enrichment, Target=target_arn, TargetParameters={"InputTemplate": '{"all":<$.body>,"own":<$.own>}'})
    assert receive(target)[0] == '{"all":%s,"own":2.0}' % numbers


def test_a_partition_key_that_is_not_there(
    kinesis: Any, queue: Any, stream: Any, pipe: Any, receive: Any, unique: Callable[[str], str]  # noqa: F811
) -> None:
    """Kinesis takes no record without a key, whoever sends it."""
    (name, arn), (dead, dead_arn) = stream, queue("dead")
    target = unique("target")
    kinesis.create_stream(StreamName=target, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=target, WaiterConfig={"Delay": 1})
    for data in ({"key": "k", "n": 1}, {"n": 2}):
        kinesis.put_record(StreamName=name, Data=json.dumps(data).encode(), PartitionKey="p")
    pipe(
        Source=arn, SourceParameters={"KinesisStreamParameters": {
            "StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0, "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
            "DeadLetterConfig": {"Arn": dead_arn}}},
        Target=arn.replace(name, target), TargetParameters={
            "KinesisStreamParameters": {"PartitionKey": "$.data.key"}, "InputTemplate": "<$.data.n>"})
    told = json.loads(receive(dead)[0])["KinesisBatchInfo"]
    assert told["batchSize"] == 1
    shard = kinesis.list_shards(StreamName=target)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=target, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    found = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert [(each["PartitionKey"], each["Data"]) for each in found] == [("k", b"1")]
    kinesis.delete_stream(StreamName=target)


def test_an_enrichment_that_sorts_loses_nothing(
    sqs: Any, queue: Any, pipe: Any, receive: Any, function: Callable[..., Any], advance: Any, eventually: Any  # noqa: F811
) -> None:
    """The target refuses an event of which nobody can tell the message: all of them come again, and the good one not twice."""
    (dead, dead_arn), (target, target_arn) = queue("dead"), queue("target", FifoQueue="true")
    policy = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1}
    source, arn = queue("source", VisibilityTimeout="10", RedrivePolicy=json.dumps(policy))
    sqs.send_message_batch(QueueUrl=source, Entries=[
        {"Id": str(place), "MessageBody": json.dumps(body)} for place, body in enumerate([{"g": "good"}, {"bad": 1}])])
    enrichment = function(
        "import json\ndef handler(events, context):\n"
        "    return sorted((json.loads(each['body']) for each in events), key=lambda each: 'g' in each)")["FunctionArn"]
    pipe(
        Source=arn, Enrichment=enrichment, Target=target_arn, TargetParameters={
            "SqsQueueParameters": {"MessageGroupId": "$.g", "MessageDeduplicationId": "$.g"}})
    assert json.loads(receive(target)[0]) == {"g": "good"}
    advance(11)
    assert '{"bad": 1}' in receive(dead, 2)
