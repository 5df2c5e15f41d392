"""Objects and buckets of S3 through boto3, cases from AWS's documentation."""

import hashlib
import urllib.parse
import uuid

import pytest
from refusals import code_and_status, refusal


@pytest.fixture
def bucket(s3):
    name = f"conf-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name)
    yield name
    versions = s3.list_object_versions(Bucket=name)
    for entry in versions.get("Versions", []) + versions.get("DeleteMarkers", []):
        s3.delete_object(Bucket=name, Key=entry["Key"], VersionId=entry["VersionId"])
    s3.delete_bucket(Bucket=name)


@pytest.mark.parametrize("size", [0, 1, 1024, 65536, 65537, 3 << 20])
def test_round_trip(s3, bucket, size):
    data = bytes(index * 7 % 251 for index in range(size))
    put = s3.put_object(Bucket=bucket, Key="k", Body=data, Metadata={"Colour": "blue"}, ContentType="text/plain")
    assert put["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["Body"].read() == data
    assert got["Metadata"] == {"colour": "blue"}
    assert got["ContentType"] == "text/plain"
    assert got["ChecksumType"] == "FULL_OBJECT"
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == size


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_checksums(s3, bucket, algorithm):
    if algorithm in ("CRC32C", "CRC64NVME"):
        pytest.importorskip("awscrt")
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"hello", ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
    assert got["Body"].read() == b"hello"


@pytest.mark.parametrize("key", ["a//b", "/lead", "a b+c", "ü/日本", "a/./b", "a/../b", "q?x=1&y", "%41", "k" * 1024])
def test_keys(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x"
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]


def test_ranges(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="k", Range="bytes=2-4")
    assert got["Body"].read() == b"234"
    assert got["ContentRange"] == "bytes 2-4/10"
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=-3")["Body"].read() == b"789"
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k", Range="bytes=10-") == ("InvalidRange", 416)


def test_conditions(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k", IfMatch='"0"') == ("PreconditionFailed", 412)
    assert refusal(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag).status == 304
    assert refusal(s3.head_object, Bucket=bucket, Key="k", IfNoneMatch=etag).status == 304
    s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)


def test_missing(s3, bucket):
    assert code_and_status(s3.get_object, Bucket=bucket, Key="none") == ("NoSuchKey", 404)
    assert code_and_status(s3.head_object, Bucket=bucket, Key="none") == ("404", 404)
    assert code_and_status(s3.list_objects_v2, Bucket=f"none-{uuid.uuid4().hex}") == ("NoSuchBucket", 404)
    s3.delete_object(Bucket=bucket, Key="none")


def test_bad_digest_changes_nothing(s3, bucket):
    wrong = "1B2M2Y8AsgTpgAmY7PhCfg=="
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ContentMD5=wrong) == ("BadDigest", 400)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k") == ("NoSuchKey", 404)


def test_listing(s3, bucket):
    keys = ["a/1", "a/2", "b", "c/1", "d e"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    page = s3.list_objects_v2(Bucket=bucket, Delimiter="/", MaxKeys=2)
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["a/"]
    assert [entry["Key"] for entry in page["Contents"]] == ["b"]
    page = s3.list_objects_v2(Bucket=bucket, Delimiter="/", ContinuationToken=page["NextContinuationToken"])
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["c/"]
    assert [entry["Key"] for entry in page["Contents"]] == ["d e"]
    first = s3.list_objects(Bucket=bucket, MaxKeys=3)
    assert first["IsTruncated"]
    rest = s3.list_objects(Bucket=bucket, Marker=first["Contents"][-1]["Key"])
    assert [entry["Key"] for entry in first["Contents"] + rest["Contents"]] == keys


def test_versions(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    one = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"]
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k") == ("NoSuchKey", 404)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k", VersionId=marker["VersionId"]) == ("MethodNotAllowed", 405)
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=one)["Body"].read() == b"1"
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == b"0"
    listed = s3.list_object_versions(Bucket=bucket)
    assert [entry["VersionId"] for entry in listed["Versions"]] == [one, "null"]
    assert listed["DeleteMarkers"][0]["IsLatest"]
    assert code_and_status(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", 409)


def test_copy_and_tags(s3, bucket):
    tags = urllib.parse.urlencode({"team": "lake", "a b": "c+d"})
    s3.put_object(Bucket=bucket, Key="from x", Body=b"x" * 100_000, Tagging=tags, Metadata={"m": "1"})
    s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from x"})
    s3.delete_object(Bucket=bucket, Key="from x")
    got = s3.get_object(Bucket=bucket, Key="to")
    assert got["Body"].read() == b"x" * 100_000
    assert got["Metadata"] == {"m": "1"}
    found = {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=bucket, Key="to")["TagSet"]}
    assert found == {"team": "lake", "a b": "c+d"}
    many = {"TagSet": [{"Key": str(index), "Value": ""} for index in range(11)]}
    assert code_and_status(s3.put_object_tagging, Bucket=bucket, Key="to", Tagging=many) == ("BadRequest", 400)
    source = {"Bucket": bucket, "Key": "to"}
    assert code_and_status(s3.copy_object, Bucket=bucket, Key="to", CopySource=source) == ("InvalidRequest", 400)


def test_delete_objects(s3, bucket):
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "none"}]})
    assert [entry["Key"] for entry in done["Deleted"]] == ["a", "b", "none"]
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_bucket_refusals(s3, bucket):
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    s3.create_bucket(Bucket=bucket)
    assert code_and_status(s3.get_bucket_policy, Bucket=bucket) == ("NoSuchBucketPolicy", 404)
    assert code_and_status(s3.get_bucket_tagging, Bucket=bucket) == ("NoSuchTagSet", 404)
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"", ACL="public-read") == (
        "AccessControlListNotSupported",
        400,
    )
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"", Metadata={"m": "x" * 2049}) == (
        "MetadataTooLarge",
        400,
    )
