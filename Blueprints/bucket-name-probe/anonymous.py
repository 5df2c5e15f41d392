"""Every kind of request without a signature, held against what S3 documents for it. One step per argument; run after
`probe.py deploy`. Nothing here writes with credentials but the set-up of each step.
"""

import base64
import hashlib
import http.client
import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree as xml

import boto3
from botocore.config import Config

ENDPOINT = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
PRIVATE, OPEN, NOBODYS, LISTED = "probe-private", "probe-open", "probe-nobodys", "probe-acl"
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
BUCKET_READS = (
    "", "list-type=2", "versions", "uploads", "acl", "policy", "policyStatus", "versioning", "lifecycle", "tagging", "cors", "website",
    "logging", "notification", "encryption", "inventory", "location", "replication", "requestPayment", "publicAccessBlock",
    "ownershipControls", "object-lock", "accelerate", "metrics", "analytics", "intelligent-tiering")
OBJECT_READS = ("", "acl", "tagging", "retention", "legal-hold", "attributes", "versionId=null", "uploadId=none")
TAGS = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
KEYS = b"<Delete><Object><Key>report.txt</Key></Object></Delete>"
POLICY = b'{"Version": "2012-10-17", "Statement": []}'
# Each key of a deletion is judged by itself, within an answer that succeeds.
REFUSED_ONE_BY_ONE = (200, None)
# Method, path below the bucket, body.
WRITES = (
    ("PUT", "/mine", b"mine"), ("PUT", "/report.txt", b"mine"), ("DELETE", "/report.txt", b""), ("POST", "?delete", KEYS),
    ("POST", "/mine?uploads", b""), ("PUT", "/mine?partNumber=1&uploadId=none", b"mine"), ("DELETE", "/mine?uploadId=none", b""),
    ("PUT", "/report.txt?tagging", TAGS), ("DELETE", "/report.txt?tagging", b""), ("PUT", "?policy", POLICY),
    ("DELETE", "?policy", b""), ("DELETE", "?cors", b""), ("DELETE", "?website", b""), ("DELETE", "?lifecycle", b""),
    ("PUT", "?tagging", TAGS), ("DELETE", "?publicAccessBlock", b""), ("DELETE", "", b""))

s3 = boto3.client("s3")


def expect(what, expected, seen):
    if expected != seen:
        sys.exit(f"{what}\n  expected: {expected}\n  seen:     {seen}")


def ask(method, target, body=b"", **headers):
    """Status, error code, headers and body of a request that nobody signed."""
    connection = http.client.HTTPConnection(ENDPOINT.hostname, ENDPOINT.port, timeout=30)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if body and target.endswith("?delete"):
        fields["Content-MD5"] = base64.b64encode(hashlib.md5(body).digest()).decode()
    connection.request(method, target, body or None, fields)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    code = xml.fromstring(data).findtext("Code") if answer.status >= 300 and data.startswith(b"<?xml") else None
    return answer.status, code, {name.lower(): value for name, value in answer.getheaders()}, data


def probe(method, target, body=b"", **headers):
    return ask(method, target, body, **headers)[:2]


def everything():
    """No operation on a private bucket answers, and a bucket that is not there says so to each of them."""
    before = s3.list_object_versions(Bucket=PRIVATE)["Versions"]
    for query in BUCKET_READS:
        expect(f"GET ?{query}", (403, "AccessDenied"), probe("GET", f"/{PRIVATE}?{query}"))
        expect(f"GET ?{query} of nobody's", (404, "NoSuchBucket"), probe("GET", f"/{NOBODYS}?{query}"))
    for query in OBJECT_READS:
        expect(f"GET report.txt?{query}", (403, "AccessDenied"), probe("GET", f"/{PRIVATE}/report.txt?{query}"))
    for method, path, body in WRITES:
        expect(f"{method} {path}", REFUSED_ONE_BY_ONE if path == "?delete" else (403, "AccessDenied"),
               probe(method, f"/{PRIVATE}{path}", body))
        expect(f"{method} {path} of nobody's", (404, "NoSuchBucket"), probe(method, f"/{NOBODYS}{path}", body))
    expect("a bucket of one's own", (403, "AccessDenied"), probe("PUT", f"/{NOBODYS}"))
    expect("the list of buckets", (403, "AccessDenied"), probe("GET", "/"))
    expect("what is there", before, s3.list_object_versions(Bucket=PRIVATE)["Versions"])
    expect("the bucket's tags", None, tags_of(PRIVATE))


def tags_of(bucket):
    try:
        return s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    except s3.exceptions.ClientError as error:
        expect("no tags", "NoSuchTagSet", error.response["Error"]["Code"])
        return None


