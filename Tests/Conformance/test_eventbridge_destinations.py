"""EventBridge: connections, API destinations and the requests that events become."""

from __future__ import annotations

import base64
import http.server
import json
import threading
import time
import urllib.parse

import pytest
from botocore.exceptions import ClientError
from refusals import assert_refused


class Listener:
    """A web server that notes requests and answers as it is told."""

    def __init__(self):
        listener = self
        self.requests = []
        self.answers = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = urllib.parse.urlsplit(self.path)
                status, headers, answer = 200, {}, b"{}"
                if path.path == "/token":
                    answer = json.dumps({"access_token": f"t{len(listener.of('/token'))}", "expires_in": 3600}).encode()
                elif listener.answers:
                    status, headers = listener.answers.pop(0)
                listener.requests.append({
                    "method": self.command, "path": path.path, "query": dict(urllib.parse.parse_qsl(path.query)),
                    "headers": {name.lower(): value for name, value in self.headers.items()}, "body": body.decode()})
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_PUT = do_GET = do_PATCH = do_DELETE = handle_any

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, path):
        return [request for request in self.requests if request["path"] == path]

    def wait(self, path, count=1):
        until = time.monotonic() + 5
        while len(self.of(path)) < count and time.monotonic() < until:
            time.sleep(0.02)
        return self.of(path)


@pytest.fixture(scope="module")
def listener():
    listener = Listener()
    yield listener
    listener.server.shutdown()


@pytest.fixture(scope="module")
def events(client_for):
    return client_for("events")


@pytest.fixture(scope="module")
def sqs(client_for):
    return client_for("sqs")


@pytest.fixture(scope="module")
def secrets(client_for):
    return client_for("secretsmanager")


@pytest.fixture(scope="module")
def role(iam, unique):
    name = unique("role")
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "events:InvokeApiDestination", "Resource": "*"}]}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    return arn


API_KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "hush"}}


@pytest.fixture
def wired(events, listener, role, unique):
    """A bus whose events go to the listener under a path of their own: put(detail) and the path."""

    def make(kind="API_KEY", parameters=API_KEY, path=None, method="POST", rate=100, **target):
        name = unique("d")
        connection = events.create_connection(Name=name, AuthorizationType=kind, AuthParameters=parameters)["ConnectionArn"]
        destination = events.create_api_destination(
            Name=name, ConnectionArn=connection, InvocationEndpoint=listener.url + (path or f"/{name}"), HttpMethod=method,
            InvocationRateLimitPerSecond=rate)["ApiDestinationArn"]
        bus = unique("bus")
        events.create_event_bus(Name=bus)
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": ["shop"]}))
        failed = events.put_targets(Rule=name, EventBusName=bus, Targets=[
            {"Id": "d", "Arn": destination, "RoleArn": role, "InputPath": "$.detail", **target}])
        assert failed["FailedEntryCount"] == 0

        def put(detail):
            events.put_events(Entries=[
                {"EventBusName": bus, "Source": "shop", "DetailType": "order", "Detail": json.dumps(detail)}])

        return name, put

    return make


def test_an_api_key_and_parameters(wired, listener, unique):
    parameters = {**API_KEY, "InvocationHttpParameters": {
        "HeaderParameters": [{"Key": "X-Shop", "Value": "connection"}],
        "QueryStringParameters": [{"Key": "q", "Value": "a b", "IsValueSecret": True}],
        "BodyParameters": [{"Key": "extra", "Value": "yes"}]}}
    base = "/" + unique("p")
    _, put = wired(parameters=parameters, path=f"{base}/*/items/*", HttpParameters={
        "PathParameterValues": ["fixed", "$.detail.id"], "HeaderParameters": {"X-Shop": "target", "X-Id": "$.detail.id"},
        "QueryStringParameters": {"n": "$.detail.number"}})
    put({"id": "a/b", "number": 7})
    (request,) = listener.wait(f"{base}/fixed/items/a%2Fb")
    assert request["method"] == "POST" and request["query"] == {"n": "7", "q": "a b"}
    assert json.loads(request["body"]) == {"id": "a/b", "number": 7, "extra": "yes"}
    headers = request["headers"]
    assert (headers["x-key"], headers["x-shop"], headers["x-id"]) == ("hush", "connection", "a/b")
    assert headers["user-agent"] == "Amazon/EventBridge/ApiDestinations"
    assert headers["content-type"].startswith("application/json")


