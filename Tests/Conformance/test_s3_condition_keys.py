"""S3's own condition keys: each denies one request of a user who may do everything else."""

import json
import urllib.error
import urllib.request

import pytest
from refusals import is_allowed


@pytest.fixture
def user(iam, client_for, unique):
    """user(condition): an S3 client of a user who may do everything but under the condition."""

    def make(condition):
        name = unique("user")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition}]}))
        return client_for("s3", iam.create_access_key(UserName=name)["AccessKey"])

    return make


PUTS = [
    ("s3:x-amz-storage-class", "STANDARD_IA", {"StorageClass": "STANDARD_IA"}),
    ("s3:x-amz-acl", "bucket-owner-full-control", {"ACL": "bucket-owner-full-control"}),
    ("s3:x-amz-website-redirect-location", "/x", {"WebsiteRedirectLocation": "/x"}),
    ("s3:x-amz-server-side-encryption", "AES256", {"ServerSideEncryption": "AES256"}),
    ("s3:x-amz-server-side-encryption-customer-algorithm", "AES256",
     {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}),
    ("s3:if-none-match", "*", {"IfNoneMatch": "*"}),
]


@pytest.mark.parametrize(("key", "value", "given"), PUTS, ids=[entry[0] for entry in PUTS])
def test_puts(user, bucket, key, value, given):
    client = user({"StringEquals": {key: value}})
    assert is_allowed(client.put_object, Bucket=bucket, Key="plain", Body=b"x")
    assert not is_allowed(client.put_object, Bucket=bucket, Key="k", Body=b"x", **given)


def test_copies(user, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    client = user({"StringLike": {"s3:x-amz-copy-source": f"{bucket}/a*"}})
    s3.put_object(Bucket=bucket, Key="b", Body=b"x")
    assert is_allowed(client.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/b")
    assert not is_allowed(client.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/a")
    client = user({"StringEquals": {"s3:x-amz-metadata-directive": "REPLACE"}})
    assert is_allowed(client.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/a")
    assert not is_allowed(
        client.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/a", MetadataDirective="REPLACE")


def test_listings(user, bucket):
    for condition, harmless, denied in (
        ({"StringNotEquals": {"s3:prefix": "own/"}}, {"Prefix": "own/"}, {"Prefix": "other/"}),
        ({"StringEquals": {"s3:delimiter": "/"}}, {}, {"Delimiter": "/"}),
        ({"NumericGreaterThan": {"s3:max-keys": "10"}}, {"MaxKeys": 10}, {"MaxKeys": 11}),
    ):
        client = user(condition)
        assert is_allowed(client.list_objects_v2, Bucket=bucket, **harmless)
        assert not is_allowed(client.list_objects_v2, Bucket=bucket, **denied)


def test_versions(user, s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first, second = (s3.put_object(Bucket=bucket, Key="k", Body=body)["VersionId"] for body in (b"1", b"2"))
    client = user({"StringEquals": {"s3:VersionId": first}})
    assert is_allowed(client.get_object, Bucket=bucket, Key="k", VersionId=second)
    assert not is_allowed(client.get_object, Bucket=bucket, Key="k", VersionId=first)


def test_accounts_and_places(user, account, bucket, unique):
    client = user({"StringEquals": {"s3:ResourceAccount": account}})
    assert not is_allowed(client.list_objects_v2, Bucket=bucket)
    client = user({"StringEquals": {"s3:locationconstraint": "eu-west-1"}})
    assert not is_allowed(
        client.create_bucket, Bucket=unique("far"), CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client = user({"StringEquals": {"s3:x-amz-object-ownership": "ObjectWriter"}})
    assert not is_allowed(client.create_bucket, Bucket=unique("owned"), ObjectOwnership="ObjectWriter")


def test_how_a_request_is_signed(user, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    def status(client):
        try:
            with urllib.request.urlopen(client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    client = user({"StringEquals": {"s3:authType": "REST-QUERY-STRING"}})
    assert is_allowed(client.get_object, Bucket=bucket, Key="k") and status(client) == 403
    client = user({"StringEquals": {"s3:authType": "REST-HEADER"}})
    assert not is_allowed(client.get_object, Bucket=bucket, Key="k") and status(client) == 200
    client = user({"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}})
    assert not is_allowed(client.get_object, Bucket=bucket, Key="k")
    client = user({"NumericGreaterThanEquals": {"s3:signatureAge": "0"}})
    assert not is_allowed(client.get_object, Bucket=bucket, Key="k")
    client = user({"Null": {"s3:x-amz-content-sha256": "false"}})
    assert not is_allowed(client.get_object, Bucket=bucket, Key="k")
