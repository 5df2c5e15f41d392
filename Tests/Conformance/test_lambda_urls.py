"""Functions' own URLs: open ones, signed ones, and the forms of requests and answers."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ECHO = """
def handler(event, context):
    return {'statusCode': 201, 'headers': {'X-Own': 'yes'}, 'cookies': ['a=1'], 'body': __import__('json').dumps(event)}
"""


@pytest.fixture
def ask(endpoint: str) -> Callable[..., Any]:
    """ask(url, path): the URL's host need not be known to a name server."""
    pool = urllib3.PoolManager()

    def request(url: str, path: str = "/", method: str = "GET", body: bytes | None = None, **headers: str) -> Any:
        return pool.request(method, endpoint + path, body=body, headers={"Host": urlsplit(url).netloc, **headers})

    return request


def open_to_all(lambda_client: Any, name: str) -> None:
    lambda_client.add_permission(
        FunctionName=name, StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    lambda_client.add_permission(
        FunctionName=name, StatementId="call", Action="lambda:InvokeFunction", Principal="*", InvokedViaFunctionUrl=True)


def test_open_url(lambda_client: Any, function: Callable[..., Any], ask: Any, endpoint: str) -> None:
    made = function(ECHO)
    name = made["FunctionName"]
    config = lambda_client.create_function_url_config(FunctionName=name, AuthType="NONE")
    url = config["FunctionUrl"]
    assert config["FunctionArn"] == made["FunctionArn"] and ".lambda-url.us-east-1.localhost:" in url
    # Open, and yet nobody is allowed.
    assert ask(url).status == 403
    open_to_all(lambda_client, name)
    answer = ask(url, "/a%20b%2Fc?x=1&x=2&y=%C3%BC", "POST", b'{"n": 1}', **{"Content-Type": "application/json", "Cookie": "k=v; l=w"})
    assert answer.status == 201 and answer.headers["X-Own"] == "yes" and answer.headers["Set-Cookie"] == "a=1"
    event = answer.json()
    assert event["version"] == "2.0" and event["rawQueryString"] == "x=1&x=2&y=%C3%BC"
    # As sent, so that a/b and a%2Fb stay two paths; decoded beside it. Cookies are in both places.
    assert event["rawPath"] == "/a%20b%2Fc" and event["requestContext"]["http"]["path"] == "/a b/c"
    assert event["queryStringParameters"] == {"x": "1,2", "y": "ü"} and event["cookies"] == ["k=v", "l=w"]
    assert event["headers"]["cookie"] == "k=v; l=w"
    assert event["body"] == '{"n": 1}' and event["isBase64Encoded"] is False
    headers = event["headers"]
    assert (headers["x-forwarded-for"], headers["x-forwarded-proto"]) == ("127.0.0.1", "http")
    assert headers["x-forwarded-port"] == endpoint.rsplit(":", 1)[1] and "connection" not in headers
    assert event["requestContext"]["http"]["method"] == "POST" and event["requestContext"]["accountId"] == "anonymous"
    binary = ask(url, "/", "PUT", b"\xff\x00", **{"Content-Type": "application/octet-stream"}).json()
    assert binary["isBase64Encoded"] is True and base64.b64decode(binary["body"]) == b"\xff\x00"


def test_trace_header(lambda_client: Any, function: Callable[..., Any], ask: Any) -> None:
    """A request has one, its own or a new one, and the function goes on with it."""
    name = function(
        "import os\n\ndef handler(event, context):\n"
        "    return {'sent': event['headers']['x-amzn-trace-id'], 'seen': os.environ['_X_AMZN_TRACE_ID']}\n")["FunctionName"]
    url = lambda_client.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    open_to_all(lambda_client, name)
    made = ask(url).json()
    assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24}", made["sent"]) and made["seen"].startswith(made["sent"] + ";Parent=")
    root = "Root=1-5759e988-bd862e3fe1be46a994272793"
    given = f"{root};Parent=53995c3f42cd8ad8;Sampled=1"
    kept = ask(url, **{"X-Amzn-Trace-Id": given}).json()
    assert kept["sent"] == given and kept["seen"].startswith(root + ";Parent=") and ";Sampled=1" in kept["seen"]


