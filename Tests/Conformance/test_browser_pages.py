"""Web pages that call services other than S3: preflights and what a page may see."""

from __future__ import annotations

import json

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from raw_http import unsigned

ASKED = "authorization,content-type,x-amz-date,x-amz-target,x-amz-user-agent"
PAGE = "http://localhost:3000"


def preflight(endpoint, origin, path="/", **more):
    fields = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": ASKED, **more}
    return unsigned(endpoint, "OPTIONS", path, fields)


@pytest.mark.parametrize(("path", "more"), [
    ("/", {}),
    ("/", {"Host": "dynamodb.us-east-1.amazonaws.com"}),
    ("/", {"Host": "sns.us-east-1.localhost"}),
    ("/2015-03-31/functions/f/invocations", {}),
    ("/v1/pipes/p", {}),
])
def test_a_preflight(endpoint, path, more):
    status, headers, body = preflight(endpoint, PAGE, path, **more)
    assert (status, body) == (200, b"")
    assert headers["access-control-allow-origin"] == PAGE
    assert headers["access-control-allow-methods"] == "POST"
    assert headers["access-control-allow-headers"] == ASKED


@pytest.mark.parametrize(("origin", "trusted"), [
    ("https://localhost", True), ("http://app.localhost:8080", True), ("http://127.0.0.1:5000", True), ("http://[::1]:80", True),
    ("https://example.com", False), ("http://localhost.example.com", False), ("http://127.0.0.1.example.com", False),
    ("http://127.0.0.256", False), ("null", False), ("localhost", False),
])
def test_which_pages(endpoint, origin, trusted):
    """The secret of development is known to all, so pages from elsewhere may not use it."""
    status, headers, _ = preflight(endpoint, origin)
    assert ("access-control-allow-origin" in headers) == trusted == (status == 200)
    # A page of the host that it calls may.
    assert preflight(endpoint, "http://tarn.example.com", Host="tarn.example.com:4566")[0] == 200


def test_what_a_page_sees(endpoint, account):
    def call(operation, origin):
        fields = {
            "X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0", "Origin": origin}
        request = AWSRequest("POST", endpoint + "/", data=b"{}", headers=fields)
        SigV4Auth(Credentials(account, "test"), "dynamodb", "us-east-1").add_auth(request)
        return unsigned(endpoint, "POST", "/", dict(request.headers.items()), b"{}")

    status, headers, body = call("ListTables", PAGE)
    assert (status, json.loads(body)) == (200, {"TableNames": []})
    assert (headers["access-control-allow-origin"], headers["vary"]) == (PAGE, "Origin")
    assert "x-amzn-RequestId" in headers["access-control-expose-headers"]
    status, headers, _ = call("DescribeTable", PAGE)
    assert (status, headers["access-control-allow-origin"]) == (400, PAGE)


@pytest.mark.parametrize("origin", ["https://example.com", "null"])
def test_a_page_from_elsewhere_changes_nothing(endpoint, account, client_for, unique, origin):
    """A plain POST with a query that was signed beforehand needs no preflight: it is refused itself."""
    name, user = unique("queue"), unique("user")

    def post(credentials, **fields):
        request = AWSRequest("POST", endpoint + "/", params={"Action": "CreateQueue", "QueueName": name, "Version": "2012-11-05"})
        SigV4QueryAuth(credentials, "sqs", "us-east-1").add_auth(request)
        return unsigned(endpoint, "POST", request.prepare().url.removeprefix(endpoint), {"Content-Type": "text/plain", **fields})

    status, headers, body = post(Credentials(account, "test"), Origin=origin)
    assert (status, b"<Code>AccessDenied</Code>" in body) == (403, True)
    assert "access-control-allow-origin" not in headers
    assert "QueueUrls" not in client_for("sqs").list_queues(QueueNamePrefix=name)
    assert post(Credentials(account, "test"))[0] == 200
    # A user's secret is the user's own affair.
    iam = client_for("iam")
    iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    key = iam.create_access_key(UserName=user)["AccessKey"]
    assert post(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), Origin=origin)[0] == 200


def test_buckets_have_their_own_rules(endpoint):
    status, headers, _ = preflight(endpoint, PAGE, "/some-bucket/key")
    assert status == 403 and "access-control-allow-origin" not in headers
