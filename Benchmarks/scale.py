"""Whether size costs: a large table, queue and bus beside small ones, and thousands of things that do nothing.

Run by Benchmarks/scale. Each line "SCALE name value" is a factor (what the large one costs over the small one), microseconds
or CPU seconds, with its aim behind it.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import machine
import rows
from rows_events import Client, queue, replay, wrk
from servers import Tarn

CONNECTIONS = 16
ROUNDS = 3
PARTITION = 10
IDLE_SECONDS = 10
EVENTS_PER_CALL = 10


@dataclass
class Finding:
    name: str
    value: float
    aim: float
    unit: str
    detail: str

    def __str__(self) -> str:
        verdict = "holds" if self.value <= self.aim else "MISSED"
        return f"SCALE {self.name} {self.value:.2f} {self.unit} (aim: at most {self.aim:g}; {verdict}; {self.detail})"


def receive(connection: http.client.HTTPConnection) -> tuple[int, bytes]:
    answer = http.client.HTTPResponse(connection.sock, method="POST")
    answer.begin()
    return answer.status, answer.read()


def fill(server: Tarn, messages: Iterator[bytes]) -> None:
    """Sends requests over several connections at once; each must be answered with 200."""
    connections = [server.connection() for _ in range(CONNECTIONS)]
    for connection in connections:
        connection.connect()
    while chunk := list(itertools.islice(messages, CONNECTIONS)):
        for connection, message in zip(connections, chunk):
            connection.sock.sendall(message)
        for connection, _ in zip(connections, chunk):
            status, answer = receive(connection)
            if status != 200 or b'"UnprocessedItems":{"' in answer or b'"Failed":[{' in answer:
                raise rows.Untrue(f"{status} {answer[:300]!r}")
    for connection in connections:
        connection.close()


def table(server: Tarn, size: int, work: Path) -> Callable[[int], tuple[float, float]]:
    """A table of `size` items, ten to a partition; gives what a Query of one partition costs."""
    name = f"scale-{size}"
    client = Client(server, "dynamodb")
    client.call("CreateTable", {
        "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": kind} for key, kind in (("pk", "S"), ("sk", "N"))]})
    while client.call("DescribeTable", {"TableName": name})["Table"]["TableStatus"] != "ACTIVE":
        time.sleep(0.01)

    def item(number: int) -> dict:
        return {"pk": {"S": f"partition-{number // PARTITION}"}, "sk": {"N": str(number % PARTITION)}, "text": {"S": "t" * 100}}

    def write(start: int) -> bytes:
        puts = [{"PutRequest": {"Item": item(number)}} for number in range(start, min(start + 25, size))]
        return client.fresh("BatchWriteItem", {"RequestItems": {name: puts}})

    fill(server, (write(start) for start in range(0, size, 25)))

    def measure(seconds: int) -> tuple[float, float]:
        step = max(1, size // PARTITION // 2_000)
        messages = [
            client.fresh("Query", {
                "TableName": name, "KeyConditionExpression": "pk = :k",
                "ExpressionAttributeValues": {":k": {"S": f"partition-{partition}"}}})
            for partition in range(0, size // PARTITION, step)]
        cpu = server.cpu_seconds()
        result = replay(server, messages, seconds, work, f'"Count":{PARTITION}[,}}]')
        return (server.cpu_seconds() - cpu) / result["requests"] * 1e6, result["p50"]
    return measure


def queue_of(server: Tarn, size: int, _: Path) -> Callable[[int], tuple[float, float]]:
    """A queue with `size` messages; gives what it costs to send, receive and delete one more."""
    client, url = queue(server, f"scale-{size}")

    def write(start: int) -> bytes:
        entries = [{"Id": str(number), "MessageBody": "m" * 100} for number in range(start, min(start + 10, size))]
        return client.fresh("SendMessageBatch", {"QueueUrl": url, "Entries": entries})

    fill(server, (write(start) for start in range(0, size, 10)))

    def measure(seconds: int) -> tuple[float, float]:
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        cpu = server.cpu_seconds()
        result = wrk(server, "queue.lua", seconds, {
            "QUEUE_URL": url, "QUEUE_HOST": server.host, "QUEUE_DATE": moment, "QUEUE_BODY": "m" * 100})
        return (server.cpu_seconds() - cpu) / result["requests"] * 1e6, result["p50"]
    return measure


def bus(server: Tarn, size: int, work: Path) -> Callable[[int], tuple[float, float]]:
    """A bus with `size` rules of several kinds; gives what an event costs that passes one of them, which has no target."""
    name = f"scale-{size}"
    client = Client(server, "events")
    client.call("CreateEventBus", {"Name": name})

    def pattern(number: int) -> dict:
        detail = [
            {"order": {"id": [f"order-{number}"]}}, {"order": {"id": [{"prefix": f"order-{number}-"}]}},
            {"order": {"total": [{"numeric": [">", number, "<=", number + 1]}]}}, {"state": [f"state-{number}", f"other-{number}"]},
            {"order": {"id": [{"suffix": f"-{number}"}]}, "state": [{"exists": True}]},
        ][number % 5]
        return {"source": ["scale"], "detail-type": [f"type-{number % 100}"], "detail": detail}

    fill(server, (
        client.fresh("PutRule", {"Name": f"rule-{number}", "EventBusName": name, "EventPattern": json.dumps(pattern(number))})
        for number in range(size)))

    def entry(number: int) -> dict:
        detail = {"order": {"id": f"order-{number}", "total": number + 0.5, "lines": [{"sku": "a", "count": 2}]}, "state": f"state-{number}"}
        return {"EventBusName": name, "Source": "scale", "DetailType": f"type-{number % 100}", "Detail": json.dumps(detail)}

    def measure(seconds: int) -> tuple[float, float]:
        messages = [
            client.fresh("PutEvents", {"Entries": [entry((start * 7 + index) % 10_000) for index in range(EVENTS_PER_CALL)]})
            for start in range(2_000)]
        # The first event after a change compiles the bus.
        client.call("PutEvents", {"Entries": [entry(0)]})
        cpu = server.cpu_seconds()
        result = replay(server, messages, seconds, work, '"FailedEntryCount":0')
        return (server.cpu_seconds() - cpu) / result["requests"] / EVENTS_PER_CALL * 1e6, result["p50"]
    return measure


def compare(server: Tarn, make: Callable, sizes: tuple[int, int], seconds: int, work: Path) -> tuple[list[float], list[float]]:
    """Medians of CPU microseconds and of the wall clock's p50 in microseconds, of the small and of the large one."""
    measures = []
    for size in sizes:
        began = time.monotonic()
        measures.append(make(server, size, work))
        print(f"  {make.__name__}: {size:,} made in {time.monotonic() - began:.1f} s", flush=True)
    found: list[list[tuple[float, float]]] = [[], []]
    for number in range(ROUNDS):
        for index in (0, 1) if number % 2 == 0 else (1, 0):
            found[index].append(measures[index](seconds))
    return tuple([statistics.median(pair[part] for pair in runs) for runs in found] for part in (0, 1))