def headers():
    """What an answer carries though it refuses: ids of the request, and where the bucket is."""
    for method, bucket, status in (("HEAD", PRIVATE, 403), ("HEAD", OPEN, 200), ("HEAD", NOBODYS, 404), ("GET", PRIVATE, 403)):
        seen, _, fields, data = ask(method, f"/{bucket}")
        expect(f"{method} {bucket}", status, seen)
        expect("ids of the request", True, bool(fields.get("x-amz-request-id") and fields.get("x-amz-id-2")))
        expect("the bucket's Region", None if bucket == NOBODYS else "us-east-1", fields.get("x-amz-bucket-region"))
        if method == "HEAD":
            expect("a HEAD's body", b"", data)
    _, _, fields, data = ask("GET", f"/{PRIVATE}/report.txt")
    document = xml.fromstring(data)
    expect("the document", "Error", document.tag)
    expect("its members", set(), {"Code", "Message", "RequestId", "HostId"} - {member.tag for member in document})
    expect("the id within", fields["x-amz-request-id"], document.findtext("RequestId"))
    expect("its type", "application/xml", fields["content-type"])


def styles():
    """Path style and both virtual-hosted styles are one bucket."""
    for host in (f"{OPEN}.s3.amazonaws.com", f"{OPEN}.s3.us-east-1.amazonaws.com"):
        expect(host, (200, None), probe("GET", "/report.txt", Host=host))
        expect(f"a write by {host}", (403, "AccessDenied"), probe("PUT", "/mine", b"mine", Host=host))
    expect("a private bucket by host", (403, "AccessDenied"), probe("GET", "/report.txt", Host=f"{PRIVATE}.s3.amazonaws.com"))
    expect("nobody's by host", (404, "NoSuchBucket"), probe("GET", "/", Host=f"{NOBODYS}.s3.amazonaws.com"))


def reading():
    """What an open bucket does for a stranger, and what even there wants a signature."""
    status, _, fields, data = ask("GET", f"/{OPEN}/report.txt")
    expect("an object", (200, b"figures"), (status, data))
    tag = fields["etag"]
    expect("a range", (206, b"gur"), ask("GET", f"/{OPEN}/report.txt", Range="bytes=2-4")[::3])
    expect("a range beyond it", (416, "InvalidRange"), probe("GET", f"/{OPEN}/report.txt", Range="bytes=100-"))
    expect("what is known already", (304, None), probe("GET", f"/{OPEN}/report.txt", If_None_Match=tag))
    expect("another than expected", (412, "PreconditionFailed"), probe("GET", f"/{OPEN}/report.txt", If_Match='"0"'))
    expect("headers of one's choosing", (400, "InvalidRequest"),
           probe("GET", f"/{OPEN}/report.txt?response-content-type=text%2Fhtml"))
    for query in ("acl", "policy", "versioning", "uploads"):
        expect(f"what the policy does not grant: ?{query}", (403, "AccessDenied"), probe("GET", f"/{OPEN}?{query}"))
    expect("tags of an object", (403, "AccessDenied"), probe("GET", f"/{OPEN}/report.txt?tagging"))
    before = s3.list_objects_v2(Bucket=OPEN)["Contents"]
    for method, path, body in WRITES:
        expect(f"{method} {path}", REFUSED_ONE_BY_ONE if path == "?delete" else (403, "AccessDenied"),
               probe(method, f"/{OPEN}{path}", body))
    expect("what is there", before, s3.list_objects_v2(Bucket=OPEN)["Contents"])
    refused = xml.fromstring(ask("POST", f"/{OPEN}?delete", KEYS)[3])
    expect("a key's refusal", ["AccessDenied"], [e.text for e in refused.iter() if e.tag.endswith("Code")])


