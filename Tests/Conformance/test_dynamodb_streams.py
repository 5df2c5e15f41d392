"""DynamoDB Streams: what a change leaves behind, in which view, for how long, and from where it can be read."""

from __future__ import annotations

import datetime

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def streamed(dynamodb, unique):
    """streamed(view): the name of a table with a stream of that view, and the stream's ARN."""
    made = []

    def make(view: str) -> tuple[str, str]:
        name = unique("streamed")
        made.append(name)
        description = dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view})["TableDescription"]
        return name, description["LatestStreamArn"]

    yield make
    for name in made:
        dynamodb.delete_table(TableName=name)


def records(streams, arn, kind="TRIM_HORIZON", **start):
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **start)["ShardIterator"]
    return streams.get_records(ShardIterator=iterator)["Records"]


def change(dynamodb, name):
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": "1"}})
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": "2"}})
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "n": {"N": "2"}})  # no change, no record
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "a"}})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "a"}})  # nothing there any more


@pytest.mark.parametrize(("view", "old", "new"), [
    ("KEYS_ONLY", False, False), ("NEW_IMAGE", False, True), ("OLD_IMAGE", True, False), ("NEW_AND_OLD_IMAGES", True, True)])
def test_each_view(dynamodb, dynamodbstreams, streamed, view, old, new):
    name, arn = streamed(view)
    change(dynamodb, name)
    got = records(dynamodbstreams, arn)
    assert [record["eventName"] for record in got] == ["INSERT", "MODIFY", "REMOVE"]
    assert all(record["dynamodb"]["Keys"] == {"pk": {"S": "a"}} for record in got)
    assert all(record["dynamodb"]["StreamViewType"] == view for record in got)
    assert [record["dynamodb"].get("OldImage", {}).get("n") for record in got] == (
        [None, {"N": "1"}, {"N": "2"}] if old else [None, None, None])
    assert [record["dynamodb"].get("NewImage", {}).get("n") for record in got] == (
        [{"N": "1"}, {"N": "2"}, None] if new else [None, None, None])
    assert len({record["eventID"] for record in got}) == 3
    assert all(record["eventSource"] == "aws:dynamodb" and record["awsRegion"] == "us-east-1" for record in got)
    assert all("userIdentity" not in record for record in got)


def test_iterators_start_where_they_say(dynamodb, dynamodbstreams, streamed):
    name, arn = streamed("KEYS_ONLY")
    change(dynamodb, name)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records(dynamodbstreams, arn)]
    assert numbers == sorted(numbers, key=int)

    def after(kind, **start):
        return [record["dynamodb"]["SequenceNumber"] for record in records(dynamodbstreams, arn, kind, **start)]

    assert after("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[1]) == numbers[1:]
    assert after("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[1]) == numbers[2:]
    assert after("LATEST") == []


def test_a_shard_has_no_children(dynamodbstreams, streamed):
    _, arn = streamed("NEW_IMAGE")
    shard = dynamodbstreams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    told = dynamodbstreams.describe_stream(StreamArn=arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": shard})
    assert told["StreamDescription"]["Shards"] == []


def test_an_iterator_at_a_moment(dynamodb, dynamodbstreams, streamed, advance):
    name, arn = streamed("KEYS_ONLY")
    times = []
    for number in range(5):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": str(number)}})
        times.append(records(dynamodbstreams, arn)[-1]["dynamodb"]["ApproximateCreationDateTime"])
        advance(10)

    def after(moment):
        return [record["dynamodb"]["Keys"]["pk"]["S"] for record in records(
            dynamodbstreams, arn, "AT_TIMESTAMP", Timestamp=moment)]

    second = datetime.timedelta(seconds=1)
    assert after(times[0] - 5 * second) == ["0", "1", "2", "3", "4"]
    assert after(times[2]) == ["2", "3", "4"]
    assert after(times[3] + 5 * second) == ["4"]
    assert after(times[4] + 5 * second) == []


def test_reading_on_with_the_next_iterator(dynamodb, dynamodbstreams, streamed):
    name, arn = streamed("NEW_IMAGE")
    for number in range(5):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": str(number)}})
    shard = dynamodbstreams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = dynamodbstreams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    seen = []
    for _ in range(3):
        page = dynamodbstreams.get_records(ShardIterator=iterator, Limit=2)
        assert len(page["Records"]) <= 2
        seen += [record["dynamodb"]["Keys"]["pk"]["S"] for record in page["Records"]]
        iterator = page["NextShardIterator"]
    assert seen == ["0", "1", "2", "3", "4"]
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "later"}})
    page = dynamodbstreams.get_records(ShardIterator=iterator)
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in page["Records"]] == ["later"]


def test_a_stream_that_is_switched_off_ends(dynamodb, dynamodbstreams, streamed):
    name, arn = streamed("KEYS_ONLY")
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "before"}})
    dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "afterwards"}})
    description = dynamodbstreams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in description["Shards"][0]["SequenceNumberRange"]
    iterator = dynamodbstreams.get_shard_iterator(
        StreamArn=arn, ShardId=description["Shards"][0]["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    page = dynamodbstreams.get_records(ShardIterator=iterator)
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in page["Records"]] == ["before"]
    assert "NextShardIterator" not in page
    again = dynamodb.update_table(
        TableName=name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})["TableDescription"]
    assert again["LatestStreamArn"] != arn
    listed = [stream["StreamArn"] for stream in dynamodbstreams.list_streams(TableName=name)["Streams"]]
    assert set(listed) == {arn, again["LatestStreamArn"]}


def test_iterators_expire_after_a_quarter_of_an_hour(dynamodb, dynamodbstreams, streamed, advance):
    _, arn = streamed("KEYS_ONLY")
    shard = dynamodbstreams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = dynamodbstreams.get_shard_iterator(
        StreamArn=arn, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]
    advance(15 * 60 + 1)
    with pytest.raises(ClientError) as error:
        dynamodbstreams.get_records(ShardIterator=iterator)
    assert error.value.response["Error"]["Code"] == "ExpiredIteratorException"


def test_records_are_kept_for_a_day(dynamodb, dynamodbstreams, streamed, advance):
    name, arn = streamed("KEYS_ONLY")
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "old"}})
    advance(23 * 3600)
    first = records(dynamodbstreams, arn)
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in first] == ["old"]
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "new"}})
    advance(2 * 3600)
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in records(dynamodbstreams, arn)] == ["new"]
    with pytest.raises(ClientError) as error:
        records(dynamodbstreams, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=first[0]["dynamodb"]["SequenceNumber"])
    assert error.value.response["Error"]["Code"] == "TrimmedDataAccessException"


def test_what_is_not_there(dynamodbstreams, streamed):
    _, arn = streamed("KEYS_ONLY")
    with pytest.raises(ClientError) as error:
        dynamodbstreams.describe_stream(StreamArn=arn[:-3] + ("999" if arn[-3:] != "999" else "998"))
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"
    with pytest.raises(ClientError) as error:
        dynamodbstreams.get_shard_iterator(
            StreamArn=arn, ShardId="shardId-00000000000000000000-00000000", ShardIteratorType="LATEST")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"
