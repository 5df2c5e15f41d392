"""Responses that are passed on while a function makes them: by InvokeWithResponseStream and by functions' URLs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from botocore.exceptions import ClientError

NODE = {"Runtime": "nodejs20.x", "Handler": "index.handler"}

# What it does is in the event, which for a URL is in the body.
STREAMER = """
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  const wish = event.body ? JSON.parse(event.body) : event;
  if (wish.early) throw new RangeError('before a byte');
  if (wish.http) stream = awslambda.HttpResponseStream.from(stream, wish.http);
  else stream.setContentType(wish.type ?? 'text/plain');
  for (const piece of wish.pieces ?? []) {
    stream.write(piece);
    await pause(wish.pause ?? 20);
  }
  if (wish.large) {
    const block = Buffer.alloc(1 << 20, 'x');
    for (let i = 0; i < wish.large; i++) if (!stream.write(block)) await new Promise((go) => stream.once('drain', go));
  }
  if (wish.late) throw new RangeError('after some bytes');
  stream.end();
  await new Promise((go) => stream.on('finish', go));
  console.log('done', context.awsRequestId.length);
});
"""


@pytest.fixture
def streamer(function: Callable[..., Any]) -> str:
    return function({"index.mjs": STREAMER}, **NODE)["FunctionName"]


def stream(lambda_client: Any, name: str, event: Any, **more: Any) -> tuple[list[bytes], dict[str, Any], list[float]]:
    """The chunks, how it ended, and when each came."""
    answer = lambda_client.invoke_with_response_stream(FunctionName=name, Payload=json.dumps(event), **more)
    assert answer["StatusCode"] == 200 and answer["ExecutedVersion"] == "$LATEST"
    chunks, ends, times = [], [], []
    for each in answer["EventStream"]:
        times.append(time.monotonic())
        if "PayloadChunk" in each:
            chunks.append(each["PayloadChunk"]["Payload"])
        else:
            ends.append(each["InvokeComplete"])
    assert len(ends) == 1
    return chunks, ends[0], times


def test_pieces_come_as_they_are_made(lambda_client: Any, streamer: str) -> None:
    chunks, end, times = stream(lambda_client, streamer, {"pieces": ["one ", "two ", "three"], "pause": 400}, LogType="Tail")
    assert b"".join(chunks) == b"one two three" and len(chunks) == 3
    # The first is here long before the last is made.
    assert times[-1] - times[0] > 0.7
    assert "ErrorCode" not in end and end["LogResult"]
    # Invoke gives the whole of it.
    whole = lambda_client.invoke(FunctionName=streamer, Payload=json.dumps({"pieces": ["a", "b"]}))
    assert whole["Payload"].read() == b"ab" and "FunctionError" not in whole


def test_more_than_an_ordinary_response_may_have(lambda_client: Any, streamer: str) -> None:
    chunks, end, _ = stream(lambda_client, streamer, {"large": 20})
    assert sum(map(len, chunks)) == 20 << 20 and "ErrorCode" not in end


def test_failures(lambda_client: Any, streamer: str, function: Callable[..., Any]) -> None:
    chunks, end, _ = stream(lambda_client, streamer, {"early": True})
    assert chunks == [] and json.loads(end["ErrorDetails"])["errorType"] == "RangeError"
    chunks, end, _ = stream(lambda_client, streamer, {"pieces": ["some"], "late": True})
    assert chunks == [b"some"] and end["ErrorCode"] == "Unhandled"
    assert json.loads(end["ErrorDetails"])["errorMessage"] == "after some bytes"
    # The environment goes on.
    assert stream(lambda_client, streamer, {"pieces": ["again"]})[0] == [b"again"]
    lambda_client.put_function_concurrency(FunctionName=streamer, ReservedConcurrentExecutions=0)
    with pytest.raises(lambda_client.exceptions.TooManyRequestsException):
        lambda_client.invoke_with_response_stream(FunctionName=streamer, Payload="{}")
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.invoke_with_response_stream(FunctionName="nobody", Payload="{}")


def test_a_function_that_does_not_stream(lambda_client: Any, function: Callable[..., Any]) -> None:
    name = function("def handler(event, context): return event if 'a' in event else 1 / 0")["FunctionName"]
    chunks, end, _ = stream(lambda_client, name, {"a": 1})
    assert json.loads(b"".join(chunks)) == {"a": 1} and "ErrorCode" not in end
    chunks, end, _ = stream(lambda_client, name, {})
    assert chunks == [] and json.loads(end["ErrorDetails"])["errorType"] == "ZeroDivisionError"


def test_who_may(lambda_client: Any, streamer: str, client_for: Callable[..., Any], iam: Any, unique: Callable[[str], str]) -> None:
    user = unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    other = client_for("lambda", key)
    with pytest.raises(ClientError) as refusal:
        other.invoke_with_response_stream(FunctionName=streamer, Payload="{}")
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}]}
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(allow))
    assert stream(other, streamer, {"pieces": ["x"]})[0] == [b"x"]


def test_url(lambda_client: Any, streamer: str, endpoint: str) -> None:
    config = lambda_client.create_function_url_config(FunctionName=streamer, AuthType="NONE", InvokeMode="RESPONSE_STREAM")
    assert config["InvokeMode"] == "RESPONSE_STREAM"
    lambda_client.add_permission(
        FunctionName=streamer, StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    lambda_client.add_permission(
        FunctionName=streamer, StatementId="call", Action="lambda:InvokeFunction", Principal="*", InvokedViaFunctionUrl=True)
    pool = urllib3.PoolManager()

    def ask(wish: Any) -> Any:
        host = urlsplit(config["FunctionUrl"]).netloc
        return pool.request("POST", endpoint, body=json.dumps(wish), preload_content=False,
                            headers={"Host": host, "Content-Type": "application/json"})

    plain = ask({"pieces": ["a", "b"], "pause": 300})
    began = time.monotonic()
    assert plain.status == 200 and plain.headers["Content-Type"] == "text/plain"
    assert b"".join(plain.stream(1)) == b"ab" and time.monotonic() - began > 0.3
    http = ask({"http": {"statusCode": 418, "headers": {"X-Own": "yes", "Content-Type": "text/html"}, "cookies": ["a=1"]},
                "pieces": ["<p>", "</p>"]})
    assert http.status == 418 and http.headers["X-Own"] == "yes" and http.headers["Set-Cookie"] == "a=1"
    assert http.headers["Content-Type"] == "text/html" and http.read() == b"<p></p>"
    assert ask({"early": True}).status == 502
    # Too late for a status: the answer is cut off.
    cut = ask({"pieces": ["some"], "late": True})
    assert cut.status == 200
    with pytest.raises(urllib3.exceptions.HTTPError):
        cut.read()
    back = lambda_client.update_function_url_config(FunctionName=streamer, InvokeMode="BUFFERED")
    assert back["InvokeMode"] == "BUFFERED"
