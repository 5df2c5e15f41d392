"""Delivery streams: making, describing, changing and deleting them; puts; objects in S3 with their names."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile

import pytest
from refusals import message_of

FIREHOSE_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture(scope="module")
def firehose(client_for):
    return client_for("firehose")


@pytest.fixture(scope="module")
def role_for(iam, unique):
    """role_for(*statements, trust=...): the ARN of a role that Firehose may assume."""
    made = []

    def make(*statements, trust=FIREHOSE_TRUST):
        name = unique("role")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": list(statements)}))
        made.append((name, bool(statements)))
        return arn

    yield make
    for name, has_own in made:
        if has_own:
            iam.delete_role_policy(RoleName=name, PolicyName="own")
        iam.delete_role(RoleName=name)


@pytest.fixture(scope="module")
def role(role_for):
    return role_for(ALL)


@pytest.fixture
def delivery(firehose, unique, eventually, role, bucket):
    """delivery(**destination): the name of an active stream that delivers to `bucket`; `create` goes to the call itself."""
    made = []

    def make(create=None, **destination):
        name = unique("delivery")
        settings = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}",
                    "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60}, **destination}
        call = {"DeliveryStreamName": name, "ExtendedS3DestinationConfiguration": settings, **(create or {})}
        firehose.create_delivery_stream(**{key: value for key, value in call.items() if value is not None})
        made.append(name)
        eventually(lambda: describe(firehose, name)["DeliveryStreamStatus"] == "ACTIVE")
        return name

    yield make
    for name in made:
        try:
            firehose.delete_delivery_stream(DeliveryStreamName=name)
        except firehose.exceptions.ResourceNotFoundException:
            pass  # the test deleted it itself


def describe(firehose, name):
    return firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]


def destination(firehose, name):
    return describe(firehose, name)["Destinations"][0]["ExtendedS3DestinationDescription"]


def put(firehose, name, *records):
    answer = firehose.put_record_batch(DeliveryStreamName=name, Records=[{"Data": record} for record in records])
    assert answer["FailedPutCount"] == 0
    return answer


def keys(s3, bucket, prefix=""):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]


def body(s3, bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def delivered(s3, bucket, eventually, count=1, prefix=""):
    """The keys, once there are as many."""
    found = eventually(lambda: len(keys(s3, bucket, prefix)) >= count and keys(s3, bucket, prefix))
    assert len(found) == count, found
    return found


def test_records_reach_the_bucket_when_the_time_is_up(firehose, s3, delivery, bucket, advance, eventually):
    name = delivery()
    first = firehose.put_record(DeliveryStreamName=name, Record={"Data": b"one\n"})
    assert len(first["RecordId"]) > 100 and first["Encrypted"] is False
    answers = put(firehose, name, b"two\n", b"three")["RequestResponses"]
    assert len({first["RecordId"], *(each["RecordId"] for each in answers)}) == 3
    assert keys(s3, bucket) == []
    advance(61)
    key, = delivered(s3, bucket, eventually)
    form = rf"\d{{4}}/\d\d/\d\d/\d\d/{name}-1-\d{{4}}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
    assert re.fullmatch(form, key), key
    assert body(s3, bucket, key) == b"one\ntwo\nthree"
    # An empty buffer makes no object.
    advance(200)
    put(firehose, name, b"four")
    advance(61)
    assert sorted(body(s3, bucket, each) for each in delivered(s3, bucket, eventually, 2)) == [b"four", b"one\ntwo\nthree"]


def test_a_full_buffer_does_not_wait(firehose, s3, delivery, bucket, eventually):
    name = delivery(BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900}, CompressionFormat="GZIP", Prefix="full/")
    put(firehose, name, b"a" * 600_000)
    put(firehose, name, b"b" * 600_000)
    key, = delivered(s3, bucket, eventually)
    assert key.startswith("full/2") and key.endswith(".gz")
    assert gzip.decompress(body(s3, bucket, key)) == b"a" * 600_000 + b"b" * 600_000


def test_prefixes_zones_and_endings(firehose, s3, delivery, bucket, advance, eventually):
    name = delivery(
        Prefix="at/year=!{timestamp:yyyy}/!{timestamp:EEE'-day'}/r=!{firehose:random-string}/",
        ErrorOutputPrefix="errors/!{firehose:error-output-type}/", CompressionFormat="ZIP", FileExtension=".archive",
        CustomTimeZone="Asia/Tokyo")
    put(firehose, name, b"zipped")
    advance(61)
    key, = delivered(s3, bucket, eventually)
    assert re.match(r"at/year=20\d\d/[A-Z][a-z]{2}-day/r=[A-Za-z0-9]{11}/", key) and key.endswith(".archive"), key
    with zipfile.ZipFile(io.BytesIO(body(s3, bucket, key))) as archive:
        assert [archive.read(each) for each in archive.namelist()] == [b"zipped"] and archive.testzip() is None


@pytest.mark.parametrize(("prefix", "error", "words"), [
    ("!{timestamp:yyyy}/", None, "ErrorOutputPrefix must be specified"),
    ("!{firehose:error-output-type}/", "e/", "error-output-type"),
    ("a/", "!{timestamp:yyyy}/", "error-output-type"),
    ("!{time:yyyy}/", "e/", "not valid"),
    ("!{timestamp:yyyy/", "e/", "not valid"),
    ("!{timestamp:bb}/", "e/", "not valid"),
    ("!{partitionKeyFromQuery:a}/", "e/", "dynamic partitioning"),
])
def test_prefixes_that_are_refused(firehose, role, bucket, unique, prefix, error, words):
    settings = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}", "Prefix": prefix}
    if error:
        settings["ErrorOutputPrefix"] = error
    name = unique("refused")
    message = message_of("InvalidArgumentException", firehose.create_delivery_stream, DeliveryStreamName=name,
                      ExtendedS3DestinationConfiguration=settings)
    assert words in message
    assert name not in firehose.list_delivery_streams(Limit=100)["DeliveryStreamNames"]


def test_describe_list_and_delete(firehose, delivery, role, bucket, eventually, account):
    names = sorted(delivery() for _ in range(3))
    listed = firehose.list_delivery_streams(Limit=2, DeliveryStreamType="DirectPut")
    assert listed["DeliveryStreamNames"] == names[:2] and listed["HasMoreDeliveryStreams"]
    rest = firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName=names[1])
    assert rest["DeliveryStreamNames"] == names[2:] and not rest["HasMoreDeliveryStreams"]
    found = describe(firehose, names[0])
    assert found["DeliveryStreamARN"] == f"arn:aws:firehose:us-east-1:{account}:deliverystream/{names[0]}"
    assert found["VersionId"] == "1" and found["DeliveryStreamType"] == "DirectPut" and not found["HasMoreDestinations"]
    assert found["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}
    both = found["Destinations"][0]
    assert both["DestinationId"] == "destinationId-000000000001"
    assert both["S3DestinationDescription"]["CompressionFormat"] == "UNCOMPRESSED"
    assert both["ExtendedS3DestinationDescription"]["S3BackupMode"] == "Disabled"
    assert both["ExtendedS3DestinationDescription"]["EncryptionConfiguration"] == {"NoEncryptionConfig": "NoEncryption"}
    assert message_of("ResourceInUseException", firehose.create_delivery_stream, DeliveryStreamName=names[0],
                   S3DestinationConfiguration={"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}"}) == (
        f"Firehose {names[0]} under accountId {account} already exists")
    firehose.delete_delivery_stream(DeliveryStreamName=names[0])
    eventually(lambda: names[0] not in firehose.list_delivery_streams()["DeliveryStreamNames"])
    assert message_of("ResourceNotFoundException", describe, firehose=firehose, name=names[0]) == (
        f"Firehose {names[0]} under account {account} not found.")


def test_update_destination(firehose, s3, delivery, bucket, advance, eventually, role_for):
    name = delivery(Prefix="old/")
    call = {"DeliveryStreamName": name, "DestinationId": "destinationId-000000000001"}
    put(firehose, name, b"before")
    firehose.update_destination(
        **call, CurrentDeliveryStreamVersionId="1", ExtendedS3DestinationUpdate={"Prefix": "new/", "CompressionFormat": "GZIP"})
    found = describe(firehose, name)
    assert found["VersionId"] == "2" and "LastUpdateTimestamp" in found
    now = destination(firehose, name)
    assert now["Prefix"] == "new/" and now["BufferingHints"] == {"SizeInMBs": 1, "IntervalInSeconds": 60}
    message_of("ConcurrentModificationException", firehose.update_destination, **call, CurrentDeliveryStreamVersionId="1",
            ExtendedS3DestinationUpdate={"Prefix": "third/"})
    message_of("InvalidArgumentException", firehose.update_destination, **{**call, "DestinationId": "other"},
            CurrentDeliveryStreamVersionId="2", ExtendedS3DestinationUpdate={"Prefix": "third/"})
    stranger = role_for(trust={**FIREHOSE_TRUST, "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
    assert "unable to assume role" in message_of(
        "InvalidArgumentException", firehose.update_destination, **call, CurrentDeliveryStreamVersionId="2",
        ExtendedS3DestinationUpdate={"RoleARN": stranger})
    assert destination(firehose, name)["Prefix"] == "new/"
    put(firehose, name, b"after")
    advance(61)
    assert sorted(gzip.decompress(body(s3, bucket, key)) for key in delivered(s3, bucket, eventually, 2, "new/")) == [
        b"after", b"before"]


def test_puts_that_are_refused(firehose, delivery, s3, bucket):
    name = delivery()
    message_of("ResourceNotFoundException", firehose.put_record, DeliveryStreamName="nothing-here", Record={"Data": b"x"})
    assert "1024000" in message_of("ValidationException", firehose.put_record, DeliveryStreamName=name, Record={"Data": b"x" * 1_024_001})
    message_of("ValidationException", firehose.put_record_batch, DeliveryStreamName=name, Records=[{"Data": b"x"}] * 501)
    assert message_of("InvalidArgumentException", firehose.put_record_batch, DeliveryStreamName=name,
                   Records=[{"Data": b"x" * 1_000_000}] * 5) == "Records size exceeds 4 MB limit"
    assert keys(s3, bucket) == []


def test_configurations_that_are_refused(firehose, role, bucket, unique):
    s3_destination = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}"}

    tried = []

    def create(code="InvalidArgumentException", **settings):
        tried.append(unique("refused"))
        return message_of(code, firehose.create_delivery_stream, DeliveryStreamName=tried[-1], **settings)

    create()
    create(S3DestinationConfiguration=s3_destination, ExtendedS3DestinationConfiguration=s3_destination)
    create(ExtendedS3DestinationConfiguration={**s3_destination, "BufferingHints": {"SizeInMBs": 1}})
    create(ExtendedS3DestinationConfiguration={**s3_destination, "CloudWatchLoggingOptions": {"Enabled": True}})
    create(ExtendedS3DestinationConfiguration={**s3_destination, "S3BackupMode": "Enabled"})
    create(ExtendedS3DestinationConfiguration={**s3_destination, "CustomTimeZone": "Nowhere/Else"})
    create("ValidationException", ExtendedS3DestinationConfiguration={**s3_destination, "BufferingHints": {
        "SizeInMBs": 129, "IntervalInSeconds": 60}})
    create(DeliveryStreamType="KinesisStreamAsSource", ExtendedS3DestinationConfiguration=s3_destination)
    create(ExtendedS3DestinationConfiguration={**s3_destination, "RoleARN": role + "-missing"})
    create("NotImplemented", SplunkDestinationConfiguration={
        "HECEndpoint": "https://x", "HECEndpointType": "Raw", "HECToken": "t", "S3Configuration": s3_destination})
    for name in tried:
        message_of("ResourceNotFoundException", firehose.describe_delivery_stream, DeliveryStreamName=name)


def test_tags(firehose, delivery):
    name = delivery(create={"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]})
    firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=[{"Key": "a", "Value": "2"}, {"Key": "c", "Value": "3"}])
    firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=["b"])
    assert firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"] == [
        {"Key": "a", "Value": "2"}, {"Key": "c", "Value": "3"}]
    page = firehose.list_tags_for_delivery_stream(DeliveryStreamName=name, Limit=1)
    assert page["HasMoreTags"] and [tag["Key"] for tag in page["Tags"]] == ["a"]
    many = [{"Key": f"k{number}", "Value": ""} for number in range(49)]
    message_of("LimitExceededException", firehose.tag_delivery_stream, DeliveryStreamName=name, Tags=many)
    message_of("ValidationException", firehose.tag_delivery_stream, DeliveryStreamName=name, Tags=[{"Key": "aws:x", "Value": ""}])


def test_a_bucket_that_refuses_is_tried_again(
    firehose, s3, logs, delivery, role_for, iam, bucket, advance, eventually, unique
):
    group = unique("group")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="errors")
    poor = role_for({"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"})
    name = delivery(RoleARN=poor, CloudWatchLoggingOptions={"Enabled": True, "LogGroupName": group, "LogStreamName": "errors"})
    put(firehose, name, b"patience")
    advance(61)

    def told():
        return logs.get_log_events(logGroupName=group, logStreamName="errors")["events"]

    error = json.loads(eventually(told)[0]["message"])
    assert error["errorCode"] == "S3.AccessDenied" and error["destination"] == f"arn:aws:s3:::{bucket}"
    assert error["deliveryStreamARN"].endswith(name) and error["deliveryStreamVersionId"] == 1
    assert keys(s3, bucket) == []
    iam.put_role_policy(RoleName=poor.split("/")[-1], PolicyName="own", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [ALL]}))
    advance(120)
    key, = delivered(s3, bucket, eventually)
    assert body(s3, bucket, key) == b"patience"


def test_who_may(firehose, client_for, iam, unique, delivery, role, bucket):
    name = delivery()
    user = unique("user")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["firehose:PutRecord", "firehose:CreateDeliveryStream"], "Resource": "*"}]}))
    theirs = client_for("firehose", iam.create_access_key(UserName=user)["AccessKey"])
    theirs.put_record(DeliveryStreamName=name, Record={"Data": b"x"})
    message_of("AccessDeniedException", theirs.put_record_batch, DeliveryStreamName=name, Records=[{"Data": b"x"}])
    assert "iam:PassRole" in message_of(
        "AccessDeniedException", theirs.create_delivery_stream, DeliveryStreamName=unique("theirs"),
        S3DestinationConfiguration={"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}"})
