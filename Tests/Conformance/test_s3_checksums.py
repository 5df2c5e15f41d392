"""The ten checksum algorithms of S3: by header, by trailer, of parts, of copies, and wrong ones."""

import base64
import hashlib
import io

import pytest
from raw_http import Request, told
from refusals import code_and_message, refusal

crt = pytest.importorskip("awscrt.checksums", reason="botocore needs awscrt for CRC32C, CRC64NVME and xxHash")

CRC = ["CRC32", "CRC32C", "CRC64NVME"]
COMPOSITE = ["CRC32", "CRC32C", "SHA1", "SHA256", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"]
# botocore computes all but MD5 by itself.
ALL = [*COMPOSITE, "CRC64NVME"]
PART = 5 << 20


def big_endian(value, size):
    return value.to_bytes(size, "big")


def checksum(algorithm, data):
    """As other libraries compute it."""
    computed = {
        "CRC32": lambda: big_endian(crt.crc32(data), 4), "CRC32C": lambda: big_endian(crt.crc32c(data), 4),
        "CRC64NVME": lambda: big_endian(crt.crc64nvme(data), 8), "SHA1": lambda: hashlib.sha1(data).digest(),
        "SHA256": lambda: hashlib.sha256(data).digest(), "SHA512": lambda: hashlib.sha512(data).digest(),
        "MD5": lambda: hashlib.md5(data).digest(), "XXHASH64": lambda: crt.XXHash.compute_xxhash64(data),
        "XXHASH3": lambda: crt.XXHash.compute_xxhash3_64(data), "XXHASH128": lambda: crt.XXHash.compute_xxhash3_128(data),
    }[algorithm]()
    return base64.b64encode(computed).decode()


@pytest.mark.parametrize("algorithm", [*ALL, "MD5"])
def test_a_checksum_in_the_header(s3, bucket, algorithm):
    member = f"Checksum{algorithm}"
    for data in (b"", b"a", b"some text that is longer than sixteen bytes", bytes(range(256)) * 300):
        put = s3.put_object(Bucket=bucket, Key="k", Body=data, **{member: checksum(algorithm, data)})
        assert put[member] == checksum(algorithm, data) and put["ChecksumType"] == "FULL_OBJECT"
        shown = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
        assert shown[member] == checksum(algorithm, data)
    wrong = checksum(algorithm, b"other")
    code, message = code_and_message(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **{member: wrong})
    assert (code, message) == ("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
    code, message = code_and_message(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **{member: "AAAA"})
    assert (code, message) == ("InvalidRequest", f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == bytes(range(256)) * 300


@pytest.mark.parametrize("algorithm", ALL)
def test_a_checksum_in_the_trailer_and_on_the_way_back(client_for, s3, bucket, algorithm):
    # Unsigned payloads in chunks have their checksum behind them.
    signer = client_for("s3", s3={"payload_signing_enabled": False, "addressing_style": "path"})
    data = b"trailing" * 9_000
    put = signer.put_object(Bucket=bucket, Key="k", Body=io.BytesIO(data), ChecksumAlgorithm=algorithm)
    assert put[f"Checksum{algorithm}"] == checksum(algorithm, data)
    # botocore holds the bytes against the header.
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got[f"Checksum{algorithm}"] == checksum(algorithm, data) and got["Body"].read() == data
    [listed] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert listed["ChecksumAlgorithm"] == [algorithm]
    copied = s3.copy_object(
        Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"}, ChecksumAlgorithm="SHA512")["CopyObjectResult"]
    assert copied["ChecksumSHA512"] == checksum("SHA512", data)


@pytest.mark.parametrize("algorithm", [*COMPOSITE, "MD5"])
def test_composite_checksums(s3, bucket, algorithm):
    member, parts = f"Checksum{algorithm}", [b"a" * PART, b"b" * 10]
    begun = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm)
    assert (begun["ChecksumAlgorithm"], begun["ChecksumType"]) == (algorithm, "COMPOSITE")
    done = []
    for number, part in enumerate(parts, 1):
        sent = s3.upload_part(Bucket=bucket, Key="k", UploadId=begun["UploadId"], PartNumber=number, Body=part,
                              **{member: checksum(algorithm, part)})
        done.append({"PartNumber": number, "ETag": sent["ETag"], member: sent[member]})
    listed = s3.list_parts(Bucket=bucket, Key="k", UploadId=begun["UploadId"])
    assert [part[member] for part in listed["Parts"]] == [checksum(algorithm, part) for part in parts]
    whole = checksum(algorithm, b"".join(base64.b64decode(checksum(algorithm, part)) for part in parts)) + "-2"
    complete = s3.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=begun["UploadId"], MultipartUpload={"Parts": done})
    assert (complete[member], complete["ChecksumType"]) == (whole, "COMPOSITE")
    shown = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectParts"])
    assert shown["Checksum"] == {member: whole, "ChecksumType": "COMPOSITE"}
    assert [part[member] for part in shown["ObjectParts"]["Parts"]] == [checksum(algorithm, part) for part in parts]


def test_which_types_an_upload_may_have(s3, bucket):
    for algorithm in ("SHA512", "MD5", "XXHASH3"):
        assert refusal(s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm,
                       ChecksumType="FULL_OBJECT").code == "InvalidRequest"
    assert refusal(s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumAlgorithm="CRC64NVME",
                   ChecksumType="COMPOSITE").code == "InvalidRequest"
    for algorithm in CRC:
        s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT")


def test_an_upload_without_a_wish_gets_the_usual_checksum(s3, bucket):
    """Whatever vouched for the parts (boto3 sends CRC32), the object has CRC64NVME of the whole."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    parts = [b"1" * PART, b"23456789"]
    done = [{"PartNumber": number, "ETag": s3.upload_part(
        Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=part)["ETag"]} for number, part in enumerate(parts, 1)]
    complete = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": done})
    assert (complete["ChecksumCRC64NVME"], complete["ChecksumType"]) == (checksum("CRC64NVME", b"".join(parts)), "FULL_OBJECT")


@pytest.mark.parametrize("algorithm", ["SHA512", "XXHASH128"])
def test_checksums_of_settings(s3, bucket, algorithm):
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]}, ChecksumAlgorithm=algorithm)

    s3.meta.events.register("before-sign.s3.PutBucketTagging", lambda request, **_: request.headers.replace_header(
        f"x-amz-checksum-{algorithm.lower()}", checksum(algorithm, b"other")), unique_id="spoil")
    try:
        assert refusal(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "2"}]},
                       ChecksumAlgorithm=algorithm).code == "BadDigest"
    finally:
        s3.meta.events.unregister("before-sign.s3.PutBucketTagging", unique_id="spoil")
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "1"}]


CRC32_OF_ABC = "NSRBwg=="


def test_a_checksum_that_nobody_would_check_is_refused(bucket, s3, send):
    """Each of these would else be stored as if it had been held against the bytes."""
    refused = {
        ("x-amz-checksum-sha256a",): "The algorithm type you specified in x-amz-checksum- header is invalid.",
        ("x-amz-sdk-checksum-algorithm", "x-amz-checksum-crc32"):
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ("x-amz-trailer", "x-amz-checksum-crc32"): "Expecting a single x-amz-checksum- header",
    }
    values = {
        "x-amz-checksum-crc32": CRC32_OF_ABC, "x-amz-checksum-sha256a": "YWJj", "x-amz-sdk-checksum-algorithm": "SHA256",
        "x-amz-trailer": "x-amz-checksum-crc32"}
    begun = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    for names, message in refused.items():
        for query in ("", f"partNumber=1&uploadId={begun}"):
            headers = {name.replace("-", "_"): values[name] for name in names}
            assert told(send("PUT", f"/{bucket}/k", query, b"abc", **headers)) == (400, "InvalidRequest", message)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert send("PUT", f"/{bucket}/k", body=b"abc", x_amz_checksum_crc32=CRC32_OF_ABC, x_amz_sdk_checksum_algorithm="CRC32").status == 200


@pytest.mark.parametrize("announced, trailer, expected", [
    ("x-amz-checksum-sha10", "x-amz-checksum-sha10:abc", ("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")),
    (None, f"x-amz-checksum-crc32:{CRC32_OF_ABC}", ("MalformedTrailerError", None)),
    ("x-amz-checksum-crc32", f"x-amz-checksum-crc32:{CRC32_OF_ABC}\r\nx-amz-checksum-sha1:AAAA", ("MalformedTrailerError", None)),
    (None, "", None),
])
def test_trailers_that_were_not_announced(bucket, endpoint, account, s3, announced, trailer, expected):
    request = Request(endpoint, "s3", "PUT", f"/{bucket}/k", key=account, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER", headers={
        "content-encoding": "aws-chunked", "x-amz-decoded-content-length": "3",
        **({"x-amz-trailer": announced} if announced else {})}).sign()
    request.body = f"3\r\nabc\r\n0\r\n{trailer}\r\n\r\n".encode()
    answer = told(request.send())
    if expected is None:
        assert answer[0] == 200 and s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["ChecksumCRC64NVME"]
        return
    assert answer[:2] == (400, expected[0]) and expected[1] in (None, answer[2]), answer
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