def test_answers_without_a_status(lambda_client: Any, function: Callable[..., Any], ask: Any) -> None:
    name = function("def handler(event, context):\n    return {'a': 1} if event['rawPath'] == '/' else 1 / 0")["FunctionName"]
    url = lambda_client.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    open_to_all(lambda_client, name)
    answer = ask(url)
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json" and answer.json() == {"a": 1}
    assert ask(url, "/fail").status == 502


def test_signed_url(lambda_client: Any, function: Callable[..., Any], ask: Any, account: str) -> None:
    name = function(ECHO, Publish=True)["FunctionName"]
    lambda_client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    url = lambda_client.create_function_url_config(FunctionName=name, Qualifier="live", AuthType="AWS_IAM")["FunctionUrl"]
    assert ask(url).status == 403
    request = AWSRequest("GET", f"http://{urlsplit(url).netloc}/x")
    SigV4Auth(Credentials(account, "test"), "lambda", "us-east-1").add_auth(request)
    answer = ask(url, "/x", **{key: value for key, value in request.headers.items()})
    assert answer.status == 201, answer.data
    assert answer.json()["requestContext"]["authorizer"]["iam"]["accountId"] == account
    assert ask(url, "/y", **{key: value for key, value in request.headers.items()}).status == 403


def test_both_permissions_are_needed(lambda_client: Any, function: Callable[..., Any], ask: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html, for URLs since October 2025."""
    name = function("def handler(event, context): return 1")["FunctionName"]
    url = lambda_client.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    open_to_all(lambda_client, name)
    assert ask(url).status == 200
    lambda_client.remove_permission(FunctionName=name, StatementId="call")
    assert ask(url).status == 403
    # One that asks for nothing holds for URLs as well.
    lambda_client.add_permission(FunctionName=name, StatementId="call", Action="lambda:InvokeFunction", Principal="*")
    assert ask(url).status == 200
    lambda_client.remove_permission(FunctionName=name, StatementId="url")
    assert ask(url).status == 403


def test_a_user_of_a_signed_url_needs_both(
    lambda_client: Any, function: Callable[..., Any], ask: Any, iam: Any, unique: Callable[[str], str]
) -> None:
    made = function(ECHO)
    url = lambda_client.create_function_url_config(FunctionName=made["FunctionName"], AuthType="AWS_IAM")["FunctionUrl"]
    user = unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]

    def status(*statements: dict[str, Any]) -> int:
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": made["FunctionArn"], **each} for each in statements]}))
        request = AWSRequest("GET", f"http://{urlsplit(url).netloc}/")
        SigV4Auth(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), "lambda", "us-east-1").add_auth(request)
        return ask(url, **dict(request.headers.items())).status

    by_url = {"Action": "lambda:InvokeFunctionUrl", "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}}
    call = {"Action": "lambda:InvokeFunction", "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}}
    assert status(by_url) == 403
    assert status(call) == 403
    assert status(by_url, call) == 201


def test_cross_origin(lambda_client: Any, function: Callable[..., Any], ask: Any) -> None:
    name = function("def handler(event, context): return 1")["FunctionName"]
    url = lambda_client.create_function_url_config(
        FunctionName=name, AuthType="NONE", Cors={"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 60},
    )["FunctionUrl"]
    open_to_all(lambda_client, name)
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    preflight = ask(url, method="OPTIONS", **asked)
    assert preflight.status == 200 and preflight.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET" and preflight.headers["Access-Control-Max-Age"] == "60"
    assert ask(url, Origin="https://a.example").headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert "Access-Control-Allow-Origin" not in ask(url, Origin="https://b.example").headers


def test_operations(lambda_client: Any, function: Callable[..., Any], ask: Any) -> None:
    name = function("def handler(event, context): return 1")["FunctionName"]
    url = lambda_client.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    with pytest.raises(lambda_client.exceptions.ResourceConflictException):
        lambda_client.create_function_url_config(FunctionName=name, AuthType="NONE")
    changed = lambda_client.update_function_url_config(FunctionName=name, AuthType="AWS_IAM")
    assert changed["AuthType"] == "AWS_IAM" and changed["FunctionUrl"] == url and changed["InvokeMode"] == "BUFFERED"
    assert [each["FunctionUrl"] for each in lambda_client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]] == [url]
    lambda_client.delete_function_url_config(FunctionName=name)
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.get_function_url_config(FunctionName=name)
    assert ask(url).status == 403
    assert json.dumps(changed, default=str)
