"""An unmodified consumer library from PyPI: a process for each shard, held by locks and checkpoints in DynamoDB."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import _client

kinesis = _client("kinesis")

CONSUMER = """
import os
from kinesis.consumer import KinesisConsumer
from kinesis.state import DynamoDB

# It looks for shards as often as it renews its locks.
KinesisConsumer.LOCK_DURATION = 4
with open(os.environ['NOTES'], 'a', buffering=1) as notes:
    for record in KinesisConsumer(os.environ['STREAM'], state=DynamoDB(os.environ['TABLE']), reader_sleep_time=0.2):
        notes.write(record['Data'].decode() + '\\n')
"""


@pytest.fixture
def locks(dynamodb: Any, unique: Callable[[str], str]) -> Iterator[str]:
    name = unique("locks")
    dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "shard", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "shard", "AttributeType": "S"}])
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    yield name
    dynamodb.delete_table(TableName=name)


def test_a_consumer_goes_on_where_the_last_one_stopped(
    kinesis: Any, dynamodb: Any, locks: str, account: str, aws_environment: Any, tmp_path: Path, unique: Any, eventually: Any
) -> None:
    pytest.importorskip("kinesis.consumer")
    stream = unique("stream")
    kinesis.create_stream(StreamName=stream, ShardCount=2)
    kinesis.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
    notes = tmp_path / "notes"
    environment = {
        **aws_environment, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "test", "STREAM": stream, "TABLE": locks,
        "NOTES": str(notes), "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    log = (tmp_path / "consumer.log").open("wb")

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", CONSUMER], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True)

    def stop(consumer: subprocess.Popen[bytes]) -> None:
        consumer.send_signal(signal.SIGINT)
        try:
            consumer.wait(10)
        except subprocess.TimeoutExpired:
            # The library may wait for readers of shards that wait to be read themselves. How it ends is its own affair;
            # here it counts what its successor does.
            os.killpg(consumer.pid, signal.SIGKILL)
            consumer.wait()

    def held() -> dict[str, Any]:
        return {item["shard"]["S"]: item for item in dynamodb.scan(TableName=locks, ConsistentRead=True)["Items"]}

    def put(numbers: range) -> None:
        answer = kinesis.put_records(StreamName=stream, Records=[
            {"Data": str(number).encode(), "PartitionKey": "p", "ExplicitHashKey": str(number % 2 * (2**128 - 1))}
            for number in numbers])
        assert answer["FailedRecordCount"] == 0

    def read() -> list[int]:
        return sorted(int(line) for line in notes.read_text().splitlines()) if notes.exists() else []

    consumer = start()
    try:
        # Without a checkpoint it reads from the end: what is put before that is not seen.
        eventually(lambda: put(range(2)) or all("seq" in item for item in held().values()) and len(held()) == 2, interval=0.3)
        put(range(200, 240))
        eventually(lambda: set(range(200, 240)) <= set(read()))
        assert [number for number in read() if number >= 200] == list(range(200, 240)), "each record once"
        stop(consumer)
        put(range(300, 340))
        consumer = start()
        eventually(lambda: set(range(300, 340)) <= set(read()))
        late = [number for number in read() if number >= 300]
        assert late == list(range(300, 340)), "each record once"
        checkpoints = {name.rsplit("_", 1)[1]: item["seq"]["S"] for name, item in held().items()}
        assert set(checkpoints) == {"shardId-000000000000", "shardId-000000000001"}
    finally:
        stop(consumer)
        kinesis.delete_stream(StreamName=stream)
        log.close()
