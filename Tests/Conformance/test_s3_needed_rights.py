"""Requests that need more than the one permission that they are named after."""

import json

import pytest
from refusals import code_and_status, code_of, is_allowed

COPY = ["s3:GetObject", "s3:PutObject"]
TAGS = ["s3:GetObjectTagging", "s3:PutObjectTagging"]


@pytest.fixture
def who_may(iam, client_for, unique):
    """who_may(actions...): an S3 client of a user with these permissions and no others."""

    def make(*actions):
        name = unique("user")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}))
        return client_for("s3", iam.create_access_key(UserName=name)["AccessKey"])

    return make


@pytest.mark.parametrize("missing", TAGS)
def test_tags_that_a_copy_takes_along_are_read_and_set(s3, bucket, who_may, missing):
    """https://repost.aws/knowledge-center/s3-troubleshoot-copy-between-buckets: both permissions are needed."""
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"x", Tagging="public=true")
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": {"Bucket": bucket, "Key": "tagged"}}
    client = who_may(*COPY, *(action for action in TAGS if action != missing))
    assert code_and_status(client.copy_object, **copy) == ("AccessDenied", 403)
    # An object without tags, and a copy that leaves them behind, need neither.
    assert is_allowed(client.copy_object, **{**copy, "CopySource": {"Bucket": bucket, "Key": "plain"}})
    assert is_allowed(client.copy_object, **copy, TaggingDirective="REPLACE")
    assert is_allowed(who_may(*COPY, *TAGS).copy_object, **copy)
    assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == [{"Key": "public", "Value": "true"}]


def test_a_version_is_read_with_permissions_of_its_own(s3, bucket, who_may):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=b")["VersionId"]
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": {"Bucket": bucket, "Key": "k", "VersionId": version}}
    assert not is_allowed(who_may("s3:GetObjectVersion", "s3:PutObject", *TAGS).copy_object, **copy)
    assert is_allowed(who_may(
        "s3:GetObjectVersion", "s3:PutObject", "s3:GetObjectVersionTagging", "s3:PutObjectTagging").copy_object, **copy)


def test_who_compares_an_etag_before_writing_must_be_let_read(s3, bucket, who_may):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""
    tag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    client, reader = who_may("s3:PutObject"), who_may("s3:PutObject", "s3:GetObject")
    assert not is_allowed(client.put_object, Bucket=bucket, Key="k", Body=b"y", IfMatch=tag)
    begun = client.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = client.upload_part(Bucket=bucket, Key="k", UploadId=begun, PartNumber=1, Body=b"z")["ETag"]
    whole = {"UploadId": begun, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part}]}}
    assert not is_allowed(client.complete_multipart_upload, Bucket=bucket, Key="k", IfMatch=tag, **whole)
    assert is_allowed(client.put_object, Bucket=bucket, Key="new", Body=b"y", IfNoneMatch="*")
    tag = reader.complete_multipart_upload(Bucket=bucket, Key="k", IfMatch=tag, **whole)["ETag"]
    assert is_allowed(reader.put_object, Bucket=bucket, Key="k", Body=b"x", IfMatch=tag)


def test_who_compares_an_etag_before_deleting_must_be_let_read(s3, bucket, who_may):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html"""
    tag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    client = who_may("s3:DeleteObject")
    assert code_of(client.delete_object, Bucket=bucket, Key="k", IfMatch=tag) == "AccessDenied"
    [error] = client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k", "ETag": tag}]})["Errors"]
    assert error["Code"] == "AccessDenied"
    assert is_allowed(client.delete_object, Bucket=bucket, Key="k", IfMatch="*")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert is_allowed(who_may("s3:DeleteObject", "s3:GetObject").delete_object, Bucket=bucket, Key="k", IfMatch=tag)