def idle(server: Tarn, count: int) -> Finding:
    """CPU seconds of a server with `count` queues, rules and schedules in which nothing happens."""
    queues, events = Client(server, "sqs"), Client(server, "events")
    fill(server, (queues.fresh("CreateQueue", {"QueueName": f"idle-{number}"}) for number in range(count)))
    events.call("CreateEventBus", {"Name": "idle"})
    fill(server, (
        events.fresh("PutRule", {
            "Name": f"idle-{number}", "EventBusName": "idle", "EventPattern": json.dumps({"source": [f"source-{number}"]})})
        for number in range(count)))
    fill(server, (
        events.fresh("PutRule", {"Name": f"timer-{number}", "ScheduleExpression": "rate(1 day)"}) for number in range(count)))
    time.sleep(1)
    cpu = server.cpu_seconds()
    time.sleep(IDLE_SECONDS)
    cpu = server.cpu_seconds() - cpu
    return Finding(
        "idle", cpu, 0.05, "CPU s", f"{IDLE_SECONDS} s with {count:,} queues, {count:,} rules and {count:,} timers; "
        f"{server.memory('VmRSS'):.0f} MB resident")


def main() -> int:
    parser = argparse.ArgumentParser(prog="Benchmarks/scale")
    parser.add_argument("--large", type=int, default=1_000_000, help="items of the large table, messages of the large queue")
    parser.add_argument("--rules", type=int, default=10_000, help="of the large bus; also idle queues, rules and timers")
    parser.add_argument("--seconds", type=int, default=3, choices=range(1, 11))
    parser.add_argument("--only", default="query,queue,rules,idle")
    parser.add_argument("--save", action="store_true", help="write Benchmarks/results/DATE-scale.md")
    options = parser.parse_args()
    wanted = options.only.split(",")
    work = Path(tempfile.mkdtemp(prefix="tarn-scale-"))
    server = Tarn(work / "tarn")
    findings: list[Finding] = []

    def note(finding: Finding) -> None:
        findings.append(finding)
        print(finding, flush=True)

    try:
        server.start()
        if "query" in wanted:
            cpu, p50 = compare(server, table, (1_000, options.large), options.seconds, work)
            note(Finding("query", cpu[1] / cpu[0], 1.25, "times", f"CPU {cpu[0]:.0f} and {cpu[1]:.0f} us, p50 {p50[0]:.0f} and {p50[1]:.0f} us "
                         f"a Query of {PARTITION} items, of 1,000 and {options.large:,}"))
        if "queue" in wanted:
            cpu, p50 = compare(server, queue_of, (100, options.large), options.seconds, work)
            note(Finding("queue", cpu[1] / cpu[0], 1.25, "times", f"CPU {cpu[0]:.0f} and {cpu[1]:.0f} us, p50 {p50[0]:.0f} and {p50[1]:.0f} us "
                         f"a request of send-receive-delete, with 100 and {options.large:,} messages"))
        if "rules" in wanted:
            cpu, p50 = compare(server, bus, (1, options.rules), options.seconds, work)
            note(Finding("rules", cpu[1] - cpu[0], 100, "us", f"CPU {cpu[0]:.0f} and {cpu[1]:.0f} us an event, with 1 and {options.rules:,} rules"))
        if "idle" in wanted:
            note(idle(server, options.rules))
    except (rows.Untrue, RuntimeError) as failure:
        print(f"{server.log.read_text(errors='replace')[-1000:]}\nno result: {failure}", file=sys.stderr)
        return 1
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)
    if options.save:
        print("saved: " + str(machine.save("scale", [f"- Tarn {server.version()}, release build", "", *(f"- {one}" for one in findings)])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
