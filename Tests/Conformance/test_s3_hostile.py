"""Mutated requests of every kind that carries a document, against a bucket that lets everybody do everything: so the parsers
behind authentication are met, too. Whatever comes, S3 answers with a refusal of its own or understands; it never fails, and
what was there before stays readable.

FUZZ_SEED and FUZZ_ROUNDS choose another run and a longer one. CORPUS grows by what a run finds.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import socket
import urllib.parse

import pytest

SEED = int(os.environ.get("FUZZ_SEED", "20261121"))
ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "700"))
SPICES = [b"<", b">", b"&", b"]]>", b"<!--", b"&#x0;", b"&#xFFFFFFFF;", b"\r\n", b"\0", b"-1", b"18446744073709551616", b"%", b"%zz", b"%00",
          b"+", b"\xff\xfe", b"\xf0\x9f\x98\x80", b"--form", b"--form--\r\n", b";", b":", b"=", b",", b"ffffffffffffffff\r\n", b"0\r\n\r\n",
          b"../", b"//", b"?", b"#", b"<!DOCTYPE a [<!ENTITY b \"c\">]>", b"xmlns=''", b"2026-13-45T99:99:99Z", b"NaN", b"1e999"]
FORM = (b"--form\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nposted\r\n--form\r\nContent-Disposition: form-data; "
        b"name=\"file\"; filename=\"a\"\r\nContent-Type: text/plain\r\n\r\nbytes\r\n--form--\r\n")
CHUNKED = b"5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"
# Method, path below the bucket, headers, body.
CORPUS = [
    ("POST", "?delete", {}, b"<Delete><Object><Key>nothing</Key></Object><Quiet>true</Quiet></Delete>"),
    ("PUT", "/k?tagging", {}, b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"),
    ("POST", "/k?uploadId=UPLOAD", {}, b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"e\"</ETag></Part>"
                                       b"</CompleteMultipartUpload>"),
    ("PUT", "?lifecycle", {}, b"<LifecycleConfiguration><Rule><ID>a</ID><Filter><Prefix>never/</Prefix></Filter><Status>Disabled"
                              b"</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"),
    ("PUT", "?cors", {}, b"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
                         b"</CORSRule></CORSConfiguration>"),
    ("PUT", "?website", {}, b"<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix></IndexDocument><RoutingRules><RoutingRule>"
                            b"<Redirect><HostName>a</HostName></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>"),
    ("PUT", "?notification", {}, b"<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>"),
    ("PUT", "?encryption", {}, b"<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256"
                               b"</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"),
    ("PUT", "?inventory&id=a", {}, b"<InventoryConfiguration><Id>a</Id><IsEnabled>false</IsEnabled><IncludedObjectVersions>All"
                                   b"</IncludedObjectVersions><Schedule><Frequency>Daily</Frequency></Schedule>"
                                   b"<Destination><S3BucketDestination><Bucket>arn:aws:s3:::nowhere-at-all</Bucket><Format>CSV"
                                   b"</Format></S3BucketDestination></Destination></InventoryConfiguration>"),
    ("POST", "/csv?select&select-type=2", {}, b"<SelectObjectContentRequest><Expression>SELECT * FROM S3Object s WHERE s.a='1'"
                                              b"</Expression><ExpressionType>SQL</ExpressionType><InputSerialization><CSV>"
                                              b"<FileHeaderInfo>USE</FileHeaderInfo></CSV></InputSerialization><OutputSerialization>"
                                              b"<JSON/></OutputSerialization></SelectObjectContentRequest>"),
    ("POST", "", {"content-type": "multipart/form-data; boundary=form"}, FORM),
    ("PUT", "/chunked", {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "content-encoding": "aws-chunked",
                         "x-amz-decoded-content-length": "11", "x-amz-trailer": "x-amz-checksum-crc32"}, CHUNKED),
    ("PUT", "/meta", {"x-amz-meta-a": "b", "x-amz-tagging": "a=b&c=d", "cache-control": "no-cache",
                      "x-amz-checksum-crc32": "AAAAAA==", "expires": "Wed, 21 Oct 2026 07:28:00 GMT"}, b""),
    ("GET", "/kept", {"range": "bytes=0-1", "if-modified-since": "Wed, 21 Oct 2026 07:28:00 GMT", "if-none-match": "\"a\", W/\"b\""}, b""),
    ("GET", "?list-type=2&max-keys=2&delimiter=%2F&prefix=a&start-after=b&encoding-type=url&continuation-token=x", {}, b""),
    ("GET", "?versions&key-marker=a&version-id-marker=null&max-keys=3", {}, b""),
    ("GET", "?uploads&upload-id-marker=a&key-marker=b", {}, b""),
    ("PUT", "/copied", {"x-amz-copy-source": "/BUCKET/kept?versionId=null", "x-amz-copy-source-range": "bytes=0-1",
                        "x-amz-metadata-directive": "REPLACE"}, b""),
    ("GET", "/kept?attributes", {"x-amz-object-attributes": "ETag,ObjectSize", "x-amz-max-parts": "1"}, b""),
    ("POST", "/kept?restore", {}, b"<RestoreRequest><Days>1</Days></RestoreRequest>"),
]


@pytest.fixture
def target(s3, unique):
    """A bucket that lets everybody do everything but take this away, and an upload in it."""
    bucket = unique("hostile")
    s3.create_bucket(Bucket=bucket)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False))
    for key, body in (("kept", b"kept"), ("csv", b"a,b\n1,2\n"), ("k", b"k")):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    arns = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": arns},
        {"Effect": "Deny", "Principal": "*", "Action": ["s3:DeleteObject*", "s3:PutObject*"],
         "Resource": [f"arn:aws:s3:::{bucket}/kept", f"arn:aws:s3:::{bucket}/csv"]},
        {"Effect": "Deny", "Principal": "*", "Action": ["s3:DeleteBucket*", "s3:PutBucketPolicy"], "Resource": arns}]}))
    return bucket, s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]


def mutated(data, dice):
    data = bytearray(data)
    for _ in range(dice.randint(1, 3)):
        at = dice.randint(0, len(data))
        kind = dice.randrange(5)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del data[at:at + dice.randint(0, 12)]
        elif kind == 2:
            data[at:at] = data[at:at + dice.randint(0, 40)] * dice.choice((1, 1, 50))
        elif kind == 3:
            data[at:at] = dice.choice(SPICES)
        else:
            del data[at:]
    return bytes(data)


def message(method, path, headers, body, host):
    lines = [f"{method} ".encode() + path + b" HTTP/1.1", b"host: " + host.encode()]
    lines += [name.encode() + b": " + value for name, value in headers.items()]
    if method != "GET":
        lines.append(b"content-length: %d" % len(body))
    if path.endswith(b"?delete"):
        lines.append(b"content-md5: " + base64.b64encode(hashlib.md5(body).digest()))
    return b"\r\n".join(lines) + b"\r\nconnection: close\r\n\r\n" + body


def answer(address, data):
    """The whole answer; nothing, where the server hangs up on what is no HTTP."""
    with socket.create_connection(address, timeout=20) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has answered and closed already
        pieces = []
        try:
            while piece := connection.recv(65_536):
                pieces.append(piece)
        except ConnectionResetError:
            pass
        return b"".join(pieces)


def test_nothing_that_comes_in_is_a_failure(s3, server, endpoint, target):
    bucket, upload = target
    parts = urllib.parse.urlsplit(endpoint)
    address, dice = (parts.hostname, parts.port), random.Random(SEED)
    seen = {}
    for number in range(ROUNDS):
        method, path, headers, body = CORPUS[number % len(CORPUS)]
        path = f"/{bucket}{path}".replace("UPLOAD", upload).encode()
        headers = {name: value.replace("BUCKET", bucket).encode() for name, value in headers.items()}
        if number >= len(CORPUS):
            part = dice.choice(["body"] * 3 + ["header", "path"])
            if part == "body" and body:
                body = mutated(body, dice)
            elif headers and part != "path":
                name = dice.choice(sorted(headers))
                headers[name] = mutated(headers[name], dice).replace(b"\n", b"").replace(b"\r", b"")
            else:
                keep = len(bucket) + 2
                path = path[:keep] + mutated(path[keep:], dice).replace(b" ", b"").replace(b"\r", b"").replace(b"\n", b"")
        data = message(method, path, headers, body, parts.netloc)
        got = answer(address, data)
        status = int(got[9:12]) if got.startswith(b"HTTP/1.1 ") else 0
        assert status < 500 or status == 501, f"FUZZ_SEED={SEED}, round {number}: {status} for {data!r}\n{got[:600]!r}"
        assert server.is_running(), f"FUZZ_SEED={SEED}, round {number}: the server ended after {data!r}\n{server.log_tail()}"
        seen[status] = seen.get(status, 0) + 1
    # Some were understood and some refused: the bucket was open, and the mutations bit.
    assert seen.get(200, 0) > ROUNDS // 20 and seen.get(400, 0) > ROUNDS // 20, seen
    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"kept"
    assert server.is_healthy()
