"""Conditional requests, checksums, copies, keys and Regions of S3, edge by edge."""

import base64
import datetime
import hashlib
import zlib

import pytest
from botocore.exceptions import ClientError
from refusals import code_and_status, refusal

UTC = datetime.timezone.utc


def complete(s3, bucket, key, upload, *parts, **more):
    return s3.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": list(parts)}, **more)


def test_conditional_writes(s3, bucket):
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*") == ("PreconditionFailed", 412)
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfMatch='"0"') == ("PreconditionFailed", 412)
    assert code_and_status(s3.put_object, Bucket=bucket, Key="none", Body=b"2", IfMatch='"0"') == ("NoSuchKey", 404)
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch='"0"') == ("NotImplemented", 501)
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=first["ETag"])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2"


def test_conditional_completion(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(
        Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"part")["ETag"]}
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"first")
    with pytest.raises(ClientError) as caught:
        complete(s3, bucket, "k", upload, part, IfNoneMatch="*")
    assert caught.value.response["Error"]["Code"] == "PreconditionFailed"
    # The upload is still there.
    complete(s3, bucket, "k", upload, part, IfMatch=put["ETag"])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"part"


def test_conditional_deletes(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert code_and_status(s3.delete_object, Bucket=bucket, Key="k", IfMatch='"0"') == ("PreconditionFailed", 412)
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k", "ETag": '"0"'}]})
    assert answer["Errors"][0]["Code"] == "PreconditionFailed"
    s3.delete_object(Bucket=bucket, Key="k", IfMatch=put["ETag"])
    assert refusal(s3.head_object, Bucket=bucket, Key="k").status == 404


def test_conditional_reads(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    (before, after) = (modified - datetime.timedelta(hours=1), modified + datetime.timedelta(hours=1))
    s3.get_object(Bucket=bucket, Key="k", IfMatch=put["ETag"], IfUnmodifiedSince=before)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k", IfUnmodifiedSince=before) == ("PreconditionFailed", 412)
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k", IfMatch='"0"') == ("PreconditionFailed", 412)
    for arguments in [{"IfNoneMatch": put["ETag"]}, {"IfModifiedSince": after},
                      {"IfNoneMatch": put["ETag"], "IfModifiedSince": before}]:
        assert refusal(s3.get_object, Bucket=bucket, Key="k", **arguments).status == 304
    s3.get_object(Bucket=bucket, Key="k", IfNoneMatch='"0"', IfModifiedSince=after)


def test_ranges_of_the_same_object(s3, bucket):
    """If-Range: a part of what the client has already, else the whole (RFC 9110, section 13.1.5)."""
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]

    def status(**headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}

        def add(request, **_):
            for name, value in names.items():
                request.headers[name] = value

        s3.meta.events.register("before-sign.s3.GetObject", add, unique_id="if-range")
        try:
            return s3.get_object(Bucket=bucket, Key="k", Range="bytes=2-3")["ResponseMetadata"]["HTTPStatusCode"]
        finally:
            s3.meta.events.unregister("before-sign.s3.GetObject", unique_id="if-range")

    form = "%a, %d %b %Y %H:%M:%S GMT"
    assert status(If_Range=put["ETag"]) == status(If_Range=modified.strftime(form)) == 206
    for other in ('"0"', f'W/{put["ETag"]}', (modified - datetime.timedelta(hours=1)).strftime(form), "nonsense"):
        assert status(If_Range=other) == 200, other
    # The two forms of dates that HTTP had before.
    for form in ("%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"):
        assert status(If_Range=modified.strftime(form)) == 206, form


def test_conditional_copies(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    source = {"Bucket": bucket, "Key": "k"}
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    (before, after) = (modified - datetime.timedelta(hours=1), modified + datetime.timedelta(hours=1))
    for bad in [{"CopySourceIfMatch": '"0"'}, {"CopySourceIfNoneMatch": put["ETag"]},
                {"CopySourceIfModifiedSince": after}, {"CopySourceIfUnmodifiedSince": before}]:
        assert code_and_status(s3.copy_object, Bucket=bucket, Key="c", CopySource=source, **bad) == ("PreconditionFailed", 412)
    s3.copy_object(Bucket=bucket, Key="c", CopySource=source, CopySourceIfMatch=put["ETag"],
                   CopySourceIfUnmodifiedSince=before)


def test_checksums_of_uploads(s3, bucket):
    big = b"a" * (5 << 20)
    for algorithm, kind in [("CRC32", "FULL_OBJECT"), ("CRC32", "COMPOSITE"), ("SHA256", "COMPOSITE"), ("SHA1", "COMPOSITE")]:
        upload = s3.create_multipart_upload(
            Bucket=bucket, Key="m", ChecksumAlgorithm=algorithm, ChecksumType=kind)["UploadId"]
        parts = []
        for number, data in enumerate([big, b"tail"], 1):
            part = s3.upload_part(
                Bucket=bucket, Key="m", UploadId=upload, PartNumber=number, Body=data, ChecksumAlgorithm=algorithm)
            parts.append({"PartNumber": number, "ETag": part["ETag"], f"Checksum{algorithm}": part[f"Checksum{algorithm}"]})
        done = complete(s3, bucket, "m", upload, *parts)
        assert done["ChecksumType"] == kind
        attributes = s3.get_object_attributes(
            Bucket=bucket, Key="m", ObjectAttributes=["Checksum", "ObjectParts", "ETag", "ObjectSize", "StorageClass"])
        assert attributes["Checksum"][f"Checksum{algorithm}"] == done[f"Checksum{algorithm}"]
        assert attributes["ObjectParts"]["TotalPartsCount"] == 2
        if kind == "COMPOSITE":
            assert [part["Size"] for part in attributes["ObjectParts"]["Parts"]] == [5 << 20, 4]
            assert done[f"Checksum{algorithm}"].endswith("-2")
        else:
            whole = zlib.crc32(big + b"tail").to_bytes(4, "big")
            assert done["ChecksumCRC32"] == base64.b64encode(whole).decode()
    piece = s3.get_object(Bucket=bucket, Key="m", PartNumber=2)
    assert (piece["Body"].read(), piece["PartsCount"], piece["ContentRange"]) == (
        b"tail", 2, f"bytes {5 << 20}-{(5 << 20) + 3}/{(5 << 20) + 4}")
    assert code_and_status(s3.get_object, Bucket=bucket, Key="m", PartNumber=3) == ("InvalidPartNumber", 416)
    copied = s3.copy_object(
        Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "m"}, ChecksumAlgorithm="SHA256")
    digest = base64.b64encode(hashlib.sha256(big + b"tail").digest()).decode()
    assert copied["CopyObjectResult"]["ChecksumSHA256"] == digest
    assert code_and_status(
        s3.create_multipart_upload, Bucket=bucket, Key="m", ChecksumAlgorithm="SHA256",
        ChecksumType="FULL_OBJECT") == ("InvalidRequest", 400)


def test_wrong_checksums(s3, bucket):
    good = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ChecksumSHA256=good)
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"y", ChecksumSHA256=good) == ("BadDigest", 400)
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"y", ChecksumSHA256="short") == ("InvalidRequest", 400)
    md5 = base64.b64encode(hashlib.md5(b"x").digest()).decode()
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"y", ContentMD5=md5) == ("BadDigest", 400)
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"y", ContentMD5="nonsense") == ("InvalidDigest", 400)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_copy_directives(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", ContentType="text/a", Metadata={"a": "1"}, Tagging="t=1",
                  CacheControl="no-store")
    source = {"Bucket": bucket, "Key": "k"}
    for metadata in ("COPY", "REPLACE"):
        for tagging in ("COPY", "REPLACE"):
            more = {}
            if metadata == "REPLACE":
                more |= {"Metadata": {"b": "2"}, "ContentType": "text/b"}
            if tagging == "REPLACE":
                more["Tagging"] = "u=2"
            s3.copy_object(Bucket=bucket, Key="c", CopySource=source, MetadataDirective=metadata, TaggingDirective=tagging, **more)
            got = s3.head_object(Bucket=bucket, Key="c")
            assert (got["Metadata"], got["ContentType"]) == (
                ({"a": "1"}, "text/a") if metadata == "COPY" else ({"b": "2"}, "text/b"))
            assert ("CacheControl" in got) == (metadata == "COPY")
            tags = s3.get_object_tagging(Bucket=bucket, Key="c")["TagSet"]
            assert tags == [{"Key": "t", "Value": "1"} if tagging == "COPY" else {"Key": "u", "Value": "2"}]
    assert code_and_status(s3.copy_object, Bucket=bucket, Key="k", CopySource=source) == ("InvalidRequest", 400)
    s3.copy_object(Bucket=bucket, Key="k", CopySource=source, MetadataDirective="REPLACE", Metadata={"c": "3"})
    s3.copy_object(Bucket=bucket, Key="k", CopySource=source, StorageClass="STANDARD_IA")
    assert s3.head_object(Bucket=bucket, Key="k")["StorageClass"] == "STANDARD_IA"


