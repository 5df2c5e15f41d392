"""S3 requests that are half right: what they name and don't bring, what they bring and can't be. Each is refused with
S3's own words, and nothing is changed."""

import base64
import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from raw_http import Request, exchange, told
from refusals import refusal


PART = (400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")


def test_what_the_query_names_is_meant(s3, bucket, send):
    s3.put_object(Bucket=bucket, Key="k", Body=b"kept")
    for query in ("partNumber=1", "uploadId=abc"):
        assert told(send("PUT", f"/{bucket}/k", query, b"lost"))[:2] == (400, "InvalidRequest")
    assert told(send("GET", f"/{bucket}/k", "attributes"))[:2] == (400, "InvalidArgument")
    assert told(send("POST", f"/{bucket}/k"))[:2] == (405, "MethodNotAllowed")
    answer = send("POST", f"/{bucket}", body=b"x", content_type="text/plain")
    assert told(answer)[:2] == (412, "PreconditionFailed") and b"multipart/form-data" in answer.body
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"kept"


def test_reads_that_cannot_be(s3, bucket, send):
    s3.put_object(Bucket=bucket, Key="k", Body=b"body")
    assert told(send("GET", f"/{bucket}/k", "versionId=")) == (
        400, "InvalidArgument", "Version id cannot be the empty string")
    for number in (0, 10_001):
        assert told(send("GET", f"/{bucket}/k", f"partNumber={number}")) == PART
    assert told(send("GET", f"/{bucket}/k", "partNumber=2"))[:2] == (416, "InvalidPartNumber")
    for method in ("GET", "DELETE"):
        assert told(send(method, f"/{bucket}/{'k' * 1025}"))[:2] == (400, "KeyTooLongError")
    assert told(send("GET", f"/{bucket}/k", x_amz_server_side_encryption="AES256")) == (
        400, "InvalidArgument", "x-amz-server-side-encryption header is not supported for this operation.")
    assert send("HEAD", f"/{bucket}/k", x_amz_server_side_encryption="aws:kms").status == 400
    assert told(send("GET", f"/{bucket}/k", "attributes", x_amz_object_attributes="ETag,Colour")) == (
        400, "InvalidArgument", "Invalid attribute name specified.")
    assert told(send("GET", f"/{bucket}/k", x_amz_expected_bucket_owner="99")) == (
        400, "InvalidBucketOwnerAWSAccountID", "The value of the expected bucket owner parameter must be an AWS account ID")
    assert told(send("GET", f"/{bucket}/k", x_amz_expected_bucket_owner="9" * 12))[:2] == (403, "AccessDenied")


def test_writes_that_cannot_be(s3, bucket, send, endpoint, account):
    assert told(send("PUT", f"/{bucket}/k", x_amz_tagging="a=1&a=2")) == (
        400, "InvalidArgument",
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
    code, _, message = told(send("PUT", f"/{bucket}/k", body=b"x", x_amz_sdk_checksum_algorithm="CRC32"))
    assert code == 400 and message.startswith("x-amz-sdk-checksum-algorithm specified, but no corresponding")
    request = Request(endpoint, "s3", "PUT", f"/{bucket}/k", key=account).sign()
    without = request.bytes().replace(b"\r\ncontent-length: 0", b"")
    assert told(exchange(endpoint, without, "PUT")) == (
        411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    chunked = Request(endpoint, "s3", "PUT", f"/{bucket}/k", key=account).chunked(b"chunk")
    del chunked.headers["x-amz-decoded-content-length"], chunked.headers["authorization"]
    assert told(chunked.sign().send())[:2] == (411, "MissingContentLength")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("key", ["%AE%8A-", "%zz", "a%"])
def test_keys_that_are_no_text(s3, bucket, send, key):
    for method in ("GET", "PUT"):
        assert told(send(method, f"/{bucket}/{key}")) == (400, "InvalidURI", "Couldn't parse the specified URI.")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_space_around_a_header_is_no_part_of_it(s3, bucket, send):
    send("PUT", f"/{bucket}/k", body=b"body", x_amz_meta_padded="  a  ")
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"padded": "a"}
    assert send("GET", f"/{bucket}/k", range="bytes=1-1 ").status == 206


def test_copies_that_cannot_be(s3, bucket, send):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for name in ("metadata", "tagging"):
        answer = send("PUT", f"/{bucket}/copy", **{"x_amz_copy_source": f"/{bucket}/k", f"x_amz_{name}_directive": "MERGE"})
        assert told(answer) == (400, "InvalidArgument", f"Unknown {name} directive.")
    assert refusal(s3.head_object, Bucket=bucket, Key="copy").status == 404


def test_a_key_may_begin_with_a_combining_mark(s3, bucket):
    """The mark makes one character of itself and the slash before it; keys are bytes."""
    s3.put_object(Bucket=bucket, Key="\u0301", Body=b"x")
    source = {"Bucket": bucket, "Key": "\u0301"}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"x"


def test_metadata_that_is_not_ascii(s3, bucket, endpoint, account):
    """User guide, "User-defined object metadata": read as ISO 8859-1, and shown as an encoded word of RFC 2047."""
    request = Request(endpoint, "s3", "PUT", f"/{bucket}/k", key=account, headers={"x-amz-meta-nonascii": "\u00c4MAZ\u00d5N S3"})
    message = request.sign().bytes().decode("latin-1").encode()
    exchange(endpoint, message, "PUT")
    shown = s3.head_object(Bucket=bucket, Key="k")["Metadata"]["nonascii"]
    # The bytes of UTF-8, each taken for a character.
    expected = base64.b64encode("\u00c4MAZ\u00d5N S3".encode().decode("latin-1").encode()).decode()
    assert shown == f"=?UTF-8?B?{expected}?="
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    assert s3.get_object(Bucket=bucket, Key="copy")["Metadata"] == {"nonascii": shown}


def test_the_first_listing_does_not_pass_over_what_the_second_knows(bucket, send):
    for query, message in (
        ("list-type=3", "Invalid List Type specified in Request"), ("list-type=", "Invalid List Type specified in Request"),
        ("start-after=a", "startAfter only supported in REST.GET.BUCKET with list-type=2"),
        ("continuation-token=a", "continuationToken only supported in REST.GET.BUCKET with list-type=2"),
    ):
        assert told(send("GET", f"/{bucket}", query)) == (400, "InvalidArgument", message)


def test_listings_that_cannot_be(bucket, send):
    for query in (f"max-keys={2**31}", "max-keys=x", f"uploads=&max-uploads={2**31}"):
        name = query.split("=")[-2].split("&")[-1]
        assert told(send("GET", f"/{bucket}", query)) == (
            400, "InvalidArgument", f"Provided {name} not an integer or within integer range")
    for count in (0, 10_001):
        assert told(send("GET", "/", f"max-buckets={count}"))[:2] == (400, "InvalidArgument")


def test_buckets_that_cannot_be(s3, unique, bucket, send):
    name = unique("owned")
    assert told(send("PUT", f"/{name}", x_amz_object_ownership="Nobody")) == (
        400, "InvalidArgument", "Invalid x-amz-object-ownership header: Nobody")
    assert refusal(s3.head_bucket, Bucket=name).status == 404
    assert send("HEAD", f"/{bucket}").headers["x-amz-access-point-alias"] == "false"


def test_signatures_for_no_region_are_told_the_right_one(client_for, endpoint, account, unique):
    """s3cmd signs for `US` until an answer names another; boto3 takes the hint too."""
    name = unique("region")
    for method in ("PUT", "GET"):
        answer = Request(endpoint, "s3", method, f"/{name}", key=account, region="US").sign().send()
        assert answer.code == "AuthorizationHeaderMalformed" and b"<Region>us-east-1</Region>" in answer.body
        odd = client_for("s3", region="US")
        odd.create_bucket(Bucket=name)
    assert odd.list_objects_v2(Bucket=name)["KeyCount"] == 0


def test_names_of_an_accounts_own_namespace(s3, unique, account):
    name = f"{unique('own')}-{account}-us-east-1-an"
    own = {"BucketNamespace": "account-regional"}
    _, code, text = refusal(s3.create_bucket, Bucket=name).told
    assert code == "MissingNamespaceHeader" and text.endswith("missing the required x-amz-bucket-namespace header.")
    assert refusal(s3.create_bucket, Bucket=unique("own"), **own).code == "InvalidNamespaceHeader"
    for other in (f"{unique('own')}-{account}-eu-west-1-an", f"{unique('own')}-000000000001-us-east-1-an", "own-an"):
        assert refusal(s3.create_bucket, Bucket=other, **own).code == "InvalidBucketName"
    assert s3.create_bucket(Bucket=name, **own)["BucketArn"] == f"arn:aws:s3:::{name}"
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"x"


@pytest.mark.parametrize("target", ["STANDARD", "FOO", "REDUCED_REDUNDANCY"])
def test_classes_that_no_rule_can_name(s3, bucket, target):
    for action in ({"Transitions": [{"Days": 40, "StorageClass": target}]},
                   {"NoncurrentVersionTransitions": [{"NoncurrentDays": 40, "StorageClass": target}]}):
        rule = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, **action}
        assert refusal(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": [rule]}).told[:2] == (
            400, "MalformedXML")


def test_authorization_that_is_none(bucket, endpoint):
    def get(authorization):
        return told(Request(endpoint, "s3", "GET", f"/{bucket}", headers={
            "host": endpoint.split("//")[1], "authorization": authorization}).send())

    assert get("nonsense") == (400, "InvalidArgument", "Unsupported Authorization Type")
    assert get("Basic abc")[:2] == (400, "InvalidRequest")
    assert get("")[:2] == (403, "AccessDenied")


def test_dates_that_are_none(bucket, endpoint, account):
    def get(moment):
        request = Request(endpoint, "s3", "GET", f"/{bucket}", key=account).sign()
        request.headers["x-amz-date"] = moment
        return told(request.send())[:2]

    for moment in ("", "yesterday", "2026-01-01"):
        assert get(moment) == (403, "AccessDenied")
    for moment in ("19500101T000000Z", "20160101T000000Z", "99990101T000000Z"):
        assert get(moment) == (403, "RequestTimeTooSkewed")


@pytest.mark.parametrize("change", [
    {"Status": "On"}, {"DeleteMarkerReplication": {"Status": "On"}},
    {"SourceSelectionCriteria": {"ReplicaModifications": {"Status": "On"}}}])
def test_words_that_no_replication_knows(s3, bucket, account, change):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "r", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {
        "Status": "Disabled"}, "Destination": {"Bucket": f"arn:aws:s3:::{bucket}-copy"}, **change}
    assert refusal(s3.put_bucket_replication, Bucket=bucket, ReplicationConfiguration={
        "Role": f"arn:aws:iam::{account}:role/r", "Rules": [rule]}).told[:2] == (400, "MalformedXML")


