"""Enhanced fan-out, and a consumer group that shares a stream by leases in DynamoDB, as the Kinesis Client Library does."""

from __future__ import annotations

import threading
import time

import pytest
from refusals import message_of
from test_kinesis_streams import active, kinesis, read_all, stream  # noqa: F401


def arn_of(kinesis, name):  # noqa: F811
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]


@pytest.fixture
def consumer(kinesis, stream, unique, eventually):  # noqa: F811
    """consumer(shards=1): a stream's name and the ARN of a consumer of it that is active."""

    def make(shards=1):
        name = stream(shards)
        made = kinesis.register_stream_consumer(StreamARN=arn_of(kinesis, name), ConsumerName=unique("consumer"))["Consumer"]
        eventually(lambda: kinesis.describe_stream_consumer(
            ConsumerARN=made["ConsumerARN"])["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE")
        return name, made["ConsumerARN"]

    return make


def subscribe(kinesis, arn, kind="TRIM_HORIZON", shard="shardId-000000000000", **more):  # noqa: F811
    return iter(kinesis.subscribe_to_shard(
        ConsumerARN=arn, ShardId=shard, StartingPosition={"Type": kind, **more})["EventStream"])


def next_records(events):
    """The next event that has records."""
    for event in events:
        if event["SubscribeToShardEvent"]["Records"]:
            return event["SubscribeToShardEvent"]
    return pytest.fail("the subscription ended")


def test_consumers(kinesis, stream, eventually):  # noqa: F811
    name = stream()
    arn = arn_of(kinesis, name)
    made = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="fast", Tags={"a": "b"})["Consumer"]
    assert made["ConsumerStatus"] == "CREATING" and made["ConsumerARN"].startswith(f"{arn}/consumer/fast:")
    assert kinesis.list_tags_for_resource(ResourceARN=made["ConsumerARN"])["Tags"] == [{"Key": "a", "Value": "b"}]
    message_of("ResourceInUseException", kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="fast")
    told = kinesis.describe_stream_consumer(StreamARN=arn, ConsumerName="fast")["ConsumerDescription"]
    assert told["StreamARN"] == arn and told["ConsumerARN"] == made["ConsumerARN"]
    for index in range(19):
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=f"other{index}")
    message_of("LimitExceededException", kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="one-too-many")
    page = kinesis.list_stream_consumers(StreamARN=arn, MaxResults=15)
    rest = kinesis.list_stream_consumers(StreamARN=arn, NextToken=page["NextToken"])
    assert len(page["Consumers"]) == 15 and len(rest["Consumers"]) == 5 and "NextToken" not in rest
    message_of("ResourceInUseException", kinesis.delete_stream, StreamName=name)
    kinesis.deregister_stream_consumer(StreamARN=arn, ConsumerName="fast")
    eventually(lambda: len(kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]) == 19)
    message_of("ResourceNotFoundException", kinesis.describe_stream_consumer, ConsumerARN=made["ConsumerARN"])


def test_records_are_pushed(kinesis, consumer):  # noqa: F811
    name, arn = consumer()
    first = kinesis.put_record(StreamName=name, Data=b"before", PartitionKey="a")
    events = subscribe(kinesis, arn)
    event = next_records(events)
    assert [record["Data"] for record in event["Records"]] == [b"before"]
    assert event["ContinuationSequenceNumber"] == first["SequenceNumber"] and event["MillisBehindLatest"] == 0
    sender = threading.Timer(0.3, lambda: kinesis.put_record(StreamName=name, Data=b"after", PartitionKey="a"))
    sender.start()
    begun = time.monotonic()
    event = next_records(events)
    assert [record["Data"] for record in event["Records"]] == [b"after"] and event["Records"][0]["PartitionKey"] == "a"
    assert time.monotonic() - begun < 2
    sender.join()
    message_of("ResourceInUseException", kinesis.subscribe_to_shard, ConsumerARN=arn, ShardId="shardId-000000000000",
            StartingPosition={"Type": "LATEST"})


def test_a_subscription_ends(kinesis, consumer, advance):  # noqa: F811
    name, arn = consumer()
    events = subscribe(kinesis, arn, "LATEST")
    advance(301)
    assert all(not event["SubscribeToShardEvent"]["Records"] for event in events)
    number = kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="a")["SequenceNumber"]
    events = subscribe(kinesis, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=number)
    assert next_records(events)["Records"][0]["SequenceNumber"] == number


def test_a_later_subscription_takes_over(kinesis, consumer, advance):  # noqa: F811
    name, arn = consumer()
    older = subscribe(kinesis, arn, "LATEST")
    advance(6)
    newer = subscribe(kinesis, arn, "LATEST")
    with pytest.raises(Exception, match="ResourceInUseException"):
        for _ in older:
            pass
    kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="a")
    assert next_records(newer)["Records"][0]["Data"] == b"x"


