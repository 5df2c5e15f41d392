"""Multipart uploads of S3 through boto3."""

import hashlib
import uuid

import pytest
from botocore.exceptions import ClientError

PART = 5 << 20


@pytest.fixture
def bucket(s3):
    name = f"conf-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name)
    yield name
    for entry in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=entry["Key"])
    s3.delete_bucket(Bucket=name)


def begin(s3, bucket, bodies, **options):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big", **options)["UploadId"]
    parts = []
    for number, body in enumerate(bodies, 1):
        done = s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": done["ETag"]})
    return upload, parts


def test_complete(s3, bucket):
    bodies = [b"a" * PART, b"b" * 10]
    upload, parts = begin(s3, bucket, bodies)
    assert [entry["Size"] for entry in s3.list_parts(Bucket=bucket, Key="big", UploadId=upload)["Parts"]] == [PART, 10]
    assert s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["UploadId"] == upload
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    done = s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    digest = hashlib.md5(b"".join(hashlib.md5(body).digest() for body in bodies)).hexdigest()
    assert done["ETag"] == f'"{digest}-2"'
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == b"".join(bodies)
    second = s3.get_object(Bucket=bucket, Key="big", PartNumber=2)
    assert second["Body"].read() == bodies[1]
    assert second["PartsCount"] == 2


def test_refusals(s3, bucket):
    upload, parts = begin(s3, bucket, [b"a", b"b"])

    def complete(listed):
        with pytest.raises(ClientError) as caught:
            s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": listed})
        return caught.value.response["Error"]["Code"]

    assert complete(parts) == "EntityTooSmall"
    assert complete(list(reversed(parts))) == "InvalidPartOrder"
    assert complete([{"PartNumber": 7, "ETag": parts[0]["ETag"]}]) == "InvalidPart"
    s3.abort_multipart_upload(Bucket=bucket, Key="big", UploadId=upload)
    assert complete(parts) == "NoSuchUpload"


def test_copy_parts(s3, bucket):
    data = bytes(index % 253 for index in range(PART + 1000))
    s3.put_object(Bucket=bucket, Key="source", Body=data)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    parts = []
    for number, (first, last) in enumerate([(0, PART - 1), (PART, PART + 999)], 1):
        done = s3.upload_part_copy(
            Bucket=bucket,
            Key="big",
            UploadId=upload,
            PartNumber=number,
            CopySource={"Bucket": bucket, "Key": "source"},
            CopySourceRange=f"bytes={first}-{last}",
        )
        parts.append({"PartNumber": number, "ETag": done["CopyPartResult"]["ETag"]})
    s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == data
