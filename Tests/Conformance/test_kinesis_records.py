"""Kinesis records: what is taken, in which order it comes back, and what is refused with which words."""

from __future__ import annotations

import datetime
import json

from refusals import message_of
from test_kinesis_streams import active, kinesis, read_all, stream  # noqa: F401

MEGABYTE = 1_048_576


def first(kinesis, name):  # noqa: F811
    return kinesis.list_shards(StreamName=name)["Shards"][0]["ShardId"]


def iterator(kinesis, name, kind="TRIM_HORIZON", **start):  # noqa: F811
    return kinesis.get_shard_iterator(
        StreamName=name, ShardId=first(kinesis, name), ShardIteratorType=kind, **start)["ShardIterator"]


def test_the_largest_record(kinesis, stream, advance):  # noqa: F811
    name = stream()
    message = message_of("ValidationException", kinesis.put_record, StreamName=name, Data=b"x" * 1_500_000, PartitionKey="a")
    assert message == (
        "1 validation error detected: Value at 'data' failed to satisfy constraint: "
        "Member must have length less than or equal to 1048576")
    message_of("ValidationException", kinesis.put_record, StreamName=name, Data=b"x" * (MEGABYTE + 1), PartitionKey="a")
    whole = bytes(range(256)) * 4096
    kinesis.put_record(StreamName=name, Data=whole, PartitionKey="a")
    assert [record["Data"] for record in read_all(kinesis, name, first(kinesis, name), advance)[0]] == [whole]


def test_a_stream_may_take_larger_ones(kinesis, stream, eventually, advance, account):  # noqa: F811
    name = stream(MaxRecordSizeInKiB=2048)
    kinesis.put_record(StreamName=name, Data=b"y" * 1_500_000, PartitionKey="a")
    arn = f"arn:aws:kinesis:us-east-1:{account}:stream/{name}"
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=10240)
    active(kinesis, name, eventually)
    advance(60)
    kinesis.put_record(StreamName=name, Data=b"z" * (10 << 20), PartitionKey="a")
    got = read_all(kinesis, name, first(kinesis, name), advance)[0]
    assert [len(record["Data"]) for record in got] == [1_500_000, 10 << 20]
    message_of("ValidationException", kinesis.update_max_record_size, StreamARN=arn, MaxRecordSizeInKiB=10241)


def test_partition_key_is_needed(kinesis, stream):  # noqa: F811
    name = stream()
    assert message_of("ValidationException", kinesis.put_record, StreamName=name, Data=b"x") == (
        "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member must not be null")
    assert "records.2.member.partitionKey" in message_of(
        "ValidationException", kinesis.put_records, StreamName=name,
        Records=[{"Data": b"x", "PartitionKey": "a"}, {"Data": b"x"}])
    message_of("ValidationException", kinesis.put_record, StreamName=name, Data=b"x", PartitionKey="a" * 257)
    message_of("InvalidArgumentException", kinesis.put_record, StreamName=name, Data=b"x", PartitionKey="a",
            ExplicitHashKey=str(2**128))
    message_of("ResourceNotFoundException", kinesis.put_record, StreamName="nothing-here", Data=b"x", PartitionKey="a")
    assert kinesis.get_records(ShardIterator=iterator(kinesis, name))["Records"] == []


def test_one_key_one_shard_one_order(kinesis, stream, advance):  # noqa: F811
    name = stream(4)
    answers = [kinesis.put_record(StreamName=name, Data=b"%d" % i, PartitionKey="100") for i in range(50)]
    assert len({answer["ShardId"] for answer in answers}) == 1
    numbers = [int(answer["SequenceNumber"]) for answer in answers]
    assert numbers == sorted(set(numbers)) and all(len(str(number)) == 56 for number in numbers)
    got = read_all(kinesis, name, answers[0]["ShardId"], advance)[0]
    assert [record["Data"] for record in got] == [b"%d" % i for i in range(50)]
    assert [int(record["SequenceNumber"]) for record in got] == numbers
    assert {record["PartitionKey"] for record in got} == {"100"}
    assert all(isinstance(record["ApproximateArrivalTimestamp"], datetime.datetime) for record in got)
    kinesis.put_record(StreamName=name, Data="text", PartitionKey="100", SequenceNumberForOrdering=str(numbers[-1]))
    message_of("InvalidArgumentException", kinesis.put_record, StreamName=name, Data=b"x", PartitionKey="100",
            SequenceNumberForOrdering="7")


