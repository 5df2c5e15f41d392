"""Kinesis streams: their life, their limits and their shards."""

from __future__ import annotations

import hashlib

import pytest
from refusals import message_of

TOP = 2**128 - 1


@pytest.fixture(scope="module")
def kinesis(client_for):
    return client_for("kinesis", parameter_validation=False, retries={"total_max_attempts": 1})


@pytest.fixture
def stream(kinesis, unique, eventually):
    """stream(shards=1, **settings): the name of an active stream."""
    made = []

    def make(shards=1, **settings):
        name = unique("stream")
        kinesis.create_stream(StreamName=name, **({"ShardCount": shards} if shards else {}), **settings)
        made.append(name)
        eventually(lambda: status(kinesis, name) == "ACTIVE")
        return name

    yield make
    for name in made:
        try:
            kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)
        except kinesis.exceptions.ResourceNotFoundException:
            pass  # the test deleted it


def status(kinesis, name):
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"]


def active(kinesis, name, eventually):
    eventually(lambda: status(kinesis, name) == "ACTIVE")


def shards(kinesis, name, **arguments):
    return kinesis.list_shards(StreamName=name, **arguments)["Shards"]


def ranges(found):
    return sorted((int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"])) for s in found)


def covers_all(found):
    parts = ranges(found)
    return parts[0][0] == 0 and parts[-1][1] == TOP and all(
        left[1] + 1 == right[0] for left, right in zip(parts, parts[1:], strict=False))


def read_all(kinesis, name, shard, advance, kind="TRIM_HORIZON", **start):
    """Everything in a shard from there on, and the last answer."""
    iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType=kind, **start)["ShardIterator"]
    found = []
    while True:
        try:
            answer = kinesis.get_records(ShardIterator=iterator)
        except kinesis.exceptions.ProvisionedThroughputExceededException:
            advance(1)
            continue
        found += answer["Records"]
        iterator = answer.get("NextShardIterator")
        if iterator is None or (not answer["Records"] and answer["MillisBehindLatest"] == 0):
            return found, answer


def test_life(kinesis, unique, eventually, account):
    name = unique("life")
    kinesis.create_stream(StreamName=name, ShardCount=2, Tags={"team": "water"})
    # It is made within 50 milliseconds, which a busy machine may take to ask.
    assert status(kinesis, name) in ("CREATING", "ACTIVE")
    assert "already exists" in message_of("ResourceInUseException", kinesis.create_stream, StreamName=name, ShardCount=1)
    active(kinesis, name, eventually)
    told = kinesis.describe_stream(StreamName=name)["StreamDescription"]
    assert told["StreamARN"] == f"arn:aws:kinesis:us-east-1:{account}:stream/{name}"
    assert told["RetentionPeriodHours"] == 24 and told["EncryptionType"] == "NONE"
    assert told["StreamModeDetails"] == {"StreamMode": "PROVISIONED"} and not told["HasMoreShards"]
    assert told["EnhancedMonitoring"] == [{"ShardLevelMetrics": []}]
    assert [shard["ShardId"] for shard in told["Shards"]] == ["shardId-000000000000", "shardId-000000000001"]
    assert covers_all(told["Shards"])
    assert all("EndingSequenceNumber" not in shard["SequenceNumberRange"] for shard in told["Shards"])
    assert all(len(shard["SequenceNumberRange"]["StartingSequenceNumber"]) == 56 for shard in told["Shards"])
    summary = kinesis.describe_stream_summary(StreamARN=told["StreamARN"])["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 2 and summary["ConsumerCount"] == 0 and summary["MaxRecordSizeInKiB"] == 1024
    assert kinesis.list_tags_for_stream(StreamName=name)["Tags"] == [{"Key": "team", "Value": "water"}]
    assert name in kinesis.list_streams()["StreamNames"]
    kinesis.delete_stream(StreamName=name)
    assert status_or_gone(kinesis, name) in ("DELETING", None)
    eventually(lambda: status_or_gone(kinesis, name) is None)
    message = message_of("ResourceNotFoundException", kinesis.describe_stream, StreamName=name)
    assert message == f"Stream {name} under account {account} not found."
    kinesis.create_stream(StreamName=name, ShardCount=1)
    active(kinesis, name, eventually)
    kinesis.delete_stream(StreamName=name)


def status_or_gone(kinesis, name):
    try:
        return status(kinesis, name)
    except kinesis.exceptions.ResourceNotFoundException:
        return None


def test_listing_goes_page_by_page(kinesis, stream):
    names = sorted(stream() for _ in range(3))
    seen, arguments = [], {"Limit": 2}
    while True:
        answer = kinesis.list_streams(**arguments)
        seen += answer["StreamNames"]
        assert [entry["StreamName"] for entry in answer["StreamSummaries"]] == answer["StreamNames"]
        if not answer["HasMoreStreams"]:
            break
        arguments = {"Limit": 2, "NextToken": answer["NextToken"]}
    assert [name for name in seen if name in names] == names and len(seen) == len(set(seen))


def test_on_demand(kinesis, stream, eventually):
    name = stream(None, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert len(shards(kinesis, name)) == 4
    message_of("ValidationException", kinesis.update_shard_count, StreamName=name, TargetShardCount=8,
            ScalingType="UNIFORM_SCALING")
    message_of("ValidationException", kinesis.split_shard, StreamName=name, ShardToSplit="shardId-000000000000",
            NewStartingHashKey="10")
    message_of("ValidationException", kinesis.merge_shards, StreamName=name, ShardToMerge="shardId-000000000000",
            AdjacentShardToMerge="shardId-000000000001")
    assert kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]["Status"] == "DISABLED"
    limits = kinesis.describe_limits()
    assert limits["OnDemandStreamCount"] >= 1 and limits["OnDemandStreamCountLimit"] == 50
    arn = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "PROVISIONED"})
    active(kinesis, name, eventually)
    assert kinesis.describe_limits()["OpenShardCount"] >= 4


