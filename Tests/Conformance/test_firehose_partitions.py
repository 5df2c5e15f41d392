"""Dynamic partitioning: each partition fills a buffer of its own, which survives the server's end."""

from __future__ import annotations

import json

import pytest
from test_firehose import body, delivered, delivery, firehose, keys, put, role, role_for  # noqa: F401
from test_firehose_processing import processing


@pytest.fixture
def stream(delivery):  # noqa: F811
    """stream(**settings): partitioned by `k`, a line each, a minute's buffer."""

    def make(**settings):
        return delivery(**{
            "Prefix": "k=!{partitionKeyFromQuery:k}/", "ErrorOutputPrefix": "bad/",
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60}, "DynamicPartitioningConfiguration": {"Enabled": True},
            "ProcessingConfiguration": processing(
                ("AppendDelimiterToRecord", {"Delimiter": "\\n"}),
                ("MetadataExtraction", {"JsonParsingEngine": "JQ-1.6", "MetadataExtractionQuery": "{k: .k}"})), **settings})

    return make


def record(key, number):
    return json.dumps({"k": key, "n": number}).encode()


def numbers(s3, bucket, key):
    return [json.loads(line)["n"] for line in body(s3, bucket, key).splitlines()]


def test_each_partition_has_its_own_time(firehose, s3, stream, bucket, advance, eventually):  # noqa: F811
    name = stream()
    put(firehose, name, record("a", 1), record("a", 2))
    advance(30)
    put(firehose, name, record("b", 1))
    # A minute after the first record of its own.
    advance(31)
    first, = delivered(s3, bucket, eventually, prefix="k=")
    assert first.startswith("k=a/") and numbers(s3, bucket, first) == [1, 2]
    put(firehose, name, record("a", 3))
    advance(30)
    found = delivered(s3, bucket, eventually, 2, "k=")
    assert numbers(s3, bucket, next(key for key in found if key.startswith("k=b/"))) == [1]
    advance(31)
    delivered(s3, bucket, eventually, 3, "k=")
    assert sorted(n for key in keys(s3, bucket, "k=a/") for n in numbers(s3, bucket, key)) == [1, 2, 3]


def test_what_is_buffered_survives(server, firehose, s3, stream, bucket, advance, eventually):  # noqa: F811
    name = stream(CompressionFormat="GZIP")
    put(firehose, name, record("a", 1), record("b", 1))
    advance(5)
    server.kill()
    server.start()
    advance(61)
    found = delivered(s3, bucket, eventually, 2, "k=")
    assert sorted(key.split("/")[0] for key in found) == ["k=a", "k=b"] and all(key.endswith(".gz") for key in found)


def test_an_update_sends_out_what_is_buffered(firehose, s3, stream, bucket, advance, eventually):  # noqa: F811
    name = stream()
    put(firehose, name, record("a", 1))
    advance(5)

    def update():
        present = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        firehose.update_destination(
            DeliveryStreamName=name, CurrentDeliveryStreamVersionId=present["VersionId"],
            DestinationId=present["Destinations"][0]["DestinationId"],
            ExtendedS3DestinationUpdate={"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 900}})
        return keys(s3, bucket, "k=a/")

    # What has not been processed yet is under the new hints.
    eventually(update)
    assert numbers(s3, bucket, keys(s3, bucket, "k=a/")[0]) == [1]


def test_a_destination_that_is_away(firehose, s3, stream, bucket, advance, eventually):  # noqa: F811
    away = bucket + "-later"
    name = stream(BucketARN=f"arn:aws:s3:::{away}")
    put(firehose, name, record("a", 1))
    advance(61)
    advance(120)
    s3.create_bucket(Bucket=away)
    found = eventually(lambda: advance(60) and keys(s3, away, "k=a/"))
    assert numbers(s3, away, found[0]) == [1]
    s3.delete_object(Bucket=away, Key=found[0])
    s3.delete_bucket(Bucket=away)