def test_batches(kinesis, stream, advance):  # noqa: F811
    name = stream(4)
    entries = [{"Data": b"%d" % i, "PartitionKey": str(i)} for i in range(500)]
    answer = kinesis.put_records(StreamName=name, Records=entries)
    assert answer["FailedRecordCount"] == 0
    by_shard = {}
    for entry, placed in zip(entries, answer["Records"], strict=True):
        by_shard.setdefault(placed["ShardId"], []).append((placed["SequenceNumber"], entry["Data"]))
    assert len(by_shard) == 4
    for shard, expected in by_shard.items():
        got = [(record["SequenceNumber"], record["Data"]) for record in read_all(kinesis, name, shard, advance)[0]]
        assert got == expected
    message_of("ValidationException", kinesis.put_records, StreamName=name, Records=entries + entries[:1])
    message_of("ValidationException", kinesis.put_records, StreamName=name, Records=[])
    message_of("InvalidArgumentException", kinesis.put_records, StreamName=name,
            Records=[{"Data": b"x" * MEGABYTE, "PartitionKey": "a"}] * 10)
    assert "records.2.member.data" in message_of(
        "ValidationException", kinesis.put_records, StreamName=name,
        Records=[{"Data": b"x", "PartitionKey": "a"}, {"Data": b"x" * (MEGABYTE + 1), "PartitionKey": "a"}])


def test_a_full_shard_throttles(kinesis, stream, advance, account):  # noqa: F811
    name = stream(2, MaxRecordSizeInKiB=10240)
    low, high = "0", str(2**127)
    entries = [{"Data": b"x" * 600_000, "PartitionKey": "a", "ExplicitHashKey": low} for _ in range(3)]
    entries.append({"Data": b"y", "PartitionKey": "b", "ExplicitHashKey": high})
    answer = kinesis.put_records(StreamName=name, Records=entries)
    assert answer["FailedRecordCount"] == 2
    assert "SequenceNumber" in answer["Records"][0] and "SequenceNumber" in answer["Records"][3]
    text = f"Rate exceeded for shard shardId-000000000000 in stream {name} under account {account}."
    assert answer["Records"][1] == answer["Records"][2] == {
        "ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": text}
    advance(2)
    # A record of 10 MiB takes what the shard gives in ten seconds.
    kinesis.put_record(StreamName=name, Data=b"x" * (10 << 20), PartitionKey="a", ExplicitHashKey=low)
    assert message_of("ProvisionedThroughputExceededException", kinesis.put_record, StreamName=name, Data=b"x" * 1_000_000,
                   PartitionKey="a", ExplicitHashKey=low) == text
    advance(12)
    kinesis.put_record(StreamName=name, Data=b"x" * 1_000_000, PartitionKey="a", ExplicitHashKey=low)
    got = read_all(kinesis, name, "shardId-000000000000", advance)[0]
    assert [len(record["Data"]) for record in got] == [600_000, 10 << 20, 1_000_000]


def test_a_large_read_is_paid_off_before_the_next(kinesis, stream, advance, account):  # noqa: F811
    name = stream(MaxRecordSizeInKiB=10240)
    kinesis.put_record(StreamName=name, Data=b"x" * (10 << 20), PartitionKey="a")
    place = iterator(kinesis, name)
    assert len(kinesis.get_records(ShardIterator=place)["Records"]) == 1
    assert message_of("ProvisionedThroughputExceededException", kinesis.get_records, ShardIterator=place) == (
        f"Rate exceeded for shard shardId-000000000000 in stream {name} under account {account}.")
    advance(5)
    assert len(kinesis.get_records(ShardIterator=place)["Records"]) == 1