def test_split_and_merge(kinesis, stream, advance, eventually, account):
    name = stream(1)
    before = [kinesis.put_record(StreamName=name, Data=b"%d" % i, PartitionKey=str(i))["SequenceNumber"] for i in range(10)]
    half = str(2**127)
    kinesis.split_shard(StreamName=name, ShardToSplit="shardId-000000000000", NewStartingHashKey=half)
    active(kinesis, name, eventually)
    parent, low, high = shards(kinesis, name)
    assert low["ParentShardId"] == high["ParentShardId"] == parent["ShardId"]
    assert low["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str(2**127 - 1)}
    assert high["HashKeyRange"] == {"StartingHashKey": half, "EndingHashKey": str(TOP)}
    ending = int(parent["SequenceNumberRange"]["EndingSequenceNumber"])
    assert max(map(int, before)) < ending < int(low["SequenceNumberRange"]["StartingSequenceNumber"])
    assert message_of(
        "InvalidArgumentException", kinesis.split_shard, StreamName=name, ShardToSplit="shardId-000000000000",
        NewStartingHashKey=half) == (
        f"Shard shardId-000000000000 in stream {name} under account {account} has already been merged or split, and thus is "
        "not eligible for merging or splitting.")
    message_of("InvalidArgumentException", kinesis.split_shard, StreamName=name, ShardToSplit=low["ShardId"],
            NewStartingHashKey=half)
    message_of("ResourceNotFoundException", kinesis.split_shard, StreamName=name, ShardToSplit="shardId-000000000077",
            NewStartingHashKey=half)
    # The parent is read to its end, and says who its children are.
    found, last = read_all(kinesis, name, parent["ShardId"], advance)
    assert [record["SequenceNumber"] for record in found] == before
    assert "NextShardIterator" not in last
    assert [child["ShardId"] for child in last["ChildShards"]] == [low["ShardId"], high["ShardId"]]
    iterator = kinesis.get_shard_iterator(
        StreamName=name, ShardId=parent["ShardId"], ShardIteratorType="AFTER_SEQUENCE_NUMBER",
        StartingSequenceNumber=before[-1])["ShardIterator"]
    advance(2)
    last = kinesis.get_records(ShardIterator=iterator)
    assert [child["ShardId"] for child in last["ChildShards"]] == [low["ShardId"], high["ShardId"]]
    # Writers find the children by hash.
    for index in range(10):
        answer = kinesis.put_record(StreamName=name, Data=b"x", PartitionKey=str(index))
        hashed = int(hashlib.md5(str(index).encode()).hexdigest(), 16)
        assert answer["ShardId"] == (low if hashed < 2**127 else high)["ShardId"]
    assert kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="a", ExplicitHashKey="0")["ShardId"] == low["ShardId"]
    assert kinesis.put_record(
        StreamName=name, Data=b"x", PartitionKey="a", ExplicitHashKey=str(TOP))["ShardId"] == high["ShardId"]
    kinesis.merge_shards(StreamName=name, ShardToMerge=low["ShardId"], AdjacentShardToMerge=high["ShardId"])
    active(kinesis, name, eventually)
    merged = shards(kinesis, name)[-1]
    assert (merged["ParentShardId"], merged["AdjacentParentShardId"]) == (low["ShardId"], high["ShardId"])
    assert merged["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str(TOP)}
    message_of("InvalidArgumentException", kinesis.merge_shards, StreamName=name, ShardToMerge=merged["ShardId"],
            AdjacentShardToMerge=merged["ShardId"])


@pytest.mark.parametrize(("before", "after"), [(2, 4), (4, 3), (3, 5), (4, 2)])
def test_shard_count(kinesis, stream, eventually, before, after):
    name = stream(before)
    answer = kinesis.update_shard_count(StreamName=name, TargetShardCount=after, ScalingType="UNIFORM_SCALING")
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (before, after)
    active(kinesis, name, eventually)
    found = shards(kinesis, name, ShardFilter={"Type": "AT_LATEST"})
    assert len(found) == after and covers_all(found)
    widths = [end - start for start, end in ranges(found)]
    assert max(widths) - min(widths) <= after
    known = {shard["ShardId"] for shard in shards(kinesis, name)}
    assert all(shard.get("ParentShardId", shard["ShardId"]) in known for shard in found)
    message_of("LimitExceededException", kinesis.update_shard_count, StreamName=name, TargetShardCount=after * 2 + 1,
            ScalingType="UNIFORM_SCALING")


def test_shards_by_filter(kinesis, stream, eventually, advance):
    name = stream(1)
    advance(10)
    kinesis.split_shard(StreamName=name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    active(kinesis, name, eventually)

    def ids(kind, **more):
        return [int(shard["ShardId"][-2:]) for shard in shards(kinesis, name, ShardFilter={"Type": kind, **more})]

    made = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamCreationTimestamp"]
    assert ids("AT_LATEST") == [1, 2]
    assert ids("AT_TRIM_HORIZON") == [0]
    assert ids("FROM_TRIM_HORIZON") == [0, 1, 2]
    assert ids("AFTER_SHARD_ID", ShardId="shardId-000000000001") == [2]
    assert ids("AT_TIMESTAMP", Timestamp=made) == [0]
    assert ids("FROM_TIMESTAMP", Timestamp=made) == [0, 1, 2]
    page = kinesis.list_shards(StreamName=name, MaxResults=2)
    assert len(page["Shards"]) == 2
    rest = kinesis.list_shards(NextToken=page["NextToken"])
    assert [shard["ShardId"] for shard in rest["Shards"]] == ["shardId-000000000002"] and "NextToken" not in rest
    message_of("InvalidArgumentException", kinesis.list_shards, StreamName=name, NextToken=page["NextToken"])
    message_of("InvalidArgumentException", kinesis.list_shards)
    advance(301)
    message_of("ExpiredNextTokenException", kinesis.list_shards, NextToken=page["NextToken"])


def test_settings(kinesis, stream, eventually, account):
    name = stream(1)
    arn = f"arn:aws:kinesis:us-east-1:{account}:stream/{name}"
    kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=48)
    active(kinesis, name, eventually)
    assert "can not be shorter" in message_of(
        "InvalidArgumentException", kinesis.increase_stream_retention_period, StreamName=name, RetentionPeriodHours=36)
    message_of("InvalidArgumentException", kinesis.increase_stream_retention_period, StreamName=name, RetentionPeriodHours=9000)
    message_of("InvalidArgumentException", kinesis.decrease_stream_retention_period, StreamName=name, RetentionPeriodHours=12)
    kinesis.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=24)
    active(kinesis, name, eventually)
    answer = kinesis.enable_enhanced_monitoring(StreamName=name, ShardLevelMetrics=["IncomingBytes", "OutgoingBytes"])
    assert answer["CurrentShardLevelMetrics"] == []
    assert answer["DesiredShardLevelMetrics"] == ["IncomingBytes", "OutgoingBytes"]
    active(kinesis, name, eventually)
    answer = kinesis.disable_enhanced_monitoring(StreamName=name, ShardLevelMetrics=["ALL"])
    assert answer["DesiredShardLevelMetrics"] == []
    active(kinesis, name, eventually)
    kinesis.add_tags_to_stream(StreamName=name, Tags={"a": "1", "b": "2", "c": "3"})
    kinesis.tag_resource(ResourceARN=arn, Tags={"d": "4"})
    page = kinesis.list_tags_for_stream(StreamName=name, Limit=3)
    assert [tag["Key"] for tag in page["Tags"]] == ["a", "b", "c"] and page["HasMoreTags"]
    kinesis.remove_tags_from_stream(StreamName=name, TagKeys=["a", "b"])
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["c"])
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "d", "Value": "4"}]
    message_of("InvalidArgumentException", kinesis.add_tags_to_stream, StreamName=name, Tags={f"k{i}": "" for i in range(50)})


def test_records_leave_with_retention(kinesis, stream, advance):
    name = stream(1)
    kinesis.put_record(StreamName=name, Data=b"old", PartitionKey="a")
    advance(3600 * 23)
    kinesis.put_record(StreamName=name, Data=b"young", PartitionKey="a")
    assert [record["Data"] for record in read_all(kinesis, name, "shardId-000000000000", advance)[0]] == [b"old", b"young"]
    advance(3600 * 2)
    assert [record["Data"] for record in read_all(kinesis, name, "shardId-000000000000", advance)[0]] == [b"young"]
    advance(3600 * 24)
    assert read_all(kinesis, name, "shardId-000000000000", advance)[0] == []
    kinesis.put_record(StreamName=name, Data=b"new", PartitionKey="a")
    assert [record["Data"] for record in read_all(kinesis, name, "shardId-000000000000", advance)[0]] == [b"new"]
