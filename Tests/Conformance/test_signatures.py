"""Who may speak: signatures in the header and on chunks, and AWS's own error for each failure.

Codes and statuses: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html, and what AWS's REST-JSON services (403) and
JSON services (400, `...Exception`) are known to answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from raw_http import Request, fetch, json_call, query_call

JSON_SERVICES = {"dynamodb": ("DynamoDB_20120810.ListTables", "1.0"), "logs": ("Logs_20140328.DescribeLogGroups", "1.1"),
                 "athena": ("AmazonAthena.ListWorkGroups", "1.1"), "glue": ("AWSGlue.GetDatabases", "1.1")}
SERVICES = ["s3", *JSON_SERVICES, "sts", "iam", "lambda"]

# service family -> fault -> (status, code)
S3, JSON, QUERY, REST_JSON = "s3", "json", "query", "rest-json"
FAMILY = {"s3": S3, "sts": QUERY, "iam": QUERY, "lambda": REST_JSON, **dict.fromkeys(JSON_SERVICES, JSON)}
EXPECTED = {
    "wrong secret": {S3: (403, "SignatureDoesNotMatch"), JSON: (400, "InvalidSignatureException"),
                     QUERY: (403, "SignatureDoesNotMatch"), REST_JSON: (403, "InvalidSignatureException")},
    "unknown key": {S3: (403, "InvalidAccessKeyId"), JSON: (400, "UnrecognizedClientException"),
                    QUERY: (403, "InvalidClientTokenId"), REST_JSON: (403, "UnrecognizedClientException")},
    "skewed": {S3: (403, "RequestTimeTooSkewed"), JSON: (400, "InvalidSignatureException"),
               QUERY: (403, "SignatureDoesNotMatch"), REST_JSON: (403, "InvalidSignatureException")},
    "unsigned": {S3: (403, "AccessDenied"), JSON: (400, "MissingAuthenticationTokenException"),
                 QUERY: (403, "MissingAuthenticationToken"), REST_JSON: (403, "MissingAuthenticationTokenException")},
    "foreign token": {S3: (400, "InvalidToken"), JSON: (400, "UnrecognizedClientException"),
                      QUERY: (403, "InvalidClientTokenId"), REST_JSON: (403, "UnrecognizedClientException")},
    "changed body": {S3: (403, "SignatureDoesNotMatch"), JSON: (400, "InvalidSignatureException"),
                     QUERY: (403, "SignatureDoesNotMatch"), REST_JSON: (403, "InvalidSignatureException")},
}


def call(endpoint: str, service: str, account: str) -> Request:
    """A harmless, valid call of the service."""
    if service in JSON_SERVICES:
        target, version = JSON_SERVICES[service]
        return json_call(endpoint, service, target, {}, version, key=account)
    if service == "sts":
        return query_call(endpoint, "sts", "Action=GetCallerIdentity&Version=2011-06-15", key=account)
    if service == "iam":
        return query_call(endpoint, "iam", "Action=ListRoles&Version=2010-05-08", key=account)
    if service == "lambda":
        return Request(endpoint, "lambda", path="/2015-03-31/functions/", key=account)
    return Request(endpoint, "s3", key=account)


@pytest.mark.parametrize("service", SERVICES)
def test_a_right_signature_is_let_in(endpoint: str, account: str, service: str) -> None:
    answer = call(endpoint, service, account).sign().send()
    assert (answer.status, answer.code) == (200, ""), answer
    assert answer.request_id


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("fault", EXPECTED)
def test_a_wrong_one_is_refused_in_the_services_own_words(endpoint: str, account: str, service: str, fault: str) -> None:
    request = call(endpoint, service, account)
    if fault == "wrong secret":
        request.secret = "tset"
    elif fault == "unknown key":
        request.key = "AKIAIOSFODNN7EXAMPLE"
    elif fault == "skewed":
        request.offset_seconds = -16 * 60
    elif fault == "foreign token":
        request.key, request.token = "ASIAIOSFODNN7EXAMPLE", "FwoGZXIvYXdzEXAMPLE" * 10
    if fault != "unsigned":
        request.sign()
    else:
        # Nothing but the name says which service is meant.
        request.headers["host"] = f"{service}.us-east-1.amazonaws.com"
    if fault == "changed body":
        # What was signed is the digest of another body, and the header now tells the truth.
        request.headers["x-amz-content-sha256"] = "0" * 64
    if service == "s3" and fault == "foreign token":
        expected = {(400, "InvalidToken"), (403, "InvalidAccessKeyId")}
    else:
        expected = {EXPECTED[fault][FAMILY[service]]}
    answer = request.send()
    assert (answer.status, answer.code) in expected, answer
    assert answer.request_id


def test_the_clock_may_be_off_by_less_than_fifteen_minutes(endpoint: str, account: str) -> None:
    for offset in (-14 * 60, 14 * 60):
        request = call(endpoint, "s3", account)
        request.offset_seconds = offset
        assert request.sign().send().status == 200


@pytest.mark.parametrize("header, status, code", [
    ("AWS4-HMAC-SHA256", 400, "InvalidRequest"),
    ("AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=00", 400, "AuthorizationHeaderMalformed"),
    ("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00", 400, "AuthorizationHeaderMalformed"),
    ("Bearer token", 400, "InvalidRequest"),
    ("Basic dGVzdDp0ZXN0", 400, "InvalidRequest"),
])
def test_malformed_authorization_headers(endpoint: str, account: str, header: str, status: int, code: str) -> None:
    request = call(endpoint, "s3", account).sign()
    request.headers["authorization"] = header
    answer = request.send()
    assert answer.status in (status, 403)
    assert answer.code in (code, "InvalidArgument", "AuthorizationHeaderMalformed"), answer


def test_a_scope_of_another_region_service_or_day_is_refused(endpoint: str, account: str) -> None:
    for part, other in (("/s3/", "/sqs/"), ("aws4_request", "aws5_request")):
        request = call(endpoint, "s3", account).sign()
        request.headers["authorization"] = request.headers["authorization"].replace(part, other)
        answer = request.send()
        assert answer.status in (400, 403, 501), answer


def test_an_amz_header_that_is_not_signed_is_refused(endpoint: str, account: str) -> None:
    request = call(endpoint, "s3", account).sign()
    request.headers["x-amz-tagging"] = "a=b"
    answer = request.send()
    assert (answer.status, answer.code) == (403, "AccessDenied"), answer


def test_the_body_must_be_the_signed_one(endpoint: str, account: str, bucket: str, s3: Any) -> None:
    request = Request(endpoint, "s3", "PUT", f"/{bucket}/key", body=b"signed", key=account).sign()
    request.body = b"stolen"
    answer = request.send()
    assert (answer.status, answer.code) == (400, "XAmzContentSHA256Mismatch"), answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_content_md5_is_held_against_the_body(endpoint: str, account: str, bucket: str, s3: Any) -> None:
    for value, code in (("1B2M2Y8AsgTpgAmY7PhCfg==", "BadDigest"), ("nonsense", "InvalidDigest")):
        request = Request(endpoint, "s3", "PUT", f"/{bucket}/key", body=b"body", key=account, headers={"content-md5": value})
        answer = request.sign().send()
        assert (answer.status, answer.code) == (400, code), answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_wrong_checksum_is_refused(endpoint: str, account: str, bucket: str, s3: Any) -> None:
    request = Request(endpoint, "s3", "PUT", f"/{bucket}/key", body=b"body", key=account,
                      headers={"x-amz-checksum-crc32": "AAAAAA=="})
    answer = request.sign().send()
    assert (answer.status, answer.code) == (400, "BadDigest"), answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


# Chunked payloads

def test_signed_chunks(endpoint: str, account: str, bucket: str, s3: Any) -> None:
    chunks = [b"a" * 65_536, b"b" * 65_536, b"c" * 10]
    answer = Request(endpoint, "s3", "PUT", f"/{bucket}/key", key=account).chunked(*chunks).send()
    assert answer.status == 200, answer
    stored = s3.get_object(Bucket=bucket, Key="key")
    assert stored["Body"].read() == b"".join(chunks)
    assert "aws-chunked" not in stored.get("ContentEncoding", "")


@pytest.mark.parametrize("spoiled", [0, 1, 2])
def test_a_wrong_chunk_signature_stores_nothing(endpoint: str, account: str, bucket: str, s3: Any, spoiled: int) -> None:
    request = Request(endpoint, "s3", "PUT", f"/{bucket}/key", key=account)
    answer = request.chunked(b"a" * 65_536, b"b" * 100, spoil=spoiled).send()
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch"), answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("cut", ["end", "middle", "length"])
def test_a_broken_chunk_stream_stores_nothing(endpoint: str, account: str, bucket: str, s3: Any, cut: str) -> None:
    request = Request(endpoint, "s3", "PUT", f"/{bucket}/key", key=account).chunked(b"a" * 1_000)
    if cut == "end":
        request.body = request.body.rsplit(b"0;chunk", 1)[0]
    elif cut == "middle":
        request.body = request.body[:500]
    else:
        request.body = b"zz" + request.body
    answer = request.send()
    assert 400 <= answer.status < 500, answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_todays_uploads_of_boto3_with_a_checksum(s3: Any, bucket: str, algorithm: str) -> None:
    try:
        s3.put_object(Bucket=bucket, Key="key", Body=b"x" * 100_000, ChecksumAlgorithm=algorithm)
    except Exception as error:
        if "MissingDependency" in type(error).__name__:
            pytest.skip("botocore needs awscrt to compute it")
        raise
    answer = s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert answer["Body"].read() == b"x" * 100_000
    assert answer[f"Checksum{algorithm}"]


def test_an_upload_of_unknown_length_has_its_checksum_in_a_trailer(s3: Any, bucket: str, tmp_path: Any) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"y" * 300_000)
    with file.open("rb") as body:
        s3.put_object(Bucket=bucket, Key="key", Body=body)
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"y" * 300_000
    assert s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")["ChecksumCRC32"]


@pytest.mark.parametrize("trailer, status", [("x-amz-checksum-crc32:NSRBwg==", 200), ("x-amz-checksum-crc32:AAAAAA==", 400)])
def test_unsigned_trailers(endpoint: str, account: str, bucket: str, s3: Any, trailer: str, status: int) -> None:
    request = Request(
        endpoint, "s3", "PUT", f"/{bucket}/key", key=account, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER", headers={
            "content-encoding": "aws-chunked", "x-amz-trailer": "x-amz-checksum-crc32", "x-amz-decoded-content-length": "3"})
    request.sign()
    request.body = f"3\r\nabc\r\n0\r\n{trailer}\r\n\r\n".encode()
    answer = request.send()
    assert answer.status == status, answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == (1 if status == 200 else 0)
    if status == 200:
        assert s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")["ChecksumCRC32"] == "NSRBwg=="


@pytest.mark.parametrize("trailers", ["x-amz-checksum-crc32:NSRBwg==\r\nx-amz-checksum-crc32:AAAAAA==", "other:1\r\nx-amz-checksum-crc32: NSRBwg=="])
def test_the_checksum_that_is_kept_is_the_one_that_was_checked(
    endpoint: str, account: str, bucket: str, s3: Any, trailers: str,
) -> None:
    request = Request(
        endpoint, "s3", "PUT", f"/{bucket}/key", key=account, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER", headers={
            "content-encoding": "aws-chunked", "x-amz-trailer": "x-amz-checksum-crc32", "x-amz-decoded-content-length": "3"})
    request.sign()
    request.body = f"3\r\nabc\r\n0\r\n{trailers}\r\n\r\n".encode()
    assert request.send().status == 200
    assert s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")["ChecksumCRC32"] == "NSRBwg=="
    assert s3.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")["Body"].read() == b"abc"


# Temporary credentials

@pytest.fixture(scope="module")
def credentials(iam: Any, account: str, unique: Callable[[str], str]) -> dict[str, str]:
    """Those of a role that may list buckets, and nothing else."""
    name = unique("reader")
    trust = ('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
             f'"Principal":{{"AWS":"arn:aws:iam::{account}:root"}}}}]}}')
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}'))
    user = iam.create_user(UserName=unique("user"))["User"]
    iam.put_user_policy(UserName=user["UserName"], PolicyName="own", PolicyDocument=(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}'))
    key = iam.create_access_key(UserName=user["UserName"])["AccessKey"]
    return {"role": role["Arn"], **key}


@pytest.fixture
def session(credentials: dict[str, str], client_for: Callable[..., Any]) -> dict[str, str]:
    return client_for("sts", credentials).assume_role(
        RoleArn=credentials["role"], RoleSessionName="session")["Credentials"]


def test_temporary_credentials_work_and_are_held_to_the_role(session: dict[str, str], client_for: Callable[..., Any]) -> None:
    s3 = client_for("s3", session)
    s3.list_buckets()
    with pytest.raises(ClientError) as refused:
        s3.create_bucket(Bucket="not-allowed-for-the-reader")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    with pytest.raises(ClientError) as refused:
        client_for("dynamodb", session).list_tables()
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize("change", ["cut", "other letter", "missing", "extended"])
def test_a_tampered_session_token_is_refused(
    session: dict[str, str], client_for: Callable[..., Any], change: str
) -> None:
    token = session["SessionToken"]
    middle = len(token) // 2
    changed = {
        "cut": token[:-5], "other letter": token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1:],
        "missing": None, "extended": token + "AAAA"}[change]
    s3 = client_for("s3", (session["AccessKeyId"], session["SecretAccessKey"], changed))
    with pytest.raises(ClientError) as refused:
        s3.list_buckets()
    assert refused.value.response["Error"]["Code"] in ("InvalidToken", "InvalidAccessKeyId")


def test_an_inactive_access_key_is_refused(
    credentials: dict[str, str], iam: Any, client_for: Callable[..., Any], unique: Callable[[str], str]
) -> None:
    user = unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    assert client_for("sts", key).get_caller_identity()["Arn"].endswith(f":user/{user}")
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError) as refused:
        client_for("sts", key).get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_accounts_do_not_see_each_other(client_for: Callable[..., Any], s3: Any, bucket: str, table: str) -> None:
    other = "111122223333"
    s3.put_object(Bucket=bucket, Key="key", Body=b"mine")
    assert bucket not in [entry["Name"] for entry in client_for("s3", other).list_buckets()["Buckets"]]
    with pytest.raises(ClientError) as refused:
        client_for("s3", other).get_object(Bucket=bucket, Key="key")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert table not in client_for("dynamodb", other).list_tables()["TableNames"]
    assert client_for("sts", other).get_caller_identity()["Account"] == other


def test_a_session_ends(session: dict[str, str], client_for: Callable[..., Any], advance: Callable[[int], Any]) -> None:
    """Last in this file: it moves the clock. A URL's own end is told before its session's."""
    client_for("s3", session).list_buckets()
    url = client_for("s3", session, signature_version="s3v4").generate_presigned_url("list_buckets", ExpiresIn=3_600)
    advance(3_700)
    status, body = fetch(url)
    assert (status, b"Request has expired" in body) == (403, True), body
    with pytest.raises(ClientError) as refused:
        client_for("s3", session).list_buckets()
    assert refused.value.response["Error"]["Code"] == "ExpiredToken"
