"""The rows of Benchmarks/events: what each one makes beforehand, which load it lays on, and how its figure is held to be true.

A run gives a rate in the row's own unit: messages, requests, events, or MB (10^6 bytes of data, without their encoding).
"""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import rows
from rows import CONNECTIONS, Figure, Untrue
from servers import Server
from signing import Signer

HERE = Path(__file__).parent
ACCOUNT = "000000000000"
# Each takes 1 MB/s and refuses more, as AWS's do.
SHARDS = 120
RECORDS = 500
RECORD_BYTES = 1024
# How many different PutRecords requests are sent in turn: their keys spread over all shards.
BATCHES = 48
STOCK = 200
SETTLE_SECONDS = 60
# More than a server answers to in a second.
FASTEST = 16_000
FAN_OUT_MEGABYTES = 100


class Client:
    """Requests of the JSON protocols on one connection, each of which must be answered with 200."""

    TARGETS = {"sqs": ("AmazonSQS", "1.0"), "events": ("AWSEvents", "1.1"), "kinesis": ("Kinesis_20131202", "1.1"),
               "dynamodb": ("DynamoDB_20120810", "1.0")}
    SIGNER_SECONDS = 300

    def __init__(self, server: Server, service: str) -> None:
        self.server, self.service = server, service
        self.signer, self.made = Signer(server.host, service), time.monotonic()
        self.connection = server.connection()

    def fresh(self, operation: str, document: dict) -> bytes:
        """A message whose signature has time left, however long ago this was made."""
        if time.monotonic() - self.made > self.SIGNER_SECONDS:
            self.signer, self.made = Signer(self.server.host, self.service), time.monotonic()
        return self.message(operation, document)

    def message(self, operation: str, document: dict) -> bytes:
        target, version = self.TARGETS[self.service]
        return self.signer.request("POST", "/", json.dumps(document, separators=(",", ":")).encode(), {
            "content-type": f"application/x-amz-json-{version}", "x-amz-target": f"{target}.{operation}"})

    def call(self, operation: str, document: dict) -> dict:
        status, answer = self.server.send(self.connection, self.fresh(operation, document))
        if status != 200:
            raise Untrue(f"{self.server.name}: {operation}: {status} {answer[:300]!r}")
        return json.loads(answer) if answer else {}

    def depth(self, url: str) -> int:
        """Messages in a queue, those in flight too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.call("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": names})
        return sum(int(answer["Attributes"][name]) for name in names)


def queue(server: Server, name: str) -> tuple[Client, str]:
    client = Client(server, "sqs")
    return client, client.call("CreateQueue", {"QueueName": name})["QueueUrl"]


def wrk(server: Server, script: str, seconds: int, environment: dict[str, str]) -> dict:
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s", "-s", str(HERE / script), f"http://{server.host}/"],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=seconds + 60, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode != 0 or not lines:
        raise Untrue(f"wrk against {server.name}: code {done.returncode}\n{done.stdout}\n{done.stderr}")
    result = json.loads(lines[0].removeprefix("RESULT "))
    if result["refused"] or result["broken"] or not result["requests"]:
        raise Untrue(f"{server.name}: {result['refused']} refused and {result['broken']} broken of {result['requests']}")
    result["seconds"] = result["microseconds"] / 1e6
    return result


def replay(server: Server, messages: list[bytes], seconds: int, work: Path, expected: str = "") -> dict:
    path = work / "replay"
    with path.open("wb") as file:
        file.writelines(messages)
    path.with_name("replay.lengths").write_text("".join(f"{len(message)}\n" for message in messages))
    expectation = {"REPLAY_EXPECT": expected} if expected else {}
    return wrk(server, "replay.lua", seconds, {"REPLAY_FILE": str(path), **expectation})


def figure(result: dict, amount: float, seconds: float, cpu: float) -> Figure:
    return Figure(
        rate=amount / seconds, p50_milliseconds=result["p50"] / 1e3, p99_milliseconds=result["p99"] / 1e3,
        cpu_per_10000=cpu / amount * 10_000)


def queue_cycle(server: Server, seconds: int, number: int, work: Path) -> Figure:
    """Messages that were sent, received and deleted; what is left in the queue afterwards was not."""
    client, url = queue(server, f"cycle-{number}")
    for index in range(STOCK):
        client.call("SendMessage", {"QueueUrl": url, "MessageBody": f"stock {index}"})
    cpu = server.cpu_seconds()
    result = wrk(server, "queue.lua", seconds, {
        "QUEUE_URL": url, "QUEUE_HOST": server.host, "QUEUE_DATE": client.signer.moment, "QUEUE_BODY": "m" * 256})
    cpu = server.cpu_seconds() - cpu
    deleted = STOCK + result["accepted"] - client.depth(url)
    if deleted < result["requests"] / 4:
        raise Untrue(f"{server.name}: {deleted} messages went through the queue in {result['requests']} requests")
    return figure(result, deleted, result["seconds"], cpu)


def stream(server: Server, name: str = "benchmark") -> Client:
    client = Client(server, "kinesis")
    if name not in client.call("ListStreams", {}).get("StreamNames", []):
        client.call("CreateStream", {"StreamName": name, "ShardCount": SHARDS})
        until = time.monotonic() + SETTLE_SECONDS
        while client.call("DescribeStreamSummary", {"StreamName": name})["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
            if time.monotonic() > until:
                raise Untrue(f"{server.name}: the stream does not become active")
    return client


def record(name: str) -> dict:
    data = random.Random(name).randbytes(RECORD_BYTES)
    return {"Data": base64.b64encode(data).decode(), "PartitionKey": name}


def put_record(server: Server, seconds: int, number: int, work: Path) -> Figure:
    client = stream(server)
    messages = [
        client.message("PutRecord", {"StreamName": "benchmark", **record(f"{number}-{index}")})
        for index in range(min(FASTEST * seconds, 40_000))]
    cpu = server.cpu_seconds()
    result = replay(server, messages, seconds, work, '"SequenceNumber"')
    return figure(result, result["requests"], result["seconds"], server.cpu_seconds() - cpu)


def batches(client: Client, number: int, count: int, name: str = "benchmark") -> list[bytes]:
    return [
        client.message("PutRecords", {
            "StreamName": name, "Records": [record(f"{number}-{batch}-{index}") for index in range(RECORDS)]})
        for batch in range(count)]


def put_records(server: Server, seconds: int, number: int, work: Path) -> Figure:
    """MB/s of records of 1 KiB in calls of 500, none of which may fail."""
    client = stream(server)
    messages = batches(client, number, BATCHES)
    cpu = server.cpu_seconds()
    result = replay(server, messages, seconds, work, '"FailedRecordCount"%s*:%s*0[,}%s]')
    cpu = server.cpu_seconds() - cpu
    return figure(result, result["requests"] * RECORDS * RECORD_BYTES / 1e6, result["seconds"], cpu)


def put_events(server: Server, seconds: int, number: int, work: Path) -> Figure:
    """Events that have reached a queue by way of one rule; the time runs until the last is there."""
    sqs, url = queue(server, f"events-{number}")
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:events-{number}"
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.call("SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": json.dumps(policy)}})
    events = Client(server, "events")
    source = f"benchmark-{number}"
    events.call("PutRule", {"Name": source, "EventPattern": json.dumps({"source": [source]})})
    events.call("PutTargets", {"Rule": source, "Targets": [{"Id": "queue", "Arn": arn}]})
    messages = [
        events.message("PutEvents", {"Entries": [{
            "Source": source, "DetailType": "benchmark", "Detail": json.dumps({"number": index, "text": "e" * 200})}]})
        for index in range(FASTEST * seconds)]
    cpu = server.cpu_seconds()
    result = replay(server, messages, seconds, work, '"EventId"')
    wanted, until, began = result["requests"], time.monotonic() + SETTLE_SECONDS, time.monotonic()
    while (depth := sqs.depth(url)) < wanted:
        if time.monotonic() > until:
            raise Untrue(f"{server.name}: {depth} of {wanted} events reached the queue")
        time.sleep(0.01)
    return figure(result, wanted, result["seconds"] + time.monotonic() - began, server.cpu_seconds() - cpu)


def fan_out(server: Server, seconds: int, number: int, work: Path) -> Figure:
    """MB/s out of all shards to one consumer, each shard an event stream, over HTTP/2 by curl, from the first request until
    every record has come. Its size is fixed, not its time."""
    # A stream of its own: what other loads had under way when they ended would be counted, too.
    client = stream(server, "fan-out")
    count = FAN_OUT_MEGABYTES * 1_000_000 // (RECORDS * RECORD_BYTES)
    name = f"fan-out-{number}"
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/fan-out"
    since = time.time()
    for message in batches(client, number, count, "fan-out"):
        status, answer = server.send(client.connection, message)
        if status != 200 or json.loads(answer)["FailedRecordCount"]:
            raise Untrue(f"{server.name}: the stream took not all records: {status} {answer[:200]!r}")
    consumer = client.call("RegisterStreamConsumer", {"StreamARN": arn, "ConsumerName": name})["Consumer"]["ConsumerARN"]
    until = time.monotonic() + SETTLE_SECONDS
    while client.call("DescribeStreamConsumer", {"ConsumerARN": consumer})["ConsumerDescription"]["ConsumerStatus"] != "ACTIVE":
        if time.monotonic() > until:
            raise Untrue(f"{server.name}: the consumer does not become active")
    shards = [f"shardId-{index:012}" for index in range(SHARDS)]
    messages = [
        client.message("SubscribeToShard", {
            "ConsumerARN": consumer, "ShardId": shard, "StartingPosition": {"Type": "AT_TIMESTAMP", "Timestamp": since}})
        for shard in shards]
    cpu, began = server.cpu_seconds(), time.monotonic()
    received = Curl(server, messages, work).receive(count * RECORDS, until=began + SETTLE_SECONDS)
    took, cpu = time.monotonic() - began, server.cpu_seconds() - cpu
    if received != count * RECORDS:
        raise Untrue(f"{server.name}: {received} of {count * RECORDS} records came")
    return Figure(
        rate=count * RECORDS * RECORD_BYTES / 1e6 / took, p50_milliseconds=0, p99_milliseconds=0,
        cpu_per_10000=cpu / (count * RECORDS) * 10_000)


class Curl:
    """Signed requests that are answered by streams, all at once over HTTP/2."""

    MARK = b'"PartitionKey"'

    def __init__(self, server: Server, messages: list[bytes], work: Path) -> None:
        self.files = [work / f"stream-{index}" for index in range(len(messages))]
        lines = []
        for file, message in zip(self.files, messages):
            head, body = message.split(b"\r\n\r\n", 1)
            body_file = file.with_suffix(".body")
            body_file.write_bytes(body)
            file.write_bytes(b"")
            lines += [f'url = "http://{server.host}/"', "http2-prior-knowledge", "no-buffer", "silent", f'output = "{file}"',
                      f'data-binary = "@{body_file}"']
            lines += ['header = "' + line.replace('"', '\\"') + '"' for line in head.decode().split("\r\n")[1:]
                      if not line.startswith("content-length")]
            lines.append("next")
        self.configuration = work / "curl"
        self.configuration.write_text("\n".join(lines[:-1]))

    def receive(self, wanted: int, until: float) -> int:
        process = subprocess.Popen(["curl", "-sZ", "--parallel-immediate", "--parallel-max", str(len(self.files)), "-K", str(self.configuration)])
        found = 0
        handles = [file.open("rb") for file in self.files]
        rests = [b""] * len(handles)
        try:
            while found < wanted and time.monotonic() < until and process.poll() is None:
                time.sleep(0.01)
                for index, handle in enumerate(handles):
                    text = rests[index] + handle.read()
                    found += text.count(self.MARK)
                    rests[index] = text[-len(self.MARK) + 1:]
        finally:
            process.terminate()
            process.wait()
            for file in self.files:
                file.unlink()
        return found


def database(name: str) -> Callable[[Server, int, int, Path], Figure]:
    row = next(row for row in rows.ROWS if row.name == name)
    return lambda server, seconds, number, work: rows.run(row, server, seconds, number, work)


@dataclass(frozen=True)
class EventRow:
    name: str
    unit: str
    run: Callable[[Server, int, int, Path], Figure]
    # What the figure has to reach by itself, whatever the peers do.
    floor: float | None = None
    # A peer that cannot do it is left out.
    peers: bool = True


ROWS = [
    EventRow("sqs-send-receive-delete", "messages/s", queue_cycle),
    EventRow("dynamodb-put", "requests/s", database("dynamodb-put")),
    EventRow("dynamodb-get", "requests/s", database("dynamodb-get")),
    EventRow("dynamodb-query", "requests/s", database("dynamodb-query")),
    EventRow("dynamodb-transact", "requests/s", database("dynamodb-transact")),
    EventRow("kinesis-put-record", "requests/s", put_record),
    EventRow("kinesis-put-records", "MB/s", put_records, floor=50),
    EventRow("kinesis-fan-out", "MB/s", fan_out, floor=50, peers=False),
    EventRow("events-put-to-queue", "events/s", put_events),
]
