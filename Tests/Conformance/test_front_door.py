"""Names, protocols and mistakes: who is spoken to, in which protocol, and AWS's words for what cannot be understood."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import tarn_server
from botocore.exceptions import ClientError
from raw_http import Request, json_call, query_call, read_answer

DYNAMODB = "DynamoDB_20120810."


# Names

def test_health_is_open(endpoint: str) -> None:
    for page in ("/_tarn/health", "/_localstack/health"):
        with urllib.request.urlopen(endpoint + page, timeout=10) as answer:
            services = json.load(answer)["services"]
        assert {"s3", "dynamodb", "lambda", "iam", "sts", "logs", "glue", "athena"} <= set(services)


def test_a_web_page_cannot_move_the_clock(endpoint: str) -> None:
    request = urllib.request.Request(
        endpoint + "/_tarn/clock/advance", b'{"seconds": 1}', {"Origin": "https://example.com"}, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 403


@pytest.mark.parametrize("host", [
    "{bucket}.s3.localhost:{port}", "{bucket}.s3.localhost.localstack.cloud:{port}",
    "{bucket}.s3.us-east-1.localhost.localstack.cloud:{port}", "{bucket}.s3.amazonaws.com",
    "{bucket}.s3.us-east-1.amazonaws.com"])
def test_virtual_host_style(endpoint: str, account: str, bucket: str, s3: Any, host: str) -> None:
    name = host.format(bucket=bucket, port=urlsplit(endpoint).port)
    put = Request(endpoint, "s3", "PUT", "/a/key", body=b"virtual", key=account, host=name).sign().send()
    assert put.status == 200, put
    assert s3.get_object(Bucket=bucket, Key="a/key")["Body"].read() == b"virtual"
    get = Request(endpoint, "s3", "GET", "/a/key", key=account, host=name).sign().send()
    assert (get.status, get.body) == (200, b"virtual")


@pytest.mark.parametrize("host", [
    "localhost:{port}", "s3.localhost:{port}", "localhost.localstack.cloud:{port}", "s3.localhost.localstack.cloud:{port}",
    "s3.us-east-1.amazonaws.com", "s3.amazonaws.com", "127.0.0.1:{port}"])
def test_path_style(endpoint: str, account: str, bucket: str, host: str) -> None:
    name = host.format(port=urlsplit(endpoint).port)
    answer = Request(endpoint, "s3", "PUT", f"/{bucket}/key", body=b"path", key=account, host=name).sign().send()
    assert answer.status == 200, answer


@pytest.mark.parametrize("service, host", [
    ("dynamodb", "dynamodb.us-east-1.amazonaws.com"), ("dynamodb", "dynamodb.localhost.localstack.cloud:4566"),
    ("dynamodb", "localhost:4566")])
def test_service_host_names(endpoint: str, account: str, service: str, host: str) -> None:
    answer = json_call(endpoint, service, DYNAMODB + "ListTables", {}, key=account, host=host).sign().send()
    assert answer.status == 200, answer


def test_boto3_in_virtual_host_style(endpoint: str, account: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: resolve(
        "127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more))
    s3 = tarn_server.session(account).client(
        "s3", endpoint_url=f"http://s3.localhost:{urlsplit(endpoint).port}",
        config=tarn_server.settings(s3={"addressing_style": "virtual"}))
    s3.put_object(Bucket=bucket, Key="a/b", Body=b"virtual")
    assert s3.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"virtual"
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a/b"]


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-southeast-2"])
def test_regions_are_apart(client_for: Callable[..., Any], unique: Callable[[str], str], region: str) -> None:
    dynamodb = client_for("dynamodb", region=region)
    name = unique("table")
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    assert f":{region}:" in dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    for other in {"us-east-1", "eu-west-1", "ap-southeast-2"} - {region}:
        assert name not in client_for("dynamodb", region=other).list_tables()["TableNames"]
    dynamodb.delete_table(TableName=name)


# Request ids

def test_every_answer_has_its_request_id(
    s3: Any, dynamodb: Any, sts: Any, lambda_client: Any, logs: Any, bucket: str
) -> None:
    answers = [s3.head_bucket(Bucket=bucket), dynamodb.list_tables(), sts.get_caller_identity(),
               lambda_client.list_functions(), logs.describe_log_groups()]
    ids = [answer["ResponseMetadata"]["RequestId"] for answer in answers]
    assert all(ids) and len(set(ids)) == len(ids)
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=bucket, Key="missing")
    assert refused.value.response["ResponseMetadata"]["RequestId"]


# Unknown things, broken bodies

def calls_with_mistakes(endpoint: str, account: str) -> dict[str, tuple[Request, set[tuple[int, str]]]]:
    """name -> (unsigned request, allowed (status, code))"""
    def dynamo(operation: str, body: Any) -> Request:
        return json_call(endpoint, "dynamodb", DYNAMODB + operation, body, key=account)

    def functions(method: str, path: str, body: bytes = b"") -> Request:
        return Request(endpoint, "lambda", method, path, body=body, key=account)

    def cbor(body: bytes) -> Request:
        return Request(endpoint, "monitoring", "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics",
                       body=body, key=account, headers={"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"})

    serialization = {(400, "SerializationException")}
    validation = {(400, "ValidationException")}
    deep = b'{"TableName":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}"
    return {
        "json: unknown operation": (dynamo("MakeCoffee", {}), {(400, "UnknownOperationException")}),
        "json: unknown target": (
            json_call(endpoint, "dynamodb", "Nonsense", {}, key=account), {(400, "UnknownOperationException")}),
        "json: not JSON": (dynamo("ListTables", b"{"), serialization),
        "json: an array": (dynamo("ListTables", b"[1]"), serialization),
        "json: not UTF-8": (dynamo("DescribeTable", b'{"TableName":"\xff\xfe"}'), serialization | validation),
        "json: too deep": (dynamo("DescribeTable", deep), serialization),
        "json: wrong type": (dynamo("DescribeTable", {"TableName": 5}), serialization),
        "json: number too large": (dynamo("ListTables", b'{"Limit": 1e999}'), serialization | validation),
        "json: required member": (dynamo("DescribeTable", {}), validation),
        "json: out of range": (dynamo("ListTables", {"Limit": 0}), validation),
        "json: pattern": (dynamo("DescribeTable", {"TableName": "a b"}), validation),
        "json: lone surrogate": (dynamo("DescribeTable", b'{"TableName":"\\ud800abc"}'), serialization | validation),
        "query: no action": (query_call(endpoint, "sts", "Version=2011-06-15", key=account), {(400, "MissingAction")}),
        "query: unknown action": (
            query_call(endpoint, "sts", "Action=MakeCoffee&Version=2011-06-15", key=account), {(400, "InvalidAction")}),
        "query: unknown version": (
            query_call(endpoint, "sts", "Action=GetCallerIdentity&Version=1999-01-01", key=account), {(400, "InvalidAction")}),
        "query: broken escapes": (
            query_call(endpoint, "iam", "Action=GetRole&Version=2010-05-08&RoleName=%zz", key=account),
            {(400, "MalformedInput"), (400, "ValidationError"), (400, "MalformedQueryString")}),
        "query: required member": (
            query_call(endpoint, "iam", "Action=GetRole&Version=2010-05-08", key=account), {(400, "ValidationError")}),
        "query: huge index": (
            query_call(endpoint, "iam", "Action=TagRole&Version=2010-05-08&RoleName=a&Tags.member.999999999999.Key=a",
                       key=account),
            {(400, "MalformedInput"), (400, "ValidationError"), (400, "InvalidInput"), (404, "NoSuchEntity")}),
        "rest-json: unknown path": (functions("GET", "/2015-03-31/coffee"), {(404, "UnknownOperationException")}),
        "rest-json: broken body": (
            functions("POST", "/2015-03-31/functions", b"{"),
            {(400, "SerializationException"), (400, "InvalidRequestContentException")}),
        "rest-json: required member": (
            functions("POST", "/2015-03-31/functions", b"{}"), {(400, "ValidationException")}),
        "rest-xml: method": (
            Request(endpoint, "s3", "PATCH", "/", key=account), {(405, "MethodNotAllowed")}),
        "cbor: broken": (cbor(b"\xbf\x61"), {(400, "SerializationException"), (501, "NotImplemented")}),
        "cbor: endless nesting": (cbor(b"\x81" * 100_000), {(400, "SerializationException"), (501, "NotImplemented")}),
        "cbor: huge length": (
            cbor(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), {(400, "SerializationException"), (501, "NotImplemented")}),
        "unknown service": (
            Request(endpoint, "coffee", "POST", "/", key=account),
            {(400, "InvalidSignatureException"), (403, "SignatureDoesNotMatch"), (501, "NotImplemented"), (400, "UnknownService"),
             (404, "UnknownOperationException"), (400, "BadRequestException")}),
    }


@pytest.mark.parametrize("name", calls_with_mistakes("http://x:1", ""))
def test_mistakes_are_answered_in_the_services_own_words(
    endpoint: str, account: str, nothing_changed: Any, name: str
) -> None:
    request, allowed = calls_with_mistakes(endpoint, account)[name]
    answer = request.sign().send()
    assert (answer.status, answer.code) in allowed, answer
    assert answer.request_id


def test_an_operation_without_a_handler_says_so(client_for: Callable[..., Any]) -> None:
    with pytest.raises(ClientError) as refused:
        client_for("ec2").describe_instances()
    error = refused.value.response["Error"]
    assert error["Code"] and error["Message"]
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 400


XML_BODIES = {
    "not XML": b"<Delete><Object>",
    "not closed": b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>kept</Key></Object>',
    "another root": b"<Coffee/>",
    "no body": b"",
    "entities": b'<!DOCTYPE d [<!ENTITY a "kept"><!ENTITY b "&a;&a;">]><Delete><Object><Key>&a;</Key></Object></Delete>',
    "external entity": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>',
    "too deep": b"<a>" * 20_000 + b"</a>" * 20_000,
    "not UTF-8": b"<Delete><Object><Key>\xff\xfe</Key></Object></Delete>",
    "a NUL": b"<Delete><Object><Key>a\0b</Key></Object></Delete>",
}


@pytest.mark.parametrize("name", XML_BODIES)
def test_broken_xml(endpoint: str, account: str, nothing_changed: tuple[str, str], name: str) -> None:
    answer = Request(endpoint, "s3", "POST", f"/{nothing_changed[0]}", "delete", body=XML_BODIES[name], key=account)
    with_digest = answer.sign().send()
    assert with_digest.status == 400, with_digest
    assert with_digest.code in ("MalformedXML", "MissingRequestBodyError", "InvalidRequest", "MissingRequestBody"), with_digest
    assert b"root:" not in with_digest.body


# HTTP

def test_requests_on_one_connection_are_answered_in_order(endpoint: str, account: str, bucket: str) -> None:
    names = [f"key-{number}" for number in range(10)]
    puts = b"".join(Request(endpoint, "s3", "PUT", f"/{bucket}/{name}", body=name.encode(), key=account).sign().bytes()
                    for name in names)
    gets = [Request(endpoint, "s3", "GET", f"/{bucket}/{name}", key=account).sign().bytes() for name in names]
    host, port = urlsplit(endpoint).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(puts + b"".join(gets))
        stream = connection.makefile("rb")
        bodies = []
        for _ in range(20):
            status = stream.readline()
            assert b" 200 " in status, status
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            bodies.append(stream.read(length))
    assert bodies[10:] == [name.encode() for name in names]


def test_expect_100_continue(endpoint: str, account: str, bucket: str, s3: Any) -> None:
    request = Request(endpoint, "s3", "PUT", f"/{bucket}/key", key=account, body=b"body", headers={"expect": "100-continue"})
    head, body = request.sign().bytes().split(b"\r\n\r\n", 1)
    host, port = urlsplit(endpoint).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert read_answer(connection, "PUT").status == 200
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"body"


def test_expect_100_continue_without_a_body(endpoint: str, account: str, bucket: str) -> None:
    """The AWS CLI takes a final answer in place of 100 for the next answer on the connection too."""
    host, port = urlsplit(endpoint).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        for body in (b"", b"body", b""):
            request = Request(endpoint, "s3", "PUT", f"/{bucket}/key", key=account, body=body, headers={"expect": "100-continue"})
            head = request.sign().bytes().split(b"\r\n\r\n", 1)[0]
            connection.sendall(head + b"\r\n\r\n")
            invitation = b""
            while not invitation.endswith(b"\r\n\r\n"):
                invitation += connection.recv(1)
            assert invitation == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(body)
            assert read_answer(connection, "PUT").status == 200
        # HTTP/1.0 knows no answer before the answer.
        request = Request(endpoint, "s3", "PUT", f"/{bucket}/key", key=account, body=b"", headers={"expect": "100-continue"})
        connection.sendall(request.sign().bytes().replace(b" HTTP/1.1", b" HTTP/1.0", 1))
        assert connection.recv(64).split(b" ")[1] == b"200"


curl = pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")


@curl
def test_http2_with_prior_knowledge(endpoint: str, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"over h2" * 10_000)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"})
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "--http2-prior-knowledge", "-w", "%{stderr}%{http_version} %{http_code}", url],
        capture_output=True, timeout=30, check=False)
    assert done.stderr == b"2 200", done
    assert done.stdout == b"over h2" * 10_000


@curl
def test_tls(endpoint: str, s3: Any, bucket: str, server: Any) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"over TLS")
    port = urlsplit(endpoint).port
    authority = server.data / "tls" / "ca.pem"
    if not authority.exists():
        pytest.skip("this server has no certificate authority in its data directory")
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "--cacert", str(authority), f"https://localhost:{port}/_tarn/health"],
        capture_output=True, timeout=30, check=False)
    assert done.returncode == 0 and b"services" in done.stdout, done