def test_where_reading_begins(kinesis, stream, advance):  # noqa: F811
    name = stream()
    numbers = []
    for index in range(3):
        numbers.append(kinesis.put_record(StreamName=name, Data=b"%d" % index, PartitionKey="a")["SequenceNumber"])
        advance(10)
    latest = iterator(kinesis, name, "LATEST")

    def data(kind, **start):
        advance(1)
        return [r["Data"] for r in kinesis.get_records(ShardIterator=iterator(kinesis, name, kind, **start))["Records"]]

    assert data("TRIM_HORIZON") == [b"0", b"1", b"2"]
    assert data("AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == [b"1", b"2"]
    assert data("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]) == [b"2"]
    start = kinesis.list_shards(StreamName=name)["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]
    assert data("AT_SEQUENCE_NUMBER", StartingSequenceNumber=start) == [b"0", b"1", b"2"]
    advance(1)
    second = kinesis.get_records(ShardIterator=iterator(kinesis, name))["Records"][1]["ApproximateArrivalTimestamp"]
    assert data("AT_TIMESTAMP", Timestamp=second) == [b"1", b"2"]
    assert data("AT_TIMESTAMP", Timestamp=second + datetime.timedelta(milliseconds=1)) == [b"2"]
    kinesis.put_record(StreamName=name, Data=b"3", PartitionKey="a")
    assert [record["Data"] for record in kinesis.get_records(ShardIterator=latest)["Records"]] == [b"3"]
    advance(1)
    page = kinesis.get_records(ShardIterator=iterator(kinesis, name), Limit=2)
    assert len(page["Records"]) == 2 and page["MillisBehindLatest"] > 0
    page = kinesis.get_records(ShardIterator=page["NextShardIterator"])
    assert [record["Data"] for record in page["Records"]] == [b"2", b"3"] and page["MillisBehindLatest"] == 0


def test_refused_iterators(kinesis, stream, advance, account):  # noqa: F811
    name = stream(2)
    number = kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="a", ExplicitHashKey="0")["SequenceNumber"]
    ask = {"StreamName": name, "ShardId": "shardId-000000000001"}
    assert message_of("InvalidArgumentException", kinesis.get_shard_iterator, **ask, ShardIteratorType="AT_SEQUENCE_NUMBER",
                   StartingSequenceNumber=number) == (
        "Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was used in a call to a shard with "
        "shardId-000000000001")
    message_of("InvalidArgumentException", kinesis.get_shard_iterator, **ask, ShardIteratorType="AT_SEQUENCE_NUMBER",
            StartingSequenceNumber="12345")
    message_of("InvalidArgumentException", kinesis.get_shard_iterator, **ask, ShardIteratorType="AT_SEQUENCE_NUMBER")
    message_of("InvalidArgumentException", kinesis.get_shard_iterator, **ask, ShardIteratorType="AT_TIMESTAMP")
    message_of("ValidationException", kinesis.get_shard_iterator, **ask, ShardIteratorType="SOMEWHERE")
    assert message_of("ResourceNotFoundException", kinesis.get_shard_iterator, StreamName=name, ShardId="shardId-000000000009",
                   ShardIteratorType="LATEST") == (
        f"Shard shardId-000000000009 in stream {name} under account {account} does not exist")
    message_of("InvalidArgumentException", kinesis.get_records, ShardIterator="bm90aGluZw==")
    place = iterator(kinesis, name)
    advance(301)
    message = message_of("ExpiredIteratorException", kinesis.get_records, ShardIterator=place)
    assert message.startswith("Iterator expired. The iterator was created at time ")
    assert message.endswith(" which is further in the future than the tolerated delay of 300000 milliseconds.")


def test_encryption(kinesis, stream, client_for, eventually, advance, server):  # noqa: F811
    kms = client_for("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    name = stream()
    kinesis.put_record(StreamName=name, Data=b"the-plain-secret-8315", PartitionKey="a")
    message_of("KMSNotFoundException", kinesis.start_stream_encryption, StreamName=name, EncryptionType="KMS",
            KeyId="alias/nothing-here")
    kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=key)
    active(kinesis, name, eventually)
    told = kinesis.describe_stream(StreamName=name)["StreamDescription"]
    assert (told["EncryptionType"], told["KeyId"]) == ("KMS", key)
    answer = kinesis.put_record(StreamName=name, Data=b"the-sealed-secret-8315", PartitionKey="a")
    assert answer["EncryptionType"] == "KMS"
    got = read_all(kinesis, name, first(kinesis, name), advance)[0]
    assert [record["Data"] for record in got] == [b"the-plain-secret-8315", b"the-sealed-secret-8315"]
    assert [record.get("EncryptionType") for record in got] == [None, "KMS"]
    files = b"".join(path.read_bytes() for path in (server.data / "logs").rglob("*.log") if path.is_file())
    assert b"the-plain-secret-8315" in files and b"the-sealed-secret-8315" not in files
    kms.disable_key(KeyId=key)
    advance(301)
    message_of("KMSDisabledException", kinesis.put_record, StreamName=name, Data=b"x", PartitionKey="a")
    message_of("KMSDisabledException", kinesis.get_records, ShardIterator=iterator(kinesis, name))
    kms.enable_key(KeyId=key)
    kinesis.stop_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=key)
    active(kinesis, name, eventually)
    assert "EncryptionType" not in kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="a")


