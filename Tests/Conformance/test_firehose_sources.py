"""Other ways in: Kinesis streams, topics and rules; and records that rest sealed."""

from __future__ import annotations

import json

import pytest
from refusals import message_of
from test_firehose import (  # noqa: F401
    body, delivered, delivery, describe, firehose, keys, put, role, role_for)


@pytest.fixture(scope="module")
def kinesis(client_for):
    return client_for("kinesis")


@pytest.fixture
def stream(kinesis, unique, eventually):
    name = unique("stream")
    kinesis.create_stream(StreamName=name, ShardCount=2)
    eventually(lambda: active(kinesis, name))
    yield name
    kinesis.delete_stream(StreamName=name)


def active(kinesis, name):
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE"


def source(stream, role, account):  # noqa: F811
    return {"DeliveryStreamType": "KinesisStreamAsSource", "KinesisStreamSourceConfiguration": {
        "KinesisStreamARN": f"arn:aws:kinesis:us-east-1:{account}:stream/{stream}", "RoleARN": role}}


def test_a_kinesis_stream_as_the_source(
    firehose, kinesis, s3, stream, delivery, role, bucket, advance, eventually, account  # noqa: F811
):
    kinesis.put_record(StreamName=stream, Data=b"before;", PartitionKey="a")
    advance(2)
    name = delivery(create=source(stream, role, account), BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900})
    found = describe(firehose, name)
    assert found["DeliveryStreamType"] == "KinesisStreamAsSource"
    assert found["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"].endswith(stream)
    assert "DeliveryStreamEncryptionConfiguration" not in found
    for number in range(20):
        kinesis.put_record(StreamName=stream, Data=b"%d;" % number, PartitionKey=f"key {number}")
    # The shards are read on, parents first, when they are split.
    shard = kinesis.list_shards(StreamName=stream)["Shards"][0]
    half = (int(shard["HashKeyRange"]["StartingHashKey"]) + int(shard["HashKeyRange"]["EndingHashKey"])) // 2
    kinesis.split_shard(StreamName=stream, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(half))
    eventually(lambda: active(kinesis, stream))
    for number in range(20, 40):
        kinesis.put_record(StreamName=stream, Data=b"%d;" % number, PartitionKey=f"key {number}")

    def all_there():
        advance(901)
        data = b"".join(body(s3, bucket, key) for key in keys(s3, bucket))
        return sorted(data.split(b";")[:-1]) == sorted(b"%d" % number for number in range(40))

    eventually(all_there, interval=0.3)
    assert "not permitted" in message_of(
        "InvalidArgumentException", firehose.put_record, DeliveryStreamName=name, Record={"Data": b"x"})


def test_a_source_that_may_not_be_read(firehose, stream, bucket, role, role_for, unique, account):  # noqa: F811
    poor = role_for()
    destination = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}"}
    message = message_of(
        "InvalidArgumentException", firehose.create_delivery_stream, DeliveryStreamName=unique("refused"),
        ExtendedS3DestinationConfiguration=destination, **source(stream, poor, account))
    assert "Access was denied when calling Kinesis" in message
    message_of("ResourceNotFoundException", firehose.create_delivery_stream, DeliveryStreamName=unique("refused"),
            ExtendedS3DestinationConfiguration=destination, **source("nothing-here", role, account))


def test_a_topic_delivers(client_for, firehose, s3, delivery, bucket, advance, eventually, unique, iam, account):  # noqa: F811
    sns = client_for("sns")
    name = delivery()
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role_name = unique("topic-role")
    arn = iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=role_name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "firehose:*", "Resource": "*"}]}))
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sns.subscribe(
        TopicArn=topic, Protocol="firehose", Endpoint=f"arn:aws:firehose:us-east-1:{account}:deliverystream/{name}",
        Attributes={"SubscriptionRoleArn": arn, "RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="hear")

    def arrived():
        advance(61)
        return keys(s3, bucket)

    key, = eventually(arrived)
    assert body(s3, bucket, key) == b"hear\n"


def test_a_rule_delivers(client_for, firehose, s3, delivery, bucket, advance, eventually, unique, iam, account):  # noqa: F811
    events = client_for("events")
    name = delivery()
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    role_name = unique("rule-role")
    arn = iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=role_name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "firehose:PutRecord", "Resource": "*"}]}))
    rule = unique("rule")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": ["mine"]}))
    answer = events.put_targets(Rule=rule, Targets=[{
        "Id": "1", "Arn": f"arn:aws:firehose:us-east-1:{account}:deliverystream/{name}", "RoleArn": arn, "InputPath": "$.detail"}])
    assert answer["FailedEntryCount"] == 0
    events.put_events(Entries=[{"Source": "mine", "DetailType": "t", "Detail": '{"a":1}'}])

    def arrived():
        advance(61)
        return keys(s3, bucket)

    key, = eventually(arrived)
    assert body(s3, bucket, key) == b'{"a":1}'


def test_records_rest_sealed(client_for, firehose, s3, delivery, bucket, advance, eventually, server, unique):  # noqa: F811
    kms = client_for("kms")
    key_arn = kms.create_key()["KeyMetadata"]["Arn"]
    name = delivery(BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900})
    put(firehose, name, b"PLAIN-RECORD")
    firehose.start_delivery_stream_encryption(DeliveryStreamName=name, DeliveryStreamEncryptionConfigurationInput={
        "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key_arn})
    assert describe(firehose, name)["DeliveryStreamEncryptionConfiguration"] == {
        "Status": "ENABLED", "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key_arn}
    assert put(firehose, name, b"SEALED-RECORD")["Encrypted"] is True
    firehose.start_delivery_stream_encryption(DeliveryStreamName=name)
    put(firehose, name, b"OWNED-RECORD")
    firehose.stop_delivery_stream_encryption(DeliveryStreamName=name)
    assert describe(firehose, name)["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}
    put(firehose, name, b"OPEN-RECORD")
    resting = b"".join(path.read_bytes() for path in (server.data / "logs").rglob("*.log") if "firehose" in str(path))
    assert b"PLAIN-RECORD" in resting and b"OPEN-RECORD" in resting
    assert b"SEALED-RECORD" not in resting and b"OWNED-RECORD" not in resting
    advance(901)
    key, = delivered(s3, bucket, eventually)
    assert body(s3, bucket, key) == b"PLAIN-RECORDSEALED-RECORDOWNED-RECORDOPEN-RECORD"


def test_a_key_that_is_disabled(client_for, firehose, delivery):  # noqa: F811
    kms = client_for("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    arn = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=key_id)
    name = delivery()
    message_of("InvalidKMSResourceException", firehose.start_delivery_stream_encryption, DeliveryStreamName=name,
            DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": arn})
    assert describe(firehose, name)["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}


def test_acknowledged_records_outlive_a_crash(firehose, s3, delivery, bucket, advance, eventually, server):  # noqa: F811
    """Last: it kills the server."""
    name = delivery()
    put(firehose, name, b"kept;")
    firehose.put_record(DeliveryStreamName=name, Record={"Data": b"too"})
    server.kill()
    server.start()
    advance(61)
    key, = delivered(s3, bucket, eventually)
    assert body(s3, bucket, key) == b"kept;too"