def test_words_that_nothing_knows(s3, bucket):
    rule = {"BlockedEncryptionTypes": {"EncryptionType": ["SSE-Z"]}}
    assert refusal(s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]}).told[:2] == (
        400, "MalformedXML")
    assert refusal(s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumAlgorithm="CRC32", ChecksumType="HALF").told == (
        400, "InvalidRequest", "Value for x-amz-checksum-type header is invalid.")


def test_malformed_lists_have_a_code_of_their_own(bucket, send):
    for body in (b"<AccessControlPolicy", b"<AccessControlPolicy><AccessControlList><Grant><Grantee><ID>a</ID></Grantee>"
                 b"<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"):
        assert told(send("PUT", f"/{bucket}", "acl", body))[:2] == (400, "MalformedACLError")


def test_a_lists_reader_is_told_what_is_not_there(s3, bucket, endpoint):
    """Who may list the bucket by its ACL gets 404; to others a missing key is as closed as a private one."""
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="closed", Body=b"x")

    def anonymous(key):
        return told(Request(endpoint, "s3", "GET", f"/{bucket}/{key}", headers={"host": endpoint.split("//")[1]}).send())[:2]

    assert anonymous("missing") == (403, "AccessDenied")
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert anonymous("missing") == (404, "NoSuchKey")
    assert anonymous("closed") == (403, "AccessDenied")