def test_records_outlive_the_process(kinesis, stream, server, advance):  # noqa: F811
    name = stream(2)
    sent = [kinesis.put_record(StreamName=name, Data=b"%d" % i, PartitionKey=str(i)) for i in range(20)]
    server.kill()
    server.start()
    got = {}
    for shard in kinesis.list_shards(StreamName=name)["Shards"]:
        for record in read_all(kinesis, name, shard["ShardId"], advance)[0]:
            got[record["SequenceNumber"]] = record["Data"]
    assert got == {answer["SequenceNumber"]: b"%d" % i for i, answer in enumerate(sent)}
    more = kinesis.put_record(StreamName=name, Data=b"more", PartitionKey="0")
    assert int(more["SequenceNumber"]) > int(sent[0]["SequenceNumber"])


def test_policies(kinesis, stream, client_for, iam, unique, account):  # noqa: F811
    name = stream()
    arn = f"arn:aws:kinesis:us-east-1:{account}:stream/{name}"
    user = unique("reader")
    iam.create_user(UserName=user)
    keys = iam.create_access_key(UserName=user)["AccessKey"]
    iam.put_user_policy(UserName=user, PolicyName="read", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["kinesis:GetRecords", "kinesis:GetShardIterator"], "Resource": arn}]}))
    reader = client_for("kinesis", keys)
    place = reader.get_shard_iterator(
        StreamName=name, ShardId="shardId-000000000000", ShardIteratorType="LATEST")["ShardIterator"]
    reader.get_records(ShardIterator=place)
    message = message_of("AccessDeniedException", reader.put_record, StreamName=name, Data=b"x", PartitionKey="a")
    assert f"is not authorized to perform: kinesis:PutRecord on resource: {arn}" in message
    # Another account comes in by the stream's own policy, and by its ARN.
    other = client_for("kinesis", "444455556666")
    message_of("AccessDeniedException", other.put_record, StreamARN=arn, Data=b"x", PartitionKey="a")
    kinesis.put_resource_policy(ResourceARN=arn, Policy=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "kinesis:PutRecord", "Resource": arn}]}))
    other.put_record(StreamARN=arn, Data=b"x", PartitionKey="a")
    assert "kinesis:PutRecord" in kinesis.get_resource_policy(ResourceARN=arn)["Policy"]
    kinesis.delete_resource_policy(ResourceARN=arn)
    message_of("AccessDeniedException", other.put_record, StreamARN=arn, Data=b"x", PartitionKey="a")


def test_the_command_line(aws, stream):  # noqa: F811
    name = stream()
    aws("kinesis", "put-record", "--stream-name", name, "--partition-key", "a", "--data", "hello")
    place = json.loads(aws("kinesis", "get-shard-iterator", "--stream-name", name, "--shard-id", "shardId-000000000000",
                           "--shard-iterator-type", "TRIM_HORIZON"))["ShardIterator"]
    got = json.loads(aws("kinesis", "get-records", "--shard-iterator", place))
    assert [record["Data"] for record in got["Records"]] == ["aGVsbG8="]