def test_metadata_limit(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"a": "x" * 2047})
    assert code_and_status(s3.put_object, Bucket=bucket, Key="k", Body=b"", Metadata={"a": "x" * 2048}) == ("MetadataTooLarge", 400)


@pytest.mark.parametrize("key", [
    "a//b", "/lead", "//", ".", "..", "./a", "../a", "a/./b", "a/../../b", "a b+c%20d", "ü/日本/😀", "é", "q?x=1&y#z",
    "%2F", "tab\tkey", "<&>\"'", "k" * 1024, "ü" * 512, "trailing/", " lead", "trail ", "\\", "a:b;c,d=e@f$g!h*i(j)k",
])
def test_any_key(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=key)["Contents"]] == [key]
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == key.encode()
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}, {"Key": "copy"}]})
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_keys_that_are_too_long(s3, bucket):
    for key in ("k" * 1025, "ü" * 513):
        assert code_and_status(s3.put_object, Bucket=bucket, Key=key, Body=b"") == ("KeyTooLongError", 400)


def test_delete_many(s3, bucket):
    for number in range(3):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=b"")
    loud = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k0"}, {"Key": "none"}]})
    assert [entry["Key"] for entry in loud["Deleted"]] == ["k0", "none"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={
        "Objects": [{"Key": "k1"}, {"Key": "k2", "VersionId": "nonsense"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert [(entry["Key"], entry["Code"]) for entry in quiet["Errors"]] == [("k2", "InvalidArgument")]
    many = [{"Key": f"x{number}"} for number in range(1001)]
    assert code_and_status(s3.delete_objects, Bucket=bucket, Delete={"Objects": many}) == ("MalformedXML", 400)
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": many[:1000]})["Deleted"]) == 1000


def test_null_versions(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"null")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == b"null"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"new null")
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [entry["VersionId"] for entry in versions] == ["null", second]
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert (marker["DeleteMarker"], marker["VersionId"]) == (True, "null")
    listing = s3.list_object_versions(Bucket=bucket)
    assert [entry["VersionId"] for entry in listing["Versions"]] == [second]
    assert [entry["VersionId"] for entry in listing["DeleteMarkers"]] == ["null"]
    with pytest.raises(ClientError) as caught:
        s3.head_object(Bucket=bucket, Key="k")
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    assert code_and_status(s3.get_object, Bucket=bucket, Key="k", VersionId="null") == ("MethodNotAllowed", 405)
    where = {"Bucket": bucket, "Key": "k", "VersionId": "null"}
    for method, call, more in (
        ("GET", s3.get_object, {}), ("GET", s3.get_object_tagging, {}), ("DELETE", s3.delete_object_tagging, {}),
        ("PUT", s3.put_object_tagging, {"Tagging": {"TagSet": []}}),
    ):
        with pytest.raises(ClientError) as caught:
            call(**where, **more)
        error = caught.value.response["Error"]
        assert (error["Code"], error["Method"], error["ResourceType"]) == ("MethodNotAllowed", method, "DeleteMarker")
    s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2"


def test_mfa_delete(s3, iam, client_for, bucket, unique):
    import hmac
    import struct
    import time
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=unique("mfa"))["VirtualMFADevice"]
    seed = base64.b32decode(device["Base32StringSeed"])

    def codes():
        now = s3.meta.events and int(time.time())
        for step in range(now // 30 - 1, now // 30 + 2):
            digest = hmac.new(seed, struct.pack(">Q", step), hashlib.sha1).digest()
            offset = digest[-1] & 15
            yield f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"

    assert code_and_status(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={
        "Status": "Enabled", "MFADelete": "Enabled"}) == ("AccessDenied", 403)
    assert code_and_status(s3.put_bucket_versioning, Bucket=bucket, MFA=f"{device['SerialNumber']} 000000x", VersioningConfiguration={
        "Status": "Enabled", "MFADelete": "Enabled"}) == ("AccessDenied", 403)


def test_listing_order_and_pages(s3, bucket):
    keys = ["a", "a/b", "a/b/c", "a0", "b", "b/1", "b/2", "c//d", "ä", "😀", "z", "Z"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    ordered = sorted(keys, key=lambda key: key.encode())
    for size in (1, 2, 5, 1000):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
        assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == ordered
        pages = s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
        assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == ordered
        pages = list(s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}))
        assert [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])] == ["a/", "b/", "c/"]
        assert [entry["Key"] for page in pages for entry in page.get("Contents", [])] == [
            key for key in ordered if "/" not in key]
        assert all(page["KeyCount"] <= size for page in pages)
    assert s3.list_objects_v2(Bucket=bucket, StartAfter="b/1", MaxKeys=1)["Contents"][0]["Key"] == "b/2"
    assert "Owner" not in s3.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert "Owner" in s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]
    assert [entry["Prefix"] for entry in s3.list_objects_v2(
        Bucket=bucket, Prefix="c/", Delimiter="/")["CommonPrefixes"]] == ["c//"]
    assert [entry["Prefix"] for entry in s3.list_objects_v2(
        Bucket=bucket, Delimiter="b")["CommonPrefixes"]] == ["a/b", "b"]
    assert code_and_status(s3.list_objects_v2, Bucket=bucket, ContinuationToken="nonsense") == ("InvalidArgument", 400)
    empty = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert (empty["KeyCount"], empty["IsTruncated"]) == (0, False)


