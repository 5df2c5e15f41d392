"""Event source mappings for SQS and Kinesis: batches, order, filters, partial answers, retries, destinations, windows."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import _client
from refusals import message_of

sqs = _client("sqs")
kinesis = _client("kinesis")

QUEUE_READ = {
    "Effect": "Allow", "Resource": "*",
    "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"],
}
STREAM_READ = {
    "Effect": "Allow", "Resource": "*",
    "Action": ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStreamSummary", "kinesis:DescribeStream",
               "kinesis:ListShards", "sqs:SendMessage", "s3:PutObject"],
}
# Writes what it is called with into a file, then does as ANSWER says: Python, with `event` and `count`, the call's number.
RECORDER = """
import base64, json, os
def handler(event, context):
    with open(os.environ['FILE'], 'a+') as file:
        file.seek(0)
        count = len(file.readlines()) + 1
        file.write(json.dumps(event) + '\\n')
    return eval(os.environ['ANSWER'], globals(), {'event': event, 'count': count})
def fail(text='as wished'):
    raise RuntimeError(text)
def data(record):
    return base64.b64decode(record['kinesis']['data']).decode()
"""


@pytest.fixture
def recorder(function: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    def make(answer: str = "None", statements: Any = None, **settings: Any) -> Any:
        variables = {"FILE": str(tmp_path / "calls"), "ANSWER": answer}
        return function(RECORDER, statements or [QUEUE_READ, STREAM_READ], Environment={"Variables": variables}, **settings)

    return make


@pytest.fixture
def calls(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    path = tmp_path / "calls"
    return lambda: [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def mapping(lambda_client: Any) -> Iterator[Callable[..., Any]]:
    made: list[str] = []

    def make(**settings: Any) -> Any:
        answer = lambda_client.create_event_source_mapping(**settings)
        made.append(answer["UUID"])
        return answer

    yield make
    for each in made:
        lambda_client.delete_event_source_mapping(UUID=each)


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
def stream(kinesis: Any, unique: Callable[[str], str]) -> Iterator[Callable[..., tuple[str, str]]]:
    made: list[str] = []

    def make(shards: int = 1) -> tuple[str, str]:
        name = unique("stream")
        kinesis.create_stream(StreamName=name, ShardCount=shards)
        kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
        made.append(name)
        return name, kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]

    yield make
    for name in made:
        kinesis.delete_stream(StreamName=name)


def bodies(events: list[dict[str, Any]]) -> list[str]:
    return [record["body"] for event in events for record in event["Records"]]


def data(events: list[dict[str, Any]]) -> list[list[str]]:
    return [[base64.b64decode(each["kinesis"]["data"]).decode() for each in event["Records"]] for event in events]


def left(sqs: Any, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(map(int, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()))


refused = partial(message_of, "InvalidParameterValueException")


def test_queue(
    sqs: Any, lambda_client: Any, recorder: Any, queue: Any, mapping: Any, calls: Any, eventually: Any, advance: Any
) -> None:
    url, arn = queue()
    made = mapping(EventSourceArn=arn, FunctionName=recorder()["FunctionName"])
    assert made["BatchSize"] == 10 and made["State"] == "Creating" and "StartingPosition" not in made
    sent = sqs.send_message(
        QueueUrl=url, MessageBody="hello", MessageAttributes={"kind": {"DataType": "String", "StringValue": "x"}})
    eventually(lambda: len(calls()) == 1)
    record = calls()[0]["Records"][0]
    assert record["messageId"] == sent["MessageId"] and record["body"] == "hello" and record["md5OfBody"] == sent["MD5OfMessageBody"]
    assert record["eventSource"] == "aws:sqs" and record["eventSourceARN"] == arn and record["awsRegion"] == "us-east-1"
    assert record["attributes"]["ApproximateReceiveCount"] == "1" and "SentTimestamp" in record["attributes"]
    assert record["messageAttributes"] == {
        "kind": {"stringValue": "x", "stringListValues": [], "binaryListValues": [], "dataType": "String"}}
    eventually(lambda: left(sqs, url) == 0)
    assert lambda_client.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled"
    # The long poll ends; idle now, and woken by the next message, delayed though it is.
    advance(21)
    time.sleep(0.3)
    sqs.send_message(QueueUrl=url, MessageBody="again", DelaySeconds=100)
    advance(101)
    eventually(lambda: bodies(calls()) == ["hello", "again"])


def test_queue_window_gathers(sqs: Any, recorder: Any, queue: Any, mapping: Any, calls: Any, eventually: Any) -> None:
    url, arn = queue()
    mapping(EventSourceArn=arn, FunctionName=recorder()["FunctionName"], BatchSize=25, MaximumBatchingWindowInSeconds=20)
    for first in range(0, 25, 5):
        entries = [{"Id": str(each), "MessageBody": str(each)} for each in range(first, first + 5)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    eventually(lambda: len(bodies(calls())) == 25)
    assert len(calls()) == 1 and sorted(map(int, bodies(calls()))) == list(range(25))


def test_a_batch_fits_into_a_payload(sqs: Any, recorder: Any, queue: Any, mapping: Any, calls: Any, eventually: Any) -> None:
    """Ten messages may be ten times a mebibyte; a function takes six."""
    url, arn = queue()
    for letter in "abcdefgh":
        sqs.send_message(QueueUrl=url, MessageBody=letter * 1_000_000)
    mapping(EventSourceArn=arn, FunctionName=recorder(MemorySize=512)["FunctionName"])
    eventually(lambda: left(sqs, url) == 0)
    assert sorted(body[0] for body in bodies(calls())) == list("abcdefgh")
    assert all(len(json.dumps(event)) <= 6 << 20 for event in calls())


def test_failed_messages_come_back(
    sqs: Any, recorder: Any, queue: Any, mapping: Any, calls: Any, eventually: Any, advance: Any
) -> None:
    dead, dead_arn = queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2})
    url, arn = queue(VisibilityTimeout="30", RedrivePolicy=redrive)
    answer = "{'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in event['Records'] if r['body'] == 'bad']}"
    mapping(
        EventSourceArn=arn, FunctionName=recorder(answer)["FunctionName"], MaximumBatchingWindowInSeconds=1,
        FunctionResponseTypes=["ReportBatchItemFailures"])
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": each, "MessageBody": each} for each in ("good", "bad")])
    eventually(lambda: sorted(bodies(calls())) == ["bad", "good"] and left(sqs, url) == 1)
    advance(31)
    eventually(lambda: bodies(calls()).count("bad") == 2)
    advance(31)
    eventually(lambda: left(sqs, dead) == 1)
    assert bodies(calls()).count("bad") == 2 and bodies(calls()).count("good") == 1


def test_fifo_order(sqs: Any, recorder: Any, queue: Any, mapping: Any, calls: Any, eventually: Any) -> None:
    url, arn = queue(FifoQueue="true", ContentBasedDeduplication="true")
    mapping(EventSourceArn=arn, FunctionName=recorder()["FunctionName"], BatchSize=3)
    for number in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=f"{number % 2}-{number}", MessageGroupId=str(number % 2))
    eventually(lambda: len(bodies(calls())) == 12)
    for group in "01":
        seen = [int(body[2:]) for body in bodies(calls()) if body[0] == group]
        assert seen == sorted(seen)
    assert calls()[0]["Records"][0]["attributes"]["MessageGroupId"] in ("0", "1")


def test_queue_filters_delete_the_rest(sqs: Any, recorder: Any, queue: Any, mapping: Any, calls: Any, eventually: Any) -> None:
    url, arn = queue()
    pattern = json.dumps({"body": {"kind": ["order"], "amount": [{"numeric": [">", 10]}]}})
    mapping(EventSourceArn=arn, FunctionName=recorder()["FunctionName"], FilterCriteria={"Filters": [{"Pattern": pattern}]})
    for body in ['{"kind": "order", "amount": 5}', "plain", '{"kind": "order", "amount": 11}']:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    eventually(lambda: left(sqs, url) == 0 and len(calls()) == 1)
    assert bodies(calls()) == ['{"kind": "order", "amount": 11}']


def test_queue_refusals(lambda_client: Any, recorder: Any, function: Any, queue: Any, account: str) -> None:
    _, arn = queue()
    create = lambda_client.create_event_source_mapping
    bare = function("def handler(event, context): pass")["FunctionName"]
    assert refused(create, EventSourceArn=arn, FunctionName=bare) == (
        "The provided execution role does not have permissions to call ReceiveMessage on SQS")
    name = recorder(Timeout=31)["FunctionName"]
    assert refused(create, EventSourceArn=arn, FunctionName=name) == (
        "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds")
    gone = f"arn:aws:sqs:us-east-1:{account}:no-such-queue"
    assert "AWS.SimpleQueueService.NonExistentQueue" in refused(create, EventSourceArn=gone, FunctionName=name)
    assert "greater than 0 if maximum batch size is greater than 10" in refused(
        create, EventSourceArn=arn, FunctionName=name, BatchSize=11)
    assert refused(create, EventSourceArn=arn, FunctionName=name, FilterCriteria={"Filters": [{"Pattern": "{"}]}) == (
        "Invalid filter pattern definition.")
    assert "MaximumRetryAttempts" in refused(create, EventSourceArn=arn, FunctionName=name, MaximumRetryAttempts=1)
    assert refused(create, EventSourceArn=arn, FunctionName=name, StartingPosition="LATEST") == (
        "StartingPosition is not valid for SQS event sources.")
    assert lambda_client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"] == []


def test_stream(kinesis: Any, lambda_client: Any, recorder: Any, stream: Any, mapping: Any, calls: Any, eventually: Any) -> None:
    name, arn = stream(2)
    for number in range(6):
        kinesis.put_record(StreamName=name, Data=str(number).encode(), PartitionKey="k")
    made = recorder()
    answer = mapping(EventSourceArn=arn, FunctionName=made["FunctionName"], StartingPosition="TRIM_HORIZON", BatchSize=2)
    assert answer["ParallelizationFactor"] == 1 and answer["MaximumRetryAttempts"] == -1
    eventually(lambda: data(calls()) == [["0", "1"], ["2", "3"], ["4", "5"]])
    record = calls()[0]["Records"][0]
    shard, number = record["eventID"].split(":")
    assert shard.startswith("shardId-") and number == record["kinesis"]["sequenceNumber"]
    assert record["eventName"] == "aws:kinesis:record" and record["invokeIdentityArn"] == made["Role"]
    assert record["kinesis"]["partitionKey"] == "k" and record["kinesis"]["kinesisSchemaVersion"] == "1.0"
    assert abs(record["kinesis"]["approximateArrivalTimestamp"] - time.time()) < 3_600 * 24 * 30
    kinesis.put_record(StreamName=name, Data=b"6", PartitionKey="k")
    eventually(lambda: data(calls())[-1] == ["6"])
    eventually(lambda: lambda_client.get_event_source_mapping(UUID=answer["UUID"])["LastProcessingResult"] == "OK")


def test_stream_from_now_through_resharding(
    kinesis: Any, recorder: Any, stream: Any, mapping: Any, calls: Any, eventually: Any
) -> None:
    name, arn = stream()
    kinesis.put_record(StreamName=name, Data=b"before", PartitionKey="k")
    mapping(EventSourceArn=arn, FunctionName=recorder()["FunctionName"], StartingPosition="LATEST", BatchSize=1)
    kinesis.put_record(StreamName=name, Data=b"0", PartitionKey="k")
    shard = kinesis.list_shards(StreamName=name)["Shards"][0]["ShardId"]
    kinesis.split_shard(StreamName=name, ShardToSplit=shard, NewStartingHashKey=str(2**127))
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    for number in range(1, 4):
        kinesis.put_record(StreamName=name, Data=str(number).encode(), PartitionKey="k")
    eventually(lambda: data(calls()) == [["0"], ["1"], ["2"], ["3"]])


def test_bisect_finds_the_bad_record(
    kinesis: Any, sqs: Any, recorder: Any, stream: Any, queue: Any, mapping: Any, calls: Any, eventually: Any, advance: Any
) -> None:
    name, arn = stream()
    url, target = queue("failures")
    kinesis.put_records(
        StreamName=name, Records=[{"Data": each, "PartitionKey": "k"} for each in (b"a", b"b", b"bad", b"d")])
    made = recorder("fail() if any(data(r) == 'bad' for r in event['Records']) else None")
    mapping(
        EventSourceArn=arn, FunctionName=made["FunctionName"], StartingPosition="TRIM_HORIZON", BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": target}})
    eventually(lambda: data(calls())[-1:] == [["d"]])
    assert data(calls()) == [["a", "b", "bad", "d"], ["a", "b"], ["bad", "d"], ["bad"], ["bad"], ["d"]]
    message = eventually(lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"))[0]
    told = json.loads(message["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["approximateInvokeCount"] == 2 and told["requestContext"]["functionArn"] == made["FunctionArn"]
    assert told["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    info = told["KinesisBatchInfo"]
    assert info["batchSize"] == 1 and info["streamArn"] == arn and info["startSequenceNumber"] == info["endSequenceNumber"]


def test_partial_answer_goes_on_behind_the_failure(
    kinesis: Any, s3: Any, bucket: str, recorder: Any, stream: Any, mapping: Any, calls: Any, eventually: Any
) -> None:
    name, arn = stream()
    kinesis.put_records(StreamName=name, Records=[{"Data": each, "PartitionKey": "k"} for each in (b"a", b"bad", b"c")])
    answer = "{'batchItemFailures': [{'itemIdentifier': r['kinesis']['sequenceNumber']} for r in event['Records'] if data(r) == 'bad']}"
    mapping(
        EventSourceArn=arn, FunctionName=recorder(answer)["FunctionName"], StartingPosition="TRIM_HORIZON",
        FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}})
    found = eventually(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"))
    assert data(calls()) == [["a", "bad", "c"], ["bad", "c"]]
    assert found[0]["Key"].startswith("aws/lambda/") and "/shardId-000000000000/" in found[0]["Key"]
    told = json.loads(s3.get_object(Bucket=bucket, Key=found[0]["Key"])["Body"].read())
    assert told["KinesisBatchInfo"]["batchSize"] == 2
    assert data([json.loads(told["payload"])]) == [["bad", "c"]]


def test_parallel_lanes_keep_each_keys_order(
    kinesis: Any, recorder: Any, stream: Any, mapping: Any, calls: Any, eventually: Any
) -> None:
    name, arn = stream()
    kinesis.put_records(
        StreamName=name, Records=[{"Data": str(each).encode(), "PartitionKey": f"k{each % 4}"} for each in range(24)])
    mapping(
        EventSourceArn=arn, FunctionName=recorder()["FunctionName"], StartingPosition="TRIM_HORIZON", BatchSize=3,
        ParallelizationFactor=4)
    eventually(lambda: sum(map(len, data(calls()))) == 24)
    seen = [int(each) for batch in data(calls()) for each in batch]
    for key in range(4):
        own = [each for each in seen if each % 4 == key]
        assert own == sorted(own) and len(own) == 6


def test_stream_filter(kinesis: Any, recorder: Any, stream: Any, mapping: Any, calls: Any, eventually: Any) -> None:
    name, arn = stream()
    mapping(
        EventSourceArn=arn, FunctionName=recorder()["FunctionName"], StartingPosition="TRIM_HORIZON",
        FilterCriteria={"Filters": [
            {"Pattern": '{"data": {"level": ["error"]}}'}, {"Pattern": '{"partitionKey": ["always"]}'}]})
    for body, key in [('{"level": "info"}', "k"), ('{"level": "error"}', "k"), ("text", "k"), ("text", "always")]:
        kinesis.put_record(StreamName=name, Data=body.encode(), PartitionKey=key)
    eventually(lambda: sum(data(calls()), []) == ['{"level": "error"}', "text"])


def test_tumbling_window(
    kinesis: Any, recorder: Any, stream: Any, mapping: Any, calls: Any, eventually: Any, advance: Any
) -> None:
    name, arn = stream()
    for number in (1, 2, 3):
        kinesis.put_record(StreamName=name, Data=str(number).encode(), PartitionKey="k")
    answer = "{'state': {'sum': event['state'].get('sum', 0) + sum(int(data(r)) for r in event['Records'])}}"
    mapping(
        EventSourceArn=arn, FunctionName=recorder(answer)["FunctionName"], StartingPosition="TRIM_HORIZON", BatchSize=2,
        TumblingWindowInSeconds=900)
    eventually(lambda: sum(map(len, data(calls()))) == 3)
    advance(901)
    eventually(lambda: calls()[-1]["isFinalInvokeForWindow"])
    last = calls()[-1]
    assert last["Records"] == [] and last["state"] == {"sum": 6} and last["shardId"] == "shardId-000000000000"
    assert last["window"]["start"] < last["window"]["end"] and last["eventSourceARN"] == arn


def test_stream_refusals(lambda_client: Any, function: Any, recorder: Any, stream: Any, account: str) -> None:
    _, arn = stream()
    create = lambda_client.create_event_source_mapping
    bare = function("def handler(event, context): pass")["FunctionName"]
    assert refused(create, EventSourceArn=arn, FunctionName=bare, StartingPosition="LATEST").startswith(
        f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream")
    name = recorder()["FunctionName"]
    gone = f"arn:aws:kinesis:us-east-1:{account}:stream/none"
    assert refused(create, EventSourceArn=gone, FunctionName=name, StartingPosition="LATEST") == f"Stream not found: {gone}"
    assert "StartingPositionTimestamp" in refused(create, EventSourceArn=arn, FunctionName=name, StartingPosition="AT_TIMESTAMP")
    other = "arn:aws:codecommit:us-east-1:123456789012:x"
    assert refused(create, EventSourceArn=other, FunctionName=name).startswith("Unrecognized event source")
    with pytest.raises(ClientError, match="EventSourceArn of a stream's consumer") as unbuilt:
        create(EventSourceArn=f"{arn}/consumer/c:1700000000", FunctionName=name, StartingPosition="LATEST")
    assert unbuilt.value.response["Error"]["Code"] == "NotImplemented"
