"""Stops the server (SIGTERM) under clients that never finish: it ends by itself, before a supervisor would kill it."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
import urllib.parse
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tarn_server
from botocore.exceptions import BotoCoreError, ClientError

ACCOUNT, BUCKET = "430000000004", "stop"
# Docker kills after ten.
STOP_SECONDS = 10
# More than the system's buffers take of a download that nobody reads.
LARGE = 48 << 20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tarn_server.Server]:
    server = tarn_server.Server(data=tmp_path / "data", log=tmp_path / "server.log")
    try:
        server.start()
        yield server
    finally:
        server.stop()


def client(server: tarn_server.Server, service: str) -> Any:
    return tarn_server.client(service, server.endpoint, ACCOUNT)


def stops(server: tarn_server.Server) -> None:
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < STOP_SECONDS


def half_sent(url: str, method: str, length: int, body: bytes) -> socket.socket:
    """A request on a connection of its own, of whose body the client sends a part only."""
    parts = urllib.parse.urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port))
    head = f"{method} {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def test_a_client_that_stalls_holds_no_stop(server: tarn_server.Server) -> None:
    s3 = client(server, "s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="large", Body=bytes(LARGE))
    upload = s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "half"})
    download = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "large"})
    with half_sent(upload, "PUT", LARGE, bytes(300_000)), half_sent(download, "GET", 0, b"") as reader:
        assert reader.recv(1_000)
        stops(server)
    server.start()
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["large"]
    assert sum(1 for path in (server.data / "blobs").rglob("*") if path.is_file()) == 1


def test_a_subscription_ends_with_the_server(server: tarn_server.Server) -> None:
    kinesis = client(server, "kinesis")
    kinesis.create_stream(StreamName=BUCKET, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=BUCKET, WaiterConfig={"Delay": 1})
    stream = kinesis.describe_stream_summary(StreamName=BUCKET)["StreamDescriptionSummary"]["StreamARN"]
    consumer = kinesis.register_stream_consumer(StreamARN=stream, ConsumerName="c")["Consumer"]["ConsumerARN"]
    describe = {"ConsumerARN": consumer}
    deadline = time.monotonic() + 20
    while kinesis.describe_stream_consumer(**describe)["ConsumerDescription"]["ConsumerStatus"] != "ACTIVE":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    events = kinesis.subscribe_to_shard(
        ConsumerARN=consumer, ShardId="shardId-000000000000", StartingPosition={"Type": "LATEST"})["EventStream"]
    began = time.monotonic()
    stops(server)
    assert time.monotonic() - began < 4, "it waited for the subscription"
    # The stream has an end, and is not cut off.
    assert list(events) == []


def test_a_live_tail_ends_with_the_server(server: tarn_server.Server) -> None:
    logs = client(server, "logs")
    logs.create_log_group(logGroupName=BUCKET)
    group = logs.describe_log_groups()["logGroups"][0]["logGroupArn"]
    # The address is the server's own, without the host prefix of streams.
    logs.meta.config.inject_host_prefix = False
    events = iter(logs.start_live_tail(logGroupIdentifiers=[group])["responseStream"])
    assert "sessionStart" in next(events)
    began = time.monotonic()
    stops(server)
    assert time.monotonic() - began < 4, "it waited for the session"
    # The stream has an end, and is not cut off.
    assert all("sessionUpdate" in event for event in events)


def test_a_function_that_runs_is_not_waited_for(server: tarn_server.Server) -> None:
    begun = deploy_endless(server)
    functions = client(server, "lambda")
    ends: list[object] = []

    def call() -> None:
        try:
            ends.append(functions.invoke(FunctionName="f"))
        except (BotoCoreError, ClientError) as error:
            ends.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    wait_for(begun)
    stops(server)
    caller.join(5)
    assert len(ends) == 1 and isinstance(ends[0], Exception), ends


def test_a_function_that_a_service_called_is_not_waited_for(server: tarn_server.Server) -> None:
    """The rotation of a secret stays promised: the next start takes it up."""
    begun = deploy_endless(server)
    functions = client(server, "lambda")
    functions.add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com")
    secrets = client(server, "secretsmanager")
    secret = secrets.create_secret(Name="s", SecretString="old")["ARN"]
    function = functions.get_function(FunctionName="f")["Configuration"]["FunctionArn"]
    secrets.rotate_secret(SecretId=secret, RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 10})
    wait_for(begun)
    stops(server)
    begun.unlink()
    server.start()
    wait_for(begun)
    stops(server)


def test_a_stop_is_no_failure_of_a_pipes_record(server: tarn_server.Server) -> None:
    """A record that may not be tried again is not given up because its enrichment was ended with the server."""
    begun = deploy_endless(server)
    kinesis, queues = client(server, "kinesis"), client(server, "sqs")
    kinesis.create_stream(StreamName=BUCKET, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=BUCKET, WaiterConfig={"Delay": 1})
    target, dead = (queues.create_queue(QueueName=name)["QueueUrl"] for name in ("target", "dead"))
    role = client(server, "iam").get_role(RoleName="stop")["Role"]["Arn"]
    arn = "arn:aws:{}:us-east-1:" + ACCOUNT
    client(server, "pipes").create_pipe(
        Name="p", RoleArn=role, Source=arn.format("kinesis") + f":stream/{BUCKET}",
        Enrichment=arn.format("lambda") + ":function:f", Target=arn.format("sqs") + ":target",
        SourceParameters={"KinesisStreamParameters": {
            "StartingPosition": "TRIM_HORIZON", "BatchSize": 1, "MaximumRetryAttempts": 0,
            "DeadLetterConfig": {"Arn": arn.format("sqs") + ":dead"}}})
    kinesis.put_record(StreamName=BUCKET, PartitionKey="a", Data=b"1")
    wait_for(begun)
    stops(server)
    (begun.parent / "well").touch()
    server.start()
    found = queues.receive_message(QueueUrl=target, WaitTimeSeconds=20).get("Messages", [])
    assert [message["Body"] for message in found] == ["done"]
    assert "Messages" not in queues.receive_message(QueueUrl=dead)


def deploy_endless(server: tarn_server.Server) -> Path:
    """A function `f` that makes the file which this gives, and goes on for ten minutes unless there is a file `well` beside it.

    Its role is for pipes as well.
    """
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "pipes.amazonaws.com"]},
         "Action": "sts:AssumeRole"}]}
    allowed = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["kinesis:*", "lambda:*", "sqs:*"], "Resource": "*"}]}
    iam = client(server, "iam")
    role = iam.create_role(RoleName="stop", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="stop", PolicyName="own", PolicyDocument=json.dumps(allowed))
    begun = server.data.parent / "begun"
    code = f"""
import os, time


def handler(event, context):
    open({str(begun)!r}, 'w').close()
    if not os.path.exists({str(begun.parent / "well")!r}):
        time.sleep(600)
    return ["done"]
"""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("index.py", code)
    functions = client(server, "lambda")
    functions.create_function(
        FunctionName="f", Runtime="python3.11", Handler="index.handler", Role=role, Timeout=900,
        Code={"ZipFile": archive.getvalue()})
    functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig={"Delay": 1})
    return begun


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 20
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
