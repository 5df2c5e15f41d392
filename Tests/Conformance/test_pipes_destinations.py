"""Pipes that call API destinations: as the enrichment and as the target."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import _client
from test_pipes import pipe, queue, receive, role  # noqa: F401

sqs = _client("sqs")
events = _client("events")
pipes = _client("pipes")


class Shop:
    """Answers each order with its price, and notes what it was asked."""

    def __init__(self) -> None:
        shop = self
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.failures = 0

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                shop.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                status, answer = 200, b""
                if shop.failures > 0:
                    shop.failures -= 1
                    status = 500
                elif self.path.startswith("/price") and body["order"] != "free":
                    answer = json.dumps({**body, "price": len(body["order"])}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.server.shutdown()


@pytest.fixture
def destination(events: Any, shop: Shop, unique: Callable[[str], str]) -> Callable[[str], str]:
    def make(path: str) -> str:
        name = unique("shop")
        connection = events.create_connection(Name=name, AuthorizationType="API_KEY", AuthParameters={
            "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "hush"}})["ConnectionArn"]
        return events.create_api_destination(
            Name=name, ConnectionArn=connection, InvocationEndpoint=shop.url + path, HttpMethod="POST",
            InvocationRateLimitPerSecond=300)["ApiDestinationArn"]

    return make


def orders(sqs: Any, url: str, *names: str) -> None:
    for name in names:
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"order": name}))


def test_enrichment(sqs: Any, pipe: Any, queue: Any, receive: Any, destination: Any, shop: Shop) -> None:  # noqa: F811
    (source, source_arn), (target, target_arn) = queue("source"), queue("target")
    pipe(
        Source=source_arn, Target=target_arn, Enrichment=destination("/price/*"),
        EnrichmentParameters={
            "InputTemplate": '{"order": <$.body.order>}',
            "HttpParameters": {"PathParameterValues": ["$.body.order"], "HeaderParameters": {"X-Own": "fixed"},
                               "QueryStringParameters": {"id": "$.messageId"}}})
    orders(sqs, source, "tea", "free", "coffee")
    found = [json.loads(each) for each in receive(target, 2)]
    # One request for each event; an empty answer filters.
    assert sorted((each["order"], each["price"]) for each in found) == [("coffee", 6), ("tea", 3)]
    assert sorted(path.split("?")[0] for path, _, _ in shop.requests) == ["/price/coffee", "/price/free", "/price/tea"]
    path, headers, _ = shop.requests[0]
    assert headers["x-key"] == "hush" and headers["x-own"] == "fixed" and "?id=" in path


def test_an_endpoint_that_fails(sqs: Any, pipe: Any, queue: Any, receive: Any, destination: Any, shop: Shop) -> None:  # noqa: F811
    (source, source_arn), (target, target_arn) = queue("source", VisibilityTimeout="1"), queue("target")
    shop.failures = 1
    pipe(Source=source_arn, Target=target_arn, Enrichment=destination("/price"),
         EnrichmentParameters={"InputTemplate": '{"order": <$.body.order>}'})
    orders(sqs, source, "tea")
    # The message comes back when its visibility ends.
    assert [json.loads(each)["price"] for each in receive(target)] == [3]
    assert len(shop.requests) == 2


def test_target(sqs: Any, pipe: Any, queue: Any, destination: Any, shop: Shop, eventually: Any) -> None:  # noqa: F811
    source, source_arn = queue("source")
    pipe(Source=source_arn, Target=destination("/sink"), TargetParameters={
        "InputTemplate": '{"order": <$.body.order>}', "HttpParameters": {"HeaderParameters": {"X-Order": "$.body.order"}}})
    orders(sqs, source, "tea", "milk")
    eventually(lambda: len(shop.requests) == 2)
    assert sorted((body["order"], headers["x-order"]) for _, headers, body in shop.requests) == [("milk", "milk"), ("tea", "tea")]


def test_a_role_that_may_not(sqs: Any, pipe: Any, queue: Any, role: Any, destination: Any, shop: Shop, eventually: Any) -> None:  # noqa: F811
    (source, source_arn), (_, target_arn) = queue("source", VisibilityTimeout="1"), queue("target")
    pipe(Source=source_arn, Target=target_arn, Enrichment=destination("/price"),
         RoleArn=role({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}))
    orders(sqs, source, "tea")

    def tried() -> bool:
        message = sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["All"])["Attributes"]
        return message["ApproximateNumberOfMessagesNotVisible"] == "1"

    eventually(tried)
    assert shop.requests == []


@pytest.mark.parametrize("enrichment", [
    "arn:aws:states:us-east-1:111122223333:stateMachine:express", "arn:aws:execute-api:us-east-1:111122223333:abc/prod/POST/x"])
def test_enrichments_that_are_not_built(pipes: Any, queue: Any, role: Any, unique: Any, enrichment: str) -> None:  # noqa: F811
    (_, source_arn), (_, target_arn) = queue("source"), queue("target")
    with pytest.raises(ClientError) as refusal:
        pipes.create_pipe(Name=unique("pipe"), RoleArn=role(), Source=source_arn, Target=target_arn, Enrichment=enrichment)
    assert refusal.value.response["Error"]["Code"] == "NotImplemented"