def test_statuses_without_content(s3, bucket, account):
    allow = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    put = s3.put_bucket_policy(Bucket=bucket, Policy=policy(allow))
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204
    put = s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "b"}]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_policies_whose_actions_have_no_resource(s3, bucket):
    arn = f"arn:aws:s3:::{bucket}"
    nothing = "Action does not apply to any resource(s) in statement"
    for action, resource, expected in (
            ("s3:GetObject", arn, nothing), ("s3:ListBucket", f"{arn}/*", nothing), ("s3:PutBucketPolicy", f"{arn}/*", nothing),
            (["s3:GetObject", "s3:ListBucket"], f"{arn}/*", nothing), ("s3:ReadObject", f"{arn}/*", "Policy has invalid action"),
            ("s3:*", f"{arn}/*", None), ("s3:Get*", arn, None), (["s3:GetObject", "s3:ListBucket"], [arn, f"{arn}/*"], None),
            ("s3:GetObject", f"{arn}*", None), ("s3:PutEncryptionConfiguration", arn, None)):
        statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource,
                     "Condition": {"StringEquals": {"aws:PrincipalAccount": "000000000001"}}}
        if expected is None:
            s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement))
        else:
            assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=policy(statement)).told == (400, "MalformedPolicy", expected)
    s3.delete_bucket_policy(Bucket=bucket)


def test_versions_and_markers_stand_among_each_other(s3, bucket, send):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
        s3.delete_object(Bucket=bucket, Key=key)
        s3.put_object(Bucket=bucket, Key=key, Body=b"2")
    text = send("GET", f"/{bucket}", "versions").body.decode()
    shown = re.findall(r"<(Version|DeleteMarker)>.*?<Key>(.)</Key>.*?<IsLatest>(.*?)</IsLatest>", text)
    once = [("Version", "true"), ("DeleteMarker", "false"), ("Version", "false")]
    assert shown == [(kind, key, latest) for key in ("a", "b") for kind, latest in once]
    listed = s3.list_object_versions(Bucket=bucket)
    assert (len(listed["Versions"]), len(listed["DeleteMarkers"])) == (4, 2)