def test_regions(s3, client_for, unique):
    frankfurt = client_for("s3", region="eu-central-1")
    name = unique("regional")
    assert code_and_status(frankfurt.create_bucket, Bucket=name) == ("IllegalLocationConstraintException", 400)
    assert code_and_status(frankfurt.create_bucket, Bucket=name, CreateBucketConfiguration={
        "LocationConstraint": "eu-west-1"}) == ("IllegalLocationConstraintException", 400)
    assert code_and_status(s3.create_bucket, Bucket=name, CreateBucketConfiguration={
        "LocationConstraint": "nowhere"}) == ("InvalidLocationConstraint", 400)
    frankfurt.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    frankfurt.put_object(Bucket=name, Key="k", Body=b"x")
    # The SDK follows the redirect; the wire shows it.
    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"x"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-central-1"
    assert frankfurt.head_bucket(Bucket=name)["BucketRegion"] == "eu-central-1"
    assert [found["Name"] for found in frankfurt.list_buckets(BucketRegion="eu-central-1")["Buckets"]] == [name]
    for region in ("eu-central-1", "nowhere"):
        with pytest.raises(ClientError, match="must be made to the corresponding regional endpoint") as caught:
            s3.list_buckets(BucketRegion=region)
        error = caught.value.response["Error"]
        assert (error["Code"], error["ArgumentName"]) == ("InvalidArgument", "bucket-region")
    frankfurt.delete_object(Bucket=name, Key="k")
    frankfurt.delete_bucket(Bucket=name)
