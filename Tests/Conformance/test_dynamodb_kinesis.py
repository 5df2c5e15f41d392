"""A table's changes in Kinesis streams."""

from __future__ import annotations

import json

from refusals import message_of
from test_kinesis_streams import active, kinesis, stream  # noqa: F401


def arn(account, name):
    return f"arn:aws:kinesis:us-east-1:{account}:stream/{name}"


def destinations(dynamodb, table):
    return dynamodb.describe_kinesis_streaming_destination(TableName=table)["KinesisDataStreamDestinations"]


def records(kinesis, name):  # noqa: F811
    found = []
    for shard in kinesis.list_shards(StreamName=name)["Shards"]:
        iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        found += kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    return [json.loads(record["Data"]) for record in found]


def enabled(dynamodb, table, stream_arn, eventually, **settings):
    answer = dynamodb.enable_kinesis_streaming_destination(TableName=table, StreamArn=stream_arn, **settings)
    assert answer["DestinationStatus"] == "ENABLING"
    eventually(lambda: destinations(dynamodb, table)[0]["DestinationStatus"] == "ACTIVE")


def test_changes_arrive(dynamodb, kinesis, stream, table, account, eventually, advance):  # noqa: F811
    name = stream()
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "before"}})
    enabled(dynamodb, table, arn(account, name), eventually)
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "n": {"N": "1"}, "b": {"B": b"\x01"}})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "n": {"N": "1"}, "b": {"B": b"\x01"}})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "n": {"N": "2"}})
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "a"}})
    dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": table, "Key": {"pk": {"S": "before"}}}}])

    def arrived():
        advance(1)
        found = records(kinesis, name)
        return len(found) == 4 and found

    found = {(each["eventName"], each["dynamodb"]["Keys"]["pk"]["S"]): each for each in eventually(arrived, interval=0.3)}
    insert = found["INSERT", "a"]
    assert insert["tableName"] == table and insert["eventSource"] == "aws:dynamodb" and insert["awsRegion"] == "us-east-1"
    assert insert["recordFormat"] == "application/json" and insert["userIdentity"] is None
    assert insert["dynamodb"]["NewImage"] == {"pk": {"S": "a"}, "n": {"N": "1"}, "b": {"B": "AQ=="}}
    assert "OldImage" not in insert["dynamodb"] and insert["dynamodb"]["ApproximateCreationDateTime"] > 1e12
    assert found["MODIFY", "a"]["dynamodb"]["OldImage"]["n"] == {"N": "1"}
    assert found["REMOVE", "a"]["dynamodb"]["OldImage"] == {"pk": {"S": "a"}, "n": {"N": "2"}}
    assert ("REMOVE", "before") in found
    # Off again: nothing more comes.
    dynamodb.disable_kinesis_streaming_destination(TableName=table, StreamArn=arn(account, name))
    eventually(lambda: destinations(dynamodb, table)[0]["DestinationStatus"] == "DISABLED")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "later"}})
    advance(2)
    assert len(records(kinesis, name)) == 4


def test_expired_items_and_fine_times(dynamodb, kinesis, stream, table, account, eventually, advance):  # noqa: F811
    name = stream()
    enabled(dynamodb, table, arn(account, name), eventually,
            EnableKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": "MICROSECOND"})
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "until": {"N": "1700000000"}})

    def arrived():
        advance(3600)
        return len(records(kinesis, name)) == 2 and records(kinesis, name)

    expired = next(each for each in eventually(arrived, interval=0.3) if each["eventName"] == "REMOVE")
    assert expired["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert expired["dynamodb"]["ApproximateCreationDateTimePrecision"] == "MICROSECOND"
    assert expired["dynamodb"]["ApproximateCreationDateTime"] > 1e15


def test_states_and_refusals(dynamodb, kinesis, stream, table, account, eventually):  # noqa: F811
    names = [stream() for _ in range(3)]
    enable = dynamodb.enable_kinesis_streaming_destination
    message_of("ResourceNotFoundException", enable, TableName=table, StreamArn=arn(account, "nothing-here"))
    message_of("ResourceNotFoundException", enable, TableName="no-such-table", StreamArn=arn(account, names[0]))
    assert "ACTIVE" in message_of(
        "ValidationException", dynamodb.disable_kinesis_streaming_destination, TableName=table, StreamArn=arn(account, names[0]))
    enabled(dynamodb, table, arn(account, names[0]), eventually)
    assert "DISABLED" in message_of("ValidationException", enable, TableName=table, StreamArn=arn(account, names[0]))
    enable(TableName=table, StreamArn=arn(account, names[1]))
    message_of("LimitExceededException", enable, TableName=table, StreamArn=arn(account, names[2]))
    update = dynamodb.update_kinesis_streaming_destination
    answer = update(TableName=table, StreamArn=arn(account, names[0]),
                    UpdateKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": "MICROSECOND"})
    assert answer["DestinationStatus"] == "UPDATING"
    eventually(lambda: destinations(dynamodb, table)[0]["DestinationStatus"] == "ACTIVE")
    message_of("ValidationException", update, TableName=table, StreamArn=arn(account, names[0]),
            UpdateKinesisStreamingConfiguration={"ApproximateCreationDateTimePrecision": "MICROSECOND"})
    assert [(each["StreamArn"], each["ApproximateCreationDateTimePrecision"]) for each in destinations(dynamodb, table)] == [
        (arn(account, names[0]), "MICROSECOND"), (arn(account, names[1]), "MILLISECOND")]
