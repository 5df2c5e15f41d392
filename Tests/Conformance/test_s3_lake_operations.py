"""What a table format asks of its bucket beside reads and writes: tags instead of deletes, lifecycle by tag, prefixes that are
throttled. The parts of card 001.04 that need no Spark (access points have a file of their own).
"""

from __future__ import annotations

import datetime
import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

CREATED = {"Key": "write-tag-name", "Value": "created"}
DELETED = {"Key": "delete-tag-name", "Value": "deleted"}
DATA = "iceberg/db/amazon_reviews_iceberg/data/review_date_year=2023"
LARGE = b"x" * (128 << 10)


@pytest.fixture
def midnight(s3, bucket, advance):
    """midnight(days): moves the clock to just after the midnight that ends so many days from the server's now."""

    def move(days=1):
        s3.put_object(Bucket=bucket, Key="clock", Body=b"")
        now = s3.head_object(Bucket=bucket, Key="clock")["LastModified"]
        s3.delete_object(Bucket=bucket, Key="clock")
        due = now + datetime.timedelta(days=days)
        end = due.replace(hour=0, minute=0, second=0, microsecond=0)
        if end < due:
            end += datetime.timedelta(days=1)
        advance(int((end - now).total_seconds()) + 5)

    return move


def write(s3, bucket, name, body=LARGE):
    """As S3FileIO does with `s3.write.tags.write-tag-name=created`."""
    key = f"{DATA}/{name}"
    s3.put_object(Bucket=bucket, Key=key, Body=body, Tagging="write-tag-name=created")
    return key


def mark(s3, bucket, key):
    """As S3FileIO does with `s3.delete.tags.delete-tag-name=deleted` and `s3.delete-enabled=false`: what is there is kept."""
    kept = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    s3.put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": [*kept, DELETED]})


def classes(s3, bucket):
    return {entry["Key"].rpartition("/")[2]: entry["StorageClass"]
            for entry in s3.list_objects_v2(Bucket=bucket, Prefix=DATA).get("Contents", [])}


def test_tags_instead_of_deletes(s3, aws, bucket):
    key = write(s3, bucket, "00000-43-2fb892e3-0a3f-4821-a356-83204a69fa74-00001.parquet")
    printed = json.loads(aws("s3api", "get-object-tagging", "--bucket", bucket, "--key", key))
    assert printed["TagSet"] == [CREATED]
    mark(s3, bucket, key)
    printed = json.loads(aws("s3api", "get-object-tagging", "--bucket", bucket, "--key", key))
    assert sorted(printed["TagSet"], key=lambda tag: tag["Key"]) == [DELETED, CREATED]
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == LARGE
    assert s3.head_object(Bucket=bucket, Key=key)["TagCount"] == 2


def test_lifecycle_by_the_tag_of_deletion(s3, bucket, midnight):
    gone, live = write(s3, bucket, "gone.parquet"), write(s3, bucket, "live.parquet")
    mark(s3, bucket, gone)
    # The same key with another value is another tag.
    other = write(s3, bucket, "other.parquet")
    s3.put_object_tagging(Bucket=bucket, Key=other, Tagging={"TagSet": [{"Key": "delete-tag-name", "Value": "no"}]})

    def rules(**action):
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
            {"ID": "expired snapshots", "Status": "Enabled", "Filter": {"Tag": DELETED}, **action}]})

    rules(Transitions=[{"Days": 1, "StorageClass": "GLACIER_IR"}])
    assert classes(s3, bucket)["gone.parquet"] == "STANDARD"
    midnight()
    assert classes(s3, bucket) == {"gone.parquet": "GLACIER_IR", "live.parquet": "STANDARD", "other.parquet": "STANDARD"}
    # Instant Retrieval is read as any other class, and keeps its tags: the archive table of an old snapshot goes on.
    assert s3.get_object(Bucket=bucket, Key=gone)["Body"].read() == LARGE
    assert len(s3.get_object_tagging(Bucket=bucket, Key=gone)["TagSet"]) == 2
    # An expiration deletes it for good.
    rules(Expiration={"Days": 2})
    midnight(3)
    assert classes(s3, bucket) == {"live.parquet": "STANDARD", "other.parquet": "STANDARD"}
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key=gone)
    assert caught.value.response["Error"]["Code"] == "NoSuchKey"
    assert s3.get_object(Bucket=bucket, Key=live)["Body"].read() == LARGE


def test_archived_files_come_back_in_bulk(s3, bucket, midnight):
    key = write(s3, bucket, "archived.parquet")
    mark(s3, bucket, key)
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
        {"ID": "cold", "Status": "Enabled", "Filter": {"Tag": DELETED}, "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}]})
    midnight()
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key=key)
    assert caught.value.response["Error"]["Code"] == "InvalidObjectState"
    s3.restore_object(Bucket=bucket, Key=key, RestoreRequest={"Days": 2, "GlacierJobParameters": {"Tier": "Bulk"}})
    assert s3.head_object(Bucket=bucket, Key=key)["Restore"] == 'ongoing-request="true"'
    midnight()
    assert 'ongoing-request="false"' in s3.head_object(Bucket=bucket, Key=key)["Restore"]
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == LARGE


@pytest.fixture
def faults(endpoint):
    """faults(**fault): as `tarn fault add`. They are taken away again one by one: other tests may have their own."""
    made = []

    def send(method, path, body=None):
        request = urllib.request.Request(
            endpoint + path, method=method, data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def add(**fault):
        made.append(send("POST", "/_tarn/faults", fault)["id"])

    yield add
    for number in made:
        send("DELETE", f"/_tarn/faults?id={number}")


def test_a_throttled_prefix_and_clients_that_back_off(s3, client_for, bucket, faults):
    hot, cold = "7ffbc860/my_ns/my_table", "0a1b2c3d/my_ns/my_table"
    for prefix in (hot, cold):
        s3.put_object(Bucket=bucket, Key=f"{prefix}/00015.parquet", Body=b"data")
    faults(kind="slow-down", bucket=bucket, prefix="7ffbc860/", share=0.3)
    refusals = 0
    for _ in range(60):
        try:
            s3.get_object(Bucket=bucket, Key=f"{hot}/00015.parquet")["Body"].read()
        except ClientError as error:
            assert error.response["Error"]["Code"] == "SlowDown"
            assert error.response["Error"]["Message"] == "Please reduce your request rate."
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            refusals += 1
    assert 5 <= refusals <= 50
    # Prefixes are throttled one by one: a table whose keys begin with hashes goes on elsewhere.
    for _ in range(20):
        assert s3.get_object(Bucket=bucket, Key=f"{cold}/00015.parquet")["Body"].read() == b"data"
    # With exponential backoff every writer gets through.
    patient = client_for("s3", retries={"mode": "standard", "total_max_attempts": 10})
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(
            lambda n: patient.put_object(Bucket=bucket, Key=f"{hot}/{n:05}.parquet", Body=b"data"), range(12)))
    assert sum(answer["ResponseMetadata"]["RetryAttempts"] for answer in answers) > 0
    assert s3.list_objects_v2(Bucket=bucket, Prefix=cold)["KeyCount"] == 1
