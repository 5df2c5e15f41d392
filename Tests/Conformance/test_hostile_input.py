"""Hostile input: AWS's error, nothing changed, and the server up (`_server_stays_up` looks after each test)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from raw_http import Answer, Request, exchange, json_call

DYNAMODB = "DynamoDB_20120810."


# Sizes

@pytest.mark.parametrize("shape", ["one long", "many", "long target"])
def test_oversized_heads(endpoint: str, account: str, nothing_changed: Any, shape: str) -> None:
    request = Request(endpoint, "s3", key=account).sign()
    if shape == "one long":
        request.headers["x-long"] = "a" * (1 << 20)
    elif shape == "many":
        request.headers.update({f"x-many-{number}": "a" for number in range(20_000)})
    else:
        request.path = "/" + "a" * (1 << 20)
    try:
        answer = request.send()
    except (HTTPException, ConnectionError):
        return  # cut off without an answer: allowed, like a proxy does
    assert answer.status in (400, 413, 414, 431), answer


def test_an_oversized_json_body(endpoint: str, account: str, nothing_changed: Any) -> None:
    body = b'{"TableName":"' + b"a" * (40 << 20) + b'"}'
    try:
        answer = json_call(endpoint, "dynamodb", DYNAMODB + "DescribeTable", body, key=account).sign().send()
    except (HTTPException, ConnectionError):
        return  # it stopped reading: the rest had nowhere to go
    assert answer.status in (400, 413), answer


def test_a_body_said_to_be_enormous_is_refused_before_it_comes(endpoint: str, account: str, nothing_changed: Any) -> None:
    request = Request(endpoint, "s3", "PUT", f"/{nothing_changed[0]}/new", key=account, payload="UNSIGNED-PAYLOAD")
    request.headers["content-length"] = str(6 << 40)
    answer = request.sign().send()
    assert (answer.status, answer.code) == (400, "EntityTooLarge"), answer


def test_an_item_over_400_kilobytes(dynamodb: Any, nothing_changed: tuple[str, str]) -> None:
    with pytest.raises(ClientError) as refused:
        dynamodb.put_item(TableName=nothing_changed[1], Item={"pk": {"S": "a"}, "v": {"S": "a" * (400 << 10)}})
    assert refused.value.response["Error"] == {
        "Code": "ValidationException", "Message": "Item size has exceeded the maximum allowed size"}


# Numbers

@pytest.mark.parametrize("count, code", [
    (20_001, "LimitExceededException"), (2**31 - 1, "LimitExceededException"),
    # The schema's integers have 32 bits.
    (2**31, "SerializationException"), (2**63 - 1, "SerializationException")])
def test_more_shards_than_memory_has_room_for(client_for: Callable[..., Any], count: int, code: str) -> None:
    kinesis = client_for("kinesis")
    with pytest.raises(ClientError) as refused:
        kinesis.create_stream(StreamName="enormous", ShardCount=count)
    assert refused.value.response["Error"]["Code"] == code
    assert "enormous" not in kinesis.list_streams()["StreamNames"]


# Keys

@pytest.mark.parametrize("key", [
    "../escape", "a/../../b", "..", ".", "./a", "/leading", "//double//slash", "trailing/", "a b+c%20d", "%2e%2e/%2e%2e/x",
    "\\windows\\path", "ünïcode/日本語/🦊", "a?b#c", "a&b=c;d", "'\"<>`{}|^~[]", "~", "con", "\u200b\u202e",
    "_tarn/health", "a" * 1_024])
def test_keys_are_only_names(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("path", [
    "/{bucket}/../{bucket}/kept", "/{bucket}/%2e%2e/%2e%2e/etc/passwd", "/../../../../etc/passwd", "//{bucket}//kept",
    "/{bucket}/..%2f..%2fkept", "/%2e%2e/_tarn/health", "/{bucket}%2fkept", "/{bucket}/%00", "/{bucket}/a%00b"])
def test_paths_are_not_walked(endpoint: str, account: str, nothing_changed: tuple[str, str], path: str) -> None:
    answer = Request(endpoint, "s3", "GET", path.format(bucket=nothing_changed[0]), key=account).sign().send()
    assert 400 <= answer.status < 500, answer
    assert b"kept" != answer.body and b"root:" not in answer.body


def test_a_key_of_1025_bytes(s3: Any, nothing_changed: tuple[str, str]) -> None:
    for key in ("a" * 1_025, "ä" * 513):
        with pytest.raises(ClientError) as refused:
            s3.put_object(Bucket=nothing_changed[0], Key=key, Body=b"")
        assert refused.value.response["Error"]["Code"] == "KeyTooLongError"


@pytest.mark.parametrize("name", ["..", "a", "UPPER", "under_score", "a..b", "-a-", "192.168.0.1", "xn--abc", "a" * 64])
def test_bucket_names(client_for: Callable[..., Any], endpoint: str, account: str, nothing_changed: Any, name: str) -> None:
    answer = Request(endpoint, "s3", "PUT", f"/{name}", key=account).sign().send()
    assert (answer.status, answer.code) == (400, "InvalidBucketName"), answer


# HTTP itself

def raw(endpoint: str, *lines: str, body: bytes = b"") -> bytes:
    host = urlsplit(endpoint).netloc
    return "\r\n".join(line.format(host=host) for line in lines).encode("latin-1") + b"\r\n\r\n" + body


def refuses(endpoint: str, message: bytes) -> Answer | None:
    """The refusal, or None when the server only closed."""
    try:
        answer = exchange(endpoint, message)
    except (HTTPException, ConnectionError):
        return None
    assert 400 <= answer.status < 600 and answer.status != 500, answer
    return answer


SMUGGLED = b"GET /_tarn/health HTTP/1.1\r\nHost: x\r\n\r\n"
BROKEN_HTTP = {
    "both lengths": (
        ("PUT /b/k HTTP/1.1", "Host: {host}", "Content-Length: 4", "Transfer-Encoding: chunked"), b"0\r\n\r\n" + SMUGGLED),
    "two lengths": (("PUT /b/k HTTP/1.1", "Host: {host}", "Content-Length: 4", "Content-Length: 40"), b"abcd" + SMUGGLED),
    "length list": (("PUT /b/k HTTP/1.1", "Host: {host}", "Content-Length: 4, 40"), b"abcd" + SMUGGLED),
    "negative length": (("PUT /b/k HTTP/1.1", "Host: {host}", "Content-Length: -1"), SMUGGLED),
    "length with plus": (("PUT /b/k HTTP/1.1", "Host: {host}", "Content-Length: +4"), b"abcd" + SMUGGLED),
    "huge length": (("PUT /b/k HTTP/1.1", "Host: {host}", "Content-Length: 99999999999999999999999"), b""),
    "odd encoding": (("PUT /b/k HTTP/1.1", "Host: {host}", "Transfer-Encoding: xchunked"), b"0\r\n\r\n"),
    "chunked not last": (("PUT /b/k HTTP/1.1", "Host: {host}", "Transfer-Encoding: chunked, identity"), b"0\r\n\r\n"),
    "spaced header": (("GET / HTTP/1.1", "Host: {host}", "Content-Length : 4"), b"abcd"),
    "folded header": (("GET / HTTP/1.1", "Host: {host}", "X-A: b", " folded"), b""),
    "no host": (("GET / HTTP/1.1",), b""),
    "two hosts": (("GET / HTTP/1.1", "Host: {host}", "Host: other"), b""),
    "bad chunk size": (("PUT /b/k HTTP/1.1", "Host: {host}", "Transfer-Encoding: chunked"), b"zz\r\nab\r\n0\r\n\r\n"),
    "huge chunk size": (("PUT /b/k HTTP/1.1", "Host: {host}", "Transfer-Encoding: chunked"), b"fffffffffffffffff\r\na"),
    "no version": (("GET /",), b""),
    "odd version": (("GET / HTTP/9.9", "Host: {host}"), b""),
    "odd method": (("G\x00ET / HTTP/1.1", "Host: {host}"), b""),
    "control in header": (("GET / HTTP/1.1", "Host: {host}", "X-A: a\x00b"), b""),
    "not a target": (("GET nonsense HTTP/1.1", "Host: {host}"), b""),
    "connect": (("CONNECT example.com:80 HTTP/1.1", "Host: {host}"), b""),
    "nothing sensible": (("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",), b"\xff" * 200),
}


@pytest.mark.parametrize("name", BROKEN_HTTP)
def test_broken_http(endpoint: str, nothing_changed: Any, name: str) -> None:
    lines, body = BROKEN_HTTP[name]
    refuses(endpoint, raw(endpoint, *lines, body=body))


@pytest.mark.parametrize("name", ["no host", "two hosts"])
def test_a_request_names_one_host(endpoint: str, name: str) -> None:
    answer = refuses(endpoint, raw(endpoint, *BROKEN_HTTP[name][0]))
    assert answer is not None and (answer.status, answer.code) == (400, "BadRequest"), answer
    assert exchange(endpoint, b"GET / HTTP/1.0\r\n\r\n").status == 403


@pytest.mark.parametrize("name", ["both lengths", "two lengths", "length list", "negative length", "spaced header"])
def test_nothing_is_smuggled_behind_a_broken_request(endpoint: str, name: str) -> None:
    """One refusal at most, and then the end of the connection: the second request is never answered."""
    lines, body = BROKEN_HTTP[name]
    host, port = urlsplit(endpoint).netloc.split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=3) as connection:
        connection.sendall(raw(endpoint, *lines, body=body + SMUGGLED))
        try:
            while piece := connection.recv(65_536):
                received += piece
        except (TimeoutError, ConnectionError):
            pass  # what came until then counts
    assert received.count(b"HTTP/1.1 ") <= 1, received
    assert b'"services"' not in received, received


def test_duplicate_signed_headers(endpoint: str, account: str) -> None:
    request = Request(endpoint, "s3", key=account).sign()
    message = request.bytes().replace(b"\r\n\r\n", b"\r\nx-amz-date: 20200101T000000Z\r\n\r\n", 1)
    answer = refuses(endpoint, message)
    assert answer is None or answer.status in (400, 403), answer


def test_a_slow_request_does_not_hold_up_others(endpoint: str, account: str, s3: Any) -> None:
    host, port = urlsplit(endpoint).netloc.split(":")
    slow = [socket.create_connection((host, int(port)), timeout=10) for _ in range(200)]
    try:
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        for _ in range(20):
            s3.list_buckets()
    finally:
        for connection in slow:
            connection.close()


def test_a_silent_greeting_is_ended(endpoint: str) -> None:
    """Someone who connects and never says what they want is sent away within the greeting's time."""
    host, port = urlsplit(endpoint).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        assert connection.recv(1) == b""


def test_a_half_sent_body_is_dropped(endpoint: str, account: str, nothing_changed: tuple[str, str]) -> None:
    request = Request(endpoint, "s3", "PUT", f"/{nothing_changed[0]}/half", key=account, body=b"a" * 100_000).sign()
    host, port = urlsplit(endpoint).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request.bytes()[:-50_000])