def conditions():
    """A policy that opens a bucket on conditions holds strangers to them."""
    kept = s3.get_bucket_policy(Bucket=OPEN)["Policy"]
    try:
        s3.put_bucket_policy(Bucket=OPEN, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{OPEN}/*",
             "Condition": {"StringLike": {"aws:Referer": "https://www.example.com/*"}}},
            {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{OPEN}/secret/*"}]}))
        expect("from elsewhere", (403, "AccessDenied"), probe("GET", f"/{OPEN}/report.txt"))
        expect("from the page", (200, None), probe("GET", f"/{OPEN}/report.txt", Referer="https://www.example.com/a"))
        expect("a denial", (403, "AccessDenied"), probe("GET", f"/{OPEN}/secret/a", Referer="https://www.example.com/a"))
        # Who may not list is not told that a key is missing.
        expect("a missing key", (403, "AccessDenied"), probe("GET", f"/{OPEN}/nothing", Referer="https://www.example.com/a"))
        s3.put_bucket_request_payment(Bucket=OPEN, RequestPaymentConfiguration={"Payer": "Requester"})
        expect("where the requester pays", (403, "AccessDenied"),
               probe("GET", f"/{OPEN}/report.txt", Referer="https://www.example.com/a", x_amz_request_payer="requester"))
    finally:
        s3.put_bucket_request_payment(Bucket=OPEN, RequestPaymentConfiguration={"Payer": "BucketOwner"})
        s3.put_bucket_policy(Bucket=OPEN, Policy=kept)


def lists():
    """Access control lists, where the bucket's owner has kept them: the group of all users, and of those who have an account."""
    s3.create_bucket(Bucket=LISTED, ObjectOwnership="ObjectWriter")
    s3.put_public_access_block(Bucket=LISTED, PublicAccessBlockConfiguration=dict.fromkeys(FLAGS, False))
    for name, access in (("all", "public-read"), ("members", "authenticated-read"), ("own", "private")):
        s3.put_object(Bucket=LISTED, Key=name, Body=name.encode(), ACL=access)
    expect("for all", (200, None), probe("GET", f"/{LISTED}/all"))
    expect("for those with an account", (403, "AccessDenied"), probe("GET", f"/{LISTED}/members"))
    expect("for the owner", (403, "AccessDenied"), probe("GET", f"/{LISTED}/own"))
    stranger = boto3.client("s3", aws_access_key_id="222222222222", aws_secret_access_key="test", config=Config(retries={
        "total_max_attempts": 1}))
    expect("one with an account", b"members", stranger.get_object(Bucket=LISTED, Key="members")["Body"].read())
    expect("the listing", (403, "AccessDenied"), probe("GET", f"/{LISTED}"))
    s3.put_bucket_acl(Bucket=LISTED, ACL="public-read-write")
    expect("the listing, opened", (200, None), probe("GET", f"/{LISTED}"))
    expect("a stranger's object", (200, None), probe("PUT", f"/{LISTED}/strangers", b"mine"))
    s3.put_public_access_block(Bucket=LISTED, PublicAccessBlockConfiguration={
        **dict.fromkeys(FLAGS, False), "IgnorePublicAcls": True})
    for path in ("", "/all"):
        expect(f"with lists ignored: {path}", (403, "AccessDenied"), probe("GET", f"/{LISTED}{path}"))


def signatures():
    """Half a signature is not none: each is refused as what it is, and an open bucket does not make it good."""
    target = f"/{OPEN}/report.txt"
    scope = "Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request"
    expect("a broken header", (400, "AuthorizationHeaderMalformed"), probe("GET", target, Authorization="AWS4-HMAC-SHA256 nothing"))
    expect("another scheme", (400, "InvalidRequest"), probe("GET", target, Authorization="Bearer token"))
    expect("half a presigned URL", (400, "AuthorizationQueryParametersError"),
           probe("GET", f"{target}?X-Amz-Algorithm=AWS4-HMAC-SHA256"))
    signed = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    status, code = probe("GET", target, Authorization=signed, x_amz_date="20260101T000000Z", x_amz_content_sha256="UNSIGNED-PAYLOAD")
    expect("an unknown key, or an old date", (403, True), (status, code in ("InvalidAccessKeyId", "RequestTimeTooSkewed")))
    url = s3.generate_presigned_url("get_object", Params={"Bucket": PRIVATE, "Key": "report.txt"}, ExpiresIn=600)
    parts = urllib.parse.urlsplit(url)
    expect("a presigned URL", (200, None), probe("GET", f"{parts.path}?{parts.query}"))
    expect("for another key", (403, "SignatureDoesNotMatch"), probe("GET", f"/{PRIVATE}/other?{parts.query}"))
    expect("for another method", (403, "SignatureDoesNotMatch"), probe("DELETE", f"{parts.path}?{parts.query}"))
    expect("methods that S3 has not", (405, "MethodNotAllowed"), probe("PATCH", target))


def clean():
    try:
        for entry in s3.list_objects_v2(Bucket=LISTED).get("Contents", []):
            s3.delete_object(Bucket=LISTED, Key=entry["Key"])
        s3.delete_bucket(Bucket=LISTED)
    except s3.exceptions.NoSuchBucket:
        pass


STEPS = {step.__name__: step for step in (everything, headers, styles, reading, conditions, lists, signatures, clean)}

if __name__ == "__main__":
    STEPS[sys.argv[1]]()