def test_the_end_of_a_shard_names_its_children(kinesis, consumer, eventually):  # noqa: F811
    name, arn = consumer()
    kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="a")
    events = subscribe(kinesis, arn)
    assert next_records(events)["Records"][0]["Data"] == b"x"
    kinesis.split_shard(StreamName=name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    last = [event["SubscribeToShardEvent"] for event in events][-1]
    assert [child["ShardId"] for child in last["ChildShards"]] == ["shardId-000000000001", "shardId-000000000002"]
    assert all(child["ParentShards"] == ["shardId-000000000000"] for child in last["ChildShards"])
    active(kinesis, name, eventually)


class Worker:
    """One member of a group: takes leases that nobody holds, reads their shards in order, checkpoints what it has done."""

    def __init__(self, kinesis, dynamodb, stream, table, name):  # noqa: F811
        self.kinesis, self.dynamodb, self.stream, self.table, self.name = kinesis, dynamodb, stream, table, name
        self.seen = []

    def leases(self):
        found = self.dynamodb.scan(TableName=self.table, ConsistentRead=True)["Items"]
        return {item["pk"]["S"]: item for item in found}

    def sync(self):
        """A lease for each shard that has none."""
        for shard in self.kinesis.list_shards(StreamName=self.stream)["Shards"]:
            parents = [shard[key] for key in ("ParentShardId", "AdjacentParentShardId") if key in shard]
            try:
                self.dynamodb.put_item(
                    TableName=self.table, ConditionExpression="attribute_not_exists(pk)",
                    Item={"pk": {"S": shard["ShardId"]}, "checkpoint": {"S": "TRIM_HORIZON"}, "counter": {"N": "0"},
                          "parents": {"L": [{"S": parent} for parent in parents]}})
            except self.dynamodb.exceptions.ConditionalCheckFailedException:
                pass  # another worker was first

    def take(self):
        """The first lease that can be had: not done, not held, its parents done."""
        leases = self.leases()
        done = {shard for shard, lease in leases.items() if lease["checkpoint"]["S"] == "SHARD_END"}
        # The one least worked on first, so that none starves.
        for shard, lease in sorted(leases.items(), key=lambda entry: int(entry[1]["counter"]["N"])):
            parents = [parent["S"] for parent in lease["parents"]["L"]]
            if shard in done or "owner" in lease or any(parent in leases and parent not in done for parent in parents):
                continue
            try:
                self.dynamodb.update_item(
                    TableName=self.table, Key={"pk": {"S": shard}}, UpdateExpression="SET #o = :me, #c = #c + :one",
                    ConditionExpression="attribute_not_exists(#o) AND #c = :seen",
                    ExpressionAttributeNames={"#o": "owner", "#c": "counter"},
                    ExpressionAttributeValues={":me": {"S": self.name}, ":one": {"N": "1"}, ":seen": lease["counter"]})
                return shard, lease["checkpoint"]["S"]
            except self.dynamodb.exceptions.ConditionalCheckFailedException:
                continue
        return None

    def work(self, advance, batches):
        """Reads one lease's shard for some batches, then gives the lease back. Returns whether there was one."""
        lease = self.take()
        if lease is None:
            return False
        shard, checkpoint = lease
        start = {"ShardIteratorType": "TRIM_HORIZON"} if checkpoint == "TRIM_HORIZON" else {
            "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": checkpoint}
        iterator = self.kinesis.get_shard_iterator(StreamName=self.stream, ShardId=shard, **start)["ShardIterator"]
        for _ in range(batches):
            advance(1)
            answer = self.kinesis.get_records(ShardIterator=iterator, Limit=7)
            self.seen += [(shard, record["PartitionKey"], record["Data"]) for record in answer["Records"]]
            if answer["Records"]:
                checkpoint = answer["Records"][-1]["SequenceNumber"]
            iterator = answer.get("NextShardIterator")
            if iterator is None:
                checkpoint = "SHARD_END"
                break
        self.dynamodb.update_item(
            TableName=self.table, Key={"pk": {"S": shard}}, UpdateExpression="SET checkpoint = :c REMOVE #o",
            ConditionExpression="#o = :me", ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={":c": {"S": checkpoint}, ":me": {"S": self.name}})
        return True


def test_a_group_shares_a_stream_through_resharding(kinesis, stream, dynamodb, table, advance, eventually):  # noqa: F811
    name = stream(2)
    sent = {}

    def send(count):
        for _ in range(count):
            for key in ("a", "b", "c", "d", "e", "f"):
                data = b"%d" % len(sent.setdefault(key, []))
                kinesis.put_record(StreamName=name, Data=data, PartitionKey=key)
                sent[key].append(data)

    workers = [Worker(kinesis, dynamodb, name, table, f"worker-{index}") for index in range(3)]
    order = []

    def turn():
        for worker in workers:
            worker.sync()
            before = len(worker.seen)
            worker.work(advance, batches=2)
            order.extend(worker.seen[before:])

    send(5)
    turn()
    kinesis.update_shard_count(StreamName=name, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    active(kinesis, name, eventually)
    send(5)
    turn()
    kinesis.update_shard_count(StreamName=name, TargetShardCount=3, ScalingType="UNIFORM_SCALING")
    active(kinesis, name, eventually)
    send(5)
    for _ in range(40):
        turn()
        if len(order) == sum(map(len, sent.values())):
            break
    got = {}
    for _, key, data in order:
        got.setdefault(key, []).append(data)
    assert got == sent  # nothing lost, nothing twice, each key in the order it was sent
    closed = [shard for shard in kinesis.list_shards(StreamName=name)["Shards"]
              if "EndingSequenceNumber" in shard["SequenceNumberRange"]]
    leases = workers[0].leases()
    assert closed and all(leases[shard["ShardId"]]["checkpoint"]["S"] == "SHARD_END" for shard in closed
                          if any(entry[0] == shard["ShardId"] for entry in order))