def test_basic_authorization(wired, listener):
    name, put = wired("BASIC", {"BasicAuthParameters": {"Username": "me", "Password": "pass"}}, method="PUT")
    put({"n": 1})
    (request,) = listener.wait(f"/{name}")
    assert request["method"] == "PUT"
    assert request["headers"]["authorization"] == "Basic " + base64.b64encode(b"me:pass").decode()


def test_oauth(events, wired, listener):
    oauth = {"OAuthParameters": {
        "ClientParameters": {"ClientID": "id", "ClientSecret": "s&cret"}, "AuthorizationEndpoint": listener.url + "/token",
        "HttpMethod": "POST", "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "all"}]}}}
    name, put = wired("OAUTH_CLIENT_CREDENTIALS", oauth)
    for _ in range(100):
        if events.describe_connection(Name=name)["ConnectionState"] == "AUTHORIZED":
            break
        time.sleep(0.05)
    shown = events.describe_connection(Name=name)
    assert shown["ConnectionState"] == "AUTHORIZED" and "LastAuthorizedTime" in shown
    form = dict(urllib.parse.parse_qsl(listener.of("/token")[0]["body"]))
    assert form == {"grant_type": "client_credentials", "client_id": "id", "client_secret": "s&cret", "scope": "all"}
    put({"n": 1})
    put({"n": 2})
    requests = listener.wait(f"/{name}", 2)
    assert [request["headers"]["authorization"] for request in requests] == ["Bearer t0"] * 2
    assert len(listener.of("/token")) == 1


def test_a_connection_and_its_secret(events, secrets, listener, unique, account):
    name = unique("connection")
    made = events.create_connection(Name=name, AuthorizationType="BASIC", Description="d", AuthParameters={
        "BasicAuthParameters": {"Username": "me", "Password": "pass"}, "InvocationHttpParameters": {
            "HeaderParameters": [{"Key": "A", "Value": "open"}, {"Key": "B", "Value": "closed", "IsValueSecret": True}]}})
    assert made["ConnectionState"] == "AUTHORIZED"
    assert made["ConnectionArn"].startswith(f"arn:aws:events:us-east-1:{account}:connection/{name}/")
    shown = events.describe_connection(Name=name)
    assert shown["AuthParameters"]["BasicAuthParameters"] == {"Username": "me"}
    assert [header.get("Value") for header in shown["AuthParameters"]["InvocationHttpParameters"]["HeaderParameters"]] == [
        "open", None]
    secret = secrets.describe_secret(SecretId=shown["SecretArn"])
    assert secret["OwningService"] == "events" and secret["Name"].startswith(f"events!connection/{name}/")
    value = json.loads(secrets.get_secret_value(SecretId=shown["SecretArn"])["SecretString"])
    assert (value["username"], value["password"]) == ("me", "pass")
    with pytest.raises(ClientError):
        secrets.put_secret_value(SecretId=shown["SecretArn"], SecretString="x")

    events.update_connection(Name=name, AuthParameters={"BasicAuthParameters": {"Password": "new"}})
    value = json.loads(secrets.get_secret_value(SecretId=shown["SecretArn"])["SecretString"])
    assert (value["username"], value["password"]) == ("me", "new")
    assert [entry["Name"] for entry in events.list_connections(NamePrefix=name)["Connections"]] == [name]
    destination = events.create_api_destination(
        Name=name, ConnectionArn=made["ConnectionArn"], InvocationEndpoint="https://example.com/x", HttpMethod="GET")
    assert destination["ApiDestinationState"] == "ACTIVE"
    events.deauthorize_connection(Name=name)
    assert events.describe_connection(Name=name)["ConnectionState"] == "DEAUTHORIZED"
    assert events.describe_api_destination(Name=name)["ApiDestinationState"] == "INACTIVE"
    assert_refused(secrets.describe_secret, "ResourceNotFoundException", "", SecretId=shown["SecretArn"])
    events.update_api_destination(Name=name, InvocationRateLimitPerSecond=5)
    listed = events.list_api_destinations(ConnectionArn=made["ConnectionArn"])["ApiDestinations"]
    assert [(entry["Name"], entry["InvocationRateLimitPerSecond"]) for entry in listed] == [(name, 5)]
    events.delete_api_destination(Name=name)
    events.delete_connection(Name=name)
    assert_refused(events.describe_connection, "ResourceNotFoundException", f"Connection '{name}' does not exist.", Name=name)
    assert_refused(events.describe_api_destination, "ResourceNotFoundException", f"'{name}' does not exist.", Name=name)


def test_refusals(events, unique):
    name = unique("connection")
    assert_refused(events.create_connection, "ValidationException", "AuthParameters", Name=name, AuthorizationType="BASIC",
            AuthParameters=API_KEY)
    arn = events.create_connection(Name=name, AuthorizationType="API_KEY", AuthParameters=API_KEY)["ConnectionArn"]
    assert_refused(events.create_connection, "ResourceAlreadyExistsException", name, Name=name, AuthorizationType="API_KEY",
            AuthParameters=API_KEY)
    assert_refused(events.create_api_destination, "ValidationException", "HTTPS", Name=name, ConnectionArn=arn, HttpMethod="POST",
            InvocationEndpoint="http://example.com/")
    assert_refused(events.create_api_destination, "ResourceNotFoundException", "does not exist", Name=name, HttpMethod="POST",
            ConnectionArn=arn[:-1] + ("0" if arn[-1] != "0" else "1"), InvocationEndpoint="https://example.com/")


def test_failures_are_tried_again_or_buried(sqs, wired, listener, unique, advance):
    url = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    name, put = wired(DeadLetterConfig={"Arn": arn}, RetryPolicy={"MaximumRetryAttempts": 2})
    # Not before the destination wants it.
    listener.answers[:] = [(503, {"Retry-After": "300"})]
    put({"n": 1})
    assert len(listener.wait(f"/{name}")) == 1
    time.sleep(0.1)
    advance(200)
    time.sleep(0.2)
    assert len(listener.of(f"/{name}")) == 1
    advance(150)
    assert len(listener.wait(f"/{name}", 2)) == 2
    # A refusal of the request itself is final.
    listener.answers[:] = [(400, {})]
    put({"n": 2})
    (letter,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MessageAttributeNames=["All"])["Messages"]
    attributes = {key: value["StringValue"] for key, value in letter["MessageAttributes"].items()}
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == ("SDK_CLIENT_ERROR", "0")
    assert "400" in attributes["ERROR_MESSAGE"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    # Two retries, and no more.
    listener.answers[:] = [(500, {})] * 3
    before = len(listener.of(f"/{name}"))
    put({"n": 3})
    for number in range(1, 4):
        assert len(listener.wait(f"/{name}", before + number)) == before + number
        time.sleep(0.1)
        advance(10)
    (letter,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MessageAttributeNames=["All"])["Messages"]
    assert letter["MessageAttributes"]["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == "MaximumRetryAttempts"
    assert letter["MessageAttributes"]["RETRY_ATTEMPTS"]["StringValue"] == "2"


def test_the_rate_is_kept(wired, listener, advance):
    name, put = wired(rate=1)
    for number in range(3):
        put({"n": number})
    assert len(listener.wait(f"/{name}")) >= 1
    assert len(listener.of(f"/{name}")) < 3
    advance(5)
    assert len(listener.wait(f"/{name}", 3)) == 3
