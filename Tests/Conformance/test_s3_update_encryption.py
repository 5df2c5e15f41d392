"""UpdateObjectEncryption: another key for an object that stays what it is."""

import datetime
import json
import os

import pytest
from refusals import code_and_status, refusal

FRIEND = "333333333333"
PART = 5 << 20
SHOWN = ("ETag", "LastModified", "ContentLength", "ContentType", "Metadata", "VersionId", "ChecksumCRC32", "ChecksumType")


def wish(key, **more):
    return {"ObjectEncryption": {"SSEKMS": {"KMSKeyArn": key, **more}}}


@pytest.fixture(scope="module")
def kms(client_for):
    return client_for("kms")


@pytest.fixture(scope="module")
def keys(kms):
    return [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]


@pytest.mark.parametrize("size", [0, 10, 5_000, 300_000])
def test_the_object_stays_what_it_is(s3, kms, keys, bucket, size):
    body = os.urandom(size)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, ContentType="text/x", Metadata={"a": "b"}, Tagging="t=1")
    s3.put_object(Bucket=bucket, Key="k", Body=b"newer")
    place = {"Bucket": bucket, "Key": "k", "VersionId": put["VersionId"]}
    before = s3.head_object(**place, ChecksumMode="ENABLED")
    for key, bucket_key in ((keys[0], False), (keys[1], True)):
        s3.update_object_encryption(**place, **wish(key, BucketKeyEnabled=bucket_key))
        after = s3.head_object(**place, ChecksumMode="ENABLED")
        assert (after["ServerSideEncryption"], after["SSEKMSKeyId"]) == ("aws:kms", key)
        assert after.get("BucketKeyEnabled", False) is bucket_key
        assert {name: after[name] for name in SHOWN} == {name: before[name] for name in SHOWN}
        assert s3.get_object(**place)["Body"].read() == body
    assert s3.get_object_tagging(**place)["TagSet"] == [{"Key": "t", "Value": "1"}]
    # The other version is as it was, and the first key is no longer needed.
    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "AES256"
    kms.disable_key(KeyId=keys[0])
    try:
        assert s3.get_object(**place)["Body"].read() == body
    finally:
        kms.enable_key(KeyId=keys[0])


def test_parts_stay_parts_and_archives_archived(s3, keys, bucket):
    bodies = [os.urandom(PART), os.urandom(70_000)]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", StorageClass="GLACIER", ChecksumAlgorithm="SHA256")["UploadId"]
    done = []
    for number, body in enumerate(bodies, 1):
        part = s3.upload_part(
            Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
        done.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    made = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": done})
    asked = {"Bucket": bucket, "Key": "k", "ObjectAttributes": ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]}
    before = s3.get_object_attributes(**asked)
    s3.update_object_encryption(Bucket=bucket, Key="k", **wish(keys[0]))
    after = s3.get_object_attributes(**asked)
    for answer in (before, after):
        del answer["ResponseMetadata"]
    assert after == before and f'"{after["ETag"]}"' == made["ETag"] and after["StorageClass"] == "GLACIER"
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k") == ("InvalidObjectState", 403)


def test_copies_that_share_bytes_are_not_touched(s3, keys, bucket):
    body = os.urandom(200_000)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"})
    s3.update_object_encryption(Bucket=bucket, Key="k", **wish(keys[0]))
    s3.delete_object(Bucket=bucket, Key="k")
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == body


def test_what_is_refused(s3, client_for, keys, bucket, unique):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    place = {"Bucket": bucket, "Key": "k"}
    assert code_and_status(s3.update_object_encryption, Bucket=bucket, Key="none", **wish(keys[0])) == ("NoSuchKey", 404)
    for wrong in (f"alias/{unique('alias')}-of-some-length", keys[0].split("/")[1], keys[0].replace(":key/", ":alias/")):
        assert code_and_status(s3.update_object_encryption, **place, **wish(wrong)) == ("InvalidRequest", 400), wrong
    foreign = client_for("kms", FRIEND).create_key()["KeyMetadata"]["Arn"]
    assert code_and_status(s3.update_object_encryption, **place, **wish(foreign)) == ("AccessDenied", 403)
    missing = keys[0][:-4] + "0000"
    assert refusal(s3.update_object_encryption, **place, **wish(missing)).code == "KMS.NotFoundException"
    customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}
    s3.put_object(Bucket=bucket, Key="customer", Body=b"x", **customer)
    assert code_and_status(s3.update_object_encryption, Bucket=bucket, Key="customer", **wish(keys[0])) == ("InvalidRequest", 400)
    s3.put_object(Bucket=bucket, Key="dsse", Body=b"x", ServerSideEncryption="aws:kms:dsse", SSEKMSKeyId=keys[0])
    assert code_and_status(s3.update_object_encryption, Bucket=bucket, Key="dsse", **wish(keys[1])) == ("InvalidRequest", 400)
    assert s3.head_object(**place)["ServerSideEncryption"] == "AES256"
    locked = unique("locked")
    s3.create_bucket(Bucket=locked, ObjectLockEnabledForBucket=True)
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=400)
    s3.put_object(Bucket=locked, Key="k", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)
    assert code_and_status(s3.update_object_encryption, Bucket=locked, Key="k", **wish(keys[0])) == ("AccessDenied", 403)


def test_who_may(s3, iam, client_for, keys, bucket, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    theirs = client_for("s3", iam.create_access_key(UserName=name)["AccessKey"])
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    def allow(*actions):
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}))

    allow("s3:PutObject", "s3:GetObject", "kms:*")
    assert code_and_status(theirs.update_object_encryption, Bucket=bucket, Key="k", **wish(keys[0])) == ("AccessDenied", 403)
    allow("s3:UpdateObjectEncryption")
    assert code_and_status(theirs.update_object_encryption, Bucket=bucket, Key="k", **wish(keys[0])) == ("AccessDenied", 403)
    allow("s3:UpdateObjectEncryption", "kms:GenerateDataKey", "kms:Decrypt")
    theirs.update_object_encryption(Bucket=bucket, Key="k", **wish(keys[0]))