def test_completing_again_answers_the_same(s3, bucket):
    begun = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    tag = s3.upload_part(Bucket=bucket, Key="k", UploadId=begun, PartNumber=1, Body=b"part")["ETag"]
    whole = {"Bucket": bucket, "Key": "k", "UploadId": begun, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": tag}]}}
    with ThreadPoolExecutor(4) as pool:
        answers = [*pool.map(lambda _: s3.complete_multipart_upload(**whole), range(8)), s3.complete_multipart_upload(**whole)]
    for answer in answers:
        del answer["ResponseMetadata"]
    assert all(answer == answers[0] for answer in answers)
    other = {**whole, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": '"0"'}]}}
    assert refusal(s3.complete_multipart_upload, **other).told[:2] == (404, "NoSuchUpload")
    s3.put_object(Bucket=bucket, Key="k", Body=b"newer")
    assert refusal(s3.complete_multipart_upload, **whole).told[:2] == (404, "NoSuchUpload")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"newer"


def test_checksums_of_composite_uploads(s3, bucket, client_for):
    """Each part brings its checksum and the completion names it again; a read of a part shows the part's."""
    quiet = client_for("s3", request_checksum_calculation="when_required")
    begun = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256")["UploadId"]
    place = {"Bucket": bucket, "Key": "k", "UploadId": begun}
    assert refusal(quiet.upload_part, PartNumber=1, Body=b"x", **place).told == (
        400, "InvalidRequest",
        "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: null")
    part = s3.upload_part(PartNumber=1, Body=b"part", ChecksumAlgorithm="SHA256", **place)
    named = {"PartNumber": 1, "ETag": part["ETag"]}
    assert refusal(s3.complete_multipart_upload, MultipartUpload={"Parts": [named]}, **place).told == (
        400, "InvalidRequest", "The upload was created using a sha256 checksum. The complete request must include the "
        "checksum for each part. It was missing for part 1 in the request.")
    named["ChecksumSHA256"] = part["ChecksumSHA256"]
    s3.complete_multipart_upload(MultipartUpload={"Parts": [named]}, **place)
    shown = s3.head_object(Bucket=bucket, Key="k", PartNumber=1, ChecksumMode="ENABLED")
    assert (shown["ChecksumSHA256"], shown["ChecksumType"]) == (part["ChecksumSHA256"], "COMPOSITE")
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["ChecksumSHA256"].endswith("-1")


def test_checksums_of_bodies(s3, bucket, send):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    body = b"<Delete><Object><Key>k</Key></Object></Delete>"
    assert told(send("POST", f"/{bucket}", "delete=", body, x_amz_checksum_crc32="AAAAAA=="))[:2] == (400, "BadDigest")
    for other in ({}, {"x_amz_checksum_crc16": "AAAA"}):
        assert told(send("POST", f"/{bucket}", "delete=", body, **other)) == (
            400, "InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
    s3.head_object(Bucket=bucket, Key="k")
    digest = base64.b64encode(hashlib.md5(body).digest()).decode()
    assert send("POST", f"/{bucket}", "delete=", body, content_md5=digest).status == 200
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_signature_version_2(bucket, client_for, endpoint, account):
    """The header of old clients; presigned URLs of that version are in test_s3_browser.py."""
    old = client_for("s3", signature_version="s3", s3={"addressing_style": "path"})
    old.put_object(Bucket=bucket, Key="a b", Body=b"old", ContentType="text/plain", Metadata={"x": "y"})
    assert old.get_object(Bucket=bucket, Key="a b", ResponseContentType="text/css")["ContentType"] == "text/css"
    assert [entry["Key"] for entry in old.list_objects_v2(Bucket=bucket, Prefix="a")["Contents"]] == ["a b"]
    assert old.get_bucket_acl(Bucket=bucket)["Grants"]
    wrong = client_for("s3", (account, "wrong"), signature_version="s3", s3={"addressing_style": "path"})
    assert refusal(wrong.list_objects, Bucket=bucket).told[:2] == (403, "SignatureDoesNotMatch")
    assert refusal(old.put_object, Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms").told[:2] == (
        400, "InvalidArgument")

    def get(**headers):
        fields = {"host": endpoint.split("//")[1], **{name.replace("_", "-"): value for name, value in headers.items()}}
        return told(Request(endpoint, "s3", "GET", f"/{bucket}", headers=fields).send())[:2]

    assert get(authorization=f"AWS {account}:abc") == (403, "AccessDenied")
    assert get(authorization=f"AWS {account}:abc", date="Thu, 01 Dec 2016 16:00:00 GMT") == (403, "RequestTimeTooSkewed")
    assert get(authorization="AWS abc", date="Thu, 01 Dec 2016 16:00:00 GMT") == (400, "InvalidArgument")
