"""Metrics, analytics, tiering and acceleration configurations, requester pays, and the prefix that is too busy."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request

import pytest
import tarn_server
from botocore.exceptions import ClientError
from refusals import code_and_status, refusal

STRANGER = "333344445555"


KINDS = [
    ("metrics", "Metrics", {"Id": "m", "Filter": {"And": {"Prefix": "a", "Tags": [{"Key": "k", "Value": "v"}]}}}),
    ("analytics", "Analytics", {"Id": "m", "Filter": {"Prefix": "a"}, "StorageClassAnalysis": {"DataExport": {
        "OutputSchemaVersion": "V_1",
        "Destination": {"S3BucketDestination": {"Format": "CSV", "Bucket": "arn:aws:s3:::somewhere", "Prefix": "p"}}}}}),
    ("intelligent_tiering", "IntelligentTiering", {"Id": "m", "Filter": {"Tag": {"Key": "k", "Value": "v"}}, "Status": "Enabled",
                                                   "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"},
                                                                {"Days": 180, "AccessTier": "DEEP_ARCHIVE_ACCESS"}]}),
]


@pytest.mark.parametrize("word, name, setting", KINDS)
def test_configurations_are_kept(s3, bucket, word, name, setting):
    def call(verb, **more):
        return getattr(s3, f"{verb}_bucket_{word}_configuration{'s' if verb == 'list' else ''}")(Bucket=bucket, **more)

    member = f"{name}Configuration"
    with pytest.raises(ClientError) as caught:
        call("get", Id="m")
    assert caught.value.response["Error"]["Code"] == "NoSuchConfiguration"
    call("put", Id="m", **{member: setting})
    assert call("get", Id="m")[member] == setting
    call("put", Id="n", **{member: {**setting, "Id": "n"}})
    listed = call("list")
    assert [c["Id"] for c in listed[f"{member}List"]] == ["m", "n"] and listed["IsTruncated"] is False
    call("delete", Id="m")
    assert [c["Id"] for c in call("list")[f"{member}List"]] == ["n"]
    with pytest.raises(ClientError) as caught:
        call("delete", Id="m")
    assert caught.value.response["Error"]["Code"] == "NoSuchConfiguration"


def test_lists_have_pages(s3, bucket):
    for number in range(105):
        s3.put_bucket_metrics_configuration(
            Bucket=bucket, Id=f"m{number:03}", MetricsConfiguration={"Id": f"m{number:03}"})
    first = s3.list_bucket_metrics_configurations(Bucket=bucket)
    assert first["IsTruncated"] and len(first["MetricsConfigurationList"]) == 100
    second = s3.list_bucket_metrics_configurations(Bucket=bucket, ContinuationToken=first["NextContinuationToken"])
    assert [c["Id"] for c in second["MetricsConfigurationList"]] == [f"m{n}" for n in range(100, 105)]
    assert second["IsTruncated"] is False


def test_configurations_that_cannot_be(s3, bucket):
    def tiering(*tierings):
        return refusal(
            s3.put_bucket_intelligent_tiering_configuration, Bucket=bucket, Id="t",
            IntelligentTieringConfiguration={"Id": "t", "Status": "Enabled", "Tierings": list(tierings)}).code

    assert tiering({"Days": 89, "AccessTier": "ARCHIVE_ACCESS"}) == "InvalidArgument"
    assert tiering({"Days": 731, "AccessTier": "DEEP_ARCHIVE_ACCESS"}) == "InvalidArgument"
    assert tiering({"Days": 200, "AccessTier": "ARCHIVE_ACCESS"}, {"Days": 200, "AccessTier": "DEEP_ARCHIVE_ACCESS"}) \
        == "InvalidArgument"
    assert tiering() == "MalformedXML"
    assert refusal(
        s3.put_bucket_metrics_configuration, Bucket=bucket, Id="x",
        MetricsConfiguration={"Id": "x", "Filter": {"And": {"Prefix": "only"}}}).code == "MalformedXML"
    assert refusal(
        s3.put_bucket_metrics_configuration, Bucket=bucket, Id="x", MetricsConfiguration={"Id": "y"}).code == "InvalidArgument"
    assert "MetricsConfigurationList" not in s3.list_bucket_metrics_configurations(Bucket=bucket)


def test_acceleration(s3, bucket, unique):
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    for status in ["Enabled", "Suspended"]:
        s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": status})
        assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == status
    assert refusal(
        s3.put_bucket_accelerate_configuration, Bucket=bucket, AccelerateConfiguration={"Status": "On"}).code == "MalformedXML"
    dotted = unique("dotted") + ".name"
    s3.create_bucket(Bucket=dotted)
    assert refusal(s3.put_bucket_accelerate_configuration, Bucket=dotted,
                   AccelerateConfiguration={"Status": "Enabled"}).code == "InvalidRequest"


@pytest.fixture
def shared(s3, unique):
    """A bucket that another account may use, and whose requesters pay."""
    name = unique("payer")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": STRANGER}, "Action": "s3:*",
         "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]}]}))
    s3.put_object(Bucket=name, Key="a", Body=b"content")
    return name


def test_others_must_say_that_they_pay(s3, client_for, shared, unique):
    theirs = client_for("s3", STRANGER)
    answer = theirs.get_object(Bucket=shared, Key="a", RequestPayer="requester")
    assert "RequestCharged" not in answer
    s3.put_bucket_request_payment(Bucket=shared, RequestPaymentConfiguration={"Payer": "Requester"})
    assert code_and_status(theirs.get_object, Bucket=shared, Key="a") == ("AccessDenied", 403)
    assert code_and_status(theirs.list_objects_v2, Bucket=shared) == ("AccessDenied", 403)
    assert code_and_status(theirs.put_object, Bucket=shared, Key="b", Body=b"1") == ("AccessDenied", 403)
    got = theirs.get_object(Bucket=shared, Key="a", RequestPayer="requester")
    assert got["Body"].read() == b"content" and got["RequestCharged"] == "requester"
    assert theirs.head_object(Bucket=shared, Key="a", RequestPayer="requester")["RequestCharged"] == "requester"
    assert theirs.put_object(Bucket=shared, Key="b", Body=b"1", RequestPayer="requester")["RequestCharged"] == "requester"
    assert theirs.list_objects_v2(Bucket=shared, RequestPayer="requester")["RequestCharged"] == "requester"
    assert theirs.delete_object(Bucket=shared, Key="b", RequestPayer="requester")["RequestCharged"] == "requester"
    own = unique("own")
    theirs.create_bucket(Bucket=own)
    source = {"Bucket": shared, "Key": "a"}
    assert code_and_status(theirs.copy_object, Bucket=own, Key="a", CopySource=source) == ("AccessDenied", 403)
    theirs.copy_object(Bucket=own, Key="a", CopySource=source, RequestPayer="requester")
    # The owner pays its own way without saying so.
    assert "RequestCharged" not in s3.get_object(Bucket=shared, Key="a")
    s3.put_bucket_request_payment(Bucket=shared, RequestPaymentConfiguration={"Payer": "BucketOwner"})
    assert theirs.get_object(Bucket=shared, Key="a")["Body"].read() == b"content"


def test_presigned_and_anonymous_requests(s3, client_for, shared, endpoint):
    s3.put_bucket_request_payment(Bucket=shared, RequestPaymentConfiguration={"Payer": "Requester"})
    theirs = client_for("s3", STRANGER)
    url = theirs.generate_presigned_url("get_object", Params={"Bucket": shared, "Key": "a", "RequestPayer": "requester"})
    request = urllib.request.Request(url)
    if "x-amz-request-payer" not in url:
        request.add_header("x-amz-request-payer", "requester")
    assert urllib.request.urlopen(request).read() == b"content"
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(
            f"{endpoint}/{shared}/a", headers={"x-amz-request-payer": "requester"}))
    assert caught.value.code == 403


def test_tags_instead_of_deletes_then_a_lifecycle_by_tag(s3, bucket, advance):
    """Card 001.04 without Spark: files are tagged as deleted, and the lifecycle archives just those."""
    data = b"p" * (200 << 10)
    for key in ["live.parquet", "expired.parquet"]:
        s3.put_object(Bucket=bucket, Key=f"data/{key}", Body=data, Tagging="write-tag-name=created")
    tags = [{"Key": "delete-tag-name", "Value": "deleted"}, {"Key": "write-tag-name", "Value": "created"}]
    s3.put_object_tagging(Bucket=bucket, Key="data/expired.parquet", Tagging={"TagSet": tags})
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [{
        "ID": "archive", "Status": "Enabled", "Filter": {"Tag": tags[0]},
        "Transitions": [{"Days": 1, "StorageClass": "GLACIER_IR"}]}]})
    advance(2 * 86_400)
    classes = {e["Key"]: e["StorageClass"] for e in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert classes == {"data/expired.parquet": "GLACIER_IR", "data/live.parquet": "STANDARD"}
    assert s3.get_object(Bucket=bucket, Key="data/expired.parquet")["Body"].read() == data
    assert s3.get_object_tagging(Bucket=bucket, Key="data/expired.parquet")["TagSet"] == tags
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [{
        "ID": "remove", "Status": "Enabled", "Filter": {"Tag": tags[0]}, "Expiration": {"Days": 1}}]})
    advance(86_400)
    assert [e["Key"] for e in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["data/live.parquet"]


def test_a_busy_prefix_slows_down(server, client_for, bucket):
    """A share of the requests on one prefix gets 503 Slow Down; a client with retries gets through."""
    def fault(*words):
        done = subprocess.run(
            [str(tarn_server.binary()), "fault", *words, "--endpoint", server.endpoint], capture_output=True, text=True,
            timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    plain = client_for("s3", retries={"total_max_attempts": 1})
    patient = client_for("s3", retries={"total_max_attempts": 10, "mode": "standard"})
    plain.put_object(Bucket=bucket, Key="hot/a", Body=b"1")
    plain.put_object(Bucket=bucket, Key="cold/a", Body=b"1")
    fault("add", "slow-down", "--bucket", bucket, "--prefix", "hot/", "--count", "3")
    assert code_and_status(plain.get_object, Bucket=bucket, Key="hot/a") == ("SlowDown", 503)
    assert plain.get_object(Bucket=bucket, Key="cold/a")["Body"].read() == b"1"
    answer = patient.get_object(Bucket=bucket, Key="hot/a")
    assert answer["Body"].read() == b"1" and answer["ResponseMetadata"]["RetryAttempts"] == 2
    fault("clear")


def test_tags_decide_over_access_where_they_are_told_to(s3, iam, client_for, bucket, account, unique, eventually):
    user = unique("user")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": {
            "StringEquals": {"aws:ResourceTag/team": "${aws:username}"}}}]}))
    other = client_for("s3", iam.create_access_key(UserName=user)["AccessKey"])
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": user}]})
    assert s3.get_bucket_abac(Bucket=bucket)["AbacStatus"] == {"Status": "Disabled"}
    with pytest.raises(ClientError) as caught:
        other.list_objects_v2(Bucket=bucket)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    s3.put_bucket_abac(Bucket=bucket, AbacStatus={"Status": "Enabled"})
    assert s3.get_bucket_abac(Bucket=bucket)["AbacStatus"] == {"Status": "Enabled"}
    assert other.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    for call in (lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": []}),
                 lambda: s3.delete_bucket_tagging(Bucket=bucket)):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "InvalidRequest"
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_abac(Bucket=bucket, AbacStatus={"Status": "Perhaps"})
    assert caught.value.response["Error"]["Code"] == "MalformedXML"


def test_tags_at_creation_are_a_permission(iam, client_for, unique):
    user, name = unique("user"), unique("tagged")
    iam.create_user(UserName=user)
    other = client_for("s3", iam.create_access_key(UserName=user)["AccessKey"])
    tagged = {"Bucket": name, "CreateBucketConfiguration": {"Tags": [{"Key": "team", "Value": "red"}]}}

    def allow(*actions):
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": "*", "Condition": {
                "StringEquals": {"aws:RequestTag/team": "red"}}}]}))

    allow("s3:CreateBucket")
    with pytest.raises(ClientError) as caught:
        other.create_bucket(**tagged)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    allow("s3:CreateBucket", "s3:TagResource")
    other.create_bucket(**tagged)
